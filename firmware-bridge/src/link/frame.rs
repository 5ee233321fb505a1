//! Frames on the link: COBS over message and CRC-32, ended by a zero byte.
//!
//! ```text
//! message ‖ CRC-32 (4, little-endian) ──COBS──▶ no zero byte ‖ 00
//! ```
//!
//! COBS (Cheshire and Baker, 1999) replaces each zero by the distance to the next one, so that a
//! zero on the wire is always a frame's end and a reader that comes in late finds the next frame.
//!
//! Not here: what a message says (the parent module).

use super::MESSAGE_MAX;

/// The longest frame on the wire.
pub const WIRE_MAX: usize = MESSAGE_MAX + 4 + (MESSAGE_MAX + 4) / 254 + 2;

/// One table for each of eight bytes that are taken at once ("slicing by 8"); 8 KiB of flash.
static CRC_TABLES: [[u32; 256]; 8] = crc_tables();

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        tables[0][index] = crc;
        index += 1;
    }
    let mut slice = 1;
    while slice < 8 {
        let mut index = 0;
        while index < 256 {
            let before = tables[slice - 1][index];
            tables[slice][index] = tables[0][(before & 0xFF) as usize] ^ (before >> 8);
            index += 1;
        }
        slice += 1;
    }
    tables
}

/// Continues a CRC-32 (IEEE 802.3); begin with 0.
#[must_use]
pub fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut crc = !crc;
    for &[a, b, c, d, e, f, g, h] in eights {
        let [p, q, r, s] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
        let index = [h, g, f, e, s, r, q, p].map(usize::from);
        crc = 0;
        let mut slice = 0;
        while slice < 8 {
            crc ^= CRC_TABLES[slice][index[slice]];
            slice += 1;
        }
    }
    for &byte in rest {
        crc = CRC_TABLES[0][usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8);
    }
    !crc
}

/// Writes `message` as a frame into `out`; `None` if it does not fit.
#[must_use]
pub fn encode(message: &[u8], out: &mut [u8]) -> Option<usize> {
    if message.len() > MESSAGE_MAX || out.len() < WIRE_MAX {
        return None;
    }
    let crc = crc32(0, message).to_le_bytes();
    let (mut code_at, mut len) = (0, 1);
    for &byte in message.iter().chain(&crc) {
        if byte != 0 {
            out[len] = byte;
            len += 1;
        }
        let run = len - code_at;
        if byte == 0 || run == 255 {
            out[code_at] = u8::try_from(run).expect("a run ends at 255");
            code_at = len;
            len += 1;
        }
    }
    out[code_at] = u8::try_from(len - code_at).expect("a run ends at 255");
    out[len] = 0;
    Some(len + 1)
}

/// Collects bytes into frames and frames into messages.
#[derive(Clone, Debug)]
pub struct Decoder {
    bytes: [u8; WIRE_MAX],
    len: usize,
    overlong: bool,
    /// Frames that were noise: wrong CRC, broken COBS or too long.
    pub noise: u32,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { bytes: [0; WIRE_MAX], len: 0, overlong: false, noise: 0 }
    }
}

impl Decoder {
    /// Takes bytes off the wire and hands out every whole message.
    pub fn push(&mut self, wire: &[u8], mut each: impl FnMut(&[u8])) {
        for &byte in wire {
            if byte != 0 {
                self.keep(byte);
                continue;
            }
            match (self.overlong, unstuff(&mut self.bytes[..self.len])) {
                (false, Some(len)) => each(&self.bytes[..len]),
                _ if self.len == 0 => {} // zeros in a row are harmless
                _ => self.noise = self.noise.saturating_add(1),
            }
            self.len = 0;
            self.overlong = false;
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.len < WIRE_MAX {
            self.bytes[self.len] = byte;
            self.len += 1;
        } else {
            self.overlong = true;
        }
    }
}

/// Undoes COBS in place and checks the CRC; returns the message's length.
fn unstuff(frame: &mut [u8]) -> Option<usize> {
    let (mut read, mut write) = (0, 0);
    while read < frame.len() {
        let code = usize::from(frame[read]);
        let run = code - 1; // no zero is in the frame, so `code` is at least 1
        if read + 1 + run > frame.len() {
            return None;
        }
        frame.copy_within(read + 1..read + 1 + run, write);
        write += run;
        read += code;
        if code < 255 && read < frame.len() {
            frame[write] = 0;
            write += 1;
        }
    }
    let message = write.checked_sub(4)?;
    let crc = u32::from_le_bytes(*frame[message..write].first_chunk()?);
    (crc == crc32(0, &frame[..message])).then_some(message)
}
