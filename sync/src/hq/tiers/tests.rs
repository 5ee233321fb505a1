//! The tiers' file there and back, what is refused, and who moves.

use super::*;
use crate::hq::keys::Keys;
use crate::hq::store::Founding;
use crate::language::Language;
use proptest::prelude::*;

const FILE: &str = r#"
window_days = 730
term_days = 365
then = "balance"
birthday = "replaces"

[[tier]]
name = "贵宾卡"
spend_min = 0

[[tier]]
name = "金卡"
spend_min = "5,000.50"
birthday_percent = 10
benefits = "免费改裤,生日当月送护理一次"
"#;

fn chain() -> (Hq, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    (hq, dir)
}

#[test]
fn a_file_says_all_that_a_policy_has_and_comes_back_the_same() {
    let policy = read(FILE, 2).unwrap();
    assert_eq!(policy.tiers[1].spend_min, Minor::new(500_050));
    assert_eq!(policy.tiers[1].birthday_percent, Some(10));
    assert_eq!(policy.keep, Keep::Term { days: 365, then: Then::Balance });
    assert_eq!((policy.window_days, policy.birthday), (730, Stacking::Replaces));
    assert_eq!(read(&write(&policy, 2), 2).unwrap(), policy);
    for language in [Language::Zh, Language::En] {
        let shipped = TierPolicy::in_language(language);
        assert_eq!(read(&write(&shipped, 2), 2).unwrap(), shipped);
    }
}

#[test]
fn what_is_no_policy_is_refused_by_name() {
    let said = |text: &str| read(text, 2).unwrap_err().to_string();
    assert!(said("window_days = 365").contains("[[tier]]"));
    assert!(said("windows_days = 365").contains("windows_days"), "a key that nobody knows");
    let one = |tier: &str| format!("window_days = 365\n[[tier]]\nname = \"金卡\"\n{tier}");
    for (tier, word) in [
        ("spend_min = \"12.345\"", "spend_min"),
        ("spend_min = -1", "spend_min"),
        ("spend_min = 1\nbirthday_percent = 100", "1 to 99"),
        ("spend_min = 1\nbenefits = \"a\\nb\"", "one line"),
        ("spend_min = 1\n[[tier]]\nname = \"金卡\"\nspend_min = 2", "twice"),
        ("spend_min = 1\n[[tier]]\nname = \"银卡\"\nspend_min = 1", "another begins"),
        ("spend_min = 1\n[[tier]]\nname = \"\"\nspend_min = 2", "1 to 16"),
    ] {
        let said = said(&one(tier));
        assert!(said.contains(word), "{tier}: {said}");
    }
    assert!(said(&one("spend_min = 1").replace("365", "0")).contains("window_days"));
    let long = one("spend_min = 1").replace("365", "365\nterm_days = 99999");
    assert!(said(&long).contains("term_days"));
}

#[test]
fn setting_them_tells_tills_anew_only_where_more_of_the_past_is_needed() {
    let (mut hq, _dir) = chain();
    let epoch = |hq: &Hq| store::own(&hq.db).unwrap().epoch;
    let first = epoch(&hq);
    let mut policy = TierPolicy::default();
    policy.tiers[0].benefits = Some("免费改裤".into());
    set(&mut hq, &policy, "test", 0).unwrap();
    assert_eq!(store::own(&hq.db).unwrap().policy, policy);
    assert_eq!(epoch(&hq), first, "what tills keep is enough");
    set(&mut hq, &read(FILE, 2).unwrap(), "test", 0).unwrap();
    assert_ne!(epoch(&hq), first);
    let noted: u32 = hq
        .db
        .query_row("SELECT count(*) FROM audit WHERE what = 'tiers'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(noted, 2);
    set(&mut hq, &read(FILE, 2).unwrap(), "test", 0).unwrap();
    let again = hq.db.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, u32>(0));
    assert_eq!(again, Ok(2), "the same again changes nothing");
}

proptest! {
    #[test]
    fn any_policy_is_written_so_that_it_reads_back(
        spends in proptest::collection::btree_set(0i64..9_000_000, 1..6),
        window_days in 1u32..=DAYS_MAX, term in proptest::option::of(1u32..=DAYS_MAX),
        percent in proptest::option::of(1u8..100), benefits in proptest::option::of("[一-龥a-z\"\\\\]{1,20}"),
        exponent in 0u8..=4,
    ) {
        let tiers = spends.into_iter().enumerate().map(|(n, least)| TierRule {
            name: format!("卡\"{n}"),
            spend_min: Minor::new(least),
            birthday_percent: percent,
            benefits: benefits.clone(),
        });
        let keep = term.map_or(Keep::Rolling, |days| Keep::Term { days, then: Then::OneDown });
        let policy =
            TierPolicy { tiers: tiers.collect(), window_days, keep, birthday: Stacking::Adds };
        prop_assert_eq!(read(&write(&policy, exponent), exponent).unwrap(), policy);
    }
}
