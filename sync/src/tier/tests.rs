//! The rule against plain counting day by day, and the bugs that others have had.

mod counting;
mod wire;
mod wording;

use super::*;
use crate::phone::Phone;
use proptest::collection::vec;
use proptest::prelude::*;

const TODAY: i32 = 20_000;

fn dated(day: i32, units: i64) -> DatedAmount {
    DatedAmount { day, amount: Minor::new(units) }
}

fn name_of(amounts: &[DatedAmount]) -> Option<String> {
    tier(&TierPolicy::default(), amounts, TODAY).map(|standing| standing.name)
}

/// 银卡, 金卡 and 钻石卡 over a year, each kept for a year.
fn yearly(then: Then) -> TierPolicy {
    TierPolicy { keep: Keep::Term { days: 365, then }, ..TierPolicy::default() }
}

fn held(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Option<String> {
    tier(policy, amounts, today).map(|standing| standing.name)
}

#[test]
fn the_boundary_belongs_to_the_tier() {
    assert_eq!(name_of(&[dated(TODAY, 99_999)]), None);
    assert_eq!(name_of(&[dated(TODAY, 100_000)]).as_deref(), Some("银卡"));
    assert_eq!(name_of(&[dated(TODAY, 500_000)]).as_deref(), Some("金卡"));
    assert_eq!(name_of(&[dated(TODAY, 2_000_000)]).as_deref(), Some("钻石卡"));
    let term = yearly(Then::OneDown);
    assert_eq!(held(&term, &[dated(TODAY, 99_999)], TODAY), None);
    assert_eq!(held(&term, &[dated(TODAY, 100_000)], TODAY).as_deref(), Some("银卡"));
}

#[test]
fn a_sale_counts_for_exactly_the_window() {
    assert!(name_of(&[dated(TODAY - 364, 100_000)]).is_some());
    assert!(name_of(&[dated(TODAY - 365, 100_000)]).is_none());
    assert!(name_of(&[dated(TODAY + 4_000, 100_000)]).is_some(), "a clock that is ahead");
    let term = yearly(Then::Balance);
    assert!(held(&term, &[dated(TODAY + 4_000, 100_000)], TODAY).is_some(), "with terms too");
}

#[test]
fn the_gap_leads_exactly_to_the_next_tier() {
    let standing = tier(&TierPolicy::default(), &[dated(TODAY, 110_415)], TODAY).unwrap();
    assert_eq!(standing.next, Some(NextTier { name: "金卡".into(), gap: Minor::new(389_585) }));
    assert_eq!(next_tier(&TierPolicy::default(), Minor::new(2_000_000)), None);
}

/// Others computed the tier from everything she ever spent.
#[test]
fn what_was_spent_before_the_window_makes_no_tier() {
    let long_ago = [dated(TODAY - 800, 5_000_000), dated(TODAY - 10, 99_999)];
    assert_eq!(name_of(&long_ago), None);
    assert_eq!(held(&yearly(Then::Balance), &long_ago, TODAY), None);
}

/// Others forgot to look again when a return came.
/// S104.
#[test]
fn a_return_takes_the_tier_away_even_within_its_term() {
    let sold = [dated(TODAY - 20, 400_000), dated(TODAY - 10, 100_000)];
    let returned = [sold[0], sold[1], dated(TODAY - 5, -1)];
    for policy in [TierPolicy::default(), yearly(Then::OneDown), yearly(Then::Balance)] {
        assert_eq!(held(&policy, &sold, TODAY).as_deref(), Some("金卡"));
        assert_eq!(held(&policy, &returned, TODAY).as_deref(), Some("银卡"));
    }
}

/// What came later and went back does not touch what she reached before.
#[test]
fn a_return_of_a_later_purchase_leaves_the_term_alone() {
    let before = [dated(TODAY - 300, 500_000)];
    let after = [before[0], dated(TODAY - 20, 80_000), dated(TODAY - 10, -80_000)];
    let policy = yearly(Then::OneDown);
    assert_eq!(tier(&policy, &after, TODAY), tier(&policy, &before, TODAY));
}

/// Others counted what had expired, or kept a tier for ever.
#[test]
fn a_tier_goes_down_by_itself() {
    let bought = [dated(TODAY, 500_000)];
    let at = |then, days| held(&yearly(then), &bought, TODAY + days);
    for then in [Then::OneDown, Then::Balance] {
        assert_eq!(at(then, 364).as_deref(), Some("金卡"));
    }
    assert_eq!(at(Then::Balance, 365), None);
    assert_eq!(at(Then::OneDown, 365).as_deref(), Some("银卡"));
    assert_eq!(at(Then::OneDown, 2 * 365 - 1).as_deref(), Some("银卡"));
    assert_eq!(at(Then::OneDown, 2 * 365), None, "none below the lowest");
    assert_eq!(held(&TierPolicy::default(), &bought, TODAY + 365), None);
}

#[test]
fn what_reaches_the_tier_again_renews_it_when_the_term_ends() {
    let bought = [dated(TODAY, 500_000), dated(TODAY + 100, 500_000)];
    let policy = yearly(Then::Balance);
    let standing = tier(&policy, &bought, TODAY + 100).unwrap();
    assert_eq!((standing.since, standing.until), (Some(TODAY), Some(TODAY + 2 * 365 - 1)));
    let renewed = tier(&policy, &bought, TODAY + 365).unwrap();
    assert_eq!((renewed.since, renewed.until), (Some(TODAY + 365), Some(TODAY + 2 * 365 - 1)));
    assert_eq!(held(&policy, &bought, TODAY + 2 * 365), None);
}

#[test]
fn the_balance_may_be_a_tier_below() {
    let bought = [dated(TODAY, 2_000_000), dated(TODAY + 200, 100_000)];
    let at = |then, days| held(&yearly(then), &bought, TODAY + days);
    assert_eq!(at(Then::Balance, 365).as_deref(), Some("银卡"));
    assert_eq!(at(Then::OneDown, 365).as_deref(), Some("金卡"));
    assert_eq!(at(Then::Balance, 2 * 365 - 1).as_deref(), Some("银卡"), "for a term of its own");
    assert_eq!(at(Then::Balance, 2 * 365), None);
}

/// Others went one tier at a time, however much was spent.
#[test]
fn one_purchase_may_jump_two_tiers_and_begins_a_new_term() {
    let bought = [dated(TODAY, 100_000), dated(TODAY + 300, 1_900_000)];
    let standing = tier(&yearly(Then::OneDown), &bought, TODAY + 300).unwrap();
    assert_eq!((standing.name.as_str(), standing.next), ("钻石卡", None));
    assert_eq!((standing.since, standing.until), (Some(TODAY + 300), Some(TODAY + 664)));
}

#[test]
fn a_negative_total_is_no_tier_and_no_panic() {
    for policy in [TierPolicy::default(), yearly(Then::OneDown)] {
        assert_eq!(tier(&policy, &[dated(TODAY, -1)], TODAY), None);
        assert_eq!(tier(&policy, &[dated(TODAY, i64::MIN), dated(TODAY, i64::MIN)], TODAY), None);
    }
    // A return whose sale we never saw takes nothing from what she buys later, where terms are kept.
    let returned = [dated(TODAY - 9, -300_000), dated(TODAY, 100_000)];
    assert_eq!(held(&yearly(Then::OneDown), &returned, TODAY).as_deref(), Some("银卡"));
    assert_eq!(name_of(&returned), None, "the window alone adds up what is in it");
}

#[test]
fn a_tier_from_nothing_is_everybodys_and_never_ends() {
    let mut policy = yearly(Then::OneDown);
    let everybody = TierRule { name: "会员".into(), ..TierRule::default() };
    policy.tiers.push(everybody);
    let nobody = tier(&policy, &[], TODAY).unwrap();
    assert_eq!((nobody.name.as_str(), nobody.until, nobody.keep), ("会员", None, None));
    let bought = [dated(TODAY, 100_000)];
    assert_eq!(held(&policy, &bought, TODAY + 364).as_deref(), Some("银卡"));
    assert_eq!(tier(&policy, &bought, TODAY + 365).unwrap().since, None);
    policy.keep = Keep::Rolling;
    assert_eq!(held(&policy, &[], TODAY).as_deref(), Some("会员"));
    assert_eq!(held(&policy, &[dated(TODAY, -1)], TODAY), None, "below nothing");
}

/// The example that the cashier reads: what leaves the window before the term ends must come anew.
#[test]
fn what_keeps_gold_is_what_will_have_left_the_window() {
    let bought = [dated(TODAY - 30, 128_800), dated(TODAY, 400_000)];
    let standing = tier(&yearly(Then::OneDown), &bought, TODAY + 10).unwrap();
    assert_eq!((standing.name.as_str(), standing.spend), ("金卡", Minor::new(528_800)));
    assert_eq!(standing.until, Some(TODAY + 364));
    let keep = ToKeep { gap: Minor::new(500_000), from: None, by: TODAY + 364 };
    assert_eq!(standing.keep, Some(keep), "both purchases have left by then");
}

#[test]
fn a_term_longer_than_the_window_says_from_when_buying_helps() {
    let two_years = Keep::Term { days: 730, then: Then::OneDown };
    let policy = TierPolicy { keep: two_years, ..TierPolicy::default() };
    let keep = tier(&policy, &[dated(TODAY, 500_000)], TODAY).unwrap().keep.unwrap();
    let expected = ToKeep { gap: Minor::new(500_000), from: Some(TODAY + 366), by: TODAY + 729 };
    assert_eq!(keep, expected);
}

#[test]
fn a_window_over_a_lifetime_ends_nothing() {
    for keep in [Keep::Rolling, Keep::Term { days: 1, then: Then::OneDown }] {
        let policy = TierPolicy { window_days: u32::MAX, keep, ..TierPolicy::default() };
        let standing = tier(&policy, &[dated(0, 500_000)], TODAY).unwrap();
        assert_eq!((standing.name.as_str(), standing.until), ("金卡", None));
    }
}

#[test]
fn numbers_that_are_no_customers_are_held_out() {
    let own = Phone::parse("13900001234").unwrap();
    let typed = Phone::parse("13800000000").unwrap();
    assert_eq!(held_out(&own, false, &[]), None);
    assert_eq!(held_out(&own, false, &[(1, 3), (2, 3)]), None, "three a day are hers");
    assert_eq!(held_out(&own, false, &[(1, 3), (2, 4)]), Some(HeldOut::TooOften));
    assert_eq!(held_out(&own, false, &[(1, 2), (1, 2)]), Some(HeldOut::TooOften), "two tills");
    assert_eq!(held_out(&own, false, &[(1, u32::MAX), (1, u32::MAX)]), Some(HeldOut::TooOften));
    assert_eq!(held_out(&own, true, &[(1, 9)]), Some(HeldOut::Staff));
    assert_eq!(held_out(&typed, true, &[]), Some(HeldOut::Placeholder));
}

prop_compose! {
    fn some_amount()(day in TODAY - 800..TODAY + 5, units in -3_000_000i64..3_000_000) -> DatedAmount {
        dated(day, units)
    }
}

proptest! {
    /// A return of the same day takes exactly its sale back, wherever it stands in the list.
    #[test]
    fn a_full_return_leaves_no_trace(
        amounts in vec(some_amount(), 0..12), sale in some_amount(), at in 0usize..12,
    ) {
        let mut with = amounts.clone();
        with.insert(at.min(amounts.len()), sale);
        with.push(DatedAmount { amount: sale.amount.negated(), ..sale });
        for policy in [TierPolicy::default(), yearly(Then::OneDown), yearly(Then::Balance)] {
            prop_assert_eq!(tier(&policy, &with, TODAY), tier(&policy, &amounts, TODAY));
        }
    }

    /// The tier is the highest one whose minimum the window's sum reaches, by plain counting.
    #[test]
    fn the_tier_agrees_with_plain_counting(amounts in vec(some_amount(), 0..12)) {
        let mut spend = 0;
        for dated in &amounts {
            if dated.day > TODAY - 365 {
                spend += dated.amount.units();
            }
        }
        let plain = match spend {
            2_000_000.. => Some("钻石卡"),
            500_000.. => Some("金卡"),
            100_000.. => Some("银卡"),
            _ => None,
        };
        let name = name_of(&amounts);
        prop_assert_eq!(name.as_deref(), plain);
    }
}
