//! The link protocol between a bridge and the agent.
//!
//! ```text
//! bridge ── Hello, SlipStart, SlipData…, SlipEnd, Released, Beat ──▶ agent
//!        ◀── Hello, Note | NoNote, Ack, Beat ─────────────────────
//! ```
//!
//! A message travels in a frame ([`frame`]): COBS with a CRC-32, so that noise costs one message
//! and the next zero byte is a fresh start. Numbers are little-endian. The first byte says which
//! message it is; a receiver skips one that it does not know, and fields appended to one that it does.
//!
//! # Invariants
//!
//! - Decoding is total: any bytes give a message or an error, never a panic.
//! - A slip's records are kept by the bridge until [`ToBridge::Ack`] names its number.
//! - A note is rows of text; it has no way to say a control byte, so it cannot cut or kick the drawer.
//!
//! Not here: the ring (`ring`), sockets (`host`), what a note says (`note`, in the agent).

mod fields;
pub mod frame;
mod rows;

use fields::{Fields, Put};
pub use rows::{Align, ROWS_MAX, Row, Rows, RowsError};

/// The version both sides speak; a receiver understands this one and the one before.
pub const VERSION: u8 = 1;

/// The longest message in bytes, framing aside.
pub const MESSAGE_MAX: usize = 2_048;

/// The longest piece of a slip in one message.
pub const PIECE_MAX: usize = 1_024;

/// What ended a slip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// The paper was cut.
    Cut,
    /// Blank lines on a printer without a cutter.
    Feed,
    /// A long pause.
    Idle,
    /// The POS closed its port.
    Close,
}

/// What became of a held cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The note was printed.
    Noted,
    /// The agent said that there is none.
    NoNote,
    /// Nothing came in time.
    Late,
    /// The POS sent more than could wait.
    Full,
    /// There was a note that may not be printed here: page mode or a macro.
    NotHere,
    /// It was not held at all.
    NotHeld,
}

/// A message from the bridge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToAgent<'a> {
    /// Opens a conversation.
    Hello {
        /// Protocol version.
        version: u8,
        /// Drawn anew at each start of the bridge: slip numbers count from 1 within it.
        boot: u64,
        /// The bridge's process, 0 where there is none.
        pid: u32,
    },
    /// A slip begins.
    SlipStart {
        /// Its number.
        slip: u32,
        /// When, in ms since the bridge started.
        at_ms: u64,
        /// Commands that bring a reader to the modes in force.
        prelude: &'a [u8],
    },
    /// The next bytes of a slip.
    SlipData {
        /// Its number.
        slip: u32,
        /// At most [`PIECE_MAX`].
        bytes: &'a [u8],
    },
    /// A picture that had no room in the ring.
    Elided {
        /// The slip's number.
        slip: u32,
        /// Its length in bytes, header included.
        len: u32,
        /// Its CRC-32.
        crc: u32,
    },
    /// A slip is complete.
    SlipEnd {
        /// Its number.
        slip: u32,
        /// What ended it.
        end: End,
        /// Whether the printer is waiting for a note.
        held: bool,
        /// Whether its text was longer than the bridge keeps.
        truncated: bool,
        /// When, in ms since the bridge started.
        at_ms: u64,
    },
    /// The cut of a slip was let go.
    Released {
        /// Its number.
        slip: u32,
        /// Why.
        outcome: Outcome,
        /// How long it was held.
        held_ms: u16,
    },
    /// Slips that had no room in the ring: they were printed and are not known.
    Gap {
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
    },
    /// What the printer last said of itself.
    Printer {
        /// Whether its port is open.
        connected: bool,
        /// Out of paper, if it said so.
        paper_out: bool,
        /// Cover open, if it said so.
        cover_open: bool,
        /// Off line, if it said so.
        offline: bool,
    },
    /// A job of the agent's own is on the paper.
    Printed {
        /// Its number.
        job: u32,
    },
    /// I am alive; the bridge's clock.
    Beat {
        /// Milliseconds since the bridge started.
        at_ms: u64,
    },
}

/// A message from the agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToBridge<'a> {
    /// Opens a conversation.
    Hello {
        /// Protocol version.
        version: u8,
    },
    /// Every slip up to this one is on disk.
    Ack {
        /// Its number.
        slip: u32,
    },
    /// Print this before the cut of a slip.
    Note {
        /// The slip that it belongs to; a note for another one is not printed.
        slip: u32,
        /// What its bytes are.
        page: NotePage,
        /// The text.
        rows: Rows<'a>,
    },
    /// There is no note for this slip: let it go.
    NoNote {
        /// Its number.
        slip: u32,
    },
    /// Print this as a job of its own, between two jobs of the POS.
    Print {
        /// The agent's number for it.
        job: u32,
        /// What its bytes are.
        page: NotePage,
        /// The text.
        rows: Rows<'a>,
    },
    /// I am alive.
    Beat,
}

/// How the rows of a note are encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotePage {
    /// In the code page that the receipt itself was printed in; nothing is switched.
    AsPrinted,
    /// Double-byte text of the printer's own character set: kanji mode is switched on if it is off.
    Kanji,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The first byte names no message of this version.
    #[error("unknown message {0:#04x}")]
    Unknown(u8),
    /// It ends before its last field.
    #[error("message is too short")]
    Short,
    /// A field has a value that it cannot have.
    #[error("message has a field out of range")]
    Field,
}

impl End {
    const ALL: [Self; 4] = [Self::Cut, Self::Feed, Self::Idle, Self::Close];
}

impl Outcome {
    const ALL: [Self; 6] =
        [Self::Noted, Self::NoNote, Self::Late, Self::Full, Self::NotHere, Self::NotHeld];
}

fn pick<T: Copy>(all: &[T], index: u8) -> Result<T, LinkError> {
    all.get(usize::from(index)).copied().ok_or(LinkError::Field)
}

impl<'a> ToAgent<'a> {
    /// Writes the message into `out`; `None` if it does not fit.
    #[must_use]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let put = match *self {
            Self::Hello { version, boot, pid } => Put::new(out, 0x01)?
                .put(&[version])?
                .put(&boot.to_le_bytes())?
                .put(&pid.to_le_bytes()),
            Self::SlipStart { slip, at_ms, prelude } => Put::new(out, 0x02)?
                .put(&slip.to_le_bytes())?
                .put(&at_ms.to_le_bytes())?
                .counted(prelude),
            Self::SlipData { slip, bytes } => {
                Put::new(out, 0x03)?.put(&slip.to_le_bytes())?.counted(bytes)
            }
            Self::Elided { slip, len, crc } => Put::new(out, 0x04)?
                .put(&slip.to_le_bytes())?
                .put(&len.to_le_bytes())?
                .put(&crc.to_le_bytes()),
            Self::SlipEnd { slip, end, held, truncated, at_ms } => Put::new(out, 0x05)?
                .put(&slip.to_le_bytes())?
                .put(&[end as u8, held.into(), truncated.into()])?
                .put(&at_ms.to_le_bytes()),
            Self::Released { slip, outcome, held_ms } => Put::new(out, 0x06)?
                .put(&slip.to_le_bytes())?
                .put(&[outcome as u8])?
                .put(&held_ms.to_le_bytes()),
            Self::Gap { first, last } => {
                Put::new(out, 0x07)?.put(&first.to_le_bytes())?.put(&last.to_le_bytes())
            }
            Self::Printer { connected, paper_out, cover_open, offline } => {
                let flags = [connected, paper_out, cover_open, offline].map(u8::from);
                Put::new(out, 0x08)?.put(&flags)
            }
            Self::Beat { at_ms } => Put::new(out, 0x09)?.put(&at_ms.to_le_bytes()),
            Self::Printed { job } => Put::new(out, 0x0A)?.put(&job.to_le_bytes()),
        };
        put.map(|put| put.len)
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`LinkError`] if it is none of this version, too short, or has a field out of range.
    pub fn decode(message: &'a [u8]) -> Result<Self, LinkError> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0x01 => Self::Hello { version: fields.u8()?, boot: fields.u64()?, pid: fields.u32()? },
            0x02 => Self::SlipStart {
                slip: fields.u32()?,
                at_ms: fields.u64()?,
                prelude: fields.counted()?,
            },
            0x03 => Self::SlipData { slip: fields.u32()?, bytes: fields.counted()? },
            0x04 => Self::Elided { slip: fields.u32()?, len: fields.u32()?, crc: fields.u32()? },
            0x05 => Self::SlipEnd {
                slip: fields.u32()?,
                end: pick(&End::ALL, fields.u8()?)?,
                held: fields.flag()?,
                truncated: fields.flag()?,
                at_ms: fields.u64()?,
            },
            0x06 => Self::Released {
                slip: fields.u32()?,
                outcome: pick(&Outcome::ALL, fields.u8()?)?,
                held_ms: fields.u16()?,
            },
            0x07 => Self::Gap { first: fields.u32()?, last: fields.u32()? },
            0x08 => Self::Printer {
                connected: fields.flag()?,
                paper_out: fields.flag()?,
                cover_open: fields.flag()?,
                offline: fields.flag()?,
            },
            0x09 => Self::Beat { at_ms: fields.u64()? },
            0x0A => Self::Printed { job: fields.u32()? },
            tag => return Err(LinkError::Unknown(tag)),
        })
    }
}

impl<'a> ToBridge<'a> {
    /// Writes the message into `out`; `None` if it does not fit.
    #[must_use]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let put = match *self {
            Self::Hello { version } => Put::new(out, 0x81)?.put(&[version]),
            Self::Ack { slip } => Put::new(out, 0x82)?.put(&slip.to_le_bytes()),
            Self::Note { slip, page, rows } => Put::new(out, 0x83)?
                .put(&slip.to_le_bytes())?
                .put(&[page as u8])?
                .counted(rows.as_bytes()),
            Self::NoNote { slip } => Put::new(out, 0x84)?.put(&slip.to_le_bytes()),
            Self::Beat => Put::new(out, 0x85),
            Self::Print { job, page, rows } => Put::new(out, 0x86)?
                .put(&job.to_le_bytes())?
                .put(&[page as u8])?
                .counted(rows.as_bytes()),
        };
        put.map(|put| put.len)
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`LinkError`] if it is none of this version, too short, or has a field out of range; a note
    /// with a control byte in it is out of range.
    pub fn decode(message: &'a [u8]) -> Result<Self, LinkError> {
        let mut fields = Fields(message);
        Ok(match fields.u8()? {
            0x81 => Self::Hello { version: fields.u8()? },
            0x82 => Self::Ack { slip: fields.u32()? },
            0x83 => Self::Note {
                slip: fields.u32()?,
                page: pick(&[NotePage::AsPrinted, NotePage::Kanji], fields.u8()?)?,
                rows: Rows::parse(fields.counted()?).map_err(|_| LinkError::Field)?,
            },
            0x84 => Self::NoNote { slip: fields.u32()? },
            0x85 => Self::Beat,
            0x86 => Self::Print {
                job: fields.u32()?,
                page: pick(&[NotePage::AsPrinted, NotePage::Kanji], fields.u8()?)?,
                rows: Rows::parse(fields.counted()?).map_err(|_| LinkError::Field)?,
            },
            tag => return Err(LinkError::Unknown(tag)),
        })
    }
}

#[cfg(test)]
mod tests;
