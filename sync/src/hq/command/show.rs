//! `sales`, `tills`, `releases`, `erasures` and `customers` at the console: table, CSV or JSON lines.
//!
//! Not here: which rows there are (`listing`).

use super::{CONSOLE, CommandError, Form};
use crate::event::LocalSeconds;
use crate::hq::listing::{self, CustomerRow, Masking, SaleRow, TerminalRow};
use crate::hq::release::{self, AskedRow};
use crate::hq::store;
use crate::hq::table::{self, Cell};
use crate::hq::{Hq, audit, clock, erasure};
use crate::money::Minor;
use std::io::{self, Write};

const SALES: [&str; 18] = [
    "store",
    "terminal",
    "epoch",
    "seq",
    "kind",
    "receipt_no",
    "printed_at",
    "total",
    "items",
    "tenders",
    "discount",
    "change",
    "cashier",
    "member",
    "asked",
    "known",
    "voided",
    "till",
];
const TILLS: [&str; 7] = ["store", "till", "status", "events", "sales", "gaps", "missing"];
const RELEASES: [&str; 5] = ["asked_at", "store", "till", "terminal", "answer"];
const ERASURES: [&str; 8] =
    ["at", "id", "by", "files", "facts", "consents", "confirmed", "waiting_for"];
const CUSTOMERS: [&str; 6] = ["phone", "name", "tier", "net_spend", "sales", "last_day"];

pub(super) fn sales(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let exponent = store::own(&hq.db)?.currency_exponent;
    let sales = listing::sales(&hq.db, &hq.keys, Masking::Masked, u32::MAX)?;
    let rows = || sales.iter().map(|sale| sale_cells(sale, exponent)).collect();
    Ok(show(form, &SALES, rows, &sales, out)?)
}

pub(super) fn tills(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let tills = listing::terminals(&hq.db)?;
    let rows = || tills.iter().map(till_cells).collect();
    Ok(show(form, &TILLS, rows, &tills, out)?)
}

fn till_cells(till: &TerminalRow) -> Vec<Cell> {
    let count = |count: u64| Cell::text(Some(&count.to_string()));
    vec![
        Cell::text(Some(&till.store)),
        Cell::text(Some(&till.till)),
        Cell::text(Some(&till.status)),
        count(till.events),
        count(till.sales.into()),
        count(till.gaps.into()),
        Cell::text(Some(&till.missing.join(" "))),
    ]
}

pub(super) fn releases(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let asked = release::asked(&hq.db)?;
    let rows = || asked.iter().map(asked_cells).collect();
    Ok(show(form, &RELEASES, rows, &asked, out)?)
}

fn asked_cells(asked: &AskedRow) -> Vec<Cell> {
    // HQ writes its own clock's UTC here, unlike a till's printed time.
    let at = table::local_time(LocalSeconds(asked.asked_ms.div_euclid(1_000)));
    let text = |text: &str| Cell::text(Some(text));
    vec![
        text(&format!("{at}Z")),
        text(&asked.store),
        text(&asked.till),
        text(&asked.terminal),
        text(&asked.answer),
    ]
}

/// Numbers in clear if a reason is given, and in the audit trail before they are shown.
pub(super) fn customers(
    hq: &Hq,
    form: &Form,
    why_clear: Option<&str>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let exponent = store::own(&hq.db)?.currency_exponent;
    let masking = match why_clear {
        Some(why) => {
            audit::note(&hq.db, clock::now_ms(), CONSOLE, "export_clear", "customers", why)?;
            Masking::Clear
        }
        None => Masking::Masked,
    };
    let customers = listing::customers(&hq.db, &hq.keys, masking, clock::today())?;
    let rows = || customers.iter().map(|customer| customer_cells(customer, exponent)).collect();
    Ok(show(form, &CUSTOMERS, rows, &customers, out)?)
}

/// An erasure as JSON gives it.
#[derive(serde::Serialize)]
struct ErasureRow {
    at: String,
    id: String,
    by: String,
    files: u64,
    facts: u64,
    consents: u64,
    sales_kept: u64,
    /// How many tills have said that she is forgotten.
    confirmed: usize,
    /// Those that have not, as store and till.
    waiting_for: Vec<String>,
    /// COSE_Sign1, in hexadecimal digits.
    certificate: String,
}

pub(super) fn erasures(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let all: Vec<ErasureRow> = erasure::list(&hq.db)?.into_iter().map(erasure_row).collect();
    let rows = || all.iter().map(erasure_cells).collect();
    Ok(show(form, &ERASURES, rows, &all, out)?)
}

fn erasure_row(erasure: erasure::Erasure) -> ErasureRow {
    let certificate = erasure.certificate;
    let waiting = erasure.tills.iter().filter(|(.., at)| at.is_none());
    let at = LocalSeconds(certificate.at_ms.div_euclid(1_000));
    ErasureRow {
        at: table::local_time(at) + "Z",
        id: certificate.id.to_string(),
        by: certificate.by,
        files: certificate.files,
        facts: certificate.facts,
        consents: certificate.consents,
        sales_kept: certificate.sales_kept,
        confirmed: erasure.tills.iter().filter(|(.., at)| at.is_some()).count(),
        waiting_for: waiting.map(|(store, till, _)| format!("{store} {till}")).collect(),
        certificate: erasure.signed.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn erasure_cells(row: &ErasureRow) -> Vec<Cell> {
    let number = |number: u64| Cell::Number(number.to_string());
    vec![
        Cell::text(Some(&row.at)),
        Cell::text(row.id.get(..8)),
        Cell::text(Some(&row.by)),
        number(row.files),
        number(row.facts),
        number(row.consents),
        number(row.confirmed as u64),
        Cell::Text(row.waiting_for.join("; ")),
    ]
}

pub(super) fn show<T: serde::Serialize>(
    form: &Form,
    header: &[&str],
    rows: impl FnOnce() -> Vec<Vec<Cell>>,
    values: &[T],
    out: &mut impl Write,
) -> io::Result<()> {
    if form.json {
        return values.iter().try_for_each(|value| {
            serde_json::to_writer(&mut *out, value)?;
            out.write_all(b"\n")
        });
    }
    let shown =
        if form.csv { table::csv(header, &rows()) } else { table::aligned(header, &rows()) };
    out.write_all(shown.as_bytes())
}

fn sale_cells(sale: &SaleRow, exponent: u8) -> Vec<Cell> {
    let short = |id: &str| Cell::text(id.get(..8));
    let amount = |amount: Option<Minor>| Cell::amount(amount, exponent);
    let printed_at = sale.printed_at.map(|at| table::local_time(LocalSeconds(at)));
    vec![
        Cell::text(Some(&sale.store)),
        short(&sale.terminal),
        short(&sale.epoch),
        Cell::Number(sale.seq.to_string()),
        Cell::text(Some(&sale.kind)),
        Cell::text(sale.receipt_no.as_deref()),
        Cell::text(printed_at.as_deref()),
        amount(Some(sale.total)),
        Cell::Number(sale.item_count.to_string()),
        Cell::Text(tenders(sale, exponent)),
        amount(sale.discount),
        amount(sale.change),
        Cell::text(sale.cashier.as_deref()),
        Cell::text(sale.member.as_deref()),
        Cell::text(Some(&sale.asked)),
        Cell::text(Some(&sale.known)),
        Cell::text(Some(if sale.voided { "voided" } else { "" })),
        Cell::text(sale.till.as_deref()),
    ]
}

/// `cash 100.00; wechat 29.00`.
fn tenders(sale: &SaleRow, exponent: u8) -> String {
    let tenders = sale
        .tenders
        .iter()
        .map(|tender| format!("{} {}", tender.kind.word(), tender.amount.with_decimals(exponent)));
    tenders.collect::<Vec<_>>().join("; ")
}

fn customer_cells(customer: &CustomerRow, exponent: u8) -> Vec<Cell> {
    let last = customer.last_at().map(table::local_time).unwrap_or_default();
    vec![
        Cell::text(Some(&customer.phone)),
        Cell::text(customer.name.as_deref()),
        Cell::text(customer.tier.as_deref()),
        Cell::amount(Some(customer.spend), exponent),
        Cell::Number(customer.sales.to_string()),
        Cell::text(last.get(..10)),
    ]
}
