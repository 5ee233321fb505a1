//! Copies what is printed into the ring, slip by slip.
//!
//! # Invariants
//!
//! - A slip begins with the first thing on the paper; what stood before it (settings, code pages)
//!   goes into its prelude, so that each slip can be read by itself.
//! - Text of one slip is capped; a picture that has no room is told as length and CRC.
//!
//! Not here: when a slip ends (`bridge`).

use crate::command;
use crate::dialect::Dialect;
use crate::job::Role;
use crate::link::frame::crc32;
use crate::link::{End, PIECE_MAX, ToAgent};
use crate::modes::Modes;
use crate::ring::Ring;
use crate::time::Tick;
use crate::token::{Kind, Token};

/// The most text of one slip that crosses the link, in bytes.
const TEXT_MAX: u32 = 256 * 1024;

/// Settings between two slips that are told with the second.
const LEAD_MAX: usize = 192;

/// Room that a picture leaves free in the ring for text: one part of this many.
const TEXT_SHARE: usize = 4;

/// Where in the stream we are.
#[derive(Clone, Debug)]
pub(super) struct Tap {
    slip: u32,
    in_slip: bool,
    text_len: u32,
    truncated: bool,
    picture: Picture,
    piece: [u8; PIECE_MAX],
    piece_len: usize,
    lead: [u8; LEAD_MAX],
    lead_len: usize,
    /// Modes at the beginning of the lead.
    lead_modes: Modes,
}

/// What happens to the body that is passing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Picture {
    Kept,
    Elided { len: u32, crc: u32 },
}

impl Default for Tap {
    fn default() -> Self {
        Self {
            slip: 0,
            in_slip: false,
            text_len: 0,
            truncated: false,
            picture: Picture::Kept,
            piece: [0; PIECE_MAX],
            piece_len: 0,
            lead: [0; LEAD_MAX],
            lead_len: 0,
            lead_modes: Modes::default(),
        }
    }
}

impl Tap {
    /// Whether something is on the paper since the last slip ended.
    pub(super) fn in_slip(&self) -> bool {
        self.in_slip
    }

    /// Copies a token; `modes` are those before it.
    pub(super) fn take<S: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        token: Token<'_>,
        dialect: Dialect,
        role: Role,
        modes: &Modes,
        now: Tick,
        ring: &mut Ring<S>,
    ) {
        if !self.in_slip && role == Role::Print {
            if self.lead_len == 0 {
                self.lead_modes = *modes;
            }
            self.begin(now, ring);
        }
        if !self.in_slip {
            return self.keep_lead(token, role, modes);
        }
        match token.kind {
            Kind::Command { body: true } => self.header(token.bytes, dialect, ring),
            Kind::Payload { last } => self.body(token.bytes, last, ring),
            _ => self.text(token.bytes, ring),
        }
    }

    /// Ends the slip and returns its number, if one was open.
    pub(super) fn end<S: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        end: End,
        held: bool,
        now: Tick,
        ring: &mut Ring<S>,
    ) -> Option<u32> {
        self.lead_len = 0;
        if !self.in_slip {
            return None;
        }
        self.elision(ring);
        self.flush(ring);
        let (slip, truncated) = (self.slip, self.truncated);
        ring.push(&ToAgent::SlipEnd { slip, end, held, truncated, at_ms: now.0 });
        ring.finish();
        self.in_slip = false;
        Some(slip)
    }

    fn begin<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, now: Tick, ring: &mut Ring<S>) {
        self.slip = self.slip.wrapping_add(1).max(1);
        self.in_slip = true;
        (self.text_len, self.truncated, self.picture) = (0, false, Picture::Kept);
        let (mut prelude, mut len) = ([0; LEAD_MAX + 64], 0);
        let mut write = |bytes: &[u8]| {
            prelude[len..len + bytes.len()].copy_from_slice(bytes);
            len += bytes.len();
        };
        self.lead_modes.prelude(&mut write);
        write(&self.lead[..self.lead_len]);
        self.lead_len = 0;
        ring.begin(self.slip);
        ring.push(&ToAgent::SlipStart { slip: self.slip, at_ms: now.0, prelude: &prelude[..len] });
    }

    /// Keeps settings that come before a slip; `ESC @` makes the earlier ones void.
    fn keep_lead(&mut self, token: Token<'_>, role: Role, modes: &Modes) {
        let setting = token.kind == Kind::Command { body: false }
            && !matches!(role, Role::Feed { .. } | Role::Cut)
            && token.bytes[0] != 0x10;
        if token.bytes == b"\x1b@" || self.lead_len == 0 {
            (self.lead_len, self.lead_modes) = (0, *modes);
        }
        let end = self.lead_len + token.bytes.len();
        if let (true, Some(place)) = (setting, self.lead.get_mut(self.lead_len..end)) {
            place.copy_from_slice(token.bytes);
            self.lead_len = end;
        }
    }

    /// Decides for the whole body: a part of a picture is of no use, and the rest of the slip could
    /// not be read behind it.
    fn header<S: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        bytes: &[u8],
        dialect: Dialect,
        ring: &mut Ring<S>,
    ) {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let body = command::body_len(bytes, dialect);
        let room = ring.free().saturating_sub(ring.capacity() / TEXT_SHARE);
        // Each piece has a few bytes around it; a sixteenth is plenty.
        if usize::try_from(body).is_ok_and(|body| body.saturating_add(body / 16) < room) {
            self.picture = Picture::Kept;
            self.copy(bytes, ring);
        } else {
            self.picture = Picture::Elided { len, crc: crc32(0, bytes) };
        }
    }

    fn body<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, bytes: &[u8], last: bool, ring: &mut Ring<S>) {
        match &mut self.picture {
            Picture::Kept => self.copy(bytes, ring),
            Picture::Elided { len, crc } => {
                *len = len.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
                *crc = crc32(*crc, bytes);
            }
        }
        if last {
            self.elision(ring);
        }
    }

    /// Tells a picture that was left out.
    fn elision<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, ring: &mut Ring<S>) {
        if let Picture::Elided { len, crc } = self.picture {
            self.flush(ring);
            ring.push(&ToAgent::Elided { slip: self.slip, len, crc });
            self.picture = Picture::Kept;
        }
    }

    fn text<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, bytes: &[u8], ring: &mut Ring<S>) {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.text_len = self.text_len.saturating_add(len);
        if self.text_len > TEXT_MAX {
            self.truncated = true;
        } else {
            self.copy(bytes, ring);
        }
    }

    fn copy<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, mut bytes: &[u8], ring: &mut Ring<S>) {
        while !bytes.is_empty() {
            let take = bytes.len().min(PIECE_MAX - self.piece_len);
            self.piece[self.piece_len..self.piece_len + take].copy_from_slice(&bytes[..take]);
            self.piece_len += take;
            bytes = &bytes[take..];
            if self.piece_len == PIECE_MAX {
                self.flush(ring);
            }
        }
    }

    /// Something of the slip was not told yet.
    pub(super) const fn has_piece(&self) -> bool {
        self.in_slip && self.piece_len > 0
    }

    pub(super) fn flush<S: AsRef<[u8]> + AsMut<[u8]>>(&mut self, ring: &mut Ring<S>) {
        if self.piece_len > 0 {
            let bytes = &self.piece[..self.piece_len];
            ring.push(&ToAgent::SlipData { slip: self.slip, bytes });
            self.piece_len = 0;
        }
    }
}
