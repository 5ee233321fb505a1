//! `huitou-hq fork …`: a till whose events do not follow those of HQ.
//!
//! Not here: reading and counting them (`fork`).

use super::ledger_at::LedgerAt;
use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::event::TerminalId;
use crate::hq::fork::{self, Aside, Forked};
use crate::hq::table::Cell;
use crate::hq::{store, table};
use clap::Subcommand;
use std::io::Write;

#[derive(Debug, Subcommand)]
pub(super) enum ForkCommand {
    /// Tills whose events do not follow those of HQ: a cloned disk, or either side restored from a backup
    List {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// The sales that were set aside, and whether each is counted already
    Show {
        #[command(flatten)]
        dir: Dir,
        /// The till's 32 digits, as `fork list` shows them
        terminal: TerminalId,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        ledger: LedgerAt,
    },
    /// Count what was set aside and is not counted yet
    Count {
        #[command(flatten)]
        dir: Dir,
        /// The till's 32 digits
        terminal: TerminalId,
        #[command(flatten)]
        ledger: LedgerAt,
    },
    /// It has been looked at: the till is named no more, its stores hear that nothing more of it is counted
    Close {
        #[command(flatten)]
        dir: Dir,
        /// The till's 32 digits
        terminal: TerminalId,
        #[command(flatten)]
        ledger: LedgerAt,
    },
}

const FORKED: [&str; 4] = ["store", "till", "terminal", "fork_at"];
const ASIDE: [&str; 5] = ["seq", "box_time", "receipt_no", "total", "counted"];

pub(super) fn run(command: ForkCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        ForkCommand::List { dir, form } => {
            let forked = fork::forked(&open(&dir)?.db)?;
            let rows = || forked.iter().map(forked_cells).collect();
            Ok(show(&form, &FORKED, rows, &forked, out)?)
        }
        ForkCommand::Show { dir, terminal, form, ledger } => {
            let (mut hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            let exponent = store::own(&hq.db)?.currency_exponent;
            let found = fork::look(&mut hq, &*ledger, &terminal, false)?;
            let rows = || found.sales.iter().map(|sale| aside_cells(sale, exponent)).collect();
            Ok(show(&form, &ASIDE, rows, &found.sales, out)?)
        }
        ForkCommand::Count { dir, terminal, ledger } => {
            let (mut hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            let found = fork::look(&mut hq, &*ledger, &terminal, true)?;
            let known = found.sales.iter().filter(|sale| sale.known).count();
            Ok(writeln!(
                out,
                "{} sales and {} other events counted; {known} sales were known by their receipt, \
                 {} events had been counted before, {} cannot be read",
                found.sales.len() - known,
                found.others,
                found.counted_before,
                found.unreadable
            )?)
        }
        ForkCommand::Close { dir, terminal, ledger } => {
            let (mut hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            Ok(fork::close(&mut hq, &*ledger, &terminal)?)
        }
    }
}

fn forked_cells(till: &Forked) -> Vec<Cell> {
    let text = |text: &str| Cell::text(Some(text));
    let at = Cell::Number(till.fork_at.to_string());
    vec![text(&till.store), text(&till.till), text(&till.terminal), at]
}

fn aside_cells(sale: &Aside, exponent: u8) -> Vec<Cell> {
    let at = table::local_time(crate::event::LocalSeconds(sale.wall_ms.div_euclid(1_000)));
    vec![
        Cell::Number(sale.seq.to_string()),
        Cell::text(Some(&format!("{at}Z"))),
        Cell::text(sale.receipt_no.as_deref()),
        Cell::amount(Some(sale.total), exponent),
        Cell::text(Some(if sale.known { "yes" } else { "no" })),
    ]
}
