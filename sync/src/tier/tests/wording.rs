//! What the cashier reads.

use super::*;
use crate::calendar::Date;
use crate::language::Language;

fn day(year: i32, month: u8, day: u8) -> i32 {
    Date { year, month, day }.day().unwrap()
}

fn both(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> [String; 2] {
    let standing = tier(policy, amounts, today).unwrap();
    [Language::Zh, Language::En].map(|language| standing.sentence(language, 2))
}

#[test]
fn gold_says_why_and_what_keeps_it() {
    let reached = day(2026, 11, 22);
    let bought = [dated(reached - 30, 128_800), dated(reached, 400_000)];
    assert_eq!(
        both(&yearly(Then::OneDown), &bought, reached + 1),
        [
            "金卡:一年内净消费5,288.00;2027年11月21日(含)前再消费5,000.00可保留",
            "金卡: net spend of 5,288.00 within a year; 5,000.00 more by 21 November 2027 keeps it",
        ]
    );
    assert_eq!(
        tier(&yearly(Then::OneDown), &[dated(reached, 500_000)], reached)
            .unwrap()
            .why(Language::Zh, 2),
        "金卡:一年内净消费5,000.00"
    );
    // Most of it, bought in the middle of the year, will still count then.
    let bought = [bought[0], bought[1], dated(reached + 90, 400_000)];
    assert_eq!(
        both(&yearly(Then::OneDown), &bought, reached + 90)[0],
        "金卡:一年内净消费9,288.00;2027年11月21日(含)前再消费1,000.00可保留"
    );
}

#[test]
fn who_is_held_by_her_term_reads_since_when() {
    let reached = day(2026, 3, 1);
    let bought = [dated(reached - 360, 450_000), dated(reached, 50_000)];
    assert_eq!(
        both(&yearly(Then::Balance), &bought, reached + 30),
        [
            "金卡:2026年3月1日起有效,一年内净消费500.00;2027年2月28日(含)前再消费5,000.00可保留",
            "金卡: held since 1 March 2026, net spend of 500.00 within a year; 5,000.00 more by 28 \
             February 2027 keeps it",
        ]
    );
}

#[test]
fn windows_terms_and_currencies_of_other_shops_read_well() {
    let today = day(2026, 11, 22);
    let mut policy = yearly(Then::OneDown);
    policy.window_days = 90;
    let standing = tier(&policy, &[dated(today, 123_456_789)], today).unwrap();
    assert_eq!(
        standing.sentence(Language::Zh, 0),
        "钻石卡:90天内净消费123,456,789;2027年8月25日至2027年11月21日再消费2,000,000可保留"
    );
    policy.window_days = 1;
    let standing = tier(&policy, &[dated(today, 2_000_000)], today).unwrap();
    assert_eq!(standing.what_keeps(Language::Zh, 2), "2027年11月21日(含)前有效");
    assert_eq!(standing.what_keeps(Language::En, 2), "valid until 21 November 2027");
    policy.window_days = u32::MAX;
    let standing = tier(&policy, &[dated(today, 100_000)], today).unwrap();
    assert_eq!(standing.what_keeps(Language::Zh, 2), "长期有效");
}

/// S62.
#[test]
fn the_birthday_says_what_it_adds_or_replaces() {
    let mut policy = TierPolicy::default();
    policy.tiers[1].birthday_percent = Some(5);
    let words = |policy: &TierPolicy, tier| policy.birthday_words(tier, Language::Zh);
    assert_eq!(words(&policy, "金卡").unwrap(), "今天生日:另减5%,可与平时优惠同享");
    assert_eq!(words(&policy, "银卡"), None);
    assert_eq!(words(&policy, "铁卡"), None);
    policy.birthday = Stacking::Replaces;
    assert_eq!(words(&policy, "金卡").unwrap(), "今天生日:减5%,不与平时优惠同享");
    let english = policy.birthday_words("金卡", Language::En).unwrap();
    assert_eq!(english, "birthday today: 5 % instead of the usual");
    for nonsense in [0, 100, 255] {
        policy.tiers[1].birthday_percent = Some(nonsense);
        assert_eq!(words(&policy, "金卡"), None, "{nonsense} %");
    }
}

/// S14.
#[test]
fn the_levels_say_what_each_asks_and_brings() {
    let mut policy = TierPolicy::default();
    policy.tiers[1].birthday_percent = Some(5);
    policy.tiers[1].benefits = Some(" 免费改裤 ".into());
    policy.tiers.swap(0, 1);
    let levels = policy.levels(Language::Zh, 2);
    assert_eq!(levels.len(), policy.tiers.len());
    assert!(levels[0].starts_with("银卡:一年内净消费"), "{levels:?}");
    assert_eq!(levels[1], "金卡:一年内净消费5,000.00起;免费改裤;生日当天减5%");
    let english = policy.levels(Language::En, 0);
    assert!(english[1].contains("net spend of 500,000 within a year"), "{english:?}");
    policy.tiers[0].spend_min = Minor::ZERO;
    assert_eq!(policy.levels(Language::Zh, 2)[0], "金卡:人人都有;免费改裤;生日当天减5%");
    assert_eq!((policy.brings("金卡"), policy.brings("银卡")), (Some("免费改裤"), None));
}

#[test]
fn thousands_are_grouped_in_every_currency() {
    let spent = |units, exponent| {
        let standing = tier(&TierPolicy::default(), &[dated(TODAY, 500_000)], TODAY).unwrap();
        let spent = Standing { spend: Minor::new(units), since: None, ..standing };
        spent.why(Language::Zh, exponent).strip_prefix("金卡:一年内净消费").unwrap().to_owned()
    };
    assert_eq!(spent(100_000, 2), "1,000.00");
    assert_eq!(spent(99_999, 2), "999.99");
    assert_eq!(spent(-100_000, 2), "-1,000.00");
    assert_eq!(spent(-99_900, 2), "-999.00");
    assert_eq!(spent(1_234_567, 0), "1,234,567");
    assert_eq!(spent(1_234_567, 3), "1,234.567");
}
