//! What may be seen, guessed or reached, and by whom.

use crate::headquarters::{self, Headquarters, http, run};
use crate::searched::{assert_silent, assert_upload_is_silent};
use crate::till::{self, Till};
use crate::{LI, WANG, a_small_day};
use std::fs;
use sync::message::{EnrolCode, EnrolReply, HqKeys};
use sync::seal::SealingSecret;
use sync::sign::SigningKey;

#[test]
fn a_code_works_once_for_one_till_and_guessing_is_slow() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let code: EnrolCode = hq.code("湖滨店").parse().unwrap();
    let keys = http(hq.address, "GET", "/v1/keys", &[]);
    let keys = HqKeys::verify(&code.fingerprint, &keys.body).unwrap();
    let try_with = |signing: &SigningKey, own: &SealingSecret| {
        let sealed = till::request(&code, signing, own).seal(&keys.current().unwrap()).unwrap();
        http(hq.address, "POST", "/v1/enrol", &sealed)
    };
    let (signing, own) = (SigningKey::generate(), SealingSecret::generate(1));
    let reply = |answer: headquarters::Answer| {
        EnrolReply::open(&keys.signing, &own, &answer.body).unwrap().terminal
    };
    let terminal = reply(try_with(&signing, &own));
    assert_eq!(reply(try_with(&signing, &own)), terminal, "the reply was lost: the same again");
    for _ in 0..10 {
        assert_eq!(try_with(&SigningKey::generate(), &own).status, 403, "another till");
    }
    let slowed = try_with(&signing, &own);
    assert_eq!(slowed.status, 429);
    assert!((1..=60).contains(&slowed.retry_after_s.unwrap()));
}

#[test]
fn no_file_of_hq_and_no_byte_on_the_wire_holds_a_clear_number() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    a_small_day(&mut till);
    till.sync(hq.address);
    hq.page("/customers");
    let mut searched = vec![("the wire".to_owned(), till.wire.clone())];
    for file in fs::read_dir(&hq.dir).unwrap() {
        let path = file.unwrap().path();
        searched.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    assert!(searched.iter().any(|(name, _)| name.ends_with("hq.db-wal")), "the log, too");
    for (name, bytes) in searched {
        for secret in [LI, WANG, "李女士"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{name} holds {secret}");
        }
    }
    assert_eq!(till.sealing().id(), 1);
}

#[test]
fn a_process_that_only_takes_batches_has_nobodys_number_name_or_purchase_on_its_disk() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    hq.command("ingest-key", &[]);
    let dir = hq.dir.clone();
    drop(hq);
    fs::rename(dir.join("hq.key"), root.path().join("hq.key")).unwrap();
    let takes = Headquarters::serve_with(&dir, &["--role", "ingest"]);
    a_small_day(&mut till);
    assert_eq!(till.put(&takes, 1, till.last().0).status, 200);
    assert!(dir.join("hq.db-wal").metadata().unwrap().len() > 0, "the log, too");
    assert_silent(&dir, "湖滨店");
    drop(takes);
    assert_silent(&dir, "湖滨店");
    assert_upload_is_silent(&till);
}

#[test]
#[cfg(unix)]
fn keys_are_for_their_owner_only_and_are_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&hq.dir), 0o700);
    assert_eq!(mode(&hq.dir.join("hq.key")), 0o600);
    let before = fs::read(hq.dir.join("hq.key")).unwrap();
    let again = run(&["init", "--dir", hq.dir.to_str().unwrap()]);
    assert!(!again.status.success());
    assert_eq!(fs::read(hq.dir.join("hq.key")).unwrap(), before);
}

#[test]
fn pages_that_nobody_can_log_in_to_do_not_face_a_network() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let dir = hq.dir.to_str().unwrap();
    let refused = run(&["serve", "--dir", dir, "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--ingest-only"));
}

#[test]
fn pages_and_tables_mask_numbers_and_disarm_what_came_off_paper() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "<湖滨店>");
    a_small_day(&mut till);
    till.sync(hq.address);
    for path in ["/", "/tills", "/sales", "/customers", "/numbers", "/staff", "/users", "/audit"] {
        let page = hq.page(path);
        assert!(!page.contains(LI) && !page.contains("<湖滨店>"), "{path}");
        assert!(page.contains("回头 &lt;总部&gt;"), "{path}");
    }
    hq.summed();
    assert!(hq.page("/").contains("昨夜 <b>1/1</b> 店已到"));
    assert!(hq.page("/customers").contains("138****6721"));
    let csv = hq.command("sales", &["--csv"]);
    assert!(csv.starts_with("store,terminal,epoch,seq,kind,receipt_no,printed_at,total,"));
    assert!(csv.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{csv}");
    assert!(csv.contains(",-1000.00,") && !csv.contains(LI));
    assert_eq!(csv.matches("\r\n").count(), 7);
    assert!(hq.command("customers", &[]).contains("138****6721  李女士  金卡"));
    assert!(hq.command("customers", &["--clear", "letters to members"]).contains(LI));
    assert!(hq.page("/audit").contains("letters to members"), "a look is in the trail");
}

#[test]
fn the_door_opens_for_the_right_password_and_slowly_for_wrong_ones() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    assert_eq!(http(hq.address, "GET", "/", &[]).status, 303, "to the door");
    let door = String::from_utf8(http(hq.address, "GET", "/log-in", &[]).body).unwrap();
    assert!(door.contains("还没有用户"));
    assert!(hq.page("/").contains("昨夜"));
    for name in ["test", "nobody"] {
        let answers: Vec<_> = (0..12).map(|_| hq.log_in(name, "wrong horse 99")).collect();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses[..6], [403; 6], "a name that nobody has is like one that somebody has");
        assert!(statuses.contains(&429) && !statuses.contains(&303), "{statuses:?}");
        assert!(answers.iter().any(|answer| answer.retry_after_s.is_some()));
    }
}
