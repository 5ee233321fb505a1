//! Previews, by example.

use super::*;

const SALE: &str = "云裳坊\n单号:A1\n品名 数量 单价 金额\n真丝连衣裙 1 899.00 899.00\n神秘商品 1 1.00 1.00\n合计:900.00\n现金:900.00\n";

fn arguments(dir: &Path) -> Arguments {
    fs::write(dir.join("sale.txt"), SALE).unwrap();
    Arguments {
        check: None,
        receipt: Some(dir.join("sale.txt")),
        format: "lines".into(),
        rules: None,
        styles: None,
        customer: Some("name=李女士,tier=金卡,regular,absent=10".into()),
        refused: false,
        on: Some("2026-11-21".into()),
        rain: false,
        columns: None,
        charset: None,
        english: false,
        explain: true,
        png: Some(dir.join("note.png")),
    }
}

#[test]
fn a_preview_says_the_note_the_rules_and_draws_the_paper() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = arguments(dir.path());
    let text = run(None, &arguments).unwrap();
    assert!(text.starts_with("李女士,谢谢您又来看我们\n"), "{text}");
    assert!(text.contains("! 没有洗护建议: 神秘商品\n"), "{text}");
    assert!(text.contains("+ greet-gold\n") && text.contains("- rain: 条件 weather 不满足\n"));
    let with = fs::read(dir.path().join("note.png")).unwrap();
    let own = "replace = true\n[[rule]]\nid = \"a\"\npart = \"day\"\nzh = [\"谢谢您来\"]\n";
    fs::write(dir.path().join("own.toml"), own).unwrap();
    let rules = Some(dir.path().join("own.toml"));
    assert!(run(None, &Arguments { rules, ..arguments }).unwrap().starts_with("谢谢您来\n"));
    let other = fs::read(dir.path().join("note.png")).unwrap();
    assert!(with.len() > other.len(), "eight rows are more to draw than one");
}

#[test]
fn in_english_her_tier_and_the_next_have_english_names() {
    let dir = tempfile::tempdir().unwrap();
    let rules = "replace = true\n[[rule]]\nid = \"a\"\npart = \"gap\"\n\
                 when = { agreed = \"gap\" }\nzh = [\"{tier}{next_tier}{gap}\"]\n\
                 en = [\"{tier}: {gap} to {next_tier}\"]\n";
    fs::write(dir.path().join("own.toml"), rules).unwrap();
    let said = |customer: &str, english| {
        let customer = Some(format!("name=李女士,regular,agreed=gap,gap=712.00,{customer}"));
        let rules = Some(dir.path().join("own.toml"));
        let more = Arguments { customer, rules, english, explain: false, ..arguments(dir.path()) };
        let text = run(None, &more).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!(said("tier=金卡", true), "Gold: 712.00 to Diamond");
    assert_eq!(said("tier=Silver", true), "Silver: 712.00 to Gold");
    assert_eq!(said("tier=金卡,next=钻石卡", true), "Gold: 712.00 to Diamond");
    assert_eq!(said("tier=Silver", false), "银卡金卡712.00");
    assert_eq!(said("tier=V5,next=V6", true), "V5: 712.00 to V6", "a shop's own stay as they are");
}

#[test]
fn a_rules_file_is_checked_and_a_wrong_word_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    let arguments = Arguments { check: Some(path.clone()), ..arguments(dir.path()) };
    fs::write(&path, "[[rule]]\nid = \"rain\"\noff = true\n").unwrap();
    assert!(run(None, &arguments).unwrap().contains("可用"));
    fs::write(&path, "[[rule]]\nid = \"a\"\npart = \"day\"\nzh = [\"{phone}\"]\n").unwrap();
    let error = run(None, &arguments).unwrap_err().to_string();
    assert!(error.contains("line 2, rule \"a\"") && error.contains("{service_phone}"), "{error}");
    let customer = Some("shoe=38".into());
    let wrong = Arguments { customer, check: None, ..arguments };
    assert!(format!("{:#}", run(None, &wrong).unwrap_err()).contains("allowed: name=李女士"));
}

#[test]
fn styles_are_imported_once_and_a_dry_run_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list.csv");
    fs::write(&file, "款号,面料,洗标\nA1,真丝,30\nA2,棉,40\n").unwrap();
    let import = |dry| import_styles(dir.path(), Language::Chinese, &file, dry).unwrap();
    assert!(import(true).starts_with("试读,未保存:读到 2 个款号(utf-8):新增 2"));
    assert!(import(false).contains("新增 2,更改 0,不变 0"));
    assert!(import(false).contains("新增 0,更改 0,不变 2"));
    fs::write(&file, "款号,面料,洗标\nA1,真丝,hand\n").unwrap();
    assert!(import(false).contains("更改 1"));
    assert_eq!(Styles::open(dir.path()).unwrap().len(), 2, "A2 is still there");
    fs::write(&file, "款号,面料\n,真丝\n").unwrap();
    assert!(import_styles(dir.path(), Language::Chinese, &file, false).is_err());
}
