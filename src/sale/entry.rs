//! Rows cut into entries: a label and the amount beside it.
//!
//! ```text
//! "件数：4            合计：1921.65"  ─▶  [件数 | 4]  [合计 | 1921.65]
//! "  折扣85%    1  1299.00  1104.15"  ─▶  [折扣 | 85% 1 1299.00 1104.15 → 1104.15]
//! ```
//!
//! # Invariant
//!
//! - Entries are in reading order, and their number is at most [`ENTRIES_MAX`].
//!
//! Not here: what an entry is in the sale (`story`), names of items (`items`).

use crate::sale::fold::{is_cjk, key, key_places};
use crate::sale::lexicon::{Field, Role, lexicon};
use crate::sale::number::{Number, Style, numbers};
use crate::sale::page::Page;
use crate::sale::shape::{Shape, shape};

/// Entries that a reading weighs; the longest real receipts have a few hundred.
pub(crate) const ENTRIES_MAX: usize = 400;

/// What a label says, and how much of it says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cue {
    pub(crate) role: Role,
    /// The word takes at least half of the label.
    pub(crate) strong: bool,
}

/// A label and an amount.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) row: usize,
    /// The text before the amount, numbers left out.
    pub(crate) label: String,
    /// The text after it.
    pub(crate) tail: String,
    pub(crate) cue: Option<Cue>,
    pub(crate) numbers: Vec<Number>,
    /// In hundredths, as printed.
    pub(crate) amount: i64,
    /// Every number of it that could be its amount.
    pub(crate) amounts: Vec<i64>,
    /// Quantity times price gives the amount.
    pub(crate) shape: Option<Shape>,
    /// Only tells more of the entry beside it: `2 @ 3.50`.
    pub(crate) detail: bool,
}

impl Entry {
    pub(crate) fn role(&self) -> Option<Role> {
        self.cue.map(|cue| cue.role)
    }

    /// The role, if most of the label says so.
    pub(crate) fn strong(&self) -> Option<Role> {
        self.cue.filter(|cue| cue.strong).map(|cue| cue.role)
    }
}

/// A part of a row: its numbers and where its text lies.
struct Segment {
    start: usize,
    end: usize,
    numbers: Vec<Number>,
}

/// The entries of a page.
pub(crate) fn entries(page: &Page) -> Vec<Entry> {
    let style = page.style;
    let mut found: Vec<Entry> = Vec::new();
    for (row, text) in page.rows.iter().enumerate() {
        if found.len() >= ENTRIES_MAX {
            break;
        }
        let numbers = numbers(text, style);
        for segment in segments(text, numbers) {
            found.extend(entry(page, row, text, segment));
        }
    }
    found.truncate(ENTRIES_MAX);
    settle_details(&mut found);
    found
}

/// What the label says it is.
pub(crate) fn cue(label: &str) -> Option<Cue> {
    let key = key(label.chars());
    let found = lexicon().amounts.longest(&key)?;
    let len = key.chars().count();
    let cjk = key.chars().any(is_cjk);
    // A short word in a long name is no label: "收纳盒", "cashew nut".
    let enough = found.whole || 5 * found.len >= if cjk { 2 * len } else { len };
    let parted = cjk || is_word(label, found.start, found.len);
    enough.then_some(Cue { role: found.what, strong: 2 * found.len >= len && parted })
}

/// Whether the letters from `start` on are a word of their own: "Tenderloin" is no tender, "TotalDue"
/// is a total.
fn is_word(label: &str, start: usize, len: usize) -> bool {
    let symbols: Vec<char> = label.chars().collect();
    let letters = key_places(&symbols);
    let Some((&first, &last)) = letters.get(start).zip(letters.get(start + len - 1)) else {
        return true;
    };
    let ends = |left: usize, right: usize| match (symbols.get(left), symbols.get(right)) {
        (Some(left), Some(right)) if left.is_alphabetic() && right.is_alphabetic() => {
            left.is_lowercase() && right.is_uppercase()
        }
        _ => true,
    };
    first.checked_sub(1).is_none_or(|before| ends(before, first)) && ends(last, last + 1)
}

/// What the label says; before a colon its first word does: `付款： 现金 人民币` is what was paid.
fn headed(label: &str) -> Option<Cue> {
    let found = cue(label);
    if found.is_some_and(|cue| cue.strong) {
        return found;
    }
    let Some((head, rest)) = label.split_once(':') else { return found };
    let words = rest.chars().filter(|symbol| symbol.is_alphabetic()).count();
    let whole = cue(head)
        .filter(|cue| cue.strong && matches!(cue.role, Role::Tender | Role::Change) && words > 0);
    whole.or(found)
}

fn segments(text: &[char], numbers: Vec<Number>) -> Vec<Segment> {
    let mut parts: Vec<Segment> = Vec::new();
    for number in numbers {
        let gap_start = parts.last().map_or(0, |part| part.end);
        let gap: String = text[gap_start..number.start].iter().collect();
        match parts.last_mut() {
            Some(part) if !begins_label(part, &gap) => {
                part.end = number.end;
                part.numbers.push(number);
            }
            _ => parts.push(Segment { start: gap_start, end: number.end, numbers: vec![number] }),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.end = text.len();
    }
    parts
}

/// Whether the text after `part` labels an amount of its own.
fn begins_label(part: &Segment, gap: &str) -> bool {
    let letters = gap.chars().filter(|symbol| symbol.is_alphabetic()).count();
    // "中药 7付   196.00": the unit of the number before is no word for paying.
    if part.numbers.last().is_some_and(|number| number.unit) && letters <= 2 {
        return false;
    }
    let tail = gap.rsplit(['件', '元', '个', '円', '원', ')']).next().unwrap_or(gap);
    let known = cue(tail).or_else(|| cue(gap)).filter(|cue| cue.strong && cue.role != Role::Count);
    let has_amount = part.numbers.iter().any(|number| !number.percent);
    letters > 0 && (known.is_some() && has_amount || gap.contains(':') && letters > 1)
        || known.is_some() && part.numbers.iter().all(|number| number.percent)
}

fn entry(page: &Page, row: usize, text: &[char], segment: Segment) -> Option<Entry> {
    let style = page.style;
    let numbers = segment.numbers;
    let label = label(&text[segment.start..segment.end], segment.start, &numbers, style);
    // What this till's layout says goes before what tills say in general.
    let told = page.amounts.get(&key(label.chars()));
    let cue = told.map(|role| Cue { role: *role, strong: true }).or_else(|| headed(&label));
    // Where it says which word is the total, another tills' word for it is none here.
    let named = told.is_none() && page.amounts.values().any(|role| *role == Role::Total);
    let cue =
        cue.map(|cue| Cue { strong: cue.strong && !(named && cue.role == Role::Total), ..cue });
    if is_field(&label) && cue.is_none_or(|cue| !cue.strong) {
        return None;
    }
    let at = amount_at(&numbers, cue, style)?;
    let amount = numbers[at].hundredths()?;
    let others: Vec<Number> = (0..numbers.len()).filter(|&i| i != at).map(|i| numbers[i]).collect();
    let shape = shape(&others, amount);
    // "折扣85%  1  1299.00  1104.15" is an item sold at a discount, not one taken off.
    let sold = shape.is_some_and(|shape| shape.unit.is_some() && others.len() > 1);
    let cue = cue.filter(|cue| !(sold && cue.role == Role::Discount && amount > 0));
    // "DEPOSIT  1  -647.30  -647.30": a product of two numbers is an item, whatever it is called.
    let product = shape.is_some_and(|shape| shape.unit.is_some() && shape.factor.is_none());
    let item = product && others.len() > 1 && others.iter().all(|number| !number.percent);
    let cue =
        cue.filter(|cue| !item || matches!(cue.role, Role::Total | Role::Subtotal | Role::Tender));
    // "Item 1   $10.00" counts nothing: it is what the shop calls its goods.
    let priced = numbers[at].currency || others.len() == 1 && numbers[at].is_money(style);
    let cue = cue.filter(|cue| !(priced && cue.role == Role::Count));
    // "KUO POH (2 PAX)  6.00" is a dish for two.
    let cents = matches!(style, Style::Cents(_)) && numbers[at].is_money(style);
    let cue = cue.filter(|cue| !(cents && cue.role == Role::Count && !cue.strong));
    // "1 CHARGE TA  909": what is counted is sold, whatever it is called.
    let counted = others.first().is_some_and(|first| counts_first(text, *first));
    let paid = |cue: &Cue| matches!(cue.role, Role::Tender | Role::Charge | Role::Info);
    let cue = cue.filter(|cue| !(counted && paid(cue)));
    let money = |number: &&Number| number.is_money(style) && !number.times;
    let amounts = numbers.iter().filter(money).filter_map(|number| number.hundredths()).collect();
    Some(Entry {
        row,
        tail: text[numbers[at].end..segment.end].iter().collect(),
        cue,
        amount,
        amounts,
        shape,
        detail: false,
        label,
        numbers,
    })
}

/// Whether the row begins with a count of pieces and a name.
fn counts_first(text: &[char], first: Number) -> bool {
    let begins = text[..first.start].iter().all(|&symbol| symbol == ' ');
    let count = first.decimals() == 0 && !first.currency && first.end - first.start <= 2;
    let named = text
        .get(first.end..first.end + 2)
        .is_some_and(|next| next[0] == ' ' && next[1].is_alphabetic());
    begins && count && named
}

/// The segment's text with its numbers and what follows the last amount left out.
fn label(text: &[char], offset: usize, numbers: &[Number], style: Style) -> String {
    let last = numbers.iter().rfind(|number| number.is_money(style)).or(numbers.last());
    let end = last.map_or(text.len(), |number| number.start - offset);
    let outside = |at: usize| {
        !numbers.iter().any(|number| (number.start..number.end).contains(&(at + offset)))
    };
    text[..end]
        .iter()
        .enumerate()
        .filter(|(at, _)| outside(*at))
        .map(|(_, symbol)| symbol)
        .collect()
}

/// Whether the label is that of a receipt number, a phone or the like.
fn is_field(label: &str) -> bool {
    let key = key(label.chars());
    matches!(lexicon().fields.exact(&key), Some(field) if field != Field::Shop)
}

/// Which of the numbers is the amount: the last that is written like one.
fn amount_at(numbers: &[Number], cue: Option<Cue>, style: Style) -> Option<usize> {
    let last = numbers.len().checked_sub(1)?;
    let plain = |number: &Number| {
        !(number.percent || number.unit || number.glued || number.code || number.decimals() > 2)
    };
    let money = numbers.iter().rposition(|number| number.is_money(style));
    let labelled = cue.is_some_and(|cue| cue.strong && cue.role != Role::Count);
    let whole_last = plain(&numbers[last]) && !numbers[last].times && numbers[last].decimals() == 0;
    // "1  3.00  3.00 9": where the amount before it is a product, 9 is a tax class.
    let settled = money.filter(|&at| at > 1 && explains(numbers, at)).is_some();
    if style != Style::Bare && whole_last && money != Some(last) && !settled {
        // "269.00 0.900 242": whole, but the product says that it is the amount.
        let product = numbers[last].hundredths().and_then(|amount| shape(&numbers[..last], amount));
        let marked = money.is_some() || numbers.iter().any(|number| number.times);
        if product.is_some_and(|shape| shape.unit.is_some()) && marked {
            return Some(last);
        }
        let zero = numbers[last].hundredths() == Some(0);
        if money.is_none() && (labelled || (zero && style == Style::Grouped)) {
            return Some(last);
        }
    }
    money.filter(|&at| style != Style::Bare || is_bare_amount(numbers, at, labelled))
}

/// Whether the numbers before the one at `at` multiply to it.
fn explains(numbers: &[Number], at: usize) -> bool {
    let product = numbers[at].hundredths().and_then(|amount| shape(&numbers[..at], amount));
    product.is_some_and(|shape| shape.unit.is_some())
}

/// Whole numbers are everywhere: one is an amount if a label, a currency or a product says so.
fn is_bare_amount(numbers: &[Number], at: usize, labelled: bool) -> bool {
    let others: Vec<Number> = (0..numbers.len()).filter(|&i| i != at).map(|i| numbers[i]).collect();
    let product = numbers[at].hundredths().is_some_and(|amount| shape(&others, amount).is_some());
    labelled || product || numbers[at].currency
}

/// Finds the entries that only tell more of one beside them.
fn settle_details(entries: &mut [Entry]) {
    for at in 0..entries.len() {
        settle_product(entries, at);
        settle_price_before(entries, at);
    }
    settle_groups(entries);
}

/// `2 @ 3.50` under or over its item tells no amount of its own, alone it is the product.
fn settle_product(entries: &mut [Entry], at: usize) {
    let near = |other: Option<usize>, fits: &dyn Fn(i64) -> bool| {
        other.and_then(|other| entries.get(other)).is_some_and(|entry| {
            entry.row.abs_diff(entries[at].row) <= 2 && fits(entry.amount) && !entry.detail
        })
    };
    let beside =
        |fits: &dyn Fn(i64) -> bool| near(at.checked_sub(1), fits) || near(Some(at + 1), fits);
    match product_only(&entries[at]) {
        // A weight times a price is rounded; a cent more or less is the scale's.
        Some(product) if beside(&|amount| amount.abs_diff(product) <= 1) => {
            entries[at].detail = true;
        }
        Some(product) => {
            let others = entries[at].numbers.clone();
            entries[at].shape = shape(&others, product);
            entries[at].amount = product;
            entries[at].amounts = vec![product];
        }
        None => {}
    }
}

/// `1.99 Dsc -0.33` under an item of 1.66 tells how that came about; `(S) @15.90` what one costs.
fn settle_price_before(entries: &mut [Entry], at: usize) {
    let entry = &entries[at];
    let alone = entry.label.chars().filter(|symbol| symbol.is_alphabetic()).count() <= 3;
    if let [price] = entry.numbers[..]
        && price.times
        && alone
        && entry.label.contains('@')
    {
        entries[at].detail = true;
        return;
    }
    let above = at.checked_sub(1).map(|at| &entries[at]);
    if let [full, off] = entry.amounts[..]
        && off < 0
        && above.is_some_and(|item| item.row + 1 == entry.row && item.amount == full + off)
    {
        entries[at].detail = true;
    }
}

/// `** FOOD  988,000` repeats the sum of the items above it.
fn settle_groups(entries: &mut [Entry]) {
    let mut sum = 0_i64;
    for entry in entries.iter_mut().filter(|entry| !entry.detail) {
        let counts = entry.role() == Some(Role::Count) && sum != 0;
        let starred = entry.label.trim_start().starts_with("**");
        if (starred || counts) && entry.amount == sum {
            entry.detail = true;
            sum = 0;
        } else if entry.cue.is_none() {
            sum = sum.saturating_add(entry.amount);
        }
    }
}

/// Quantity times price, where the entry has nothing else.
fn product_only(entry: &Entry) -> Option<i64> {
    match entry.numbers[..] {
        [quantity, price] if (quantity.times || quantity.unit) && price.times => {
            let product = quantity.thousandths()?.checked_mul(price.ten_thousandths()?)?;
            Some((product + 50_000) / 100_000)
        }
        _ => None,
    }
}
