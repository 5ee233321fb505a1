//! What a healthy printer answers: it is online, has paper, and its cover is shut.
//!
//! | asked by                | answer               | meaning                                |
//! |-------------------------|----------------------|----------------------------------------|
//! | `DLE EOT 1`             | `16`                 | online, drawer shut (its pin is high)  |
//! | `DLE EOT 2`, `3`, `4`   | `12`                 | cover shut, no error, enough paper     |
//! | `GS a n`, `DLE DC4 7 1` | `14 00 00 0F`        | the same as automatic status (ASB)     |
//! | `GS r 1`, `GS r 2`      | `00`, `01`           | enough paper; drawer pin high          |
//! | `ESC v`, `ESC u`        | `00`, `01`           | the same, in the old form              |
//! | `GS I n`                | a byte, or `5F … 00` | what the printer is                    |
//! | `GS ( H`                | `37 22 … 00`         | "I have come as far as your mark"      |
//!
//! ASB would be sent again whenever a state changes; here none ever does.
//!
//! # Invariants
//!
//! - The fixed bits tell the answers apart, as clients do: `DLE EOT` `& 93 == 12`, ASB
//!   `& 93 == 10`, `GS r` `& 90 == 0`.
//!
//! Not here: printers that are ill; a bridge's tests make those up.
//!
//! Source: Epson ESC/POS command reference, the commands named.

/// Automatic status: online, drawer pin high; the low bits of the last byte are always set.
const ASB: [u8; 4] = [0x14, 0x00, 0x00, 0x0F];

/// Bit 0: two-byte characters; bit 1: there is a cutter.
const TYPE_ID: u8 = 0x03;

/// Returns the answer to `command`, empty if it asks nothing.
pub(crate) fn answer(command: &[u8]) -> Vec<u8> {
    match *command {
        [0x10, 0x04, 1] => vec![0x16],
        [0x10, 0x04, 2..=4] => vec![0x12],
        [0x10, 0x14, 7, 1] => ASB.to_vec(),
        [0x1D, b'a', 1..=255] => ASB.to_vec(),
        [0x1D, b'r', 1 | b'1'] | [0x1B, b'v'] => vec![0x00],
        [0x1D, b'r', 2 | b'2'] | [0x1B, b'u', 0 | b'0'] => vec![0x01],
        [0x1D, b'I', n] => identity(n),
        [0x1D, b'(', b'H', 6, 0, b'0', b'0', ref mark @ ..] => [&[0x37, 0x22], mark, &[0]].concat(),
        _ => Vec::new(),
    }
}

fn identity(n: u8) -> Vec<u8> {
    let text = match n {
        1 | b'1' => return vec![0x20],
        2 | b'2' => return vec![TYPE_ID],
        3 | b'3' => return vec![0x01],
        65 => env!("CARGO_PKG_VERSION"),
        66 => "HUITOU",
        67 => "PAPER",
        68 => "00000001",
        69 => "CHINA GB18030",
        111 | 112 => "NONE",
        _ => return Vec::new(),
    };
    [b"\x5F", text.as_bytes(), b"\0"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_by_their_fixed_bits() {
        for n in 1..=4 {
            assert_eq!(answer(&[0x10, 0x04, n])[0] & 0x93, 0x12);
        }
        assert_eq!(answer(b"\x1da\xff")[0] & 0x93, 0x10);
        for n in [1, 2, 49, 50] {
            assert_eq!(answer(&[0x1D, b'r', n])[0] & 0x90, 0);
        }
    }

    #[test]
    fn a_name_is_a_block_and_a_number_is_a_byte() {
        assert_eq!(answer(b"\x1dIB"), b"\x5FHUITOU\0");
        assert_eq!(answer(b"\x1dI\x02"), [0x03]);
    }

    #[test]
    fn what_asks_nothing_gets_nothing() {
        assert!(answer(b"\x1da\x00").is_empty(), "ASB switched off");
        assert!(answer(b"\x10\x05\x01").is_empty(), "a recovery request");
        assert!(answer(b"\x1b@").is_empty());
    }
}
