//! Learns the weights of `sync::care_text` from `benches/care_text/texts` and `tests/care_texts/tune.jsonl`.
//!
//! ```text
//! cargo run -p huitou-sync --release --example care_text_train            writes sync/src/care_text/weights.bin
//! cargo run -p huitou-sync --release --example care_text_train check      learns again, compares what is in it
//! cargo run -p huitou-sync --release --example care_text_train estimate   how well it judges themes it has not seen
//! ```
//!
//! A linear support vector machine (squared hinge, dual coordinate descent: Hsieh et al., ICML 2008) for each head. Only
//! `+ - * /`, `sqrt` and an order that is fixed, so that every machine learns the same bytes.
//!
//! Not here: what is seen in a text (`sync::care_text::seen`), how well it is judged (`estimate`). Never reads the held half.

#![allow(clippy::print_stdout)] // a command

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use sync::care_text::{BYTES_MAX, HEADS, Kind, Offence, SCALE, pack, seen, unpack};

mod estimate;

/// How much a text on the wrong side costs.
const COST: f64 = 1.0;
/// A score this far on the good side still counts as bad: where a shop's own mixture has about as many misses as false
/// alarms. It goes into the first head's bias.
const LEAN_TO_BAD: f64 = 0.08;
/// Passes over all texts.
const PASSES: usize = 40;
/// A feature of fewer texts than this is chance.
const TEXTS_MIN: usize = 2;
/// Texts made of two: one sentence that sells among good ones is still selling.
const PAIRED: usize = 3_000;
const KINDS: [&str; 9] = [
    "birthday",
    "holiday",
    "season",
    "long_absent",
    "rain",
    "after_sale",
    "receipt",
    "prompt",
    "thanks",
];

/// A text with its labels.
#[derive(Clone, Debug)]
struct Text {
    theme: String,
    kind: Kind,
    chinese: bool,
    hard: bool,
    text: String,
    offences: Vec<Offence>,
}

/// A text as it is learned from.
struct Example {
    /// Its features that are frequent enough, by number.
    known: Vec<usize>,
    /// How many it has in all; the rare ones count for the length, as they do in judging.
    length: usize,
    /// For each head, whether it is bad.
    bad: [bool; HEADS],
}

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut own = own_texts(&folder.join("benches/care_text/texts"))?;
    let tune = tune_texts(&folder.join("tests/care_texts/tune.jsonl"))?;
    let file = folder.join("sync/src/care_text/weights.bin");
    match env::args().nth(1).as_deref() {
        Some("estimate") => {
            estimate::estimate(&own, &tune, env::args().nth(2).is_some());
        }
        Some("check") => {
            own.extend(tune);
            ensure!(
                learn(&own) == unpack(&fs::read(&file)?),
                "weights.bin is not what these texts teach: run without `check`"
            );
            println!("weights.bin is what these texts teach");
        }
        Some(other) => bail!("unknown: {other}; use nothing, `check` or `estimate`"),
        None => {
            own.extend(tune);
            let learned = learn(&own);
            let packed = pack(&learned);
            println!("{} texts, {} bytes, packed {}", own.len(), learned.len(), packed.len());
            fs::write(&file, packed)?;
        }
    }
    Ok(())
}

// ---- texts

/// Reads every file of a folder: `# theme | language | kinds`, then a line for each text: labels, `!` if hard, a blank, the text.
fn own_texts(folder: &Path) -> Result<Vec<Text>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let mut theme = (String::new(), false, Vec::new());
        for line in fs::read_to_string(&path)?.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix("# ") {
                Some(heading) => theme = read_heading(heading)?,
                None => texts.push(
                    read_line(line, &theme, texts.len())
                        .with_context(|| format!("{}: {line}", path.display()))?,
                ),
            }
        }
    }
    Ok(texts)
}

fn read_heading(heading: &str) -> Result<(String, bool, Vec<&'static str>)> {
    let parts: Vec<&str> = heading.split(" | ").collect();
    let [theme, language, kinds] = parts[..] else { bail!("a heading has three parts: {heading}") };
    let named =
        |kind: &&&'static str| kinds == "any" || kinds.split(',').any(|other| other == **kind);
    let kinds: Vec<&'static str> = KINDS.iter().filter(named).copied().collect();
    ensure!(!kinds.is_empty(), "no kind in: {heading}");
    Ok((format!("{theme} {language}"), language == "zh", kinds))
}

fn read_line(
    line: &str,
    (theme, chinese, kinds): &(String, bool, Vec<&'static str>),
    number: usize,
) -> Result<Text> {
    let (labels, text) = line.split_once(' ').context("labels, a blank, the text")?;
    let offence = |letter| match letter {
        's' => Some(Offence::Sells),
        'w' => Some(Offence::AsksWhy),
        'n' => Some(Offence::CompanyNeed),
        _ => None,
    };
    ensure!(labels.chars().all(|letter| "swn-!".contains(letter)), "unknown labels");
    Ok(Text {
        theme: theme.clone(),
        kind: Kind::from_word(kinds[number % kinds.len()]).context("kind")?,
        chinese: *chinese,
        hard: labels.ends_with('!'),
        text: text.replace('⏎', "\n").replace("\\u200b", "\u{200b}"),
        offences: labels.chars().filter_map(offence).collect(),
    })
}

fn tune_texts(path: &Path) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for line in fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let word = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let labels = row["bad"].as_array().context("bad")?;
        texts.push(Text {
            theme: format!("tune {}", texts.len() % estimate::FOLDS),
            kind: Kind::from_word(&word("kind")).context("kind")?,
            chinese: word("lang") == "zh",
            hard: row["hard"].as_bool().unwrap_or_default(),
            text: word("text"),
            offences: labels
                .iter()
                .filter_map(|label| Offence::from_label(label.as_str()?))
                .collect(),
        });
    }
    Ok(texts)
}

/// Texts made of two of the same language: good ones stay good, a bad half makes the whole bad.
fn paired(texts: &[Text]) -> Vec<Text> {
    let mut chance = Chance(7);
    let good: Vec<&Text> = texts.iter().filter(|text| text.offences.is_empty()).collect();
    let mut made = Vec::new();
    while made.len() < PAIRED && good.len() > 1 {
        let one = good[chance.below(good.len())];
        let other = if made.len() % 2 == 0 {
            good[chance.below(good.len())]
        } else {
            &texts[chance.below(texts.len())]
        };
        if one.chinese != other.chinese {
            continue;
        }
        let between = ["\n", if one.chinese { "。" } else { ". " }][chance.below(2)];
        let order =
            if chance.below(2) == 0 { [&one.text, &other.text] } else { [&other.text, &one.text] };
        let text = format!("{}{between}{}", order[0].trim_end_matches(['。', '.']), order[1]);
        made.push(Text { text, ..other.clone() });
    }
    made
}

// ---- learning

/// Learns from texts; returns the file.
fn learn(texts: &[Text]) -> Vec<u8> {
    let mut all = texts.to_vec();
    all.extend(paired(texts));
    let (examples, hashes) = examples(&all);
    let heads: Vec<Vec<f64>> =
        (0..HEADS).map(|head| descend(&examples, hashes.len(), head)).collect();
    written(&heads, &hashes)
}

/// Turns texts into examples, with the features that are frequent enough.
fn examples(texts: &[Text]) -> (Vec<Example>, Vec<u32>) {
    let seen: Vec<Vec<u32>> =
        texts.iter().map(|text| seen(text.kind, &text.text).features).collect();
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    seen.iter().flatten().for_each(|hash| *counts.entry(*hash).or_default() += 1);
    let hashes: Vec<u32> =
        counts.into_iter().filter(|(_, count)| *count >= TEXTS_MIN).map(|(hash, _)| hash).collect();
    let example = |(text, all): (&Text, Vec<u32>)| Example {
        known: all.iter().filter_map(|hash| hashes.binary_search(hash).ok()).collect(),
        length: all.len().max(1),
        bad: bad(text),
    };
    (texts.iter().zip(seen).map(example).collect(), hashes)
}

fn bad(text: &Text) -> [bool; HEADS] {
    let is = |offence| text.offences.contains(&offence);
    [!text.offences.is_empty(), is(Offence::Sells), is(Offence::AsksWhy), is(Offence::CompanyNeed)]
}

/// Dual coordinate descent; returns a weight for each feature and the bias.
fn descend(examples: &[Example], features: usize, head: usize) -> Vec<f64> {
    let leanings = leanings(examples, features, head);
    let mut weights = vec![0.0_f64; features + 1];
    let mut alphas = vec![0.0_f64; examples.len()];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut chance = Chance(42);
    for _ in 0..PASSES {
        chance.shuffle(&mut order);
        for &index in &order {
            step(&examples[index], head, &leanings, &mut weights, &mut alphas[index]);
        }
    }
    weights.iter_mut().zip(&leanings).for_each(|(weight, leaning)| *weight *= leaning);
    weights
}

/// How much each feature leans to one side, counted alone: those that lean are trusted more from the start (Wang and
/// Manning, ACL 2012). 0.5 for one that does not lean.
fn leanings(examples: &[Example], features: usize, head: usize) -> Vec<f64> {
    let mut counts = vec![[1.0_f64; 2]; features];
    let mut sides = [1.0_f64; 2];
    for example in examples {
        let side = usize::from(example.bad[head]);
        sides[side] += 1.0;
        example.known.iter().for_each(|feature| counts[*feature][side] += 1.0);
    }
    let leaning = |[good, bad]: &[f64; 2]| {
        0.5 + 0.5 * natural_log((bad / sides[1]) / (good / sides[0])).abs()
    };
    counts.iter().map(leaning).collect()
}

/// The natural logarithm of a positive number, by halving and a series: the machine's own may differ in its last bit.
fn natural_log(mut number: f64) -> f64 {
    let mut twos = 0.0;
    while number > 1.5 {
        number /= 2.0;
        twos += 1.0;
    }
    while number < 0.75 {
        number *= 2.0;
        twos -= 1.0;
    }
    let ratio = (number - 1.0) / (number + 1.0);
    let (mut power, mut sum) = (ratio, 0.0);
    for odd in (1..40).step_by(2) {
        sum += power / f64::from(odd);
        power *= ratio * ratio;
    }
    2.0 * sum + twos * std::f64::consts::LN_2
}

fn step(example: &Example, head: usize, leanings: &[f64], weights: &mut [f64], alpha: &mut f64) {
    let bias = leanings.len();
    let value = 1.0 / (example.length as f64).sqrt();
    let side = if example.bad[head] { 1.0 } else { -1.0 };
    let sum: f64 = example.known.iter().map(|feature| weights[*feature] * leanings[*feature]).sum();
    let square: f64 =
        example.known.iter().map(|feature| leanings[*feature] * leanings[*feature]).sum();
    let slack = 0.5 / COST;
    let gradient = side * (sum * value + weights[bias]) - 1.0 + *alpha * slack;
    let curve = value * value * square + 1.0 + slack;
    let new = (*alpha - gradient / curve).max(0.0);
    let change = (new - *alpha) * side;
    *alpha = new;
    if change != 0.0 {
        example
            .known
            .iter()
            .for_each(|feature| weights[*feature] += change * value * leanings[*feature]);
        weights[bias] += change;
    }
}

/// Writes the weights as whole numbers, the largest tenth of a thousandth cut.
fn written(heads: &[Vec<f64>], hashes: &[u32]) -> Vec<u8> {
    let mut sizes: Vec<f64> = heads
        .iter()
        .flat_map(|head| head[..hashes.len()].iter().map(|weight| weight.abs()))
        .collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let largest = sizes[sizes.len() - 1 - sizes.len() / 10_000];
    let unit = largest / 127.0;
    let mut file = Vec::new();
    for (number, head) in heads.iter().enumerate() {
        let lean = if number == 0 { LEAN_TO_BAD } else { 0.0 };
        let bias = ((head[hashes.len()] + lean) / unit * SCALE as f64).round() as i32;
        file.extend(bias.to_le_bytes());
    }
    let whole = |index: usize| -> [i8; HEADS] {
        std::array::from_fn(|head| (heads[head][index] / unit).round().clamp(-127.0, 127.0) as i8)
    };
    let weights: Vec<[i8; HEADS]> = (0..hashes.len()).map(whole).collect();
    let least = least(&weights);
    for (hash, weights) in hashes.iter().zip(&weights).filter(|(_, weights)| size(weights) >= least)
    {
        file.extend(hash.to_le_bytes());
        file.extend(weights.iter().map(|weight| weight.to_le_bytes()[0]));
    }
    file
}

fn size(weights: &[i8; HEADS]) -> u32 {
    weights.iter().map(|weight| u32::from(weight.unsigned_abs())).sum()
}

/// Returns the least size of weights that are kept, so that the file is not too large.
fn least(weights: &[[i8; HEADS]]) -> u32 {
    let fits = |least: &u32| {
        weights.iter().filter(|weights| size(weights) >= *least).count() * (4 + HEADS) <= BYTES_MAX
    };
    (1..).find(fits).unwrap_or(1)
}

/// A small generator (Numerical Recipes), so that the order is the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for index in (1..order.len()).rev() {
            order.swap(index, self.below(index + 1));
        }
    }
}
