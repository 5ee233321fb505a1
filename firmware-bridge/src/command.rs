//! How long a command is: the length rules of ESC/POS, its Chinese clones and Star line mode.
//!
//! ```text
//! 1D 76 30 00 30 00 18 00 | 48 × 24 bytes of picture
//! ╰──── header, 8 bytes ──╯╰──── body ─────────────╯
//! ```
//!
//! A command is looked at byte by byte as it arrives; `shape` says what is known so far.
//!
//! # Invariants
//!
//! - Total: every beginning has a shape, and an unknown command is two bytes long.
//! - A header is never longer than [`HEAD_MAX`].
//!
//! Not here: carrying bytes (`token`), what a command does to the printer (`modes`).
//!
//! Sources: Epson ESC/POS command reference; HPRT TP80K and Maoyuan programming manuals for the
//! clones; Star line mode command specifications.

use crate::dialect::Dialect;

/// Bytes of a command that are kept together; longer ones have a header and a body.
pub const HEAD_MAX: usize = 40;

/// What the beginning of a command says about its length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// Not enough bytes to tell.
    More,
    /// The first byte stands alone: what follows is no command.
    Single,
    /// So many bytes in all; may be fewer than were looked at.
    Whole(usize),
    /// A header of so many bytes, then a body of so many.
    Body { header: usize, body: u32 },
    /// A header, then bytes up to and with this one; any control byte ends it too.
    Until { header: usize, end: u8 },
    /// Tab stops: rising values, at most 32, then a NUL.
    Tabs,
    /// User-defined characters: `count` times a width `x` and `y * x` bytes.
    Glyphs { rows: u32, count: u32 },
    /// Bit images to be stored: `count` times four size bytes and the image.
    Images { count: u32 },
}

use Shape::{Body, More, Single, Until, Whole};

const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;
const DLE: u8 = 0x10;
const DC2: u8 = 0x12;
const NUL: u8 = 0;
const RS: u8 = 0x1E;

/// Whether a byte begins a command of more than one byte.
pub(crate) const fn introduces(byte: u8) -> bool {
    matches!(byte, ESC | FS | GS | DLE | DC2)
}

/// Returns what `head`, the first bytes of a command, says about its length.
pub(crate) fn shape(head: &[u8], dialect: Dialect) -> Shape {
    let [first, op, args @ ..] = head else { return More };
    match (first, dialect) {
        (&ESC, Dialect::Star) => star(*op, args),
        (&ESC, Dialect::EscPos) => esc(*op, args),
        (&GS, _) => gs(*op, args),
        (&FS, _) => fs(*op, args),
        (&DLE, _) => dle(*op, args),
        (&DC2, _) => dc2(*op),
        _ => Single,
    }
}

/// How many body bytes follow the header `head`, as far as it says; 0 where a mark ends the body.
pub(crate) fn body_len(head: &[u8], dialect: Dialect) -> u32 {
    if let [b'b' | b'k', low, high] = head {
        return word(*low, *high);
    }
    match shape(head, dialect) {
        Body { body, .. } => body,
        Whole(len) => u32::try_from(len.saturating_sub(head.len())).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// A little-endian 16-bit number out of the arguments, as `pL pH`.
fn word(low: u8, high: u8) -> u32 {
    u32::from(u16::from_le_bytes([low, high]))
}

/// Header and body, or one whole command where it is short enough to be kept together.
fn long(header: usize, body: u32) -> Shape {
    match usize::try_from(body) {
        Ok(body) if header + body <= HEAD_MAX => Whole(header + body),
        _ => Body { header, body },
    }
}

/// `x pL pH` after the opening parenthesis: trust the length for any `x`.
fn parenthesis(args: &[u8]) -> Shape {
    match args {
        [_, low, high, ..] => long(5, word(*low, *high)),
        _ => More,
    }
}

/// `xL xH yL yH` at `at` among the arguments: `x * y` bytes follow a header of `at + 6`.
fn raster(args: &[u8], at: usize) -> Shape {
    match args.get(at..at + 4) {
        Some([xl, xh, yl, yh]) => long(at + 6, word(*xl, *xh) * word(*yl, *yh)),
        _ => More,
    }
}

fn esc(op: u8, args: &[u8]) -> Shape {
    match op {
        b'2' | b'@' | b'<' | b'L' | b'S' | b'i' | b'm' | b'v' | 0x0C => Whole(2),
        b' ' | b'!' | b'%' | b'-' | b'3' | b'=' | b'?' | b'A' | b'E' | b'G' | b'J' | b'K'
        | b'M' | b'N' | b'R' | b'T' | b'U' | b'V' | b'a' | b'd' | b'e' | b'r' | b't' | b'u'
        | b'{' | b'9' | b'C' | b'I' | b'Q' => Whole(3),
        b'$' | b'\\' | b'c' | b'f' => Whole(4),
        b'7' => Whole(5),
        b'W' => Whole(10),
        b'(' => parenthesis(args),
        b'D' => Shape::Tabs,
        b'p' => drawer(args),
        b'B' => beeper(args),
        b'*' => bit_image(args),
        b'&' => match args {
            [rows, from, to, ..] => Shape::Glyphs {
                rows: u32::from(*rows),
                count: u32::from(to.saturating_sub(*from)) + 1,
            },
            _ => More,
        },
        0x06 if args.first().is_none_or(|&arg| arg == 0x01) => Whole(3), // a Star probe, sent to all
        0x06 => Whole(2),
        RS => match args {
            [] => More,
            [b'a'..=b'z' | b'A'..=b'Z', ..] => Whole(4),
            _ => Single,
        },
        GS => match args {
            [] => More,
            [sub, ..] if STAR_GS.contains(sub) => star_gs(args),
            _ => Single,
        },
        ..=0x1F => Single,
        _ => Whole(2),
    }
}

/// What follows `ESC GS` on a Star; anything else is an ESC that lost its own command.
pub(crate) const STAR_GS: &[u8] = b"aARyxStP()\x03";

/// `ESC p m t1 t2`; one common client leaves the times out, so that the next command follows.
fn drawer(args: &[u8]) -> Shape {
    match args {
        [_, ESC | GS, ..] => Whole(3),
        _ => Whole(5),
    }
}

/// `ESC B`: two arguments of 1 to 9 are a beeper, else one is a margin (Maoyuan).
fn beeper(args: &[u8]) -> Shape {
    match args {
        [] => More,
        [times @ 1..=9, rest @ ..] => match rest {
            [] => More,
            [1..=9, ..] => Whole(4),
            _ if *times == 0 => Whole(4),
            _ => Whole(3),
        },
        _ => Whole(3),
    }
}

/// `ESC * m nL nH`: `n` columns of one or three bytes; `ESC * r` is Star's raster mode.
fn bit_image(args: &[u8]) -> Shape {
    match args {
        [b'r', ..] => star_raster(args),
        [m, low, high, ..] => long(5, word(*low, *high) * if matches!(m, 32 | 33) { 3 } else { 1 }),
        _ => More,
    }
}

fn star_raster(args: &[u8]) -> Shape {
    match args {
        [b'r', b'A' | b'B' | b'C' | b'D' | b'R', ..] => Whole(4),
        [b'r', _, ..] => Until { header: 4, end: NUL },
        _ => More,
    }
}

fn gs(op: u8, args: &[u8]) -> Shape {
    match op {
        b':' | b'c' | 0x05 => Whole(2),
        b'!' | b'/' | b'B' | b'H' | b'I' | b'T' | b'a' | b'b' | b'f' | b'h' | b'w' | b'r'
        | b'i' | b'e' | b'E' | b'j' | b'F' => Whole(3),
        b'$' | b'L' | b'P' | b'W' | b'\\' => Whole(4),
        b'^' | b'z' => Whole(5),
        b'g' => Whole(6),
        b'(' => parenthesis(args),
        b'8' => match args {
            [_, a, b, c, d, ..] => long(7, u32::from_le_bytes([*a, *b, *c, *d])),
            _ => More,
        },
        b'v' | b'Q' => raster(args, 2),
        b'*' => match args {
            [x, y, ..] => long(4, 8 * u32::from(*x) * u32::from(*y)),
            _ => More,
        },
        b'V' => match args {
            [] => More,
            [65 | 66 | 97 | 98 | 103 | 104, ..] => Whole(4),
            _ => Whole(3),
        },
        b'k' => bar_code(args),
        b'\'' => match args {
            [n, ..] => long(3, 4 * u32::from(*n)),
            _ => More,
        },
        b'C' => counter(args),
        b'D' => bitmap_file(args),
        ..=0x1F => Single,
        _ => Whole(2),
    }
}

/// `GS k m`: NUL-ended up to 6, else counted; 97 is a QR code on Chinese printers.
fn bar_code(args: &[u8]) -> Shape {
    match args {
        [0..=6, ..] => Until { header: 3, end: NUL },
        [97, _, _, low, high, ..] => long(7, word(*low, *high)),
        [] | [97, ..] => More,
        [_, n, ..] => long(4, u32::from(*n)),
        [_] => More,
    }
}

/// `GS C 0|1|2 …`, or `GS C ; sa ; sb ; sn ; sr ; sc ;` with numbers as text.
fn counter(args: &[u8]) -> Shape {
    match args {
        [] => More,
        [0 | 2 | b'0' | b'2', ..] => Whole(5),
        [1 | b'1', ..] => Whole(9),
        [b';', rest @ ..] => numbers(rest),
        _ => Whole(3),
    }
}

/// Up to and with the fifth semicolon; a byte that is neither that nor a digit is not part of it.
fn numbers(text: &[u8]) -> Shape {
    let mut semicolons = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b';' if semicolons == 4 => return Whole(4 + at),
            b';' => semicolons += 1,
            _ => return Whole(3 + at),
        }
    }
    if text.len() >= HEAD_MAX - 4 { Whole(3) } else { More }
}

/// `GS D 48 67 48 kc1 kc2 b c` and a BMP file, which says its own size (file header, byte 2).
fn bitmap_file(args: &[u8]) -> Shape {
    match args {
        [_, _, _, _, _, _, _, b'B', b'M', a, b, c, d, ..] => {
            long(9, u32::from_le_bytes([*a, *b, *c, *d]))
        }
        // As soon as it is no BMP, it is over: little is looked at that belongs to what follows.
        [_, _, _, _, _, _, _, b'B', b'M', ..] | [_, _, _, _, _, _, _, b'B'] => More,
        _ if args.len() < 8 => More,
        _ => Whole(9),
    }
}

fn fs(op: u8, args: &[u8]) -> Shape {
    match op {
        b'&' | b'.' => Whole(2),
        b'!' | b'-' | b'C' | b'W' | b'r' | b'I' | b'E' => Whole(3),
        b'?' | b'S' | b'p' => Whole(4),
        b'(' => parenthesis(args),
        b'2' => Whole(4 + 72), // the usual 24 × 24 font
        b'q' => match args {
            [n, ..] => Shape::Images { count: u32::from(*n) },
            _ => More,
        },
        b'g' => match args {
            [b'1', _, _, _, _, _, low, high, ..] => long(10, word(*low, *high)),
            [b'1', ..] | [] => More,
            _ => Whole(10),
        },
        ..=0x1F => Single,
        _ => Whole(2),
    }
}

fn dle(op: u8, args: &[u8]) -> Shape {
    match (op, args) {
        (0x04, []) => More,
        (0x04, [0 | 7 | 8 | 18, ..]) => Whole(4),
        (0x04 | 0x05, _) => Whole(3),
        (0x14, []) => More,
        (0x14, [1 | 2, ..]) => Whole(5),
        (0x14, [3, ..]) => Whole(8),
        (0x14, [7, ..]) => Whole(4),
        (0x14, [8, ..]) => Whole(10),
        (0x14, _) => Whole(3),
        _ => Single,
    }
}

fn dc2(op: u8) -> Shape {
    match op {
        b'T' => Whole(2),
        b'#' => Whole(3),
        _ => Single,
    }
}

fn star(op: u8, args: &[u8]) -> Shape {
    match op {
        b'@' | b'E' | b'F' | b'4' | b'5' | b'M' | b'P' | b'O' | b'p' | b'q' | b'0' | b'1'
        | b'2' | 0x0E | 0x14 | b'<' => Whole(2),
        b'W' | b'h' | b'w' | b'-' | b'_' | b'a' | b'z' | b'A' | b'J' | b'I' | b'R' | b'Q'
        | b'l' | b'N' | b'C' | b'B' | b't' | b'$' | b'u' | b'd' | b'!' | b'3' | b' ' | 0x0C
        | 0x06 => Whole(3),
        b'i' | b's' | b'r' | 0x07 => Whole(4),
        b'D' => Shape::Tabs,
        b'*' => bit_image(args),
        b'K' | b'L' | b'k' | b'X' => match args {
            [low, high, ..] => long(4, word(*low, *high) * star_dots(op)),
            _ => More,
        },
        b'b' => Until { header: 6, end: RS },
        RS => Whole(4),
        GS => star_gs(args),
        ..=0x1F => Single,
        _ => Whole(2),
    }
}

/// Bytes a column (`K` `L`: 8 dots, `X`: 24 dots) or a stripe (`k`: 24 rows) of a Star picture.
const fn star_dots(op: u8) -> u32 {
    match op {
        b'X' => 3,
        b'k' => 24,
        _ => 1,
    }
}

fn star_gs(args: &[u8]) -> Shape {
    match args {
        [b'y' | b'x', b'D', ..] if args[0] == b'x' => match args {
            [_, _, low, high, ..] => long(6, word(*low, *high)),
            _ => More,
        },
        [b'y', b'D', b'1', _, low, high, ..] => long(8, word(*low, *high)),
        [b'y', b'D', ..] if args.len() < 6 => More,
        [b'x', b'S', b'0' | 0, ..] => Whole(8),
        [b'y' | b'x', b'S', ..] => Whole(6),
        [b'y' | b'x', b'P' | b'I', ..] => Whole(4),
        [0x03, ..] => Whole(6),
        [b'S', _, xl, xh, yl, yh, ..] => long(9, word(*xl, *xh) * word(*yl, *yh)),
        [b'S', ..] | [b'y' | b'x'] | [] => More,
        [b'A' | b'R', ..] => Whole(5),
        [b'(' | b')', _, low, high, ..] => long(6, word(*low, *high)),
        [b'(' | b')', ..] => More,
        _ => Whole(4),
    }
}
