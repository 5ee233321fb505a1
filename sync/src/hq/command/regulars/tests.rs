//! The commands as they are typed, over an HQ on disk.

use crate::hq::command::{Cli, CommandError, run};
use clap::{Parser as _, ValueEnum as _};
use std::path::Path;

fn types(dir: &Path, words: &[&str]) -> Result<String, CommandError> {
    let dir = dir.to_str().unwrap();
    let words = [&["huitou-hq"], words, &["--dir", dir]].concat();
    let mut out = Vec::new();
    run(Cli::try_parse_from(words).unwrap(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn founded() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    types(&dir.path().join("hq"), &["init"]).unwrap();
    dir
}

#[test]
fn the_library_is_filled_reviewed_and_planned_from_at_the_console() {
    let folder = founded();
    let hq = folder.path().join("hq");
    let added = types(&hq, &["messages", "add-shipped"]).unwrap();
    assert_eq!(added.lines().count(), 12, "six texts in two languages");
    let own = types(&hq, &["messages", "review", "1", "--by", "huitou"]).unwrap_err();
    assert!(own.to_string().contains("does not review"), "{own}");
    types(&hq, &["messages", "review", "1", "--by", "王经理"]).unwrap();
    let listed = types(&hq, &["messages", "list", "--csv"]).unwrap();
    let reviewed: Vec<&str> = listed.lines().filter(|line| line.contains("王经理")).collect();
    assert!(reviewed.len() == 1 && reviewed[0].starts_with("1,birthday,zh,"), "{listed}");
    assert_eq!(types(&hq, &["messages", "plan", "--dry-run", "--json"]).unwrap(), "");
    let sent = types(&hq, &["messages", "send"]).unwrap();
    assert_eq!(sent, "sent 0, again later 0, failed 0, held 0, waiting 0\n");
    types(&hq, &["messages", "rain", "--store", "湖滨店"]).unwrap();
    assert_eq!(types(&hq, &["messages", "log", "--counts", "--json"]).unwrap(), "");
    let list = folder.path().join("list.csv");
    let words = ["messages", "export", "--by", "王经理", "--out", list.to_str().unwrap()];
    assert!(types(&hq, &words).unwrap().starts_with("sent 0"));
    assert!(std::fs::read_to_string(&list).unwrap().starts_with("key,kind,store,"));
}

#[test]
fn settings_of_ones_own_are_checked_before_they_are_kept() {
    let folder = founded();
    let hq = folder.path().join("hq");
    let file = folder.path().join("own.toml");
    let sets = |text: &str| {
        std::fs::write(&file, text).unwrap();
        types(&hq, &["messages", "settings", file.to_str().unwrap()])
    };
    let error = sets("[caps]\nper_wek = 1\n").unwrap_err().to_string();
    assert!(error.contains("per_wek"), "{error}");
    assert!(types(&hq, &["messages", "settings"]).unwrap().contains("per_week = 2"));
    sets("[caps]\nper_week = 1\n").unwrap();
    assert_eq!(types(&hq, &["messages", "settings"]).unwrap(), "[caps]\nper_week = 1\n");
    sets("outlet = \"sms\"\n").unwrap();
}

#[test]
fn vips_are_looked_after_from_the_console() {
    let folder = founded();
    let hq = folder.path().join("hq");
    types(&hq, &["vip", "event", "--store", "湖滨店", "茶会"]).unwrap();
    let events = types(&hq, &["vip", "show", "events"]).unwrap();
    assert!(events.contains("1 stores held fewer than 4"), "S61: {events}");
    let days = ["--from", "2026-10-01", "--until", "2026-10-31"];
    let started = ["vip", "campaign", "老顾客月", "--store", "湖滨店"];
    let id = types(&hq, &[&started[..], &days].concat()).unwrap();
    assert_eq!(id, "1\n");
    let seen = ["vip", "campaign-day", "1", "--shown", "3920", "--clicked", "261"];
    types(&hq, &seen).unwrap();
    assert!(types(&hq, &["vip", "show", "campaigns"]).unwrap().contains("6.66%"), "S120");
    let gift = ["vip", "gift", "mothers", "--zh", "康乃馨", "--en", "carnations"];
    types(&hq, &gift).unwrap();
    let reward = ["vip", "reward", "hotline", "专线"];
    types(&hq, &[&reward[..], &days].concat()).unwrap();
    let fair = ["vip", "fair", "展销", "--store", "湖滨店"];
    types(&hq, &[&fair[..], &days].concat()).unwrap();
    types(&hq, &["vip", "measure", "2026", "service", "当天回复"]).unwrap();
    let benefit = ["vip", "benefit", "礼服", "--zh", "化妆", "--en", "make-up"];
    types(&hq, &[&benefit[..], &days].concat()).unwrap();
    for what in super::vip::show::What::value_variants() {
        let what = what.to_possible_value().unwrap().get_name().to_owned();
        let words = ["vip", "show", &what, "--campaign", "1", "--csv"];
        let shown = types(&hq, &words).unwrap();
        let empty =
            ["umbrellas", "referrers", "revenue", "wishes", "fairs"].contains(&what.as_str());
        assert_eq!(shown.lines().count() > 1, !empty, "{what}: {shown}");
    }
    let none = types(&hq, &["vip", "umbrella-back", "9"]).unwrap_err().to_string();
    assert!(none.contains("9"), "{none}");
}
