//! The agent on a shop's till.

pub mod at_rest;
pub mod bridge_link;
pub mod clock;
pub mod config;
pub mod customers;
pub mod day_book;
pub mod keys;
pub mod note;
pub mod outbox;
pub mod receipt;
pub mod sales;
pub mod store;
