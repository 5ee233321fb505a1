//! Cuts a stream of printer bytes into tokens: text, control bytes, commands and their payload.
//!
//! ```text
//! 1B 61 01  D4 C6 C9 D1  0A       1D 76 30 00 01 00 02 00  FF FF  1D 56 00
//! Command   Text         Control  Command                         Command
//!                                 (a longer picture: Command, then Payload)
//! ```
//!
//! # Invariants
//!
//! - Lossless: the tokens' bytes, joined, are the bytes pushed (and what [`Tokenizer::pending`] holds).
//! - Total: it never fails; an unknown byte goes on as it came.
//! - However a stream is chopped into chunks, the commands are the same; only text and payload may
//!   come in more pieces.
//! - No heap. State is smaller than 100 bytes.
//!
//! Not here: lengths (`command`), what a token does (`modes`), where a receipt ends (`job`).

mod body;

use core::ops::ControlFlow;

use crate::command::{self, HEAD_MAX, Shape};
use crate::dialect::{Dialect, Tongue};

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A run of bytes from 0x20 up, in whatever code page; may be cut anywhere by the chunks.
    Text,
    /// One control byte that stands alone, e.g. LF, HT, FF, NUL.
    Control,
    /// A whole command, or the header of one whose body follows as [`Kind::Payload`].
    Command {
        /// Whether payload tokens follow.
        body: bool,
    },
    /// Bytes of the body of the command before: picture, bar code or stored data.
    Payload {
        /// Whether this piece ends the body.
        last: bool,
    },
}

/// A piece of the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its bytes as they came.
    pub bytes: &'a [u8],
}

impl Token<'_> {
    /// Whether it is a command that cuts the paper, in `dialect`.
    #[must_use]
    pub fn is_cut(&self, dialect: Dialect) -> bool {
        let cuts = matches!(
            (self.bytes, dialect),
            ([0x1D, b'V', ..] | [0x1B, b'*', b'r', b'B'], _)
                | ([0x1B, b'i' | b'm'], Dialect::EscPos)
                | ([0x1B, b'd', 0..=3 | b'0'..=b'3'] | [0x1B, 0x0C, 0], Dialect::Star)
        );
        cuts && matches!(self.kind, Kind::Command { .. })
    }
}

/// Between tokens, or inside what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    /// Between tokens, or collecting the head of a command.
    #[default]
    Ground,
    /// So many body bytes to go, then what.
    Body { left: u32, then: After },
    /// Up to and with this byte.
    Until { end: u8 },
    /// Tab stops: how many, and the highest so far.
    Tabs { count: u8, last: u8 },
}

/// What follows a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum After {
    Ground,
    /// The size byte of the next user-defined character.
    Glyph {
        rows: u32,
        count: u32,
    },
    /// The four size bytes of the next stored image; the head collects them.
    Image {
        count: u32,
    },
}

/// The tokenizer; see the module's text.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    tongue: Tongue,
    head: [u8; HEAD_MAX],
    head_len: usize,
    state: State,
    /// Star raster mode: `b` and `k` begin rows of dots.
    star_raster: bool,
    stopped: bool,
}

impl Default for Tokenizer {
    fn default() -> Self {
        Self::new(Tongue::default())
    }
}

impl Tokenizer {
    /// A tokenizer that speaks `tongue`.
    #[must_use]
    pub const fn new(tongue: Tongue) -> Self {
        Self {
            tongue,
            head: [0; HEAD_MAX],
            head_len: 0,
            state: State::Ground,
            star_raster: false,
            stopped: false,
        }
    }

    /// The dialect in force after what was pushed so far.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.tongue.dialect()
    }

    /// The bytes of a command that is not complete yet, and belong to no token so far.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        &self.head[..self.head_len]
    }

    /// Whether the stream stands inside the body of a command.
    #[must_use]
    pub fn in_body(&self) -> bool {
        self.state != State::Ground
    }

    /// Takes the next chunk and hands out every token that it completes.
    pub fn push(&mut self, input: &[u8], mut each: impl FnMut(Token<'_>, Dialect)) {
        self.run(input, &mut |token, dialect| {
            each(token, dialect);
            ControlFlow::Continue(())
        });
    }

    /// Like [`push`](Self::push), until `each` breaks off; returns how many bytes were taken.
    ///
    /// A cut is always the last byte taken: no cut needs a look at what follows it.
    pub fn push_until(
        &mut self,
        input: &[u8],
        mut each: impl FnMut(Token<'_>, Dialect) -> ControlFlow<()>,
    ) -> usize {
        self.stopped = false;
        self.run(input, &mut each)
    }

    /// Ends the stream: hands out what is left of a command that never came whole.
    pub fn finish(&mut self, mut each: impl FnMut(Token<'_>, Dialect)) {
        let (head, len) = (self.head, self.head_len);
        let dialect = self.dialect();
        *self = Self::new(self.tongue);
        if len > 0 {
            each(Token { kind: Kind::Command { body: false }, bytes: &head[..len] }, dialect);
        }
    }

    fn run<F>(&mut self, input: &[u8], each: &mut F) -> usize
    where
        F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>,
    {
        let mut at = 0;
        while at < input.len() && !self.stopped {
            let input = &input[at..];
            let taken = match self.state {
                State::Ground if self.head_len == 0 => self.ground(input, each),
                State::Ground => self.collect(input, each),
                State::Body { left, then } => self.body(input, left, then, each),
                State::Until { end } => self.until(input, end, each),
                State::Tabs { count, last } => self.tabs(input[0], count, last, each),
            };
            at += taken;
        }
        at
    }

    fn emit<F>(&mut self, kind: Kind, bytes: &[u8], each: &mut F)
    where
        F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>,
    {
        self.stopped |= each(Token { kind, bytes }, self.dialect()).is_break();
    }

    fn ground<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        input: &[u8],
        each: &mut F,
    ) -> usize {
        let first = input[0];
        if command::introduces(first) || (self.star_raster && matches!(first, b'b' | b'k')) {
            self.head[0] = first;
            self.head_len = 1;
            return 1;
        }
        if first < 0x20 {
            self.emit(Kind::Control, &input[..1], each);
            return 1;
        }
        let run = if self.star_raster {
            1
        } else {
            input.iter().position(|&byte| byte < 0x20).unwrap_or(input.len())
        };
        self.emit(Kind::Text, &input[..run], each);
        run
    }

    /// Adds one byte to the head and acts on what it tells.
    fn collect<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        input: &[u8],
        each: &mut F,
    ) -> usize {
        self.head[self.head_len] = input[0];
        self.head_len += 1;
        self.tongue.hear(&self.head[..self.head_len]);
        let shape = self.shape();
        self.apply(shape, each);
        1
    }

    fn shape(&self) -> Shape {
        let head = &self.head[..self.head_len];
        match head {
            [b'b' | b'k', low, high] => {
                Shape::Body { header: 3, body: u32::from(u16::from_le_bytes([*low, *high])) }
            }
            [b'b' | b'k', ..] => Shape::More,
            _ => command::shape(head, self.dialect()),
        }
    }

    fn apply<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        shape: Shape,
        each: &mut F,
    ) {
        match shape {
            Shape::More => {}
            Shape::Whole(len) if len > HEAD_MAX => {
                let body = u32::try_from(len - self.head_len).unwrap_or(u32::MAX);
                self.open(self.head_len, State::Body { left: body, then: After::Ground }, each);
            }
            Shape::Whole(len) if len > self.head_len => {}
            Shape::Whole(len) => self.close(len, Kind::Command { body: false }, each),
            Shape::Single => self.close(1, Kind::Control, each),
            Shape::Body { header, .. } | Shape::Until { header, .. } if header > self.head_len => {}
            Shape::Body { header, body: 0 } => {
                self.close(header, Kind::Command { body: false }, each)
            }
            Shape::Body { header, body } => {
                self.open(header, State::Body { left: body, then: After::Ground }, each);
            }
            Shape::Until { header, end } => self.open(header, State::Until { end }, each),
            Shape::Tabs => self.open(2, State::Tabs { count: 0, last: 0 }, each),
            Shape::Glyphs { rows, count } => {
                self.open(5, State::Body { left: 0, then: After::Glyph { rows, count } }, each);
            }
            Shape::Images { count: 0 } => self.close(3, Kind::Command { body: false }, each),
            Shape::Images { count } => {
                self.open(3, State::Body { left: 0, then: After::Image { count } }, each);
            }
        }
    }

    /// Hands out the first `len` bytes of the head and reads the rest of it anew.
    fn close<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        len: usize,
        kind: Kind,
        each: &mut F,
    ) {
        let (head, head_len) = (self.head, self.head_len);
        self.head_len = 0;
        self.note_star_raster(&head[..len]);
        self.emit(kind, &head[..len], each);
        self.again(&head[len..head_len], each);
    }

    /// Reads bytes anew that were looked at for a command and are none of it.
    ///
    /// They are too few to hold a cut (see `command`), so nobody stops us among them.
    fn again<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        rest: &[u8],
        each: &mut F,
    ) {
        let stopped = self.stopped;
        self.stopped = false;
        let taken = self.run(rest, each);
        debug_assert_eq!(taken, rest.len(), "a cut among bytes that were looked at ahead");
        self.stopped |= stopped;
    }

    /// Hands out the header and goes on inside the body.
    fn open<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        header: usize,
        state: State,
        each: &mut F,
    ) {
        let (head, head_len) = (self.head, self.head_len);
        self.head_len = 0;
        self.state = state;
        self.emit(Kind::Command { body: true }, &head[..header], each);
        self.again(&head[header..head_len], each);
    }

    fn note_star_raster(&mut self, command: &[u8]) {
        match command {
            [0x1B, b'*', b'r', b'A' | b'R'] => self.star_raster = true,
            [0x1B, b'*', b'r', b'B'] | [0x1B, b'@'] => self.star_raster = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
