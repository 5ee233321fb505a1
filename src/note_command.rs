//! `huitou note`: what would stand on a receipt, without a till, a printer or a customer.
//!
//! ```text
//! job.bin or rows.jsonl ─▶ receipt, sale ─▶ note::choose ─▶ text, and why
//!                                                └─▶ splice: the bridge's own core ─▶ PNG
//! ```
//!
//! Not here: what a note says (`note`), the virtual printer (`paper`).

mod customer;
mod splice;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sync::calendar::Date;

use crate::config::{Config, Language, StoreConfig};
use crate::note::choose::{Chosen, choose};
use crate::note::rules::RuleBook;
use crate::note::when::date;
use crate::note::{Asked, Books, Guest, Item, Scene, hant};
use crate::paper::{self, Width};
use crate::read;
use crate::receipt::Receipt;
use crate::receipt::code_page::{self, Charset};
use crate::sale::{self, Kind, Reading};
use crate::styles::{self, Styles};
pub use splice::noted;

/// What is to be shown.
#[derive(clap::Args, Clone, Debug)]
pub struct Arguments {
    /// Checks a rules file and prints nothing else.
    #[arg(long, value_name = "RULES")]
    pub check: Option<PathBuf>,
    /// A recorded job, or rows of text.
    #[arg(long, required_unless_present = "check")]
    pub receipt: Option<PathBuf>,
    /// What the receipt is: escpos, or lines (one row a line, or JSONL with {"id","lines"}).
    #[arg(long, default_value = "escpos")]
    pub format: String,
    /// A shop's own rules, over the shipped ones.
    #[arg(long)]
    pub rules: Option<PathBuf>,
    /// A list of styles, as `huitou styles import` takes it.
    #[arg(long)]
    pub styles: Option<PathBuf>,
    /// Who gave her number, e.g. "name=李女士,tier=金卡,regular,birthday=11-22,absent=200".
    #[arg(long)]
    pub customer: Option<String>,
    /// She would rather not give it.
    #[arg(long, conflicts_with = "customer")]
    pub refused: bool,
    /// The day, e.g. 2026-11-22; default: today.
    #[arg(long)]
    pub on: Option<String>,
    /// It rains.
    #[arg(long)]
    pub rain: bool,
    /// 32, 42 or 48; default: as the receipt has it.
    #[arg(long)]
    pub columns: Option<usize>,
    /// What the printer prints in where the receipt does not say; default: gb18030.
    #[arg(long)]
    pub charset: Option<String>,
    /// English instead of Chinese.
    #[arg(long)]
    pub english: bool,
    /// Says of each rule why it is printed or not.
    #[arg(long)]
    pub explain: bool,
    /// Draws the paper with the note on it into this file.
    #[arg(long)]
    pub png: Option<PathBuf>,
}

/// Does it and returns what to print.
///
/// # Errors
///
/// What could not be done, in words for a person.
pub fn run(config: Option<&Config>, arguments: &Arguments) -> anyhow::Result<String> {
    let language = match config {
        _ if arguments.english => Language::English,
        Some(config) => config.language,
        None => Language::Chinese,
    };
    let books = books(config, arguments)?;
    match (&arguments.check, &arguments.receipt) {
        (Some(path), _) => check(path, books, language),
        (None, Some(path)) => {
            Preview::new(config, arguments, language, books)?.run(path, arguments)
        }
        (None, None) => bail!("--receipt or --check"),
    }
}

fn books(config: Option<&Config>, arguments: &Arguments) -> anyhow::Result<Books> {
    let mut books = match config {
        Some(config) => with_hqs_styles(Books::load(&config.note, &config.state_dir)?, config)?,
        None => Books::shipped(),
    };
    if let Some(rules) = &arguments.rules {
        books.rules = RuleBook::load(rules)?;
    }
    if let Some(path) = &arguments.styles {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        books.styles = styles::import(&bytes, path)?.styles;
    }
    Ok(books.checked()?)
}

/// As the till prints: with what HQ sent, if the store has been opened before.
fn with_hqs_styles(books: Books, config: &Config) -> anyhow::Result<Books> {
    if !config.state_dir.join(crate::store::DATABASE_FILE).exists() {
        return Ok(books);
    }
    let hq = styles::from_hq::read(&crate::store::open(&config.state_dir)?)?;
    Ok(Books { styles: books.styles.with_hq(hq), ..books })
}

fn check(path: &Path, books: Books, language: Language) -> anyhow::Result<String> {
    let books = Books { rules: RuleBook::load(path)?, ..books }.checked()?;
    let count = books.rules.rules().len();
    let path = path.display();
    Ok(match language {
        Language::Chinese => format!("{path}:可用,连同自带规则共 {count} 条\n"),
        Language::English => format!("{path}: good; {count} rules with the shipped ones\n"),
    })
}

/// The shop that is shown where no configuration names one.
fn example_store(language: Language) -> StoreConfig {
    let pick = |zh: &str, en: &str| language.pick(zh, en).to_owned();
    StoreConfig {
        name: pick("示例店", "Example shop"),
        till: "1".into(),
        phone: Some("0571-8765-4321".into()),
        associate: Some(pick("小陈", "Anna")),
        service_phone: Some("400-800-1234".into()),
        complaint_phone: Some("12315".into()),
    }
}

/// All that is the same for every receipt of a file.
struct Preview {
    language: Language,
    books: Books,
    store: StoreConfig,
    guest: Option<Guest>,
    asked: Asked,
    consent: Option<&'static str>,
    today: i32,
    rain: bool,
    columns: Option<usize>,
    lines_max: usize,
    /// What the printer prints in by itself.
    charset: Charset,
}

/// One receipt of a file.
struct Paper {
    receipt: Receipt,
    reading: Reading,
    kind: Kind,
    /// Where its slip begins in the job.
    start: u64,
}

impl Preview {
    fn new(
        config: Option<&Config>,
        arguments: &Arguments,
        language: Language,
        books: Books,
    ) -> anyhow::Result<Self> {
        let today = arguments.on.clone().unwrap_or_else(crate::clock::today);
        let today =
            date(&today).and_then(Date::day).context("--on: write a day like 2026-11-22")?;
        let charset = arguments.charset.as_deref().unwrap_or("gb18030");
        let charset = charset_of(charset).context("--charset")?;
        let text = arguments.customer.as_deref();
        let guest = text.map(|text| customer::parse(text, today, language)).transpose()?;
        let first = guest.as_ref().is_some_and(|guest| guest.first_visit);
        let store = config.map(|config| config.store.clone());
        Ok(Self {
            language,
            books,
            store: store.unwrap_or_else(|| example_store(language)),
            guest,
            asked: if arguments.refused { Asked::Refused } else { Asked::NotAsked },
            consent: first.then_some(crate::agent::CONSENT_TEXT),
            today,
            rain: arguments.rain,
            columns: arguments.columns,
            lines_max: config.map_or(8, |config| config.note.lines_max),
            charset,
        })
    }

    fn run(&self, path: &Path, arguments: &Arguments) -> anyhow::Result<String> {
        let file = fs::read(path).with_context(|| path.display().to_string())?;
        let (job, papers) = match arguments.format.as_str() {
            "escpos" => (file.clone(), escpos(&file)),
            "lines" => self.lines(&String::from_utf8_lossy(&file))?,
            other => bail!("--format {other}: escpos or lines"),
        };
        let mut text = String::new();
        for paper in &papers {
            text += &self.told(paper, arguments.explain);
        }
        if let Some(png) = &arguments.png {
            let wide = self.columns.or(papers.first().map(|paper| paper.receipt.columns_wide));
            let width = if wide.unwrap_or(48) <= 32 { Width::Mm58 } else { Width::Mm80 };
            let noted = noted(&job, |start| {
                let paper = papers.iter().find(|paper| paper.start == start)?;
                let rows = self.chosen(paper)?.note.rows;
                crate::note::encode(&rows, paper.receipt.charset, self.charset)
            });
            let picture = paper::render_file(&noted, width, self.charset)?;
            fs::write(png, picture).with_context(|| png.display().to_string())?;
        }
        Ok(text)
    }

    /// The note of a sale or a return; other slips get none.
    fn chosen(&self, paper: &Paper) -> Option<Chosen> {
        if !matches!(paper.kind, Kind::Sale | Kind::Return) {
            return None;
        }
        let items = paper.reading.items.iter();
        let items: Vec<Item<'_>> =
            items.map(|item| Item { name: &item.name, style: item.style.as_deref() }).collect();
        let scene = Scene {
            columns: self.columns.unwrap_or(paper.receipt.columns_wide),
            lines_max: self.lines_max,
            language: self.language,
            charset: Some(paper.receipt.charset.unwrap_or(self.charset)),
            store: &self.store,
            associate: paper.reading.associate.as_deref(),
            guest: self.guest.as_ref(),
            asked: self.asked,
            items: &items,
            is_return: paper.kind == Kind::Return,
            printed: &paper.receipt.lines(),
            today: self.today,
            rain: self.rain,
            total: paper.reading.total,
            decimals: 2,
            consent: self.consent,
        };
        Some(choose(&scene, &self.books))
    }

    fn told(&self, paper: &Paper, explain: bool) -> String {
        let pick = |zh, en| self.language.pick(zh, en);
        let Some(chosen) = self.chosen(paper) else {
            return pick("(不是销售或退货小票,不打附言)\n", "(no sale and no return: no note)\n")
                .into();
        };
        let mut text: String =
            chosen.note.rows.iter().map(|row| format!("{}\n", row.text)).collect();
        for &at in &chosen.note.unknown {
            let name = &paper.reading.items[at].name;
            text += &format!("! {}: {name}\n", pick("没有洗护建议", "no washing advice"));
        }
        if explain {
            for id in &chosen.fired {
                text += &format!("+ {id}\n");
            }
            for (id, why) in &chosen.left_out {
                text += &format!("- {id}: {}\n", why.text(self.language));
            }
        }
        text
    }

    /// Rows of text, and a job that would print them.
    fn lines(&self, text: &str) -> anyhow::Result<(Vec<u8>, Vec<Paper>)> {
        #[derive(serde::Deserialize)]
        struct Sample {
            lines: Vec<String>,
        }
        let samples: Vec<Vec<String>> = if text.trim_start().starts_with('{') {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let read = lines.map(|line| Ok(serde_json::from_str::<Sample>(line)?.lines));
            // The cause would quote the receipt.
            let read: Result<_, serde_json::Error> = read.collect();
            read.map_err(|_| anyhow::anyhow!("expected lines of {{\"id\",\"lines\"}}"))?
        } else {
            vec![text.lines().map(str::to_owned).collect()]
        };
        let (mut job, mut papers) = (b"\x1b@".to_vec(), Vec::new());
        for lines in samples {
            let start = u64::try_from(job.len()).unwrap_or_default();
            for line in &lines {
                let traditional = || code_page::encode(self.charset, &hant::convert(line));
                let bytes = code_page::encode(self.charset, line).or_else(traditional);
                job.extend(bytes.unwrap_or_else(|| b"?".to_vec()));
                job.push(b'\n');
            }
            job.extend(b"\n\n\n\x1dV\x42\x00");
            let receipt = Receipt { charset: None, ..Receipt::from_lines(&lines) };
            let reading = sale::read(&receipt);
            let kind = sale::kind(&receipt);
            papers.push(Paper { receipt, reading, kind, start });
        }
        // The first slip begins with the job, its `ESC @` included.
        if let Some(first) = papers.first_mut() {
            first.start = 0;
        }
        Ok((job, papers))
    }
}

fn escpos(job: &[u8]) -> Vec<Paper> {
    let groups = read::groups(job).into_iter();
    groups
        .map(|group| Paper {
            kind: group.summary.kind,
            start: group.spans.first().map_or(0, |span| span.start),
            receipt: group.receipt,
            reading: group.reading,
        })
        .collect()
}

fn charset_of(name: &str) -> anyhow::Result<Charset> {
    let name: crate::config::CharsetName = serde_json::from_value(name.into())?;
    Ok(name.into())
}

/// `huitou styles import`: a shop's list of styles.
///
/// # Errors
///
/// What is wrong with the file, line by line; nothing is kept then.
pub fn import_styles(
    state_dir: &Path,
    language: Language,
    file: &Path,
    dry_run: bool,
) -> anyhow::Result<String> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let imported = styles::import(&bytes, file)?;
    let mut kept = Styles::open(state_dir)?;
    let (mut new, mut changed) = (0, 0);
    for (number, style) in imported.styles.iter() {
        let known = kept.has(number);
        match (known, kept.put(number, style.clone())) {
            (false, _) => new += 1,
            (true, true) => changed += 1,
            (true, false) => {}
        }
    }
    if !dry_run {
        kept.keep(state_dir)?;
    }
    let (read, encoding) = (imported.styles.len(), imported.encoding);
    let same = read - new - changed;
    Ok(match language {
        Language::Chinese => format!(
            "{}读到 {read} 个款号({encoding}):新增 {new},更改 {changed},不变 {same}\n",
            if dry_run { "试读,未保存:" } else { "" }
        ),
        Language::English => format!(
            "{}{read} styles read ({encoding}): {new} new, {changed} changed, {same} as before\n",
            if dry_run { "dry run, nothing kept: " } else { "" }
        ),
    })
}

/// What was sold without advice, a line each, the most sold first (S27).
///
/// # Errors
///
/// What keeps the store's database from being read.
pub fn missing_advice(config: &Config) -> anyhow::Result<String> {
    let gaps = crate::uncared::list(&crate::store::open(&config.state_dir)?)?;
    if gaps.is_empty() {
        let none = config
            .language
            .pick("卖过的商品都有洗护建议\n", "there is advice for everything that was sold\n");
        return Ok(none.to_owned());
    }
    let line = |gap: &crate::uncared::Uncared| {
        let style = gap.style.as_deref().unwrap_or("-");
        format!("{}\t{style}\t{}\n", gap.count, gap.item)
    };
    Ok(gaps.iter().map(line).collect())
}

#[cfg(test)]
mod tests;
