//! The agent's side of the link: whole slips in, notes and acknowledgements out.
//!
//! ```text
//! bridge ═ frames ═▶ slip by slip ─▶ agent
//!        ◀═ note, acknowledgement ══
//! ```
//!
//! One thread for each bridge. It connects, says that it is alive, and starts again whenever the
//! line is lost: the bridge tells everything that was not acknowledged.
//!
//! # Invariants
//!
//! - A slip is acknowledged only after the agent said that it is on disk.
//! - A bridge that says something strange is no reason to stop listening to it.
//!
//! Not here: what a slip means (`agent`), starting bridges (`bridges`).

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{End, MESSAGE_MAX, Outcome, Row, Rows, ToAgent, ToBridge, VERSION};

use crate::note::EncodedNote;

/// How often we say that we are alive; the bridge waits three times as long.
const BEAT: Duration = Duration::from_millis(900);

/// A bridge that says nothing for so long hangs: it beats, too. The page then says that nothing prints.
const SILENCE_MAX: Duration = Duration::from_secs(4);

/// How often a slip that is being printed is shown.
const SHOW_EVERY: Duration = Duration::from_millis(120);

/// How long one read waits, so that the beat is never late.
const READ_WAIT: Duration = Duration::from_millis(300);

/// More than this of one slip is not read: the bridge caps text at 256 KiB, and pictures at its ring.
const SLIP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A slip as the bridge kept it.
#[derive(Clone, Debug)]
pub struct Slip {
    /// Which start of the bridge.
    pub boot: u64,
    /// Its number within it.
    pub number: u32,
    /// Commands that were in force before it.
    pub prelude: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What ended it.
    pub end: End,
    /// Whether the printer is waiting for a note.
    pub held: bool,
    /// Whether its text was longer than the bridge keeps.
    pub truncated: bool,
    /// Pictures that were left out.
    pub elided: u32,
    /// How long ago it ended, in ms.
    pub age_ms: u64,
}

impl Slip {
    /// A slip that was taken before and is a sale after all; `number` is the paper's.
    #[must_use]
    pub fn late(number: u32) -> Self {
        let (prelude, bytes) = (Vec::new(), Vec::new());
        let end = End::Idle;
        Self {
            boot: 0,
            number,
            prelude,
            bytes,
            end,
            held: false,
            truncated: false,
            elided: 0,
            age_ms: 0,
        }
    }
}

/// What the agent wants done about a slip.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What to print before the cut.
    pub note: Option<EncodedNote>,
    /// It is on disk: the bridge may forget it.
    pub stored: bool,
}

/// What the line listens for; the agent implements it.
pub trait Listener {
    /// A slip is complete.
    fn slip(&mut self, slip: &Slip) -> Answer;
    /// A slip has begun and is there so far; told now and then while it is printed.
    fn live(&mut self, _prelude: &[u8], _so_far: &[u8]) {}
    /// Slips of this start of the bridge were printed and lost; whether that is on disk.
    fn gap(&mut self, boot: u64, first: u32, last: u32) -> bool;
    /// A held cut went out.
    fn released(&mut self, boot: u64, slip: u32, outcome: Outcome, held_ms: u16);
    /// A job of our own that is to be printed between two jobs of the till.
    fn own_job(&mut self) -> Option<(u32, EncodedNote)>;
    /// A job of our own is on the paper.
    fn printed(&mut self, job: u32);
    /// The line stands or is lost; the bridge's process, 0 if unknown.
    fn line(&mut self, up: bool, pid: u32);
    /// What the printer says of itself.
    fn printer(&mut self, connected: bool, paper_out: bool, cover_open: bool, offline: bool);
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// Keeps one conversation after the other until `stop` says so.
pub fn keep(address: &str, listener: &mut impl Listener, stop: impl Fn() -> bool) {
    const PAUSE: Duration = Duration::from_millis(50);
    let mut pause = PAUSE;
    while !stop() {
        if let Ok(wire) = connect(address) {
            let began = Instant::now();
            // However it ended, the next conversation begins where the bridge's ring stands.
            let _ = converse(wire, listener, &stop);
            listener.line(false, 0);
            if began.elapsed() > BEAT {
                pause = PAUSE;
            }
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

fn connect(address: &str) -> io::Result<Box<dyn Wire>> {
    match address.split_once(':') {
        Some(("unix", path)) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(READ_WAIT))?;
            stream.set_write_timeout(Some(Duration::from_secs(2)))?;
            Ok(Box::new(stream))
        }
        Some(("tcp", address)) => {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(READ_WAIT))?;
            Ok(Box::new(stream))
        }
        _ => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "a link is unix:PATH or tcp:HOST:PORT"))
        }
    }
}

fn converse(
    mut wire: Box<dyn Wire>,
    listener: &mut impl Listener,
    stop: &impl Fn() -> bool,
) -> io::Result<()> {
    let mut line = Line::default();
    line.say(&mut wire, ToBridge::Hello { version: VERSION })?;
    let (mut buffer, mut decoder) = (vec![0; 16 * 1024], Decoder::default());
    let mut beat_at = Instant::now() + BEAT;
    let mut heard_at = Instant::now();
    while !stop() {
        match wire.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => {
                heard_at = Instant::now();
                let mut said = Ok(());
                decoder.push(&buffer[..len], |message| {
                    if said.is_ok() {
                        said = line.hear(message, &mut wire, listener);
                    }
                });
                said?;
            }
            Err(error) if timed_out(&error) => {
                if heard_at.elapsed() > SILENCE_MAX {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "the bridge says nothing"));
                }
            }
            Err(error) => return Err(error),
        }
        line.show(listener);
        if let Some((job, text)) = listener.own_job() {
            line.print(&mut wire, job, &text)?;
        }
        if Instant::now() >= beat_at {
            line.say(&mut wire, ToBridge::Beat)?;
            beat_at = Instant::now() + BEAT;
        }
    }
    Ok(())
}

fn timed_out(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// The slip that is coming in.
#[derive(Default)]
struct Line {
    boot: u64,
    bridge_now_ms: u64,
    open: Option<Open>,
}

struct Open {
    number: u32,
    prelude: Vec<u8>,
    bytes: Vec<u8>,
    elided: u32,
    /// How much of it was shown, and when.
    shown: (usize, Option<Instant>),
}

impl Line {
    /// Shows the slip that is coming in, if there is more of it and it was not shown just now.
    fn show(&mut self, listener: &mut impl Listener) {
        let Some(open) = &mut self.open else { return };
        let is_due = open.shown.1.is_none_or(|at| at.elapsed() >= SHOW_EVERY);
        if open.bytes.len() > open.shown.0 && is_due {
            open.shown = (open.bytes.len(), Some(Instant::now()));
            listener.live(&open.prelude, &open.bytes);
        }
    }

    fn say(&self, wire: &mut dyn Wire, message: ToBridge<'_>) -> io::Result<()> {
        let (mut bytes, mut framed) = ([0; MESSAGE_MAX], vec![0; WIRE_MAX]);
        let len =
            message.encode(&mut bytes).and_then(|len| frame::encode(&bytes[..len], &mut framed));
        let len = len.ok_or_else(|| io::Error::other("a message to the bridge is too long"))?;
        wire.write_all(&framed[..len])
    }

    /// Acts on one message; only a lost line is an error.
    fn hear(
        &mut self,
        message: &[u8],
        wire: &mut dyn Wire,
        listener: &mut impl Listener,
    ) -> io::Result<()> {
        let Ok(message) = ToAgent::decode(message) else { return Ok(()) };
        match message {
            ToAgent::Hello { boot, pid, .. } => {
                self.boot = boot;
                listener.line(true, pid);
            }
            ToAgent::SlipStart { slip, prelude, .. } => {
                let prelude = prelude.to_vec();
                self.open = Some(Open {
                    number: slip,
                    prelude,
                    bytes: Vec::new(),
                    elided: 0,
                    shown: (0, None),
                });
            }
            ToAgent::SlipData { slip, bytes } => {
                if let Some(open) = self.open_slip(slip)
                    && open.bytes.len() + bytes.len() <= SLIP_BYTES_MAX
                {
                    open.bytes.extend_from_slice(bytes);
                }
            }
            ToAgent::Elided { slip, .. } => {
                if let Some(open) = self.open_slip(slip) {
                    open.elided += 1;
                }
            }
            ToAgent::SlipEnd { .. } => return self.slip_ends(&message, wire, listener),
            ToAgent::Released { slip, outcome, held_ms } => {
                listener.released(self.boot, slip, outcome, held_ms);
            }
            ToAgent::Gap { first, last } => {
                self.open = None;
                if !listener.gap(self.boot, first, last) {
                    return Err(io::Error::other("a gap could not be written down"));
                }
                return self.say(wire, ToBridge::Ack { slip: last });
            }
            ToAgent::Printer { connected, paper_out, cover_open, offline } => {
                listener.printer(connected, paper_out, cover_open, offline);
            }
            ToAgent::Printed { job } => listener.printed(job),
            ToAgent::Beat { at_ms } => self.bridge_now_ms = at_ms,
        }
        Ok(())
    }

    fn open_slip(&mut self, slip: u32) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.number == slip)
    }

    fn slip_ends(
        &mut self,
        message: &ToAgent<'_>,
        wire: &mut dyn Wire,
        listener: &mut impl Listener,
    ) -> io::Result<()> {
        let ToAgent::SlipEnd { slip, end, held, truncated, at_ms } = *message else {
            return Ok(());
        };
        let Some(open) = self.open.take().filter(|open| open.number == slip) else {
            // Noise took its beginning. In a new conversation the bridge tells it whole.
            return Err(io::Error::other("a slip without its beginning"));
        };
        let slip = Slip {
            boot: self.boot,
            number: slip,
            prelude: open.prelude,
            bytes: open.bytes,
            end,
            held,
            truncated,
            elided: open.elided,
            age_ms: self.bridge_now_ms.saturating_sub(at_ms),
        };
        let answer = listener.slip(&slip);
        if held {
            self.answer(wire, slip.number, answer.note.as_ref())?;
        }
        if answer.stored {
            return self.say(wire, ToBridge::Ack { slip: slip.number });
        }
        // The bridge keeps it; the next conversation begins with it.
        Err(io::Error::other("a slip could not be written down"))
    }

    /// Sends a job of our own; one that does not fit on the wire is left out.
    fn print(&self, wire: &mut dyn Wire, job: u32, text: &EncodedNote) -> io::Result<()> {
        let mut encoded = [0; MESSAGE_MAX - 16];
        match Rows::encode(&rows(Some(text)), &mut encoded) {
            Ok(rows) => self.say(wire, ToBridge::Print { job, page: text.page, rows }),
            Err(_) => Ok(()),
        }
    }

    /// Sends the note; one that does not fit on the wire is left out, and the cut goes.
    fn answer(&self, wire: &mut dyn Wire, slip: u32, note: Option<&EncodedNote>) -> io::Result<()> {
        let mut encoded = [0; MESSAGE_MAX - 16];
        match (note, Rows::encode(&rows(note), &mut encoded)) {
            (Some(note), Ok(rows)) if !note.rows.is_empty() => {
                self.say(wire, ToBridge::Note { slip, page: note.page, rows })
            }
            _ => self.say(wire, ToBridge::NoNote { slip }),
        }
    }
}

/// Rows as the link carries them.
fn rows(note: Option<&EncodedNote>) -> Vec<Row<'_>> {
    let rows = note.into_iter().flat_map(|note| &note.rows);
    rows.map(|(text, bold)| Row { text, bold: *bold, ..Row::default() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use firmware_bridge::link::NotePage;
    use std::os::unix::net::UnixListener;

    #[derive(Default)]
    struct Ears {
        slips: Vec<(u64, u32, Vec<u8>)>,
        gaps: Vec<(u32, u32)>,
    }

    impl Listener for Ears {
        fn slip(&mut self, slip: &Slip) -> Answer {
            self.slips.push((slip.boot, slip.number, slip.bytes.clone()));
            let note =
                EncodedNote { page: NotePage::AsPrinted, rows: vec![(b"hi".to_vec(), true)] };
            Answer { note: Some(note), stored: true }
        }
        fn gap(&mut self, _: u64, first: u32, last: u32) -> bool {
            self.gaps.push((first, last));
            true
        }
        fn released(&mut self, _: u64, _: u32, _: Outcome, _: u16) {}
        fn own_job(&mut self) -> Option<(u32, EncodedNote)> {
            None
        }
        fn printed(&mut self, _: u32) {}
        fn line(&mut self, _: bool, _: u32) {}
        fn printer(&mut self, _: bool, _: bool, _: bool, _: bool) {}
    }

    #[test]
    fn a_slip_is_answered_and_then_acknowledged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("link");
        let socket = UnixListener::bind(&path).unwrap();
        let bridge = std::thread::spawn(move || {
            let (mut stream, _) = socket.accept().unwrap();
            let end =
                ToAgent::SlipEnd { slip: 3, end: End::Cut, held: true, truncated: false, at_ms: 0 };
            for message in [
                ToAgent::Hello { version: 1, boot: 77, pid: 1 },
                ToAgent::SlipStart { slip: 3, at_ms: 0, prelude: b"" },
                ToAgent::SlipData { slip: 3, bytes: b"total" },
                ToAgent::SlipData { slip: 9, bytes: b"of another slip" },
                end,
                ToAgent::Gap { first: 4, last: 5 },
            ] {
                let (mut bytes, mut framed) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
                let len = message.encode(&mut bytes).unwrap();
                let len = frame::encode(&bytes[..len], &mut framed).unwrap();
                stream.write_all(&framed[..len]).unwrap();
            }
            let (mut heard, mut buffer, mut decoder) = (Vec::new(), [0; 1024], Decoder::default());
            while heard.len() < 4 {
                let len = stream.read(&mut buffer).unwrap();
                decoder.push(&buffer[..len], |message| heard.push(message[0]));
            }
            heard
        });
        let mut ears = Ears::default();
        let address = format!("unix:{}", path.display());
        let wire = connect(&address).unwrap();
        let _ = converse(wire, &mut ears, &|| false);
        assert_eq!(bridge.join().unwrap(), [0x81, 0x83, 0x82, 0x82]);
        assert_eq!(ears.slips, [(77, 3, b"total".to_vec())]);
        assert_eq!(ears.gaps, [(4, 5)]);
    }
}
