//! Small shops, in which everything is counted day by day.

use super::*;

/// The last day that a small shop sees.
const DAYS: i32 = 60;

prop_compose! {
    fn some_purchase()(day in 0..DAYS, units in -40i64..60) -> DatedAmount {
        dated(day, units)
    }
}

fn purchases() -> impl Strategy<Value = Vec<DatedAmount>> {
    vec(some_purchase(), 0..14)
}

fn some_term() -> impl Strategy<Value = Keep> {
    let term = |then| (1u32..30).prop_map(move |days| Keep::Term { days, then });
    prop_oneof![term(Then::OneDown), term(Then::Balance)]
}

fn some_keep() -> impl Strategy<Value = Keep> {
    prop_oneof![1 => Just(Keep::Rolling), 2 => some_term()]
}

prop_compose! {
    fn some_policy()(keep in some_keep(), window_days in 1u32..25, lowest in 0i64..20) -> TierPolicy {
        let rule = |name: &str, units| TierRule {
            name: name.into(), spend_min: Minor::new(units), ..TierRule::default()
        };
        // Out of order, as a policy may be.
        let tiers = vec![rule("2", 70), rule("0", lowest), rule("1", 30)];
        TierPolicy { tiers, window_days, keep, ..TierPolicy::default() }
    }
}

fn level(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Option<i64> {
    tier(policy, amounts, today).map(|standing| standing.spend_min.units())
}

/// Spend and tier by walking through every day.
fn walked(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> (i64, Option<i64>) {
    let mut bought = [0i64; 100];
    for dated in amounts {
        bought[usize::try_from(dated.day.min(today)).unwrap()] += dated.amount.units();
    }
    let (Keep::Term { days, then }, window) =
        (policy.keep, i32::try_from(policy.window_days).unwrap())
    else {
        unreachable!("a window alone needs no walk")
    };
    for day in 0..100usize {
        let mut debt = -bought[day].min(0);
        bought[day] = bought[day].max(0);
        for before in (0..day).rev().take(policy.window_days as usize - 1) {
            let back = debt.min(bought[before]);
            bought[before] -= back;
            debt -= back;
        }
    }
    let mut mins: Vec<i64> = policy.tiers.iter().map(|rule| rule.spend_min.units()).collect();
    mins.sort_unstable();
    let reach = |spend: i64| mins.iter().filter(|min| **min <= spend).max().copied();
    let (mut held, mut left, mut spend) = (reach(0), 0i64, 0);
    for day in 0..=today {
        spend =
            (0.max(day - window + 1)..=day).map(|day| bought[usize::try_from(day).unwrap()]).sum();
        left -= 1;
        if left == 0 && reach(spend) < held {
            held = match then {
                Then::OneDown => mins.iter().filter(|min| Some(**min) < held).max().copied(),
                Then::Balance => reach(spend),
            };
            held = held.max(reach(0));
            left = i64::from(days);
        } else if left == 0 || reach(spend) > held {
            held = held.max(reach(spend));
            left = i64::from(days);
        }
        if held == reach(0) {
            left = 0; // everybody's
        }
    }
    (spend, held)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Terms agree with walking through every day.
    #[test]
    fn terms_agree_with_a_walk_through_the_days(
        policy in some_policy(), keep in some_term(), amounts in purchases(), today in 0..90i32,
    ) {
        let policy = TierPolicy { keep, ..policy };
        let (spend, held) = walked(&policy, &amounts, today);
        prop_assert_eq!(net_spend(&policy, &amounts, today), Minor::new(spend));
        prop_assert_eq!(level(&policy, &amounts, today), held);
    }

    /// Neither the order of the amounts matters nor whether a day's come one by one.
    #[test]
    fn the_order_of_amounts_changes_nothing(
        policy in some_policy(), mut amounts in purchases(), today in 0..90i32, seed: u64,
    ) {
        let as_drawn = tier(&policy, &amounts, today);
        let day_of = |dated: &DatedAmount| dated.day;
        amounts.sort_by_key(|dated| (u64::from(dated.day.unsigned_abs()) + 7).wrapping_mul(seed | 1));
        prop_assert_eq!(&tier(&policy, &amounts, today), &as_drawn);
        amounts.sort_by_key(day_of);
        let daily: Vec<DatedAmount> = amounts
            .chunk_by(|a, b| a.day == b.day)
            .map(|day| DatedAmount { amount: day.iter().map(|dated| dated.amount).sum(), ..day[0] })
            .collect();
        prop_assert_eq!(&tier(&policy, &daily, today), &as_drawn);
    }

    /// Nothing that a till's clock or a misread receipt can say stops us.
    #[test]
    fn no_amount_is_too_large_and_no_day_too_far(
        keep in some_keep(), window_days: u32, today: i32,
        days in vec((any::<i32>(), any::<i64>()), 0..8),
    ) {
        let policy = TierPolicy { keep, window_days, ..TierPolicy::default() };
        let amounts: Vec<_> = days.iter().map(|(day, units)| dated(*day, *units)).collect();
        let backwards: Vec<_> = amounts.iter().rev().copied().collect();
        let standing = tier(&policy, &amounts, today);
        prop_assert_eq!(&standing, &tier(&policy, &backwards, today));
        prop_assert!(standing.is_none_or(|standing| standing.until.is_none_or(|until| until >= today)));
    }

    /// A term never gives less than the window alone.
    #[test]
    fn a_term_gives_no_less_than_the_window(
        policy in some_policy(), amounts in purchases(), today in 0..90i32,
    ) {
        let rolling = TierPolicy { keep: Keep::Rolling, ..policy.clone() };
        prop_assert!(level(&policy, &amounts, today) >= level(&rolling, &amounts, today));
        prop_assert!(net_spend(&policy, &amounts, today) >= net_spend(&rolling, &amounts, today));
    }

    /// If the next that happens after a purchase is its return, it never was.
    #[test]
    fn what_is_returned_next_was_never_bought(
        policy in some_policy(), keep in some_term(), mut amounts in purchases(), day in 0..DAYS,
        units in 1..200i64, later in 0..25i32, today in DAYS + 25..120i32,
    ) {
        let policy = TierPolicy { keep, ..policy };
        let later = later.min(i32::try_from(policy.window_days).unwrap() - 1);
        amounts.retain(|dated| !(day..=day + later).contains(&dated.day));
        let without = tier(&policy, &amounts, today);
        amounts.extend([dated(day, units), dated(day + later, -units)]);
        prop_assert_eq!(tier(&policy, &amounts, today), without);
    }

    /// Whoever buys nothing more keeps her tier until exactly that day; also if a clock is ahead.
    #[test]
    fn until_is_the_last_day(policy in some_policy(), amounts in purchases(), today in 0..90i32) {
        let Some(standing) = tier(&policy, &amounts, today) else { return Ok(()) };
        let has = |day| level(&policy, &amounts, day) >= Some(standing.spend_min.units());
        let until = standing.until.unwrap_or(today + 200);
        prop_assert!((today..=until).all(has), "{:?}", standing);
        prop_assert!(standing.until.is_none() || !has(until + 1), "{:?}", standing);
    }

    /// What is said to keep a tier keeps it, on each day on which it is said to help; one fen less does not.
    #[test]
    fn the_gap_keeps_exactly(policy in some_policy(), mut amounts in purchases(), today in 0..90i32) {
        // What goes back today is taken from what she buys today.
        amounts.retain(|dated| dated.day < today || dated.day == today && dated.amount > Minor::ZERO);
        let Some(standing) = tier(&policy, &amounts, today) else { return Ok(()) };
        let Some(keep) = standing.keep else {
            // What is bought in so short a window has left it the day after.
            prop_assert!(standing.until.is_none() || policy.window_days < 2);
            return Ok(());
        };
        prop_assert_eq!(Some(keep.by), standing.until);
        let after = |day, units| {
            let with = [&amounts[..], &[dated(day, units)]].concat();
            level(&policy, &with, keep.by + 1) >= Some(standing.spend_min.units())
        };
        prop_assert!(keep.gap > Minor::ZERO && !after(keep.by, keep.gap.units() - 1), "{:?}", standing);
        let first = keep.from.unwrap_or(today);
        prop_assert!(first >= today);
        for day in first..=keep.by {
            prop_assert!(after(day, keep.gap.units()), "on {} {:?}", day, standing);
        }
    }

    /// What HQ leaves out today changes nothing, today or later, whatever is bought and returned meanwhile.
    #[test]
    fn what_lies_beyond_the_horizon_changes_nothing(
        policy in some_policy(), amounts in purchases(), sent in 0..DAYS, wait in 0..40i32, ahead: bool,
    ) {
        let (known, later): (Vec<DatedAmount>, Vec<DatedAmount>) =
            amounts.iter().partition(|dated| dated.day <= sent || ahead && dated.day % 3 == 0);
        let horizon = i64::from(horizon_days(&policy, &known, sent));
        let near = |dated: &&DatedAmount| i64::from(sent) - i64::from(dated.day) < horizon;
        let mut at_the_till: Vec<DatedAmount> = known.iter().filter(near).copied().collect();
        prop_assert_eq!(tier(&policy, &at_the_till, sent), tier(&policy, &known, sent));
        at_the_till.extend(later);
        prop_assert_eq!(tier(&policy, &at_the_till, sent + wait), tier(&policy, &amounts, sent + wait));
        if policy.keep == Keep::Rolling {
            prop_assert_eq!(horizon, i64::from(policy.window_days));
        }
    }
}
