//! Which tasks follow from what is known of one customer: a pure function, no table, no clock.
//!
//! ```text
//! facts ─▶ wanted (every cause, its day) ─┬─ open task without a cause any more ─▶ withdrawn
//!                                         └─ fires for the first time ─▶ joined to a task of hers,
//!                                                 or placed on a day of its own within the caps
//! ```
//!
//! # Invariants
//!
//! - A cause (rule and subject, e.g. the sale) fires once, ever.
//! - No two tasks for one person on one day; two calls that lie close become one.
//! - A refund before the task is done takes the cause away, and the task with its last cause.
//! - The plan depends on which facts there are, not on the order in which they came.
//!
//! Not here: reading facts (`facts`), keeping tasks (`book`), who stays away (`win_back`).

pub use super::fact::{Facts, ReferralFact, SaleFact};
pub use super::rule::{Cause, Rule};
use super::rules::Rules;
use crate::calendar::Date;
use crate::care_list::TaskKind;
use crate::message::StoreId;
use std::collections::{BTreeMap, BTreeSet};

/// Days in which touches are counted together.
const WEEK: i32 = 7;

/// Something that is to be done, before it is a task.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// Why.
    pub cause: Cause,
    /// What.
    pub kind: TaskKind,
    /// By which day.
    pub due: i32,
    /// In which store, if it is a store's.
    pub store: Option<StoreId>,
    /// What it is about, as printed.
    pub about: Option<String>,
    /// Styles that her answers are about.
    pub styles: Vec<String>,
}

/// An open task of hers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenTask {
    /// Its number.
    pub id: i64,
    /// What.
    pub kind: TaskKind,
    /// Its day.
    pub due: i32,
    /// Why.
    pub causes: BTreeSet<Cause>,
}

/// What the book holds of her.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Known {
    /// All that ever fired.
    pub fired: BTreeSet<Cause>,
    /// What is open.
    pub open: Vec<OpenTask>,
    /// Days on which she was touched.
    pub touched: Vec<i32>,
}

/// A task to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// What.
    pub kind: TaskKind,
    /// Its day.
    pub due: i32,
    /// Why; the first is the one whose words come first.
    pub wanted: Vec<Wanted>,
}

/// What is to change in the book.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// New tasks.
    pub make: Vec<Draft>,
    /// Causes that join an open task, with the day that it is due then.
    pub join: Vec<(i64, Wanted)>,
    /// Causes that no longer stand.
    pub drop: Vec<(i64, Cause)>,
    /// Tasks that lost their last cause.
    pub cancel: Vec<i64>,
    /// What the caps kept back; it does not come again.
    pub held: Vec<Cause>,
}

/// A day of hers that is taken, by an open task or a draft.
struct Slot {
    at: At,
    kind: TaskKind,
    due: i32,
}

#[derive(Clone, Copy)]
enum At {
    Open(i64),
    Draft(usize),
}

/// What is to change on day `today`.
#[must_use]
pub fn plan(rules: &Rules, facts: &Facts, known: &Known, today: i32) -> Plan {
    place_all(rules, wanted(rules, facts, today), known, today, true)
}

/// Places what is wanted besides: nothing is withdrawn.
#[must_use]
pub fn add(rules: &Rules, wanted: Vec<Wanted>, known: &Known, today: i32) -> Plan {
    place_all(rules, wanted, known, today, false)
}

fn place_all(
    rules: &Rules,
    wanted: Vec<Wanted>,
    known: &Known,
    today: i32,
    withdraw: bool,
) -> Plan {
    let mut plan = Plan::default();
    let stands: BTreeSet<&Cause> = wanted.iter().map(|wanted| &wanted.cause).collect();
    let mut slots = Vec::new();
    for task in &known.open {
        let gone = |cause: &&Cause| withdraw && cause.rule.is_derived() && !stands.contains(cause);
        let dropped: Vec<&Cause> = task.causes.iter().filter(gone).collect();
        plan.drop.extend(dropped.iter().map(|cause| (task.id, (*cause).clone())));
        if !dropped.is_empty() && dropped.len() == task.causes.len() {
            plan.cancel.push(task.id);
        } else {
            slots.push(Slot { at: At::Open(task.id), kind: task.kind, due: task.due });
        }
    }
    let mut fresh: Vec<Wanted> = wanted;
    fresh.retain(|wanted| {
        !known.fired.contains(&wanted.cause) && today <= wanted.due + rules.caps.late_days_max
    });
    fresh.sort_by(|a, b| {
        let key = |w: &Wanted| (w.due.max(today), core::cmp::Reverse(strength(w.kind)));
        (key(a), &a.cause).cmp(&(key(b), &b.cause))
    });
    fresh.dedup_by(|a, b| a.cause == b.cause);
    fresh.into_iter().for_each(|wanted| place(rules, wanted, known, today, &mut slots, &mut plan));
    plan
}

/// Joins a task of hers, or takes the first free day within the caps.
fn place(
    rules: &Rules,
    wanted: Wanted,
    known: &Known,
    today: i32,
    slots: &mut Vec<Slot>,
    plan: &mut Plan,
) {
    let due = wanted.due.max(today);
    let agreed = wanted.cause.rule.is_agreed();
    let last = if agreed { due } else { wanted.due + rules.caps.late_days_max };
    let near = |slot: &Slot| {
        let both_calls = slot.kind == TaskKind::Call && wanted.kind == TaskKind::Call;
        both_calls && !agreed && (slot.due - due).abs() <= rules.caps.merge_days
    };
    let same_day = slots.iter().position(|slot| slot.due == due);
    if let Some(at) = same_day.or_else(|| slots.iter().position(near)) {
        let mut slot = slots.remove(at);
        if due < slot.due && may_move(&slot, known) && fits(rules, known, slots, due) {
            slot.due = due; // one call, and by the earlier of the two days
        }
        let wanted = Wanted { due: slot.due, ..wanted };
        join(&mut slot, wanted, plan);
        return slots.insert(at, slot);
    }
    for day in due..=last {
        if let Some(slot) = slots.iter_mut().find(|slot| slot.due == day) {
            return join(slot, wanted, plan);
        }
        if agreed || fits(rules, known, slots, day) {
            slots.push(Slot { at: At::Draft(plan.make.len()), kind: wanted.kind, due: day });
            plan.make.push(Draft { kind: wanted.kind, due: day, wanted: vec![wanted] });
            return;
        }
    }
    plan.held.push(wanted.cause);
}

/// A day that was agreed with her stays.
fn may_move(slot: &Slot, known: &Known) -> bool {
    let At::Open(id) = slot.at else { return false };
    let mut open = known.open.iter();
    open.any(|task| task.id == id && !task.causes.iter().any(|cause| cause.rule.is_agreed()))
}

fn join(slot: &mut Slot, wanted: Wanted, plan: &mut Plan) {
    if strength(wanted.kind) > strength(slot.kind) {
        slot.kind = wanted.kind;
    }
    match slot.at {
        At::Open(id) => plan.join.push((id, wanted)),
        At::Draft(index) => {
            plan.make[index].kind = slot.kind;
            plan.make[index].wanted.push(wanted);
        }
    }
}

/// Whether one more touch on `day` leaves every seven days within the cap.
fn fits(rules: &Rules, known: &Known, slots: &[Slot], day: i32) -> bool {
    if known.touched.contains(&day) {
        return false;
    }
    let days = || known.touched.iter().copied().chain(slots.iter().map(|slot| slot.due));
    (day - WEEK + 1..=day).all(|first| {
        let within = days().filter(|at| (first..first + WEEK).contains(at)).count();
        within < usize::from(rules.caps.per_week)
    })
}

/// Of two kinds on one day the stronger is done: who is called needs no message.
#[must_use]
pub const fn strength(kind: TaskKind) -> u8 {
    match kind {
        TaskKind::Complaint => 6,
        TaskKind::Visit => 5,
        TaskKind::Call => 4,
        TaskKind::Letter => 3,
        TaskKind::Message => 2,
        _ => 1,
    }
}

/// Every cause that the facts support, whenever its day is.
#[must_use]
pub fn wanted(rules: &Rules, facts: &Facts, today: i32) -> Vec<Wanted> {
    if facts.excluded {
        return Vec::new();
    }
    let sales = facts.sales.iter().filter(|sale| sale.net().units() >= rules.big_sale.sale_min);
    let mut all: Vec<Wanted> = sales
        .map(|sale| Wanted {
            cause: Cause { rule: Rule::BigSale, subject: sale.place.clone() },
            kind: TaskKind::Call,
            due: sale.day + rules.big_sale.after_days,
            store: Some(sale.store),
            about: sale.item.clone(),
            styles: sale.styles.clone(),
        })
        .collect();
    let thanks = |rule, of: &ReferralFact, kind, after| Wanted {
        cause: Cause { rule, subject: of.newcomer.clone() },
        kind,
        due: of.day + after,
        store: Some(of.store),
        about: None,
        styles: Vec::new(),
    };
    let brought = facts.brought.iter();
    all.extend(brought.map(|of| thanks(Rule::ReferrerThanks, of, TaskKind::Message, 0)));
    if let Some(came) = &facts.came {
        let within = rules.newcomer.call_within_days;
        all.push(thanks(Rule::NewcomerThanks, came, TaskKind::Message, 0));
        all.push(thanks(Rule::NewcomerCall, came, TaskKind::Call, within));
    }
    all.extend(thresholds(rules, facts, today));
    all
}

/// Amounts that her spending has reached and not fallen below again (S49).
fn thresholds(rules: &Rules, facts: &Facts, today: i32) -> Vec<Wanted> {
    let mut days: BTreeMap<i32, i128> = BTreeMap::new();
    for dated in facts.amounts.iter().filter(|dated| dated.day <= today) {
        *days.entry(dated.day).or_default() += i128::from(dated.amount.units());
    }
    let year = |day: i32| if rules.threshold.yearly { Date::of(day).year } else { 0 };
    let mut sums: BTreeMap<i32, Vec<(i32, i128)>> = BTreeMap::new();
    for (day, amount) in days {
        let sums = sums.entry(year(day)).or_default();
        let before = sums.last().map_or(0, |(_, sum)| *sum);
        sums.push((day, before + amount));
    }
    let mut all = Vec::new();
    for (year, sums) in &sums {
        let now = sums.last().map_or(0, |(_, sum)| *sum);
        let reached = rules.threshold.amounts.iter().filter(|least| i128::from(**least) <= now);
        for least in reached {
            let first = sums.iter().find(|(_, sum)| *sum >= i128::from(*least));
            let due = first.map_or(today, |(day, _)| *day);
            let sale = facts.sales.iter().filter(|sale| sale.day <= due);
            let sale = sale.max_by_key(|sale| (sale.day, &sale.place));
            all.push(Wanted {
                cause: Cause { rule: Rule::Threshold, subject: format!("{year}:{least}") },
                kind: TaskKind::Message,
                due,
                store: sale.map(|sale| sale.store),
                about: None,
                styles: Vec::new(),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests;
