//! From a slip to events, a paper in the day book, and a note.
//!
//! Not here: finding the customer (`serving`, `customers`), what the events mean at HQ.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sync::event::{
    Asked, Attribution, Body, Event, Gap, GapReason, How, Item, Known, LinkChange, LocalSeconds,
    Report, ReportKind, Sale, SaleKind, SaleRef, SlipId, Tender, TenderKind, Void,
};
use sync::event::{Epoch, Seq};
use sync::money::Minor;

use super::serving::Buyer;
use super::{Agent, Serving};
use crate::bridge_link::{Answer, Slip};
use crate::clock::{Moment, local_seconds};
use crate::config::Language;
use crate::day_book::{self, Paper};
use crate::note::{self, EncodedNote, NoteRow, Scene};
use crate::receipt::Receipt;
use crate::receipt::code_page::Charset;
use crate::sale::group::Summary;
use crate::sale::{self, Kind, MemberPhone, Reading};
use crate::sales;

/// What reading a slip depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadingSettings {
    charset: Option<Charset>,
}

/// A slip that was read.
pub(super) struct Read {
    receipt: Receipt,
    reading: Reading,
    summary: Summary,
}

/// Why a slip was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum TakeError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Outbox(#[from] crate::outbox::OutboxError),
    #[error(transparent)]
    DayBook(#[from] day_book::DayBookError),
    #[error(transparent)]
    Customers(#[from] crate::customers::CustomersError),
}

/// Reads a slip. Whatever goes wrong inside, the slip counts as one that cannot be read.
pub(super) fn read(slip: &Slip, settings: &ReadingSettings) -> Read {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let receipt = Receipt::from_slip(&slip.prelude, &slip.bytes, settings.charset);
        let reading = sale::read(&receipt);
        let summary = Summary::of(&receipt, &reading);
        Read { receipt, reading, summary }
    }));
    let mut read = attempt.unwrap_or_else(|_| {
        eprintln!("huitou: a slip could not be read (a fault of ours); it is kept as unread");
        let receipt = Receipt::from_lines(&[]);
        let reading = sale::read(&receipt);
        let mut summary = Summary::of(&receipt, &reading);
        summary.kind = Kind::Unread;
        Read { receipt, reading, summary }
    });
    // A picture that did not fit over the link was the receipt, if there is no text that could be.
    if slip.elided > 0 && read.summary.kind == Kind::Other {
        read.summary.kind = Kind::Unread;
    }
    read
}

impl Agent {
    pub(super) fn reading_settings(&self, bridge: &str) -> ReadingSettings {
        let config = self.config.bridges.iter().find(|config| config.name == bridge);
        ReadingSettings { charset: config.and_then(|config| config.charset).map(Charset::from) }
    }

    /// Writes a slip down and says what to print before its cut.
    pub(super) fn take(
        &mut self,
        bridge: &str,
        slip: &Slip,
        read: Read,
    ) -> Result<Answer, TakeError> {
        let now = self.now().earlier(slip.age_ms);
        let continues = self.continues(bridge, &read, now)?;
        // A number that is typed now is not that of a slip that ended before, and is told late.
        let ended_ms = self.now().mono_ms.saturating_sub(slip.age_ms);
        let since_ms = self.tills.get(bridge).map_or(0, |till| till.serving_since_ms);
        let fresh = ended_ms >= since_ms;
        let buyer = self.buyer(bridge, &read.reading, fresh);
        let guest = self.guest(&buyer, now);
        let note = match continues {
            Some(_) => Vec::new(),
            None => self.compose(bridge, &read, guest.as_ref()),
        };
        let encoded = self.encode(bridge, &note, &read, guest.as_ref());
        let printed = if encoded.is_some() && slip.held { note } else { Vec::new() };

        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let taken = self.write(bridge, slip, &read, &buyer, continues, &printed, now);
        match taken {
            Ok(Some(sale)) => {
                self.connection.execute_batch("COMMIT")?;
                self.took(bridge, &read, continues, sale, fresh);
                Ok(Answer { note: encoded.filter(|_| slip.held), stored: true })
            }
            Ok(None) => {
                self.connection.execute_batch("ROLLBACK")?;
                Ok(Answer { note: None, stored: true })
            }
            Err(error) => {
                let _ = self.connection.execute_batch("ROLLBACK"); // it may be gone with the error
                Err(error)
            }
        }
    }

    /// The sale that this slip is another copy of.
    fn continues(
        &self,
        bridge: &str,
        read: &Read,
        now: Moment,
    ) -> Result<Option<Option<(Epoch, Seq)>>, TakeError> {
        if let Some(copied) = self.copied(bridge, read, now)? {
            return Ok(Some(Some((copied.epoch, copied.seq))));
        }
        let Some((group, sale)) = self.tills.get(bridge).and_then(|till| till.group.as_ref())
        else {
            return Ok(None);
        };
        // A card slip may come before its receipt: that one is the sale.
        let first = sale.is_none() && is_sale(read.summary.kind);
        Ok((!first && group.continues(&read.summary)).then_some(*sale))
    }

    /// The same number, amount, day and till once more is the same sale, whatever was printed in
    /// between, and whether or not we were restarted.
    fn copied(
        &self,
        bridge: &str,
        read: &Read,
        now: Moment,
    ) -> rusqlite::Result<Option<sales::Sale>> {
        let reading = &read.reading;
        let (Some(no), Some(_)) = (&reading.receipt_no, reading.total) else { return Ok(None) };
        if !is_sale(read.summary.kind) {
            return Ok(None);
        }
        let day = printed_at(reading).map_or_else(|| now.day(), LocalSeconds::day);
        let found = sales::by_receipt(&self.connection, no, day)?;
        let total = self.signed_total(read);
        Ok(found.filter(|sale| sale.amount == total && sale.day == day && sale.bridge == bridge))
    }

    /// What the sale adds up to; however the till prints it, a return takes money away.
    fn signed_total(&self, read: &Read) -> Minor {
        let total = self.in_currency(read.reading.total.unwrap_or_default());
        let back = read.summary.kind == Kind::Return && total > Minor::ZERO;
        if back { total.negated() } else { total }
    }

    /// Writes within the open transaction; `None` if the slip was taken before.
    #[allow(clippy::too_many_arguments)]
    fn write(
        &self,
        bridge: &str,
        slip: &Slip,
        read: &Read,
        buyer: &Buyer,
        continues: Option<Option<(Epoch, Seq)>>,
        note: &[NoteRow],
        now: Moment,
    ) -> Result<Option<Option<(Epoch, Seq)>>, TakeError> {
        if !sales::take_slip(&self.connection, slip.boot, slip.number)? {
            return Ok(None);
        }
        let sale = match (continues, read.summary.kind) {
            (Some(sale), _) => sale,
            (None, Kind::Sale | Kind::Return | Kind::Unread) => {
                self.settle_last(bridge, now)?;
                Some(self.write_sale(bridge, slip, read, buyer, !note.is_empty(), now)?)
            }
            (None, Kind::Report) => {
                self.settle_last(bridge, now)?;
                self.append(now, Body::Report(self.report(read)))?;
                None
            }
            (None, Kind::Void) => self.write_void(read, now)?,
            (None, _) => None,
        };
        let paper = paper(bridge, read, note, now);
        day_book::write(&self.connection, &self.local, now.day(), sale, &paper)?;
        Ok(Some(sale))
    }

    pub(super) fn append(
        &self,
        now: Moment,
        body: Body,
    ) -> Result<Seq, crate::outbox::OutboxError> {
        self.outbox.append(&self.connection, &Event { at: now.into(), body })
    }

    /// Nobody asked the last customer: that is final once the next one is served.
    fn settle_last(&self, bridge: &str, now: Moment) -> Result<(), TakeError> {
        let last = sales::last_of(&self.connection, self.outbox.epoch(), bridge)?;
        let Some(last) = last.filter(|last| last.asked == Asked::Pending) else { return Ok(()) };
        let sale = SaleRef::Here { epoch: last.epoch, seq: last.seq };
        let change = LinkChange::NotAsked;
        let attribution = Attribution { sale, change, by: How::Cashier, cashier: None };
        self.append(now, Body::Attribution(attribution))?;
        sales::attribute(&self.connection, &last, None, Asked::NotAsked)?;
        Ok(())
    }

    fn write_sale(
        &self,
        bridge: &str,
        slip: &Slip,
        read: &Read,
        buyer: &Buyer,
        noted: bool,
        now: Moment,
    ) -> Result<(Epoch, Seq), TakeError> {
        let event = self.sale_event(slip, read, buyer, noted);
        let row = sales::Sale {
            epoch: self.outbox.epoch(),
            seq: Seq::NONE,
            bridge: bridge.to_owned(),
            receipt_no: event.receipt_no.clone(),
            day: event.printed_at.map_or_else(|| now.day(), LocalSeconds::day),
            amount: event.total,
            void: event.kind == SaleKind::Unread,
            customer: buyer.phone().map(|phone| self.memory().pseudonym(phone)),
            asked: event.asked,
        };
        let seq = self.append(now, Body::Sale(Box::new(event)))?;
        sales::write(&self.connection, &sales::Sale { seq, ..row })?;
        if let Buyer::Known { phone, name, typed } = buyer {
            if *typed {
                self.agreed(phone, now)?;
            }
            self.memory().meet(&self.connection, phone, name.as_ref())?;
        }
        Ok((self.outbox.epoch(), seq))
    }

    fn sale_event(&self, slip: &Slip, read: &Read, buyer: &Buyer, noted: bool) -> Sale {
        let reading = &read.reading;
        let kind = match read.summary.kind {
            Kind::Return => SaleKind::Return,
            Kind::Unread => SaleKind::Unread,
            _ => SaleKind::Sale,
        };
        let money = |amount: Minor| self.in_currency(amount);
        let item_count = reading.item_count.and_then(|milli| u32::try_from(milli / 1_000).ok());
        Sale {
            kind,
            slip: SlipId { boot: slip.boot, slip: slip.number.into() },
            total: self.signed_total(read),
            known: known(read),
            asked: buyer.asked(),
            noted,
            items: reading.items.iter().map(|item| self.item(item)).collect(),
            tenders: reading.tenders.iter().map(|tender| self.tender(tender)).collect(),
            receipt_no: reading.receipt_no.clone(),
            printed_at: printed_at(reading),
            till: reading.till.clone(),
            cashier: reading.cashier.clone(),
            associate: reading.associate.clone(),
            item_count,
            subtotal: reading.subtotal.map(money),
            discount: reading.discount.map(money),
            tax: reading.tax.map(money),
            change: reading.change.map(money),
            phone: buyer.phone().cloned(),
            who: buyer.name().cloned(),
        }
    }

    fn item(&self, item: &sale::Item) -> Item {
        Item {
            name: item.name.clone(),
            qty_milli: item.qty_milli,
            amount: self.in_currency(item.amount),
            unit_price: item.unit_price.map(|price| self.in_currency(price)),
            discount: item.discount.map(|discount| self.in_currency(discount)),
            style: item.style.clone(),
        }
    }

    fn tender(&self, tender: &sale::Tender) -> Tender {
        let kind = tender_kind(tender.kind);
        // The word on the paper is only worth its bytes where the kind does not say it.
        let label = (kind == TenderKind::Other).then(|| tender.label.clone());
        Tender { kind, amount: self.in_currency(tender.amount), label }
    }

    /// Amounts are read in hundredths; a currency may have other decimals, or none.
    fn in_currency(&self, hundredths: Minor) -> Minor {
        match self.keys.currency_exponent {
            2 => hundredths,
            0 => Minor::new(hundredths.units() / 100),
            exponent => Minor::new(
                hundredths.units().saturating_mul(10_i64.saturating_pow(exponent.into())) / 100,
            ),
        }
    }

    fn report(&self, read: &Read) -> Report {
        let reading = &read.reading;
        Report {
            kind: ReportKind::Day,
            printed_at: printed_at(reading),
            count: counted(&read.receipt),
            total: reading.total.map(|total| self.in_currency(total)),
            tenders: reading.tenders.iter().map(|tender| self.tender(tender)).collect(),
            till: reading.till.clone(),
        }
    }

    /// A void slip names the sale that it takes back.
    fn write_void(&self, read: &Read, now: Moment) -> Result<Option<(Epoch, Seq)>, TakeError> {
        let Some(no) = &read.reading.receipt_no else { return Ok(None) };
        let found = sales::by_receipt(&self.connection, no, now.day() - 7)?;
        let sale = match &found {
            Some(sale) => SaleRef::Here { epoch: sale.epoch, seq: sale.seq },
            None => SaleRef::Receipt { no: no.clone() },
        };
        self.append(now, Body::Void(Void { sale }))?;
        if let Some(sale) = &found {
            sales::void(&self.connection, sale)?;
        }
        Ok(found.map(|sale| (sale.epoch, sale.seq)))
    }

    /// What is remembered in memory once a slip is on disk.
    fn took(
        &mut self,
        bridge: &str,
        read: &Read,
        continues: Option<Option<(Epoch, Seq)>>,
        sale: Option<(Epoch, Seq)>,
        fresh: bool,
    ) {
        let mono_ms = self.now().mono_ms;
        let till = self.till(bridge);
        match (&mut till.group, continues) {
            (Some((group, _)), Some(_)) => group.absorb(&read.summary),
            // A slip that is none does not end a sale: its other copies may still come.
            (Some((_, Some(_))), None) if !is_sale(read.summary.kind) => {}
            (group, _) => *group = Some((read.summary.clone(), sale)),
        }
        if continues.is_none() && is_sale(read.summary.kind) {
            if fresh {
                till.serving = Serving::Nobody;
            }
            self.sync.last_sale_mono_ms = Some(mono_ms);
        }
        self.sync.report_printed |= read.summary.kind == Kind::Report;
    }

    /// Tells HQ of slips that were printed and could not be kept.
    pub(super) fn gap(&mut self, boot: u64, first: u32, last: u32) -> Result<(), TakeError> {
        let (first_slip, last_slip) = (first.into(), last.into());
        let reason = GapReason::Overflow;
        let gap = Gap { boot, first_slip, last_slip, reason };
        let transaction = self.connection.unchecked_transaction()?;
        // Told again after a lost acknowledgement, it is the same gap.
        if sales::take_slip(&transaction, boot, last)? {
            self.append(self.now(), Body::Gap(gap))?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The note: on the customer's copy of a sale, and the service rows on a return.
    fn compose(&self, bridge: &str, read: &Read, guest: Option<&note::Guest>) -> Vec<NoteRow> {
        let is_return = read.summary.kind == Kind::Return;
        let wanted = is_return || read.summary.kind == Kind::Sale;
        let quiet = self.tills.get(bridge).is_some_and(|till| till.serving == Serving::Silent);
        if !self.config.note.enabled || !wanted || quiet {
            return Vec::new();
        }
        let items: Vec<String> = read.reading.items.iter().map(|item| item.name.clone()).collect();
        let printed = read.receipt.lines();
        let scene = Scene {
            columns: read.receipt.columns_wide,
            lines_max: self.config.note.lines_max,
            language: self.config.language,
            store: &self.config.store,
            guest,
            items: &items,
            is_return,
            printed: &printed,
        };
        note::compose(&scene, &self.advice)
    }

    /// In the receipt's own code page; in English where that has no Chinese.
    fn encode(
        &self,
        bridge: &str,
        rows: &[NoteRow],
        read: &Read,
        guest: Option<&note::Guest>,
    ) -> Option<EncodedNote> {
        if rows.is_empty() {
            return None;
        }
        let default = self.reading_settings(bridge).charset.unwrap_or(Charset::Gb18030);
        note::encode(rows, read.receipt.charset, default).or_else(|| {
            let printed = read.receipt.lines();
            let scene = Scene {
                columns: read.receipt.columns_wide,
                lines_max: self.config.note.lines_max,
                language: Language::English,
                store: &self.config.store,
                guest,
                items: &[],
                is_return: read.summary.kind == Kind::Return,
                printed: &printed,
            };
            // What still cannot be written, such as a name, is left out; the rest is worth printing.
            let mut rows = note::compose(&scene, &self.advice);
            rows.retain(|row| {
                note::encode(core::slice::from_ref(row), read.receipt.charset, default).is_some()
            });
            note::encode(&rows, read.receipt.charset, default).filter(|note| !note.rows.is_empty())
        })
    }
}

/// Whether a kind of slip counts as a sale, for or against the shop, or may be one.
const fn is_sale(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::Return | Kind::Unread)
}

fn paper(bridge: &str, read: &Read, note: &[NoteRow], now: Moment) -> Paper {
    Paper {
        at_ms: now.wall_ms,
        bridge: bridge.to_owned(),
        kind: word(read.summary.kind),
        rows: read.receipt.lines(),
        note: note.iter().map(|row| row.text.clone()).collect(),
        receipt_no: read.reading.receipt_no.clone(),
        total: read.reading.total.map(Minor::units),
        known: known(read).word().to_owned(),
        member: match &read.reading.member_phone {
            Some(MemberPhone::Full(phone)) => Some(phone.clear().to_owned()),
            _ => None,
        },
    }
}

/// A kind as JSON names it.
fn word(kind: Kind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn known(read: &Read) -> Known {
    match (read.summary.kind, read.reading.total, read.reading.known.total) {
        (Kind::Unread, ..) => Known::Unread,
        (_, None, _) => Known::Disputed,
        (_, _, sale::Known::Proved) => Known::Proved,
        (_, _, sale::Known::Consistent) => Known::Consistent,
        (_, _, sale::Known::Keyword) => Known::Keyword,
        (_, _, sale::Known::Disputed) => Known::Disputed,
    }
}

fn printed_at(reading: &Reading) -> Option<LocalSeconds> {
    local_seconds(reading.date.as_deref()?, reading.time.as_deref()).map(LocalSeconds)
}

const fn tender_kind(kind: sale::TenderKind) -> TenderKind {
    match kind {
        sale::TenderKind::Cash => TenderKind::Cash,
        sale::TenderKind::Card => TenderKind::Card,
        sale::TenderKind::Alipay => TenderKind::Alipay,
        sale::TenderKind::WeChat => TenderKind::WeChat,
        sale::TenderKind::Balance => TenderKind::MemberBalance,
        sale::TenderKind::Voucher => TenderKind::Voucher,
        sale::TenderKind::Other => TenderKind::Other,
    }
}

/// How many sales a day report says there were.
fn counted(receipt: &Receipt) -> Option<u32> {
    const LABELS: [&str; 6] = ["笔数", "单数", "交易笔", "小票数", "Transactions", "Receipts"];
    let lines = receipt.lines();
    let row = lines.iter().find(|row| LABELS.iter().any(|label| row.contains(label)))?;
    let digits =
        row.rsplit(|symbol: char| !symbol.is_ascii_digit()).find(|part| !part.is_empty())?;
    digits.parse().ok()
}
