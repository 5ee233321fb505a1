//! A sale while it is being printed: its whole rows, and the note as far as it is known.
//!
//! ```text
//! bytes so far ▶ whole rows ▶ read like a slip ▶ masked rows, note ▶ page; gone when the slip ends
//! ```
//!
//! # Invariants
//!
//! - A row is shown when it is whole: half a number cannot be masked.
//! - Nothing of it is kept: what counts is the slip when it has ended.
//!
//! Not here: taking the slip (`take`), masking (`mask`).

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::serving::Serving;
use super::{Agent, Shared, lock, take};
use crate::bridge_link::Slip;
use crate::sale::Kind;

/// So many rows are shown, the last ones.
const ROWS_MAX: usize = 40;
/// A receipt that is longer is not read again and again.
const BYTES_MAX: usize = 32 * 1024;

/// What is on its way to the paper.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Live {
    /// Whole rows, numbers masked.
    pub(super) rows: Vec<String>,
    /// The note as it would be now.
    pub(super) note: Vec<String>,
}

/// Shows what of a slip is there so far. Whatever goes wrong, the slip itself is not touched by it.
pub(super) fn show(agent: &Shared, bridge: &str, so_far: &Slip) {
    if so_far.bytes.len() > BYTES_MAX {
        return;
    }
    let Some(last) = so_far.bytes.iter().rposition(|byte| *byte == b'\n') else { return };
    let whole = Slip { bytes: so_far.bytes[..=last].to_vec(), ..so_far.clone() };
    let settings = lock(agent).reading_settings(bridge);
    let shown = catch_unwind(AssertUnwindSafe(|| {
        let read = take::read(&whole, &settings);
        let mut agent = lock(agent);
        let live = agent.live(bridge, read);
        let till = agent.till(bridge);
        if till.live != live {
            till.live = live;
            agent.changed();
        }
    }));
    drop(shown); // a panic has said what it was
}

impl Agent {
    fn live(&self, bridge: &str, mut read: take::Read) -> Live {
        // Before its total a sale is not known as one, but by who is being served.
        let serving = self.tills.get(bridge).map(|till| &till.serving);
        let is_served = matches!(serving, Some(Serving::Number { .. }));
        if read.summary.kind == Kind::Other && (is_served || !read.reading.items.is_empty()) {
            read.summary.kind = Kind::Sale;
        }
        let now = self.now();
        let buyer = self.buyer(bridge, &read.reading, true);
        let note = self.compose(bridge, &read, self.guest(&buyer, now).as_ref());
        let paper = take::paper(bridge, &read, &[], now);
        let rows = paper.rows.iter().map(|row| super::mask::masked(row, paper.member.as_deref()));
        let rows: Vec<String> = rows.collect();
        let from = rows.len().saturating_sub(ROWS_MAX);
        Live {
            rows: rows[from..].to_vec(),
            note: note
                .map(|(note, _)| note.rows.into_iter().map(|row| row.text).collect())
                .unwrap_or_default(),
        }
    }
}
