//! The lab: a till that writes, a printer that reads, and the bridge.
//!
//! Not here: what is demanded of the bridge (`drive.rs`), the cables (`wires.rs`).

use super::*;

pub(super) struct Shop {
    pub(super) bridge: Option<Child>,
    pub(super) till: Till,
    pub(super) printer: Printer,
}

impl Shop {
    pub(super) fn open() -> Self {
        for wire in [0, 1] {
            make_gadget(wire);
            plug(wire);
        }
        let mut shop = Self { bridge: None, till: Till::default(), printer: Printer::start(1) };
        shop.start_bridge();
        shop
    }

    pub(super) fn start_bridge(&mut self) {
        self.start_bridge_to("usb:/dev/usb/lp1", &[]);
    }

    pub(super) fn start_bridge_to(&mut self, printer: &str, options: &[&str]) {
        let child = Command::new("/app/huitou-bridge")
            .args(["--pos", "usb:/dev/g_printer0", "--printer", printer])
            .args(options)
            .spawn();
        self.bridge = Some(child.expect("the bridge is in /app"));
    }

    pub(super) fn stop_bridge(&mut self) {
        if let Some(mut bridge) = self.bridge.take() {
            let _ = bridge.kill(); // it may have ended by itself
            let _ = bridge.wait();
        }
    }

    pub(super) fn bridge_is_alive(&mut self) -> Result<(), String> {
        match self.bridge.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => Ok(()),
            other => Err(format!("the bridge ended: {other:?}")),
        }
    }

    /// After a failure: the next scenario shall not suffer from it.
    pub(super) fn start_afresh(&mut self) {
        self.stop_bridge();
        for wire in [0, 1, 2] {
            unplug(wire);
        }
        pause(200);
        for wire in [0, 1] {
            plug(wire);
        }
        self.till = Till::default();
        self.start_bridge();
        pause(500);
        self.printer.clear();
    }

    /// Waits until the paper is `all`, sees that nothing more comes, and tears it off.
    pub(super) fn paper_is(&mut self, all: &[u8]) -> Result<(), String> {
        self.paper_is_so_far(all)?;
        pause(200);
        self.paper_is_so_far(all)?;
        self.printer.clear();
        Ok(())
    }

    pub(super) fn paper_is_so_far(&self, all: &[u8]) -> Result<(), String> {
        self.printer.has_at_least(all.len()).map_err(|said| {
            let paper = locked(&self.printer.paper);
            format!("{said}; equal up to byte {}", common(&paper, all))
        })?;
        let paper = locked(&self.printer.paper);
        if *paper == all {
            return Ok(());
        }
        Err(format!(
            "{} bytes were sent, {} are on the paper, equal up to byte {}",
            all.len(),
            paper.len(),
            common(&paper, all)
        ))
    }

    /// Waits for the end of `all`; returns which bytes are missing, in one piece of at most `most`.
    pub(super) fn paper_with_a_hole(
        &self,
        all: &[u8],
        most: usize,
    ) -> Result<Range<usize>, String> {
        let paper = self.printer.ends_with(b"LAST")?;
        let before = common(&paper, all);
        let after = common_end(&paper, all);
        if paper.len() > all.len() || before + after < paper.len() {
            return Err(format!(
                "not one hole: {} sent, {} on the paper, equal are the first {before} and the last {after}",
                all.len(),
                paper.len()
            ));
        }
        match all.len() - paper.len() {
            missing if missing <= most => Ok(before..before + missing),
            missing => Err(format!("{missing} bytes are missing, {most} would be excusable")),
        }
    }

    /// Waits for the end of a job that the till took up again at `resumed`; returns by how much what
    /// came before is shorter (-) or longer than that.
    pub(super) fn paper_resumed(&self, job: &[u8], resumed: usize) -> Result<i64, String> {
        let rest = &job[resumed..];
        let paper = self.printer.ends_with(rest)?;
        let first = &paper[..paper.len() - rest.len()];
        let (least, most) = (resumed.saturating_sub(QUEUE_BYTES), resumed + TRANSFER_BYTES);
        if !job.starts_with(first) {
            let equal = common(first, job);
            return Err(format!(
                "changed at byte {equal} of the {} before the unplug",
                first.len()
            ));
        }
        if first.len() < least || first.len() > most {
            return Err(format!("{} bytes of {resumed} before the unplug are there", first.len()));
        }
        Ok(first.len() as i64 - resumed as i64)
    }
}

pub(super) fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

pub(super) fn common_end(one: &[u8], other: &[u8]) -> usize {
    one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

/// The till: writes, and when the cable was pulled, opens its printer again and goes on.
#[derive(Clone, Default)]
pub(super) struct Till {
    pub(super) port: Arc<Mutex<Option<File>>>,
    /// What the printer said.
    pub(super) heard: Bytes,
    /// Where it took its job up again, in bytes; 0 if it never had to.
    pub(super) resumed: Arc<AtomicUsize>,
}

impl Till {
    pub(super) fn print(&self, job: &[u8]) {
        let mut sure = 0;
        let until = Instant::now() + WAIT;
        while sure < job.len() && Instant::now() < until {
            let end = job.len().min(sure + TRANSFER_BYTES);
            // The gadget's driver would keep it to itself (see `drive.rs`).
            let full_packets = (end - sure).is_multiple_of(FULL_PACKET_BYTES);
            let end = end - usize::from(full_packets && end - sure < TRANSFER_BYTES);
            match self.write(&job[sure..end]) {
                Ok(len) => sure += len,
                Err(_) => {
                    *locked(&self.port) = None;
                    self.resumed.store(sure, Ordering::SeqCst);
                    pause(20);
                }
            }
        }
        assert!(sure == job.len(), "nobody takes the till's bytes");
    }

    pub(super) fn prints(&self, job: &[u8]) -> thread::JoinHandle<()> {
        let (till, job) = (self.clone(), job.to_vec());
        thread::spawn(move || till.print(&job))
    }

    /// Writes and waits until it is over: a write that comes back was taken.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut port = locked(&self.port);
        if port.is_none() {
            let opened = OpenOptions::new().read(true).write(true).open(TILL)?;
            let (mut ear, heard) = (opened.try_clone()?, self.heard.clone());
            thread::spawn(move || {
                let mut words = [0; 4_096];
                while let Ok(len) = ear.read(&mut words) {
                    locked(&heard).extend_from_slice(&words[..len]);
                }
            });
            *port = Some(opened);
        }
        port.as_mut().expect("just opened").write(bytes)
    }

    /// Waits until the printer has said `words` since the last time.
    pub(super) fn hears(&self, words: &[u8]) -> Result<(), String> {
        let came = wait_for(|| locked(&self.heard).len() >= words.len());
        let heard = std::mem::take(&mut *locked(&self.heard));
        match heard == words {
            true => Ok(()),
            false if came => Err(format!("{} bytes came back changed", heard.len())),
            false => Err(format!("{} of {} bytes came back", heard.len(), words.len())),
        }
    }
}

/// The printer: what its device gives goes onto the paper.
pub(super) struct Printer {
    pub(super) paper: Bytes,
    pub(super) words: Bytes,
}

impl Printer {
    /// The one at the far end of a wire.
    pub(super) fn start(wire: usize) -> Self {
        let printer = Self { paper: Bytes::default(), words: Bytes::default() };
        let (paper, words) = (printer.paper.clone(), printer.words.clone());
        thread::spawn(move || {
            loop {
                let _ = Self::work(wire, &paper, &words); // unplugged, or not there yet
                pause(10);
            }
        });
        printer
    }

    fn work(wire: usize, paper: &Bytes, words: &Bytes) -> io::Result<()> {
        let port = format!("/dev/g_printer{wire}");
        let mut port =
            OpenOptions::new().read(true).write(true).custom_flags(NONBLOCK).open(port)?;
        let mut bytes = [0; 8_192];
        loop {
            match port.read(&mut bytes) {
                Ok(len) => locked(paper).extend_from_slice(&bytes[..len]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => pause(1),
                Err(error) => return Err(error),
            }
            let mut words = locked(words);
            if !words.is_empty() {
                match port.write(&words) {
                    Ok(len) => drop(words.drain(..len)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    pub(super) fn say(&self, words: &[u8]) {
        locked(&self.words).extend_from_slice(words);
    }

    pub(super) fn clear(&self) {
        locked(&self.paper).clear();
    }

    pub(super) fn has_at_least(&self, len: usize) -> Result<(), String> {
        match wait_for(|| locked(&self.paper).len() >= len) {
            true => Ok(()),
            false => Err(format!("{} of {len} bytes are on the paper", locked(&self.paper).len())),
        }
    }

    /// Waits until the paper ends so, and tears it off.
    pub(super) fn ends_with(&self, end: &[u8]) -> Result<Vec<u8>, String> {
        let ended = wait_for(|| locked(&self.paper).ends_with(end));
        let paper = std::mem::take(&mut *locked(&self.paper));
        match ended {
            true => Ok(paper),
            false => Err(format!("the end never came; {} bytes are on the paper", paper.len())),
        }
    }
}

pub(super) type Bytes = Arc<Mutex<Vec<u8>>>;

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics with it")
}

pub(super) fn wait_for(done: impl Fn() -> bool) -> bool {
    let until = Instant::now() + WAIT;
    while !done() {
        if Instant::now() > until {
            return false;
        }
        pause(2);
    }
    true
}

pub(super) fn pause(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}

/// A receipt with a number on every line, a picture that looks like cuts, and a real cut.
pub(super) fn receipt(number: usize, lines: usize) -> Vec<u8> {
    let mut job = b"\x1b@\x1dv0\x00\x08\x00\x20\x00".to_vec();
    job.extend(b"\x1dV\x00\x1bi\x1bm\x1b@".iter().cycle().take(8 * 32));
    for line in 0..lines {
        job.extend(format!("receipt {number:04} line {line:06}\n").bytes());
    }
    job.extend(b"\x1bd\x04\x1dV\x00\x1bp\x00\x19\xfa");
    job
}
