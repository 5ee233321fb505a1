//! What kind of slip each of `tests/slips` is.
//!
//! Not here: what the kinds mean (`tests/slips/README.md`), reading a sale (`read`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use huitou::receipt::Receipt;
use huitou::sale::{Kind, kind};

struct Slip {
    id: String,
    kind: String,
    /// The sale that a return or a void names.
    original: Option<String>,
    rows: Vec<String>,
}

/// The records of a file: `=== KIND WIDTH [sale=NUMBER] ID | what it is`, then the rows.
fn slips(path: &Path) -> Vec<Slip> {
    let text = fs::read_to_string(path).unwrap();
    let mut found: Vec<Slip> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("=== ") {
            let words: Vec<&str> = head.split(" | ").next().unwrap().split_whitespace().collect();
            let (kind, id) = (words[0].to_owned(), words[words.len() - 1].to_owned());
            let original = words.iter().find_map(|word| word.strip_prefix("sale="));
            let original = original.map(str::to_owned);
            found.push(Slip { id, kind, original, rows: Vec::new() });
        } else {
            found.last_mut().unwrap().rows.push(line.to_owned());
        }
    }
    found
}

/// The folder of the set, or another one that is to be tried.
fn folder() -> PathBuf {
    std::env::var_os("HUITOU_SLIPS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slips"), PathBuf::from)
}

fn all(folder: &Path) -> Vec<Slip> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect();
    files.sort();
    files.iter().flat_map(|path| slips(path)).collect()
}

fn word(kind: Kind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

/// How a set is told apart: how many are right, and which are not.
struct Told {
    right: usize,
    wrong: Vec<String>,
    /// Reports and reprints that were counted.
    counted: Vec<String>,
}

fn tell(slips: &[Slip]) -> Told {
    let (mut wrong, mut counted) = (Vec::new(), Vec::new());
    let mut per_kind: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for slip in slips {
        let told = word(kind(&Receipt::from_lines(&slip.rows)));
        let (right, all) = per_kind.entry(&slip.kind).or_default();
        *all += 1;
        if told == slip.kind {
            *right += 1;
            continue;
        }
        wrong.push(format!("{} {} told as {told}", slip.id, slip.kind));
        let counts = matches!(told.as_str(), "sale" | "return");
        if counts && matches!(slip.kind.as_str(), "report" | "reprint") {
            counted.push(slip.id.clone());
        }
    }
    let right = slips.len() - wrong.len();
    eprintln!("{right} of {} right; {per_kind:?}", slips.len());
    Told { right, wrong, counted }
}

/// Of a hundred slips 98 are what they are told to be, and none that counts nothing is a sale.
#[test]
fn slips_are_told_apart() {
    let slips = all(&folder());
    assert!(slips.len() >= 100, "{} slips", slips.len());
    let told = tell(&slips);
    assert!(told.right * 100 >= slips.len() * 98, "{:#?}", told.wrong);
    assert!(told.counted.is_empty(), "counted as sales: {:?}", told.counted);
}

/// Slips of other tills, whose words the reader met later; it was mended on them since.
#[test]
fn slips_of_other_tills_are_told_apart() {
    let slips = all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slips/later"));
    assert!(slips.len() >= 200, "{} slips", slips.len());
    let told = tell(&slips);
    assert!(told.right * 100 >= slips.len() * 94, "{:#?}", told.wrong);
}

/// A return says which sale it takes back, on nine of ten.
#[test]
fn a_return_names_its_sale() {
    let slips = all(&folder());
    let returns = slips.iter().filter(|slip| slip.kind == "return" && slip.original.is_some());
    let (mut right, mut wrong) = (0, Vec::new());
    for slip in returns {
        let read = huitou::sale::read(&Receipt::from_lines(&slip.rows));
        match read.original_no == slip.original {
            true => right += 1,
            false => wrong.push(format!("{}: {:?}", slip.id, read.original_no)),
        }
    }
    assert!(right * 10 >= (right + wrong.len()) * 9 && right > 10, "{right} right; {wrong:#?}");
}
