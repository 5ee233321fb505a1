//! Two histories under one till's numbers, and an HQ that lost a part of either.

use super::*;

pub(super) fn a_fork_in_the_middle_of_an_overlap_appends_nothing(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 6);
    till.send(&*ledger, 1, 6);
    let clone = till.cloned(4, 4);
    let fork = clone.refusal(RefusalReason::Fork { at: Seq(5) }, Some(clone.water(8)));
    assert_eq!(clone.send(&*ledger, 3, 8), fork);
    till.assert_held(&*ledger, 6);
    // Behind the mark, but on another chain: the batch's start is not our head, and what leads there may
    // have been lost with our disk. The till is asked for it.
    let other = Sender::with_events(&*ledger, 4);
    other.send(&*ledger, 1, 3);
    let stray = other.cloned(2, 2);
    let lacks = stray.refusal(RefusalReason::MarkMismatch, Some(other.water(3)));
    assert_eq!(stray.send(&*ledger, 4, 4), lacks);
    let fork = stray.refusal(RefusalReason::Fork { at: Seq(3) }, Some(stray.water(4)));
    assert_eq!(stray.send(&*ledger, 1, 4), fork);
    other.assert_held(&*ledger, 3);
}

pub(super) fn a_till_that_has_no_more_of_what_was_lost_is_asked_once(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 9);
    assert_eq!(till.send(&*ledger, 1, 6), till.receipt(6));
    let clone = till.cloned(3, 6);
    let lacks = clone.refusal(RefusalReason::MarkMismatch, Some(till.water(4)));
    assert_eq!(clone.send(&*ledger, 5, 7), lacks, "its 4 is not ours");
    let fork =
        |at, last| clone.refusal(RefusalReason::Fork { at: Seq(at) }, Some(clone.water(last)));
    assert_eq!(clone.send(&*ledger, 5, 8), fork(5, 8), "from 5 on is all that it has");
    assert_eq!(clone.send(&*ledger, 9, 9), fork(5, 9));
    // The same where it begins behind all that we have.
    let till = Sender::with_events(&*ledger, 9);
    assert_eq!(till.send(&*ledger, 1, 3), till.receipt(3));
    let clone = till.cloned(2, 7);
    let of_clone =
        |last| clone.refusal(RefusalReason::Fork { at: Seq(3) }, Some(clone.water(last)));
    assert_eq!(clone.send(&*ledger, 3, 4), of_clone(4));
    let lacks = clone.refusal(RefusalReason::MarkMismatch, Some(till.water(3)));
    assert_eq!((clone.send(&*ledger, 7, 8), clone.send(&*ledger, 7, 8)), (lacks, of_clone(8)));
    till.assert_held(&*ledger, 3);
}

pub(super) fn what_a_restored_hq_lacks_of_a_forked_till_is_sent_again_and_set_aside(
    bed: &impl Bed,
) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 8);
    assert_eq!(till.send(&*ledger, 1, 3), till.receipt(3));
    let clone = till.cloned(2, 2);
    let reason = RefusalReason::Fork { at: Seq(3) };
    let fork = |till: &Sender, last| till.refusal(reason, Some(till.water(last)));
    assert_eq!(clone.send(&*ledger, 3, 4), fork(&clone, 4));
    let lacks = till.refusal(RefusalReason::MarkMismatch, Some(till.water(3)));
    assert_eq!(till.send(&*ledger, 6, 8), lacks);
    assert_eq!(till.send(&*ledger, 4, 5), fork(&till, 5));
    assert_eq!(till.send(&*ledger, 6, 8), fork(&till, 8), "it goes on where 5 ended");
    assert_eq!(ledger.aside(&till.terminal).unwrap().len(), 3);
    // A person looks; what has not come by then names the till again, and the same bytes do not.
    ledger.fork_seen(&till.terminal).unwrap();
    assert_eq!(till.send(&*ledger, 6, 8), fork(&till, 8));
    assert_eq!(till.status(&*ledger).1, None);
    assert_eq!(till.send(&*ledger, 6, 7), fork(&till, 7));
    assert_eq!(till.status(&*ledger).1, Some(Seq(3)));
}

pub(super) fn what_follows_events_that_are_gone_everywhere_is_set_aside(bed: &impl Bed) {
    let ledger = bed.open();
    for held in [3, 0] {
        let till = Sender::with_events(&*ledger, 9);
        if held > 0 {
            assert_eq!(till.send(&*ledger, 1, held), till.receipt(held));
        }
        let gap = till.refusal(RefusalReason::MarkMismatch, Some(till.water(held)));
        assert_eq!(till.send(&*ledger, 8, 9), gap, "it may still have what is between");
        assert_eq!(ledger.aside(&till.terminal).unwrap().len(), 0);
        let fork = |last| till.refusal(RefusalReason::Fork { at: Seq(6) }, Some(till.water(last)));
        assert_eq!(till.send_oldest(&*ledger, 6, 7), fork(7));
        assert_eq!(till.send(&*ledger, 8, 9), fork(9), "it goes on where 7 ended");
        till.assert_held(&*ledger, held);
        assert_eq!(ledger.aside(&till.terminal).unwrap().len(), 2);
        assert_eq!(till.status(&*ledger), ("active".into(), Some(Seq(6))));
        let anew = till.in_a_new_epoch(2);
        assert_eq!(anew.send(&*ledger, 1, 2), anew.receipt(2));
    }
    // Where nothing is missing it is a batch like any other.
    let till = Sender::with_events(&*ledger, 6);
    assert_eq!(till.send(&*ledger, 1, 3), till.receipt(3));
    assert_eq!(till.send_oldest(&*ledger, 4, 6), till.receipt(6));
    assert_eq!(till.send_oldest(&*ledger, 4, 6), till.receipt(6), "a replay");
}
