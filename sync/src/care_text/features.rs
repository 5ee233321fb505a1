//! What of a text is weighed: runs of its characters and words, words some way apart, runs of letters, its classes of
//! words and which stand together, its kind.
//!
//! Not here: what each weighs (`weights`).

use super::fold::is_han;
use super::rules::Tagged;
use super::words::{Hit, Lexicon};
use super::{Kind, fold::Folded};

/// A feature: the hash of its name, and the signs it was seen at.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Feature {
    pub(super) hash: u32,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A word, a character, a number or a mark.
#[derive(Clone, Debug)]
struct Token {
    from: usize,
    to: usize,
    name: String,
    sentence: u32,
}

/// The longest run of tokens.
const RUN: usize = 4;
/// Words are seen together up to this many places apart.
const APART: usize = 6;
/// Runs of signs, whatever they are: they see an English word in its other forms, and a Chinese phrase whole.
const SIGNS: std::ops::RangeInclusive<usize> = 3..=6;
/// Classes further apart than this many others say nothing about each other.
const PAIRS: usize = 7;

/// Returns the sentence number of each sign.
pub(super) fn sentences(signs: &[char]) -> Vec<u32> {
    let mut number = 0;
    let mut numbers = Vec::with_capacity(signs.len());
    for (index, sign) in signs.iter().enumerate() {
        numbers.push(number);
        let next = signs.get(index + 1).copied().unwrap_or('\n');
        let full_stop = *sign == '.' && next.is_whitespace();
        if full_stop || matches!(sign, '\n' | '。' | '!' | '?' | ';') {
            number += 1;
        }
    }
    numbers
}

/// Returns the features of a text; `rules` are the numbers of those that hold.
pub(super) fn features(
    kind: Kind,
    folded: &Folded,
    text: &Tagged<'_>,
    rules: &[usize],
    lexicon: &Lexicon,
) -> Vec<Feature> {
    let mut all = Vec::new();
    let tokens = tokens(text);
    runs(&tokens, &mut all);
    apart(&tokens, &mut all);
    letters(&folded.signs, &mut all);
    classes(kind, text, &tokens, lexicon, &mut all);
    shapes(text, &tokens, lexicon, &mut all);
    let whole = folded.signs.len();
    all.push(named(&["kind", kind.word()], 0, whole));
    let language = if folded.signs.iter().any(|sign| is_han(*sign)) { "zh" } else { "en" };
    all.push(named(&["language", language], 0, whole));
    for rule in rules {
        all.push(named(&["rule", &rule.to_string()], 0, whole));
    }
    all.sort_unstable();
    all
}

fn tokens(text: &Tagged<'_>) -> Vec<Token> {
    let signs = text.signs;
    let mut tokens = vec![Token { from: 0, to: 0, name: "^".into(), sentence: 0 }];
    let mut from = 0;
    while from < signs.len() {
        let to = token_end(signs, from);
        if !signs[from].is_whitespace() || signs[from] == '\n' {
            tokens.push(Token {
                from,
                to,
                name: token_name(&signs[from..to]),
                sentence: text.sentence[from],
            });
        }
        from = to;
    }
    let sentence = tokens.last().map_or(0, |token| token.sentence);
    tokens.push(Token { from, to: from, name: "$".into(), sentence });
    tokens
}

fn token_end(signs: &[char], from: usize) -> usize {
    let run = |like: fn(char) -> bool| {
        from + signs[from..].iter().take_while(|sign| like(**sign)).count()
    };
    let letter = |sign: char| sign.is_alphabetic() && !is_han(sign) || sign == '\'';
    match signs[from] {
        sign if sign.is_ascii_digit() => run(|sign| sign.is_ascii_digit()),
        sign if letter(sign) && sign != '\'' => {
            run(|sign| sign.is_alphabetic() && !is_han(sign) || sign == '\'')
        }
        _ => from + 1,
    }
}

fn token_name(signs: &[char]) -> String {
    if signs[0].is_ascii_digit() {
        return "0".into();
    }
    let name: String = signs.iter().take(24).collect();
    if is_han(signs[0]) { name } else { stem(name) }
}

/// Takes the commonest endings off an English word.
fn stem(mut word: String) -> String {
    for (ending, shortest) in [("'s", 3), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)] {
        if word.len() >= shortest && word.ends_with(ending) && !word.ends_with("ss") {
            word.truncate(word.len() - ending.len());
            break;
        }
    }
    word
}

fn runs(tokens: &[Token], all: &mut Vec<Feature>) {
    for start in 0..tokens.len() {
        let mut hash = Hash::new("run");
        for (length, token) in tokens[start..].iter().take(RUN).enumerate() {
            hash.add(&token.name);
            let lone_end = length == 0 && token.from == token.to;
            if !lone_end {
                all.push(Feature { hash: hash.done(), from: tokens[start].from, to: token.to });
            }
        }
    }
}

/// Two words with others between them.
fn apart(tokens: &[Token], all: &mut Vec<Feature>) {
    let words = &tokens[1..tokens.len() - 1];
    for (at, first) in words.iter().enumerate() {
        for second in words.iter().skip(at + 2).take(APART - 1) {
            all.push(named(&["apart", &first.name, &second.name], first.from, second.to));
        }
    }
}

/// Runs of signs, with one blank for any white space.
fn letters(signs: &[char], all: &mut Vec<Feature>) {
    let mut row: Vec<(usize, char)> = vec![(0, ' ')];
    for (at, sign) in signs.iter().enumerate() {
        match (sign.is_whitespace(), row.last()) {
            (true, Some((_, ' '))) => {}
            (true, _) => row.push((at, ' ')),
            (false, _) => row.push((at, *sign)),
        }
    }
    row.push((signs.len().saturating_sub(1), ' '));
    for length in SIGNS {
        for run in row.windows(length) {
            let text: String = run.iter().map(|(_, sign)| *sign).collect();
            let (from, to) = (run[0].0, run[length - 1].0 + 1);
            all.push(named(&["signs", &text], from, to.min(signs.len())));
        }
    }
}

fn classes(
    kind: Kind,
    text: &Tagged<'_>,
    tokens: &[Token],
    lexicon: &Lexicon,
    all: &mut Vec<Feature>,
) {
    let hits: Vec<(Hit, &str)> = text
        .hits
        .iter()
        .map(|hit| (*hit, lexicon.name(hit.id)))
        .filter(|(_, name)| name.starts_with('@'))
        .collect();
    for (index, (hit, name)) in hits.iter().enumerate() {
        all.push(named(&["class", name], hit.from, hit.to));
        all.push(named(&["kind-class", kind.word(), name], hit.from, hit.to));
        if asked(text, hit) {
            all.push(named(&["asked", name], hit.from, hit.to));
        }
        beside(tokens, hit, name, all);
        let later = hits[index + 1..].iter().filter(|(other, _)| other.from >= hit.to).take(PAIRS);
        for (other, second) in
            later.take_while(|(other, _)| text.sentence[other.from] == text.sentence[hit.from])
        {
            all.push(named(&["pair", name, second], hit.from, other.to));
            if other.from <= hit.to + 3 {
                all.push(named(&["near", name, second], hit.from, other.to));
            }
        }
    }
}

/// Runs in which every word that has a class stands for its class: the longest word from each place on.
fn shapes(text: &Tagged<'_>, tokens: &[Token], lexicon: &Lexicon, all: &mut Vec<Feature>) {
    let mut row: Vec<(usize, usize, &str)> = Vec::new();
    let mut hits = text.hits.iter().filter(|hit| lexicon.name(hit.id).starts_with("@")).peekable();
    for token in tokens {
        if row.last().is_some_and(|last| token.to <= last.1 && token.from < last.1) {
            continue;
        }
        while hits.next_if(|hit| hit.from < token.from).is_some() {}
        match hits
            .peek()
            .filter(|hit| hit.from == token.from && hit.to >= token.to && token.to > token.from)
        {
            Some(hit) => row.push((hit.from, hit.to, lexicon.name(hit.id))),
            None => row.push((token.from, token.to, &token.name)),
        }
    }
    for start in 0..row.len() {
        let mut hash = Hash::new("shape");
        for (length, (_, to, name)) in row[start..].iter().take(3).enumerate() {
            hash.add(name);
            if length > 0 {
                all.push(Feature { hash: hash.done(), from: row[start].0, to: *to });
            }
        }
    }
}

/// Says whether the sentence of `hit` ends as a question.
fn asked(text: &Tagged<'_>, hit: &Hit) -> bool {
    let number = text.sentence[hit.from];
    let after = text.signs[hit.from..].iter().zip(&text.sentence[hit.from..]).take(200);
    after.take_while(|(_, other)| **other == number).last().is_some_and(|(sign, _)| *sign == '?')
}

/// A class together with the token before and the one after it.
fn beside(tokens: &[Token], hit: &Hit, name: &str, all: &mut Vec<Feature>) {
    let next = tokens.partition_point(|token| token.from < hit.to || token.to == 0);
    let first = tokens.partition_point(|token| token.from < hit.from || token.to == 0);
    if let Some(token) = tokens.get(next) {
        all.push(named(&["after", name, &token.name], hit.from, token.to.max(hit.to)));
    }
    if let Some(token) = first.checked_sub(1).and_then(|before| tokens.get(before)) {
        all.push(named(&["before", &token.name, name], token.from, hit.to));
    }
}

fn named(parts: &[&str], from: usize, to: usize) -> Feature {
    let mut hash = Hash::new("");
    parts.iter().for_each(|part| hash.add(part));
    Feature { hash: hash.done(), from, to }
}

/// FNV-1a over the parts of a name, folded to 32 bits: a weight's place in the file must not change with the compiler.
struct Hash(u64);

impl Hash {
    fn new(first: &str) -> Self {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.add(first);
        hash
    }

    fn add(&mut self, part: &str) {
        for byte in part.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn done(&self) -> u32 {
        let mixed = self.0 ^ (self.0 >> 29) ^ (self.0 >> 47);
        (mixed & 0xffff_ffff) as u32
    }
}
