//! The lab: a till that sends jobs, a printer that keeps them, and an administrator.
//!
//! Not here: what is demanded of the units (`drive.rs`), what a process may (`proc.rs`).

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{AGENT, BRIDGE, ENV, GOOD, PIPE};

const WAIT: Duration = Duration::from_secs(15);

/// What came in each connection of the printer.
type Paper = Arc<Mutex<Vec<Vec<u8>>>>;

pub(super) struct Shop {
    paper: Paper,
    sent: Vec<Vec<u8>>,
    /// So that no two jobs are the same.
    jobs: u32,
}

impl Shop {
    pub(super) fn open() -> Self {
        let paper = Paper::default();
        let printer = TcpListener::bind("127.0.0.1:9101").expect("nobody else prints here");
        let keep = paper.clone();
        thread::spawn(move || {
            for connection in printer.incoming().flatten() {
                let keep = keep.clone();
                thread::spawn(move || print(connection, &keep));
            }
        });
        mend().expect("the settings can be written");
        systemctl(&["enable", "--now", AGENT, BRIDGE]).expect("the units are there");
        Self { paper, sent: Vec::new(), jobs: 0 }
    }

    /// The bridge runs, mended, and its earlier failures are forgotten.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        mend()?;
        systemctl(&["reset-failed"])?;
        systemctl(&["start", BRIDGE])?;
        is_only(BRIDGE)
    }

    /// Sends a job as often as it is not taken; returns after how many milliseconds it was on the paper.
    pub(super) fn prints(&mut self) -> Result<u128, String> {
        let job = self.next_job();
        let began = Instant::now();
        while began.elapsed() < WAIT {
            match send(&job) {
                Ok(()) if self.is_on_paper(&job) => {
                    let took = began.elapsed().as_millis();
                    self.sent.push(job);
                    return Ok(took);
                }
                Ok(()) => return Err("a job was taken and is not on the paper".into()),
                Err(_) => pause(5), // nobody is there yet
            }
        }
        Err(format!("no job was taken within {WAIT:?}"))
    }

    fn next_job(&mut self) -> Vec<u8> {
        self.jobs += 1;
        let mut job = format!("\x1b@receipt {:06}\n", self.jobs).into_bytes();
        job.extend(b"\x1dv0\x00\x08\x00\x20\x00");
        job.extend((0..=255).map(|byte: u8| byte.wrapping_mul(31)));
        job.extend(b"total 1.00\n\x1bd\x04\x1dV\x00");
        job
    }

    fn is_on_paper(&self, job: &[u8]) -> bool {
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            if self.paper.lock().expect("no thread panics with it").iter().any(|one| one == job) {
                return true;
            }
            pause(2);
        }
        false
    }

    /// Every job is on the paper once and in order, and nothing else is.
    pub(super) fn paper_is_as_sent(&mut self) -> Result<(), String> {
        let paper = std::mem::take(&mut *self.paper.lock().expect("no thread panics with it"));
        let sent = std::mem::take(&mut self.sent);
        let (came, went) = (paper.len(), sent.len());
        (paper == sent)
            .then_some(())
            .ok_or(format!("{went} jobs were sent, the paper has {came} others"))
    }

    /// After a failure: the next scenario shall not suffer from it.
    pub(super) fn forget(&mut self) {
        self.paper.lock().expect("no thread panics with it").clear();
        self.sent.clear();
    }
}

fn print(mut connection: TcpStream, paper: &Paper) {
    let mut job = Vec::new();
    let _ = connection.read_to_end(&mut job); // what came before it broke off is on the paper too
    if !job.is_empty() {
        paper.lock().expect("no thread panics with it").push(job);
    }
}

/// Sends a job and waits until the other side has hung up.
fn send(job: &[u8]) -> io::Result<()> {
    let mut wire = TcpStream::connect("127.0.0.1:9100")?;
    wire.set_read_timeout(Some(WAIT))?;
    wire.write_all(job)?;
    wire.shutdown(Shutdown::Write)?;
    wire.read_to_end(&mut Vec::new()).map(drop)
}

pub(super) fn pause(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}

// The administrator.

/// Runs a program; returns whether it was content, and what it said.
pub(super) fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&said).trim_end().into())
        }
        Err(error) => (false, format!("{program}: {error}")),
    }
}

pub(super) fn systemctl(arguments: &[&str]) -> Result<(), String> {
    match run("systemctl", arguments) {
        (true, _) => Ok(()),
        (false, said) => Err(format!("systemctl {}: {said}", arguments.join(" "))),
    }
}

pub(super) fn property(unit: &str, name: &str) -> String {
    run("systemctl", &["show", "--value", "-p", name, unit]).1
}

pub(super) fn journal() -> String {
    run("journalctl", &["--no-pager", "-o", "short-monotonic", "-n", "40"]).1
}

/// Kills the process of a unit, which has to have one.
pub(super) fn kill(unit: &str, signal: &str) -> Result<(), String> {
    let pid = property(unit, "MainPID");
    match run("sh", &["-c", &format!("test {pid} -gt 1 && kill {signal} {pid}")]) {
        (true, _) => Ok(()),
        (false, said) => Err(format!("{unit} cannot be killed: pid `{pid}`, {said}")),
    }
}

/// Makes the settings good, whatever stands in their place.
pub(super) fn mend() -> Result<(), String> {
    if Path::new(ENV).is_dir() {
        fs::remove_dir(ENV).map_err(|error| error.to_string())?;
    }
    fs::write(ENV, GOOD).map_err(|error| error.to_string())
}

/// Of bridge and pipe one runs and stays, the other does not; the agent's page can tell which.
pub(super) fn is_only(unit: &str) -> Result<(), String> {
    let pid = || {
        let (_, said) = run("systemctl", &["show", "--value", "-p", "MainPID", BRIDGE, PIPE]);
        let pids: Vec<String> = said.split_whitespace().map(str::to_owned).collect();
        let (bridge, pipe) = (pids.first()?.clone(), pids.get(1)?.clone());
        let (own, other) = if unit == BRIDGE { (bridge, pipe) } else { (pipe, bridge) };
        (own != "0" && other == "0").then_some(own)
    };
    let until = Instant::now() + Duration::from_secs(3);
    while pid().is_none() && Instant::now() < until {
        pause(50);
    }
    let first = pid().ok_or(format!("{unit} does not run alone"))?;
    pause(400);
    let pid = pid().filter(|pid| *pid == first).ok_or(format!("{unit} does not stay"))?;
    let mark = fs::read_to_string("/var/lib/huitou-bridge/till-1.pipe").ok();
    match (unit == PIPE, mark) {
        (true, Some(mark)) if mark.trim() == pid => Ok(()),
        (false, None) => Ok(()),
        (_, mark) => Err(format!("{unit} is {pid}, the pipe's mark says {mark:?}")),
    }
}
