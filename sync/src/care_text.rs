//! Judges a care text: does it sell, ask why she stayed away, or claim the company's need? (S13, S36–S41)
//!
//! ```text
//! text ─▶ fold ─▶ hidden ─▶ words ─▶ rules ─▶ sure? ──────────────▶ findings
//!                                └──▶ features ─▶ weights ─▶ score ─┘
//! ```
//!
//! Rules name what a person would point at. What only hints ("the kettle is on") is weighed: classes of words, which of
//! them stand together, runs of characters. Both come from files that people can read or make again: `words.toml`, and
//! the texts in `benches/care_text` from which the weights are learned.
//!
//! # Invariants
//!
//! - The same text gives the same findings on every machine: whole numbers, no clock, no order of a hash map.
//! - A finding's words stand in the text, at its range.
//!
//! Not here: whether advice suits the cloth, a birthday text holds a wish, or a message may be sent now.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

mod features;
mod fold;
mod hidden;
mod name;
mod rules;
mod weights;
mod words;

use features::{Feature, features, sentences};
use fold::Folded;
use hidden::HiddenWords;
use rules::{Rule, RuleText, Tagged};
pub use weights::{BYTES_MAX, HEADS, SCALE, Weights, pack, unpack};
use words::Lexicon;

/// What a text is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// On her birthday.
    Birthday,
    /// On a holiday.
    Holiday,
    /// Weather and the seasons.
    Season,
    /// To one who has not come for long.
    LongAbsent,
    /// On a rainy day.
    Rain,
    /// Some days after a sale.
    AfterSale,
    /// A line or a whole note on a receipt.
    Receipt,
    /// What the screen tells the cashier to do or say.
    Prompt,
    /// Thanks, for a friend she brought or for anything.
    Thanks,
}

const KINDS: [(Kind, &str); 9] = [
    (Kind::Birthday, "birthday"),
    (Kind::Holiday, "holiday"),
    (Kind::Season, "season"),
    (Kind::LongAbsent, "long_absent"),
    (Kind::Rain, "rain"),
    (Kind::AfterSale, "after_sale"),
    (Kind::Receipt, "receipt"),
    (Kind::Prompt, "prompt"),
    (Kind::Thanks, "thanks"),
];

impl Kind {
    /// Reads the word of a kind, such as `long_absent`.
    pub fn from_word(word: &str) -> Option<Self> {
        KINDS.iter().find(|(_, other)| *other == word).map(|(kind, _)| *kind)
    }

    /// Returns its word.
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// What a care text must not do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Offence {
    /// It sells, in any form (S36, S37, S39).
    Sells,
    /// It asks why she stayed away or what happened to her, or reproaches her (S41).
    AsksWhy,
    /// It asks for data because the company, its rules or its machines need it (S13).
    CompanyNeed,
}

/// In the order of the heads of [`Weights`], after the first.
const OFFENCES: [Offence; 3] = [Offence::Sells, Offence::AsksWhy, Offence::CompanyNeed];

impl Offence {
    /// Reads its label in labelled texts: `sell`, `why` or `need`.
    pub fn from_label(label: &str) -> Option<Self> {
        match label {
            "sell" => Some(Self::Sells),
            "why" => Some(Self::AsksWhy),
            "need" => Some(Self::CompanyNeed),
            _ => None,
        }
    }
}

/// One offence, and the words that commit it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What it does.
    pub offence: Offence,
    /// The offending words as they stand in the text.
    pub words: String,
    /// Where they stand, in bytes.
    pub at: Range<usize>,
}

impl Finding {
    /// Tells a person in Chinese what to mend.
    pub fn in_chinese(&self) -> String {
        let words = &self.words;
        match self.offence {
            Offence::Sells => format!("「{words}」像是在推销:关怀不卖东西,请删去"),
            Offence::AsksWhy => format!("「{words}」像是在追问或责怪:想念就好,不问缘由,请改写"),
            Offence::CompanyNeed => {
                format!("「{words}」像是公司要她的资料:只为服务她才问,也可以不留,请改写")
            }
        }
    }

    /// Tells a person in English what to mend.
    pub fn in_english(&self) -> String {
        let words = &self.words;
        match self.offence {
            Offence::Sells => {
                format!("\"{words}\" sounds like selling: care sells nothing, please remove it")
            }
            Offence::AsksWhy => format!(
                "\"{words}\" sounds like asking why or blaming: say that you miss her, and no more"
            ),
            Offence::CompanyNeed => {
                format!(
                    "\"{words}\" asks for her data because the company needs it: ask only to serve her, and let her decline"
                )
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_english())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    innocent: String,
    class: BTreeMap<String, String>,
    hidden: BTreeMap<String, String>,
    rule: Vec<RuleText>,
}

/// `words.toml`, ready for use.
struct Words {
    lexicon: Lexicon,
    hidden: HiddenWords,
    rules: Vec<Rule>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file: WordsFile = toml::from_str(include_str!("care_text/words.toml"))
        .expect("words.toml is part of the program");
    let mut lexicon = Lexicon::new(&file.innocent);
    for (name, words) in &file.class {
        lexicon.add_class(&format!("@{name}"), words);
    }
    let rules = file.rule.iter().map(|rule| Rule::new(rule, &mut lexicon)).collect();
    Words { lexicon, hidden: HiddenWords::new(&file.hidden), rules }
});

/// A text that was read: its signs, and everything that was seen in it.
struct Reading {
    folded: Folded,
    /// What rules and hidden words say by themselves, in signs.
    sure: Vec<(Offence, Range<usize>)>,
    /// What other rules point at.
    hints: Vec<(Offence, Range<usize>)>,
    features: Vec<Feature>,
    /// Neither a letter nor a sign that says anything.
    silent: bool,
}

impl Reading {
    fn new(kind: Kind, text: &str) -> Self {
        let (folded, hidden) = WORDS.hidden.uncover(Folded::new(text));
        let hits = WORDS.lexicon.hits(&folded.signs);
        let sentence = sentences(&folded.signs);
        let tagged = Tagged { signs: &folded.signs, hits: &hits, sentence: &sentence };
        let found: Vec<_> = WORDS
            .rules
            .iter()
            .enumerate()
            .filter_map(|(number, rule)| Some((number, rule, rule.find(kind, &tagged)?)))
            .collect();
        let told = |sure: bool| found.iter().filter(move |(_, rule, _)| rule.sure == sure);
        let offences = |sure: bool| {
            told(sure)
                .filter_map(|(_, rule, at)| Some((rule.offence?, at.clone())))
                .collect::<Vec<_>>()
        };
        let numbers: Vec<usize> = found.iter().map(|(number, _, _)| *number).collect();
        let features = features(kind, &folded, &tagged, &numbers, &WORDS.lexicon);
        let mut sure = offences(true);
        sure.extend(hidden.into_iter().map(|at| (Offence::Sells, at)));
        let silent = hits.is_empty() && !folded.signs.iter().any(|sign| sign.is_alphanumeric());
        Self { sure, hints: offences(false), features, folded, silent }
    }
}

/// Returns what is wrong with `text`, one finding for each offence; empty if it is a good care text.
///
/// ```
/// use sync::care_text::{Kind, Offence, check};
///
/// assert!(check(Kind::Season, "天凉了,早晚添件衣,活动活动筋骨。").is_empty());
/// let found = check(Kind::Season, "天凉了,秋装优惠活动开始了。");
/// assert_eq!(found[0].offence, Offence::Sells);
/// ```
pub fn check(kind: Kind, text: &str) -> Vec<Finding> {
    let reading = Reading::new(kind, text);
    if reading.silent {
        return Vec::new();
    }
    let scores = weights::WEIGHTS.score(weights::once(&reading.features));
    let mut offences: Vec<Offence> = reading.sure.iter().map(|(offence, _)| *offence).collect();
    offences.extend(weighed(scores));
    offences.sort_unstable();
    offences.dedup();
    offences.into_iter().filter_map(|offence| name::finding(&reading, offence, text)).collect()
}

/// Says whether scores tell that a text is bad: the head for bad texts and the strongest offence judge together.
pub fn is_bad(scores: &[i64; HEADS]) -> bool {
    scores[0] + scores[1..].iter().max().copied().unwrap_or(0) > 0
}

/// Returns the offences that the scores tell; none for a good text, at least one for a bad one.
fn weighed(scores: [i64; HEADS]) -> Vec<Offence> {
    if !is_bad(&scores) {
        return Vec::new();
    }
    let offences = || OFFENCES.into_iter().zip(scores.into_iter().skip(1));
    let strongest = offences().max_by_key(|(_, score)| *score).map(|(offence, _)| offence);
    offences()
        .filter(|(_, score)| *score > 0)
        .map(|(offence, _)| offence)
        .chain(strongest)
        .collect()
}

/// What the learning of weights needs to know of a text.
pub struct Seen {
    /// Hashes of its features, each once, in order.
    pub features: Vec<u32>,
    /// What rules tell by themselves.
    pub sure: Vec<Offence>,
}

/// Returns what is seen in a text. For learning and for measuring; [`check`] judges.
pub fn seen(kind: Kind, text: &str) -> Seen {
    let reading = Reading::new(kind, text);
    Seen {
        features: weights::once(&reading.features),
        sure: reading.sure.iter().map(|(offence, _)| *offence).collect(),
    }
}
