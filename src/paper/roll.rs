//! The paper: what comes out of the printer, slip by slip.
//!
//! ```text
//!  ┌────────┐ slip 1     ┌────────┐ slip 2      ┌────────┐ open: still in the printer
//!  │ 云裳…  │            │        │             │   ▼ y  │
//!  └ ─ ─ ─ ─┘ cut        └ ─ ─ ─ ─┘ cut         └────────┘
//! ```
//!
//! # Invariants
//!
//! - Memory is bounded: a slip ends by itself at [`SLIP_ROWS_MAX`], and the oldest slips go when
//!   there are more than [`ROLL_DOTS_MAX`] dots or [`SLIPS_MAX`] slips.
//! - Numbers count every slip since the printer was switched on, also those gone.
//!
//! Not here: what is burnt (`line`, `printer`), how the page shows it (`desk`).

use std::collections::VecDeque;

use super::picture::Picture;

/// Rows of a slip: one metre of paper at 8 dots a millimetre.
pub(crate) const SLIP_ROWS_MAX: usize = 8_000;
/// Dots that the kept slips have together: 24 MiB, or 5 metres of 80 mm paper.
pub(crate) const ROLL_DOTS_MAX: usize = 24 << 20;
/// Slips kept.
pub(crate) const SLIPS_MAX: usize = 200;
/// Bytes of text kept of a slip.
const TEXT_MAX: usize = 64 << 10;

/// How a slip was parted from the roll.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// All the way through.
    Full,
    /// A point in the middle holds on, so that the slip does not fall.
    Partial,
}

/// One piece of paper.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Slip {
    /// Counted from 1 since the printer was switched on.
    pub number: u64,
    /// What was burnt, as wide as the printing width, without the margins of the paper.
    pub picture: Picture,
    /// What a person reads: rows, each ended by a line feed. A picture or a code stands as a row in
    /// brackets, e.g. `[QR https://…]`.
    pub text: String,
    /// The cut that ended it; `None` is torn off by hand, or still in the printer.
    pub cut: Option<Cut>,
    /// How often the cash drawer was opened.
    pub drawer_kicks: u32,
    /// Bytes that the printer took for it.
    pub bytes: u64,
}

impl Slip {
    fn new(number: u64, width: usize) -> Self {
        let picture = Picture::new(width, 0);
        Self { number, picture, text: String::new(), cut: None, drawer_kicks: 0, bytes: 0 }
    }
}

/// The paper; see the module's text.
#[derive(Clone, Debug)]
pub(crate) struct Roll {
    slips: VecDeque<Slip>,
    dots: usize,
    open: Slip,
    /// The row under the print head.
    y: usize,
}

impl Roll {
    /// A new roll with `width` printable dots.
    pub(crate) fn new(width: usize) -> Self {
        Self { slips: VecDeque::new(), dots: 0, open: Slip::new(1, width), y: 0 }
    }

    /// The slips that were cut or torn off, oldest first.
    pub(crate) fn slips(&self) -> impl DoubleEndedIterator<Item = &Slip> + Clone {
        self.slips.iter()
    }

    /// What is still in the printer; its height may be 0.
    pub(crate) const fn open(&self) -> &Slip {
        &self.open
    }

    /// Counts bytes that the printer took.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.open.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    /// Burns `picture` at `x` under the head and moves on by `feed` rows, at least its height.
    pub(crate) fn burn(&mut self, picture: &Picture, x: usize, feed: usize) {
        let mut done = 0;
        while picture.height() - done > SLIP_ROWS_MAX - self.y {
            let room = SLIP_ROWS_MAX - self.y;
            self.burn_here(&picture.rows(done, done + room), x);
            self.feed(room);
            done += room;
        }
        self.burn_here(&picture.rows(done, picture.height()), x);
        self.feed(feed.max(picture.height()) - done);
    }

    fn burn_here(&mut self, picture: &Picture, x: usize) {
        self.open.picture.grow(self.y + picture.height());
        self.open.picture.overlay(picture, x, self.y);
    }

    /// Moves on by `rows`.
    pub(crate) fn feed(&mut self, rows: usize) {
        let mut left = rows;
        while self.y + left >= SLIP_ROWS_MAX {
            left -= SLIP_ROWS_MAX - self.y;
            self.open.picture.grow(SLIP_ROWS_MAX);
            self.part(None);
        }
        self.y += left;
        self.open.picture.grow(self.y);
    }

    /// Moves back by `rows`, at most to the beginning of the slip.
    pub(crate) const fn feed_back(&mut self, rows: usize) {
        self.y = self.y.saturating_sub(rows);
    }

    /// Writes a row of text.
    pub(crate) fn write(&mut self, row: &str) {
        if self.open.text.len() + row.len() < TEXT_MAX {
            self.open.text.push_str(row);
            self.open.text.push('\n');
        }
    }

    /// Writes that there is a picture, once for all its bands.
    pub(crate) fn write_picture(&mut self) {
        if !self.open.text.ends_with("[picture]\n") {
            self.write("[picture]");
        }
    }

    /// Opens the cash drawer. After a cut it belongs to the slip before.
    pub(crate) fn kick_drawer(&mut self) {
        let slip = match self.slips.back_mut() {
            Some(last) if self.open.picture.height() == 0 => last,
            _ => &mut self.open,
        };
        slip.drawer_kicks = slip.drawer_kicks.saturating_add(1);
    }

    /// Ends the slip; without any paper out there is nothing to cut.
    pub(crate) fn part(&mut self, cut: Option<Cut>) {
        if self.open.picture.height() == 0 {
            return;
        }
        let next = Slip::new(self.open.number + 1, self.open.picture.width());
        let mut slip = std::mem::replace(&mut self.open, next);
        slip.cut = cut;
        self.dots += slip.picture.dots().len();
        self.slips.push_back(slip);
        self.y = 0;
        self.forget();
    }

    /// All that is kept, one below the other, cuts as dashed lines and torn edges as blank rows.
    pub(crate) fn picture(&self) -> Picture {
        let open = std::iter::once(&self.open).filter(|slip| slip.picture.height() > 0);
        let slips: Vec<_> = self.slips.iter().chain(open).collect();
        let between = (slips.len() * CUT_ROWS).saturating_sub(CUT_ROWS);
        let rows = slips.iter().map(|slip| slip.picture.height()).sum::<usize>() + between;
        let mut all = Picture::new(self.open.picture.width(), rows);
        let mut y = 0;
        for slip in slips {
            all.overlay(&slip.picture, 0, y);
            y += slip.picture.height();
            if slip.cut.is_some() {
                draw_cut(&mut all, y + CUT_ROWS / 2);
            }
            y += CUT_ROWS;
        }
        all
    }

    fn forget(&mut self) {
        while self.dots > ROLL_DOTS_MAX || self.slips.len() > SLIPS_MAX {
            let Some(oldest) = self.slips.pop_front() else { return };
            self.dots -= oldest.picture.dots().len();
        }
    }
}

/// Rows between two slips in the picture of the whole roll.
const CUT_ROWS: usize = 24;

/// A dashed line, lighter than print, as nothing that was printed.
fn draw_cut(all: &mut Picture, y: usize) {
    for x in (0..all.width()).filter(|x| x % 12 < 7) {
        all.burn(x, y, 128);
        all.burn(x, y + 1, 128);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_ends_a_slip_and_two_cuts_end_only_one() {
        let mut roll = Roll::new(384);
        roll.feed(30);
        roll.part(Some(Cut::Full));
        roll.part(Some(Cut::Partial));
        let slips: Vec<_> = roll.slips().map(|slip| (slip.number, slip.cut)).collect();
        assert_eq!(slips, [(1, Some(Cut::Full))]);
        assert_eq!(roll.open().number, 2);
    }

    #[test]
    fn a_drawer_kick_after_the_cut_belongs_to_the_slip_before() {
        let mut roll = Roll::new(384);
        roll.feed(30);
        roll.part(Some(Cut::Full));
        roll.kick_drawer();
        roll.feed(30);
        roll.kick_drawer();
        assert_eq!((roll.slips().next().unwrap().drawer_kicks, roll.open().drawer_kicks), (1, 1));
    }

    #[test]
    fn a_flood_of_feeds_keeps_only_the_last_paper() {
        let mut roll = Roll::new(576);
        (0..40_000).for_each(|_| roll.feed(255));
        assert!(roll.slips().map(|slip| slip.picture.dots().len()).sum::<usize>() <= ROLL_DOTS_MAX);
        let made = u64::try_from(40_000 * 255 / SLIP_ROWS_MAX).unwrap();
        assert_eq!(roll.open().number, made + 1);
    }

    #[test]
    fn a_picture_taller_than_a_slip_goes_on_the_next_one() {
        let mut roll = Roll::new(8);
        roll.feed(10);
        let tall = Picture::from_fn(8, SLIP_ROWS_MAX + 5, |_, _| 255);
        roll.burn(&tall, 0, tall.height());
        let ink = |slip: &Slip| slip.picture.dots().iter().filter(|&&ink| ink > 0).count();
        assert_eq!(roll.slips().map(ink).sum::<usize>() + ink(roll.open()), tall.dots().len());
        assert_eq!(roll.open().picture.height(), 15);
    }
}
