//! What a ledger gives back of what it holds.
//!
//! Not here: how it is asked (the parent module).

use crate::chain::Hash;
use crate::event::Seq;

/// Sealed events in a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Run {
    /// The chain before the first.
    pub prev: Hash,
    /// The events.
    pub rows: Vec<Row>,
}

/// One sealed event of the ledger.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Its number.
    pub seq: Seq,
    /// The chain after it.
    pub hash: Hash,
    /// What the till sealed, unless it was destroyed.
    pub sealed: Option<Vec<u8>>,
    /// When it came in, by the clock of whoever took it.
    pub received_ms: i64,
}

/// A batch that was set aside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SetAside {
    /// As its till signed it.
    pub body: Vec<u8>,
    /// When it first came in, by the clock of whoever took it.
    pub received_ms: i64,
}
