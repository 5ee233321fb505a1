//! What a reading says, as events say it: in the store's currency, without words that a code says.
//!
//! Not here: when an event is written (`take`).

use sync::event::{
    Item, Known, LocalSeconds, Report, ReportKind, Sale, SaleKind, SlipId, Tender, TenderKind,
};
use sync::money::Minor;

use super::Agent;
use super::serving::Buyer;
use super::take::Read;
use crate::bridge_link::Slip;
use crate::clock::local_seconds;
use crate::receipt::Receipt;
use crate::sale::{self, Kind, Reading};

impl Agent {
    pub(super) fn sale_event(&self, slip: &Slip, read: &Read, buyer: &Buyer, noted: bool) -> Sale {
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
            typing_ds: buyer.typing_ds(),
        }
    }

    fn item(&self, item: &sale::Item) -> Item {
        // The price of one that was sold alone is its amount: HQ knows that.
        let is_its_amount = item.qty_milli == 1_000 && item.unit_price == Some(item.amount);
        let says_more = !is_its_amount || item.discount.is_some();
        let unit_price = item.unit_price.filter(|_| says_more);
        Item {
            name: item.name.clone(),
            qty_milli: item.qty_milli,
            amount: self.in_currency(item.amount),
            unit_price: unit_price.map(|price| self.in_currency(price)),
            discount: item.discount.map(|discount| self.in_currency(discount)),
            style: item.style.clone(),
            colour: item.colour.clone(),
            size: item.size.clone(),
        }
    }

    fn tender(&self, tender: &sale::Tender) -> Tender {
        let kind = tender_kind(tender.kind);
        // The word on the paper is only worth its bytes where the kind does not say it.
        let label = (kind == TenderKind::Other).then(|| tender.label.clone());
        Tender { kind, amount: self.in_currency(tender.amount), label }
    }

    /// What stayed in the till, by way of paying: change comes out of the cash.
    pub(super) fn paid(&self, read: &Read) -> Vec<(TenderKind, Minor)> {
        let reading = &read.reading;
        let back = self.signed_total(read) < Minor::ZERO;
        let mut change = reading.change.unwrap_or_default().units();
        let mut paid: Vec<(TenderKind, Minor)> = Vec::new();
        for tender in &reading.tenders {
            let cash = tender.kind == sale::TenderKind::Cash || reading.tenders.len() == 1;
            let off = if cash { std::mem::take(&mut change) } else { 0 };
            let amount = self.in_currency(Minor::new(tender.amount.units() - off));
            let amount = if back && amount > Minor::ZERO { amount.negated() } else { amount };
            paid.push((tender_kind(tender.kind), amount));
        }
        paid
    }

    /// Amounts are read in hundredths; a currency may have other decimals, or none.
    pub(super) fn in_currency(&self, hundredths: Minor) -> Minor {
        match self.keys.currency_exponent {
            2 => hundredths,
            0 => Minor::new(hundredths.units() / 100),
            exponent => Minor::new(
                hundredths.units().saturating_mul(10_i64.saturating_pow(exponent.into())) / 100,
            ),
        }
    }

    pub(super) fn report(&self, read: &Read) -> Report {
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
}

pub(super) fn known(read: &Read) -> Known {
    match (read.summary.kind, read.reading.total, read.reading.known.total) {
        (Kind::Unread, ..) => Known::Unread,
        (_, None, _) => Known::Disputed,
        (_, _, sale::Known::Proved) => Known::Proved,
        (_, _, sale::Known::Consistent) => Known::Consistent,
        (_, _, sale::Known::Keyword) => Known::Keyword,
        (_, _, sale::Known::Disputed) => Known::Disputed,
    }
}

pub(super) fn printed_at(reading: &Reading) -> Option<LocalSeconds> {
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
