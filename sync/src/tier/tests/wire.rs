//! How a policy is written.

use super::*;
use crate::event::to_cbor;
use crate::hex;

/// Frozen: do not change the test. Tills in drawers hold a policy of the first version.
const FIRST: &str = "82838266e993b6e58da11a000186a08266e98791e58da11a0007a1208269e992bbe79fb3e58da11a001e848019016d";

/// Frozen: do not change the test.
const SECOND: &str =
    "84818466e98791e58da11a0007a120056ce5858de8b4b9e694b9e8a3a419016d82018219016d0001";

fn second() -> TierPolicy {
    let gold = TierRule {
        name: "金卡".into(),
        spend_min: Minor::new(500_000),
        birthday_percent: Some(5),
        benefits: Some("免费改裤".into()),
    };
    let keep = Keep::Term { days: 365, then: Then::OneDown };
    TierPolicy { tiers: vec![gold], window_days: 365, keep, birthday: Stacking::Replaces }
}

fn read(text: &str) -> TierPolicy {
    minicbor::decode(&hex::bytes(text)).unwrap()
}

#[test]
fn a_policy_of_the_first_version_still_reads_and_is_still_written_so() {
    assert_eq!(read(FIRST), TierPolicy::default());
    assert_eq!(hex::text(&to_cbor(&TierPolicy::default())), FIRST);
}

#[test]
fn a_policy_with_terms_is_written_as_it_always_was() {
    assert_eq!(hex::text(&to_cbor(&second())), SECOND);
    assert_eq!(read(SECOND), second());
}

/// A till of the version before reads tiers and window, and lets the rest be.
#[test]
fn an_older_program_reads_a_newer_policy() {
    #[derive(Debug, PartialEq, Decode)]
    #[cbor(array)]
    struct FirstRule {
        #[n(0)]
        name: String,
        #[n(1)]
        spend_min: Minor,
    }
    #[derive(Debug, PartialEq, Decode)]
    #[cbor(array)]
    struct FirstPolicy {
        #[n(0)]
        tiers: Vec<FirstRule>,
        #[n(1)]
        window_days: u32,
    }
    let first: FirstPolicy = minicbor::decode(&hex::bytes(SECOND)).unwrap();
    let gold = FirstRule { name: "金卡".into(), spend_min: Minor::new(500_000) };
    assert_eq!(first, FirstPolicy { tiers: vec![gold], window_days: 365 });
}

proptest! {
    #[test]
    fn every_policy_reads_back(
        days: u32, down: bool, term: bool, replaces: bool,
        percent in proptest::option::of(any::<u8>()), benefits in proptest::option::of(".{0,9}"),
    ) {
        let mut policy = second();
        let then = if down { Then::OneDown } else { Then::Balance };
        policy.keep = if term { Keep::Term { days, then } } else { Keep::Rolling };
        policy.birthday = if replaces { Stacking::Replaces } else { Stacking::Adds };
        (policy.tiers[0].birthday_percent, policy.tiers[0].benefits) = (percent, benefits);
        prop_assert_eq!(&minicbor::decode::<TierPolicy>(&to_cbor(&policy)).unwrap(), &policy);
    }
}
