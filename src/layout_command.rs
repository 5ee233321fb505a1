//! `huitou layout`: looks at what tills were learned to print, mends it, teaches it.
//!
//! Not here: the files (`layouts`), what teaching does (`sale::layout`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::config::Language;
use crate::layouts::{self, Layouts};
use crate::receipt::Receipt;
use crate::sale::layout::{Truth, teach};

/// What is to be done.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Action {
    /// Names of all layouts, with how many receipts each was learned from.
    List,
    /// Prints one.
    Show {
        /// As `list` prints it, e.g. till-1.1.
        name: String,
    },
    /// Opens one in $EDITOR; checked before it counts.
    Edit {
        /// As `list` prints it.
        name: String,
    },
    /// Deletes one; it is learned again if the till still prints so.
    Forget {
        /// As `list` prints it.
        name: String,
    },
    /// Learns from a person: JSON lines of {"lines": […], "truth": {"total": "88.00", "receipt_no": "…", …}}.
    Teach {
        /// Whose receipts these are: the bridge's name.
        #[arg(long)]
        till: String,
        /// One to three samples.
        file: PathBuf,
    },
}

/// Does it and returns what to print.
///
/// # Errors
///
/// What could not be done, in words for a person.
pub fn run(state_dir: &Path, language: Language, action: &Action) -> anyhow::Result<String> {
    let dir = state_dir.join("layouts");
    Ok(match action {
        Action::List => list(&dir, language)?,
        Action::Show { name } => {
            layouts::read(&dir, name)?;
            fs::read_to_string(dir.join(format!("{name}.toml")))?
        }
        Action::Edit { name } => edit(&dir, name, language)?,
        Action::Forget { name } => {
            layouts::forget(&dir, name)?;
            format!("{}: {name}\n", language.pick("已忘记", "forgotten"))
        }
        Action::Teach { till, file } => learn(state_dir, till, file, language)?,
    })
}

fn list(dir: &Path, language: Language) -> anyhow::Result<String> {
    let names = layouts::names(dir);
    if names.is_empty() {
        return Ok(language
            .pick(
                "还没有版式:三张算得通的小票之后会自动学会\n",
                "no layouts yet: three receipts whose sums prove them make one\n",
            )
            .to_owned());
    }
    let mut text = String::new();
    for name in names {
        let layout = layouts::read(dir, &name)?;
        let from = match (layout.receipts, language) {
            (0, _) => language.pick("人教的", "taught").to_owned(),
            (count, Language::Chinese) => format!("学自 {count} 张小票"),
            (count, Language::English) => format!("learned from {count} receipts"),
        };
        let words = layout.amounts.len() + layout.fields.len();
        let labels = language.pick("个标签", "labels");
        text += &format!("{name}  {from}  {words} {labels}\n");
    }
    Ok(text)
}

/// Edits a copy, so that a mistake does not count.
fn edit(dir: &Path, name: &str, language: Language) -> anyhow::Result<String> {
    layouts::read(dir, name)?;
    let (file, copy) = (dir.join(format!("{name}.toml")), dir.join(format!("{name}.edit")));
    fs::copy(&file, &copy)?;
    let editor = std::env::var_os("EDITOR").unwrap_or_else(|| "vi".into());
    let status = Command::new(&editor).arg(&copy).status();
    let status = status.with_context(|| editor.to_string_lossy().into_owned())?;
    let text = fs::read_to_string(&copy)?;
    let checked: Result<crate::sale::layout::Layout, _> = toml::from_str(&text);
    match (status.success(), checked) {
        (true, Ok(_)) => fs::rename(copy, file)?,
        (true, Err(error)) => bail!("{}: {}", copy.display(), error.to_string().trim_end()),
        (false, _) => bail!("{} ended with an error; nothing is changed", editor.to_string_lossy()),
    }
    Ok(format!("{}: {name}\n", language.pick("已改", "changed")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    lines: Vec<String>,
    truth: Truth,
}

fn learn(state_dir: &Path, till: &str, file: &Path, language: Language) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut layouts = Layouts::open(state_dir);
    let mut count = 0;
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("{}, line {}", file.display(), at + 1);
        // The cause would quote the sample, which may hold a customer's number.
        let sample: Sample = serde_json::from_str(line).map_err(|_| {
            anyhow::anyhow!("{}: expected {{\"lines\": […], \"truth\": {{…}}}}", place())
        })?;
        let receipt = Receipt::from_lines(&sample.lines);
        let known = layouts.of(till);
        let place_of = crate::sale::layout::place(&known, &receipt);
        let before = place_of.map(|at| known[at].clone()).unwrap_or_default();
        let taught = teach(&before, &receipt, &sample.truth).with_context(place)?;
        layouts.teach(till, place_of, taught)?;
        count += 1;
    }
    if count == 0 {
        bail!("{}: no sample", file.display());
    }
    Ok(match language {
        Language::Chinese => format!("{till}:已学 {count} 张样张\n"),
        Language::English => format!("{till}: {count} samples learned\n"),
    })
}
