//! Forgotten at HQ, in the stores, and again after a restore; with a certificate.

use crate::headquarters::{self, Headquarters};
use crate::till::{Till, sale_to};
use crate::{LI, WANG};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use sync::care_list::ErasureProof;
use sync::event::{Body, Forgotten, Merge, MergeReason};
use sync::phone::Phone;

fn erase(hq: &Headquarters, number: &str) -> bool {
    let mut erase = headquarters::program()
        .args(["erase", "--by", "herself, in the shop", "--dir", hq.dir.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    erase.stdin.take().unwrap().write_all(number.as_bytes()).unwrap();
    erase.wait().unwrap().success()
}

fn erasures(hq: &Headquarters) -> Vec<serde_json::Value> {
    let said = hq.command("erasures", &["--json"]);
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Tells HQ what the till has forgotten, as the agent does with a page.
fn confirm(till: &mut Till) {
    for (customer, proof) in till.erased.clone().into_iter().zip(till.proofs.clone()) {
        till.write(Body::Forgotten(Forgotten { customer, proof }));
    }
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_certificate_says_what_was_destroyed_and_which_tills_have_confirmed() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    let mut other = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.write(sale_to("A2", 300, WANG));
    till.sync(hq.address);
    other.sync(hq.address);
    assert!(erase(&hq, LI));
    assert!(!erase(&hq, LI), "once");
    let before = &erasures(&hq)[0];
    assert_eq!((&before["files"], &before["sales_kept"]), (&1.into(), &1.into()));
    assert_eq!(
        (&before["confirmed"], before["waiting_for"].as_array().unwrap().len()),
        (&0.into(), 2)
    );
    let text = before.to_string();
    assert!(!text.contains(LI) && !text.contains("李"), "{text}");
    till.sync(hq.address);
    confirm(&mut till);
    till.sync(hq.address);
    let after = &erasures(&hq)[0];
    assert_eq!(
        (&after["confirmed"], after["waiting_for"].as_array().unwrap().len()),
        (&1.into(), 1)
    );
    assert_eq!(hq.customers().len(), 1, "the other one stays");
}

#[test]
fn an_hq_restored_from_before_an_erasure_forgets_her_again() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let (dir, backup) = (hq.dir.clone(), root.path().join("backup"));
    drop(hq);
    copied(&dir, &backup);
    let hq = Headquarters::serve(&dir);
    assert!(erase(&hq, LI));
    till.sync(hq.address);
    confirm(&mut till);
    till.sync(hq.address);
    drop(hq);
    let hq = Headquarters::serve(&backup);
    assert_eq!(hq.customers().len(), 1, "the backup knows her");
    till.write(sale_to("A2", 200, LI));
    till.sync(hq.address);
    till.sync(hq.address);
    assert!(hq.customers().is_empty());
    assert_eq!(hq.sales().len(), 2);
    assert!(till.care.is_empty());
}

/// A backup knows two numbers as one person's; they were parted since, and one of them was erased.
#[test]
fn a_restored_hq_forgets_her_alone_whom_a_till_has_forgotten() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut till, mut other) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "湖滨店"));
    let phone = |number| Phone::parse(number).unwrap();
    let merge = |undone| {
        let (kept, absorbed) = (phone(LI), phone(WANG));
        Body::Merge(Merge { kept, absorbed, why: MergeReason::SamePerson, undone })
    };
    till.write(sale_to("A1", 100, LI));
    till.write(sale_to("A2", 200, WANG));
    till.write(merge(false));
    till.sync(hq.address);
    other.sync(hq.address);
    let (dir, backup) = (hq.dir.clone(), root.path().join("backup"));
    drop(hq);
    copied(&dir, &backup);
    let hq = Headquarters::serve(&dir);
    till.write(merge(true));
    till.sync(hq.address);
    assert!(erase(&hq, WANG));
    other.sync(hq.address);
    assert_eq!(other.erased.len(), 1);
    confirm(&mut other);
    other.sync(hq.address);
    drop(hq);
    let hq = Headquarters::serve(&backup);
    (0..2).for_each(|_| other.sync(hq.address));
    (0..2).for_each(|_| till.sync(hq.address));
    let left = hq.customers();
    assert_eq!(left.len(), 1, "{left:#?}");
    till.write(sale_to("A3", 400, LI));
    till.sync(hq.address);
    assert_eq!(hq.customers()[0]["spend"], 500, "hers alone");
}

/// The versions that HQ gives after its restore have the numbers of those that it lost.
#[test]
fn who_is_erased_by_a_restored_hq_is_forgotten_by_a_till_that_has_nothing_new_to_say() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let (dir, backup) = (hq.dir.clone(), root.path().join("backup"));
    drop(hq);
    copied(&dir, &backup);
    let hq = Headquarters::serve(&dir);
    till.write(sale_to("A2", 300, WANG));
    till.sync(hq.address);
    let (known, before) = (till.care.len(), till.cursor);
    drop(hq);
    let hq = Headquarters::serve(&backup);
    assert!(erase(&hq, LI));
    till.sync(hq.address);
    let life = till.cursor.hq_epoch;
    assert_ne!(life, before.hq_epoch, "HQ knows that it was restored");
    (0..3).for_each(|_| till.sync(hq.address));
    assert_eq!(till.cursor.hq_epoch, life, "once");
    assert_eq!((known, till.care.len()), (2, 1), "and the till that she is gone");
    assert_eq!(hq.sales().len(), 2, "it has what it lacked");
}

#[test]
fn a_till_that_makes_up_an_erasure_is_not_believed() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let customer = till.care[0].customer;
    for proof in [[0; 16], customer.0] {
        till.write(Body::Forgotten(Forgotten { customer, proof: ErasureProof(proof) }));
    }
    till.sync(hq.address);
    assert_eq!(hq.customers().len(), 1);
}
