//! Whole notes on every width of paper and in every code page, as the printer draws them.
//!
//! ```text
//! scenes × widths × code pages ─▶ note ─▶ bridge ─▶ virtual printer
//!    the text on the paper is the note's rows, each in one line: nothing was cut, wrapped or boxed
//! ```
//!
//! Not here: what a note says (`huitou::note`), that other dots stay (`pixels`).

use std::path::Path;
use std::time::Instant;

use huitou::config::{Language, StoreConfig};
use huitou::note::advice::AdviceBook;
use huitou::note::fit::cells;
use huitou::note::{Asked, Books, Guest, Item, Note, Scene, compose, encode};
use huitou::note_command::noted;
use huitou::paper::{Picture, Printer, Width};
use huitou::receipt::code_page::{self, Charset};
use sync::calendar::{Birthday, Date};
use sync::event::Name;

const WIDTHS: [usize; 3] = [32, 42, 48];
const CHARSETS: [Charset; 4] =
    [Charset::Gb18030, Charset::Big5, Charset::Utf8, Charset::Table(437)];
/// Dots of one column.
const COLUMN: usize = 12;

fn store() -> StoreConfig {
    StoreConfig {
        name: "云裳坊 湖滨店".into(),
        till: "1".into(),
        phone: Some("0571-8765-4321".into()),
        associate: Some("小陈".into()),
        service_phone: Some("400-800-1234".into()),
        complaint_phone: Some("12315".into()),
    }
}

fn day(year: i32, month: u8, day: u8) -> i32 {
    Date { year, month, day }.day().unwrap()
}

/// Styles whose labels are known.
const CODED: [&str; 2] = ["QP01", "QP02"];

fn books() -> Books {
    let list = "style,category,fibre,care\n\
                QP01,旗袍,真丝,30|no-bleach|no-tumble|iron1|dryclean-P\n\
                QP02,,,hand-30|no-bleach|flat-shade|iron1-no-steam|dryclean-F-gentle|no-wetclean\n";
    let styles = huitou::styles::import(list.as_bytes(), Path::new("list.csv")).unwrap().styles;
    Books { styles, ..Books::shipped() }
}

/// A receipt with a note on it, as bytes on their way to the printer; `None` if nothing is said.
fn printed(note: &Note, charset: Charset) -> Option<Vec<u8>> {
    let prelude: &[u8] = match charset {
        Charset::Utf8 => b"\x1b@\x1c(C\x02\x000\x02",
        Charset::Table(_) => b"\x1b@\x1c.\x1bt\x00",
        _ => b"\x1b@\x1c&",
    };
    let mut job = prelude.to_vec();
    job.extend(b"TOTAL 899.00\n\n\n\x1dV\x42\x00");
    let encoded = encode(&note.rows, Some(charset), charset).expect("every row can be written");
    let with = noted(&job, |_| Some(encoded.clone()));
    (with.len() > job.len()).then_some(with)
}

/// What the printer drew: its text and its dots.
fn drawn(job: &[u8], columns: usize, charset: Charset) -> (String, Picture) {
    let width = if columns <= 32 { Width::Mm58 } else { Width::Mm80 };
    let mut printer = Printer::new(width, charset);
    printer.print(job);
    let slip = printer.slips().next().expect("one slip was cut");
    (slip.text.clone(), slip.picture.clone())
}

/// Fails unless the paper has exactly the note's rows, in whole characters, within the columns.
fn assert_whole(note: &Note, columns: usize, charset: Charset) {
    let about = || format!("{columns} columns, {charset:?}: {:#?}", note.rows);
    let Some(job) = printed(note, charset) else { panic!("no note: {}", about()) };
    let (text, picture) = drawn(&job, columns, charset);
    let on_paper: Vec<&str> =
        text.lines().map(str::trim_end).filter(|row| !row.is_empty()).collect();
    let mut expected = vec!["TOTAL 899.00"];
    expected.extend(note.rows.iter().map(|row| row.text.as_str()));
    assert_eq!(on_paper, expected, "{}", about());
    for row in &note.rows {
        assert!(cells(&row.text) <= columns, "{} is too wide: {}", row.text, about());
        let again =
            code_page::encode(charset, &row.text).map(|bytes| code_page::decode(charset, &bytes));
        assert_eq!(again.as_deref(), Some(row.text.as_str()), "{}", about());
    }
    // No dot of ink beyond the columns that the paper has for this width.
    let edge = (columns * COLUMN).min(picture.width());
    let beyond =
        (0..picture.height()).any(|y| (edge..picture.width()).any(|x| picture.ink(x, y) > 0));
    assert!(!beyond, "ink beyond column {columns}: {}", about());
}

fn name(surname: &str, title: &str) -> Option<Name> {
    Some(Name { surname: surname.into(), title: title.into() })
}

/// People as they come into a shop.
fn guests() -> Vec<Option<Guest>> {
    let li = Guest {
        name: name("李", "女士"),
        regular: true,
        tier: Some("金卡".into()),
        tier_until: Some(day(2027, 12, 31)),
        ..Guest::default()
    };
    let new = Guest { name: name("王", "女士"), first_visit: true, ..Guest::default() };
    let gap = Some(("钻石卡".to_owned(), "712.00".to_owned()));
    vec![
        None,
        Some(li.clone()),
        Some(new.clone()),
        Some(Guest { came: true, name: name("欧阳", "先生"), ..new.clone() }),
        Some(Guest { name: name("\u{1b}@\u{202E}x", "女士"), ..li.clone() }),
        Some(Guest { name: name("Featherstonehaugh", "Ms"), ..new }),
        Some(Guest {
            name: name("Li", "Ms"),
            tier: Some("Platinum".into()),
            tier_brings: Some("free alterations".into()),
            ..li.clone()
        }),
        Some(Guest { tier_brings: Some("免费改裤、免费熨烫".into()), ..li.clone() }),
        Some(Guest { tier_brings: Some("全场八折,限时抢购".into()), ..li.clone() }),
        Some(Guest { birthday: Birthday::new(11, 22, false), ..li.clone() }),
        Some(Guest { birthday: Birthday::new(11, 25, false), ..li.clone() }),
        Some(Guest {
            last_visit: Some(day(2026, 1, 5)),
            last_item: Some("羊毛大衣".into()),
            brought: true,
            ..li.clone()
        }),
        Some(Guest { next: gap, gap_on_paper: true, follow_up_due: true, ..li.clone() }),
        Some(Guest {
            associate: Some("司徒美美".into()),
            associate_phone: Some("0571-8765-4321-108".into()),
            tier: Some("银卡".into()),
            ..li
        }),
    ]
}

fn scenes(mut each: impl FnMut(&Scene<'_>)) {
    let (store, guests) = (store(), guests());
    let baskets: [&[&str]; 6] = [
        &[CODED[0]],
        &CODED,
        &[],
        &["真丝连衣裙 M"],
        &["羊毛大衣 驼色", "Cashmere scarf", "小白鞋", "高腰牛仔裤", "购物袋"],
        &["\u{1b}p\u{0}神秘😀", "亮片晚礼服"],
    ];
    for guest in &guests {
        for basket in baskets {
            let items = basket.iter().map(|name| Item { name, style: Some(name) });
            let items: Vec<Item<'_>> = items.collect();
            for (today, rain, is_return) in [
                (day(2026, 11, 22), true, false),
                (day(2027, 2, 6), false, false),
                (day(2026, 12, 3), false, true),
            ] {
                for language in [Language::Chinese, Language::English] {
                    each(&Scene {
                        columns: 48,
                        lines_max: 8,
                        language,
                        charset: None,
                        store: &store,
                        associate: None,
                        guest: guest.as_ref(),
                        asked: Asked::Refused,
                        items: &items,
                        is_return,
                        printed: &[],
                        today,
                        rain,
                        total: None,
                        decimals: 2,
                        consent: guest.as_ref().filter(|g| g.first_visit).map(|_| "care-2026-11"),
                    });
                }
            }
        }
    }
}

#[test]
fn every_scene_is_whole_on_every_paper_and_in_every_code_page() {
    let (books, mut count) = (books(), 0);
    scenes(|scene| {
        for columns in WIDTHS {
            for charset in CHARSETS {
                let note = compose(&Scene { columns, charset: Some(charset), ..*scene }, &books);
                assert_whole(&note, columns, charset);
                count += 1;
            }
        }
    });
    assert!(count > 4_000, "only {count} notes were drawn");
}

#[test]
fn every_advice_is_whole_on_every_paper_and_in_every_code_page() {
    let (store, books) = (store(), Books::shipped());
    for advice in AdviceBook::shipped().all() {
        let items = [Item { name: &advice.words()[0], style: None }];
        for columns in WIDTHS {
            for charset in CHARSETS {
                let scene = Scene {
                    columns,
                    lines_max: 8,
                    language: Language::Chinese,
                    charset: Some(charset),
                    store: &store,
                    associate: None,
                    guest: None,
                    asked: Asked::NotAsked,
                    items: &items,
                    is_return: false,
                    printed: &[],
                    today: day(2026, 11, 21),
                    rain: false,
                    total: None,
                    decimals: 2,
                    consent: None,
                };
                let note = compose(&scene, &books);
                assert!(note.unknown.is_empty() && note.rows[0].text.starts_with('['), "{note:?}");
                assert_whole(&note, columns, charset);
            }
        }
    }
}

/// Each rule by itself, whenever it speaks at all: none hides behind another.
#[test]
fn every_rule_is_whole_on_every_paper_and_speaks_in_some_scene() {
    let shipped = books();
    let (dates, mut silent) = (holidays(), Vec::new());
    for rule in shipped.rules.rules() {
        let books = Books { rules: shipped.rules.only(&rule.id), ..shipped.clone() };
        let mut spoken = 0;
        scenes(|scene| {
            let days = if scene.items.is_empty() { &dates[..] } else { &dates[..1] };
            for today in days.iter().chain([&scene.today]) {
                let store = without(scene.store, spoken);
                let scene = Scene { today: *today, store: &store, ..*scene };
                if spoken > 5 || compose(&scene, &books).rows.is_empty() {
                    continue;
                }
                for columns in WIDTHS {
                    for charset in CHARSETS {
                        let scene = Scene { columns, charset: Some(charset), ..scene };
                        let note = compose(&scene, &books);
                        if !note.rows.is_empty() {
                            assert_whole(&note, columns, charset);
                        }
                    }
                }
                spoken += 1;
            }
        });
        if spoken == 0 {
            silent.push(rule.id.as_str());
        }
    }
    assert_eq!(silent, [""; 0]);
}

/// Some shops have no associate's name.
fn without(store: &StoreConfig, at: usize) -> StoreConfig {
    let associate = store.associate.clone().filter(|_| at.is_multiple_of(2));
    StoreConfig { associate, ..store.clone() }
}

/// A day of each holiday, and of each season.
fn holidays() -> Vec<i32> {
    let year = day(2026, 3, 1)..day(2027, 3, 1);
    let mut seen = Vec::new();
    let mut days: Vec<i32> = year
        .filter(|&day| {
            sync::calendar::holidays(day).into_iter().any(|holiday| {
                let known = seen.contains(&holiday);
                seen.push(holiday);
                !known
            })
        })
        .collect();
    days.extend([day(2026, 4, 20), day(2026, 7, 20), day(2026, 10, 20), day(2026, 11, 22)]);
    days
}

/// The till's printer waits for it: a thousand and more notes, each in far less than a millisecond.
#[test]
fn a_note_is_written_in_less_than_a_millisecond() {
    let (books, mut count, mut slowest) = (books(), 0, std::time::Duration::ZERO);
    let begin = Instant::now();
    scenes(|scene| {
        for charset in CHARSETS {
            let scene = Scene { charset: Some(charset), ..*scene };
            // The best of three: a machine that does something else meanwhile is not what is measured.
            let one = || {
                let begin = Instant::now();
                std::hint::black_box(compose(&scene, &books));
                begin.elapsed()
            };
            slowest = slowest.max((0..3).map(|_| one()).min().unwrap_or_default());
            count += 3;
        }
    });
    let average = begin.elapsed() / count;
    eprintln!("{count} notes: {average:?} on average, {slowest:?} the slowest");
    assert!(average.as_micros() < 1_000, "{average:?}");
}
