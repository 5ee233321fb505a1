//! The line items: which rows name an amount, and what its numbers are.
//!
//! ```text
//! A1103 羊毛大衣 驼色/M                 ← name row
//!   折扣85%    1  1299.00  1104.15     ← amount row: no name of its own
//! 苹果手机保  1   5999.00  5999.00      ← amount row with a name …
//! 护壳                                 ← … that wraps below it
//! ```
//!
//! Not here: which entries are items (`story`), what multiplies to the amount (`shape`).

use crate::sale::entry::{Entry, cue};
use crate::sale::fold::is_cjk;
use crate::sale::layout::Names;
use crate::sale::lexicon::Role;
use crate::sale::number::{Number, numbers};
use crate::sale::page::Page;
use crate::sale::shape::{Shape, shape};
use crate::sale::story::{Act, Story};
use crate::sale::variant::variant;
use crate::sale::{Item, Minor};

/// Reads the items that `story` found.
pub(crate) fn items(page: &Page, entries: &[Entry], story: &Story) -> Vec<Item> {
    let priced: Vec<usize> = entries.iter().map(|entry| entry.row).collect();
    let chosen: Vec<&Entry> = story
        .items
        .clone()
        .filter(|&at| story.acts[at] == Act::Item(true))
        .map(|at| &entries[at])
        .filter(|entry| !is_option(page, entry))
        .collect();
    let stop = entries.get(story.items.end).map_or(page.rows.len(), |entry| entry.row);
    let names: Vec<String> = chosen.iter().map(|entry| own_name(page, entry)).collect();
    let below = match page.names {
        Some(place) => place == Names::Below,
        None => names_stand_below(page, &priced, &chosen, &names),
    };
    (0..chosen.len())
        .map(|at| {
            let above_end = at
                .checked_sub(1)
                .map_or_else(|| first_row(page, entries, story), |at| chosen[at].row + 1);
            let below_end = chosen.get(at + 1).map_or(stop, |next| next.row);
            let above = text_rows(page, &priced, above_end, chosen[at].row);
            let under = text_rows(page, &priced, chosen[at].row + 1, below_end);
            let next_named = names.get(at + 1).is_none_or(|name| !name.is_empty());
            let name = match () {
                () if names[at].is_empty() && below => under.clone(),
                () if names[at].is_empty() => above.clone(),
                () if next_named => wrapped(&names[at], &under),
                () => vec![names[at].clone()],
            };
            item(page, chosen[at], &name, if below { &under } else { &above })
        })
        .collect()
}

/// Where the names stood, if that was seen on more than one.
pub(crate) fn names(page: &Page, entries: &[Entry], story: &Story) -> Option<Names> {
    let chosen: Vec<&Entry> = (story.items.clone())
        .filter(|&at| story.acts[at] == Act::Item(true))
        .map(|at| &entries[at])
        .collect();
    let nameless = chosen.iter().filter(|entry| own_name(page, entry).is_empty()).count();
    if nameless < 2 || nameless < chosen.len() {
        return None;
    }
    let priced: Vec<usize> = entries.iter().map(|entry| entry.row).collect();
    let names: Vec<String> = chosen.iter().map(|_| String::new()).collect();
    let below = names_stand_below(page, &priced, &chosen, &names);
    Some(if below { Names::Below } else { Names::Above })
}

/// A thing that is named and not priced, right above the sum, is what was sold for it.
pub(crate) fn only_named(page: &Page, entries: &[Entry], story: &Story) -> Option<Item> {
    let acts = entries.iter().zip(&story.acts);
    let sum = acts.map(|(entry, act)| (entry, *act)).find_map(|(entry, act)| {
        let first = matches!(entry.strong(), Some(Role::Subtotal | Role::Total));
        (first && matches!(act, Act::Jump | Act::Check)).then_some(entry)
    })?;
    let row = sum.row.checked_sub(1)?;
    let name = page.text(row);
    let labelled = page.labelled.iter().any(|found| found.row == row);
    let plain = name.chars().all(|symbol| symbol.is_alphabetic() || symbol == ' ');
    let priced = entries.iter().any(|entry| entry.row < sum.row);
    let sold = has_letters(&name) && plain && !labelled && !priced && !page.rules[row];
    sold.then(|| Item { name, qty_milli: 1_000, amount: Minor::new(sum.amount), ..Item::default() })
}

/// `- Pedas sedikit  0`: how she wants it, and no thing of its own.
fn is_option(page: &Page, entry: &Entry) -> bool {
    let text = page.text(entry.row);
    let words = text.trim_start_matches(|symbol: char| symbol.is_ascii_digit() || symbol == ' ');
    entry.amount == 0 && words.starts_with(['-', '+', '*', '»', '>'])
}

/// Where the items' text may begin: below the heads, the last rule and the entry before.
fn first_row(page: &Page, entries: &[Entry], story: &Story) -> usize {
    let Some(first) = entries.get(story.items.start) else { return 0 };
    let entry = story.items.start.checked_sub(1).map_or(0, |at| entries[at].row + 1);
    let head = page.head_row.filter(|&head| head < first.row).map_or(0, |head| head + 1);
    let rule = page.rules[..first.row].iter().rposition(|&rule| rule).map_or(0, |rule| rule + 1);
    let labelled = page.labelled.iter().filter(|found| found.row < first.row);
    let field = labelled.map(|found| found.row + 1).max().unwrap_or(0);
    let start = entry.max(head).max(rule).max(if head == 0 && rule == 0 { field } else { 0 });
    // Without heads or rules the shop's own rows stand above: one row is a name, more are not.
    let open = head == 0 && rule == 0 && first.row > start + 1;
    if open { first.row - 1 } else { start }
}

/// Rows of text between two rows, those with amounts of their own left out.
fn text_rows(page: &Page, priced: &[usize], from: usize, to: usize) -> Vec<String> {
    (from..to)
        .filter(|&row| !page.rules[row] && priced.binary_search(&row).is_err())
        .map(|row| page.text(row))
        .filter(|text| text.chars().any(char::is_alphanumeric))
        .collect()
}

/// Whether amounts come first and names below them.
fn names_stand_below(page: &Page, priced: &[usize], chosen: &[&Entry], names: &[String]) -> bool {
    let (Some(first), Some(last)) = (chosen.first(), chosen.last()) else { return false };
    let nameless = names.iter().filter(|name| name.is_empty()).count();
    if nameless * 2 < names.len() || page.head_row.is_none() && chosen.len() < 2 {
        return false;
    }
    let start = page.head_row.map_or(first.row, |head| head + 1).min(first.row);
    let above = !text_rows(page, priced, start, first.row).is_empty();
    let under =
        !text_rows(page, priced, last.row + 1, (last.row + 2).min(page.rows.len())).is_empty();
    !above && page.head_row.is_some() && under
}

/// A name that breaks off and goes on below: only in scripts without spaces, where tills cut
/// names at a column.
fn wrapped(name: &str, under: &[String]) -> Vec<String> {
    let mut whole = name.to_owned();
    if let [rest] = under
        && name.chars().last().is_some_and(is_cjk)
        && name.chars().count() >= 5
        && rest.chars().next().is_some_and(is_cjk)
        && rest.chars().count() <= 12
        && !rest.contains([':', ' '])
        && cue(rest).is_none()
    {
        whole.push_str(rest);
    }
    vec![whole]
}

/// The name on the amount's own row, or nothing.
fn own_name(page: &Page, entry: &Entry) -> String {
    let row = &page.rows[entry.row];
    let columns = column_numbers(row, entry);
    let start = entry.numbers.first().map_or(0, |first| first.start);
    let from = segment_start(row, entry, start);
    let end = columns.first().map_or(row.len(), |first| first.start);
    let text: String = row[from.min(end)..end].iter().collect();
    let name = tidy(&text, entry);
    // "折扣85%" says how the price came about, not what was sold.
    let words: String = name.chars().filter(|symbol| symbol.is_alphabetic()).collect();
    let sold = entry.shape.is_some_and(|shape| shape.unit.is_some());
    let label_only = sold && entry.numbers.len() > 2 && cue(&words).is_some_and(|cue| cue.strong);
    let after = || tidy(&entry.tail, entry);
    match () {
        () if label_only => String::new(),
        () if has_letters(&name) => name,
        // "3.00 牛奶": a receipt that prints its amounts first.
        () if entry.tail.chars().filter(|&symbol| is_cjk(symbol)).count() > 1 => after(),
        () => String::new(),
    }
}

/// Where the entry's own text begins: another entry may stand before it on the row.
fn segment_start(row: &[char], entry: &Entry, first_number: usize) -> usize {
    let label = entry.label.chars().count();
    let lead = row[..first_number].iter().collect::<String>();
    if lead.trim().is_empty() { 0 } else { first_number.saturating_sub(label) }
}

/// The numbers that stand in columns at the right, the amount among them.
fn column_numbers<'a>(row: &[char], entry: &'a Entry) -> &'a [Number] {
    let numbers = &entry.numbers;
    let mut from = numbers.len().saturating_sub(1);
    while from > 0 {
        let (left, right) = (numbers[from - 1], numbers[from]);
        let gap = &row[left.end.min(right.start)..right.start];
        let letters: String = gap.iter().filter(|symbol| symbol.is_alphabetic()).collect();
        let touched = left
            .start
            .checked_sub(1)
            .map(|at| if matches!(row[at], '*' | '×') { at.saturating_sub(1) } else { at });
        let named = touched.is_some_and(|at| {
            row[at].is_alphabetic() && !matches!(row[at], 'x' | 'X') && !left.currency
        });
        // "会员储值500元   1   500.00": a sum in a name.
        let worded = left.currency && left.start > 0 && is_cjk(row[left.start - 1]);
        let lone = from == 1 && (ends_a_name(row, left, gap) || worded) || worded && from > 1;
        if named
            || left.glued
            || left.code
            || letters.chars().count() > 3
            || lone
            || letters.chars().any(is_cjk) && !left.unit && letters.chars().count() > 1
        {
            break;
        }
        from -= 1;
    }
    &numbers[from..]
}

/// "Item 1      10.00": one space before the number and a wide gap after it.
fn ends_a_name(row: &[char], number: Number, gap: &[char]) -> bool {
    let tight =
        number.start >= 2 && row[number.start - 1] == ' ' && row[number.start - 2].is_alphabetic();
    tight && gap.len() >= 4 && !number.times && !number.unit && number.decimals() == 0
}

fn has_letters(text: &str) -> bool {
    let letters = text.chars().filter(|symbol| symbol.is_alphabetic());
    letters.clone().count() > 1 || letters.clone().any(is_cjk)
}

/// Takes index, quantity, currency and marks off a name.
fn tidy(text: &str, entry: &Entry) -> String {
    let mut name = text.trim().trim_matches(['*', ':', '@', '¥', '$', '€', '£', '|', '+']).trim();
    for mark in ["RM", "Rp.", "Rp", " x", " X", "×", "EUR", "(", "@"] {
        name = name.strip_suffix(mark).unwrap_or(name).trim_end();
    }
    for mark in ["x ", "X ", "×", ". ", ") "] {
        name = name.strip_prefix(mark).unwrap_or(name).trim_start();
    }
    strip_count(name, entry).trim_matches([' ', '.', '-', ':', '¥', '$']).to_owned()
}

/// Takes a leading `2 `, `2x ` or `1. ` off, if a name is left.
fn strip_count<'a>(name: &'a str, entry: &Entry) -> &'a str {
    let digits = name.chars().take_while(char::is_ascii_digit).count();
    let rest = &name[digits..];
    let index = rest.starts_with(['.', ')', 'x', 'X', '×', ' ']) && digits > 0 && digits <= 2;
    let amounts = entry.numbers.len() > 1 || entry.shape.is_some();
    let left = rest.trim_start_matches(['.', ')', '×', ' ']);
    let left = left.strip_prefix("x ").or_else(|| left.strip_prefix("X ")).unwrap_or(left);
    if index && amounts && has_letters(left) { left } else { name }
}

fn item(page: &Page, entry: &Entry, names: &[String], around: &[String]) -> Item {
    let shape = entry.shape.filter(|shape| shape.unit.is_some()).or_else(|| {
        // A three-line item has its quantity on a row of its own.
        let others =
            around.iter().flat_map(|text| numbers(&text.chars().collect::<Vec<_>>(), page.style));
        let all: Vec<Number> =
            others.chain(entry.numbers[..entry.numbers.len() - 1].iter().copied()).collect();
        shape(&all, entry.amount).filter(|shape| shape.unit.is_some()).or(entry.shape)
    });
    let shape = shape
        .filter(|shape| shape.unit.is_some())
        .or_else(|| listed(entry))
        .or(shape)
        .unwrap_or_default();
    let (style, name) = split_style(names);
    let (colour, size) = variant(&name);
    let quantity = shape.quantity.unwrap_or(1_000);
    let full = shape.unit.and_then(|unit| unit.checked_mul(quantity)).map(|full| full / 1_000);
    Item {
        name,
        style,
        colour,
        size,
        qty_milli: quantity,
        unit_price: shape.unit.map(Minor::new),
        discount: full
            .filter(|&full| {
                shape.factor.is_some_and(|factor| factor != 10_000) && full != entry.amount
            })
            .map(|full| Minor::new(full - entry.amount)),
        amount: Minor::new(entry.amount),
    }
}

/// `1  1299.00  1104.15`: sold below the list price, by a factor that is not printed.
fn listed(entry: &Entry) -> Option<Shape> {
    let [count, price, _] = entry.numbers[..] else { return None };
    let (quantity, unit) = (count.thousandths()?, price.hundredths()?);
    let counts = count.decimals() == 0
        && !count.code
        && !count.percent
        && (1_000..=99_000).contains(&quantity);
    let full = unit.checked_mul(quantity)? / 1_000;
    (counts && price.decimals() != 3 && full > entry.amount && entry.amount * 10 >= full).then(
        || Shape {
            quantity: Some(quantity),
            unit: Some(unit),
            factor: Some(entry.amount * 10_000 / full),
        },
    )
}

/// Parts the style number or bar code from the name: `A1103 羊毛大衣 驼色/M`.
fn split_style(names: &[String]) -> (Option<String>, String) {
    let Some(first) = names.first() else { return (None, String::new()) };
    let first = strip_index(first);
    let second = || names.get(1).and_then(|row| row.split_whitespace().find(|word| is_style(word)));
    match first.split_once(' ') {
        Some((code, name)) if is_style(code) && has_letters(name) => {
            (Some(code.to_owned()), name.trim().to_owned())
        }
        _ => (second().map(str::to_owned), first.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

fn strip_index(name: &str) -> &str {
    match name.split_once(['.', ')']) {
        Some((index, rest))
            if index.len() <= 2
                && index.bytes().all(|b| b.is_ascii_digit())
                && has_letters(rest) =>
        {
            rest.trim_start()
        }
        _ => name,
    }
}

fn is_style(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let plain = word.chars().all(|symbol| symbol.is_ascii_alphanumeric() || "-_*".contains(symbol));
    let letters = word.bytes().any(|byte| byte.is_ascii_uppercase());
    plain && word.len() >= 4 && (digits == word.len() || letters && digits >= 2)
}
