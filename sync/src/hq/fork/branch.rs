//! What a branch's events mean: its own words, its own sales, and which of them count already.
//!
//! Not here: which branches there are, and counting them (the parent module).

use super::Kept;
use crate::care_list::CustomerId;
use crate::event::{Attribution, Body, Epoch, Event, Sale, SaleRef, Seq};
use crate::hq::fold::Place;
use crate::hq::words;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The branch's own words, then those that it shares with what HQ counted; last what the till said of them
/// in its next epoch, if only one box did: HQ may lack where they were told.
pub(super) fn tell_words<P: AsRef<[u8]>, E>(
    tx: &Connection,
    place: &Place,
    first: &Kept,
    events: &[(Seq, Result<P, E>)],
) -> rusqlite::Result<()> {
    for (_, plain) in events {
        let event = plain.as_ref().ok().and_then(|plain| Event::decode(plain.as_ref()).ok());
        if let Some(Event { body: Body::Words(list), .. }) = event {
            words::told(tx, place.stream, &list)?;
        }
    }
    tx.execute(
        "INSERT INTO word (stream, number, word)
         SELECT ?1, w.number, w.word FROM word w JOIN stream s ON s.id = w.stream
         WHERE s.terminal = ?2 AND s.epoch = ?3 ON CONFLICT DO NOTHING",
        params![place.stream, place.terminal, first.epoch],
    )?;
    tx.execute(
        "INSERT INTO word (stream, number, word)
         SELECT ?1, w.number, w.word FROM word w JOIN stream s ON s.id = w.stream
         WHERE s.terminal = ?2 AND s.words_as_in = ?3
             AND (SELECT count(*) FROM stream WHERE terminal = ?2 AND words_as_in = ?3) = 1
         ON CONFLICT DO NOTHING",
        params![place.stream, place.terminal, first.epoch],
    )?;
    Ok(())
}

/// What speaks of a sale of its own branch means that one.
pub(super) fn about_the_branch(body: &mut Body, first: &Kept, branch: Epoch) {
    let turn = |sale: &mut SaleRef| {
        if let SaleRef::Here { epoch, seq } = sale
            && *epoch == first.epoch
            && *seq >= first.seq
        {
            *epoch = branch;
        }
    };
    match body {
        Body::Amend(amend) => turn(&mut amend.sale),
        Body::Attribution(Attribution { sale, .. }) => turn(sale),
        Body::Void(void) => turn(&mut void.sale),
        Body::ReturnLink(link) => {
            turn(&mut link.return_sale);
            turn(&mut link.original);
        }
        _ => {}
    }
}

/// Whose receipt it is, if the same one counts already: a box that was restored takes what its bridge still
/// holds again.
pub(super) fn counted_as(
    db: &Connection,
    at: &Place,
    sale: &Sale,
) -> rusqlite::Result<Option<Option<CustomerId>>> {
    if sale.receipt_no.is_none() && sale.printed_at.is_none() {
        return Ok(None);
    }
    db.prepare_cached(
        "SELECT s.customer FROM sale s JOIN stream m ON m.id = s.stream
         WHERE m.terminal = ?1 AND m.id <> ?2 AND s.own_total = ?3 AND s.receipt_no IS ?4
             AND s.printed_at IS ?5 LIMIT 1",
    )?
    .query_row(
        params![
            at.terminal,
            at.stream,
            sale.total,
            sale.receipt_no,
            sale.printed_at.map(|at| at.0)
        ],
        |row| row.get(0),
    )
    .optional()
}
