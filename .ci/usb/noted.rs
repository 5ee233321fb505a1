//! A note on real USB: an agent of the crate's own link messages says what comes before the cut.
//!
//! ```text
//! till ─ receipt, feed, cut ─▶ bridge ─ receipt, note, feed, cut ─▶ paper
//!                               │  ▲
//!                        SlipEnd▼  │Note
//!                               agent
//! ```
//!
//! Not here: modes and pictures under a note (the bridge's own tests).

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, Sender};

use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{
    MESSAGE_MAX, NotePage, Outcome as Released, Row, Rows, ToAgent, ToBridge, VERSION,
};

use super::*;

const SOCKET: &str = "/run/link/till.sock";
const RECEIPTS: usize = 10;
/// What ends each receipt of `lab::receipt`: four lines of feed, the cut, the drawer.
const END: &[u8] = b"\x1bd\x04\x1dV\x00\x1bp\x00\x19\xfa";
/// Long enough to pull a cable while a cut is held.
const HOLD_MS: &str = "4000";

pub(super) fn noted(shop: &mut Shop) -> Outcome {
    shop.stop_bridge();
    let link = format!("unix:{SOCKET}");
    shop.start_bridge_to("usb:/dev/usb/lp1", &["--link", &link, "--hold-max", HOLD_MS]);
    let agent = Agent::connect()?;
    let mut held_ms_max = 0;
    for number in 0..RECEIPTS {
        let job = receipt(number, 10 + 20 * number);
        let body = &job[..job.len() - END.len()];
        shop.till.print(&job);
        let slip = agent.held()?;
        shop.paper_is_so_far(body)?; // the body waits for nobody, the cut waits for the note
        let unplugged = number == RECEIPTS - 1;
        if unplugged {
            unplug(1);
        }
        let note = format!("Thank you, receipt {number:04}");
        agent.note(slip, &note)?;
        held_ms_max = held_ms_max.max(agent.released(slip)?);
        if unplugged {
            plug(1);
        }
        shop.paper_is(&[body, note.as_bytes(), b"\n", END].concat())?;
    }
    drop(agent);
    shop.stop_bridge();
    shop.start_bridge();
    Ok(format!(
        "{RECEIPTS} notes right before feed and cut, the last one with the cable out while the cut was \
         held; held for at most {held_ms_max} ms"
    ))
}

/// What the bridge said, as far as it matters here.
enum Heard {
    Ended { slip: u32, held: bool },
    Released { slip: u32, outcome: Released, held_ms: u16 },
}

struct Agent {
    wire: UnixStream,
    heard: Receiver<Heard>,
}

impl Agent {
    fn connect() -> Result<Self, String> {
        // The socket is there a moment before somebody listens.
        let until = Instant::now() + WAIT;
        let wire = loop {
            match UnixStream::connect(SOCKET) {
                Ok(wire) => break wire,
                Err(error) if Instant::now() > until => return Err(format!("the link: {error}")),
                Err(_) => pause(5),
            }
        };
        let (tell, heard) = mpsc::channel();
        let ear = wire.try_clone().map_err(|error| error.to_string())?;
        thread::spawn(move || listen(ear, &tell));
        let agent = Self { wire, heard };
        agent.say(&ToBridge::Hello { version: VERSION })?;
        pause(200); // nothing says that it was read, and before that no cut is held
        Ok(agent)
    }

    fn say(&self, message: &ToBridge<'_>) -> Result<(), String> {
        say(&self.wire, message).map_err(|error| format!("the link: {error}"))
    }

    fn note(&self, slip: u32, text: &str) -> Result<(), String> {
        let mut bytes = [0; 256];
        let row = Row { text: text.as_bytes(), ..Row::default() };
        let rows = Rows::encode(&[row], &mut bytes).expect("one short row");
        self.say(&ToBridge::Note { slip, page: NotePage::AsPrinted, rows })
    }

    /// Waits for the end of the next slip, whose cut has to be held.
    fn held(&self) -> Result<u32, String> {
        loop {
            match self.heard.recv_timeout(WAIT).map_err(|_| "no slip ended")? {
                Heard::Ended { slip, held: true } => return Ok(slip),
                Heard::Ended { slip, .. } => {
                    return Err(format!("the cut of slip {slip} was not held"));
                }
                Heard::Released { .. } => {} // of the slip before
            }
        }
    }

    /// Waits until the cut of this slip was let go; returns after how many milliseconds.
    fn released(&self, wanted: u32) -> Result<u16, String> {
        match self.heard.recv_timeout(WAIT).map_err(|_| "no cut was let go")? {
            Heard::Released { slip, outcome: Released::Noted, held_ms } if slip == wanted => {
                self.say(&ToBridge::Ack { slip })?;
                Ok(held_ms)
            }
            Heard::Released { slip, outcome, .. } => {
                Err(format!("slip {slip} was let go: {outcome:?}"))
            }
            Heard::Ended { slip, .. } => {
                Err(format!("slip {slip} ended before {wanted} was let go"))
            }
        }
    }
}

fn say(mut wire: &UnixStream, message: &ToBridge<'_>) -> io::Result<()> {
    let (mut plain, mut framed) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
    let len = message.encode(&mut plain).expect("it has room");
    let len = frame::encode(&plain[..len], &mut framed).expect("it has room");
    wire.write_all(&framed[..len])
}

/// Tells what the bridge says until it hangs up, and answers its beats: who is silent gets no cut held.
fn listen(mut wire: UnixStream, tell: &Sender<Heard>) {
    let (mut decoder, mut piece) = (Decoder::default(), [0; 4_096]);
    while let Ok(len @ 1..) = wire.read(&mut piece) {
        let mut beats = 0;
        decoder.push(&piece[..len], |message| {
            let heard = match ToAgent::decode(message) {
                Ok(ToAgent::SlipEnd { slip, held, .. }) => Heard::Ended { slip, held },
                Ok(ToAgent::Released { slip, outcome, held_ms }) => {
                    Heard::Released { slip, outcome, held_ms }
                }
                Ok(ToAgent::Beat { .. }) => return beats += 1,
                _ => return,
            };
            let _ = tell.send(heard); // the scenario may be over
        });
        for _ in 0..beats {
            let _ = say(&wire, &ToBridge::Beat); // the bridge may have hung up
        }
    }
}
