//! A chain of a million customers in HQ's database, and its nights. `benches/night.sh` drives it.
//!
//! ```text
//! crowd fill DIR CUSTOMERS SALES     members as a list brings them; their sales as they stand after folding
//! crowd change DIR PERCENT           so many of them have bought once more today
//! crowd night DIR DAYS               the night of the day that is DAYS from now
//! crowd due DIR                      everything is due again, as after a restore
//! ```
//!
//! Sales are written past the ledger: sealing, sending and opening twenty million of them is what
//! `benches/backlog.sh` measures, and their sealed bytes have no part in a night.
//!
//! Not here: whether what the night computes is right (the tests of `summary` and `desk`).

#![allow(clippy::print_stdout, reason = "figures")]
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "numbers that are made here are small"
)]

use anyhow::{Context as _, Result, bail, ensure};
use rusqlite::{Connection, params};
use std::time::Instant;
use sync::hq::desk::messages::log::Counts;
use sync::hq::desk::messages::{Now, round};
use sync::hq::import::{self, Kind};
use sync::hq::{Hq, clock, desk, enrol, figures, forecast, summary, user};

const STORES: u64 = 100;
/// How long the chain has traded.
const DAYS: u64 = 1_095;
/// Members a list, so that the lists stay small.
const LIST: u64 = 100_000;
/// The one with most sales.
const MOST: u64 = 3_042;
const STYLES: [(&str, &str, i64); 4] = [
    ("真丝连衣裙", "DR2301", 129_900),
    ("羊毛大衣", "CT1108", 269_900),
    ("亚麻衬衫", "SH3310", 45_900),
    ("丝巾", "SC9001", 19_900),
];

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fill", dir, customers, sales] => fill(dir, customers.parse()?, sales.parse()?),
        ["change", dir, percent] => change(dir, percent.parse()?),
        ["night", dir, days] => night(dir, days.parse()?),
        ["due", dir] => Ok(everybody_is_due(&Hq::open(dir.as_ref())?.db)?),
        _ => {
            bail!("crowd fill DIR CUSTOMERS SALES, change DIR PERCENT, night DIR DAYS, or due DIR")
        }
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

fn fill(dir: &str, customers: u64, sales: u64) -> Result<()> {
    ensure!(customers >= STORES && sales > MOST * STORES, "too few for {STORES} stores");
    let mut hq = Hq::open(dir.as_ref())?;
    // Made once and thrown away; what is measured opens the database as HQ does.
    hq.db.pragma_update(None, "synchronous", "OFF")?;
    hq.db.pragma_update(None, "temp_store", "FILE")?;
    hq.db.pragma_update(None, "foreign_keys", "OFF")?;
    members(&mut hq, customers)?;
    let streams = (0..STORES).map(|store| stream(&hq.db, store)).collect::<Result<Vec<_>>>()?;
    let later = without_indices(&hq.db)?;
    let hers = customers_of(&hq.db)?;
    let each = sales / STORES;
    for (store, (stream, id)) in (0u64..).zip(&streams) {
        sell(&hq.db, &hers, store, *stream, id, each)?;
    }
    println!("written; indices");
    for sql in later {
        hq.db.execute_batch(&sql)?;
    }
    all_is_due(&hq.db)?;
    println!("{customers} customers, {} sales", each * STORES);
    Ok(())
}

fn members(hq: &mut Hq, customers: u64) -> Result<()> {
    for from in (0..customers).step_by(LIST as usize) {
        let mut list = String::from("phone,surname,title\n");
        for n in from..customers.min(from + LIST) {
            list += &format!(
                "139{:08},{},女士\n",
                n * 37 % 100_000_000,
                ["李", "王", "张"][n as usize % 3]
            );
        }
        let name = format!("members {from}.csv");
        let now = Some(clock::now_ms());
        import::import(hq, Kind::Members, &name, list.as_bytes(), &[], now)?;
    }
    Ok(())
}

/// A store with its till's stream, as enrolment and the first batch make them.
fn stream(db: &Connection, store: u64) -> Result<(i64, Vec<u8>)> {
    let name = format!("第{}店", store + 1);
    let id = enrol::store_named(db, &name)?;
    user::set_region(db, &name, if store < STORES / 2 { "杭州" } else { "华东" })?;
    let till = (store + 1).to_be_bytes().repeat(2);
    db.execute(
        "INSERT INTO terminal (id, store, till, signing, sealing_id, sealing, software, status,
             enrolled_ms, seen_ms) VALUES (?1, ?2, '1', x'', 1, x'', 'crowd', 'active', 0, ?3)",
        params![till, id, clock::now_ms()],
    )?;
    db.execute(
        "INSERT INTO stream (terminal, epoch, mark, hash) VALUES (?1, ?1, 0, zeroblob(32))",
        [till],
    )?;
    let number = db.last_insert_rowid();
    let id = db.query_row("SELECT id FROM store WHERE name = ?1", [&name], |row| row.get(0))?;
    Ok((number, id))
}

/// Takes indices and triggers of sales off and gives what makes them again: a row at a time costs more.
fn without_indices(db: &Connection) -> Result<Vec<String>> {
    let mut select = db.prepare(
        "SELECT type, name, sql FROM sqlite_schema
         WHERE tbl_name IN ('sale', 'sale_item', 'sale_tender') AND sql IS NOT NULL AND type <> 'table'",
    )?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(String, String, String)> = rows.collect::<rusqlite::Result<_>>()?;
    for (kind, name, _) in &rows {
        db.execute_batch(&format!("DROP {kind} {name}"))?;
    }
    Ok(rows.into_iter().map(|(_, _, sql)| sql).collect())
}

fn customers_of(db: &Connection) -> Result<Vec<Vec<u8>>> {
    let mut select = db.prepare("SELECT id FROM customer ORDER BY id")?;
    Ok(select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// A store's sales from its first day to yesterday; four in five are a customer's, mostly of its own.
fn sell(
    db: &Connection,
    hers: &[Vec<u8>],
    store: u64,
    stream: i64,
    id: &[u8],
    count: u64,
) -> Result<()> {
    let (mut dice, today) = (Dice(store), i64::from(clock::today()));
    let own = hers.len() as u64 / STORES;
    db.execute_batch("BEGIN")?;
    let mut sale = db.prepare(SALE)?;
    let mut item = db.prepare(ITEM)?;
    let mut tender = db.prepare(TENDER)?;
    for n in 1..=count {
        let day = today - DAYS as i64 + (n * DAYS / (count + 1)) as i64;
        let at_s = day * 86_400 + 36_000 + dice.roll(36_000) as i64;
        let (name, style, price) = STYLES[dice.roll(4) as usize];
        let roll = dice.roll(own * own);
        let regular = store * own + roll.isqrt();
        let customer = match dice.roll(10) {
            _ if store == 0 && n * MOST / count > (n - 1) * MOST / count => Some(0),
            0 | 1 => None,
            2 => Some(dice.roll(hers.len() as u64)),
            _ => Some(regular),
        };
        let customer = customer.map(|at| &hers[at as usize]);
        let asked = if customer.is_some() { "given" } else { "refused" };
        let (n, cashier) = (n as i64, CASHIERS[dice.roll(4) as usize]);
        sale.execute(params![
            stream,
            n,
            id,
            format!("{n:07}"),
            at_s,
            at_s * 1_000,
            day,
            cashier,
            price,
            asked,
            customer
        ])?;
        item.execute(params![stream, n, name, price, style])?;
        tender.execute(params![stream, n, price])?;
    }
    db.execute(
        "UPDATE stream SET mark = ?2, folded = ?2 WHERE id = ?1",
        params![stream, count as i64],
    )?;
    Ok(db.execute_batch("COMMIT")?)
}

const CASHIERS: [&str; 4] = ["小周", "小陈", "小林", "小何"];
const SALE: &str =
    "INSERT INTO sale (stream, seq, store, kind, receipt_no, printed_at, wall_ms, day, till,
         cashier, associate, item_count, noted, own_total, own_known, own_asked, own_counts,
         own_customer, total, known, asked, counts, customer)
     VALUES (?1, ?2, ?3, 'sale', ?4, ?5, ?6, ?7, '01', ?8, ?8, 1, 1, ?9, 'proved', ?10, 1, ?11, ?9,
         'proved', ?10, 1, ?11)";
const ITEM: &str =
    "INSERT INTO sale_item (stream, seq, line, name, qty_milli, amount, unit_price, style, size)
     VALUES (?1, ?2, 1, ?3, 1000, ?4, ?4, ?5, 'M')";
const TENDER: &str =
    "INSERT INTO sale_tender (stream, seq, line, kind, amount) VALUES (?1, ?2, 1, 'wechat', ?3)";

/// What folding notes beside a sale: that its store traded, who knows her, what is to be summed.
fn all_is_due(db: &Connection) -> Result<()> {
    db.execute_batch(
        "INSERT INTO store_day SELECT DISTINCT store, day FROM sale;
         INSERT INTO customer_store (store, customer, n)
             SELECT store, customer, row_number() OVER () + (SELECT care_n FROM hq)
             FROM (SELECT DISTINCT store, customer FROM sale WHERE customer IS NOT NULL)
             WHERE true ON CONFLICT DO NOTHING;
         UPDATE hq SET care_n = (SELECT max(n) FROM customer_store);
         INSERT INTO desk_dirty SELECT DISTINCT customer FROM sale
             WHERE day > (SELECT max(day) FROM sale) - 1 AND customer IS NOT NULL
             ON CONFLICT DO NOTHING;",
    )?;
    Ok(everybody_is_due(db)?)
}

fn everybody_is_due(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "INSERT INTO due_day SELECT store, day FROM store_day WHERE true ON CONFLICT DO NOTHING;
         INSERT INTO due_person SELECT id FROM customer WHERE true ON CONFLICT DO NOTHING;",
    )
}

/// One more sale of every so many customers, with all that its row triggers.
fn change(dir: &str, percent: f64) -> Result<()> {
    let mut hq = Hq::open(dir.as_ref())?;
    let hers = customers_of(&hq.db)?;
    let step = (100.0 / percent).max(1.0) as usize;
    let (stream, from, id): (i64, i64, Vec<u8>) = hq.db.query_row(
        "SELECT s.id, s.mark, t.store FROM stream s JOIN terminal t ON t.id = s.terminal ORDER BY s.id LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let (tx, day) = (hq.db.transaction()?, i64::from(clock::today()));
    let mut last = from;
    for her in hers.iter().step_by(step) {
        last += 1;
        let at_s = day * 86_400 + 36_000;
        tx.prepare_cached(SALE)?.execute(params![
            stream,
            last,
            id,
            format!("{last:07}"),
            at_s,
            at_s * 1_000,
            day,
            CASHIERS[0],
            45_900,
            "given",
            her
        ])?;
        tx.prepare_cached(ITEM)?.execute(params![stream, last, "亚麻衬衫", 45_900, "SH3310"])?;
        tx.prepare_cached("INSERT INTO desk_dirty VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([her])?;
    }
    tx.execute("UPDATE stream SET mark = ?2, folded = ?2 WHERE id = ?1", params![stream, last])?;
    tx.commit()?;
    println!("{} customers bought once more", last - from);
    Ok(())
}

/// What `huitou-hq serve` does at night, in its order, with nothing beside it.
fn night(dir: &str, days: i32) -> Result<()> {
    let mut hq = Hq::open(dir.as_ref())?;
    let today = clock::today() + days;
    let (began, worked) = (Instant::now(), spent_s()?);
    timed("tasks of whom something changed", || {
        while desk::book::step(&mut hq, today)? {}
        Ok(())
    })?;
    timed("sums of days and persons", || {
        while summary::step(&mut hq, today)? {}
        Ok(())
    })?;
    timed("figures", || Ok(figures::night::run(&mut hq, today).map(drop)?))?;
    timed("forecasts", || {
        let mut night = forecast::Night::default();
        while night.step(&mut hq, today)? {}
        Ok(())
    })?;
    timed("the day's own: who stays away, the year's end", || Ok(desk::daily(&mut hq, today)?))?;
    timed("the day's messages", || {
        let now = Now { day: today, minute: 600, ms: clock::now_ms() };
        while round::step(&mut hq, now, &mut Counts::default())? {}
        Ok(())
    })?;
    let (seconds, cores) = (began.elapsed().as_secs_f64(), spent_s()? - worked);
    println!("the night: {seconds:.1} s, of a core {cores:.1} s, at most {:.0} MiB", peak_mib()?);
    Ok(())
}

fn timed(what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let (began, worked) = (Instant::now(), spent_s()?);
    work()?;
    println!(
        "{what}: {:.1} s, of a core {:.1} s",
        began.elapsed().as_secs_f64(),
        spent_s()? - worked
    );
    Ok(())
}

/// What this process used of the cores, in seconds, its waits for the disk left out.
fn spent_s() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().context("stat")?.split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).context("ticks");
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

fn peak_mib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).context("VmHWM")?;
    Ok(line.split_whitespace().nth(1).context("KiB")?.parse::<f64>()? / 1_024.0)
}
