//! One person over several numbers: which number she is found under, and undoing it.
//!
//! ```text
//! merges, in the order they were said, not undone:    b → a,  c → b      ⇒  root of a, b, c is a
//! ```
//!
//! # Invariants
//!
//! - A sale keeps the number it was made under; a person is the numbers of one root. So undoing a
//!   merge needs no sale to be touched.
//! - Of two words on the same two numbers the one said later stands.
//!
//! Not here: who says that two numbers are one person's (`fold::file`).

use crate::care_list::CustomerId;
use crate::hq::fold::SaidAt;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// Two numbers of one person, as the last word on them has it.
#[derive(Clone, Copy)]
struct Edge {
    place: SaidAt,
    kept: CustomerId,
    absorbed: CustomerId,
    undone: bool,
}

/// The number that `id` is found under: itself, unless it was merged into another.
pub(crate) fn root(db: &Connection, id: &CustomerId) -> rusqlite::Result<CustomerId> {
    let mut select = db.prepare_cached("SELECT coalesce(root, id) FROM customer WHERE id = ?1")?;
    let mut rows = select.query([id])?;
    Ok(match rows.next()? {
        Some(row) => row.get(0)?,
        None => *id,
    })
}

/// All numbers of the person whom `id` belongs to, `id` among them.
pub(crate) fn numbers(db: &Connection, id: &CustomerId) -> rusqlite::Result<Vec<CustomerId>> {
    let root = root(db, id)?;
    let mut select =
        db.prepare_cached("SELECT id FROM customer WHERE id = ?1 OR root = ?1 ORDER BY id")?;
    select.query_map([root], |row| row.get(0))?.collect()
}

/// The numbers that lead to this one.
pub(crate) fn led_to(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<CustomerId>> {
    let mut select = db.prepare_cached("SELECT id FROM customer WHERE root = ?1 ORDER BY id")?;
    select.query_map([root], |row| row.get(0))?.collect()
}

/// Computes the roots anew of all whom merges join with `seed`; returns them.
pub(crate) fn settle(db: &Connection, seed: CustomerId) -> rusqlite::Result<BTreeSet<CustomerId>> {
    let (members, edges) = joined(db, seed)?;
    let mut roots: BTreeMap<CustomerId, CustomerId> = members.iter().map(|id| (*id, *id)).collect();
    for edge in edges.iter().filter(|edge| !edge.undone) {
        let (from, to) = (roots[&edge.absorbed], roots[&edge.kept]);
        roots.values_mut().filter(|root| **root == from).for_each(|root| *root = to);
    }
    let mut update = db.prepare_cached("UPDATE customer SET root = ?2 WHERE id = ?1")?;
    for (id, root) in &roots {
        update.execute(params![id, (root != id).then_some(root)])?;
    }
    Ok(members)
}

/// Everybody whom merges, undone ones too, join with `seed`, and the last word on each pair in order.
fn joined(
    db: &Connection,
    seed: CustomerId,
) -> rusqlite::Result<(BTreeSet<CustomerId>, Vec<Edge>)> {
    let (mut members, mut open) = (BTreeSet::from([seed]), vec![seed]);
    let mut last: BTreeMap<(CustomerId, CustomerId), Edge> = BTreeMap::new();
    while let Some(id) = open.pop() {
        for edge in edges_of(db, &id)? {
            let pair = (edge.kept.min(edge.absorbed), edge.kept.max(edge.absorbed));
            let known = last.entry(pair).or_insert(edge);
            if known.place < edge.place {
                *known = edge;
            }
            open.extend([edge.kept, edge.absorbed].into_iter().filter(|id| members.insert(*id)));
        }
    }
    let mut edges: Vec<Edge> = last.into_values().collect();
    edges.sort_by_key(|edge| edge.place);
    Ok((members, edges))
}

fn edges_of(db: &Connection, id: &CustomerId) -> rusqlite::Result<Vec<Edge>> {
    let mut select = db.prepare_cached(
        "SELECT said_ms, stream, seq, kept, absorbed, undone FROM merge WHERE kept = ?1 OR absorbed = ?1",
    )?;
    let edge = |row: &rusqlite::Row<'_>| {
        Ok(Edge {
            place: (row.get(0)?, row.get(1)?, row.get(2)?),
            kept: row.get(3)?,
            absorbed: row.get(4)?,
            undone: row.get(5)?,
        })
    };
    select.query_map([id], edge)?.collect()
}
