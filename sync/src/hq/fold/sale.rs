//! A sale event: its row, its lines, and the remarks that were waiting for it.
//!
//! Not here: what stands after remarks (`settle`).

use super::Folding;
use super::settle::SaleKey;
use crate::care_list::CustomerId;
use crate::event::{Item, LocalSeconds, Name, Sale};
use crate::hq::arrivals;
use crate::hq::customer;
use crate::hq::import::cut_off;
use crate::money::Minor;
use crate::phone::Phone;
use rusqlite::params;

impl Folding<'_> {
    pub(super) fn sale(&mut self, sale: &Sale) -> rusqlite::Result<()> {
        let customer = match &sale.phone {
            Some(phone) => self.customer(phone, sale.who.as_ref())?,
            None => None,
        };
        self.insert_sale(sale, customer)?;
        self.insert_lines(sale)?;
        self.hear_of_trade(sale)?;
        let key = SaleKey { stream: self.place.stream, seq: self.place.seq };
        if !self.is_remarked(key, sale.receipt_no.as_deref())? {
            // As it was inserted it stands, and nobody waited for it.
            self.touched.extend(customer);
            return Ok(());
        }
        self.settle(key)?;
        self.settle_returns_waiting_for(key, sale.receipt_no.as_deref())?;
        match &sale.receipt_no {
            Some(no) => self.settle_namesakes(key, no),
            None => Ok(()),
        }
    }

    /// A till's own sale says that its store traded, and ends what imported ones of it count.
    fn hear_of_trade(&mut self, sale: &Sale) -> rusqlite::Result<()> {
        if self.place.stream < 0 {
            return Ok(());
        }
        arrivals::traded(self.db, &self.place.store, self.day(sale))?;
        for (key, no) in cut_off::hear(self.db, &self.place, sale, self.wall_ms)? {
            let key = SaleKey { stream: key.0, seq: key.1 };
            self.settle(key)?;
            self.settle_namesakes(key, &no)?;
        }
        Ok(())
    }

    /// Whether its own word is that it counts; an imported sale does before the till's first only.
    fn counts(&self, sale: &Sale) -> rusqlite::Result<bool> {
        if self.place.stream > 0 || !sale.counts() {
            return Ok(sale.counts());
        }
        let end_of_day = LocalSeconds(i64::from(self.day(sale)) * 86_400 + 86_399);
        cut_off::is_before(self.db, &self.place.store, sale.printed_at.unwrap_or(end_of_day))
    }

    /// Finds or makes her file; `None` for a customer who was erased: the tombstone wins.
    pub(super) fn customer(
        &mut self,
        phone: &Phone,
        who: Option<&Name>,
    ) -> rusqlite::Result<Option<CustomerId>> {
        let Some(id) = customer::of_phone(self.db, self.keys, phone)? else {
            return Ok(None);
        };
        if let Some(who) = who {
            customer::name(self.db, self.keys, &id, who, self.place.said())?;
            self.touched.insert(id);
        }
        Ok(Some(id))
    }

    fn insert_sale(&self, sale: &Sale, customer: Option<CustomerId>) -> rusqlite::Result<()> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO sale (
                 stream, seq, store, kind, receipt_no, printed_at, wall_ms, day, till, cashier,
                 associate, item_count, subtotal, discount, tax, change, noted,
                 own_total, own_known, own_asked, own_counts, own_customer,
                 total, known, asked, counts, customer, typing_ds)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18, ?19, ?20, ?21, ?22, ?18, ?19, ?20, ?21, ?22, ?23)",
        )?;
        insert.execute(params![
            self.place.stream,
            self.place.seq,
            self.place.store,
            sale.kind.word(),
            sale.receipt_no,
            sale.printed_at.map(|at| at.0),
            self.wall_ms,
            self.day(sale),
            sale.till,
            sale.cashier,
            sale.associate,
            sale.item_count,
            sale.subtotal,
            sale.discount,
            sale.tax,
            sale.change,
            sale.noted,
            sale.total,
            sale.known.word(),
            sale.asked.word(),
            self.counts(sale)?,
            customer,
            sale.typing_ds,
        ])?;
        Ok(())
    }

    /// The day on the paper; without one, the till's clock in UTC, which is all that is left.
    fn day(&self, sale: &Sale) -> i32 {
        let wall = LocalSeconds(self.wall_ms.div_euclid(1_000));
        sale.printed_at.unwrap_or(wall).day()
    }

    fn insert_lines(&self, sale: &Sale) -> rusqlite::Result<()> {
        let (stream, seq) = (self.place.stream, self.place.seq);
        let mut item = self.db.prepare_cached(
            "INSERT INTO sale_item
                 (stream, seq, line, name, qty_milli, amount, unit_price, discount, style, colour, size)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        for (line, of) in (1u32..).zip(&sale.items) {
            item.execute(params![
                stream,
                seq,
                line,
                of.name,
                of.qty_milli,
                of.amount,
                unit_price(of),
                of.discount,
                of.style,
                of.colour,
                of.size
            ])?;
        }
        let mut tender = self.db.prepare_cached(
            "INSERT INTO sale_tender (stream, seq, line, kind, amount, label)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (line, of) in (1u32..).zip(&sale.tenders) {
            tender.execute(params![stream, seq, line, of.kind.word(), of.amount, of.label])?;
        }
        Ok(())
    }
}

/// The price of one. Of one that was sold alone, without a discount, a till does not say it twice.
fn unit_price(of: &Item) -> Option<Minor> {
    let alone = of.qty_milli == 1_000 && of.discount.is_none();
    of.unit_price.or(alone.then_some(of.amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_of_one_that_was_sold_alone_is_its_amount_and_no_other_is_made_up() {
        let item = |qty_milli, unit: Option<i64>, discount: Option<i64>| Item {
            name: "羊毛大衣".into(),
            qty_milli,
            amount: Minor::new(19_900),
            unit_price: unit.map(Minor::new),
            discount: discount.map(Minor::new),
            style: None,
            colour: None,
            size: None,
        };
        let price = |item: Item| unit_price(&item).map(Minor::units);
        assert_eq!(price(item(1_000, None, None)), Some(19_900));
        assert_eq!(price(item(1_000, None, Some(100))), None);
        assert_eq!(price(item(2_000, None, None)), None);
        assert_eq!(price(item(2_000, Some(9_950), None)), Some(9_950));
    }
}
