//! Release keys: what a till's own keys are wrapped under, so that a stolen till is locked from here.
//!
//! ```text
//! signed request ─▶ known? ─▶ signature ─▶ active? ─▶ its key (drawn for `Wrap` if there is none)
//!                                └──────────── written down, given or refused ────────────┘
//! ```
//!
//! # Invariants
//!
//! - A revoked till, or one whose history has forked, gets nothing. Its key is kept: revoking deletes nothing.
//! - What was asked is written down once per nonce, before the answer leaves: a recorded request that
//!   is sent again adds no row.
//! - In the table a key is closed under the master key: a copied database releases nothing.
//!
//! Not here: the messages (`message::release`), the route (`web`).

use super::Hq;
use super::enrol::{self, Terminal};
use super::keys::Keys;
use crate::event::{Epoch, TerminalId};
use crate::message::{Purpose, Refusal, RefusalReason, Release, ReleaseRequest};
use crate::random::random;
use crate::seal::SealError;
use crate::sign::VerifyError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use zeroize::Zeroizing;

const WRAP: &[u8] = b"huitou release key v1";

/// Rows kept per till: three years of a start a day, and a till that starts in circles fills no disk.
const ROWS_MAX: u32 = 1_000;

/// What HQ says to a till that asks for its release key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Released {
    /// The key, sealed and signed.
    Key(Vec<u8>),
    /// Nothing for this till.
    Refusal(Refusal),
}

/// Why no answer could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// It is no request, so that nobody can be answered.
    #[error(transparent)]
    Request(#[from] VerifyError),
    /// The database.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The till's key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key in the table does not open under HQ's master key.
    #[error("a release key does not open: damaged, or hq.key is not this database's")]
    Wrapped,
}

/// One row of what was asked.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AskedRow {
    /// When, milliseconds since 1970-01-01 UTC.
    pub asked_ms: i64,
    /// The till's store.
    pub store: String,
    /// The till's own name.
    pub till: String,
    /// Who it is, as 32 digits.
    pub terminal: String,
    /// `made`, `given`, `revoked`, `frozen` or `none`.
    pub answer: String,
}

/// Answers a till's signed request and writes it down.
///
/// # Errors
///
/// [`AnswerError`]; nothing was given then.
pub fn answer(hq: &mut Hq, now_ms: i64, body: &[u8]) -> Result<Released, AnswerError> {
    let id = ReleaseRequest::claimed(body)?;
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(till) = enrol::terminal(&tx, &id)? else {
        return Ok(refuse(id, RefusalReason::UnknownTerminal));
    };
    let Ok(request) = ReleaseRequest::verify(&till.signing, body) else {
        return Ok(refuse(id, RefusalReason::Malformed));
    };
    let (word, answer) = decide(&tx, &hq.keys, now_ms, &till, request.purpose)?;
    let answer = match answer {
        Ok(release) => Released::Key(release.seal(&hq.keys.signing, &till.sealing, &request)?),
        Err(reason) => refuse(id, reason),
    };
    write_down(&tx, now_ms, &request, word)?;
    tx.commit()?;
    Ok(answer)
}

type Decided = (&'static str, Result<Release, RefusalReason>);

fn decide(
    tx: &Connection,
    keys: &Keys,
    now_ms: i64,
    till: &Terminal,
    purpose: Purpose,
) -> Result<Decided, AnswerError> {
    if till.status != "active" {
        return Ok(("revoked", Err(RefusalReason::Revoked)));
    }
    // Somebody else may have its disk: what opens the customers waits for a person.
    if let Some(at) = till.fork_at {
        return Ok(("frozen", Err(RefusalReason::Fork { at })));
    }
    if let Some(release) = kept(tx, keys, &till.id)? {
        return Ok(("given", Ok(release)));
    }
    Ok(match purpose {
        Purpose::Open => ("none", Err(RefusalReason::NoReleaseKey)),
        Purpose::Wrap => ("made", Ok(make(tx, keys, now_ms, &till.id)?)),
    })
}

fn kept(tx: &Connection, keys: &Keys, id: &TerminalId) -> Result<Option<Release>, AnswerError> {
    let sql = "SELECT wrapped FROM release_key WHERE terminal = ?1";
    let wrapped: Option<Vec<u8>> = tx.query_row(sql, [id], |row| row.get(0)).optional()?;
    let open = |wrapped: Vec<u8>| unwrap(keys, id, &wrapped).ok_or(AnswerError::Wrapped);
    wrapped.map(open).transpose()
}

fn make(
    tx: &Connection,
    keys: &Keys,
    now_ms: i64,
    id: &TerminalId,
) -> Result<Release, AnswerError> {
    let release = Release { key: random() };
    tx.execute(
        "INSERT INTO release_key (terminal, wrapped, made_ms) VALUES (?1, ?2, ?3)",
        params![id, wrap(keys, id, &release), now_ms],
    )?;
    Ok(release)
}

fn write_down(
    tx: &Connection,
    now_ms: i64,
    request: &ReleaseRequest,
    answer: &str,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO release_asked (terminal, nonce, asked_ms, answer) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        params![request.terminal, request.nonce, now_ms, answer],
    )?;
    tx.execute(
        "DELETE FROM release_asked WHERE terminal = ?1 AND id <= (SELECT id FROM release_asked
             WHERE terminal = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![request.terminal, ROWS_MAX],
    )?;
    Ok(())
}

/// What was asked, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn asked(db: &Connection) -> rusqlite::Result<Vec<AskedRow>> {
    let mut select = db.prepare(
        "SELECT a.asked_ms, s.name, t.till, a.terminal, a.answer FROM release_asked a
         JOIN terminal t ON t.id = a.terminal JOIN store s ON s.id = t.store ORDER BY a.id DESC",
    )?;
    let rows = select.query_map([], |row| {
        Ok(AskedRow {
            asked_ms: row.get(0)?,
            store: row.get(1)?,
            till: row.get(2)?,
            terminal: row.get::<_, TerminalId>(3)?.to_string(),
            answer: row.get(4)?,
        })
    })?;
    rows.collect()
}

fn wrap(keys: &Keys, id: &TerminalId, release: &Release) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random();
    let mut closed = release.key.to_vec();
    master(keys)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(id), &mut closed)
        .expect("a key is far shorter than AES-GCM's limit");
    [&nonce[..], &closed].concat()
}

fn unwrap(keys: &Keys, id: &TerminalId, wrapped: &[u8]) -> Option<Release> {
    let (nonce, closed) = wrapped.split_first_chunk::<NONCE_LEN>()?;
    let mut plain = Zeroizing::new(closed.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let key = master(keys).open_in_place(nonce, aad(id), &mut plain).ok()?;
    Some(Release { key: <[u8; 32]>::try_from(&*key).ok()? })
}

fn aad(id: &TerminalId) -> Aad<Vec<u8>> {
    Aad::from([WRAP, &id.0].concat())
}

fn master(keys: &Keys) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, keys.master.as_slice());
    LessSafeKey::new(key.expect("AES-256 takes 32 bytes"))
}

/// A refusal that concerns the till as a whole names no epoch.
fn refuse(terminal: TerminalId, reason: RefusalReason) -> Released {
    Released::Refusal(Refusal { terminal, epoch: Epoch([0; 16]), reason, mark: None })
}

#[cfg(test)]
mod tests;
