//! The engine's promises, over random lives of a customer.

use super::*;
use crate::money::Minor;
use crate::tier::DatedAmount;
use proptest::collection::vec;
use proptest::prelude::*;

const TODAY: i32 = 20_000;
const HERE: StoreId = StoreId([1; 16]);
const THERE: StoreId = StoreId([2; 16]);

fn sale(place: &str, day: i32, units: i64) -> SaleFact {
    SaleFact {
        place: place.into(),
        day,
        store: HERE,
        total: Minor::new(units),
        back: Vec::new(),
        item: None,
        styles: Vec::new(),
    }
}

fn of(sales: Vec<SaleFact>) -> Facts {
    let amounts = sales.iter().map(|sale| DatedAmount { day: sale.day, amount: sale.net() });
    Facts { amounts: amounts.collect(), sales, ..Facts::default() }
}

fn rules() -> &'static Rules {
    static RULES: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(Rules::shipped);
    &RULES
}

fn referral(newcomer: &str, day: i32) -> ReferralFact {
    ReferralFact { newcomer: newcomer.into(), day, store: HERE }
}

/// The book in memory: what [`plan`] says is done to it, as `book` does it to the tables.
#[derive(Default)]
struct Shelf {
    known: Known,
    /// Every task ever made: number, day, and whether it was cancelled.
    made: Vec<(i64, i32, bool)>,
    fired: Vec<Cause>,
}

impl Shelf {
    fn apply(&mut self, plan: Plan) {
        for (id, cause) in plan.drop {
            self.open(id).causes.remove(&cause);
        }
        for id in plan.cancel {
            assert!(self.open(id).causes.is_empty());
            self.known.open.retain(|task| task.id != id);
            self.made.iter_mut().filter(|made| made.0 == id).for_each(|made| made.2 = true);
        }
        for (id, wanted) in plan.join {
            let task = self.open(id);
            task.causes.insert(wanted.cause.clone());
            task.kind =
                if strength(wanted.kind) > strength(task.kind) { wanted.kind } else { task.kind };
            self.fire(wanted.cause);
        }
        for draft in plan.make {
            let id = i64::try_from(self.made.len()).unwrap();
            let causes = draft.wanted.iter().map(|wanted| wanted.cause.clone()).collect();
            self.known.open.push(OpenTask { id, kind: draft.kind, due: draft.due, causes });
            self.made.push((id, draft.due, false));
            draft.wanted.into_iter().for_each(|wanted| self.fire(wanted.cause));
        }
        plan.held.into_iter().for_each(|cause| self.fire(cause));
    }

    fn open(&mut self, id: i64) -> &mut OpenTask {
        self.known.open.iter_mut().find(|task| task.id == id).expect("the plan names open tasks")
    }

    fn fire(&mut self, cause: Cause) {
        self.known.fired.insert(cause.clone());
        self.fired.push(cause);
    }

    /// The people do what is due.
    fn work(&mut self, day: i32) {
        let (done, open) = self.known.open.drain(..).partition(|task| task.due <= day);
        self.known.open = open;
        let done: Vec<OpenTask> = done;
        self.known.touched.extend(done.iter().map(|_| day));
    }
}

#[test]
fn s44_a_sale_of_2000_is_called_about_on_day_7_and_one_of_1999_99_is_not() {
    let small = plan(rules(), &of(vec![sale("1/1", TODAY, 199_999)]), &Known::default(), TODAY);
    assert_eq!(small, Plan::default());
    let large = plan(rules(), &of(vec![sale("1/1", TODAY, 200_000)]), &Known::default(), TODAY);
    assert_eq!(large.make.len(), 1);
    assert_eq!((large.make[0].kind, large.make[0].due), (TaskKind::Call, TODAY + 7));
}

#[test]
fn s44_a_refund_below_2000_before_the_day_cancels_the_call() {
    let mut facts = of(vec![sale("1/1", TODAY, 200_000)]);
    let mut shelf = Shelf::default();
    shelf.apply(plan(rules(), &facts, &shelf.known, TODAY));
    facts.sales[0].back.push(DatedAmount { day: TODAY + 3, amount: Minor::new(-1) });
    let later = plan(rules(), &facts, &shelf.known, TODAY + 3);
    assert_eq!((later.cancel.len(), later.make.len()), (1, 0));
}

#[test]
fn s46_s47_who_brought_and_who_came_are_both_thanked_the_same_day() {
    let referrer = Facts { brought: vec![referral("x", TODAY)], ..Facts::default() };
    let thanks = plan(rules(), &referrer, &Known::default(), TODAY);
    assert_eq!((thanks.make[0].kind, thanks.make[0].due), (TaskKind::Message, TODAY));
    let newcomer = Facts { came: Some(referral("x", TODAY)), ..of(vec![sale("1/1", TODAY, 1)]) };
    let welcome = plan(rules(), &newcomer, &Known::default(), TODAY);
    let rules: Vec<(Rule, i32)> =
        welcome.make.iter().map(|draft| (draft.wanted[0].cause.rule, draft.due)).collect();
    assert_eq!(rules, [(Rule::NewcomerThanks, TODAY), (Rule::NewcomerCall, TODAY + 7)]);
}

#[test]
fn s48_the_newcomers_call_and_the_large_sales_call_are_one() {
    let facts = Facts {
        came: Some(referral("x", TODAY)),
        ..of(vec![sale("1/1", TODAY, 300_000), sale("1/2", TODAY + 2, 250_000)])
    };
    let plan = plan(rules(), &facts, &Known::default(), TODAY + 2);
    let calls: Vec<&Draft> =
        plan.make.iter().filter(|draft| draft.kind == TaskKind::Call).collect();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].due, calls[0].wanted.len()), (TODAY + 7, 3));
}

#[test]
fn s49_a_threshold_fires_once_also_when_two_stores_cross_it_on_one_day() {
    let mut facts = of(vec![sale("1/1", TODAY, 100_000), sale("2/1", TODAY, 950_000)]);
    facts.sales[1].store = THERE;
    let mut shelf = Shelf::default();
    shelf.apply(plan(rules(), &facts, &shelf.known, TODAY));
    let thresholds =
        |shelf: &Shelf| shelf.fired.iter().filter(|cause| cause.rule == Rule::Threshold).count();
    assert_eq!(thresholds(&shelf), 1);
    facts.amounts.push(DatedAmount { day: TODAY + 1, amount: Minor::new(100_000) });
    shelf.apply(plan(rules(), &facts, &shelf.known, TODAY + 1));
    assert_eq!(thresholds(&shelf), 1);
}

#[test]
fn s119_the_cap_moves_a_touch_to_the_next_day_it_fits() {
    let known = Known { touched: vec![TODAY - 1, TODAY - 2], ..Known::default() };
    let facts = Facts { brought: vec![referral("x", TODAY)], ..Facts::default() };
    let plan = plan(rules(), &facts, &known, TODAY);
    assert_eq!(plan.make[0].due, TODAY + 5, "the touch of two days ago is seven days old then");
}

#[test]
fn s45_an_agreed_time_is_kept_whatever_the_caps_say() {
    let known = Known { touched: vec![TODAY, TODAY - 1, TODAY - 2], ..Known::default() };
    let wanted = Wanted {
        cause: Cause { rule: Rule::Appointment, subject: "7".into() },
        kind: TaskKind::Call,
        due: TODAY + 1,
        store: Some(HERE),
        about: None,
        styles: Vec::new(),
    };
    assert_eq!(add(rules(), vec![wanted], &known, TODAY).make[0].due, TODAY + 1);
}

#[test]
fn who_is_left_alone_loses_what_was_open() {
    let mut facts = of(vec![sale("1/1", TODAY, 200_000)]);
    let mut shelf = Shelf::default();
    shelf.apply(plan(rules(), &facts, &shelf.known, TODAY));
    facts.excluded = true;
    assert_eq!(plan(rules(), &facts, &shelf.known, TODAY).cancel.len(), 1);
}

/// A sale's day and amount, and what came back after so many days.
type Bought = (i32, i64, Option<(i32, i64)>);

#[derive(Clone, Debug)]
struct Life {
    sales: Vec<Bought>,
    brought: Vec<i32>,
    came: Option<i32>,
}

fn life() -> impl Strategy<Value = Life> {
    let back = proptest::option::of((0i32..20, 1i64..400_000));
    let sales = vec((0i32..60, 1i64..1_200_000, back), 0..8);
    let referrals = (vec(0i32..60, 0..3), proptest::option::of(0i32..60));
    (sales, referrals).prop_map(|(sales, (brought, came))| Life { sales, brought, came })
}

fn facts(life: &Life) -> Facts {
    let mut sales: Vec<SaleFact> = Vec::new();
    for (at, (day, units, back)) in life.sales.iter().enumerate() {
        let mut sale = sale(&format!("1/{at}"), TODAY + day, *units);
        sale.back.extend(back.map(|(after, units)| DatedAmount {
            day: sale.day + after,
            amount: Minor::new(-units),
        }));
        sales.push(sale);
    }
    let amounts = sales.iter().flat_map(|sale| {
        let own = DatedAmount { day: sale.day, amount: sale.total };
        std::iter::once(own).chain(sale.back.iter().copied()).collect::<Vec<_>>()
    });
    Facts {
        amounts: amounts.collect(),
        brought: (0..)
            .zip(&life.brought)
            .map(|(at, day): (i32, _)| referral(&at.to_string(), TODAY + day))
            .collect(),
        came: life.came.map(|day| referral("her", TODAY + day)),
        excluded: false,
        sales,
    }
}

/// Lives through 100 days; HQ hears on the days that `heard` has, people work on those of `works`.
fn live(facts: &Facts, heard: &[bool], works: &[bool]) -> Shelf {
    let mut shelf = Shelf::default();
    for day in 0..100usize {
        let today = TODAY + i32::try_from(day).unwrap();
        if heard[day % heard.len()] {
            shelf.apply(plan(rules(), &facts.as_of(today), &shelf.known, today));
        }
        if works[day % works.len()] {
            shelf.work(today);
        }
    }
    shelf
}

proptest! {
    #[test]
    fn no_two_tasks_for_one_person_lie_on_one_day(
        life in life(), heard in vec(any::<bool>(), 1..9), works in vec(any::<bool>(), 1..5),
    ) {
        let shelf = live(&facts(&life), &heard, &works);
        let mut days: Vec<i32> = shelf.made.iter().filter(|made| !made.2).map(|made| made.1).collect();
        days.sort_unstable();
        prop_assert!(days.windows(2).all(|pair| pair[0] != pair[1]), "{days:?}");
    }

    #[test]
    fn a_rule_never_fires_twice_for_the_same_sale(
        life in life(), heard in vec(any::<bool>(), 1..9), works in vec(any::<bool>(), 1..5),
    ) {
        let mut fired = live(&facts(&life), &heard, &works).fired;
        let all = fired.len();
        fired.sort();
        fired.dedup();
        prop_assert_eq!(fired.len(), all);
    }

    #[test]
    fn a_refund_in_time_leaves_no_call_about_the_sale(units in 200_000i64..1_000_000, after in 0i32..7) {
        let mut refunded = of(vec![sale("1/1", TODAY, units)]);
        let amount = Minor::new(199_999 - units);
        refunded.sales[0].back.push(DatedAmount { day: TODAY + after, amount });
        let shelf = live(&refunded, &[true], &[true]);
        prop_assert!(shelf.made.iter().filter(|made| made.1 == TODAY + 7).all(|made| made.2));
    }

    #[test]
    fn the_plan_does_not_depend_on_the_order_of_the_facts(
        life in life(), day in 0i32..70, seed in any::<u64>(),
    ) {
        let facts = facts(&life).as_of(TODAY + day);
        let mut mixed = facts.clone();
        let key = |at: usize| seed.rotate_left(u32::try_from(at * 7 % 64).unwrap()) ^ at as u64;
        let mut at = 0;
        mixed.sales.sort_by_cached_key(|_| { at += 1; key(at) });
        mixed.amounts.sort_by_cached_key(|_| { at += 1; key(at) });
        mixed.brought.sort_by_cached_key(|_| { at += 1; key(at) });
        let known = Known::default();
        prop_assert_eq!(
            plan(rules(), &facts, &known, TODAY + day),
            plan(rules(), &mixed, &known, TODAY + day)
        );
    }

    #[test]
    fn no_seven_days_hold_more_touches_than_the_cap(life in life(), heard in vec(any::<bool>(), 1..9)) {
        let shelf = live(&facts(&life), &heard, &[true]);
        let days: Vec<i32> = shelf.made.iter().filter(|made| !made.2).map(|made| made.1).collect();
        for first in TODAY..TODAY + 100 {
            let within = days.iter().filter(|day| (first..first + 7).contains(*day)).count();
            prop_assert!(within <= usize::from(rules().caps.per_week), "{days:?} from {first}");
        }
    }
}
