//! Key codes of a keypad or a keyboard-wedge scanner, as Linux numbers them.
//!
//! The numbers are the kernel's (`input-event-codes.h`), the layout is the US one, which is what
//! scanners send unless told otherwise.
//!
//! - Keypad digits are digits whatever NumLock says: a customer sees no lamp, and many pads send
//!   NumLock around each key.
//! - A key that is held down counts once; only Backspace repeats.
//! - A scanner that types by character code (Alt held, the code in decimal on the keypad) is
//!   understood; with Ctrl held nothing is typed.
//!
//! Not here: what is typed (`entry`), the device (`input`).

use super::entry::{Entry, Typed};

/// A key went down; it was let go; it is held.
pub const RELEASED: i32 = 0;
/// See [`RELEASED`].
pub const PRESSED: i32 = 1;
/// See [`RELEASED`].
pub const REPEATED: i32 = 2;

/// One device's keys.
#[derive(Default)]
pub struct Keys {
    entry: Entry,
    shift: [bool; 2],
    control: [bool; 2],
    alt: [bool; 2],
    /// The character code that is being typed while Alt is held.
    code: Option<u16>,
}

impl Keys {
    /// Takes a key event: the kernel's code and value.
    pub fn key(&mut self, code: u16, value: i32, now_ms: u64) -> Option<Typed> {
        if let Some(held) = self.held(code) {
            *held = value != RELEASED;
            return self.by_code(code, now_ms);
        }
        let counts = value == PRESSED || value == REPEATED && code == BACKSPACE;
        if !counts || self.control.contains(&true) {
            return self.entry.poll(now_ms);
        }
        if self.alt.contains(&true) {
            self.add_to_code(code);
            return self.entry.poll(now_ms);
        }
        match byte(code, self.shift.contains(&true)) {
            Some(byte) => self.entry.byte(byte, now_ms),
            None => self.entry.poll(now_ms),
        }
    }

    /// What is to be told because of time alone.
    pub fn poll(&mut self, now_ms: u64) -> Option<Typed> {
        self.entry.poll(now_ms)
    }

    /// When [`poll`](Self::poll) next has something to tell, if ever.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        self.entry.poll_timeout()
    }

    /// The device is gone, with whatever was held on it.
    pub fn lost(&mut self) -> Option<Typed> {
        let said = self.entry.lost();
        *self = Self::default();
        said
    }

    fn held(&mut self, code: u16) -> Option<&mut bool> {
        match code {
            42 => Some(&mut self.shift[0]),
            54 => Some(&mut self.shift[1]),
            29 => Some(&mut self.control[0]),
            97 => Some(&mut self.control[1]),
            56 => Some(&mut self.alt[0]),
            100 => Some(&mut self.alt[1]),
            _ => None,
        }
    }

    /// Alt was let go: the character whose code was typed meanwhile.
    fn by_code(&mut self, code: u16, now_ms: u64) -> Option<Typed> {
        let done = matches!(code, 56 | 100) && !self.alt.contains(&true);
        let typed = if done { self.code.take() } else { None };
        match typed.and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => self.entry.byte(byte, now_ms),
            None => self.entry.poll(now_ms),
        }
    }

    fn add_to_code(&mut self, code: u16) {
        if let Some(digit) = keypad_digit(code) {
            let before = self.code.unwrap_or_default();
            self.code = Some(before.saturating_mul(10).saturating_add(digit.into()));
        }
    }
}

const BACKSPACE: u16 = 14;

const fn keypad_digit(code: u16) -> Option<u8> {
    Some(match code {
        71..=73 => 7 + (code - 71) as u8,
        75..=77 => 4 + (code - 75) as u8,
        79..=81 => 1 + (code - 79) as u8,
        82 => 0,
        _ => return None,
    })
}

/// The byte that a serial pad would send for this key.
fn byte(code: u16, shift: bool) -> Option<u8> {
    const ROWS: [(u16, &[u8; 10]); 2] = [(2, b"1234567890"), (16, b"qwertyuiop")];
    const LOWER: [(u16, &[u8]); 2] = [(30, b"asdfghjkl"), (44, b"zxcvbnm")];
    if let Some(digit) = keypad_digit(code) {
        return Some(b'0' + digit);
    }
    let special = match code {
        1 => 0x1B,                      // Esc
        14 | 111 => 0x08,               // Backspace, Delete
        15 | 28 | 96 => b'\r',          // Tab, Enter, Enter on the pad
        27 if !shift => b']',           // before a scanner's symbology id
        55 | 0x20A => b'*',             // * on the pad, * of a telephone pad
        0x20B => b'#',                  // # of a telephone pad
        355 => 0x18,                    // Clear
        4 if shift => b'#',             // Shift-3
        9 if shift => b'*',             // Shift-8
        2..=11 if shift => return None, // other signs
        0x200..=0x209 => b'0' + u8::try_from(code - 0x200).ok()?,
        _ => 0,
    };
    if special != 0 {
        return Some(special);
    }
    let rows = ROWS.iter().map(|(first, row)| (*first, row.as_slice())).chain(LOWER);
    let key = rows
        .into_iter()
        .find_map(|(first, row)| row.get(usize::from(code.checked_sub(first)?)).copied())?;
    Some(if shift { key.to_ascii_uppercase() } else { key })
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
