//! Estimates how the checker judges texts that it has not learned: whole themes left out, and every tenth text.
//!
//! The truth for another author's texts lies between the two, nearer to the themes.
//!
//! Not here: learning (`train`), the held half (`sync/tests/care_text.rs`).

use std::collections::{BTreeMap, BTreeSet};

use sync::care_text::{HEADS, SCALE, Weights, is_bad, seen};

use crate::{Text, learn};

/// Folds of an estimate.
pub(crate) const FOLDS: usize = 10;

/// Judges each theme by what the other themes teach, and the tune half without and with its other tenths.
pub(crate) fn estimate(own: &[Text], tune: &[Text], list: bool) {
    report("tune, learned from our texts alone", &judged(own, tune), list);
    let mut all = own.to_vec();
    all.extend_from_slice(tune);
    let cross = crossed(&all);
    report("tune, its other tenths learned too", &only(&cross, true), list);
    report("our themes, each left out", &only(&cross, false), list);
    for (place, text) in all.iter_mut().enumerate() {
        text.theme = format!(
            "{}{}",
            if text.theme.starts_with("tune") { "tune " } else { "" },
            place % FOLDS
        );
    }
    report("our texts, each tenth left out", &only(&crossed(&all), false), list);
}

/// Judges each fold by what the others teach.
fn crossed(texts: &[Text]) -> Vec<Judged> {
    folds(texts).into_iter().flat_map(|(left_out, rest)| judged(&rest, &left_out)).collect()
}

fn only(all: &[Judged], tune: bool) -> Vec<Judged> {
    all.iter().filter(|(text, _)| text.theme.starts_with("tune") == tune).cloned().collect()
}

/// A text, its scores, and whether a rule decides by itself.
type Judged = (Text, ([i64; HEADS], bool));

/// Parts the texts by theme.
fn folds(texts: &[Text]) -> Vec<(Vec<Text>, Vec<Text>)> {
    let themes: BTreeSet<&str> = texts.iter().map(|text| text.theme.as_str()).collect();
    let fold: BTreeMap<&str, usize> =
        themes.into_iter().enumerate().map(|(place, theme)| (theme, place % FOLDS)).collect();
    (0..FOLDS)
        .map(|number| texts.iter().cloned().partition(|text| fold[text.theme.as_str()] == number))
        .collect()
}

/// What was told of each text.
fn judged(teaching: &[Text], texts: &[Text]) -> Vec<Judged> {
    let weights = Weights::read(&learn(teaching));
    let judge = |text: &Text| {
        let seen = seen(text.kind, &text.text);
        (text.clone(), (weights.score(seen.features), !seen.sure.is_empty()))
    };
    texts.iter().map(judge).collect()
}

fn report(title: &str, judged: &[Judged], list: bool) {
    println!("== {title}");
    let told = |scores: &[i64; HEADS], sure: bool| sure || is_bad(scores);
    for (name, chinese) in [("zh", true), ("en", false)] {
        let mut counts = [[0; 2]; 4];
        for (text, (scores, sure)) in judged.iter().filter(|(text, _)| text.chinese == chinese) {
            let row = usize::from(!text.offences.is_empty()) * 2 + usize::from(text.hard);
            counts[row][usize::from(told(scores, *sure) == text.offences.is_empty())] += 1;
        }
        let share = |row: [usize; 2]| format!("{}/{}", row[1], row[0] + row[1]);
        println!(
            "{name}: false alarms easy {} hard {}; missed easy {} hard {}",
            share(counts[0]),
            share(counts[1]),
            share(counts[2]),
            share(counts[3])
        );
    }
    if list {
        for (text, (scores, sure)) in judged {
            if told(scores, *sure) == text.offences.is_empty() {
                println!(
                    "{:?}\t{}\t{}\t{}\t{:?}\t{}",
                    text.offences,
                    text.theme,
                    text.kind.word(),
                    sure,
                    scores.map(|score| score / SCALE),
                    text.text.replace('\n', "⏎")
                );
            }
        }
    }
}
