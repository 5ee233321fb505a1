//! The words of a slip that tell its kind: titles by where they stand, and signs.
//!
//! ```text
//! head  云裳坊 / 退货单 / 原单:XS41      what the paper is called
//! body  羊毛大衣  1  88.00               says nothing of that
//! foot  (补打)   7日内凭票退换           which copy it is, and small print
//! ```
//!
//! Not here: what follows from them (the parent module), the words themselves (`kinds.toml`).

use crate::sale::entry::Entry;
use crate::sale::fold::{is_cjk, key, key_places};
use crate::sale::lexicon::{KindWord, lexicon};
use crate::sale::page::Page;
use crate::sale::{Part, Reading};

use super::{PARTLY, SIGN, SIGNS_MAX, WHOLE};

/// Rows that the paper's own name stands on.
const TOP_ROWS: usize = 3;

/// Points per kind of word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Points {
    pub(super) titles: [i32; KindWord::COUNT],
    /// How many different signs.
    pub(super) signs: [i32; KindWord::COUNT],
}

impl Points {
    pub(super) fn of(&self, word: KindWord) -> i32 {
        let signs = self.signs[word as usize].min(SIGNS_MAX);
        self.titles[word as usize] + SIGN * signs
    }
}

/// Where on the slip a row stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Zone {
    /// Above the goods: what the slip is called.
    Head,
    /// Goods and sums.
    Body,
    /// Below them: small print, and which copy it is.
    Foot,
}

pub(super) fn points(page: &Page, entries: &[Entry], reading: &Reading) -> Points {
    let mut points = Points::default();
    let mut seen: Vec<String> = Vec::new();
    let (first, last) = body(page, entries, reading);
    let filled = (0..page.rows.len()).filter(|&row| !page.rules[row] && !page.rows[row].is_empty());
    for (at_row, row) in filled.enumerate() {
        let text = page.text(row);
        let zone = match row {
            _ if row < first => Zone::Head,
            _ if row > last => Zone::Foot,
            _ => Zone::Body,
        };
        let marked = text.starts_with(['*', '-', '=', '<', '!', '~']) || is_bracketed(&text);
        for (at, part) in parts(&text).iter().enumerate() {
            signs(part, &mut seen, &mut points);
            let sold = reading.marks.iter().any(|mark| mark.row == row && mark.part == Part::Item);
            if sold && zone == Zone::Body || is_priced(&text) || is_negated(&text) {
                continue;
            }
            for (word, worth) in titles(part, zone == Zone::Head) {
                if !counts(word, worth, zone, at, marked, part) {
                    continue;
                }
                // What stands on top is what the paper is called.
                let worth = worth + i32::from(at_row < TOP_ROWS);
                let place = &mut points.titles[word as usize];
                *place = (*place).max(worth);
            }
        }
    }
    points
}

/// Whether a title counts where it stands: above the goods any does, below them only what says
/// which copy this is, or that all of it is void.
fn counts(word: KindWord, worth: i32, zone: Zone, at: usize, marked: bool, part: &str) -> bool {
    use KindWord::{CardSlip, MerchantCopy, NotSale, Reprint, Void};
    let copy = matches!(word, Reprint | MerchantCopy | CardSlip | NotSale);
    let letters = part.chars().filter(|symbol| symbol.is_alphabetic()).count();
    let short = letters <= if part.chars().any(is_cjk) { 7 } else { 26 };
    match zone {
        Zone::Head => true,
        Zone::Body => copy && worth == WHOLE && word != NotSale,
        Zone::Foot if matches!(word, Reprint | MerchantCopy | Void) => {
            worth == WHOLE || (word == Reprint || begins(part, word)) && short
        }
        Zone::Foot if marked => worth == WHOLE || copy,
        Zone::Foot => worth == WHOLE && at == 0 || copy && at == 0 && begins(part, word) && short,
    }
}

/// First and last row of goods and sums; all is head where there are none.
fn body(page: &Page, entries: &[Entry], reading: &Reading) -> (usize, usize) {
    let rows = |wanted: fn(Part) -> bool| {
        reading.marks.iter().filter(move |mark| wanted(mark.part)).map(|mark| mark.row)
    };
    let goods = |part| matches!(part, Part::Item | Part::ItemText | Part::ColumnHeads);
    let sums = |part| {
        matches!(
            part,
            Part::Item
                | Part::Subtotal
                | Part::Total
                | Part::Tender
                | Part::Change
                | Part::Discount
        )
    };
    let (all, end) = (page.rows.len(), rows(sums).max());
    let first = rows(goods).chain(rows(sums)).filter(|&row| row > 0).min();
    let first = first.or_else(|| entries.first().map(|entry| entry.row).filter(|row| *row > 2));
    let end = end.or_else(|| entries.last().map(|entry| entry.row).filter(|row| *row > 2));
    // A name may stand on the row above its numbers.
    let named = |row: usize| {
        row > 3
            && !page.rules[row - 1]
            && !page.text(row - 1).contains(':')
            && page.head_row != Some(row - 1)
    };
    let first = first.map(|row| if named(row) { row - 1 } else { row });
    (first.unwrap_or(all), end.unwrap_or(all))
}

fn is_bracketed(text: &str) -> bool {
    let open = text.starts_with(['(', '[', '{']);
    open && text.ends_with([')', ']', '}'])
}

/// "恕不补打", "no refund": the small print says what is not done.
fn is_negated(text: &str) -> bool {
    const NOT: [&str; 22] = [
        "恕不",
        "不可",
        "不予",
        "不作",
        "不能",
        "无法",
        "如需",
        "请勿",
        "勿",
        "불가",
        "できません",
        "致しかねます",
        "no refund",
        "not refund",
        "non refund",
        "no return",
        "not return",
        "without",
        "pas de",
        "keine ",
        "tidak dapat",
        "tanpa struk",
    ];
    let text = text.to_lowercase();
    NOT.iter().any(|not| text.contains(not))
}

/// Whether a part begins with a word of this kind.
fn begins(part: &str, word: KindWord) -> bool {
    lexicon()
        .kinds
        .at_start(&part.chars().collect::<Vec<_>>())
        .is_some_and(|(found, _)| found == word)
}

/// Whether the row ends in an amount with cents: an item, or a sum.
fn is_priced(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let mut end = last.bytes().rev();
    let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let cents = digit(end.next()) && digit(end.next()) && matches!(end.next(), Some(b'.' | b','));
    cents && digit(end.next()) && text.split_whitespace().count() > 1
}

/// A row's parts, between wide gaps, brackets and marks.
fn parts(text: &str) -> Vec<String> {
    const MARKS: &str = "\u{1}()[]<>*=#|〈〉「」《》";
    let spaced = text.replace("  ", "\u{1}");
    let mut found: Vec<String> = spaced
        .split(|symbol| MARKS.contains(symbol))
        .flat_map(|part| part.split(" - "))
        .flat_map(|part| part.split("--"))
        .map(|part| part.trim_matches([' ', '-', ':', '.', '!', '/']).to_owned())
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect();
    let words: Vec<String> = found
        .iter()
        .flat_map(|part| part.split([' ', ',']).flat_map(words))
        .filter(|word| !found.contains(word))
        .collect();
    found.extend(words);
    found
}

/// Words of a script without spaces that stand alone: "鲜达生鲜 退", "退货单:TH42" but not "原单:XS41".
fn words(part: &str) -> Option<String> {
    const STATES: [&str; 8] =
        ["状态", "类型", "单据类型", "单据状态", "业务类型", "狀態", "類型", "区分"];
    let (word, labels) = match part.split_once(':') {
        Some((label, value)) if STATES.contains(&label) => (value, false),
        Some((label, _)) => (label, true),
        None => (part, false),
    };
    let whole = key(word.chars());
    let short = word.chars().count() < 2 && !matches!(word, "退" | "废" | "补" | "重");
    let other = word.starts_with('原') || labels && !is_paper_name(&whole);
    (word.chars().any(is_cjk) && !short && !other).then(|| word.to_owned())
}

/// The kinds that a part of a row titles, with their points; stems only above the goods.
fn titles(part: &str, head: bool) -> Vec<(KindWord, i32)> {
    let whole = key(part.chars());
    let len = whole.chars().count();
    if let Some(word) = lexicon().kinds.exact(&whole) {
        return vec![(word, WHOLE)];
    }
    // "开卡门店:总店" is a label and its value.
    if part.trim_end_matches(':').contains(':') {
        return Vec::new();
    }
    let cjk = whole.chars().any(is_cjk);
    let letters = whole.chars().filter(|symbol| symbol.is_alphabetic()).count();
    let mut hits = Vec::new();
    if let Some(found) = lexicon().kinds.longest(&whole) {
        let beside = letters.saturating_sub(found.len);
        let bounded = cjk || is_bounded(part, found.start, found.len);
        let at_edge = found.start == 0 || found.start + found.len == len;
        let fits = if cjk { beside <= 6 && found.len >= 2 } else { beside <= 14 && found.len >= 4 };
        // In Chinese the end of a title says what the paper is: "会员储值日汇总" is a summary.
        let ends = found.start + found.len == len;
        let later = (!ends && head && cjk).then(|| stems(part, &whole, cjk)).flatten();
        if let Some(stem) = later {
            hits.push(stem);
        } else if fits && bounded && (at_edge || cjk && beside <= 4) {
            hits.push((found.what, PARTLY));
        }
    }
    // "RETURN W/GIFT RECEIPT" says two things, the first of them first.
    let symbols: Vec<char> = part.chars().collect();
    if let (false, Some((word, end))) = (cjk, lexicon().kinds.at_start(&symbols))
        && end >= 4
        && symbols.get(end).is_none_or(|symbol| !symbol.is_alphabetic())
        && letters <= 30
        && hits.iter().all(|(other, _)| *other != word)
    {
        hits.push((word, PARTLY));
    }
    if hits.is_empty()
        && head
        && (!cjk || is_paper_name(&whole))
        && letters <= if cjk { 10 } else { 30 }
    {
        hits.extend(stems(part, &whole, cjk));
    }
    hits
}

/// "…单", "…联", "…凭证": how papers are called.
fn is_paper_name(whole: &str) -> bool {
    const ENDS: [&str; 24] = [
        "单",
        "联",
        "凭证",
        "凭条",
        "小票",
        "票",
        "表",
        "收据",
        "条",
        "單",
        "聯",
        "憑證",
        "收據",
        "據",
        "伝票",
        "控え",
        "書",
        "レシート",
        "票",
        "표",
        "서",
        "증",
        "전표",
        "영수증",
    ];
    let named = whole.trim_end_matches(|symbol: char| symbol.is_ascii_alphanumeric());
    ENDS.iter().any(|end| named.ends_with(end))
}

fn stems(part: &str, whole: &str, cjk: bool) -> Option<(KindWord, i32)> {
    let all = lexicon().stems.iter().filter_map(|(stem, word)| {
        let at = whole.rfind(stem.as_str())?;
        let start = whole[..at].chars().count();
        let fits = cjk || is_bounded(part, start, stem.chars().count());
        fits.then_some((at + stem.len(), stem.len(), *word))
    });
    // The last one, and of those the longest.
    all.max_by_key(|(end, len, _)| (*end, *len)).map(|(.., word)| (word, PARTLY))
}

/// Whether the match begins and ends where words do.
fn is_bounded(part: &str, start: usize, len: usize) -> bool {
    let symbols: Vec<char> = part.chars().collect();
    let letters = key_places(&symbols);
    let (Some(&first), Some(&last)) = (letters.get(start), letters.get(start + len - 1)) else {
        return false;
    };
    let parted = |at: Option<usize>| {
        at.and_then(|at| symbols.get(at)).is_none_or(|symbol| !symbol.is_alphabetic())
    };
    parted(first.checked_sub(1)) && parted(Some(last + 1))
}

/// Counts the signs that begin a part of a row, each once.
fn signs(part: &str, seen: &mut Vec<String>, points: &mut Points) {
    let whole = key(part.chars());
    if seen.contains(&whole) {
        return;
    }
    let exact = lexicon().signs.exact(&whole);
    let begins = || {
        lexicon().signs.at_start(&part.chars().collect::<Vec<_>>()).filter(|(_, len)| {
            let next = part.chars().nth(*len);
            next.is_none_or(|next| !next.is_alphabetic() || is_cjk(next) && *len >= 3)
        })
    };
    if let Some(word) = exact.or_else(|| begins().map(|(word, _)| word)) {
        points.signs[word as usize] += 1;
        seen.push(whole);
    }
}
