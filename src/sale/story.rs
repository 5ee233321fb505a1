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
//! - Work is bounded: at most [`STARTS_MAX`] blocks, [`BEAM`] readings each, over at most
//!   `ENTRIES_MAX` entries.
//!
//! Not here: labels (`lexicon`), what is an amount (`entry`). Method: whole-receipt stories with a
//! lexicon read 96 to 99 of 100 totals of the public sets; single equations pick one in three.

use crate::sale::entry::Entry;
use crate::sale::lexicon::Role;
use std::rc::Rc;

/// Readings kept per step.
const BEAM: usize = 10;
/// Blocks of items that are followed to the end.
const STARTS_MAX: usize = 32;
/// Entries below the items that are followed; what comes later is footer.
const TAIL_MAX: usize = 60;
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

/// A reading on its way down.
#[derive(Clone, Debug)]
struct Reading {
    running: Option<i64>,
    checked: Option<i64>,
    pending: bool,
    tendered: i64,
    tenders: u8,
    /// The sum has been paid: what follows is of another matter.
    paid: bool,
    score: i32,
    summed: bool,
    settled: bool,
    jumped: bool,
    labelled: bool,
    trail: Option<Rc<Step>>,
}

#[derive(Debug)]
struct Step {
    act: Act,
    before: Option<Rc<Step>>,
}

/// Reads `entries`; `head_row` is the row of the column heads, if there is one.
pub(crate) fn best_story(entries: &[Entry], head_row: Option<usize>) -> Option<Story> {
    let mut stories: Vec<Story> = blocks(entries, head_row)
        .into_iter()
        .map(|block| follow(entries, block))
        .collect();
    stories.sort_by_key(|story| std::cmp::Reverse(story.score));
    let mut best = stories.first()?.clone();
    let rival = stories.iter().find(|story| story.total != best.total);
    best.margin = rival.map_or(best.score.max(0), |rival| best.score - rival.score).min(best.margin);
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
                found.extend(weigh(entries, Block { start, end, discounts, sum, points: 0 }, head_row));
            }
        }
    }
    found.sort_by_key(|block| std::cmp::Reverse(block.points));
    found.truncate(STARTS_MAX);
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
    let matched = sum != 0
        && below.iter().any(|entry| entry.amounts.contains(&sum) || entry.amount == sum);
    let at_total = below.first().is_some_and(ends_block);
    if !matched && !at_total {
        return None;
    }
    let inside = &entries[block.start..block.end];
    let items = inside.iter().filter(|entry| !entry.detail).count();
    let mut points = match (matched, items) {
        (true, 0..=1) => 4,
        (true, _) => 10,
        (false, _) => -4,
    };
    points += i32::from(at_total) * 4;
    points += inside.iter().map(inside_points).sum::<i32>().clamp(-40, 6);
    points += entries[..block.start].iter().map(before_points).sum::<i32>().max(-20);
    points += head_points(entries, block, head_row);
    Some(Block { points, ..block })
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

/// Follows one block's readings to the end of the receipt.
fn follow(entries: &[Entry], block: Block) -> Story {
    let mut beam = vec![Reading {
        running: (block.end > block.start).then_some(block.sum),
        checked: None,
        pending: false,
        tendered: 0,
        tenders: 0,
        paid: false,
        score: block.points,
        summed: false,
        settled: false,
        jumped: false,
        labelled: false,
        trail: None,
    }];
    for entry in entries[block.end..].iter().take(TAIL_MAX) {
        let mut next: Vec<Reading> = Vec::with_capacity(beam.len() * 4);
        beam.iter().for_each(|reading| reading.branch(entry, &mut next));
        beam = pruned(next);
    }
    beam.iter_mut().for_each(Reading::close);
    beam.sort_by_key(|reading| std::cmp::Reverse(reading.score));
    let best = &beam[0];
    let rival = beam.iter().find(|reading| reading.running != best.running);
    let margin = rival.map_or(best.score.max(0), |rival| best.score - rival.score);
    best.story(entries, block, margin)
}

/// The best readings, those that stand alike only once.
fn pruned(mut next: Vec<Reading>) -> Vec<Reading> {
    next.sort_by_key(|reading| std::cmp::Reverse(reading.score));
    let mut kept: Vec<Reading> = Vec::with_capacity(BEAM);
    for reading in next {
        if kept.len() == BEAM {
            break;
        }
        if !kept.iter().any(|other| other.stands_like(&reading)) {
            kept.push(reading);
        }
    }
    kept
}

impl Reading {
    fn stands_like(&self, other: &Self) -> bool {
        (self.running, self.tendered, self.paid, self.pending, self.checked)
            == (other.running, other.tendered, other.paid, other.pending, other.checked)
    }

    fn step(&self, act: Act, points: i32) -> Self {
        let trail = Some(Rc::new(Step { act, before: self.trail.clone() }));
        Self { score: self.score + points, trail, ..self.clone() }
    }

    /// Adds every reading of `entry` that is possible here.
    fn branch(&self, entry: &Entry, next: &mut Vec<Self>) {
        next.push(self.skip(entry));
        if entry.detail {
            return;
        }
        next.extend(self.check(entry));
        next.extend(self.jump(entry));
        next.extend(self.tender(entry));
        next.extend(self.change(entry));
        if !self.paid {
            adjustments(entry).into_iter().for_each(|(by, points)| {
                next.extend(self.adjust(by, points));
            });
        }
    }

    fn skip(&self, entry: &Entry) -> Self {
        use Role::{Change, Charge, Count, Discount, Info, Net, Rounding, Subtotal, Tax, Tender, Total};
        let cost = match entry.role() {
            _ if entry.detail || entry.amount == 0 => 0,
            Some(Total) if self.paid => 3,
            Some(Total) => 7,
            _ if self.paid => 0,
            Some(Subtotal) => 4,
            Some(Tender) if self.tendered > 0 => 1,
            Some(Tender | Change) => 3,
            Some(Charge) => 3,
            Some(Discount | Rounding) => 2,
            Some(Net | Tax | Info | Count) => 0,
            None => 2,
        };
        let strong = entry.cue.is_none_or(|cue| cue.strong);
        self.step(Act::Skip, if strong { -cost } else { -(cost.min(3)) })
    }

    fn check(&self, entry: &Entry) -> Option<Self> {
        use Role::{Net, Subtotal, Tender, Total};
        let running = self.running?;
        let exact = entry.amount == running;
        if running == 0 || !(exact || entry.amounts.contains(&running)) {
            return None;
        }
        let strong = entry.strong();
        let mut points = match strong {
            Some(Total) => 8,
            Some(Subtotal) => 6,
            Some(Tender) => 3,
            Some(Net) => 2,
            None => 2,
            Some(_) => -5,
        };
        if self.checked == Some(running) {
            points = (points / 2).min(3);
        }
        if self.pending {
            points += 5;
        }
        points -= i32::from(!exact) * 2;
        let mut reading = self.step(Act::Check, points);
        reading.summed |= self.checked.is_none();
        reading.labelled |= matches!(entry.role(), Some(Total | Tender));
        reading.checked = Some(running);
        reading.pending = false;
        Some(reading)
    }

    /// A total that the sum does not give.
    fn jump(&self, entry: &Entry) -> Option<Self> {
        use Role::{Subtotal, Tender, Total};
        if self.paid || self.running == Some(entry.amount) || entry.amount == 0 {
            return None;
        }
        let points = match (entry.strong(), self.running.is_some()) {
            (Some(Total), false) => 6,
            (Some(Subtotal), false) => 4,
            (Some(Tender), false) => 0,
            (Some(Total), true) => -5,
            (Some(Subtotal), true) => -6,
            _ => return None,
        };
        let mut reading = self.step(Act::Jump, points);
        reading.jumped |= self.running.is_some();
        reading.labelled |= entry.role() == Some(Total);
        reading.running = Some(entry.amount);
        reading.checked = Some(entry.amount);
        reading.pending = false;
        Some(reading)
    }

    fn adjust(&self, by: i64, points: i32) -> Option<Self> {
        let running = self.running?;
        let (small, positive) = (by.abs() <= running.abs(), running.checked_add(by)? > 0);
        if !small || (!positive && running > 0) {
            return None;
        }
        let mut reading = self.step(Act::Adjust(by), points);
        reading.running = Some(running + by);
        reading.pending = true;
        Some(reading)
    }

    fn tender(&self, entry: &Entry) -> Option<Self> {
        let total = self.running.filter(|&total| total != 0)?;
        let amount = entry.amount;
        let points = match entry.strong() {
            Some(Role::Tender) if amount == total => 5,
            Some(Role::Tender) => 1,
            Some(Role::Total) if self.checked.is_some() && amount > total => -1,
            None if entry.role() == Some(Role::Tender) => 1,
            None if amount > total && self.checked.is_some() => -3,
            _ => return None,
        };
        if (amount < 0) != (total < 0) || amount == 0 || self.settled {
            return None;
        }
        let mut reading = self.step(Act::Tender, points - i32::from(self.pending));
        reading.tendered = self.tendered.saturating_add(amount);
        reading.tenders = self.tenders.saturating_add(1);
        reading.paid = reading.tendered.abs() >= total.abs();
        reading.pending &= amount != total;
        if reading.tendered == total && reading.tenders > 1 {
            reading.score += 4;
            reading.settled = true;
        }
        Some(reading)
    }

    fn change(&self, entry: &Entry) -> Option<Self> {
        let due = self.tendered.checked_sub(self.running?)?;
        if self.tenders == 0 || entry.amount.abs() != due || self.settled {
            return None;
        }
        let points = match (entry.role(), due) {
            (Some(Role::Change), 0) => 2,
            (Some(Role::Change), _) => 9,
            (None, 1..) => 3,
            _ => return None,
        };
        let mut reading = self.step(Act::Change, points);
        reading.settled = due > 0;
        reading.pending = false;
        Some(reading)
    }

    /// What is still open at the foot costs.
    fn close(&mut self) {
        if self.pending {
            self.score -= 3;
        }
        if self.tenders > 0 && !self.paid {
            self.score -= 3;
        }
        if self.running.is_some() && self.checked.is_none() && self.tenders == 0 {
            self.score -= 8;
        }
        self.labelled |= self.tenders > 0 && self.checked.is_some();
    }

    fn story(&self, entries: &[Entry], block: Block, margin: i32) -> Story {
        let mut tail = Vec::new();
        let mut step = self.trail.as_ref();
        while let Some(here) = step {
            tail.push(here.act);
            step = here.before.as_ref();
        }
        let mut acts = vec![Act::Skip; block.start];
        acts.extend(entries[block.start..block.end].iter().map(|entry| block.act(entry)));
        acts.extend(tail.into_iter().rev());
        acts.resize(entries.len(), Act::Skip);
        Story {
            items: block.start..block.end,
            acts,
            total: self.running.filter(|_| self.checked.is_some() || self.tenders > 0),
            margin,
            score: self.score,
            summed: self.summed && block.end > block.start,
            settled: self.settled,
            jumped: self.jumped,
            labelled: self.labelled,
        }
    }
}

impl Block {
    fn act(&self, entry: &Entry) -> Act {
        match entry.role() {
            _ if entry.detail => Act::Skip,
            Some(Role::Count | Role::Info) if entry.cue.is_some_and(|cue| cue.strong) => Act::Skip,
            Some(Role::Discount) if entry.amount != 0 && self.discounts => Act::Item(false),
            Some(Role::Discount) => Act::Skip,
            _ => Act::Item(true),
        }
    }
}

/// By how much an entry may change the sum, and the points for it.
fn adjustments(entry: &Entry) -> Vec<(i64, i32)> {
    let amount = entry.amount;
    match entry.role() {
        _ if amount == 0 => vec![],
        Some(Role::Discount) => vec![(-amount.abs(), 1)],
        Some(Role::Rounding) => vec![(amount, 0), (-amount, 0)],
        Some(Role::Tax | Role::Charge) => vec![(amount, 1)],
        Some(Role::Info | Role::Tender) if amount < 0 => vec![(amount, -2)],
        Some(Role::Total | Role::Subtotal | Role::Count | Role::Change | Role::Info) => vec![],
        Some(Role::Net | Role::Tender) => vec![],
        None if amount < 0 => vec![(amount, 0)],
        None => vec![(amount, -3)],
    }
}
