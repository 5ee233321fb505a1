//! What a cashier should know or say now, and the one thing that may be asked (S14, S17, S26, S62).
//!
//! # Invariants
//!
//! - At most three hints, the most urgent first: an open complaint before all else.
//! - Nothing is asked of a newcomer beyond name and number, nothing twice, nothing after a refusal.
//! - No hint sells, and none tells what she spent.
//!
//! Not here: the sentences on paper (`note`).

use serde::Serialize;
use sync::calendar::Birthday;
use sync::care_list::{Card, Notice};
use sync::event::Field;
use sync::tier::HeldOut;

use crate::config::Language;

/// As many as a person takes in at a glance.
const HINTS_MAX: usize = 3;
/// A birthday is near for so many days.
const NEAR_DAYS: u16 = 7;
/// She has been away for long after so many days.
const LONG_DAYS: i32 = 90;
/// What a hint about another size than hers is called, HQ's and ours.
const SIZE: &str = "size";

/// One thing to know.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Hint {
    /// What it is about: `complaint`, `birthday`, `follow_up`, …
    pub kind: String,
    /// In words.
    pub text: String,
}

/// What is known when she stands there.
pub(super) struct Scene<'a> {
    pub(super) card: &'a Card,
    pub(super) tier: Option<&'a str>,
    pub(super) next: Option<&'a (String, String)>,
    pub(super) last_day: Option<i32>,
    pub(super) today: i32,
    pub(super) language: Language,
    /// What her tier brings on her birthday, in words.
    pub(super) birthday: Option<String>,
    pub(super) held_out: Option<HeldOut>,
    /// The gift of the day that she has not had, if it is for her.
    pub(super) gift: Option<&'a str>,
    /// The size that was sold to her a moment ago.
    pub(super) sold_size: Option<&'a str>,
}

/// The hints for her, the most urgent first.
pub(super) fn hints(scene: &Scene<'_>) -> Vec<Hint> {
    let size = another_size(scene);
    // Of today's size we know more than HQ does of the last time's.
    let stale = |kind: &str| kind == SIZE && scene.sold_size.is_some();
    let notices =
        |urgent: bool| {
            let of = move |kind: &str| (kind == "complaint") == urgent && !stale(kind);
            scene.card.notices.iter().filter(move |notice| of(&notice.kind)).map(|notice| Hint {
                kind: notice.kind.clone(),
                text: noticed(notice, scene.language),
            })
        };
    let own = [birthday(scene), thanks(scene), away(scene), held_out(scene), gap(scene)];
    let today = [birthday_today(scene), gift(scene), size].into_iter().flatten();
    let all = notices(true).chain(today).chain(notices(false));
    all.chain(own.into_iter().flatten()).take(HINTS_MAX).collect()
}

/// What HQ notices, in the till's own language where that is not HQ's.
fn noticed(notice: &Notice, language: Language) -> String {
    let own = match (notice.kind.as_str(), language) {
        ("complaint", Language::English) => Some("Her complaint is open: ask her how it stands"),
        ("follow_up", Language::English) => Some("A call to her is due: you may ask her now"),
        ("size", Language::English) => Some("Not her usual size last time: ask how it fits"),
        _ => None,
    };
    let text = own.unwrap_or(&notice.text);
    text.chars().filter(|symbol| !symbol.is_control()).take(60).collect()
}

/// The gift of the day (S63).
fn gift(scene: &Scene<'_>) -> Option<Hint> {
    let gift = scene.gift?;
    let text = match scene.language {
        Language::Chinese => format!("今天有礼物给她:{gift}(按 + 勾掉)"),
        Language::English => format!("A gift for her today: {gift} (tick it off with +)"),
    };
    Some(hint("gift", text))
}

/// A size that is not hers was sold: a silent word, while she can still try another (S67).
fn another_size(scene: &Scene<'_>) -> Option<Hint> {
    let (sold, card) = (scene.sold_size?, scene.card);
    let hers = card.value(Field::Size).or(card.size.as_deref())?;
    sync::care_list::is_another_size(hers, sold).then(|| {
        let text = match scene.language {
            Language::Chinese => format!("这次拿的{sold},平时{hers}:请问试过合不合身"),
            Language::English => format!("{sold} this time, usually {hers}: ask whether it fits"),
        };
        hint(SIZE, text)
    })
}

fn hint(kind: &str, text: String) -> Hint {
    Hint { kind: kind.to_owned(), text }
}

fn days_to_birthday(scene: &Scene<'_>) -> Option<u16> {
    let birthday = told_birthday(scene.card)?;
    Some(birthday.days_until(scene.today))
}

/// Her birthday, as she told it.
pub(super) fn told_birthday(card: &Card) -> Option<Birthday> {
    read_birthday(card.value(Field::Birthday)?)
}

/// `11-22`, or `lunar 08-15`.
pub(super) fn read_birthday(text: &str) -> Option<Birthday> {
    let (lunar, date) = match text.strip_prefix("lunar ") {
        Some(date) => (true, date),
        None => (false, text),
    };
    let (month, day) = date.split_once('-')?;
    Birthday::new(month.parse().ok()?, day.parse().ok()?, lunar)
}

fn birthday_today(scene: &Scene<'_>) -> Option<Hint> {
    (days_to_birthday(scene)? == 0).then(|| {
        let text = match scene.birthday.as_deref() {
            // What her tier brings says itself what day it is.
            Some(brings) => {
                format!("{} · {brings}", scene.language.pick("祝她快乐", "Wish her well"))
            }
            None => scene
                .language
                .pick("今天是她生日,祝她生日快乐", "Her birthday today: wish her well")
                .to_owned(),
        };
        hint("birthday", text)
    })
}

fn birthday(scene: &Scene<'_>) -> Option<Hint> {
    let days = days_to_birthday(scene).filter(|days| (1..=NEAR_DAYS).contains(days))?;
    Some(hint(
        "birthday",
        match scene.language {
            Language::Chinese => format!("{days}天后是她生日"),
            Language::English => format!("Her birthday is in {days} days"),
        },
    ))
}

fn thanks(scene: &Scene<'_>) -> Option<Hint> {
    let brought = scene.card.brought;
    (brought > 0).then(|| {
        hint(
            "referral",
            match scene.language {
                Language::Chinese => format!("她带来过{brought}位朋友,谢谢她"),
                Language::English => format!("She brought {brought} of her friends: thank her"),
            },
        )
    })
}

fn away(scene: &Scene<'_>) -> Option<Hint> {
    let days = scene.today.saturating_sub(scene.last_day?);
    (days >= LONG_DAYS).then(|| {
        hint(
            "away",
            match scene.language {
                Language::Chinese => format!("{}个月没来了,欢迎她回来", days / 30),
                Language::English => format!("Away for {} months: welcome her back", days / 30),
            },
        )
    })
}

fn held_out(scene: &Scene<'_>) -> Option<Hint> {
    let why = scene.held_out?;
    Some(hint("held_out", why.words(super::guest::words(scene.language)).to_owned()))
}

fn gap(scene: &Scene<'_>) -> Option<Hint> {
    let (tier, gap) = scene.next?;
    scene.tier.map(|_| {
        hint(
            "gap",
            match scene.language {
                Language::Chinese => format!("{tier}还差{gap}"),
                Language::English => format!("{gap} to {tier}"),
            },
        )
    })
}

/// The most valuable field that was never asked, of one who has been here before.
pub(super) fn ask(card: &Card, regular: bool) -> Option<Field> {
    const BY_VALUE: [Field; 4] = [Field::Birthday, Field::Size, Field::Channel, Field::Address];
    BY_VALUE.into_iter().find(|field| regular && !card.was_asked(*field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene<'a>(card: &'a Card, next: Option<&'a (String, String)>) -> Scene<'a> {
        Scene {
            card,
            tier: Some("金卡"),
            next,
            last_day: Some(20_000),
            today: 20_200,
            language: Language::Chinese,
            birthday: Some("另减5%".into()),
            held_out: None,
            gift: None,
            sold_size: None,
        }
    }

    fn notice(kind: &str) -> Notice {
        Notice { kind: kind.into(), text: kind.into(), offer: None }
    }

    #[test]
    fn an_open_complaint_comes_first_and_three_are_enough() {
        let date = sync::calendar::Date::of(20_200);
        let mut card = Card {
            notices: vec![notice("follow_up"), notice("complaint")],
            brought: 2,
            ..Card::default()
        };
        card.hear(Field::Birthday, Some(format!("{:02}-{:02}", date.month, date.day)));
        let next = ("钻石卡".to_owned(), "712.00".to_owned());
        let kinds: Vec<String> =
            hints(&scene(&card, Some(&next))).into_iter().map(|hint| hint.kind).collect();
        assert_eq!(kinds, ["complaint", "birthday", "follow_up"]);
    }

    /// S62: on the day itself, with what her tier brings; the day before only that it is near.
    #[test]
    fn s62_what_the_birthday_brings_is_said_on_the_date_only() {
        let said = |after_days: i32| {
            let date = sync::calendar::Date::of(20_200 + after_days);
            let mut card = Card::default();
            card.hear(Field::Birthday, Some(format!("{:02}-{:02}", date.month, date.day)));
            let hints = hints(&scene(&card, None));
            hints.into_iter().find(|hint| hint.kind == "birthday").map(|hint| hint.text)
        };
        assert!(said(0).unwrap().contains("另减5%"));
        assert!(!said(1).unwrap().contains("另减5%"));
        assert_eq!(said(-1), None);
    }

    /// S15, S16, S17.
    #[test]
    fn one_thing_is_asked_of_a_regular_and_never_again_once_it_was_answered() {
        let mut card = Card::default();
        assert_eq!(ask(&card, false), None, "a newcomer gave name and number");
        assert_eq!(ask(&card, true), Some(Field::Birthday));
        card.hear(Field::Birthday, None);
        assert_eq!(ask(&card, true), Some(Field::Size), "a refusal is an answer");
        for field in [Field::Size, Field::Channel, Field::Address] {
            card.hear(field, Some("x".into()));
        }
        assert_eq!(ask(&card, true), None);
    }

    /// S67: what is on file against what was sold, and never louder than a hint.
    #[test]
    fn s67_another_size_than_hers_is_a_silent_hint_at_once() {
        let mut card = Card { notices: vec![notice("size")], ..Card::default() };
        card.hear(Field::Size, Some("M".into()));
        let said = |sold| {
            let scene = Scene { sold_size: sold, last_day: None, ..scene(&card, None) };
            hints(&scene).into_iter().map(|hint| (hint.kind, hint.text)).collect::<Vec<_>>()
        };
        let larger = said(Some("L"));
        let [(kind, text)] = &larger[..] else { panic!("{larger:?}") };
        assert_eq!(kind, "size");
        assert!(text.contains('L') && text.contains('M'), "{text}");
        assert_eq!(said(Some(" m")), [], "hers, however it is written");
        assert_eq!(said(Some("38")), [], "shoes say nothing of a dress");
        assert_eq!(said(None), [("size".into(), "size".into())], "HQ's, of the last time");
    }

    #[test]
    fn a_birthday_is_read_by_both_calendars_and_nonsense_by_none() {
        assert!(read_birthday("11-22").is_some() && read_birthday("lunar 08-15").is_some());
        for text in ["", "13-01", "02-30", "1122", "lunar 13-01", "lunar 08-31"] {
            assert!(read_birthday(text).is_none(), "{text}");
        }
    }
}
