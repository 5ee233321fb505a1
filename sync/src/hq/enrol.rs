//! Enrolment at HQ: codes that work once, and the tills that used them.
//!
//! # Invariants
//!
//! - HQ stores a token's hash only; a code works once and for minutes.
//! - The same till may repeat its request when the reply was lost: same token, same key, same answer.
//! - Revoking changes a status, it deletes nothing.
//!
//! Not here: the rate limit (`web`, which sees the requests).

use super::Hq;
use super::ledger::{Admitted, Code, Ledger, LedgerError};
use super::mirror;
use super::open::StepError;
use super::store;
use crate::event::TerminalId;
use crate::message::{
    EnrolCode, EnrolError, EnrolReply, EnrolRequest, Fingerprint, StoreId, Token,
};
use crate::random::random;
use crate::seal::{self, SealingPublic};
use crate::sign::VerifyingKey;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

/// Why a till was not enrolled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolRefused {
    /// Unknown, used by another till, or too old. Which of these is nobody's business.
    #[error("the code is not valid: ask headquarters for a new one")]
    Code,
    /// The request itself is wrong.
    #[error(transparent)]
    Request(#[from] EnrolError),
    /// The desk's database.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The till is in the ledger and not yet at the desk; the same request again succeeds.
    #[error(transparent)]
    Mirror(#[from] StepError),
}

/// How a till `t` stands, as lists say it: `active`, `revoked`, or `forked` if what it sent does not follow
/// what HQ has.
pub(super) const STANDING: &str =
    "CASE WHEN t.status = 'active' AND t.fork_at IS NOT NULL THEN 'forked' ELSE t.status END";

/// A till as HQ knows it.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Who it is.
    pub id: TerminalId,
    /// Where it stands.
    pub store: StoreId,
    /// What it signs with.
    pub signing: VerifyingKey,
    /// What HQ seals to.
    pub sealing: SealingPublic,
    /// `active`, `revoked` or `frozen`.
    pub status: String,
    /// Where its history forked, if it did.
    pub fork_at: Option<crate::event::Seq>,
}

impl Terminal {
    /// Whether it is the active till that sent this request before.
    pub(super) fn is_of(&self, request: &EnrolRequest) -> bool {
        self.status == "active"
            && self.signing == request.signing
            && self.sealing == request.sealing
    }
}

/// Makes a code for a till of `store_name`; the store is made if it is new.
///
/// # Errors
///
/// [`LedgerError`]; the code does not work then.
pub fn new_code(
    hq: &Hq,
    ledger: &dyn Ledger,
    store_name: &str,
    expires_ms: i64,
) -> Result<EnrolCode, LedgerError> {
    let store = store_named(&hq.db, store_name)?;
    let token = Token::generate();
    let token_hash = token.hash();
    ledger.add_code(&Code { token_hash, store, store_name: store_name.into(), expires_ms })?;
    Ok(EnrolCode { fingerprint: Fingerprint::of(&hq.keys.signing.verifying()), token })
}

pub(super) fn keep_code(tx: &Connection, code: &Code) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO store (id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![code.store, code.store_name],
    )?;
    tx.execute(
        "INSERT INTO enrol_code (token_hash, store, expires_ms) VALUES (?1, ?2, ?3)",
        params![code.token_hash, code.store, code.expires_ms],
    )?;
    Ok(())
}

/// The store of this name, made if it is new.
///
/// # Errors
///
/// As SQLite says.
pub fn store_named(db: &Connection, name: &str) -> rusqlite::Result<StoreId> {
    db.execute(
        "INSERT INTO store (id, name) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        params![StoreId(random()), name],
    )?;
    db.query_row("SELECT id FROM store WHERE name = ?1", [name], |row| row.get(0))
}

/// Opens a till's request and enrols it. Returns the sealed reply.
///
/// # Errors
///
/// [`EnrolRefused`]; nothing was changed.
pub fn enrol(
    hq: &mut Hq,
    ledger: &dyn Ledger,
    now_ms: i64,
    sealed: &[u8],
) -> Result<Vec<u8>, EnrolRefused> {
    let id = seal::key_id(sealed).map_err(EnrolError::Open)?;
    let secret = hq.keys.sealing(id).ok_or(EnrolRefused::Code)?;
    let request = EnrolRequest::open(secret, sealed)?;
    // A key that nothing can be sealed to would use the code up and leave the till without an answer.
    seal::seal_to(&request.sealing, &[], &[], &[]).map_err(EnrolError::Seal)?;
    let own = store::own(&hq.db)?;
    let admitted = ledger.admit(now_ms, &request)?.ok_or(EnrolRefused::Code)?;
    mirror::bring(&mut hq.db, ledger, now_ms)?;
    let reply = EnrolReply {
        terminal: admitted.terminal,
        store: admitted.store,
        store_name: admitted.store_name,
        currency_exponent: own.currency_exponent,
        policy: own.policy,
    };
    Ok(reply.seal(&hq.keys.signing, &request.sealing)?)
}

pub(super) fn admit(
    tx: &Transaction<'_>,
    now_ms: i64,
    request: &EnrolRequest,
) -> rusqlite::Result<Option<Admitted>> {
    let Some((store, used_by)) = valid_code(tx, now_ms, request)? else {
        return Ok(None);
    };
    let terminal = match used_by {
        Some(id) if is_same_till(tx, &id, request)? => id,
        Some(_) => return Ok(None),
        None => insert(tx, now_ms, store, request)?,
    };
    let sql = "SELECT name FROM store WHERE id = ?1";
    let store_name = tx.query_row(sql, [store], |row| row.get(0))?;
    Ok(Some(Admitted { terminal, store, store_name }))
}

fn valid_code(
    tx: &Transaction<'_>,
    now_ms: i64,
    request: &EnrolRequest,
) -> rusqlite::Result<Option<(StoreId, Option<TerminalId>)>> {
    tx.query_row(
        "SELECT store, used_by FROM enrol_code WHERE token_hash = ?1 AND expires_ms > ?2",
        params![request.token.hash(), now_ms],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .optional()
}

fn is_same_till(
    tx: &Transaction<'_>,
    id: &TerminalId,
    request: &EnrolRequest,
) -> rusqlite::Result<bool> {
    Ok(terminal(tx, id)?.is_some_and(|till| till.is_of(request)))
}

fn insert(
    tx: &Transaction<'_>,
    now_ms: i64,
    store: StoreId,
    request: &EnrolRequest,
) -> rusqlite::Result<TerminalId> {
    let id = TerminalId(random());
    tx.execute(
        "INSERT INTO terminal
             (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'active', ?8)",
        params![
            id,
            store,
            request.till,
            request.signing,
            request.sealing.id,
            request.sealing.key,
            request.software,
            now_ms
        ],
    )?;
    tx.execute(
        "UPDATE enrol_code SET used_by = ?1 WHERE token_hash = ?2",
        params![id, request.token.hash()],
    )?;
    Ok(id)
}

/// Looks a till up.
///
/// # Errors
///
/// As SQLite says.
pub fn terminal(db: &Connection, id: &TerminalId) -> rusqlite::Result<Option<Terminal>> {
    db.query_row(
        "SELECT id, store, signing, sealing_id, sealing, status, fork_at
         FROM terminal WHERE id = ?1",
        [id],
        |row| {
            Ok(Terminal {
                id: row.get(0)?,
                store: row.get(1)?,
                signing: row.get(2)?,
                sealing: SealingPublic { id: row.get(3)?, key: row.get(4)? },
                status: row.get(5)?,
                fork_at: row.get(6)?,
            })
        },
    )
    .optional()
}

/// Revokes a till: what it sends from now on is set aside. Returns whether there is such a till.
///
/// # Errors
///
/// As SQLite says.
pub fn revoke(db: &Connection, id: &TerminalId) -> rusqlite::Result<bool> {
    let changed = db.execute("UPDATE terminal SET status = 'revoked' WHERE id = ?1", [id])?;
    Ok(changed == 1)
}
