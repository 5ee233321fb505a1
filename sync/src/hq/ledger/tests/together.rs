//! Several epochs, several processes, several tills at once.

use super::*;

pub(super) fn an_older_epoch_and_a_newer_one_stand_side_by_side(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 3);
    till.send(&*ledger, 1, 2);
    let mut reborn = till.cloned(0, 0);
    reborn.epoch = Epoch(random());
    reborn.write(2);
    assert_eq!(reborn.send(&*ledger, 1, 2), reborn.receipt(2));
    assert_eq!(till.send(&*ledger, 3, 3), till.receipt(3));
    till.assert_held(&*ledger, 3);
    reborn.assert_held(&*ledger, 2);
    if ledger.is_apart() {
        let changed = ledger.changed(5_000).unwrap();
        let known = changed.iter().find(|of| of.terminal.id == till.terminal).unwrap();
        let streams = known.streams.iter().map(|(_, mark)| mark.seq).collect::<Vec<_>>();
        assert_eq!(streams.len(), 2);
        assert!(streams.contains(&Seq(3)) && streams.contains(&Seq(2)));
        assert_eq!(known.seen_ms, Some(5_000));
    }
}

pub(super) fn the_same_range_from_two_processes_is_appended_once(bed: &impl Bed) {
    let ledgers = [bed.open(), bed.open(), bed.open()];
    let till = Sender::with_events(&*ledgers[0], 60);
    let (till, sent) = (&till, &ledgers);
    std::thread::scope(|scope| {
        for ledger in sent {
            scope.spawn(move || {
                for last in (10..=60).step_by(10) {
                    let Taken::Receipt(receipt) = till.send(&**ledger, last - 9, last) else {
                        panic!("refused {last}");
                    };
                    assert!(receipt.mark.seq >= Seq(last));
                }
            });
        }
    });
    till.assert_held(&*ledgers[0], 60);
    assert_eq!(till.status(&*ledgers[1]).0, "active");
}

pub(super) fn tills_do_not_wait_for_each_other_to_be_right(bed: &impl Bed) {
    let ledger = bed.open();
    let tills: Vec<Sender> = (0..12).map(|_| Sender::with_events(&*ledger, 20)).collect();
    std::thread::scope(|scope| {
        for till in &tills {
            let ledger = &*ledger;
            scope.spawn(move || {
                for last in 1..=20 {
                    assert_eq!(till.send(ledger, last, last), till.receipt(last));
                }
            });
        }
    });
    tills.iter().for_each(|till| till.assert_held(&*ledger, 20));
}

/// Whatever ranges of a till's outbox arrive, in whatever order: what counts is the mark, and a range
/// that begins at most one behind it moves it to its own end if that is further.
pub(super) fn a_model_agrees_whatever_is_replayed<B: Bed>(bed: &B) {
    let ledger = bed.open();
    let steps = proptest::collection::vec((1u64..=24, 0u64..10), 1..24);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: B::CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let told = runner.run(&steps, |steps| {
        let till = Sender::with_events(&*ledger, 32);
        let mut mark = 0;
        for (first, more) in steps {
            let last = (first + more).min(32);
            let expected = if first > mark + 1 {
                till.refusal(RefusalReason::MarkMismatch, Some(till.water(mark)))
            } else {
                mark = mark.max(last);
                till.receipt(mark)
            };
            prop_assert_eq!(till.send(&*ledger, first, last), expected);
        }
        till.assert_held(&*ledger, mark);
        Ok(())
    });
    told.unwrap();
}

pub(super) fn another_history_is_set_aside_and_both_go_on_under_new_numbers(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 3);
    till.send(&*ledger, 1, 3);
    let clone = till.cloned(1, 4);
    let fork = |of: &Sender, up_to: u64| {
        of.refusal(RefusalReason::Fork { at: Seq(2) }, Some(of.water(up_to)))
    };
    let before = ledger.quarantined().unwrap();
    assert_eq!(clone.send(&*ledger, 1, 5), fork(&clone, 5));
    assert_eq!(till.status(&*ledger), ("active".into(), Some(Seq(2))));
    let at = ledger.stream(&till.terminal, &till.epoch).unwrap().fork_at;
    assert_eq!(at, Some(Seq(2)));
    assert_eq!(clone.send(&*ledger, 1, 5), fork(&clone, 5), "the same again takes no more room");
    assert!(ledger.quarantined().unwrap() > before);
    // The genuine one is set aside as well: which of the two it is a person has to find out.
    let mut genuine = till.cloned(3, 1);
    assert_eq!(genuine.send(&*ledger, 4, 4), fork(&genuine, 4));
    genuine.outbox.truncate(3);
    genuine.assert_held(&*ledger, 3);
    // Each goes on in a life of its own, and both count.
    for (who, count) in [(&till, 2), (&clone, 3)] {
        let anew = who.in_a_new_epoch(count);
        assert_eq!(anew.send(&*ledger, 1, count), anew.receipt(count));
        anew.assert_held(&*ledger, count);
    }
}
