//! Follows one block of items to the foot of the receipt, along the best few readings.
//!
//! ```text
//! 合计 113.00   check                ─┐
//! 优惠   -5.00   adjust, or skip       ├─ branch, keep the ten best that stand differently
//! 实付 108.00   check, jump, tender  ─┘
//! ```
//!
//! Points are small whole numbers: what a label says and a sum confirms is worth most, what is left
//! without a role costs. They were set by hand on receipts of four markets.
//!
//! Not here: where the items may be (`story`).

use super::{Act, Block, Story};
use crate::sale::entry::Entry;
use crate::sale::lexicon::Role;
use std::rc::Rc;

/// Readings kept per step.
const BEAM: usize = 10;
/// Entries below the items that are followed; what comes later is footer.
const TAIL_MAX: usize = 60;

/// A reading on its way down.
#[derive(Clone, Debug)]
struct Reading {
    running: Option<i64>,
    checked: Option<i64>,
    pending: bool,
    tendered: i64,
    tenders: u8,
    /// A labelled total has been found.
    totalled: bool,
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

/// Follows one block's readings to the end of the receipt.
pub(super) fn follow(entries: &[Entry], block: Block) -> Story {
    let mut beam = vec![Reading {
        running: (block.end > block.start).then_some(block.sum),
        checked: None,
        pending: false,
        tendered: 0,
        tenders: 0,
        totalled: false,
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
                next.extend(self.adjust(by, points, entry.role()));
            });
        }
    }

    fn skip(&self, entry: &Entry) -> Self {
        use Role::{
            Change, Charge, Count, Discount, Info, Net, Rounding, Subtotal, Tax, Tender, Total,
        };
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
        let mut points = match (entry.role(), entry.strong().is_some()) {
            (Some(Total), true) => 8,
            (Some(Total), false) => 5,
            (Some(Subtotal), true) => 6,
            (Some(Subtotal), false) => 4,
            (Some(Tender), true) => 3,
            (Some(_), true) if entry.role() != Some(Net) => -5,
            _ => 2,
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
        reading.totalled |= entry.role() == Some(Total);
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
            (None, false) if entry.role() == Some(Total) => 3,
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
        reading.totalled |= entry.role() == Some(Total);
        reading.running = Some(entry.amount);
        reading.checked = Some(entry.amount);
        reading.pending = false;
        Some(reading)
    }

    fn adjust(&self, by: i64, points: i32, role: Option<Role>) -> Option<Self> {
        let running = self.running?;
        let (small, positive) = (by.abs() <= running.abs(), running.checked_add(by)? > 0);
        if !small || (!positive && running > 0) {
            return None;
        }
        // After a total tax tables and tips to choose from follow, rather than additions.
        let late = self.totalled && matches!(role, Some(Role::Tax | Role::Charge) | None);
        let mut reading = self.step(Act::Adjust(by), points - if late { 4 } else { 0 });
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
            Some(Role::Total) if self.checked.is_some() && amount > total => -2,
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
        // More was paid than was due, and nothing given back: rather no payment at all.
        if self.tenders > 0 && !self.settled && self.running.is_some_and(|due| self.tendered > due)
        {
            self.score -= 4;
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
