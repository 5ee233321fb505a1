//! Each event once, whatever is replayed, forged, killed or restored.

use crate::headquarters::{Headquarters, http, said};
use crate::till::{Till, sale_of, sale_to};
use crate::{LI, WANG, spend};
use std::fs;
use std::thread::sleep;
use std::time::Duration;
use sync::care_list::Mark;
use sync::event::{Attribution, Body, How, LinkChange, Look, SaleRef, Seq};
use sync::message::{Receipt, Refusal, RefusalReason};
use sync::phone::Phone;

#[test]
fn replays_overlaps_and_gaps_change_nothing() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    (1..=9).for_each(|no| _ = till.write(sale_to(&format!("A{no}"), 1_000 * no, LI)));
    let marked = |first, last| {
        let answer = till.put(&hq, first, last);
        let receipt = Receipt::verify(till.hq_key(), till.terminal, till.epoch, &answer.body);
        (answer.status, receipt.unwrap().mark.seq)
    };
    assert_eq!(marked(1, 4), (200, Seq(4)));
    assert_eq!(marked(1, 4), (200, Seq(4)), "a replay");
    assert_eq!(marked(2, 3), (200, Seq(4)), "an old part");
    assert_eq!(marked(3, 6), (200, Seq(6)), "an overlap");
    let gap = till.put(&hq, 8, 9);
    let refusal = Refusal::verify(till.hq_key(), till.terminal, till.epoch, &gap.body).unwrap();
    assert_eq!((gap.status, refusal.reason), (409, RefusalReason::MarkMismatch));
    assert_eq!(refusal.mark.unwrap().seq, Seq(6));
    assert_eq!(marked(1, 9), (200, Seq(9)));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 45_000)]);
    assert_eq!(hq.sales().len(), 9);
}

#[test]
fn what_a_cloned_till_sent_is_set_aside_and_it_goes_on_under_other_numbers() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_of("A1", 100));
    till.sync(hq.address);
    till.outbox.clear();
    till.write(sale_of("X1", 999));
    till.write(sale_of("X2", 999));
    let forked = till.put(&hq, 1, 2);
    let refusal = Refusal::verify(till.hq_key(), till.terminal, till.epoch, &forked.body).unwrap();
    assert_eq!((forked.status, refusal.reason), (409, RefusalReason::Fork { at: Seq(1) }));
    assert_eq!(till.put(&hq, 2, 2).status, 409, "set aside from then on");
    assert_eq!(hq.sales().len(), 1);
    assert!(hq.page("/health").contains("\"quarantined\":2"));
    assert!(hq.page("/tills").contains("有分叉,待核对"));
}

#[test]
fn a_person_looks_at_a_fork_and_counts_each_sale_of_it_once() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.write(sale_to("A2", 200, LI));
    till.write(sale_to("A3", 400, LI));
    till.sync(hq.address);
    // Restored to when it had written the first: the second is taken again, another follows, whose it is
    // said afterwards, by its number, which is A3's at HQ.
    till.outbox.truncate(1);
    till.write(sale_to("A2", 200, LI));
    let mine = till.write(sale_of("B3", 800));
    assert_eq!(mine, Seq(3));
    till.write(hers(&till, mine));
    assert_eq!(till.put(&hq, 1, 2).status, 409);
    assert_eq!(till.put(&hq, 3, 4).status, 409);
    assert_eq!(spend(&hq), [(LI.into(), 700)]);

    let id = till.terminal.to_string();
    let dir = hq.dir.to_str().unwrap();
    let fork = |verb: &str, more: &[&str]| said(&[&["fork", verb, "--dir", dir], more].concat());
    assert!(fork("list", &["--csv"]).contains(&format!("{id},2")));
    let shown = fork("show", &[&id, "--csv"]);
    let lines: Vec<&str> = shown.lines().skip(1).collect();
    assert!(lines[0].ends_with("A2,2.00,yes") && lines[1].ends_with("B3,8.00,no"), "{shown}");
    assert_eq!((lines.len(), spend(&hq)), (2, vec![(LI.into(), 700)]), "looking counts nothing");

    let counted = fork("count", &[&id]);
    assert!(
        counted.starts_with("1 sales and 1 other events counted; 1 sales were known"),
        "{counted}"
    );
    assert_eq!(spend(&hq), [(LI.into(), 1_500)]);
    let mut beside = Till::enrol(&hq, "湖滨店");
    let of = (till.terminal, till.epoch);
    let marked = |beside: &mut Till| {
        beside.sync(hq.address);
        let mut marks = beside.care[0].marks.iter();
        marks.find(|mark: &&Mark| (mark.terminal, mark.epoch) == of).unwrap().seq
    };
    assert_eq!(marked(&mut beside), Seq(3), "the other box may have more of its own");
    let again = fork("count", &[&id]);
    assert!(again.starts_with("0 sales and 0 other events counted; 0 sales were known"), "{again}");
    assert_eq!(spend(&hq), [(LI.into(), 1_500)]);
    fork("close", &[&id]);
    assert!(!fork("list", &["--csv"]).contains(&id));
    assert!(!hq.page("/tills").contains("有分叉,待核对"));
    // Her stores hear that all of it is decided about: no till adds it to her spend once more.
    assert_eq!(marked(&mut beside), Seq(4));

    // What was still on its way names the till again, and is counted by itself.
    let late = till.write(sale_of("B4", 50));
    assert_eq!(till.put(&hq, late.0, late.0).status, 409);
    assert!(fork("list", &["--csv"]).contains(&id));
    till.write(sale_to("B5", 25, LI));
    assert_eq!(till.put(&hq, late.0 + 1, late.0 + 1).status, 409);
    let counted = fork("count", &[&id]);
    assert!(
        counted.starts_with("2 sales and 0 other events counted; 0 sales were known"),
        "{counted}"
    );
    let again = fork("count", &[&id]);
    assert!(again.starts_with("0 sales and 0 other events counted"), "{again}");
    assert_eq!(marked(&mut beside), Seq(3), "a fork is open again");
    fork("close", &[&id]);
    assert_eq!(marked(&mut beside), Seq(6));
}

/// Whose a sale was, said afterwards.
fn hers(till: &Till, seq: Seq) -> Body {
    let sale = SaleRef::Here { epoch: till.epoch, seq };
    let change = LinkChange::Linked { phone: Phone::parse(LI).unwrap(), who: None };
    Body::Attribution(Attribution { sale, change, by: How::Cashier, cashier: None })
}

#[test]
fn a_revoked_till_is_refused_and_nothing_of_it_is_lost() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_of("A1", 100));
    till.sync(hq.address);
    hq.command("revoke", &[&till.terminal.to_string()]);
    till.write(sale_of("A2", 200));
    till.sync(hq.address);
    assert_eq!(till.refused, ["Revoked"]);
    assert_eq!(till.acknowledged, Seq(1), "the till keeps it");
    assert_eq!(hq.sales().len(), 1);
    assert!(hq.page("/health").contains("\"quarantined\":1"), "and so does HQ, aside");
}

#[test]
fn a_stranger_a_wrong_path_and_a_huge_body_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut till, other) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "湖滨店"));
    till.write(sale_of("A1", 100));
    let (path, body) = till.batch(1, 1);
    let theirs = path.replace(&till.terminal.to_string(), &other.terminal.to_string());
    assert_eq!(http(hq.address, "PUT", &theirs, &body).status, 400, "another till's path");
    assert_eq!(http(hq.address, "PUT", &path.replace("1-1", "1-2"), &body).status, 400);
    let unknown = path.replace(&till.terminal.to_string(), &"ab".repeat(16));
    assert_eq!(http(hq.address, "PUT", &unknown, &body).status, 404);
    assert_eq!(http(hq.address, "PUT", &path, &vec![0; 1024 * 1024 + 1]).status, 413);
    assert_eq!(http(hq.address, "PUT", "/v1/t/x/y/1-1", &body).status, 404);
    assert_eq!(hq.sales().len(), 0);
}

#[test]
fn an_event_that_cannot_be_read_holds_up_nothing() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.append(b"no event");
    till.append(&[0x83, 0x83, 0, 0, 0, 0x18, 0x63, 0x80]);
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 100)]);
    assert!(hq.page("/health").contains("\"set_aside\":2"));
}

/// Its key was not there, as after a restore without it; with the key it counts.
#[test]
fn what_was_set_aside_is_tried_again_at_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let dir = hq.dir.clone();
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    drop(hq);
    // As an older version, or one without the key, leaves it: the event is passed, and what it said is not here.
    let db = rusqlite::Connection::open(dir.join("hq.db")).unwrap();
    db.execute_batch(
        "DELETE FROM sale_item; DELETE FROM sale_tender; DELETE FROM remark; DELETE FROM word; DELETE FROM sale; INSERT INTO set_aside (stream, seq, reason)
         SELECT stream, seq, 'HQ has no key 7' FROM ledger",
    )
    .unwrap();
    drop(db);
    let hq = Headquarters::serve(&dir);
    let is_tried = || hq.page("/health").contains("\"set_aside\":0");
    assert!((0..100).any(|_| is_tried() || {
        sleep(Duration::from_millis(50));
        false
    }));
    assert_eq!(hq.sales().len(), 1);
    till.write(sale_to("A2", 200, LI));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 300)]);
}

#[test]
fn an_event_that_does_not_fit_the_tables_leaves_no_half_of_itself_and_takes_nobody_along() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    // A number past what the tables hold.
    till.write(Body::Look(Look { who: "1".into(), task: Some(u64::MAX) }));
    till.write(sale_to("A2", 200, LI));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 300)]);
    assert!(hq.page("/health").contains("\"set_aside\":1"));
}

#[test]
fn a_killed_hq_counts_on_where_it_was() {
    let root = tempfile::tempdir().unwrap();
    let mut hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    for round in 0..4 {
        (0..50).for_each(|no| _ = till.write(sale_to(&format!("{round}-{no}"), 100, LI)));
        let count = till.last().0;
        assert_eq!(till.put(&hq, 1, count).status, 200);
        hq.crash_and_restart();
    }
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 20_000)]);
    assert_eq!(hq.sales().len(), 200);
}

#[test]
fn an_hq_restored_from_yesterday_is_filled_again_by_its_tills() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let dir = hq.dir.clone();
    drop(hq);
    let backup = root.path().join("backup");
    fs::create_dir(&backup).unwrap();
    let files = || fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path());
    files().for_each(|file| _ = fs::copy(&file, backup.join(file.file_name().unwrap())).unwrap());

    let hq = Headquarters::serve(&dir);
    till.write(sale_to("A2", 200, LI));
    till.write(sale_to("A3", 400, WANG));
    till.sync(hq.address);
    let before = till.cursor;
    drop(hq);
    let hq = Headquarters::serve(&backup);
    till.write(sale_of("A4", 800));
    till.sync(hq.address);
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(WANG.into(), 400), (LI.into(), 300)]);
    assert_eq!(hq.sales().len(), 4);
    assert_eq!(till.care.len(), 2);
    assert_ne!(till.cursor.hq_epoch, before.hq_epoch, "a snapshot of a new life");
}
