//! The shop: its name, company, address and own phone numbers, from the top of the receipt.
//!
//! Not here: the customer (`details`).

use crate::sale::entry::cue;
use crate::sale::fold::key;
use crate::sale::lexicon::{Field, lexicon};
use crate::sale::page::Page;
use crate::sale::stamp::{date, time};
use crate::sale::{Mark, Part, Reading};

/// Rows at the top where a shop's name may stand.
const TOP_ROWS: usize = 12;
/// Rows that an address may take.
const ADDRESS_ROWS: usize = 5;

/// Fills what is said of the shop, above the row where the `goods` begin.
pub(crate) fn read(page: &Page, goods: usize, reading: &mut Reading) {
    let labelled = |field: Field| {
        page.labelled.iter().filter(move |found| found.field == field && !found.value.is_empty())
    };
    let top = first_name(page, goods);
    let named = labelled(Field::Shop).map(|found| found.value.clone()).next();
    reading.company = top.map(|row| company(page, row));
    reading.marks.extend(top.map(|row| Mark { row, part: Part::Shop }));
    reading.shop = top.map(|row| page.text(row)).or(named);
    reading.address = labelled(Field::Address)
        .map(|found| found.value.clone())
        .next()
        .or_else(|| address(page, company_row(page, top?), goods));
    reading.shop_phones = labelled(Field::ShopPhone)
        .filter_map(|found| phone_in(&found.value))
        .chain(page.rows.iter().take(TOP_ROWS).filter_map(|row| bare_phone(row)))
        .collect();
    reading.shop_phones.dedup();
}

/// The first row that reads like a name.
fn first_name(page: &Page, goods: usize) -> Option<usize> {
    (0..goods.min(page.rows.len()).min(TOP_ROWS))
        .find(|&row| !page.rules[row] && is_name(page, row))
}

fn is_name(page: &Page, row: usize) -> bool {
    let text = page.text(row);
    let key = key(text.chars());
    let letters = key.chars().filter(|symbol| symbol.is_alphabetic()).count();
    let labelled = page
        .labelled
        .iter()
        .any(|found| found.row == row && found.field != Field::Shop && found.field != Field::Other);
    let generic = lexicon().not_shop.exact(&key).is_some() || lexicon().kinds.exact(&key).is_some();
    let ticket = lexicon()
        .not_shop
        .at_start(&page.rows[row].iter().copied().skip_while(|s| *s == ' ').collect::<Vec<_>>());
    let numbered = ticket.is_some() && text.chars().any(|symbol| symbol.is_ascii_digit());
    let stamped = date(&page.rows[row], false).is_some() || time(&page.rows[row]).is_some();
    letters >= 2
        && !generic
        && !numbered
        && !stamped
        && !text.contains(':')
        && !labelled
        && cue(&text).is_none_or(|cue| !cue.strong)
}

/// The company's name without its registration number: `AEON CO. (M) BHD (126926-H)`.
fn company(page: &Page, top: usize) -> String {
    let last = company_row(page, top);
    let row = page.text(last);
    // "POPULAR BOOK / CO. (M) SDN BHD" is one name on two rows.
    let torn = row.to_lowercase().starts_with("co.")
        || row.matches(')').count() > row.matches('(').count();
    let rows = if torn { top..=last } else { last..=last };
    let name = rows.map(|row| page.text(row)).collect::<Vec<_>>().join(" ");
    let number =
        name.rfind('(').filter(|&at| name[at..].bytes().filter(u8::is_ascii_digit).count() > 3);
    number.map_or(&name[..], |at| &name[..at]).trim().to_owned()
}

/// Below a brand's name the company's own may stand, known by its legal form.
fn company_row(page: &Page, top: usize) -> usize {
    let formal = |row: usize| {
        let text = page.text(row).to_lowercase();
        ["sdn bhd", "sdn. bhd", "s/b", "bhd", "(m)", "gmbh", "ltd", "有限公司"]
            .iter()
            .any(|form| text.contains(form))
    };
    (top..page.rows.len().min(top + 3)).find(|&row| formal(row)).unwrap_or(top)
}

/// The rows below the name that look like parts of an address, joined as they would be read out.
fn address(page: &Page, name: usize, goods: usize) -> Option<String> {
    let rows = (name + 1)..goods.min(page.rows.len()).min(name + 9);
    let parts: Vec<String> = rows
        .skip_while(|&row| !begins_address(&page.text(row)))
        .take(ADDRESS_ROWS)
        .take_while(|&row| goes_on(page, row))
        .map(|row| page.text(row))
        .collect();
    let joined =
        parts.iter().map(|part| part.trim_end_matches([',', '.'])).collect::<Vec<_>>().join(", ");
    (!joined.is_empty()).then_some(joined)
}

fn begins_address(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "no.", "no ", "lot", "jalan", "jln", "street", " st", "ave", "road", " rd", "level",
        "shop ", "unit", "blk", "路", "街", "号",
    ];
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let place = words.iter().any(|word| lower.contains(word)) || digits >= 3 && text.contains(',');
    place && !is_registration(&lower) && digits > 0
        || text.chars().next().is_some_and(|c| c.is_ascii_digit())
            && text.chars().filter(|c| c.is_alphabetic()).count() > 5
}

/// Company and tax numbers stand between name and address.
fn is_registration(lower: &str) -> bool {
    ["roc", "gst", "reg", "co.", "company", "tax", "tel", "fax", "sst", "(co"]
        .iter()
        .any(|word| lower.starts_with(word))
}

fn goes_on(page: &Page, row: usize) -> bool {
    let text = page.text(row);
    let lower = text.to_lowercase();
    let ended = is_registration(&lower)
        || lower.contains("invoice")
        || lower.contains("receipt")
        || page.rules[row]
        || text.contains(':')
        || bare_phone(&page.rows[row]).is_some()
        || date(&page.rows[row], false).is_some();
    !ended && text.chars().any(char::is_alphabetic)
}

/// The phone number that a value begins with.
fn phone_in(value: &str) -> Option<String> {
    let start = value.find(|symbol: char| symbol.is_ascii_digit() || "(+".contains(symbol))?;
    let rest = &value[start..];
    let end = rest.find(|symbol: char| !(symbol.is_ascii_digit() || " -+().".contains(symbol)));
    let number = rest[..end.unwrap_or(rest.len())].trim_matches([' ', '-', '.']);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (start <= 4 && (6..=15).contains(&digits)).then(|| number.to_owned())
}

/// A number that is parted as phone numbers are: `512-346-8050`, `(852)2670-1238`.
fn bare_phone(row: &[char]) -> Option<String> {
    let text: String = row.iter().collect();
    let text = text.trim();
    let number =
        phone_in(text.trim_start_matches(|c: char| c.is_alphabetic() || ":. ".contains(c)))?;
    let groups: Vec<usize> = number
        .split(|symbol: char| !symbol.is_ascii_digit())
        .map(str::len)
        .filter(|&len| len > 0)
        .collect();
    let parted = matches!(groups[..], [3, 3, 4] | [1, 3, 3, 4] | [3, 4, 4] | [2, 4, 4]);
    (parted && date(row, false).is_none()).then_some(number)
}
