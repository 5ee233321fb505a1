//! The desk with the real `huitou-hq`: a sale becomes a task at the till, its outcome comes back.

use crate::headquarters::{self, Headquarters};
use crate::till::{Till, sale};
use crate::{LI, phone};
use std::time::{Duration, Instant};
use sync::care_list::{TaskKind, open_number};
use sync::event::{
    Answers, Asked, Body, Consent, LocalSeconds, Name, Outcome, OutcomeKind, Purpose, Sale,
};

/// HQ plans behind the answers; a till that asks again soon has its tasks.
const PATIENCE: Duration = Duration::from_secs(20);

/// 2000.00 bought now, by a customer who agreed to be cared for.
fn a_large_sale(till: &mut Till) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let printed_at = Some(LocalSeconds(i64::try_from(now.as_secs()).unwrap()));
    let who = Some(Name { surname: "李".into(), title: "女士".into() });
    till.write(Body::Consent(Consent {
        phone: phone(LI),
        purpose: Purpose::Care,
        given: true,
        text_version: "care-2026-11".into(),
        cashier: None,
    }));
    till.write(Body::Sale(Box::new(Sale {
        phone: Some(phone(LI)),
        who,
        asked: Asked::Given,
        printed_at,
        associate: Some("小陈".into()),
        ..sale("A1", 200_000)
    })));
}

fn sync_until(till: &mut Till, hq: &Headquarters, done: impl Fn(&Till) -> bool) {
    let began = Instant::now();
    while !done(till) {
        assert!(began.elapsed() < PATIENCE, "HQ did not plan");
        till.sync(hq.address);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_large_sale_becomes_a_task_and_its_outcome_is_counted_per_person_and_style() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    a_large_sale(&mut till);
    sync_until(&mut till, &hq, |till| !till.tasks.is_empty());
    let task = till.tasks[0].clone();
    assert_eq!((task.kind, task.assignee.as_deref()), (TaskKind::Call, Some("小陈")));
    let sealed = task.number.as_ref().unwrap();
    assert_eq!(open_number(till.sealing(), &till.terminal, task.id, sealed), Ok(phone(LI)));
    let clear = |bytes: &[u8]| bytes.windows(LI.len()).any(|at| at == LI.as_bytes());
    assert!(!clear(&till.wire), "no number in clear on the wire");

    let answers = Answers { likes: Some(true), comfortable: Some(false), washing: Some(true) };
    till.write(Body::Outcome(Outcome {
        answers: Some(answers),
        by: Some("小陈".into()),
        ..Outcome::plain(task.id, OutcomeKind::Reached)
    }));
    sync_until(&mut till, &hq, |till| till.tasks.is_empty());
    let contacts = hq.command("contacts", &["--csv"]);
    assert!(contacts.contains("湖滨店,小陈,call,reached,1"), "{contacts}");
    let styles = hq.command("style-answers", &["--csv"]);
    assert!(styles.contains("DR2301,真丝连衣裙,,1,1,0,1,0,"), "{styles}");
}

#[test]
fn a_dry_run_counts_per_rule_and_store_and_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    a_large_sale(&mut till);
    sync_until(&mut till, &hq, |till| !till.tasks.is_empty());
    let before = hq.command("follow-ups", &["--csv"]);
    let days = ["--dry-run", "--from", "2020-01-01", "--to", "2099-12-31", "--csv"];
    let counts = hq.command("follow-ups", &days);
    assert!(counts.contains("湖滨店,big_sale,1,0,0,0"), "{counts}");
    assert_eq!(hq.command("follow-ups", &["--csv"]), before);
}

#[test]
fn a_complaint_goes_its_nine_steps_at_the_console() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let opened = hq.told(&["complaint", "open", "--store", "湖滨店"], "");
    let id = String::from_utf8(opened.stdout).unwrap().trim().to_owned();
    let step = |step: &str, more: &[&str], text: &str| {
        let arguments = [&["complaint", "step", &id, step, "--by", "小陈"], more].concat();
        hq.told(&arguments, text)
    };
    let skipped = step("apologise", &[], "对不起");
    assert!(!skipped.status.success());
    assert!(String::from_utf8_lossy(&skipped.stderr).contains("Listen"), "it says what is next");
    for (name, more, text) in [
        ("listen", &[][..], "裤脚开线"),
        ("talk", &[], ""),
        ("apologise", &[], "给您添麻烦了"),
        ("analyse", &["--reason", "quality", "--verified", "true"], ""),
        ("explain", &[], "裤脚开线,想当天穿"),
        ("handle", &["--owner", "店长", "--by-day", "2026-11-23"], "当天缝好"),
        ("compensate", &["--reason", "她不要"], ""),
        ("result", &["--satisfied", "true", "--thanked"], ""),
    ] {
        let taken = step(name, more, text);
        assert!(taken.status.success(), "{name}: {}", String::from_utf8_lossy(&taken.stderr));
    }
    assert!(hq.told(&["complaint", "close", &id], "").status.success());
    let list = hq.told(&["complaint", "list", "--json"], "");
    let row: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!((&row["state"], &row["next"]), (&"closed".into(), &"feedback".into()));
}

#[test]
fn the_practice_is_listed_with_what_is_open() {
    let listed = headquarters::run(&["rules", "--json"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    let rows: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 130);
    let big_sale = &rows[43];
    assert_eq!((&big_sale["id"], &big_sale["fit"]), (&"S44".into(), &"●".into()));
    assert!(rows.iter().any(|row| row["place"].is_null()), "not all is done, and it says so");
}
