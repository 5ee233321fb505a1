//! What becomes of a customer's file: answers, referrals, numbers that are one person's.

use crate::headquarters::Headquarters;
use crate::till::{Till, sale_to};
use crate::{LI, WANG, phone, spend};
use sync::care_list::Profile;
use sync::event::{Body, Fact, Field, Merge, MergeReason, Referral, Said};

const SUN: &str = "13700002468";

fn told(number: &str, field: Field, value: &str) -> Body {
    Body::Fact(Fact { phone: phone(number), field, said: Said::Told(value.into()) })
}

fn merge(kept: &str, absorbed: &str, undone: bool) -> Body {
    let why = MergeReason::SamePerson;
    Body::Merge(Merge { kept: phone(kept), absorbed: phone(absorbed), why, undone })
}

fn brought(newcomer: &str, referrer: &str, undone: bool) -> Body {
    Body::Referral(Referral { newcomer: phone(newcomer), referrer: phone(referrer), undone })
}

fn profile<'a>(till: &'a Till, number: &str) -> &'a Profile {
    till.care.iter().find(|profile| profile.phone == phone(number)).unwrap()
}

#[test]
fn what_she_told_comes_back_to_her_store_and_what_she_refused_stays_refused() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100_000, LI));
    till.write(told(LI, Field::Birthday, "11-22"));
    till.write(told(LI, Field::Birthday, "11-23"));
    till.write(Body::Fact(Fact { phone: phone(LI), field: Field::Address, said: Said::Refused }));
    till.write(told(LI, Field::Person, "王 先生"));
    till.write(told(LI, Field::Person, "孙 女士"));
    till.sync(hq.address);
    let card = profile(&till, LI).card.as_ref().unwrap();
    assert_eq!(card.value(Field::Birthday), Some("11-23"), "the last word stands");
    assert!(card.was_asked(Field::Address) && card.value(Field::Address).is_none());
    let persons = card.told.iter().filter(|told| told.field == Field::Person);
    assert_eq!(persons.count(), 2, "of one number there may be several");
    assert_eq!(card.size.as_deref(), Some("M"));
    assert_eq!(card.last_item.as_deref(), Some("真丝连衣裙"));
    assert!(card.first_day.is_some() && card.first_day == card.last_day);
}

#[test]
fn two_numbers_of_one_person_add_up_and_a_merge_can_be_undone() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut till, mut far) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "西湖店"));
    till.write(sale_to("A1", 300_000, LI));
    far.write(sale_to("B1", 200_000, WANG));
    till.write(merge(WANG, LI, false));
    till.sync(hq.address);
    far.sync(hq.address);
    assert_eq!(spend(&hq), [(WANG.into(), 500_000)], "one file");
    till.sync(hq.address);
    let old = profile(&till, LI).card.as_ref().unwrap();
    assert_eq!(old.same_as, Some(phone(WANG)), "the old number leads to the new");
    assert_eq!(profile(&till, WANG).tier.as_deref(), Some("金卡"), "spend of both");
    assert_eq!(profile(&till, WANG).spend.iter().map(|s| s.amount.units()).sum::<i64>(), 500_000);
    till.write(merge(WANG, LI, true));
    till.sync(hq.address);
    let mut apart = spend(&hq);
    apart.sort();
    assert_eq!(apart, [(LI.into(), 300_000), (WANG.into(), 200_000)]);
    till.sync(hq.address);
    assert_eq!(profile(&till, LI).card.as_ref().unwrap().same_as, None);
}

#[test]
fn a_chain_of_merges_ends_at_one_number_whatever_came_first() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    for (no, number) in [("A1", LI), ("A2", WANG), ("A3", SUN)] {
        till.write(sale_to(no, 100_000, number));
    }
    till.write(merge(WANG, LI, false));
    till.write(merge(SUN, WANG, false));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(SUN.into(), 300_000)]);
    till.write(merge(WANG, LI, true));
    till.sync(hq.address);
    let mut apart = spend(&hq);
    apart.sort();
    assert_eq!(apart, [(SUN.into(), 200_000), (LI.into(), 100_000)]);
}

/// S66.
#[test]
fn who_brought_her_is_counted_once_and_no_chain_closes() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    for (no, number) in [("A1", LI), ("A2", WANG), ("A3", SUN)] {
        till.write(sale_to(no, 100_000, number));
    }
    till.write(brought(WANG, LI, false));
    till.write(brought(WANG, LI, false));
    till.write(brought(SUN, WANG, false));
    till.write(brought(LI, SUN, false)); // would close the chain
    till.sync(hq.address);
    let counts = |till: &Till| {
        [LI, WANG, SUN].map(|number| {
            let card = profile(till, number).card.clone().unwrap();
            (card.brought, card.came)
        })
    };
    assert_eq!(counts(&till), [(1, false), (1, true), (0, true)]);
    till.write(brought(WANG, LI, true));
    till.sync(hq.address);
    assert_eq!(counts(&till)[1], (1, false), "taken back");
}

#[test]
fn whoever_is_erased_is_erased_under_all_her_numbers() {
    use std::io::Write as _;
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100_000, LI));
    till.write(sale_to("A2", 100_000, WANG));
    till.write(told(LI, Field::Birthday, "11-22"));
    till.write(merge(WANG, LI, false));
    till.sync(hq.address);
    let mut erase = crate::headquarters::program()
        .args(["erase", "--dir", hq.dir.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    erase.stdin.take().unwrap().write_all(WANG.as_bytes()).unwrap();
    assert!(erase.wait().unwrap().success());
    till.sync(hq.address);
    assert!(hq.customers().is_empty());
    assert_eq!((till.care.len(), till.erased.len()), (0, 2));
}
