//! Properties over made-up series.
//!
//! Not here: what tills do in real life (the parent module).

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;

/// A till that restarts every day, or goes on for ever; numbers in `lost` (indices) left out.
fn regular(days: i32, a_day: u32, restarts: bool, step: u32) -> Printed {
    (0..days)
        .flat_map(|day| {
            let first = if restarts { 1 } else { 1 + day.unsigned_abs() * a_day };
            let counters = (first..first + a_day).map(move |n| n * step);
            match restarts {
                true => dated(DAY + day, counters),
                false => on(DAY + day, counters.map(|n| format!("{n:07}"))),
            }
        })
        .collect()
}

proptest! {
    /// The promise: what was taken off the line is named, and nothing else is.
    #[test]
    fn whatever_is_lost_is_named_exactly(
        days in 1i32..5,
        a_day in 45u32..90,
        restarts: bool,
        step in prop::sample::select(vec![1u32, 2, 10]),
        lost in btree_set(1u32..40, 0..6),
    ) {
        let all = regular(days, a_day, restarts, step);
        // All on the last day, and not its last, after which nothing shows that it was given.
        let from = all.len() - a_day as usize;
        let lost: BTreeSet<usize> = lost.iter().map(|&at| from + at as usize).collect();
        let kept = all.iter().enumerate().filter(|(at, _)| !lost.contains(at));
        let kept: Printed = kept.map(|(_, one)| one.clone()).collect();
        let expected: Vec<String> = lost.iter().map(|&at| all[at].0.clone()).collect();
        prop_assert_eq!(claimed(&kept), expected);
    }

    /// Order numbers at random prove nothing, however small the range and however many the days.
    #[test]
    fn random_numbers_never_claim(
        below in prop::sample::select(vec![30u64, 100, 300, 1_000, 100_000, u64::MAX]),
        drawn in vec(any::<u64>(), 0..400),
        a_day in 1usize..200,
        width in prop::sample::select(vec![0usize, 4, 8]),
    ) {
        let number = |at: usize| format!("{:0width$}", drawn[at] % below);
        let day = |at: usize| DAY + i32::try_from(at / a_day).unwrap();
        let printed = (0..drawn.len()).map(|at| (number(at), day(at))).collect();
        prop_assert_eq!(claimed(&printed), [""; 0]);
    }

    /// Second copies, late reprints and neighbours that change places are a till's daily life.
    #[test]
    fn copies_and_swaps_never_claim(
        days in 1i32..6,
        a_day in 5u32..60,
        restarts: bool,
        swaps in vec(any::<prop::sample::Index>(), 0..20),
        copies in vec((any::<prop::sample::Index>(), 0usize..60), 0..20),
    ) {
        let mut printed = regular(days, a_day, restarts, 1);
        for swap in swaps {
            let at = swap.index(printed.len() - 1);
            let (left, right) = printed.split_at_mut(at + 1);
            std::mem::swap(&mut left[at].0, &mut right[0].0);
        }
        // A till that prints more old receipts than new ones shows no order.
        let few = printed.len() / 8;
        for (copy, later) in copies.into_iter().take(few) {
            let at = copy.index(printed.len());
            let to = (at + later).min(printed.len() - 1);
            printed.insert(to + 1, (printed[at].0.clone(), printed[to].1));
        }
        prop_assert_eq!(claimed(&printed), [""; 0]);
    }

    /// The paper is hostile: nothing in a number stops the till, and a claim was never seen.
    #[test]
    fn no_number_stops_it_and_no_claim_was_seen(
        printed in vec(("(XS)?[0-9]{0,3}[-/号]?[0-9]{1,3}", DAY - 1..DAY + 2), 0..80)
    ) {
        let seen: BTreeSet<&str> = printed.iter().map(|(number, _)| number.as_str()).collect();
        let found = claimed(&printed);
        prop_assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "claimed twice");
        for one in found {
            prop_assert!(!seen.contains(one.as_str()), "{one} was seen");
        }
    }
}
