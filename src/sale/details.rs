//! Receipt number, date and time, till, cashier, and who the customer is.
//!
//! # Invariants
//!
//! - A phone number is the customer's only beside a label that says so.
//! - A card number is in no field: digits of a card's length are dropped.
//!
//! Not here: where labels and values stand (`field`).

use crate::sale::entry::cue;
use crate::sale::lexicon::{Field, Role};
use crate::sale::page::Page;
use crate::sale::stamp::{Stamp, date, time};
use crate::sale::{Known, MemberPhone, Reading};
use sync::phone::Phone;

/// Fills what stands beside labels.
pub(crate) fn read(page: &Page, reading: &mut Reading) {
    reading.receipt_no = receipt_no(page);
    reading.original_no = values(page, Field::OriginalNo).find_map(number_word);
    reading.approval_no = approval_no(page);
    stamps(page, reading);
    let word = |field| values(page, field).find_map(person);
    reading.till = values(page, Field::Till).find_map(code);
    reading.cashier = word(Field::Cashier);
    reading.associate = word(Field::Associate);
    reading.member_phone = member_phone(page);
    reading.member_name = values(page, Field::MemberName).find_map(name);
    reading.member_no = values(page, Field::MemberNo).find_map(code);
    reading.member_tier = values(page, Field::MemberTier).find_map(name);
    reading.points = points(page);
    let known = |there: bool| if there { Known::Keyword } else { Known::Disputed };
    reading.known.receipt_no = known(reading.receipt_no.is_some());
    reading.known.date = known(reading.date.is_some());
    reading.known.time = known(reading.time.is_some());
    reading.known.member_phone = known(reading.member_phone.is_some());
}

fn values(page: &Page, field: Field) -> impl Iterator<Item = &str> {
    page.labelled.iter().filter(move |found| found.field == field).map(|found| found.value.as_str())
}

/// The first value of a number's label that is a number.
fn receipt_no(page: &Page) -> Option<String> {
    let labelled = values(page, Field::ReceiptNo).filter_map(number_word);
    // "NO.29M, JALAN DINAR" is an address: a short word yields to a longer one.
    let all: Vec<String> = labelled.collect();
    let long = all.iter().find(|word| word.bytes().filter(u8::is_ascii_digit).count() >= 3);
    long.or(all.first()).cloned().or_else(|| hash_number(page))
}

/// `2024-01-11 16:58 #7560`.
fn hash_number(page: &Page) -> Option<String> {
    page.rows.iter().find_map(|row| {
        let at = row.iter().position(|&symbol| symbol == '#')?;
        let digits: String =
            row[at + 1..].iter().take_while(|symbol| symbol.is_ascii_digit()).collect();
        (digits.len() >= 3).then_some(digits)
    })
}

fn number_word(value: &str) -> Option<String> {
    let word = value.split_whitespace().next()?;
    let word = word.trim_end_matches(['.', ':', ';']).trim_start_matches('#');
    let plain = word.chars().all(|symbol| symbol.is_ascii_alphanumeric() || "-_/".contains(symbol));
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_date = word.matches(['/', '-']).count() == 2
        && date(&word.chars().collect::<Vec<_>>(), false).is_some();
    (plain && digits > 0 && word.len() <= 40 && !is_date).then(|| word.to_owned())
}

fn approval_no(page: &Page) -> Option<String> {
    const LABELS: [&str; 7] =
        ["승인번호", "授权码", "授權碼", "参考号", "approval", "auth code", "appr code"];
    page.rows.iter().find_map(|row| {
        let text: String = row.iter().collect();
        let lower = text.to_lowercase();
        let label = LABELS.iter().find(|label| lower.contains(**label))?;
        let at = lower.find(label)? + label.len();
        let rest = lower.get(at..)?.trim_start_matches(|symbol: char| !symbol.is_alphanumeric());
        number_word(&rest.to_uppercase())
    })
}

fn stamps(page: &Page, reading: &mut Reading) {
    let month_first = page.rows.iter().any(|row| is_american(row));
    let labelled = |field: Field| {
        let rows = page.labelled.iter().filter(move |found| found.field == field);
        rows.map(|found| found.row).collect::<Vec<_>>()
    };
    let times = labelled(Field::Time);
    // A date beside a time is the sale's; an address may look like one.
    let stamped = || (0..page.rows.len()).filter(|&row| time(&page.rows[row]).is_some());
    let rows = labelled(Field::Date).into_iter().chain(times.clone()).chain(stamped());
    let rows = rows.chain(0..page.rows.len());
    let dated = rows.into_iter().find_map(|row| Some((row, date(&page.rows[row], month_first)?)));
    // The time that belongs to the date stands on its row, or beside a label of its own.
    let near = dated.iter().flat_map(|(row, _)| [*row, row + 1, row.saturating_sub(1)]);
    let order: Vec<usize> = dated
        .iter()
        .map(|(row, _)| *row)
        .chain(times)
        .chain(near)
        .chain(0..page.rows.len())
        .collect();
    let timed = order.iter().find_map(|&row| Some((row, time(page.rows.get(row)?)?)));
    let day = dated.as_ref().map(|(_, day)| day.iso.clone());
    let timed = timed.map(|first| closed_at(page, day.as_deref(), month_first, first));
    if let Some((row, Stamp { place, iso })) = dated {
        (reading.date_text, reading.date) = (Some(page.printed(row, place)), Some(iso));
    }
    if let Some((row, Stamp { place, iso })) = timed {
        (reading.time_text, reading.time) = (Some(page.printed(row, place)), Some(iso));
    }
}

/// Times that are not of the sale: a reprint's, an order's, a pick-up's.
const OTHER_TIMES: [&str; 7] = ["print", "打印", "重打", "补打", "pick", "order", "下单"];

/// A bill that was opened at one time and paid at another (`18:02 … 19:10 TOTAL`) is of the
/// later.
fn closed_at(
    page: &Page,
    day: Option<&str>,
    month_first: bool,
    first: (usize, Stamp),
) -> (usize, Stamp) {
    let rows = page.rows.iter().enumerate().skip(first.0 + 1);
    let mut later = rows.filter_map(|(at, row)| {
        let stamp = time(row)?;
        let text: String = row.iter().collect::<String>().to_lowercase();
        let same_day = day.is_some() && date(row, month_first).map(|day| day.iso).as_deref() == day;
        let beside: String = (row.iter().enumerate())
            .filter(|(at, symbol)| !stamp.place.contains(at) && symbol.is_alphabetic())
            .map(|(_, symbol)| symbol)
            .collect();
        let total = cue(&beside).is_some_and(|cue| cue.strong && cue.role == Role::Total);
        let other = OTHER_TIMES.iter().any(|word| text.contains(word));
        ((same_day || total) && !other && stamp.iso > first.1.iso).then_some((at, stamp))
    });
    later.next_back().unwrap_or(first)
}

/// Whether the row is of a market that writes the month first.
fn is_american(row: &[char]) -> bool {
    let text: String = row.iter().collect::<String>().to_uppercase();
    ["SALES TAX", "SALESTAX", "AMEX", "TAX EXEMPT", " USA", "USD", "GRATUITY"]
        .iter()
        .any(|word| text.contains(word))
        || is_zip(row)
}

/// `TX 78520` at the end of a row.
fn is_zip(row: &[char]) -> bool {
    let text: String = row.iter().collect();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).rev();
    let (Some(zip), Some(state)) = (words.next(), words.next()) else { return false };
    let digits = zip.len() == 5 && zip.bytes().all(|byte| byte.is_ascii_digit());
    digits && state.len() == 2 && state.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A cashier's number or name, or both.
fn person(value: &str) -> Option<String> {
    let value = value.trim().trim_matches([':', '*', '-']).trim();
    let letters = value.chars().filter(|symbol| symbol.is_alphanumeric()).count();
    (letters > 0 && value.chars().count() <= 32).then(|| value.to_owned())
}

/// The balance where several are printed: `本次积分 88`, `可用积分 1288`.
fn points(page: &Page) -> Option<String> {
    let all = values(page, Field::Points).filter_map(|value| {
        let number = value.split([' ', ',']).collect::<String>();
        let end = number.find(|symbol: char| !(symbol.is_ascii_digit() || symbol == '.'));
        let number = &number[..end.unwrap_or(number.len())];
        number.parse::<f64>().ok().map(|_| number.trim_end_matches('.').to_owned())
    });
    all.max_by_key(|number| (number.split('.').next().map_or(0, str::len), number.clone()))
}

fn name(value: &str) -> Option<String> {
    let name = person(value)?;
    name.chars().any(char::is_alphabetic).then_some(name)
}

/// A number of a till or a member: one word, and no card's.
fn code(value: &str) -> Option<String> {
    let word = value.split_whitespace().next()?;
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let plain = word.chars().all(|symbol| symbol.is_ascii_alphanumeric() || "-_".contains(symbol));
    (digits > 0 && digits < 16 && plain).then(|| word.to_owned())
}

/// The customer's number: beside its own label, or a member number shaped like a mobile number.
fn member_phone(page: &Page) -> Option<MemberPhone> {
    let shop: Vec<String> = values(page, Field::ShopPhone).map(digits).collect();
    let own = values(page, Field::MemberPhone).find_map(|value| phone(value, false));
    let member = || values(page, Field::MemberNo).find_map(|value| phone(value, true));
    let found = own.or_else(member).or_else(|| masked_name(page))?;
    match &found {
        MemberPhone::Full(phone) if shop.iter().any(|shop| shop == phone.clear()) => None,
        _ => Some(found),
    }
}

/// `会员名称 张** 138****6721`: a masked number on a member's row needs no label of its own.
fn masked_name(page: &Page) -> Option<MemberPhone> {
    values(page, Field::MemberName).find_map(|value| value.split_whitespace().find_map(masked))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Reads a full or masked number; a member number must be `mobile` to count as one.
fn phone(value: &str, mobile: bool) -> Option<MemberPhone> {
    let value = value.trim_start_matches([':', ' ']);
    if let Some(masked) = value.split_whitespace().next().and_then(masked) {
        return Some(masked);
    }
    let end = value.find(|symbol: char| !(symbol.is_ascii_digit() || " -+().".contains(symbol)));
    let phone = Phone::parse(value[..end.unwrap_or(value.len())].trim()).ok()?;
    let korean = phone.clear().len() == 11 && phone.clear().starts_with("010");
    let long = phone.clear().len() >= 7;
    let fits = if mobile { phone.is_cn_mobile() || korean } else { long };
    fits.then_some(MemberPhone::Full(phone))
}

/// `138****6721`, as long as a number and ending in digits.
fn masked(word: &str) -> Option<MemberPhone> {
    let word =
        word.trim_matches(|symbol: char| !(symbol.is_ascii_digit() || "*xX".contains(symbol)));
    let stars = word.bytes().filter(|byte| matches!(byte, b'*' | b'x' | b'X')).count();
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let shaped = (2..=8).contains(&stars) && digits >= 4 && (7..=13).contains(&word.len());
    let plain =
        stars + digits == word.len() && word.as_bytes().first().is_some_and(u8::is_ascii_digit);
    (shaped && plain).then(|| MemberPhone::Masked(word.to_owned()))
}
