//! The bodies of commands: counted, ended by a mark, or in parts with sizes of their own.
//!
//! Not here: heads (the parent module), how long a body is (`command`).

use core::ops::ControlFlow;

use super::{After, Kind, State, Token, Tokenizer};
use crate::dialect::Dialect;

impl Tokenizer {
    pub(super) fn body<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        input: &[u8],
        left: u32,
        then: After,
        each: &mut F,
    ) -> usize {
        if left == 0 {
            return self.next_part(input[0], then, each);
        }
        let take = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - u32::try_from(take).expect("at most `left`");
        let last = left == 0 && then == After::Ground;
        self.state = if last { State::Ground } else { State::Body { left, then } };
        self.emit(Kind::Payload { last }, &input[..take], each);
        take
    }

    /// Between the parts of a body: the size of the next glyph or stored image.
    fn next_part<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        byte: u8,
        then: After,
        each: &mut F,
    ) -> usize {
        self.head[self.head_len] = byte;
        self.head_len += 1;
        let (left, then) = match (then, &self.head[..self.head_len]) {
            (After::Glyph { rows, count }, [width]) => {
                let left = rows * u32::from(*width);
                (left, after(count, |count| After::Glyph { rows, count }))
            }
            (After::Image { count }, [xl, xh, yl, yh]) => {
                let (x, y) = (u16::from_le_bytes([*xl, *xh]), u16::from_le_bytes([*yl, *yh]));
                let left = (u32::from(x) * u32::from(y)).saturating_mul(8);
                (left, after(count, |count| After::Image { count }))
            }
            _ => return 1,
        };
        let (head, len) = (self.head, self.head_len);
        self.head_len = 0;
        let last = left == 0 && then == After::Ground;
        self.state = if last { State::Ground } else { State::Body { left, then } };
        self.emit(Kind::Payload { last }, &head[..len], each);
        1
    }

    pub(super) fn until<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        input: &[u8],
        end: u8,
        each: &mut F,
    ) -> usize {
        // A printer gives a bar code up at the first byte that cannot be in it. So do we, or a lost
        // NUL would swallow the cut.
        match input.iter().position(|&byte| byte < 0x20) {
            Some(at) => {
                self.state = State::Ground;
                let take = if input[at] == end { at + 1 } else { at };
                self.emit(Kind::Payload { last: true }, &input[..take], each);
                take
            }
            None => {
                self.emit(Kind::Payload { last: false }, input, each);
                input.len()
            }
        }
    }

    pub(super) fn tabs<F: FnMut(Token<'_>, Dialect) -> ControlFlow<()>>(
        &mut self,
        stop: u8,
        count: u8,
        last: u8,
        each: &mut F,
    ) -> usize {
        if stop != 0 && (stop <= last || count == 32) {
            self.state = State::Ground;
            self.emit(Kind::Payload { last: true }, &[], each);
            return 0;
        }
        let ends = stop == 0;
        self.state =
            if ends { State::Ground } else { State::Tabs { count: count + 1, last: stop } };
        self.emit(Kind::Payload { last: ends }, &[stop], each);
        1
    }
}

fn after(count: u32, next: impl FnOnce(u32) -> After) -> After {
    if count <= 1 { After::Ground } else { next(count - 1) }
}
