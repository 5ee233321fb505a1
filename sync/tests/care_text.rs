//! Care texts are judged as people labelled them (S13, S36–S41).
//!
//! The held half measures the checker: only counts are printed, never its texts. Whoever mends the checker works on the
//! tune half and on texts of their own (`benches/care_text/texts`).

#![allow(clippy::print_stdout)] // the counts are what it is run for

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use sync::care_text::{Finding, Kind, Offence, check};

const KINDS: [&str; 9] = [
    "birthday",
    "holiday",
    "season",
    "long_absent",
    "rain",
    "after_sale",
    "receipt",
    "prompt",
    "thanks",
];
const LABELS: [&str; 3] = ["sell", "why", "need"];

/// A labelled text and what was found in it.
struct Judged {
    chinese: bool,
    hard: bool,
    labels: Vec<Offence>,
    found: Vec<Offence>,
}

fn kind(word: &str) -> Kind {
    Kind::from_word(word).expect("a kind")
}

fn judge(file: &str) -> Vec<Judged> {
    let judged = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        let labels = row["bad"]
            .as_array()
            .expect("labels")
            .iter()
            .filter_map(|label| Offence::from_label(label.as_str()?))
            .collect();
        let found =
            check(kind(row["kind"].as_str().expect("kind")), row["text"].as_str().expect("text"));
        Judged {
            chinese: row["lang"] == "zh",
            hard: row["hard"] == true,
            labels,
            found: found.iter().map(|finding| finding.offence).collect(),
        }
    };
    file.lines().map(judged).collect()
}

/// Prints how many of those that `keep` takes are bad and found, and good and found.
fn tell(name: &str, all: &[Judged], keep: impl Fn(&Judged) -> bool) -> [usize; 4] {
    let count = |bad: bool, found: bool| {
        all.iter()
            .filter(|one| {
                keep(one) && one.labels.is_empty() != bad && one.found.is_empty() != found
            })
            .count()
    };
    let counts = [count(true, true), count(true, false), count(false, true), count(false, false)];
    let [caught, missed, alarms, passed] = counts;
    println!(
        "{name:<12} bad: {caught} of {} found; good: {alarms} of {} found",
        caught + missed,
        alarms + passed
    );
    counts
}

/// Prints all counts of a half; returns recall and false alarms.
fn score(name: &str, file: &str) -> (f64, f64) {
    let all = judge(file);
    println!("-- {name}, {} texts", all.len());
    tell("zh easy", &all, |one| one.chinese && !one.hard);
    tell("zh hard", &all, |one| one.chinese && one.hard);
    tell("en easy", &all, |one| !one.chinese && !one.hard);
    tell("en hard", &all, |one| !one.chinese && one.hard);
    for label in LABELS {
        let offence = Offence::from_label(label).expect("a label");
        let with = all.iter().filter(|one| one.labels.contains(&offence));
        let (named, others): (Vec<_>, Vec<_>) = with.partition(|one| one.found.contains(&offence));
        let wrongly = all
            .iter()
            .filter(|one| one.found.contains(&offence) && !one.labels.contains(&offence))
            .count();
        println!(
            "{label:<12} named in {} of {}; named where it is not in {wrongly}",
            named.len(),
            named.len() + others.len()
        );
    }
    let [caught, missed, alarms, passed] = tell("all", &all, |_| true);
    (caught as f64 / (caught + missed) as f64, alarms as f64 / (alarms + passed) as f64)
}

fn assert_at_least(name: &str, file: &str, recall_min: f64, alarms_max: f64) {
    let (recall, alarms) = score(name, file);
    println!("recall {recall:.3}, false alarms {alarms:.3}");
    assert!(recall >= recall_min, "{name}: recall {recall:.3}");
    assert!(alarms <= alarms_max, "{name}: false alarms {alarms:.3}");
}

const TUNE: &str = include_str!("../../tests/care_texts/tune.jsonl");
const HELD: &str = include_str!("../../tests/care_texts/held.jsonl");
const LATER: &str = include_str!("../../tests/care_texts/later.jsonl");
const THIRD: &str = include_str!("../../tests/care_texts/third.jsonl");

/// The weights were learned from these too: this shows that learning and judging agree, and nothing about new texts.
/// S36, S37, S39.
#[test]
fn tune_texts_are_judged_as_labelled() {
    assert_at_least("tune", TUNE, 0.98, 0.02);
}

/// What was reached, so that nothing is lost unseen; the bar stands below.
#[test]
fn held_texts_are_judged_no_worse_than_they_were() {
    assert_at_least("held", HELD, 0.94, 0.06);
}

#[test]
#[ignore = "not reached: hints without a selling word need more than these rules and weights know"]
fn held_texts_are_judged_as_labelled() {
    assert_at_least("held", HELD, 0.98, 0.02);
}

/// A set of another hand, written after the checker and without a look at it; the floor is what was
/// found at first sight.
#[test]
fn later_texts_are_judged_no_worse_than_they_were() {
    assert_at_least("later", LATER, 0.95, 0.05);
    assert_at_least("third", THIRD, 0.95, 0.05);
}

fn offences(word: &str, text: &str) -> Vec<Offence> {
    check(kind(word), text).iter().map(|finding| finding.offence).collect()
}

#[test]
fn the_same_words_sell_or_do_not_by_what_stands_beside_them() {
    let pairs = [
        ("season", "天凉了,活动活动筋骨,早点睡。", "天凉了,秋装优惠活动开始了。"),
        ("season", "今天气温直降十度,多穿点。", "羽绒服今天直降三百元,欢迎选购。"),
        (
            "rain",
            "拉链接头淋了雨易生锈,擦干后抹点蜡烛油。",
            "点击链接看新款雨衣:https://example.com/r",
        ),
        ("after_sale", "先把袖口反折扣好,再洗。", "再买一件有折扣,欢迎到店。"),
        ("birthday", "愿您的笑容无价,生日快乐!", "生日快乐!今天全场特价。"),
        (
            "birthday",
            "Happy birthday! Take the day off.",
            "Happy birthday! Take 20% off this week.",
        ),
        (
            "season",
            "Your smile is priceless. Keep warm.",
            "Keep warm with our special prices: coats now $99.",
        ),
        ("season", "Take off wet shoes at the door.", "Boots: 30% off until Sunday."),
    ];
    for (word, good, bad) in pairs {
        assert_eq!(offences(word, good), [], "{good}");
        assert_eq!(offences(word, bad), [Offence::Sells], "{bad}");
    }
}

/// S41.
#[test]
fn missing_her_is_good_and_asking_why_is_not() {
    assert_eq!(offences("long_absent", "好久不见,很想念您,愿您好好休息。"), []);
    assert_eq!(offences("long_absent", "好久不见,您为什么不来了?"), [Offence::AsksWhy]);
    assert_eq!(offences("long_absent", "We miss you. Rest well."), []);
    assert_eq!(offences("long_absent", "Why haven't you been to see us?"), [Offence::AsksWhy]);
}

/// S13.
#[test]
fn data_for_her_own_wish_is_good_and_for_the_company_is_not() {
    assert_eq!(offences("prompt", "方便留个手机号吗?只用来告诉您怎么洗,随时可以删。"), []);
    assert_eq!(offences("prompt", "公司要求登记手机号,请您配合。"), [Offence::CompanyNeed]);
    assert_eq!(
        offences("prompt", "The system requires your phone number."),
        [Offence::CompanyNeed]
    );
}

#[test]
fn words_written_to_hide_are_found() {
    for hidden in [
        "优\u{200b}惠等您",
        "优.惠多多",
        "全场特\u{2060}价",
        "优hui等您",
        "ＳＡＬＥ today",
        "S A L E",
        "d1sc0unt inside",
        "扫🐴领礼",
        "優惠三天",
        "満减开始",
    ] {
        assert_eq!(offences("holiday", hidden), [Offence::Sells], "{hidden}");
    }
}

#[test]
fn a_finding_names_the_words_as_they_were_written() {
    let text = "天凉了,注意身体。冬装优 惠\u{200b}券等您领。";
    let found = check(Kind::Season, text);
    assert!(found[0].words.starts_with('优'), "{}", found[0].words);
    assert_eq!(&text[found[0].at.clone()], found[0].words);
    assert!(
        found[0].in_chinese().contains(&found[0].words)
            && found[0].in_english().contains(&found[0].words)
    );
}

fn assert_words_stand(text: &str, found: &[Finding]) {
    for finding in found {
        assert!(!finding.words.trim().is_empty(), "no words: {:?}", finding.offence);
        assert_eq!(
            text.get(finding.at.clone()),
            Some(finding.words.as_str()),
            "words stand elsewhere"
        );
    }
}

#[test]
fn every_offence_of_the_tune_texts_names_words_that_stand_in_the_text() {
    for line in TUNE.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("one JSON object a line");
        let text = row["text"].as_str().expect("text");
        assert_words_stand(text, &check(kind(row["kind"].as_str().expect("kind")), text));
    }
}

#[test]
fn two_hundred_characters_take_less_than_a_millisecond_and_ten_kilobytes_no_long_time() {
    let text: String = "天凉了,早晚添件衣,羊绒围巾洗净晾透再收,愿您安康。Take care and keep warm. "
        .chars()
        .cycle()
        .take(200)
        .collect();
    check(Kind::Season, &text);
    let once = || {
        let start = Instant::now();
        check(Kind::Season, &text);
        start.elapsed()
    };
    // The quickest of many: others share this machine.
    let quickest = (0..200).map(|_| once()).min().expect("200 times");
    println!("200 characters: {quickest:?}");
    assert!(quickest < Duration::from_millis(1), "{quickest:?}");
    for unit in [
        "买",
        "优惠",
        "满三百减五十",
        "a.",
        "s a l e ",
        "\u{200b}",
        "🈹",
        "您为什么不来",
        "公司要求登记",
        "http://",
        "1,",
        "的",
    ] {
        let long: String = unit
            .chars()
            .cycle()
            .take(10_240 / unit.chars().next().map_or(1, char::len_utf8))
            .collect();
        let start = Instant::now();
        assert_words_stand(&long, &check(Kind::Prompt, &long));
        println!("10 KB of {unit:?}: {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(1), "{unit}: {:?}", start.elapsed());
    }
}

#[test]
fn an_empty_or_invisible_text_is_good() {
    for text in ["", " ", "\n", "\u{200b}\u{feff}", "。", "🌸"] {
        for word in KINDS {
            assert_words_stand(text, &check(kind(word), text));
        }
        assert_eq!(offences("season", text), [], "{text:?}");
    }
}

/// Pieces that texts and those who hide words are made of.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "优",
        "惠",
        "满",
        "300",
        "减",
        "折",
        "sale",
        "S",
        "A",
        "L",
        "E",
        " ",
        ".",
        "\u{200b}",
        "🐴",
        "扫",
        "①",
        "Ｖ",
        "信",
        "為什麼",
        "不来",
        "公司",
        "要求",
        "登记",
        "\n",
        "。",
        "?",
        "é",
        "𝐒",
    ];
    prop_oneof![proptest::sample::select(known.map(str::to_owned).to_vec()), "\\PC{0,3}"]
}

proptest! {
    /// Whatever is written, the words of a finding are the text's own, and nothing panics.
    #[test]
    fn words_stand_in_any_text(pieces in vec(piece(), 0..60), which in 0..9_usize) {
        let text = pieces.concat();
        assert_words_stand(&text, &check(kind(KINDS[which]), &text));
    }

    /// Signs that no one sees change nothing.
    #[test]
    fn invisible_signs_do_not_change_the_judgement(place in 0..40_usize) {
        let text = "天冷了,全场五折优惠,欢迎到店选购新款,早点来。";
        let hidden: String = text.chars().enumerate().flat_map(|(index, sign)| if index == place { vec!['\u{200b}', sign] } else { vec![sign] }).collect();
        prop_assert_eq!(offences("season", text), offences("season", &hidden));
    }
}
