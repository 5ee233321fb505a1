//! The words of receipts, from one data file (`lexicon.toml`).
//!
//! ```text
//! "SUB TOTAL (RM)" → key "subtotalrm" → longest entry "subtotalrm" → Role::Subtotal
//! ```
//!
//! # Invariants
//!
//! - The file is read once; it is part of the program, and a test reads all of it.
//! - Looking a label up takes time in the label's length only: entries are hashed.
//!
//! Not here: deciding between words and sums (`story`).

use crate::sale::fold::{is_cjk, key};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

/// What an amount beside a label is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Role {
    /// What is to be paid.
    Total,
    /// The items' sum before anything is added or taken off.
    Subtotal,
    /// A part without tax, or of one tax class.
    Net,
    Tax,
    /// Service, delivery, tip: added on top.
    Charge,
    Discount,
    Rounding,
    Tender,
    Change,
    /// Points, balances, savings: no part of the sum.
    Info,
    /// How many, not how much.
    Count,
}

/// What a text beside a label is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Field {
    ReceiptNo,
    /// Of the sale that a return takes back.
    OriginalNo,
    Date,
    Time,
    Till,
    Cashier,
    Associate,
    MemberPhone,
    MemberNo,
    MemberName,
    MemberTier,
    Points,
    ShopPhone,
    Address,
    Shop,
    Other,
}

/// A column over the items.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Head {
    Name,
    Qty,
    Unit,
    Amount,
    Other,
}

/// A label found at the beginning of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Found<T> {
    pub(crate) what: T,
    /// Where in the key the match begins, in characters.
    pub(crate) start: usize,
    /// Characters of the key that matched.
    pub(crate) len: usize,
    /// The whole key matched.
    pub(crate) whole: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    amount: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    heads: BTreeMap<String, Vec<String>>,
    fields: BTreeMap<String, Vec<String>>,
    tenders: BTreeMap<String, Vec<String>>,
    not_shop: BTreeMap<String, Vec<String>>,
    variant: BTreeMap<String, Vec<String>>,
}

/// What tells one kind of slip.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindFile {
    stems: Vec<String>,
    titles: Vec<String>,
    signs: Vec<String>,
}

/// Where in a label an entry may stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// Written `=金额`: it must be the whole label.
    Whole,
    /// Latin words: at its beginning or end.
    Ends,
    /// CJK words, and those written `*saving`.
    Anywhere,
}

impl Place {
    fn of(entry: &str) -> Self {
        match entry.chars().next() {
            Some('=') => Self::Whole,
            Some('*') => Self::Anywhere,
            _ if entry.chars().any(is_cjk) => Self::Anywhere,
            _ => Self::Ends,
        }
    }
}

/// Entries of one sort by key.
#[derive(Debug)]
pub(crate) struct Words<T> {
    by_key: HashMap<String, (T, Place)>,
    len_max: usize,
    /// The longest entry that may stand anywhere.
    anywhere_max: usize,
}

impl<T> Default for Words<T> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), len_max: 0, anywhere_max: 0 }
    }
}

impl<T: Copy> Words<T> {
    fn add(&mut self, entry: &str, what: T) {
        let place = Place::of(entry);
        let key = key(entry.chars());
        let len = key.chars().count();
        self.len_max = self.len_max.max(len);
        if place == Place::Anywhere {
            self.anywhere_max = self.anywhere_max.max(len);
        }
        self.by_key.entry(key).or_insert((what, place));
    }

    /// The entry that is exactly `key`.
    pub(crate) fn exact(&self, key: &str) -> Option<T> {
        self.by_key.get(key).map(|(what, _)| *what)
    }

    /// The longest entry in `key`: anywhere if it may stand there, else at either end.
    pub(crate) fn longest(&self, key: &str) -> Option<Found<T>> {
        let ends: Vec<usize> = key.char_indices().map(|(at, _)| at).chain([key.len()]).collect();
        let count = ends.len() - 1;
        (1..=self.len_max.min(count)).rev().find_map(|len| {
            let interior = len <= self.anywhere_max;
            // From the right: "小计 合计" says 合计, "total tax" says tax.
            (0..=count - len).rev().find_map(|start| {
                let at_end = start == 0 || start + len == count;
                if !(interior || at_end) || (len == 1 && count > 1) {
                    return None; // one sign is a word only when it stands alone: 收, 找, 付
                }
                let whole = len == count;
                let (what, place) = *self.by_key.get(&key[ends[start]..ends[start + len]])?;
                let fits = match place {
                    Place::Whole => whole,
                    Place::Ends => at_end,
                    Place::Anywhere => true,
                };
                fits.then_some(Found { what, start, len, whole })
            })
        })
    }

    /// The longest entry that `text` begins with, and how many of its characters that takes.
    pub(crate) fn at_start(&self, text: &[char]) -> Option<(T, usize)> {
        let mut best = None;
        let mut so_far = String::new();
        let mut len = 0;
        for (at, &symbol) in text.iter().enumerate() {
            let folded = key([symbol]);
            if folded.is_empty() && at == 0 || len > self.len_max {
                break;
            }
            len += folded.chars().count();
            so_far.push_str(&folded);
            if let (Some((what, _)), false) = (self.by_key.get(&so_far), folded.is_empty()) {
                best = Some((*what, at + 1));
            }
        }
        best
    }
}

/// Everything in the file.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub(crate) amounts: Words<Role>,
    pub(crate) fields: Words<Field>,
    pub(crate) heads: Words<Head>,
    pub(crate) kinds: Words<KindWord>,
    pub(crate) signs: Words<KindWord>,
    /// Longest first.
    pub(crate) stems: Vec<(String, KindWord)>,
    pub(crate) tenders: Words<TenderWord>,
    pub(crate) not_shop: Words<()>,
    /// Lower-case endings and beginnings of company names.
    pub(crate) company: Vec<String>,
    /// Lower case.
    pub(crate) colours: HashSet<String>,
    /// Upper case.
    pub(crate) sizes: HashSet<String>,
}

/// What a word says about the slip it stands on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum KindWord {
    Reprint,
    Void,
    Return,
    Report,
    Kitchen,
    Recharge,
    Delivery,
    CardSlip,
    MerchantCopy,
    NotSale,
}

impl KindWord {
    /// How many there are.
    pub(crate) const COUNT: usize = 10;
}

/// What a word says about how it was paid.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum TenderWord {
    Cash,
    WeChat,
    Alipay,
    Card,
    Balance,
    Voucher,
}

/// The lexicon, read at first use.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        let file: File = toml::from_str(include_str!("lexicon.toml"))
            .expect("the lexicon is part of the program, and a test reads it");
        let kinds: BTreeMap<String, KindFile> = toml::from_str(include_str!("kinds.toml"))
            .expect("the kinds are part of the program, and a test reads them");
        build(&file, &kinds)
    })
}

fn build(file: &File, kinds: &BTreeMap<String, KindFile>) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for (name, words) in kinds {
        words.titles.iter().for_each(|word| lexicon.kinds.add(word, kind(name)));
        let stems = words.stems.iter().map(|stem| (key(stem.chars()), kind(name)));
        lexicon.stems.extend(stems);
        words.signs.iter().for_each(|word| lexicon.signs.add(word, kind(name)));
    }
    for (name, markets) in &file.amount {
        let role = role(name);
        markets.values().flatten().for_each(|entry| lexicon.amounts.add(entry, role));
    }
    lexicon.stems.sort_by_key(|(stem, _)| std::cmp::Reverse(stem.chars().count()));
    fill(&mut lexicon.fields, &file.fields, field);
    fill(&mut lexicon.heads, &file.heads, head);
    fill(&mut lexicon.tenders, &file.tenders, tender);
    for entry in file.not_shop.get("words").into_iter().flatten() {
        lexicon.not_shop.add(entry, ());
    }
    let words = |name: &str| file.variant.get(name).into_iter().flatten();
    lexicon.colours = words("colours").map(|word| word.to_lowercase()).collect();
    lexicon.sizes = words("sizes").map(|word| word.to_uppercase()).collect();
    lexicon.company = file.not_shop.get("company").cloned().unwrap_or_default();
    lexicon
}

fn fill<T: Copy>(words: &mut Words<T>, lists: &BTreeMap<String, Vec<String>>, of: fn(&str) -> T) {
    for (name, entries) in lists {
        entries.iter().for_each(|entry| words.add(entry, of(name)));
    }
}

fn role(name: &str) -> Role {
    match name {
        "total" => Role::Total,
        "subtotal" => Role::Subtotal,
        "net" => Role::Net,
        "tax" => Role::Tax,
        "charge" => Role::Charge,
        "discount" => Role::Discount,
        "rounding" => Role::Rounding,
        "tender" => Role::Tender,
        "change" => Role::Change,
        "count" => Role::Count,
        _ => Role::Info,
    }
}

fn field(name: &str) -> Field {
    match name {
        "receipt_no" => Field::ReceiptNo,
        "original_no" => Field::OriginalNo,
        "date" => Field::Date,
        "time" => Field::Time,
        "till" => Field::Till,
        "cashier" => Field::Cashier,
        "associate" => Field::Associate,
        "member_phone" => Field::MemberPhone,
        "member_no" => Field::MemberNo,
        "member_name" => Field::MemberName,
        "member_tier" => Field::MemberTier,
        "points" => Field::Points,
        "shop_phone" => Field::ShopPhone,
        "address" => Field::Address,
        "shop" => Field::Shop,
        _ => Field::Other,
    }
}

fn head(name: &str) -> Head {
    match name {
        "name" => Head::Name,
        "qty" => Head::Qty,
        "unit" => Head::Unit,
        "amount" => Head::Amount,
        _ => Head::Other,
    }
}

fn kind(name: &str) -> KindWord {
    match name {
        "reprint" => KindWord::Reprint,
        "void" => KindWord::Void,
        "return" => KindWord::Return,
        "report" => KindWord::Report,
        "kitchen" => KindWord::Kitchen,
        "recharge" => KindWord::Recharge,
        "delivery" => KindWord::Delivery,
        "card_slip" => KindWord::CardSlip,
        "merchant_copy" => KindWord::MerchantCopy,
        _ => KindWord::NotSale,
    }
}

fn tender(name: &str) -> TenderWord {
    match name {
        "wechat" => TenderWord::WeChat,
        "alipay" => TenderWord::Alipay,
        "card" => TenderWord::Card,
        "balance" => TenderWord::Balance,
        "voucher" => TenderWord::Voucher,
        _ => TenderWord::Cash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(label: &str) -> Option<Role> {
        lexicon().amounts.longest(&key(label.chars())).map(|found| found.what)
    }

    #[test]
    fn the_longest_word_decides() {
        for (label, role) in [
            ("SUB TOTAL (RM)", Role::Subtotal),
            ("TOTAL QTY:", Role::Count),
            ("Total Tax", Role::Tax),
            ("本次会员优惠金额", Role::Discount),
            ("应收金额：", Role::Total),
            ("會員折扣", Role::Discount),
            ("收", Role::Tender),
            ("합계액", Role::Total),
        ] {
            assert_eq!(role_of(label), Some(role), "{label}");
        }
        assert_eq!(role_of("收纳盒大号"), None);
    }
}
