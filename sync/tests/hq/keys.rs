//! HQ's keys over their life: new ones, the end of old ones, a lock, and the copy on paper.

use crate::LI;
use crate::headquarters::{Headquarters, program, run};
use crate::till::{Till, sale_to};
use std::io::Write as _;
use std::process::{Output, Stdio};

fn told(dir: &std::path::Path, arguments: &[&str], input: &str) -> Output {
    let mut child = program()
        .args(arguments)
        .args(["--dir", dir.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _read_or_not = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].concat().escape_ascii().to_string()
}

#[test]
fn tills_go_on_under_a_new_key_and_the_old_one_dies_when_they_have_passed_it() {
    let root = tempfile::tempdir().unwrap();
    let mut hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    assert!(told(&hq.dir, &["keys", "rotate"], "").status.success());
    hq.crash_and_restart();
    till.write(sale_to("A2", 200, LI)); // sealed before it heard
    till.sync(hq.address);
    till.write(sale_to("A3", 300, LI));
    let said = text(&told(&hq.dir, &["keys", "destroy", "1"], ""));
    assert!(said.contains("2 sealed originals") && said.contains("nothing was done"), "{said}");
    till.sync(hq.address);
    assert_eq!(hq.sales().len(), 3);
    let said = text(&told(&hq.dir, &["keys", "list"], ""));
    assert!(said.contains("every till has passed it"), "{said}");
    assert!(told(&hq.dir, &["keys", "destroy", "1", "--yes"], "").status.success());
    assert!(!told(&hq.dir, &["keys", "destroy", "2", "--yes"], "").status.success(), "in force");
    hq.crash_and_restart();
    till.write(sale_to("A4", 400, LI));
    till.sync(hq.address);
    assert_eq!(hq.sales().len(), 4);
}

#[test]
fn locked_keys_open_with_their_passphrase_only() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let dir = hq.dir.clone();
    drop(hq);
    let file = root.path().join("passphrase");
    std::fs::write(&file, "correct horse\n").unwrap();
    assert!(told(&dir, &["keys", "lock"], "correct horse\n").status.success());
    let arguments = ["sales", "--dir", dir.to_str().unwrap()];
    let said = text(&run(&arguments));
    assert!(said.contains("HUITOU_HQ_PASSPHRASE_FILE"), "{said}");
    let opened =
        program().args(arguments).env("HUITOU_HQ_PASSPHRASE_FILE", &file).output().unwrap();
    assert!(opened.status.success(), "{}", text(&opened));
}

#[test]
fn the_copy_on_paper_is_drilled_and_brings_a_lost_hq_back() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let copy = root.path().join("keys.sealed");
    let copy = copy.to_str().unwrap();
    let said = told(&hq.dir, &["keys", "backup", copy, "--parts", "3", "--needed", "2"], "");
    let said = String::from_utf8(said.stdout).unwrap();
    let parts: Vec<&str> = said.lines().filter(|line| line.starts_with("HQ-PART")).collect();
    assert_eq!(parts.len(), 3);
    let two = format!("{}\n{}\n", parts[2], parts[0]);
    let drill = told(&hq.dir, &["keys", "drill", copy], &two);
    assert!(drill.status.success(), "{}", text(&drill));
    let alone = told(&hq.dir, &["keys", "drill", copy], parts[1]);
    assert!(text(&alone).contains("2 different parts are needed, 1 are there"), "{}", text(&alone));
    let dir = hq.dir.clone();
    drop(hq);
    std::fs::remove_file(dir.join("hq.key")).unwrap();
    assert!(told(&dir, &["keys", "recover", copy], &two).status.success());
    let hq = Headquarters::serve(&dir);
    till.write(sale_to("A2", 200, LI));
    till.sync(hq.address);
    assert_eq!(crate::spend(&hq), [(LI.into(), 300)]);
}
