//! What a customer or a scanner types, from the bytes of a serial line.
//!
//! ```text
//! 1 3 8 …        SoFar("138…")       # CR LF ETX   Entered("138…")
//! BS DEL         the last one off    * ESC CAN     Cleared
//! STX … ETX LRC  a frame             ]C1           a scanner's symbology id (AIM), not typed
//! ```
//!
//! # Invariants
//!
//! - What is told as entered was typed as a whole, without 15 s of silence in it, in at most 20
//!   characters: a part of a number is another customer's.
//! - `SoFar` and `Entered` hold ASCII letters and digits only; `SoFar` digits only.
//! - No clock: `now_ms` is the caller's, and never goes back.
//!
//! Not here: key codes (`keys`), opening a line (`serial`), whose number it is (`agent`).

/// An entry is forgotten after so long a silence: the next customer is not the last one.
pub const FORGET_MS: u64 = 15_000;

/// The longest entry.
pub const LEN_MAX: usize = 20;

/// A check sum follows its ETX in the same burst.
const BURST_MS: u64 = 100;

/// What is to be told.
#[derive(Clone, Eq, PartialEq)]
pub enum Typed {
    /// Digits so far, for the screen.
    SoFar(String),
    /// A whole number, or a scanner's member code.
    Entered(String),
    /// Nothing is typed any more.
    Cleared,
}

/// A number must not reach a log, not even by a slip of the pen.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SoFar(typed) => write!(f, "SoFar({} characters)", typed.len()),
            Self::Entered(typed) => write!(f, "Entered({} characters)", typed.len()),
            Self::Cleared => write!(f, "Cleared"),
        }
    }
}

/// One device's entry.
#[derive(Default)]
pub struct Entry {
    typed: String,
    /// More came than an entry may have.
    too_long: bool,
    last_ms: u64,
    /// The bytes of a full-width digit that is not complete yet.
    wide: Vec<u8>,
    /// How many characters of a symbology id are still to come.
    aim: u8,
    framed: bool,
    /// A frame ended then: one byte right after it is its check sum.
    frame_ended_ms: Option<u64>,
}

impl Entry {
    /// Takes a byte of a serial line.
    pub fn byte(&mut self, byte: u8, now_ms: u64) -> Option<Typed> {
        let forgotten = self.poll(now_ms);
        self.last_ms = now_ms;
        if self.is_check_sum(byte, now_ms) || self.is_of_aim(byte) {
            return forgotten;
        }
        match self.widened(byte) {
            Some(byte) => self.symbol(byte, now_ms).or(forgotten),
            None => forgotten,
        }
    }

    /// What is to be told because of time alone.
    pub fn poll(&mut self, now_ms: u64) -> Option<Typed> {
        if self.poll_timeout().is_none_or(|at_ms| now_ms < at_ms) {
            return None;
        }
        Some(self.clear())
    }

    /// When [`poll`](Self::poll) next has something to tell, if ever.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let begun =
            !self.typed.is_empty() || self.too_long || self.aim > 0 || !self.wide.is_empty();
        begun.then(|| self.last_ms.saturating_add(FORGET_MS))
    }

    /// The device is gone: what was typed on it is worth nothing.
    pub fn lost(&mut self) -> Option<Typed> {
        let begun = self.poll_timeout().is_some();
        *self = Self::default();
        begun.then_some(Typed::Cleared)
    }

    /// Forgets what was typed.
    pub(super) fn clear(&mut self) -> Typed {
        self.typed.clear();
        self.wide.clear();
        (self.too_long, self.aim) = (false, 0);
        Typed::Cleared
    }

    fn symbol(&mut self, byte: u8, now_ms: u64) -> Option<Typed> {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => self.push(byte.into()),
            b'\r' | b'\n' | b'#' => self.enter(),
            STX => {
                (self.framed, self.frame_ended_ms) = (true, None);
                let begun = self.poll_timeout().is_some();
                let cleared = self.clear();
                begun.then_some(cleared)
            }
            ETX => {
                self.frame_ended_ms = std::mem::take(&mut self.framed).then_some(now_ms);
                self.enter()
            }
            BS | DEL => self.erase(),
            CAN | ESC | b'*' => Some(self.clear()),
            b']' if self.typed.is_empty() => {
                self.aim = 2;
                None
            }
            _ => None,
        }
    }

    fn push(&mut self, symbol: char) -> Option<Typed> {
        if self.typed.len() == LEN_MAX {
            self.too_long = true;
            return None;
        }
        self.typed.push(symbol);
        self.so_far()
    }

    fn erase(&mut self) -> Option<Typed> {
        self.typed.pop()?;
        // What came after the twentieth is gone: one back from there is not what the person sees.
        if self.too_long || self.typed.is_empty() {
            return Some(self.clear());
        }
        self.so_far()
    }

    fn so_far(&self) -> Option<Typed> {
        let digits = self.typed.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Typed::SoFar(self.typed.clone()))
    }

    fn enter(&mut self) -> Option<Typed> {
        if self.too_long {
            return Some(self.clear());
        }
        let typed = std::mem::take(&mut self.typed);
        self.clear();
        (!typed.is_empty()).then_some(Typed::Entered(typed))
    }

    fn is_check_sum(&mut self, byte: u8, now_ms: u64) -> bool {
        let ended = self.frame_ended_ms.take();
        let in_burst = ended.is_some_and(|at_ms| now_ms.saturating_sub(at_ms) < BURST_MS);
        in_burst && byte != STX
    }

    /// `]C1`: a letter for the symbology and a modifier, before the data (ISO/IEC 15424).
    fn is_of_aim(&mut self, byte: u8) -> bool {
        let fits = match self.aim {
            2 => byte.is_ascii_alphabetic(),
            1 => byte.is_ascii_alphanumeric(),
            _ => return false,
        };
        self.aim = if fits { self.aim - 1 } else { 0 };
        fits
    }

    /// ASCII as it is; the last byte of a full-width digit (UTF-8 `EF BC 90..99`, GB 18030
    /// `A3 B0..B9`) as that digit; nothing for anything else.
    fn widened(&mut self, byte: u8) -> Option<u8> {
        if byte.is_ascii() {
            self.wide.clear();
            return Some(byte);
        }
        self.wide.push(byte);
        match self.wide.as_slice() {
            [0xEF] | [0xEF, 0xBC] | [0xA3] => return None,
            [0xEF, 0xBC, 0x90..=0x99] => {
                self.wide.clear();
                return Some(byte - 0x90 + b'0');
            }
            [0xA3, 0xB0..=0xB9] => {
                self.wide.clear();
                return Some(byte - 0xB0 + b'0');
            }
            _ => self.wide.clear(),
        }
        // It may be the first byte of the next one.
        if matches!(byte, 0xEF | 0xA3) {
            self.wide.push(byte);
        }
        None
    }
}

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const BS: u8 = 0x08;
const CAN: u8 = 0x18;
const ESC: u8 = 0x1B;
const DEL: u8 = 0x7F;

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
