//! Paper tells nobody's secrets and fits, whatever comes in: every shipped rule, over random guests
//! and scenes, with names and items that are hostile.

use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::receipt::code_page;

/// Text that must never be let through: for printers, for people, for measuring.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[李王陈欧阳司马张小明芳华]{1,4}",
        1 => "[a-zA-Z]{1,14}( [a-z]{2,8})?",
        1 => select(vec![
            "\x1b@\x1di\x00", "李\u{202E}138", "李\u{200B}", "１３８００１３８０００", "13800138000", "e\u{301}\u{301}",
            "😀女士", "{phone}", "{name}", "\u{FEFF}", "李\n投诉", "\u{1F1E8}\u{1F1F3}", "累计消费99999.00", "",
            "一二三四五六七八九十一二三四五六七八九十", "|||\t\x07\x0c", "ﷺ", "\u{E000}", "٣٤٥٦٧٨٩",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn guest() -> impl Strategy<Value = Guest> {
    let title =
        prop_oneof![4 => Just("女士".to_owned()), 1 => Just("先生".to_owned()), 1 => hostile()];
    let name = option::weighted(0.8, (hostile(), title));
    let tier = prop_oneof![
        select(vec!["金卡", "银卡", "钻石卡", "Gold", "VIP"]).prop_map(str::to_owned),
        hostile(),
    ];
    let flags = (any::<[bool; 7]>(), 1u8..=12, 1u8..=30);
    let day = 20_000i32..22_000;
    let next = option::of((hostile(), prop_oneof![Just("712.00".to_owned()), hostile()]));
    let associate = (
        option::of(hostile()),
        option::of(prop_oneof![Just("138-0000-1111".to_owned()), hostile()]),
    );
    let brings = option::of(prop_oneof![Just("免费改裤".to_owned()), hostile()]);
    let next = (next, option::of(hostile()), brings);
    (name, option::of(tier), flags, option::of(day.clone()), option::of(day), next, associate)
        .prop_map(|(name, tier, (flags, month, born), last_visit, tier_until, next, associate)| {
            Guest {
                name: name.map(|(surname, title)| Name { surname, title }),
                regular: flags[0],
                first_visit: flags[1],
                owes_consent: flags[1],
                tier,
                tier_until,
                tier_brings: next.2,
                next: next.0,
                last_item: next.1,
                gap_on_paper: flags[2],
                birthday: Birthday::new(month, born, flags[3]),
                last_visit,
                brought: flags[4],
                came: flags[5],
                follow_up_due: flags[6],
                associate: associate.0,
                associate_phone: associate.1,
                shown: Vec::new(),
            }
        })
}

fn items() -> impl Strategy<Value = Vec<String>> {
    let known = select(AdviceBook::shipped().words().cloned().collect::<Vec<_>>());
    vec(prop_oneof![3 => known, 1 => hostile()], 0..6)
}

fn charset() -> impl Strategy<Value = Charset> {
    select(vec![
        Charset::Gb18030,
        Charset::Big5,
        Charset::Utf8,
        Charset::Table(437),
        Charset::Table(866),
        Charset::ShiftJis,
        Charset::EucKr,
    ])
}

/// What the words of a note may hold of digits: the store's own numbers and those of the rules.
fn is_phone_of(store: &StoreConfig, guest: Option<&Guest>, digits: &str) -> bool {
    let own = [&store.phone, &store.service_phone, &store.complaint_phone];
    let hers = guest.and_then(|guest| guest.associate_phone.as_ref());
    let mut known = own.into_iter().flatten().chain(hers);
    known.any(|phone| {
        let usual =
            |c: char| who::plain(&c.to_string(), 2).filter(|c| c.as_bytes()[0].is_ascii_digit());
        phone.chars().filter_map(usual).collect::<String>().contains(digits)
    })
}

/// Runs of digits of a row, the signs between them left out.
fn runs(row: &str) -> Vec<String> {
    let is_run = |c: char| c.is_ascii_digit() || "-.()+".contains(c);
    let digits = |run: &str| run.chars().filter(char::is_ascii_digit).collect::<String>();
    row.split(|c| !is_run(c)).map(digits).filter(|run| !run.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every rule by itself, so that none hides behind another.
    #[test]
    fn no_rule_tells_a_secret_or_leaves_the_paper(
        guest in option::weighted(0.8, guest()),
        names in items(),
        columns in select(vec![32usize, 42, 48]),
        charset in charset(),
        english in any::<bool>(),
        (is_return, rain, refused, consent) in any::<(bool, bool, bool, bool)>(),
        today in 20_000i32..22_000,
        total in option::of(-1_000_000i64..10_000_000),
        lines_max in 1usize..12,
        associate in option::of(hostile()),
    ) {
        let store = StoreConfig { associate, ..store() };
        let items: Vec<Item<'_>> = names.iter().map(|name| Item { name, style: None }).collect();
        let scene = Scene {
            columns,
            lines_max,
            language: if english { Language::English } else { Language::Chinese },
            charset: Some(charset),
            store: &store,
            associate: None,
            guest: guest.as_ref(),
            asked: if refused { Asked::Refused } else { Asked::NotAsked },
            items: &items,
            is_return,
            printed: &[],
            today,
            rain,
            total: total.map(Minor::new),
            decimals: 2,
            consent: consent.then_some("care-2026-11"),
        };
        for books in each_rule() {
            let note = compose(&scene, books);
            prop_assert!(note.rows.len() <= lines_max);
            for row in &note.rows {
                checked(&row.text, &scene)?;
            }
            if scene.guest.is_none() {
                let text: String = note.rows.iter().map(|row| row.text.as_str()).collect();
                prop_assert!(!text.contains("您好") && !text.contains("会员"), "{}", text);
            }
        }
    }
}

/// Each shipped rule as a book of its own, and all of them together.
fn each_rule() -> &'static [Books] {
    static BOOKS: OnceLock<Vec<Books>> = OnceLock::new();
    BOOKS.get_or_init(|| {
        let shipped = Books::shipped();
        let alone = |id: &String| Books { rules: shipped.rules.only(id), ..shipped.clone() };
        let mut books: Vec<Books> =
            shipped.rules.rules().iter().map(|rule| alone(&rule.id)).collect();
        books.push(shipped);
        books
    })
}

fn checked(row: &str, scene: &Scene<'_>) -> Result<(), TestCaseError> {
    prop_assert!(cells(row) <= scene.columns, "{row:?} is {} wide", cells(row));
    prop_assert!(!row.trim().is_empty() && row.chars().all(who::is_plain), "{row:?}");
    prop_assert!(
        scene.charset.is_none_or(|charset| code_page::encode(charset, row).is_some()),
        "{row:?}"
    );
    let guest = scene.guest;
    // A telephone has seven digits or more.
    for digits in runs(row).iter().filter(|digits| digits.len() >= 7) {
        let until = guest.and_then(|guest| guest.tier_until).map(|day| {
            let date = Date::of(day);
            format!("{}{:02}{:02}", date.year, date.month, date.day)
        });
        let known = is_phone_of(scene.store, guest, digits)
            || until.as_ref() == Some(digits)
            || "care-2026-11".replace(|c: char| !c.is_ascii_digit(), "") == *digits;
        prop_assert!(known, "{row:?} has {digits}");
    }
    // Amounts: 712.00 only where she agreed.
    let amount = row.contains("712.00");
    prop_assert!(!amount || guest.is_some_and(|guest| guest.gap_on_paper), "{row:?}");
    let Some(name) = guest.and_then(|guest| guest.name.as_ref()) else { return Ok(()) };
    // Given names behind a surname of one or two characters.
    let given: String = name.surname.chars().skip(2).collect();
    if given.chars().count() > 0
        && name.surname.chars().all(|c| "李王陈欧阳司马张小明芳华".contains(c))
    {
        prop_assert!(!row.contains(&name.surname), "{row:?} has a whole name");
    }
    Ok(())
}
