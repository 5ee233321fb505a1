//! The ledger: sealed events by position, taken once. One set of promises, two engines.
//!
//! ```text
//! batch ─▶ who? ─▶ signature, chain ─▶ [ lock ─▶ receiver's rule ─▶ insert, move the mark ─▶ commit ] ─▶ receipt
//!           └ unknown, malformed        └ revoked, forked ─▶ quarantine ─▶ commit ─▶ refusal
//! ```
//!
//! # Invariants
//!
//! - Signature and chain are checked before any lock is taken: what is not a till's own holds up nobody.
//! - What is between the brackets is one transaction; a receipt is made only after its commit.
//! - No transaction crosses terminals, unless the whole ledger is one file.
//! - What a revoked till sends is set aside, never dropped and never counted.
//! - So is what comes under an epoch of which we know another history. The refusal names up to where it is
//!   set aside, so that the till goes on under numbers that nobody has used.
//! - What the batch says about itself is what the path says.
//!
//! Not here: opening (`open`), the tables (`sqlite`, `postgres`).

mod kept;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

use super::enrol::Terminal;
use crate::batch::{Batch, Verified};
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::message::{EnrolRequest, Receipt, Refusal, RefusalReason, StoreId};
use crate::receiver::{Decision, HighWater, receive};
pub use kept::{Row, Run, SetAside};
use std::sync::Arc;

/// Where a batch claims to belong, from the request's path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// Whose.
    pub terminal: TerminalId,
    /// Which life of its outbox.
    pub epoch: Epoch,
    /// Its first event.
    pub first: Seq,
    /// Its last event.
    pub last: Seq,
}

/// What HQ says to a batch; the shell signs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is in the ledger, on disk.
    Receipt(Receipt),
    /// It is not.
    Refusal(Refusal),
}

/// A batch that is the till's own and what its path says; nothing is known yet of the till's standing.
#[derive(Clone, Debug)]
pub struct Checked {
    range: Range,
    batch: Verified,
    body: Vec<u8>,
}

/// A till that a code let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Admitted {
    /// Who it is from now on.
    pub terminal: TerminalId,
    /// Where it stands.
    pub store: StoreId,
    /// The store's name.
    pub store_name: String,
}

/// A code for one till, as HQ keeps it.
#[derive(Clone, Debug)]
pub struct Code {
    /// The token's hash; the token itself is on its way to the till.
    pub token_hash: Hash,
    /// The store the till will stand in.
    pub store: StoreId,
    /// Its name.
    pub store_name: String,
    /// Until when it works, milliseconds since 1970-01-01 UTC.
    pub expires_ms: i64,
}

/// All that the ledger knows of a till, for a desk whose database is another.
#[derive(Clone, Debug)]
pub struct Till {
    /// Who it is, its keys and its standing.
    pub terminal: Terminal,
    /// The store's name.
    pub store_name: String,
    /// Its own name.
    pub till: String,
    /// Name and version of its software.
    pub software: String,
    /// When it came in.
    pub enrolled_ms: i64,
    /// When HQ last heard of it.
    pub seen_ms: Option<i64>,
    /// Something that it was told we hold is missing: the ledger was restored from a backup.
    pub gap: bool,
    /// Its epochs, in the order in which HQ first heard of them.
    pub streams: Vec<(Epoch, HighWater)>,
}

/// One epoch of a till.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stream {
    /// What we hold of it.
    pub mark: HighWater,
    /// The first number under which another history came; what comes under this epoch is set aside since.
    pub fork_at: Option<Seq>,
}

impl Stream {
    const START: Self = Self { mark: HighWater::START, fork_at: None };
}

/// Why the ledger did not do its work; nothing was changed then, and the till sends again.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// SQLite refused.
    #[error("the ledger: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// PostgreSQL refused or cannot be reached.
    #[cfg(feature = "postgres")]
    #[error("the ledger: {}", postgres::words(.0))]
    Postgres(Arc<::postgres::Error>),
    /// What the URL says of TLS cannot be had.
    #[cfg(feature = "postgres")]
    #[error("the ledger: {0}")]
    Tls(#[from] postgres::TlsError),
    /// Written by a newer version.
    #[error(
        "the ledger has layout {found}, this program knows up to {known}: use the newer program"
    )]
    Newer {
        /// Its layout.
        found: i32,
        /// What this program knows.
        known: i32,
    },
    /// A number past the mark is taken: somebody wrote beside us, or the database is damaged.
    #[error("the ledger holds an event past its own mark: damaged")]
    PastMark,
    /// What is stored is not what was written.
    #[error("the ledger holds a value that cannot be read: damaged")]
    Damaged,
    /// The transaction did not get through after several attempts.
    #[error("the ledger is too busy")]
    Busy,
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

/// What taking, enrolling and opening need of a ledger. Every engine passes the same suite.
pub trait Ledger: Send + Sync {
    /// Keeps a code that lets one till in.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn add_code(&self, code: &Code) -> Result<(), LedgerError>;

    /// Lets a till in whose code is valid, once; the same till may repeat itself. `None`: the code is
    /// unknown, too old, or another till's.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn admit(&self, now_ms: i64, request: &EnrolRequest) -> Result<Option<Admitted>, LedgerError>;

    /// Looks a till up.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, LedgerError>;

    /// Revokes a till: what it sends from now on is set aside. Returns whether there is such a till.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn revoke(&self, now_ms: i64, id: &TerminalId) -> Result<bool, LedgerError>;

    /// Takes a batch and returns once the answer is on disk.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn take(&self, now_ms: i64, checked: Checked) -> Result<Taken, LedgerError>;

    /// How a till's epoch stands; at its start if HQ never heard of it.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn stream(&self, terminal: &TerminalId, epoch: &Epoch) -> Result<Stream, LedgerError>;

    /// At most `count_max` events behind number `after`, in order.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn behind(
        &self,
        terminal: &TerminalId,
        epoch: &Epoch,
        after: Seq,
        count_max: u32,
    ) -> Result<Run, LedgerError>;

    /// How many batches were set aside.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn quarantined(&self) -> Result<u64, LedgerError>;

    /// The batches of a till that were set aside since a fork, as it sent them, the first first.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn aside(&self, terminal: &TerminalId) -> Result<Vec<SetAside>, LedgerError>;

    /// A person has looked at a till's fork; what is set aside stays.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn fork_seen(&self, terminal: &TerminalId) -> Result<(), LedgerError>;

    /// Tills of which anything changed at `since_ms` or later; nothing where the ledger lies in the
    /// desk's own database.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn changed(&self, since_ms: i64) -> Result<Vec<Till>, LedgerError>;

    /// The desk has drawn a new epoch of its own for a till's [`Till::gap`].
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    fn gap_seen(&self, terminal: &TerminalId) -> Result<(), LedgerError>;

    /// Whether the ledger lies in a database that is not the desk's.
    fn is_apart(&self) -> bool;
}

/// Takes what a till sent: who, signature and chain, then the ledger's own transaction.
///
/// # Errors
///
/// [`LedgerError`]; then nothing was changed and the till sends again.
pub fn take(
    ledger: &dyn Ledger,
    now_ms: i64,
    range: &Range,
    body: Vec<u8>,
) -> Result<Taken, LedgerError> {
    let Some(till) = ledger.terminal(&range.terminal)? else {
        return Ok(refuse(range, RefusalReason::UnknownTerminal, None));
    };
    match Checked::read(&till, range, body) {
        Some(checked) => ledger.take(now_ms, checked),
        None => Ok(refuse(range, RefusalReason::Malformed, None)),
    }
}

/// What becomes of a batch in the ledger's transaction.
enum Ruled {
    /// As [`Decision::Append`].
    Append { first: Seq, mark: HighWater },
    /// As [`Decision::Have`].
    Have,
    /// Something before it is lost here: the till is to send from this mark, or, if the chain there is not
    /// its own, all that it still has. `keep`: the batch itself is set aside meanwhile.
    Lacks { mark: HighWater, keep: bool },
    /// It is set aside. `lacks`: something before it is lost here, and gone at the till.
    Fork { at: Seq, lacks: bool },
}

impl Checked {
    /// Reads a batch; `None` if it is not the till's, broken, or not what its path says.
    #[must_use]
    pub fn read(till: &Terminal, range: &Range, body: Vec<u8>) -> Option<Self> {
        let batch = Verified::read(&till.signing, &body).ok()?;
        let of = batch.batch();
        let (terminal, epoch) = (of.terminal, of.epoch);
        let claimed = Range { terminal, epoch, first: of.first, last: of.last() };
        (claimed == *range).then_some(Self { range: *range, batch, body })
    }

    /// What becomes of it. `known` is the chain at a number that the ledger holds; `aside` says whether what
    /// leads up to this batch, or the same beginning, was set aside before ([`Self::is_led_to_by`]).
    fn ruled<E>(
        &self,
        Stream { mark, fork_at }: Stream,
        known: impl Fn(Seq) -> Option<Hash>,
        aside: impl FnOnce() -> Result<bool, E>,
    ) -> Result<Ruled, E> {
        let batch = self.batch.batch();
        let decision = receive(batch, mark, &known);
        let before = Seq(batch.first.0.saturating_sub(1));
        let ours = known(before).map_or(mark, |hash| HighWater { seq: before, hash });
        // HQ had what leads there, acknowledged it, and has it no more: it was restored from a backup.
        // A till that has no more of that either is not asked for it.
        let is_gone = batch.is_oldest == Some(true);
        let asked_from = match (decision, fork_at) {
            (Decision::Gap | Decision::Stray, _) if is_gone => None,
            (Decision::Gap, None) => return Ok(Ruled::Lacks { mark, keep: false }),
            (Decision::Gap, Some(_)) => Some(mark),
            (Decision::Stray, _) => Some(ours),
            _ => None,
        };
        if let Some(mark) = asked_from
            && !aside()?
        {
            return Ok(Ruled::Lacks { mark, keep: true });
        }
        let lacks = is_gone && decision == Decision::Gap;
        Ok(match (decision, fork_at) {
            (_, Some(at)) | (Decision::Fork { at }, None) => Ruled::Fork { at, lacks },
            (Decision::Append { first, mark }, None) => Ruled::Append { first, mark },
            (Decision::Have, None) => Ruled::Have,
            (Decision::Gap | Decision::Stray, None) => Ruled::Fork { at: batch.first, lacks },
        })
    }

    fn receipt(&self, mark: HighWater) -> Taken {
        let Range { terminal, epoch, .. } = self.range;
        Taken::Receipt(Receipt { terminal, epoch, mark })
    }

    /// Whether this batch goes on where one that was set aside ended; or begins as that one did, so that the
    /// till was asked for what leads there and has no more of it.
    fn is_led_to_by(&self, aside: &[u8]) -> bool {
        let batch = self.batch.batch();
        Batch::claimed(aside).filter(|before| before.epoch == batch.epoch).is_some_and(|before| {
            let goes_on = (before.last().next(), before.head) == (batch.first, batch.prev);
            goes_on || (before.first, before.prev) == (batch.first, batch.prev)
        })
    }

    /// All of it is set aside, and the till goes on elsewhere.
    fn forked(&self, at: Seq) -> Taken {
        let batch = self.batch.batch();
        let aside = HighWater { seq: batch.last(), hash: batch.head };
        self.refusal(RefusalReason::Fork { at }, Some(aside))
    }

    fn refusal(&self, reason: RefusalReason, mark: Option<HighWater>) -> Taken {
        refuse(&self.range, reason, mark)
    }
}

fn refuse(range: &Range, reason: RefusalReason, mark: Option<HighWater>) -> Taken {
    let Range { terminal, epoch, .. } = *range;
    Taken::Refusal(Refusal { terminal, epoch, reason, mark })
}

#[cfg(test)]
mod tests;
