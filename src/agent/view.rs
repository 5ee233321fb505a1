//! What the page and the API show: nothing personal beyond what the cashier asked for.
//!
//! # Invariants
//!
//! - A customer's number is masked everywhere, also where the till printed it in full.
//!
//! Not here: HTML (`page`).

use serde::Serialize;

use super::mask::masked;
use super::review::wants_review;
use super::{Agent, Serving};
use crate::day_book::{self, DayBookError};
use crate::{clock, outbox, plain_pipe, sales};
use sync::event::Asked;

/// Everything the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    /// The shop.
    pub store: String,
    /// The tills.
    pub tills: Vec<TillView>,
    /// The last papers, newest first.
    pub papers: Vec<PaperView>,
    /// Events that HQ does not have yet.
    pub waiting: u64,
    /// When HQ was last reached, as a person reads it.
    pub last_sync: Option<String>,
    /// The last attempt failed.
    pub sync_failed: bool,
    /// `full`, `read_only`, `io` or `damaged`: what keeps sales from being written down.
    pub disk: Option<crate::store::damage::Ailment>,
    /// Customers in this store's memory.
    pub customers: u64,
    /// The shop said today that it rains.
    pub rain: bool,
    /// A phone may be a second screen.
    pub second_screen: bool,
    /// Tasks that are due today; who and what only the manager sees.
    pub tasks: u64,
    /// The levels of the chain, what each asks and brings, for who wants to know (S14); none where the
    /// till's own system has the tiers.
    pub levels: Vec<String>,
}

/// A till as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct TillView {
    /// Its bridge's name.
    pub name: String,
    /// `nobody`, `number` or `refused`.
    pub serving: &'static str,
    /// The paper of this sale greets nobody: a gift.
    pub quiet: bool,
    /// Who gave her number.
    pub guest: Option<super::Guest>,
    /// The last customer, for some minutes: who brought her, or an answer, may still be said.
    pub last: Option<super::Guest>,
    /// What the next receipt will say to her, as far as it is known.
    pub preview: Vec<String>,
    /// The sale that is being printed, as far as it came, numbers masked; nothing between receipts.
    pub live: Vec<String>,
    /// The note that it will have, as far as it is known.
    pub live_note: Vec<String>,
    /// How many digits are being typed on a keypad or the page, and whom they can mean.
    pub typed: super::Typed,
    /// The bridge answers.
    pub line_up: bool,
    /// A plain pipe stands in the bridge's place: it keeps failing.
    pub plain_pipe: bool,
    /// The bridge's process.
    pub pid: u32,
    /// The printer's port is open.
    pub printer_connected: bool,
    /// Out of paper.
    pub paper_out: bool,
    /// Cover open.
    pub cover_open: bool,
    /// Not ready.
    pub offline: bool,
    /// The last test page is on the paper.
    pub test_printed: bool,
    /// How long the last cut was held, in ms.
    pub last_held_ms: Option<u16>,
    /// What is missing of today's receipts, in words.
    pub missing: Vec<String>,
}

/// A paper as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct PaperView {
    /// Its number in the day book.
    pub id: i64,
    /// When it was printed.
    pub at: String,
    /// Which bridge.
    pub bridge: String,
    /// What kind of slip.
    pub kind: String,
    /// Receipt number.
    pub receipt_no: Option<String>,
    /// The total, with decimals.
    pub total: Option<String>,
    /// How the total is known.
    pub known: String,
    /// The rows, numbers masked.
    pub rows: Vec<String>,
    /// The note's rows.
    pub note: Vec<String>,
    /// A person should look at it: its sums are in doubt.
    pub review: bool,
    /// Whom the till's masked member line can mean, if that is not one person.
    pub maybe: Vec<super::Guest>,
    /// `given`, `refused`, `not_asked` or `pending`; none if it is no sale.
    pub asked: Option<&'static str>,
}

/// How many papers the page shows.
const PAPERS: u32 = 20;

impl Agent {
    /// What the page shows now.
    ///
    /// # Errors
    ///
    /// [`DayBookError`] if the database cannot be read.
    pub fn state(&self) -> Result<State, DayBookError> {
        let papers = day_book::last(&self.connection, &self.local, PAPERS)?;
        let standing = outbox::standing(&self.connection, self.keys.terminal)?;
        Ok(State {
            store: self.keys.store_name.clone(),
            tills: self.tills.keys().map(|name| self.till_view(name)).collect(),
            papers: papers
                .into_iter()
                .map(|entry| self.paper_view(entry))
                .collect::<Result<_, _>>()?,
            waiting: standing.map_or(0, |standing| standing.waiting()),
            last_sync: self.sync.last_good_ms.map(clock::shown),
            sync_failed: self.sync.last_failed,
            disk: self.ailment(),
            rain: self.rains(),
            second_screen: false,
            tasks: self.tasks_due()?,
            levels: self.levels(),
            customers: u64::try_from(self.directory.borrow().len()).unwrap_or(u64::MAX),
        })
    }

    fn till_view(&self, name: &str) -> TillView {
        let till = &self.tills[name];
        let (serving, phone) = match &till.serving {
            Serving::Nobody => ("nobody", None),
            Serving::Number { phone, .. } => ("number", Some(phone)),
            Serving::Refused => ("refused", None),
        };
        let guest = self.newcomer(&till.serving);
        let last = phone.is_none().then(|| self.subject(name)).flatten();
        TillView {
            name: name.to_owned(),
            serving,
            quiet: till.quiet,
            guest: guest.or_else(|| phone.and_then(|phone| self.look_up(phone).ok())),
            last: last.and_then(|phone| self.look_up(&phone).ok()),
            preview: self.preview(name),
            live: till.live.rows.clone(),
            live_note: till.live.note.clone(),
            typed: self.typed_so_far(&till.typed),
            line_up: till.line_up,
            plain_pipe: !till.line_up && self.is_plain_pipe(name),
            pid: till.pid,
            printer_connected: till.printer.connected,
            paper_out: till.printer.paper_out,
            cover_open: till.printer.cover_open,
            offline: till.printer.offline,
            test_printed: till.last_own_job.1,
            last_held_ms: till.last_release.map(|(_, held_ms)| held_ms),
            missing: self.missing_today(name),
        }
    }

    fn is_plain_pipe(&self, name: &str) -> bool {
        let bridge = self.config.bridges.iter().find(|bridge| bridge.name == name);
        bridge.is_some_and(|b| plain_pipe::is_running(&b.ports_file(&self.config.state_dir)))
    }

    fn paper_view(&self, entry: day_book::Entry) -> rusqlite::Result<PaperView> {
        let sale = match entry.sale {
            Some((epoch, seq)) => sales::find(&self.connection, epoch, seq)?,
            None => None,
        };
        let paper = entry.paper;
        let open = sale.as_ref().is_some_and(|sale| sale.asked != Asked::Given);
        let maybe = if open { self.maybe(&paper) } else { Vec::new() };
        Ok(PaperView {
            review: wants_review(&paper),
            maybe: maybe.iter().filter_map(|who| self.look_up(&who.phone).ok()).collect(),
            id: entry.id,
            at: clock::shown(paper.at_ms),
            bridge: paper.bridge,
            kind: paper.kind,
            receipt_no: paper.receipt_no,
            total: paper
                .total
                .map(|total| sync::money::Minor::new(total).with_decimals(2).to_string()),
            known: paper.known,
            rows: paper.rows.iter().map(|row| masked(row, paper.member.as_deref())).collect(),
            note: paper.note,
            asked: sale.map(|sale| sale.asked.word()),
        })
    }
}
