//! From a slip to events, a paper in the day book, and a note.
//!
//! Not here: finding the customer (`serving`, `customers`), what the events mean at HQ.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Transaction, TransactionBehavior};
use sync::event::{
    Asked, Attribution, Body, Event, Gap, GapReason, How, LinkChange, LocalSeconds, ReturnLink,
    SaleKind, SaleRef,
};
use sync::event::{Epoch, Seq};
use sync::money::Minor;

use super::events::{known, printed_at};
use super::live::Live;
use super::serving::Buyer;
use super::{Agent, AttributeError, Serving};
use crate::bridge_link::{Answer, Slip};
use crate::clock::Moment;
use crate::day_book::{self, Paper};
use crate::note::{Note, NoteRow};
use crate::receipt::Receipt;
use crate::receipt::code_page::Charset;
use crate::sale::group::Summary;
use crate::sale::layout::Layout;
use crate::sale::{self, Kind, MemberPhone, Reading};
use crate::sales;

/// The largest picture that is kept, in bytes.
const PICTURE_MAX: usize = 256 * 1024;

/// What reading a slip depends on.
#[derive(Clone, Debug)]
pub(super) struct ReadingSettings {
    pub(super) charset: Option<Charset>,
    pub(super) layouts: Vec<Layout>,
}

/// A slip that was read.
pub(super) struct Read {
    pub(super) receipt: Receipt,
    pub(super) reading: Reading,
    pub(super) summary: Summary,
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
    #[error(transparent)]
    Attribute(#[from] Box<AttributeError>),
}

/// Reads a slip. Whatever goes wrong inside, the slip counts as one that cannot be read.
pub(super) fn read(slip: &Slip, settings: &ReadingSettings) -> Read {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let receipt = Receipt::from_slip(&slip.prelude, &slip.bytes, settings.charset);
        let reading = sale::read_by(&receipt, &settings.layouts);
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
    pub(super) fn reading_settings(&mut self, bridge: &str) -> ReadingSettings {
        ReadingSettings { charset: self.charset(bridge), layouts: self.layouts.of(bridge) }
    }

    /// What this till's printer prints in when the till does not say.
    pub(super) fn charset(&self, bridge: &str) -> Option<Charset> {
        let config = self.config.bridges.iter().find(|config| config.name == bridge);
        config.and_then(|config| config.charset).map(Charset::from)
    }

    /// Sales and returns teach how this till writes; a reprint or a report does not.
    fn learn(&mut self, bridge: &str, read: &Read) {
        if !matches!(read.summary.kind, Kind::Sale | Kind::Return) {
            return;
        }
        let learned = self
            .layouts
            .learn(bridge, |learner, layouts| learner.take(&read.receipt, &read.reading, layouts));
        if let Err(error) = learned {
            eprintln!("huitou: a layout could not be kept: {error}");
        }
    }

    /// Writes a slip down and says what to print before its cut.
    pub(super) fn take(
        &mut self,
        bridge: &str,
        slip: &Slip,
        read: Read,
    ) -> Result<Answer, TakeError> {
        // However it ends, and also one that was taken before and is told again.
        self.set_live(bridge, Live::default());
        let now = self.now().earlier(slip.age_ms);
        let continues = self.continues(bridge, &read, now)?;
        // A number that is typed now is not that of a slip that ended before, and is told late.
        let ended_ms = self.now().mono_ms.saturating_sub(slip.age_ms);
        let since_ms = self.tills.get(bridge).map_or(0, |till| till.serving_since_ms);
        let fresh = ended_ms >= since_ms;
        let buyer = self.buyer(bridge, &read.reading, fresh);
        let guest = self.guest(&buyer, self.counts(&read), now);
        let note = match continues {
            Some(_) => None,
            None => self.compose(bridge, &read, guest.as_ref()),
        };
        let (printed, note) = note.filter(|_| slip.held).unzip();
        let printed = printed.unwrap_or_default();

        self.settle_log()?;
        // Rolled back where it is dropped: also if something in between panics.
        let open = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let taken = self.write(bridge, slip, &read, &buyer, continues, &printed, now)?;
        let Some(sale) = taken else { return Ok(Answer { note: None, stored: true }) };
        open.commit()?;
        self.took(bridge, &read, &buyer, continues, sale, fresh);
        self.learn(bridge, &read);
        Ok(Answer { note, stored: true })
    }

    /// What the slip brings to her spend: what was charged, or given back.
    pub(super) fn counts(&self, read: &Read) -> Minor {
        match read.summary.kind {
            Kind::Sale | Kind::Return => self.signed_total(read),
            _ => Minor::ZERO,
        }
    }

    /// What the sale adds up to; however the till prints it, a return takes money away.
    pub(super) fn signed_total(&self, read: &Read) -> Minor {
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
        note: &Note,
        now: Moment,
    ) -> Result<Option<Option<(Epoch, Seq)>>, TakeError> {
        if !sales::take_slip(&self.connection, slip.boot, slip.number)? {
            return Ok(None);
        }
        let sale = match (continues, read.summary.kind) {
            (Some(sale), _) => sale,
            (None, Kind::Sale | Kind::Return | Kind::Unread) => {
                self.settle_last(bridge, now)?;
                let original = self.original_of(read, now)?;
                let sale = self.write_sale(bridge, slip, read, buyer, note, now)?;
                if let Some(original) = original {
                    let return_sale = SaleRef::Here { epoch: sale.0, seq: sale.1 };
                    self.append(now, Body::ReturnLink(ReturnLink { return_sale, original }))?;
                }
                Some(sale)
            }
            (None, Kind::Report) => {
                self.settle_last(bridge, now)?;
                self.append(now, Body::Report(self.report(read)))?;
                self.audit_report(bridge, read, now)?;
                None
            }
            (None, Kind::Void) => self.write_void(read, now)?,
            (None, _) => None,
        };
        let mut paper = paper(bridge, read, &note.rows, now);
        paper.picture = self.drawn(bridge, slip, read);
        day_book::write(&self.connection, &self.local, sale, &paper)?;
        Ok(Some(sale))
    }

    /// What nobody could read, as it looks on the paper. It is sealed with the rest of the paper.
    fn drawn(&self, bridge: &str, slip: &Slip, read: &Read) -> Option<String> {
        if read.summary.kind != Kind::Unread || slip.bytes.is_empty() {
            return None;
        }
        let charset = self.charset(bridge).unwrap_or(Charset::Gb18030);
        let job = [&slip.prelude[..], &slip.bytes].concat();
        let file = crate::paper::render_file(&job, crate::paper::Width::Mm80, charset).ok()?;
        (file.len() <= PICTURE_MAX).then(|| file.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn append(
        &self,
        now: Moment,
        body: Body,
    ) -> Result<Seq, crate::outbox::OutboxError> {
        self.settle_log()?;
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

    pub(super) fn write_sale(
        &self,
        bridge: &str,
        slip: &Slip,
        read: &Read,
        buyer: &Buyer,
        note: &Note,
        now: Moment,
    ) -> Result<(Epoch, Seq), TakeError> {
        let event = self.sale_event(slip, read, buyer, !note.rows.is_empty());
        let row = sales::Sale {
            epoch: self.outbox.epoch(),
            seq: Seq::NONE,
            bridge: bridge.to_owned(),
            receipt_no: event.receipt_no.clone(),
            printed_s: printed_second(&read.reading),
            day: event.printed_at.map_or_else(|| now.day(), LocalSeconds::day),
            amount: event.total,
            void: event.kind == SaleKind::Unread,
            customer: buyer.phone().map(|phone| self.memory().pseudonym(phone)),
            asked: event.asked,
            taken_day: now.day(),
            tenders: self.paid(read),
        };
        let seq = self.append(now, Body::Sale(Box::new(event)))?;
        sales::write(&self.connection, &sales::Sale { seq, ..row })?;
        if let Buyer::Known { .. } = buyer {
            self.remember_visit(buyer, read, note, now)?;
        }
        self.miss_advice(read, note, now)?;
        Ok((self.outbox.epoch(), seq))
    }

    /// What is remembered in memory once a slip is on disk.
    fn took(
        &mut self,
        bridge: &str,
        read: &Read,
        buyer: &Buyer,
        continues: Option<Option<(Epoch, Seq)>>,
        sale: Option<(Epoch, Seq)>,
        fresh: bool,
    ) {
        let mono_ms = self.now().mono_ms;
        let columns = read.receipt.columns_wide;
        self.missing.borrow_mut().remove(bridge);
        let till = self.till(bridge);
        till.columns = Some(columns);
        match (&mut till.group, continues) {
            (Some((group, _)), Some(_)) => group.absorb(&read.summary),
            // A slip that is none does not end a sale: its other copies may still come.
            (Some((_, Some(_))), None) if !is_sale(read.summary.kind) => {}
            (group, _) => *group = Some((read.summary.clone(), sale)),
        }
        if continues.is_none() && is_sale(read.summary.kind) {
            if fresh {
                till.serving = Serving::Nobody;
                till.quiet = false;
                till.typed.clear();
            }
            self.sync.last_sale_mono_ms = Some(mono_ms);
            self.served(bridge, buyer.phone().cloned());
            self.tell_sale(sale, buyer);
        }
        self.changed();
        self.sync.report_printed |= read.summary.kind == Kind::Report;
    }

    /// Tells the store's other tills of a customer's sale.
    fn tell_sale(&self, sale: Option<(Epoch, Seq)>, buyer: &Buyer) {
        let Some((epoch, seq)) = sale.filter(|_| buyer.phone().is_some()) else { return };
        if let Ok(Some(sale)) = sales::find(&self.connection, epoch, seq) {
            self.tell_met(&sale, seq);
        }
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
}

/// The second that is printed on the receipt, if a time of day is.
pub(super) fn printed_second(reading: &Reading) -> Option<i64> {
    reading.time.as_ref().and(printed_at(reading)).map(|at| at.0)
}

/// Whether a kind of slip counts as a sale, for or against the shop, or may be one.
pub(super) const fn is_sale(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::Return | Kind::Unread)
}

pub(super) fn paper(bridge: &str, read: &Read, note: &[NoteRow], now: Moment) -> Paper {
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
        masked: match &read.reading.member_phone {
            Some(MemberPhone::Masked(masked)) => {
                Some((masked.clone(), read.reading.member_name.clone()))
            }
            _ => None,
        },
        picture: None,
    }
}

/// A kind as JSON names it.
fn word(kind: Kind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
