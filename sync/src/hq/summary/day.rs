//! A store's day, from one look along its sales: by till for the sums, by cashier for who asked for numbers.
//!
//! Not here: which days are due (`summary`), who worked on a day (`figures::staff`).

use crate::event::Known;
use crate::message::StoreId;
use crate::money::Minor;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

/// One till's day.
#[derive(Default)]
struct Till {
    sales: u32,
    returns: u32,
    net: Minor,
    asked: Asked,
    disputed: u32,
    member_sales: u32,
    member_net: Minor,
}

/// What became of asking for numbers.
#[derive(Default)]
struct Asked {
    given: u32,
    refused: u32,
    not_asked: u32,
}

impl Asked {
    fn count(&mut self, word: &str) {
        *match word {
            "given" => &mut self.given,
            "refused" => &mut self.refused,
            _ => &mut self.not_asked,
        } += 1;
    }

    const fn all(&self) -> u32 {
        self.given + self.refused + self.not_asked
    }
}

/// Sums a store's day anew.
pub(super) fn sum(tx: &Connection, store: &StoreId, day: i32) -> rusqlite::Result<()> {
    let (mut tills, mut cashiers) = (BTreeMap::new(), BTreeMap::new());
    let mut select = tx.prepare_cached(
        "SELECT stream, kind, counts, voided, asked, known, customer IS NOT NULL, total, cashier
         FROM sale WHERE store = ?1 AND day = ?2",
    )?;
    let mut rows = select.query(params![store, day])?;
    while let Some(row) = rows.next()? {
        let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
        let (is_sale, is_return) = (text(1)? == "sale", text(1)? == "return");
        let (counts, voided): (bool, bool) = (row.get(2)?, row.get(3)?);
        let (is_hers, total): (bool, Minor) = (row.get(6)?, row.get(7)?);
        let till: &mut Till = tills.entry(row.get::<_, i64>(0)?).or_default();
        till.disputed += u32::from(!voided && text(5)? == Known::Disputed.word());
        if is_sale && !voided {
            till.asked.count(text(4)?);
            let cashier = row.get_ref(8)?.as_str_or_null()?.unwrap_or_default();
            if !cashiers.contains_key(cashier) {
                cashiers.insert(cashier.to_owned(), Asked::default());
            }
            cashiers.get_mut(cashier).expect("just put there").count(text(4)?);
        }
        if counts {
            till.sales += u32::from(is_sale);
            till.returns += u32::from(is_return);
            till.net = till.net.saturating_add(total);
        }
        if counts && is_hers {
            till.member_sales += u32::from(is_sale);
            till.member_net = till.member_net.saturating_add(total);
        }
    }
    write_tills(tx, store, day, &by_terminal(tx, tills)?)?;
    write_cashiers(tx, store, day, &cashiers)
}

/// A till has a stream for each of its epochs, and on most days sells in one.
fn by_terminal(
    tx: &Connection,
    streams: BTreeMap<i64, Till>,
) -> rusqlite::Result<BTreeMap<Vec<u8>, Till>> {
    let mut tills = BTreeMap::<Vec<u8>, Till>::new();
    for (stream, more) in streams {
        let terminal: Option<Vec<u8>> = tx
            .prepare_cached("SELECT terminal FROM stream WHERE id = ?1")?
            .query_row([stream], |row| row.get(0))
            .optional()?;
        let Some(terminal) = terminal else { continue };
        let till = tills.entry(terminal).or_default();
        till.sales += more.sales;
        till.returns += more.returns;
        till.net = till.net.saturating_add(more.net);
        till.asked.given += more.asked.given;
        till.asked.refused += more.asked.refused;
        till.asked.not_asked += more.asked.not_asked;
        till.disputed += more.disputed;
        till.member_sales += more.member_sales;
        till.member_net = till.member_net.saturating_add(more.member_net);
    }
    Ok(tills)
}

fn write_tills(
    tx: &Connection,
    store: &StoreId,
    day: i32,
    tills: &BTreeMap<Vec<u8>, Till>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM day_sum WHERE day = ?1 AND store = ?2")?
        .execute(params![day, store])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO day_sum (day, store, terminal, sales, returns, net, given, refused, not_asked,
             disputed, member_sales, member_net)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (terminal, till) in tills {
        insert.execute(params![
            day,
            store,
            terminal,
            till.sales,
            till.returns,
            till.net,
            till.asked.given,
            till.asked.refused,
            till.asked.not_asked,
            till.disputed,
            till.member_sales,
            till.member_net
        ])?;
    }
    Ok(())
}

fn write_cashiers(
    tx: &Connection,
    store: &StoreId,
    day: i32,
    cashiers: &BTreeMap<String, Asked>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM day_staff WHERE store = ?1 AND day = ?2")?
        .execute(params![store, day])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO day_staff (store, day, cashier, sales, given, refused, not_asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (cashier, asked) in cashiers {
        let Asked { given, refused, not_asked } = asked;
        insert.execute(params![store, day, cashier, asked.all(), given, refused, not_asked])?;
    }
    Ok(())
}
