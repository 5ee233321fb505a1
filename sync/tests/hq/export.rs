//! Lists in and sales out at the console, as an owner does it.

use crate::LI;
use crate::headquarters::{Headquarters, run};
use crate::till::{Till, sale_to};
use std::fs;

#[test]
fn a_list_is_tried_first_then_done_listed_and_undone() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let list = root.path().join("members.csv");
    fs::write(&list, format!("手机号,姓,称呼\n{LI},李,女士\n1.38E+10,王,先生\n")).unwrap();
    let list = list.to_str().unwrap();
    let dir = hq.dir.to_str().unwrap().to_owned();
    let import = |arguments: &[&str]| {
        let output = run(&[&["import", "members", "--dir", &dir, list], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let tried = import(&[]);
    assert!(tried.contains("new 1, changed 0, the same 0, refused 1"), "{tried}");
    assert!(tried.contains("line 3: phone: ") && tried.contains("nothing was changed"), "{tried}");
    assert!(!tried.contains(LI) && !tried.contains("李"));
    assert!(hq.customers().is_empty());
    assert!(import(&["--yes"]).contains("done: import 1"));
    assert_eq!(hq.customers().len(), 1);
    assert!(import(&["--yes"]).contains("there was nothing to do"));
    assert!(hq.command("imports", &["--csv"]).contains("1,members,members.csv,"));
    let undone = run(&["import", "undo", "--dir", &dir, "1"]);
    assert!(undone.status.success());
    assert!(hq.customers().is_empty());
    let wrong = run(&["import", "members", "--dir", &dir, list, "--map", "phone=9"]);
    assert!(!wrong.status.success());
    let styles = root.path().join("styles.csv");
    fs::write(&styles, "款号,品类,面料,洗涤\nDR1,连衣裙,100%桑蚕丝,手洗\n").unwrap();
    assert!(
        run(&["import", "styles", "--dir", &dir, styles.to_str().unwrap(), "--yes"])
            .status
            .success()
    );
    assert!(hq.command("styles", &["--csv"]).contains("DR1,,连衣裙,100%桑蚕丝,hand,"));
}

#[test]
fn sales_of_a_till_are_written_a_day_a_file_without_a_number() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 129_900, LI));
    till.sync(hq.address);
    let out = root.path().join("out");
    fs::create_dir(&out).unwrap();
    let days = ["--from", "2026-11-20", "--to", "2026-11-21"];
    let said = hq.command("export", &[&["sales", out.to_str().unwrap()], &days[..]].concat());
    assert!(
        said.contains("sales-2026-11-20.csv: 0 rows")
            && said.contains("sales-2026-11-21.csv: 1 rows")
    );
    let text = fs::read_to_string(out.join("sales-2026-11-21.csv")).unwrap();
    assert!(text.contains(&format!("湖滨店,till,{}", till.terminal)), "{text}");
    assert!(text.contains(",1299.00,") && text.contains("'=HYPERLINK"), "{text}");
    assert!(!text.contains(LI) && !text.contains("6721"));
}
