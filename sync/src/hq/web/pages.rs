//! What HQ's pages say. Each is a file; the lists stand in [`LISTS`].
//!
//! Where other rooms plug in: a list of theirs goes into [`LISTS`] (page, CSV, JSON and the API's document
//! follow), what needs a person today into `needs::SOURCES`, what happened with a customer into
//! `timeline::SOURCES`, a figure into `numbers::PANELS`, a page of its own into `route::table`.
//!
//! Not here: who may open them (`route`).

mod audit;
pub(super) mod beside;
mod cases;
pub(super) mod checks;
mod classes;
pub(super) mod complaint;
mod complaint_step;
mod complaints;
mod contest;
mod customers;
mod days;
mod each_store;
mod figures;
pub(super) mod find;
mod follow_ups;
pub(super) mod forget;
pub(super) mod hand_over;
pub(super) mod me;
mod messages;
mod needs;
mod new_customers;
pub(super) mod night;
pub(super) mod numbers;
pub(super) mod opt_out;
pub(super) mod outlook;
pub(super) mod person;
mod potential;
pub(super) mod questions;
pub(super) mod regulars;
pub(super) mod reveal;
pub(super) mod sale;
mod sales;
mod staff;
mod standards;
mod stores;
mod styles;
pub(super) mod surveys;
pub(super) mod task;
mod tasks;
pub(super) mod texts;
mod tills;
mod timeline;
pub(super) mod users;
mod vip;
mod win_back;
pub(super) mod win_back_report;
pub(super) mod words;

use super::list::List;
use super::visit::{Param, Refused, Shape, Visit, odd};
use crate::hq::Hq;
use crate::hq::user::Role;
use crate::message::StoreId;

/// All lists.
pub(super) const LISTS: &[&List] = &[
    &tills::LIST,
    &tills::MISSING,
    &tasks::LIST,
    &complaints::LIST,
    &customers::LIST,
    &win_back::LIST,
    &questions::LIST,
    &standards::LIST,
    &styles::LIST,
    &sales::LIST,
    &days::LIST,
    &staff::LIST,
    &follow_ups::LIST,
    &new_customers::LIST,
    &contest::LIST,
    &checks::LIST,
    &cases::LIST,
    &hand_over::LIST,
    &stores::LIST,
    &surveys::LIST,
    &figures::LIST,
    &classes::LIST,
    &potential::LIST,
    &messages::LIST,
    &texts::LIST,
    &vip::LIST,
    &users::LIST,
    &audit::LIST,
];

pub(super) const ALL: &[Role] = &[Role::Hq, Role::Region, Role::Store];
pub(super) const HQ: &[Role] = &[Role::Hq];

const STORE: Param = Param {
    name: "store",
    shape: Shape::Id,
    about: "Of this store only. Who does not see all stores gets the first of hers without it.",
};
const FROM: Param = Param { name: "from", shape: Shape::Day, about: "The first day." };
const MONTH: Param = Param {
    name: "month",
    shape: Shape::Month,
    about: "The calendar month: this one unless given.",
};
const QUARTER: Param =
    Param { name: "quarter", shape: Shape::Quarter, about: "The quarter: this one unless given." };
const TO: Param = Param { name: "to", shape: Shape::Day, about: "The last day." };

/// The visitor's stores, for a choice.
pub(super) fn store_options(hq: &Hq, visit: &Visit) -> rusqlite::Result<Vec<(String, String)>> {
    let stores = visit.stores(&hq.db)?.into_iter();
    Ok(stores.map(|(store, name)| (store.to_string(), name)).collect())
}

/// The store that a form names, one of the visitor's.
fn typed_store(hq: &Hq, visit: &Visit) -> Result<StoreId, Refused> {
    let store: StoreId = visit.typed("store")?.parse().map_err(|_| odd("store"))?;
    let known = visit.stores(&hq.db)?.iter().any(|(known, _)| *known == store);
    known.then_some(store).ok_or_else(|| odd("store"))
}
