//! What the note on a receipt says.
//!
//! ```text
//! 李女士,谢谢您又来看我们          greeting   only who gave her number
//! 您是金卡会员                     tier       unless the till printed it
//! [真丝 养护,以洗标为准]           advice     one category, from a file
//!  30度内手洗,中性洗涤剂,不拧
//! 不合身不会洗,找小陈,当天回您     promise
//!  小陈/门店 0571-8765-4321        contact
//! 客服400-800-1234 投诉12315       service
//! ```
//!
//! # Invariants
//!
//! - No row is wider than the paper, and no character is cut; CJK counts two columns.
//! - Paper tells nobody's secrets: surname and title, no number, no amount.
//! - What the till printed itself is not repeated.
//! - A return gets the service rows only; whoever gave no number gets no greeting.
//!
//! Not here: printing it (`firmware_bridge`), which slips get one (`agent`).

pub mod advice;
mod encode;

pub use encode::{EncodedNote, encode};

use sync::event::Name;

use crate::config::{Language, StoreConfig};
use crate::receipt::code_page::columns;
use advice::AdviceBook;

/// A name longer than this on a note is none: it came off a keyboard or a stream.
const NAME_COLUMNS_MAX: usize = 12;

/// One row of a note.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoteRow {
    /// The text, no control characters.
    pub text: String,
    /// Printed bold where the printer's bold is known.
    pub bold: bool,
}

/// Who is being served, as far as paper may know.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// How she is addressed.
    pub name: Option<Name>,
    /// She has bought here before.
    pub regular: bool,
    /// Her tier.
    pub tier: Option<String>,
}

/// What a note is written for.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Columns of the paper.
    pub columns: usize,
    /// The most rows.
    pub lines_max: usize,
    /// What people read.
    pub language: Language,
    /// The shop.
    pub store: &'a StoreConfig,
    /// Who gave her number, if she did.
    pub guest: Option<&'a Guest>,
    /// What was bought, by name.
    pub items: &'a [String],
    /// Money went back to her.
    pub is_return: bool,
    /// What the till printed.
    pub printed: &'a [String],
}

/// A part of a note; parts of high rank go first when there is no room.
struct Part {
    rank: u8,
    rows: Vec<NoteRow>,
}

/// Writes the note; without rows there is nothing to say.
#[must_use]
pub fn compose(scene: &Scene<'_>, book: &AdviceBook) -> Vec<NoteRow> {
    let mut parts: Vec<Part> = Vec::new();
    if !scene.is_return {
        parts.extend(greeting(scene));
        parts.extend(tier(scene));
        parts.extend(advice(scene, book));
        parts.push(promise(scene));
    }
    parts.extend(contact(scene));
    parts.extend(service(scene));
    while parts.iter().map(|part| part.rows.len()).sum::<usize>() > scene.lines_max {
        let Some(least) = (0..parts.len()).max_by_key(|&index| parts[index].rank) else { break };
        parts.remove(least);
    }
    parts.into_iter().flat_map(|part| part.rows).collect()
}

fn part(scene: &Scene<'_>, rank: u8, bold: bool, text: &str) -> Part {
    let rows = wrap(text, scene.columns);
    Part { rank, rows: rows.into_iter().map(|text| NoteRow { text, bold }).collect() }
}

fn greeting(scene: &Scene<'_>) -> Option<Part> {
    let guest = scene.guest?;
    let who = addressed(guest.name.as_ref(), scene.language);
    let text = match (scene.language, guest.regular) {
        (Language::Chinese, true) => format!("{who},谢谢您又来看我们"),
        (Language::Chinese, false) => format!("{who},很高兴认识您"),
        (Language::English, true) => format!("{who}, thank you for coming back"),
        (Language::English, false) => format!("{who}, a pleasure to meet you"),
    };
    Some(part(scene, 1, true, &text))
}

/// `李女士`, or a polite word where no name is known.
fn addressed(name: Option<&Name>, language: Language) -> String {
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let name = name.map(|name| (plain(&name.surname), plain(&name.title)));
    match (name, language) {
        (Some((surname, title)), Language::Chinese)
            if !surname.is_empty() && columns(&surname) + columns(&title) <= NAME_COLUMNS_MAX =>
        {
            format!("{surname}{title}")
        }
        (Some((surname, title)), Language::English)
            if !surname.is_empty() && columns(&surname) <= NAME_COLUMNS_MAX =>
        {
            let title = match title.as_str() {
                "女士" => "Ms",
                "先生" => "Mr",
                other => other,
            };
            format!("{title} {surname}").trim().to_owned()
        }
        (_, Language::Chinese) => "顾客您好".into(),
        (_, Language::English) => "Dear customer".into(),
    }
}

fn tier(scene: &Scene<'_>) -> Option<Part> {
    let tier = scene.guest?.tier.as_deref()?;
    // The till's own word on her card stands; ours beside it could only repeat or contradict it.
    let card_words = ["会员等级", "会员级别", "卡类型", "Tier", "Level", tier];
    if says(scene, &card_words) {
        return None;
    }
    let text = match scene.language {
        Language::Chinese => format!("您是{tier}会员"),
        Language::English => format!("You are a {tier} member"),
    };
    Some(part(scene, 4, false, &text))
}

fn says(scene: &Scene<'_>, words: &[&str]) -> bool {
    scene.printed.iter().any(|row| words.iter().any(|word| row.contains(word)))
}

/// Advice for the first thing bought that the book knows; what it does not know gets none.
fn advice(scene: &Scene<'_>, book: &AdviceBook) -> Option<Part> {
    let advice = scene.items.iter().find_map(|item| book.find(item))?;
    let text = advice.text(scene.language);
    let title = match scene.language {
        Language::Chinese => format!("[{} 养护,以洗标为准]", text.title),
        Language::English => format!("[{} care; see label]", text.title),
    };
    let mut found = part(scene, 3, false, &title);
    for line in &text.lines {
        found.rows.extend(wrap(&format!(" {line}"), scene.columns).into_iter().map(plain));
    }
    Some(found)
}

fn plain(text: String) -> NoteRow {
    NoteRow { text, bold: false }
}

fn promise(scene: &Scene<'_>) -> Part {
    let text = match (scene.language, &scene.store.associate) {
        (Language::Chinese, Some(who)) => format!("不合身不会洗,找{who},当天回您"),
        (Language::Chinese, None) => "不合身不会洗,找我们,当天回您".into(),
        (Language::English, Some(who)) => format!("Fit or care? Ask {who}: same-day"),
        (Language::English, None) => "Fit or care? Ask us: same-day".into(),
    };
    part(scene, 5, false, &text)
}

fn contact(scene: &Scene<'_>) -> Option<Part> {
    let phone = scene.store.phone.as_deref().filter(|phone| !says_number(scene, phone))?;
    let text = match (scene.language, &scene.store.associate) {
        (Language::Chinese, Some(who)) => format!(" {who}/门店 {phone}"),
        (Language::Chinese, None) => format!(" 门店 {phone}"),
        (Language::English, Some(who)) => format!(" {who}/shop {phone}"),
        (Language::English, None) => format!(" Shop {phone}"),
    };
    Some(part(scene, 2, false, &text))
}

fn service(scene: &Scene<'_>) -> Option<Part> {
    let shown = |phone: &Option<String>, label: &str| {
        let phone = phone.as_deref().filter(|phone| !says_number(scene, phone))?;
        Some(format!("{label}{phone}"))
    };
    let language = scene.language;
    let service = shown(&scene.store.service_phone, language.pick("客服", "Service "));
    let complaint = shown(&scene.store.complaint_phone, language.pick("投诉", "Complaints "));
    let texts: Vec<String> = service.into_iter().chain(complaint).collect();
    let one_row = texts.join(" ");
    match texts.len() {
        0 => None,
        _ if columns(&one_row) <= scene.columns => Some(part(scene, 2, false, &one_row)),
        _ => {
            let rows = texts.iter().flat_map(|text| wrap(text, scene.columns)).map(plain).collect();
            Some(Part { rank: 2, rows })
        }
    }
}

/// Whether the till printed this number itself, however it set the dashes.
fn says_number(scene: &Scene<'_>, phone: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let phone = digits(phone);
    phone.len() >= 5 && scene.printed.iter().any(|row| digits(row).contains(&phone))
}

/// Breaks a text into rows of at most `width` columns; never inside a character, and in Latin text
/// at a space where there is one.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut rows, mut row) = (Vec::new(), String::new());
    for symbol in text.chars().filter(|symbol| !symbol.is_control()) {
        if columns(&row) + columns(symbol.encode_utf8(&mut [0; 4])) > width {
            let carried = carry(&row, symbol);
            row.truncate(row.len() - carried.len());
            rows.push(core::mem::replace(&mut row, carried.trim_start().to_owned()));
        }
        row.push(symbol);
    }
    rows.push(row);
    rows.iter().map(|row| row.trim_end().to_owned()).filter(|row| !row.is_empty()).collect()
}

/// What goes to the next row with `symbol`: the Latin word that it belongs to, if it has a beginning.
fn carry(row: &str, symbol: char) -> String {
    let in_word = |c: char| c.is_ascii_graphic();
    if !in_word(symbol) {
        return String::new();
    }
    match row.rfind(|c: char| !in_word(c)) {
        Some(at) if !row[..at].trim().is_empty() => {
            let next = at + row[at..].chars().next().map_or(0, char::len_utf8);
            row[next..].to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
