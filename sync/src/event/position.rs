//! Where an event stands: which till, which life of its database, which number.
//!
//! Not here: the hash that binds an event to the ones before it (`chain`).

use crate::hex::identifier;
use core::fmt;
use minicbor::{Decode, Encode};

identifier! {
    /// A till's agent as HQ enrolled it; drawn at random by HQ.
    TerminalId, 16
}

identifier! {
    /// One life of an outbox: random, drawn when its database is created or restored, so that a
    /// cloned or restored disk cannot use a number twice.
    Epoch, 16
}

/// The number of an event within its [`Epoch`]: the first is 1, without gaps. 0 is "none yet".
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Encode, Decode)]
#[cbor(transparent)]
pub struct Seq(#[n(0)] pub u64);

impl Seq {
    /// Before the first event.
    pub const NONE: Self = Self(0);

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an event stands among all events of the chain of shops.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// Which till.
    pub terminal: TerminalId,
    /// Which life of its outbox.
    pub epoch: Epoch,
    /// Which event of that life.
    pub seq: Seq,
}

impl Position {
    /// `version || terminal || epoch || seq`, the header that sealing and chain both bind.
    #[must_use]
    pub(crate) fn header(&self) -> [u8; 41] {
        let mut header = [1; 41];
        header[1..17].copy_from_slice(&self.terminal.0);
        header[17..33].copy_from_slice(&self.epoch.0);
        header[33..].copy_from_slice(&self.seq.0.to_be_bytes());
        header
    }
}

/// Which sale an event speaks of.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum SaleRef {
    /// A sale event of the same terminal.
    #[n(0)]
    Here {
        /// The life of the outbox it was written in.
        #[n(0)]
        epoch: Epoch,
        /// Its number there.
        #[n(1)]
        seq: Seq,
    },
    /// Any till of the same store, by the number on the receipt; that sale's event may arrive later.
    #[n(1)]
    Receipt {
        /// As printed.
        #[n(0)]
        no: String,
    },
}
