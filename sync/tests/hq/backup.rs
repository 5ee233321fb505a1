//! A backup that is made while tills send, and what becomes of HQ and tills once it is restored.

use crate::headquarters::{Headquarters, run};
use crate::till::{Till, sale_to};
use crate::{LI, WANG, spend};
use std::path::Path;
use std::process::Output;
use sync::event::Seq;
use sync::message::{Refusal, RefusalReason};

const SALES: u64 = 120;

fn backed_up(hq: &Headquarters, file: &Path) -> Output {
    run(&["backup", "--dir", hq.dir.to_str().unwrap(), file.to_str().unwrap()])
}

#[test]
fn a_backup_under_load_is_restored_and_the_tills_fill_it_up_exactly() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut tills = [(); 2].map(|()| Till::enrol(&hq, "湖滨店"));
    for (till, who) in tills.iter_mut().zip([LI, WANG]) {
        (0..SALES).for_each(|no| _ = till.write(sale_to(&format!("{who}-{no}"), 100, who)));
        assert_eq!(till.put(&hq, 1, 5).status, 200);
    }
    let file = |no: usize| root.path().join(format!("backup-{no}"));
    std::thread::scope(|scope| {
        for till in &tills {
            let hq = &hq;
            scope.spawn(move || {
                (6..=SALES).for_each(|seq| assert_eq!(till.put(hq, seq, seq).status, 200));
            });
        }
        for no in 0..4 {
            let made = backed_up(&hq, &file(no));
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            assert!(String::from_utf8_lossy(&made.stdout).contains("no keys are in it"));
        }
    });
    tills.iter_mut().for_each(|till| till.sync(hq.address));
    assert_eq!(hq.sales().len(), 2 * SALES as usize);
    let dir = hq.dir.clone();
    drop(hq);
    let mut refilled = 0;
    for no in 0..4 {
        let new = root.path().join(format!("new-{no}"));
        std::fs::create_dir(&new).unwrap();
        std::fs::copy(dir.join("hq.key"), new.join("hq.key")).unwrap();
        let (to, from) = (new.to_str().unwrap(), file(no));
        let restored = run(&["restore", "--dir", to, from.to_str().unwrap()]);
        let said = String::from_utf8(restored.stdout).unwrap();
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        assert!(said.contains("(0 hours old)") && said.contains("湖滨店"), "{said}");
        refilled += refill(&new, &mut tills);
    }
    assert!(refilled > 0, "at least one backup was older than the tills");
}

/// Serves the restored HQ, lets the tills send again; returns how many of them were told to go back.
fn refill(new: &Path, tills: &mut [Till; 2]) -> usize {
    let hq = Headquarters::serve(new);
    let mut sent_back = 0;
    for till in tills.iter_mut() {
        till.write(sale_to("later", 1_000, LI));
        let life_before = till.cursor.hq_epoch;
        let last = till.last().0;
        let answer = till.put(&hq, last, last);
        if answer.status == 409 {
            let said = Refusal::verify(till.hq_key(), till.terminal, till.epoch, &answer.body);
            let refusal = said.unwrap();
            assert_eq!(refusal.reason, RefusalReason::MarkMismatch);
            assert!(refusal.mark.unwrap().seq < Seq(last - 1));
            sent_back += 1;
        }
        till.acknowledged = Seq(last - 1);
        till.sync(hq.address);
        till.sync(hq.address);
        assert_ne!(till.cursor.hq_epoch, life_before, "a snapshot of a new life");
        assert_eq!(till.acknowledged, till.last());
    }
    let written: u64 = tills.iter().map(|till| till.last().0).sum();
    assert_eq!(hq.sales().len() as u64, written);
    let later = i64::try_from(tills[0].last().0 - SALES).unwrap() * 2 * 1_000;
    let plain = i64::try_from(SALES).unwrap() * 100;
    assert_eq!(spend(&hq), [(LI.into(), plain + later), (WANG.into(), plain)]);
    sent_back
}

#[test]
fn the_recovery_key_is_shown_once_and_brings_all_back() {
    use std::io::Write as _;
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let said = hq.command("recovery-key", &[]);
    let key = said.lines().next().unwrap().to_owned();
    assert_eq!(key.len(), 71);
    let (file, new) = (root.path().join("backup"), root.path().join("new"));
    assert!(backed_up(&hq, &file).status.success());
    let mut child = crate::headquarters::program()
        .args(["restore", "--dir", new.to_str().unwrap(), file.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{key}").unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).contains("keys from the backup"));
    let restored = Headquarters::serve(&new);
    assert_eq!(spend(&restored), [(LI.into(), 100)]);
}

/// Whoever is left with a backup and the recovery key alone has all of it, whatever lock the key file had.
#[test]
fn the_recovery_key_alone_brings_back_an_hq_whose_keys_were_locked() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let dir = hq.dir.to_str().unwrap().to_owned();
    drop(hq);
    let passphrase = root.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse\n").unwrap();
    let with_lock = |arguments: &[&str], input: &str| {
        let locked = ("HUITOU_HQ_PASSPHRASE_FILE", &passphrase);
        told(crate::headquarters::program().args(arguments).env(locked.0, locked.1), input)
    };
    assert!(with_lock(&["keys", "lock", "--dir", &dir], "correct horse\n").status.success());
    let key = with_lock(&["recovery-key", "--dir", &dir], "");
    let key = String::from_utf8(key.stdout).unwrap().lines().next().unwrap().to_owned();
    let (file, new) = (root.path().join("backup"), root.path().join("new"));
    let made = with_lock(&["backup", "--dir", &dir, file.to_str().unwrap()], "");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::remove_dir_all(&dir).unwrap();
    let to = ["restore", "--dir", new.to_str().unwrap(), file.to_str().unwrap()];
    let done = told(crate::headquarters::program().args(to), &format!("{key}\n"));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let hq = Headquarters::serve(&new);
    till.write(sale_to("A2", 200, LI));
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 300)]);
}

fn told(command: &mut std::process::Command, input: &str) -> Output {
    use std::io::Write as _;
    use std::process::Stdio;
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let _read_or_not = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}
