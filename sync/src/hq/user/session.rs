//! Sessions: a random token in a cookie, its hash in the table, and two ends.
//!
//! # Invariants
//!
//! - A session ends [`IDLE_MS`] after the last page and [`WHOLE_MS`] after log-in, whichever is first.
//! - The token for forms is computed from the session's: one cannot be had without the other.
//!
//! Not here: the cookie (`web::door`).

use super::User;
use crate::random::random;
use ring::{digest, hmac};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Without a page for so long a session ends: 2 h.
pub(crate) const IDLE_MS: i64 = 2 * 60 * 60 * 1_000;
/// After so long it ends in any case: 12 h.
pub(crate) const WHOLE_MS: i64 = 12 * 60 * 60 * 1_000;
/// The table is written once in so many milliseconds, not at each page.
const SEEN_EVERY_MS: i64 = 60_000;

/// What a browser keeps.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn draw() -> Self {
        Self(random::<32>().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A token as a cookie brought it; what has another shape is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| Self(text.to_owned()))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.0.as_bytes()).as_ref().to_vec()
    }

    /// What a form of this session carries, so that another site's form does nothing.
    pub(crate) fn form(&self) -> String {
        let tag = hmac::sign(&self.form_key(), FORM);
        tag.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a form carried it. Takes as long whatever differs.
    pub(crate) fn is_form(&self, carried: &str) -> bool {
        let right = self.form();
        let differ = right.bytes().zip(carried.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        right.len() == carried.len() && differ == 0
    }

    fn form_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }
}

const FORM: &[u8] = b"huitou form v1";

/// Begins a session; old ones are swept on the way.
pub(crate) fn begin(db: &Connection, user: i64, now_ms: i64) -> rusqlite::Result<Token> {
    let token = Token::draw();
    db.execute(
        "DELETE FROM session WHERE seen_ms < ?1 OR made_ms < ?2",
        params![now_ms - IDLE_MS, now_ms - WHOLE_MS],
    )?;
    db.execute(
        "INSERT INTO session (token, user, made_ms, seen_ms) VALUES (?1, ?2, ?3, ?3)",
        params![token.hash(), user, now_ms],
    )?;
    Ok(token)
}

/// Whose session it is, if it has not ended.
pub(crate) fn of(db: &Connection, token: &Token, now_ms: i64) -> rusqlite::Result<Option<User>> {
    let hash = token.hash();
    let sql = "SELECT user, made_ms, seen_ms FROM session WHERE token = ?1";
    let row = db
        .prepare_cached(sql)?
        .query_row([&hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((user, made_ms, seen_ms)): Option<(i64, i64, i64)> = row else { return Ok(None) };
    if now_ms - seen_ms >= IDLE_MS || now_ms - made_ms >= WHOLE_MS {
        return Ok(None);
    }
    if now_ms - seen_ms >= SEEN_EVERY_MS {
        let sql = "UPDATE session SET seen_ms = ?2 WHERE token = ?1";
        db.execute(sql, params![hash, now_ms])?;
    }
    super::active(db, user)
}

/// Ends one session.
pub(crate) fn end(db: &Connection, token: &Token) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM session WHERE token = ?1", [token.hash()])
}
