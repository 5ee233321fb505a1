//! Where a slip begins and ends in the stream.
//!
//! ```text
//! ESC @ … text … ESC d 3  GS V 0 │ ESC @  ESC p …  GS r 1 │ FS & … text …
//! ╰──────── slip 1 ──────────────┴──── its tail ──────────╯ ╰─ slip 2 ──
//! ```
//!
//! A cut ends a slip. What follows it up to the next printing token (drawer kick, `ESC @`, status
//! requests, blank lines) still belongs to it: a stray `ESC @` makes no empty slip.
//!
//! Not here: pauses and closed ports, which end a slip without a cut (`bridge`); which slips are
//! one sale (`sale`, in the agent).

use crate::dialect::Dialect;
use crate::modes::Modes;
use crate::token::{Kind, Token, Tokenizer};

/// What a token does to the paper, as far as slips and the hold care.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Puts something on the paper.
    Print,
    /// Spaces only: nothing to see, and part of a blank line.
    Blank,
    /// Ends a line or feeds paper by so many lines; 0 for CR, NUL and small dot feeds.
    Feed {
        /// Blank lines, rounded down.
        lines: u16,
    },
    /// Sets how what follows looks; may stand in the feed before a cut.
    Set,
    /// Kicks the drawer or initialises; may stand there too.
    Aside,
    /// Cuts the paper.
    Cut,
    /// Everything else: status requests, other settings, real-time commands.
    Other,
}

/// Dots in a line at the usual spacing, to tell `ESC J` feeds in lines.
const LINE_DOTS: u16 = 30;

/// Returns what `token` does to the paper.
#[must_use]
pub fn role(token: Token<'_>, dialect: Dialect) -> Role {
    if token.is_cut(dialect) {
        return Role::Cut;
    }
    match token.kind {
        Kind::Text if token.bytes.iter().all(|&byte| byte == b' ') => Role::Blank,
        Kind::Text => Role::Print,
        Kind::Payload { .. } => Role::Other,
        Kind::Control => match token.bytes[0] {
            b'\n' => Role::Feed { lines: 1 },
            b'\r' | 0 => Role::Feed { lines: 0 },
            _ => Role::Other,
        },
        Kind::Command { .. } if dialect == Dialect::Star => star_role(token.bytes),
        Kind::Command { .. } => command_role(token.bytes),
    }
}

fn command_role(bytes: &[u8]) -> Role {
    match bytes {
        [0x1B, b'd', n] => Role::Feed { lines: u16::from(*n) },
        [0x1B, b'J', n] => Role::Feed { lines: u16::from(*n) / LINE_DOTS },
        [0x1B, b'a' | b'!' | b'3', _] | [0x1D, b'!', _] | [0x1B, b'2'] => Role::Set,
        [0x1B, b'@'] | [0x1B, b'p', ..] => Role::Aside,
        [0x1D, b'v' | b'k' | b'Q' | b'/', ..] | [0x1B, b'*', ..] | [0x1C, b'p', ..] => Role::Print,
        [0x1D, b'(', b'k', _, _, _, 81, ..] => Role::Print, // a stored 2D code
        [0x1D, b'(', b'L', _, _, 48, 2 | 50, ..] => Role::Print, // stored graphics
        [0x1D, b'(', b'L', ..] | [0x1D, b'8', b'L', ..] => Role::Other,
        _ => Role::Other,
    }
}

/// The same in Star line mode, where `ESC a` feeds and `ESC d` cuts.
fn star_role(bytes: &[u8]) -> Role {
    match bytes {
        [0x1B, b'a', n] => Role::Feed { lines: u16::from(*n) },
        [0x1B, 0x1D, b'a', _] | [0x1B, b'i', ..] | [0x1B, b'E' | b'F' | b'4' | b'5'] => Role::Set,
        [0x1B, b'W' | b'h' | b'z', _] => Role::Set,
        [0x1B, b'@'] | [0x1B, 0x07, ..] => Role::Aside,
        [0x1B, b'k' | b'K' | b'L' | b'X' | b'b', ..] | [b'b' | b'k', _, _] => Role::Print,
        [0x1B, 0x1D, b'y' | b'x', b'P', ..] | [0x1B, 0x1D, b'S', ..] => Role::Print,
        _ => Role::Other,
    }
}

/// One slip in a recorded stream; all offsets are bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Slip {
    /// The first byte.
    pub start: u64,
    /// One past the last byte, its tail included.
    pub end: u64,
    /// The cut that ended it, if one did.
    pub cut: Option<u64>,
    /// The modes that were in force at its start.
    pub modes: Modes,
}

/// Splits a recorded stream into slips, which [`crate::bridge`] does as it flows by.
///
/// Without a single cut in it, `ESC @` after three blank lines or more begins a new slip: such a
/// printer has no cutter, and the pauses between receipts are not in the record.
pub fn split(stream: &[u8], mut each: impl FnMut(Slip)) {
    let mut cuts = 0_u32;
    Tokenizer::default().push(stream, |token, dialect| cuts += u32::from(token.is_cut(dialect)));
    let mut outline = Outline { cutter: cuts > 0, ..Outline::default() };
    let mut tokenizer = Tokenizer::default();
    tokenizer.push(stream, |token, dialect| outline.take(token, dialect, &mut each));
    tokenizer.finish(|token, dialect| outline.take(token, dialect, &mut each));
    outline.end(&mut each);
}

#[derive(Default)]
struct Outline {
    at: u64,
    slip: Slip,
    printed: bool,
    cutter: bool,
    blank_lines: u16,
    /// Where the next slip would begin, once something is printed after a cut.
    next: Option<Slip>,
    tail_inits: u8,
    modes: Modes,
}

impl Outline {
    fn take(&mut self, token: Token<'_>, dialect: Dialect, each: &mut impl FnMut(Slip)) {
        let role = role(token, dialect);
        match role {
            Role::Cut if self.slip.cut.is_none() && self.printed => {
                self.slip.cut = Some(self.at);
                self.tail_inits = 0;
            }
            Role::Print if self.over() => self.turn(each),
            _ if self.over() => self.tail(token),
            _ => {}
        }
        self.printed |= role == Role::Print;
        self.blank_lines = match role {
            Role::Feed { lines } => self.blank_lines.saturating_add(lines),
            Role::Blank | Role::Set => self.blank_lines,
            Role::Aside if token.bytes != b"\x1b@" => self.blank_lines,
            Role::Aside if !self.cutter && self.printed && self.blank_lines > 3 => {
                self.turn_here(each);
                0
            }
            _ => 0,
        };
        self.modes.apply(token, dialect);
        self.at += token.bytes.len() as u64;
    }

    fn over(&self) -> bool {
        self.slip.cut.is_some()
    }

    /// In the tail, a second `ESC @` or a setting is likely the next slip's beginning.
    fn tail(&mut self, token: Token<'_>) {
        let init = token.bytes == b"\x1b@" && token.kind != Kind::Text;
        let again = init && self.tail_inits > 0;
        let sets = matches!(token.kind, Kind::Command { .. }) && sets_modes(token.bytes);
        if again || (sets && self.next.is_none()) {
            self.next = Some(Slip { start: self.at, modes: self.modes, ..Slip::default() });
        }
        self.tail_inits += u8::from(init && self.tail_inits < 2);
    }

    fn turn(&mut self, each: &mut impl FnMut(Slip)) {
        let here = Slip { start: self.at, modes: self.modes, ..Slip::default() };
        let next = self.next.take().unwrap_or(here);
        each(Slip { end: next.start, ..self.slip });
        self.slip = next;
    }

    fn turn_here(&mut self, each: &mut impl FnMut(Slip)) {
        self.turn(each);
        self.printed = false;
    }

    fn end(self, each: &mut impl FnMut(Slip)) {
        if self.printed {
            each(Slip { end: self.at, ..self.slip });
        }
    }
}

/// Whether a command sets how text looks: code page, size, alignment and the like.
fn sets_modes(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x1B, b'a' | b'!' | b'E' | b'M' | b't' | b'R' | b'9' | b'3' | b'2' | b'D' | b'S', ..]
            | [0x1D, b'!' | b'L' | b'W' | b'h' | b'w', ..]
            | [0x1C, b'&' | b'.' | b'C' | b'!' | b'(', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn slips(stream: &[u8]) -> Vec<(u64, u64, Option<u64>)> {
        let mut found = Vec::new();
        split(stream, |slip| found.push((slip.start, slip.end, slip.cut)));
        found
    }

    #[test]
    fn what_follows_a_cut_belongs_to_the_finished_slip() {
        let job = b"\x1b@one\n\x1dV\x00\x1b@\x1bp\x00\x19\xfa\x1dr\x01";
        assert_eq!(
            slips(job),
            [(0, 17 - 2, Some(6))].map(|(start, _, cut)| (start, job.len() as u64, cut))
        );
    }

    #[test]
    fn the_second_init_after_a_cut_begins_the_next_slip() {
        assert_eq!(
            slips(b"one\n\x1dV\x00\x1b@\x1b@\x1c&two\n\x1dV\x00\x1b@"),
            [(0, 9, Some(4)), (9, 22, Some(17))]
        );
    }

    #[test]
    fn an_empty_stream_and_a_lone_cut_are_no_slip() {
        assert_eq!(slips(b""), []);
        assert_eq!(slips(b"\x1b@\x1dV\x00\x1b@"), []);
    }

    #[test]
    fn without_a_cutter_an_init_after_blank_lines_begins_a_slip() {
        assert_eq!(slips(b"\x1b@one\n\n\n\n\x1b@two\n\n\n\n").len(), 2);
        assert_eq!(slips(b"\x1b@one\n\n\n\nstill one\n\n\n\n").len(), 1);
    }
}
