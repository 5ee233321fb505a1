//! A printer that records every byte, and when it came.
//!
//! Not here: what the bytes mean; `huitou paper` draws them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::wait::until;

/// How a printer behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Temper {
    /// Pause after each piece that it reads.
    pub(crate) pause: Duration,
    /// Says this byte back for every `DLE EOT` of the POS.
    pub(crate) status: Option<u8>,
}

/// One connection.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) bytes: Vec<u8>,
    /// How many bytes had come by when.
    pub(crate) arrivals: Vec<(usize, Instant)>,
    pub(crate) closed: bool,
}

#[derive(Default)]
struct Tray {
    jobs: Vec<Job>,
    wires: Vec<TcpStream>,
}

/// The printer.
#[derive(Clone)]
pub(crate) struct Printer {
    pub(crate) address: SocketAddr,
    tray: Arc<Mutex<Tray>>,
}

impl Printer {
    /// A healthy one on a free port.
    pub(crate) fn on() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), Temper::default())
    }

    pub(crate) fn at(address: SocketAddr, temper: Temper) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let printer = Self { address: listener.local_addr().unwrap(), tray: Arc::default() };
        let tray = Arc::clone(&printer.tray);
        // It ends with the test program: nothing hangs on it.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tray = Arc::clone(&tray);
                std::thread::spawn(move || record(stream, temper, &tray));
            }
        });
        printer
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap()
    }

    /// Every connection that brought something, in the order in which they were opened.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.tray().jobs.iter().filter(|job| !job.bytes.is_empty()).cloned().collect()
    }

    /// Every byte so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.tray().jobs.iter().flat_map(|job| job.bytes.iter().copied()).collect()
    }

    /// Waits until `count` jobs are complete, and gives the last of them.
    pub(crate) fn job(&self, count: usize) -> Job {
        until(&format!("job {count} on the paper"), || {
            let jobs = self.jobs();
            let all = jobs.len() >= count && jobs.iter().all(|job| job.closed);
            all.then(|| jobs[count - 1].clone())
        })
    }

    /// Waits until this many bytes are on the paper.
    pub(crate) fn has_bytes(&self, count: usize) -> Vec<u8> {
        until(&format!("{count} bytes on the paper"), || {
            let bytes = self.bytes();
            (bytes.len() >= count).then_some(bytes)
        })
    }

    /// Says something to the POS of the newest connection.
    pub(crate) fn say(&self, bytes: &[u8]) {
        let mut wire = until("a connection", || {
            self.tray().wires.last().map(|wire| wire.try_clone().unwrap())
        });
        wire.write_all(bytes).unwrap();
    }
}

fn record(mut stream: TcpStream, temper: Temper, tray: &Mutex<Tray>) {
    let at = {
        let mut tray = tray.lock().unwrap();
        tray.jobs.push(Job { bytes: Vec::new(), arrivals: Vec::new(), closed: false });
        tray.wires.push(stream.try_clone().unwrap());
        tray.jobs.len() - 1
    };
    let mut piece = [0; 4_096];
    while let Ok(len @ 1..) = stream.read(&mut piece) {
        {
            let job = &mut tray.lock().unwrap().jobs[at];
            job.bytes.extend_from_slice(&piece[..len]);
            job.arrivals.push((job.bytes.len(), Instant::now()));
        }
        let asked = piece[..len].windows(2).filter(|pair| pair == b"\x10\x04").count();
        if let Some(status) = temper.status {
            let _ = stream.write_all(&vec![status; asked]); // the POS may be gone
        }
        std::thread::sleep(temper.pause);
    }
    let mut tray = tray.lock().unwrap();
    tray.jobs[at].closed = true;
    let _ = tray.wires[at].shutdown(std::net::Shutdown::Both); // as a printer hangs up
}
