//! The nine steps, and the second chance.

use super::*;
use proptest::prelude::*;

fn whole() -> Said {
    Said {
        text: Some("x".into()),
        by: "小陈".into(),
        reason: Some("quality".into()),
        verified: Some(true),
        owner: Some("店长".into()),
        by_day: Some(20_000),
        satisfied: Some(true),
        offer: None,
        thanked: true,
    }
}

fn after(steps: usize) -> Stand {
    let take = |stand: Stand, step: &Step| stand.take(*step, &whole()).unwrap();
    Step::ALL[..steps].iter().fold(Stand::NEW, take)
}

#[test]
fn s52_a_case_is_closed_after_its_eighth_step_and_not_before() {
    for steps in 0..8 {
        assert!(matches!(after(steps).close(), Err(StepError::TooEarly { .. })), "{steps}");
    }
    let closed = after(8).close().unwrap();
    assert_eq!(closed.next(), Some(Step::Feedback), "the ninth is still to come");
    assert_eq!(closed.close(), Err(StepError::Closed));
}

#[test]
fn s53_to_s58_each_step_says_what_it_needs() {
    let without = |steps: usize, change: fn(&mut Said)| {
        let mut said = whole();
        change(&mut said);
        after(steps).take(Step::ALL[steps], &said).is_err()
    };
    assert!(without(0, |said| said.text = None), "S53 her words");
    assert!(without(0, |said| said.by = " ".into()), "S53 who listened");
    assert!(
        without(2, |said| said.text = Some(" ".into())),
        "S54 the apology, whoever was at fault"
    );
    assert!(without(3, |said| said.reason = None), "S55 the cause");
    assert!(without(3, |said| said.verified = None), "S92 whether it is true");
    assert!(without(4, |said| said.text = None), "S55 her concern restated");
    assert!(without(5, |said| said.owner = None), "S56 an owner");
    assert!(without(5, |said| said.by_day = None), "S56 a day");
    assert!(without(6, |said| (said.text, said.reason) = (None, None)), "S57 a gift or why none");
    assert!(!without(6, |said| said.text = None), "S57 none, with a reason");
    assert!(without(7, |said| said.satisfied = Some(false)), "S58 a last offer");
    assert!(without(7, |said| said.thanked = false), "S58 thanks");
}

#[test]
fn s59_who_is_not_content_gets_a_second_chance_once() {
    let unhappy = Said { satisfied: Some(false), ..whole() };
    let reopened = after(8).close().unwrap().take(Step::Feedback, &unhappy).unwrap();
    assert_eq!((reopened.next(), reopened.closed), (Some(Step::Analyse), false));
    let again =
        Step::ALL[3..8].iter().fold(reopened, |stand, step| stand.take(*step, &whole()).unwrap());
    let last = again.close().unwrap().take(Step::Feedback, &unhappy).unwrap();
    assert_eq!((last.next(), last.closed), (None, true));
}

proptest! {
    /// Whatever is tried in whatever order, only the next step is ever taken.
    #[test]
    fn no_step_is_skipped_or_taken_twice(tries in prop::collection::vec(0usize..9, 0..60)) {
        let mut stand = Stand::NEW;
        for at in tries {
            let next = stand.next();
            match stand.take(Step::ALL[at], &whole()) {
                Ok(then) => {
                    prop_assert_eq!(next, Some(Step::ALL[at]));
                    stand = then;
                }
                Err(StepError::Order { next: said }) => prop_assert_eq!(next, Some(said)),
                Err(error) => prop_assert_eq!((error, next), (StepError::Closed, None)),
            }
        }
    }
}
