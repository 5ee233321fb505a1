//! An agent that a test plays: it speaks the link protocol and answers when the test says so.
//!
//! Not here: what a real agent says (`huitou::bridge_link`).

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{
    End, MESSAGE_MAX, NotePage, Outcome, Row, Rows, ToAgent, ToBridge, VERSION,
};

use crate::port;
use crate::printer::Printer;
use crate::programs::Running;
use crate::wait::until;

/// What the bridge said, as far as tests look at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Heard {
    Hello,
    Beat,
    Ended { slip: u32, end: End, held: bool },
    Released { slip: u32, outcome: Outcome, held_ms: u16 },
}

/// The played agent.
pub(crate) struct Peer {
    wire: UnixStream,
    heard: Arc<Mutex<Vec<(Heard, Instant)>>>,
}

impl Peer {
    /// Connects to a bridge and says hello; from then on it answers each beat, so that the bridge
    /// knows that somebody is there.
    pub(crate) fn connect(socket: &Path) -> Self {
        let wire = until("the link", || UnixStream::connect(socket).ok());
        let peer = Self { wire, heard: Arc::default() };
        let (wire, heard) = (peer.wire.try_clone().unwrap(), Arc::clone(&peer.heard));
        std::thread::spawn(move || listen(wire, &heard));
        peer.say(&ToBridge::Hello { version: VERSION });
        peer.await_heard("hello", |heard| heard == Heard::Hello);
        peer
    }

    pub(crate) fn say(&self, message: &ToBridge<'_>) {
        send(&self.wire, message).unwrap();
    }

    /// Sends a note of one row for a slip.
    pub(crate) fn note(&self, slip: u32, text: &str) {
        let mut bytes = [0; 256];
        let row = Row { text: text.as_bytes(), ..Row::default() };
        let rows = Rows::encode(&[row], &mut bytes).unwrap();
        self.say(&ToBridge::Note { slip, page: NotePage::AsPrinted, rows });
    }

    /// Waits until the bridge has said something like this.
    pub(crate) fn await_heard(&self, what: &str, like: impl Fn(Heard) -> bool) -> (Heard, Instant) {
        until(what, || self.heard.lock().unwrap().iter().copied().find(|(heard, _)| like(*heard)))
    }

    /// Ends the conversation.
    pub(crate) fn hang_up(self) {
        self.wire.shutdown(std::net::Shutdown::Both).unwrap();
    }

    /// Whether the bridge has told this slip in this conversation. It beats at once and then each
    /// second: by the second beat it has told all that it keeps.
    pub(crate) fn has_heard_of(&self, number: u32) -> bool {
        let beats = || {
            let heard = self.heard.lock().unwrap();
            heard.iter().filter(|(heard, _)| *heard == Heard::Beat).count()
        };
        until("two beats", || (beats() >= 2).then_some(()));
        let heard = self.heard.lock().unwrap();
        heard.iter().any(|(heard, _)| matches!(heard, Heard::Ended { slip, .. } if *slip == number))
    }

    /// Waits until the slip with this number has ended, and says whether its cut is held.
    pub(crate) fn slip_ended(&self, number: u32) -> bool {
        let what = format!("the end of slip {number}");
        let ended = |heard| matches!(heard, Heard::Ended { slip, .. } if slip == number);
        matches!(self.await_heard(&what, ended).0, Heard::Ended { held: true, .. })
    }

    /// Waits until the cut of this slip was let go, and says why and after how long.
    pub(crate) fn released(&self, number: u32) -> (Outcome, u16) {
        let what = format!("the release of slip {number}");
        let let_go = |heard| matches!(heard, Heard::Released { slip, .. } if slip == number);
        match self.await_heard(&what, let_go).0 {
            Heard::Released { outcome, held_ms, .. } => (outcome, held_ms),
            other => unreachable!("{other:?}"),
        }
    }
}

fn send(mut wire: &UnixStream, message: &ToBridge<'_>) -> io::Result<()> {
    let (mut plain, mut framed) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
    let len = message.encode(&mut plain).unwrap();
    let len = frame::encode(&plain[..len], &mut framed).unwrap();
    wire.write_all(&framed[..len])
}

/// Takes down what the bridge says until the conversation ends.
fn listen(mut wire: UnixStream, heard: &Mutex<Vec<(Heard, Instant)>>) {
    let (mut decoder, mut piece) = (Decoder::default(), [0; 4_096]);
    while let Ok(len @ 1..) = wire.read(&mut piece) {
        let mut beats = 0;
        decoder.push(&piece[..len], |message| {
            let said = ToAgent::decode(message).ok().and_then(Heard::of);
            beats += usize::from(said == Some(Heard::Beat));
            heard.lock().unwrap().extend(said.map(|heard| (heard, Instant::now())));
        });
        for _ in 0..beats {
            let _ = send(&wire, &ToBridge::Beat); // the bridge may have hung up
        }
    }
}

impl Heard {
    fn of(message: ToAgent<'_>) -> Option<Self> {
        Some(match message {
            ToAgent::Hello { .. } => Self::Hello,
            ToAgent::Beat { .. } => Self::Beat,
            ToAgent::SlipEnd { slip, end, held, .. } => Self::Ended { slip, end, held },
            ToAgent::Released { slip, outcome, held_ms } => {
                Self::Released { slip, outcome, held_ms }
            }
            _ => return None,
        })
    }
}

/// A bridge by itself, with a printer of the test's.
pub(crate) struct Line {
    pub(crate) till: std::net::SocketAddr,
    pub(crate) socket: PathBuf,
    _bridge: Running,
    _dir: tempfile::TempDir,
}

impl Line {
    pub(crate) fn to(printer: &Printer, options: &[&str]) -> Self {
        Self::to_address(&printer.address.to_string(), options)
    }

    pub(crate) fn to_address(printer: &str, options: &[&str]) -> Self {
        let (dir, till) = (tempfile::tempdir().unwrap(), port::free());
        let socket = dir.path().join("link").join("till.sock");
        let ports = [format!("tcp-listen:{till}"), format!("tcp:{printer}")];
        let link = format!("unix:{}", socket.display());
        let arguments = ["--pos", &ports[0], "--printer", &ports[1], "--link", &link];
        let log = dir.path().join("bridge.log");
        let bridge = Running::start("huitou-bridge", &[&arguments, options].concat(), &log);
        until("the bridge", || (socket.exists() && port::is_open(till)).then_some(()));
        Self { till, socket, _bridge: bridge, _dir: dir }
    }
}
