//! HQ with its ledger in PostgreSQL: one process with the keys, two that only take batches.
//!
//! Runs where HUITOU_TEST_POSTGRES has the URL of an empty database: `.ci/postgres/run.sh`. With
//! HUITOU_TEST_POSTGRES_FILES the server's own files are searched, too.

use crate::headquarters::{Headquarters, http};
use crate::searched::{assert_silent, assert_upload_is_silent, told_in};
use crate::till::{Till, sale_of, sale_to};
use crate::{LI, spend};
use std::fs;

#[test]
fn what_two_ingest_processes_took_is_opened_by_the_one_that_has_the_keys() {
    let Ok(url) = std::env::var("HUITOU_TEST_POSTGRES") else {
        eprintln!("skipped: HUITOU_TEST_POSTGRES names no database");
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found_with(root.path(), &["--ledger", &url]);
    let apart = root.path().join("ingest");
    hq.command("ingest-key", &[]);
    fs::create_dir(&apart).unwrap();
    fs::rename(hq.dir.join("ingest.key"), apart.join("ingest.key")).unwrap();
    let takes = || Headquarters::serve_with(&apart, &["--ledger", &url, "--role", "ingest"]);
    let ingest = [takes(), takes()];

    let mut till = Till::enrol_at(&hq, "湖滨店", &["--ledger", &url]);
    (1..=30).for_each(|no| _ = till.write(sale_to(&format!("A{no}"), 1_000, LI)));
    for (at, first) in (1..=30).step_by(10).enumerate() {
        assert_eq!(till.put(&ingest[at % 2], first, first + 9).status, 200);
        assert_eq!(till.put(&ingest[(at + 1) % 2], first, first + 9).status, 200, "a replay");
    }
    assert_eq!(http(ingest[0].address, "POST", "/v1/enrol", b"x").status, 503);
    let health = http(ingest[1].address, "GET", "/health", &[]).body;
    assert!(String::from_utf8(health).unwrap().contains("\"ingest\""));

    assert_upload_is_silent(&till);
    for file in fs::read_dir(&apart).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(told_in(&bytes).is_empty(), "the folder of a process that only takes batches");
    }
    if let Ok(files) = std::env::var("HUITOU_TEST_POSTGRES_FILES") {
        assert_silent(files.as_ref(), "湖滨店"); // pages and log, as they lie on the disk
    }

    // The till's own round goes to the process that has the keys, as behind a proxy.
    till.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 30_000)]);
    assert_eq!(till.care.len(), 1);
    let life = till.cursor.hq_epoch;

    hq.command("revoke", &["--ledger", &url, &till.terminal.to_string()]);
    till.write(sale_of("A31", 500));
    assert_eq!(till.put(&ingest[0], 31, 31).status, 403);
    let health = http(hq.address, "GET", "/health", &[]).body;
    assert!(String::from_utf8(health).unwrap().contains("\"quarantined\":1"));
    assert_eq!(hq.sales().len(), 30);
    assert_eq!(till.cursor.hq_epoch, life);
    let opens = fs::read(apart.join("ingest.key")).unwrap().len();
    assert!(opens < fs::read(hq.dir.join("hq.key")).unwrap().len(), "fewer secrets");
}
