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
pub(super) fn show(agent: &Shared, bridge: &str, prelude: &[u8], so_far: &[u8]) {
    if so_far.len() > BYTES_MAX {
        return;
    }
    let Some(last) = so_far.iter().rposition(|byte| *byte == b'\n') else { return };
    let bytes = so_far[..=last].to_vec();
    let whole = Slip { prelude: prelude.to_vec(), bytes, ..Slip::late(0) };
    let settings = lock(agent).reading_settings(bridge);
    let shown = catch_unwind(AssertUnwindSafe(|| {
        let read = take::read(&whole, &settings);
        let mut agent = lock(agent);
        let live = agent.live(bridge, read);
        agent.set_live(bridge, live);
    }));
    drop(shown); // a panic has said what it was
}

impl Agent {
    /// What is on its way to this till's paper; nothing, when it has come or will not.
    pub(super) fn set_live(&mut self, bridge: &str, live: Live) {
        let till = self.till(bridge);
        if till.live != live {
            till.live = live;
            self.changed();
        }
    }

    fn live(&self, bridge: &str, mut read: take::Read) -> Live {
        // Before its total a sale is not known as one, but by who is being served.
        let serving = self.tills.get(bridge).map(|till| &till.serving);
        let is_served = matches!(serving, Some(Serving::Number { .. }));
        if read.summary.kind == Kind::Other && (is_served || !read.reading.items.is_empty()) {
            read.summary.kind = Kind::Sale;
        }
        let now = self.now();
        let buyer = self.buyer(bridge, &read.reading, true);
        let note =
            self.compose(bridge, &read, self.guest(&buyer, self.counts(&read), now).as_ref());
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::agent::tests::{Till, receipt};
    use crate::receipt::code_page::{Charset, encode};

    fn rows(agent: &Shared) -> Vec<String> {
        lock(agent).state().unwrap().tills.remove(0).live
    }

    #[test]
    fn whole_rows_of_a_slip_are_shown_masked_and_go_when_it_has_ended_or_is_told_again() {
        let mut till = Till::new();
        let text = receipt("A1", "88.00").replace("合计", "会员:13800006721\n合计");
        till.print(&text);
        let bytes = encode(Charset::Gb18030, &text).unwrap();
        let Till { agent, .. } = till;
        let agent: Shared = Arc::new(Mutex::new(agent));
        let cut = bytes.len() - 30;
        show(&agent, "t", b"\x1b@", &bytes[..cut]);
        let shown = rows(&agent);
        assert!(shown.iter().any(|row| row.contains("A1")), "{shown:?}");
        assert!(shown.iter().any(|row| row.contains("138****6721")), "{shown:?}");
        assert!(!shown.concat().contains("13800006721"));
        let half = bytes[..cut].iter().rposition(|byte| *byte == b'\n').unwrap();
        let before = rows(&agent);
        show(&agent, "t", b"\x1b@", &bytes[..half + 3]);
        assert_eq!(rows(&agent), before, "half a row is none");
        // The same slip once more, as after a lost acknowledgement.
        let mut slip = Slip { bytes: bytes.clone(), ..Slip::late(1) };
        slip.boot = 1;
        let read = take::read(&slip, &lock(&agent).reading_settings("t"));
        lock(&agent).take("t", &slip, read).unwrap();
        assert_eq!(rows(&agent), [""; 0]);
    }
}
