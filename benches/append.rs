//! The outbox's durable append: how fast beside the bare disk, and what is there after the power went.
//!
//! ```text
//! append bench DIR [COUNT]   single appends beside write+fdatasync and one seal, in turns, on the same disk
//! append write DIR           appends until it is killed; after each commit a line `acked SEQ`
//! append fill DIR COUNT      a backlog in an enrolled till's own store, while its agent is not running
//! append verify DIR          opens what is left; a line `found SEQ` if all is whole up to there
//! ```
//!
//! Not here: pulling the plug (`.ci/power`).

#![allow(clippy::print_stdout, reason = "a bench speaks to the terminal")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use huitou::outbox::{self, Outbox};
use huitou::store;
use sync::chain;
use sync::event::{
    Asked, Body, Event, Item, Known, LocalSeconds, Position, Sale, SaleKind, Seq, SlipId, Tender,
    TenderKind, TerminalId, When,
};
use sync::money::Minor;
use sync::seal::{self, SealingPublic, SealingSecret};

const TERMINAL: TerminalId = TerminalId([7; 16]);

/// Never opened: whoever measures or kills has no use for the other half.
fn key() -> SealingPublic {
    SealingSecret::from_bytes(1, [9; 32]).public()
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["bench", dir] => bench(dir.as_ref(), 3_000),
        ["bench", dir, count] => bench(dir.as_ref(), count.parse().context("how many")?),
        ["write", dir] => write(dir.as_ref()),
        ["fill", dir, count] => fill(dir.as_ref(), count.parse().context("how many")?),
        ["verify", dir] => verify(dir.as_ref()),
        _ => bail!("append bench DIR [COUNT] | write DIR | fill DIR COUNT | verify DIR"),
    }
}

/// An ordinary clothing sale of five items.
fn sale(number: u64) -> Event {
    let goods = ["真丝连衣裙", "羊毛大衣", "棉麻衬衫", "牛仔裤", "打底衫"];
    let item = |(at, name): (usize, &&str)| Item {
        name: (*name).into(),
        qty_milli: 1_000,
        amount: Minor::new(19_900),
        unit_price: Some(Minor::new(19_900)),
        discount: None,
        style: Some(format!("DR23{at:02}")),
        colour: None,
        size: Some("M".into()),
    };
    let sale = Sale {
        kind: SaleKind::Sale,
        slip: SlipId { boot: 7, slip: number },
        total: Minor::new(99_500),
        known: Known::Proved,
        asked: Asked::Pending,
        noted: true,
        items: goods.iter().enumerate().map(item).collect(),
        tenders: vec![Tender { kind: TenderKind::WeChat, amount: Minor::new(99_500), label: None }],
        receipt_no: Some(format!("XS{number:08}")),
        printed_at: Some(LocalSeconds(1_795_255_200)),
        till: Some("01".into()),
        cashier: Some("1003".into()),
        associate: None,
        item_count: Some(5),
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: None,
        who: None,
        typing_ds: None,
    };
    let at = When { wall_ms: 1_795_255_200_000, boot: 1, mono_ms: number };
    Event { at, body: Body::Sale(Box::new(sale)) }
}

struct Till {
    connection: rusqlite::Connection,
    outbox: Outbox,
}

impl Till {
    fn open(dir: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(dir)?;
        let connection = store::open(dir)?;
        let outbox = Outbox::open(&connection, TERMINAL, key(), 0)?;
        Ok(Self { connection, outbox })
    }

    /// As the agent appends: one transaction, on disk when it returns.
    fn append(&self, event: &Event) -> anyhow::Result<Seq> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let seq = self.outbox.append(&self.connection, event)?;
        self.connection.execute_batch("COMMIT")?;
        Ok(seq)
    }
}

/// Sales under the till's own keys, many in one transaction.
fn fill(dir: &Path, count: u64) -> anyhow::Result<()> {
    let keys = fs::read_to_string(dir.join(huitou::keys::KEY_FILE))?;
    let word = |name: &str| -> anyhow::Result<String> {
        let line = keys.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        Ok(line.context("no such key")?.trim_matches('"').to_owned())
    };
    let terminal = TerminalId(bytes(&word("terminal")?)?);
    let key =
        SealingPublic { id: word("hq_sealing_id")?.parse()?, key: bytes(&word("hq_sealing")?)? };
    let connection = store::open(dir)?;
    let outbox = Outbox::open(&connection, terminal, key, 1_795_255_200_000)?;
    for from in (0..count).step_by(10_000) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for number in from..count.min(from + 10_000) {
            outbox.append(&connection, &sale(number))?;
        }
        connection.execute_batch("COMMIT")?;
    }
    println!("{count} sales wait for HQ");
    Ok(())
}

fn bytes<const N: usize>(digits: &str) -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    ensure!(digits.len() == 2 * N, "{N} bytes as digits");
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16)?;
    }
    Ok(bytes)
}

/// What the disk and one seal allow: the sealed bytes appended to a file, and fdatasync.
struct Bare {
    file: File,
    at: u64,
}

impl Bare {
    fn append(&mut self, event: &Event) -> anyhow::Result<()> {
        let seq = Seq(self.at + 1);
        let position = Position { terminal: TERMINAL, epoch: sync::event::Epoch([1; 16]), seq };
        let sealed = seal::seal(&key(), &position, &chain::Hash::GENESIS, &event.encode())?;
        self.file.write_all_at(&sealed, self.at)?;
        self.at += sealed.len() as u64;
        Ok(self.file.sync_data()?)
    }
}

fn bench(dir: &Path, count: u64) -> anyhow::Result<()> {
    let till = Till::open(dir)?;
    let mut bare = Bare { file: File::create(dir.join("bare"))?, at: 0 };
    let (mut ours, mut disk) = (Vec::new(), Vec::new());
    for number in 0..count {
        let event = sale(number);
        ours.push(timed(|| till.append(&event).map(drop))?);
        disk.push(timed(|| bare.append(&event))?);
    }
    let total = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64();
    let ratio = total(&disk) / total(&ours);
    for (what, times) in [("outbox", &mut ours), ("write+fdatasync and a seal", &mut disk)] {
        times.sort();
        let at = |part: usize| times[(times.len() - 1) * part / 1_000].as_secs_f64() * 1e3;
        println!("{what}: p50 {:.3} ms, p99 {:.3} ms, most {:.3} ms", at(500), at(990), at(1_000));
    }
    println!("the outbox reaches {:.0} % of what the bare disk and one seal allow", ratio * 100.0);
    fs::remove_file(dir.join("bare"))?;
    Ok(())
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn write(dir: &Path) -> anyhow::Result<()> {
    let till = Till::open(dir)?;
    let mut said = io::stdout().lock();
    for number in 0.. {
        let seq = till.append(&sale(number))?;
        writeln!(said, "acked {seq}")?;
        said.flush()?;
    }
    Ok(())
}

fn verify(dir: &Path) -> anyhow::Result<()> {
    let till = Till::open(&PathBuf::from(dir))?;
    ensure!(store::damage::is_sound(&till.connection)?, "the database is not sound");
    let standing = outbox::standing(&till.connection, TERMINAL)?.context("there is no epoch")?;
    let (mut prev, mut seq) = (chain::Hash::GENESIS, Seq::NONE);
    loop {
        let kept = outbox::read_from(&till.connection, standing.epoch, seq, 1024 * 1024)?;
        if kept.events.is_empty() {
            break;
        }
        ensure!(kept.prev == prev, "the chain is broken behind {seq}");
        for sealed in kept.events {
            seq = seq.next();
            let position = Position { terminal: TERMINAL, epoch: standing.epoch, seq };
            prev = chain::next(&prev, &position, &sealed);
        }
    }
    ensure!(seq == standing.last, "{} was given, {seq} is there", standing.last);
    println!("found {seq}");
    Ok(())
}
