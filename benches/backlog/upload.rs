//! A till's backlog against a running HQ: `make` seals it, `send` uploads it as a till does, with the
//! real uplink. `benches/backlog.sh` drives both and says what came of it.
//!
//! ```text
//! backlog make DIR ADDRESS EVENTS < code   enrols at that HQ, seals EVENTS sales into DIR/backlog
//! backlog send DIR ADDRESS                 sends them, prints seconds and events a second
//! backlog send DIR tls:ADDRESS             the same over TLS, as tills do
//! backlog open HQDIR                       opens and folds what HQ took, with nothing beside it
//! ```
//!
//! Not here: starting HQ, PostgreSQL and pgbench (`backlog.sh`).

#![allow(clippy::print_stdout, reason = "figures")]

use anyhow::{Context as _, Result, bail, ensure};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use sync::batch::Kept;
use sync::care_list::Version;
use sync::chain::{self, Hash};
use sync::event::{
    Asked, Body, Epoch, Event, Item, Known, LocalSeconds, Position, Sale, SaleKind, Seq, SlipId,
    Tender, TenderKind, TerminalId, When,
};
use sync::hq::Hq;
use sync::hq::ledger::sqlite::Sqlite;
use sync::hq::open::{self, Opened};
use sync::message::{EnrolCode, EnrolReply, EnrolRequest, HqKeys};
use sync::money::Minor;
use sync::phone::Phone;
use sync::random::random;
use sync::seal::{self, SealingSecret};
use sync::sign::{SigningKey, VerifyingKey};
use sync::tls::{self, Pinned};
use sync::uplink::{Action, Heard, Identity, Local, Uplink};

/// Regulars of the store: one sale in three is one of theirs.
const MEMBERS: u64 = 5_000;
/// 2026-11-21 10:00 on the shop's clock.
const MORNING: i64 = 1_795_255_200;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", dir, address, count] => make(Path::new(dir), address, count.parse()?),
        ["send", dir, address] => send(Path::new(dir), address),
        ["open", dir] => open(Path::new(dir)),
        _ => bail!("backlog make DIR ADDRESS EVENTS < CODE, send DIR ADDRESS, or open HQDIR"),
    }
}

/// One kept connection to HQ.
struct Road {
    reader: BufReader<Box<dyn Line>>,
    host: String,
}

trait Line: Read + Write {}

impl<T: Read + Write> Line for T {}

impl Road {
    fn to(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("no HQ at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(Box::new(stream)), host: address.into() })
    }

    /// Over TLS, by the keys that both have pinned.
    fn over_tls(address: &str, hq: VerifyingKey, own: &SigningKey) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("no HQ at {address}"))?;
        stream.set_nodelay(true)?;
        let config = Arc::new(tls::client(Pinned::Key(hq), Some(own), MORNING)?);
        let name = "huitou.invalid".try_into()?;
        let stream = rustls::StreamOwned::new(rustls::ClientConnection::new(config, name)?, stream);
        Ok(Self { reader: BufReader::new(Box::new(stream)), host: address.into() })
    }

    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.tell(method, path, body)?;
        self.hear()
    }

    fn tell(&mut self, method: &str, path: &str, body: &[u8]) -> Result<()> {
        let (host, length) = (&self.host, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
        self.reader.get_mut().write_all(head.as_bytes())?;
        self.reader.get_mut().write_all(body)?;
        Ok(self.reader.get_mut().flush()?)
    }

    fn hear(&mut self) -> Result<(u16, Vec<u8>)> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no status")?.parse()?;
        let mut length = 0;
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.reader.read_exact(&mut answer)?;
        Ok((status, answer))
    }
}

/// Enrols with the code on standard input and seals `count` sales.
fn make(dir: &Path, address: &str, count: u64) -> Result<()> {
    let code: EnrolCode = std::io::read_to_string(std::io::stdin())?.trim().parse()?;
    let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(1));
    let mut road = Road::to(address)?;
    let keys = HqKeys::verify(&code.fingerprint, &road.ask("GET", "/v1/keys", &[])?.1)?;
    let request = EnrolRequest {
        token: code.token,
        signing: signing.verifying(),
        sealing: sealing.public(),
        store: String::new(),
        till: "1".into(),
        software: "backlog".into(),
    };
    let (status, answer) = road.ask("POST", "/v1/enrol", &request.seal(&keys.current()?)?)?;
    ensure!(status == 200, "enrolment: status {status}");
    let reply = EnrolReply::open(&keys.signing, &sealing, &answer)?;
    let epoch = Epoch(random());
    fs::create_dir_all(dir)?;
    let hq = keys.signing.0;
    let till = [&reply.terminal.0[..], &epoch.0, signing.seed().as_slice(), &hq].concat();
    fs::write(dir.join("till"), till)?;
    let mut out = BufWriter::new(File::create(dir.join("backlog"))?);
    let (mut prev, mut bytes) = (Hash::GENESIS, 0);
    for number in 1..=count {
        let position = Position { terminal: reply.terminal, epoch, seq: Seq(number) };
        let sealed = seal::seal(&keys.current()?, &position, &prev, &sale(number).encode())?;
        prev = chain::next(&prev, &position, &sealed);
        bytes += sealed.len() as u64;
        out.write_all(&u32::try_from(sealed.len())?.to_le_bytes())?;
        out.write_all(&prev.0)?;
        out.write_all(&sealed)?;
    }
    println!("sealed {count} events, {} bytes each", bytes / count.max(1));
    Ok(out.flush()?)
}

/// A sale of five items; every third is a member's.
fn sale(number: u64) -> Event {
    let total = Minor::new(10_000 + i64::try_from(number % 90_000).unwrap_or_default());
    let phone = Phone::parse(&format!("138{:08}", number * 7_919 % MEMBERS)).ok();
    let phone = phone.filter(|_| number.is_multiple_of(3));
    let item = |name: &str, style: &str| Item {
        name: name.into(),
        qty_milli: 1_000,
        amount: total,
        unit_price: Some(total),
        discount: None,
        style: Some(style.into()),
        colour: None,
        size: Some("M".into()),
    };
    let at = MORNING + i64::try_from(number).unwrap_or_default() * 45;
    let sale = Sale {
        kind: SaleKind::Sale,
        slip: SlipId { boot: 7, slip: number },
        total,
        known: Known::Proved,
        asked: if phone.is_some() { Asked::Given } else { Asked::Refused },
        noted: true,
        items: vec![
            item("真丝连衣裙", "DR2301"),
            item("羊毛围巾", "SC1102"),
            item("衬衫", "SH0417"),
            item("阔腿裤", "TR0920"),
            item("购物袋", "BG0001"),
        ],
        tenders: vec![Tender { kind: TenderKind::WeChat, amount: total, label: None }],
        receipt_no: Some(format!("A{number:08}")),
        printed_at: Some(LocalSeconds(at)),
        till: Some("01".into()),
        cashier: Some("0007".into()),
        associate: None,
        item_count: Some(5),
        subtotal: Some(total),
        discount: None,
        tax: None,
        change: None,
        phone,
        who: None,
        typing_ds: None,
    };
    let wall_ms = at * 1_000;
    Event { at: When { wall_ms, boot: 7, mono_ms: number }, body: Body::Sale(Box::new(sale)) }
}

/// Opens and folds what lies in an HQ that is not being served: one thread, nothing beside it.
fn open(dir: &Path) -> Result<()> {
    let (mut hq, ledger) = (Hq::open(dir)?, Sqlite::open(dir)?);
    let (mut opened, mut reading, mut folding) = (Opened::default(), 0.0, 0.0);
    while let Some(due) = open::due(&hq, None)? {
        let began = spent_s()?;
        let clear = due.read(&ledger)?;
        let read = spent_s()?;
        clear.fold(&mut hq, &mut opened)?;
        reading += read - began;
        folding += spent_s()? - read;
    }
    ensure!(opened.set_aside == 0, "{} events were set aside", opened.set_aside);
    let (count, each) = (opened.folded as f64, 1e6 / opened.folded as f64);
    let (all, reading_us, folding_us) = (reading + folding, reading * each, folding * each);
    println!("{count} events: {:.0} a second of a core", count / all);
    println!("an event: read and open {reading_us:.0} us, fold {folding_us:.0} us");
    Ok(())
}

/// Seconds of a core that this process has used: the clock on the wall counts others' work, too.
fn spent_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/schedstat")?;
    let ns: f64 = stat.split(' ').next().context("no schedstat")?.parse()?;
    Ok(ns / 1e9)
}

/// The outbox: as a till reads it, a batch's worth at a time.
struct Outbox {
    file: BufReader<File>,
    /// The chain after each event that was read and not acknowledged yet.
    read: Vec<Hash>,
    /// The same events' bytes, for a batch that did not take all of them.
    left: Vec<Vec<u8>>,
    at: Seq,
    prev: Hash,
    last: Seq,
}

impl Outbox {
    fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("backlog");
        let mut counted = BufReader::new(File::open(&path)?);
        let mut last = Seq::NONE;
        while next(&mut counted)?.is_some() {
            last = last.next();
        }
        let file = BufReader::with_capacity(1 << 20, File::open(&path)?);
        Ok(Self { file, read: vec![], left: vec![], at: Seq::NONE, prev: Hash::GENESIS, last })
    }

    /// Events behind `after`, about `bytes_max` bytes of them, and the chain before the first.
    fn behind(&mut self, after: Seq, bytes_max: usize) -> Result<Kept> {
        let count = usize::try_from(after.0 - self.at.0)?;
        let prev = count.checked_sub(1).map_or(self.prev, |last| self.read[last]);
        let mut bytes: usize = self.left[count..].iter().map(Vec::len).sum();
        while bytes < bytes_max {
            let Some((hash, sealed)) = next(&mut self.file)? else { break };
            bytes += sealed.len();
            self.read.push(hash);
            self.left.push(sealed);
        }
        Ok(Kept { after, prev, is_oldest: false, events: self.left[count..].to_vec() })
    }

    fn acknowledged(&mut self, seq: Seq) -> Result<()> {
        let count = usize::try_from(seq.0 - self.at.0)?;
        self.prev = *self.read.get(count.wrapping_sub(1)).context("a mark that is not ours")?;
        self.read.drain(..count);
        self.left.drain(..count);
        self.at = seq;
        Ok(())
    }
}

/// The next event and the chain after it.
fn next(file: &mut impl Read) -> Result<Option<(Hash, Vec<u8>)>> {
    let mut length = [0; 4];
    if file.read_exact(&mut length).is_err() {
        return Ok(None);
    }
    let mut hash = Hash::GENESIS;
    file.read_exact(&mut hash.0)?;
    let mut sealed = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    file.read_exact(&mut sealed)?;
    Ok(Some((hash, sealed)))
}

fn part<const N: usize>(bytes: &[u8], from: usize) -> Result<[u8; N]> {
    Ok(bytes.get(from..from + N).context("the till's file is short")?.try_into()?)
}

/// Uploads all of it and stops when the uplink wants the care list.
fn send(dir: &Path, address: &str) -> Result<()> {
    let till = fs::read(dir.join("till"))?;
    let (terminal, epoch) = (TerminalId(part(&till, 0)?), Epoch(part(&till, 16)?));
    let (signing, hq) = (SigningKey::from_seed(part(&till, 32)?), VerifyingKey(part(&till, 64)?));
    let mut road = match address.strip_prefix("tls:") {
        Some(address) => Road::over_tls(address, hq, &signing)?,
        None => Road::to(address)?,
    };
    let identity = Identity { terminal, signing, sealing: SealingSecret::generate(1), hq };
    let (mut uplink, mut outbox) = (Uplink::new(identity, 1), Outbox::open(dir)?);
    let (began, mut batches) = (Instant::now(), 0u32);
    uplink.wake();
    while outbox.at < outbox.last {
        let now_ms = u64::try_from(began.elapsed().as_millis())?;
        let (last, acknowledged) = (outbox.last, outbox.at);
        let local = Local { epoch, last, acknowledged, cursor: Version::NONE, held: Vec::new() };
        match uplink.poll(now_ms, &local) {
            Action::NeedEvents { after, bytes_max } => {
                uplink.handle_events(now_ms, epoch, outbox.behind(after, bytes_max)?);
            }
            Action::Send(request) => {
                road.tell(request.method, &request.path, &request.body)?;
                if let Some((after, bytes_max)) = uplink.ahead(&local) {
                    uplink.handle_events(now_ms, epoch, outbox.behind(after, bytes_max)?);
                }
                let (status, body) = road.hear()?;
                batches += 1;
                match uplink.handle_response(now_ms, status, None, &body) {
                    Heard::Mark { mark, .. } => outbox.acknowledged(mark.seq)?,
                    other => bail!("{other:?} after {status}"),
                }
            }
            other => bail!("{other:?}: the upload stopped"),
        }
    }
    let (seconds, count) = (began.elapsed().as_secs_f64(), outbox.last.0);
    println!(
        "{count} events in {seconds:.2} s, {batches} batches: {:.0} events/s",
        count as f64 / seconds
    );
    Ok(())
}
