//! One reading of the whole receipt, from the first item to the change.
//!
//! ```text
//! items 113.00 ─▶ 合计 113.00 ─▶ 优惠 -5.00 ─▶ 实付 108.00 ─▶ 现金 110.00 ─▶ 找零 2.00
//!       sum        checks it      takes off     checks it       tender         = 110 − 108
//! ```
//!
//! Many amounts satisfy some equation; few readings explain every amount. Each block of rows that
//! could be the items starts a small beam over the rows below it; sums and labels give points, an
//! amount left without a role costs some. The best reading wins, and by how much is kept.
//!
//! # Invariant
//!
//! - Work is bounded: at most [`STARTS_MAX`] blocks, a beam of readings each, over at most
//!   `ENTRIES_MAX` entries.
//!
//! Not here: labels (`lexicon`), what is an amount (`entry`). Method: whole-receipt stories with a
//! lexicon read 96 to 99 of 100 totals of the public sets; single equations pick one in three.

mod beam;

use crate::sale::entry::Entry;
use crate::sale::lexicon::Role;

/// Blocks of items that are followed to the end.
const STARTS_MAX: usize = 32;
/// How far below its last item a sum may stand, in entries.
const REACH: usize = 5;

/// What an entry does in a reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// Adds to the items' sum (`true`), or takes off it as a discount line among the items.
    Item(bool),
    /// Repeats the running sum.
    Check,
    /// Changes it by so much.
    Adjust(i64),
    /// Has no part in it.
    Skip,
    /// Paid.
    Tender,
    /// Given back.
    Change,
    /// Sets the sum anew, against what was added up: something was misread.
    Jump,
}

/// A finished reading.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// Which entries are items.
    pub(crate) items: std::ops::Range<usize>,
    /// What each entry does, in order of the entries.
    pub(crate) acts: Vec<Act>,
    /// What is to be paid, in hundredths.
    pub(crate) total: Option<i64>,
    /// Points over the best reading with another total.
    pub(crate) margin: i32,
    pub(crate) score: i32,
    /// The items' sum was found again below them.
    pub(crate) summed: bool,
    /// Tender less total gave the change, or several tenders the total.
    pub(crate) settled: bool,
    /// Some total was set against the sum.
    pub(crate) jumped: bool,
    /// The total stands beside a word for it.
    pub(crate) labelled: bool,
}

/// Where the items could be.
#[derive(Clone, Copy, Debug)]
struct Block {
    start: usize,
    end: usize,
    /// Discount lines among them take off (else they only tell).
    discounts: bool,
    sum: i64,
    points: i32,
}

/// Reads `entries`; `head_row` is the row of the column heads, if there is one.
pub(crate) fn best_story(entries: &[Entry], head_row: Option<usize>) -> Option<Story> {
    let mut stories: Vec<Story> =
        blocks(entries, head_row).into_iter().map(|block| beam::follow(entries, block)).collect();
    stories.sort_by_key(|story| std::cmp::Reverse(story.score));
    let mut best = stories.first()?.clone();
    let rival = stories.iter().find(|story| story.total != best.total);
    best.margin =
        rival.map_or(best.score.max(0), |rival| best.score - rival.score).min(best.margin);
    Some(best)
}

/// The blocks worth following, best first.
fn blocks(entries: &[Entry], head_row: Option<usize>) -> Vec<Block> {
    let mut found = Vec::new();
    for end in 0..=entries.len() {
        let mut sums = [0_i64; 2];
        found.extend(empty_block(entries, end));
        for start in (0..end).rev() {
            let entry = &entries[start];
            if ends_block(entry) {
                break;
            }
            sums = add_entry(sums, entry);
            for (discounts, sum) in [(true, sums[0]), (false, sums[1])] {
                if !discounts && sums[0] == sums[1] {
                    continue;
                }
                found.extend(weigh(
                    entries,
                    Block { start, end, discounts, sum, points: 0 },
                    head_row,
                ));
            }
        }
    }
    found.sort_by_key(|block| std::cmp::Reverse(block.points));
    found.truncate(STARTS_MAX);
    found.iter_mut().for_each(|block| block.take_free(entries));
    found
}

/// A receipt without items: a total, and no more.
fn empty_block(entries: &[Entry], end: usize) -> Option<Block> {
    let before = &entries[..end];
    (end <= 3 && !before.iter().any(ends_block)).then(|| {
        let lost = i32::try_from(before.len()).unwrap_or(0);
        Block { start: end, end, discounts: true, sum: 0, points: -6 - 3 * lost }
    })
}

fn ends_block(entry: &Entry) -> bool {
    use Role::{Change, Subtotal, Tender, Total};
    matches!(entry.strong(), Some(Total | Subtotal | Tender | Change))
}

fn add_entry([with, without]: [i64; 2], entry: &Entry) -> [i64; 2] {
    if entry.detail || matches!(entry.strong(), Some(Role::Count | Role::Info)) {
        return [with, without];
    }
    if entry.role() == Some(Role::Discount) && entry.amount != 0 {
        return [with.saturating_sub(entry.amount.abs()), without];
    }
    [with.saturating_add(entry.amount), without.saturating_add(entry.amount)]
}

/// Gives a block its points, or nothing if nothing below speaks for it.
fn weigh(entries: &[Entry], block: Block, head_row: Option<usize>) -> Option<Block> {
    let below = &entries[block.end..entries.len().min(block.end + REACH)];
    let sum = block.sum;
    let equal = |entry: &&Entry| entry.amounts.contains(&sum) || entry.amount == sum;
    let matched = sum != 0 && (below.iter().any(|entry| equal(&entry)) || is_adjusted(below, sum));
    // Where no word calls it a sum, two amounts may make a third by chance.
    let called = |entry: &Entry| entry.role().is_some_and(|role| role != Role::Tax);
    let by_chance = matched && !is_adjusted(below, sum) && !below.iter().filter(equal).any(called);
    let at_total = below.first().is_some_and(ends_block) || is_adjusted(below, sum);
    if !matched && !at_total {
        return None;
    }
    let inside = &entries[block.start..block.end];
    let items = inside.iter().filter(|entry| !entry.detail).count();
    let mut points = match (matched, items) {
        (true, 0..=1) => 4,
        (true, _) if by_chance => 5,
        (true, _) => 10,
        (false, _) => -4,
    };
    points += i32::from(at_total) * 4;
    points += inside.iter().map(inside_points).sum::<i32>().clamp(-40, 6);
    points += entries[..block.start].iter().map(before_points).sum::<i32>().max(-20);
    points += head_points(entries, block, head_row);
    Some(Block { points, ..block })
}

/// Whether tax and the like, right below the items, make their sum the total: `43,181`,
/// `Tax 4,318`, `Total 47,499`.
fn is_adjusted(below: &[Entry], sum: i64) -> bool {
    let mut running = sum;
    for entry in below {
        match entry.strong() {
            Some(Role::Tax | Role::Charge | Role::Rounding) => running += entry.amount,
            Some(Role::Discount) => running -= entry.amount.abs(),
            Some(Role::Total) => return running != sum && entry.amount == running,
            _ => return false,
        }
    }
    false
}

fn inside_points(entry: &Entry) -> i32 {
    use Role::{Charge, Count, Discount, Info, Net, Rounding, Tax};
    let explained = i32::from(entry.shape.is_some_and(|shape| shape.unit.is_some()));
    match entry.strong() {
        None | Some(Discount) => explained,
        Some(Count | Info) => -1,
        Some(Charge | Tax | Rounding | Net) => -4,
        Some(_) => -6,
    }
}

/// An amount above the items that nothing explains.
fn before_points(entry: &Entry) -> i32 {
    match entry.role() {
        _ if entry.detail || entry.amount == 0 => 0,
        Some(Role::Count | Role::Info | Role::Tender | Role::Change) => -1,
        _ => -3,
    }
}

fn head_points(entries: &[Entry], block: Block, head_row: Option<usize>) -> i32 {
    let (Some(head), Some(first)) = (head_row, entries.get(block.start)) else { return 0 };
    let first_below = entries.iter().position(|entry| entry.row > head);
    match () {
        () if first_below == Some(block.start) => 4,
        () if first.row < head => -4,
        () => 0,
    }
}

impl Block {
    /// What costs nothing changes no sum: `1x Bread  0.00` above the first item is one too.
    fn take_free(&mut self, entries: &[Entry]) {
        let free = |entry: &Entry| entry.amount == 0 && entry.cue.is_none() && !entry.detail;
        while self.start > 0 && self.end > self.start && free(&entries[self.start - 1]) {
            self.start -= 1;
        }
    }

    fn act(&self, entry: &Entry) -> Act {
        match entry.role() {
            _ if entry.detail => Act::Skip,
            Some(Role::Count | Role::Info) if entry.cue.is_some_and(|cue| cue.strong) => Act::Skip,
            Some(Role::Discount) if entry.amount != 0 && self.discounts => Act::Item(false),
            Some(Role::Discount) => Act::Skip,
            Some(Role::Tax | Role::Charge | Role::Rounding) if entry.amount == 0 => Act::Skip,
            _ => Act::Item(true),
        }
    }
}
