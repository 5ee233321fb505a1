//! People who may log in at HQ: who they are, and which stores they may see.
//!
//! ```text
//! hq      everything                     needs a second factor, except on this box
//! region  the stores of one region
//! store   the stores that are named
//! ```
//!
//! # Invariants
//!
//! - Of a password and of a session's token only a hash is kept; the second factor's secret is closed
//!   under the master key.
//! - A changed password, a disabled user and a changed second factor end that user's sessions.
//! - There is one list of what a person may see, [`Scope`]; every page asks it.
//!
//! Not here: which page is for whom (`web::route`), the log-in page (`web::door`).

pub(super) mod password;
pub(super) mod session;
pub(super) mod totp;

use super::keys::Keys;
use crate::language::Language;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::BTreeSet;

/// The longest name of a user, in characters.
pub const NAME_MAX: usize = 40;

/// What somebody is here for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, clap::ValueEnum)]
#[non_exhaustive]
pub enum Role {
    /// Headquarters: all stores, users, the audit trail.
    Hq,
    /// A region's office.
    Region,
    /// A store's manager.
    Store,
}

impl Role {
    /// The word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hq => "hq",
            Self::Region => "region",
            Self::Store => "store",
        }
    }

    /// The role of a word; an unknown one may least.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "hq" => Self::Hq,
            "region" => Self::Region,
            _ => Self::Store,
        }
    }
}

/// Which stores a person may see.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scope {
    /// All of them.
    All,
    /// These.
    Stores(BTreeSet<StoreId>),
}

impl Scope {
    /// Whether `store` is among them.
    #[must_use]
    pub fn has(&self, store: &StoreId) -> bool {
        match self {
            Self::All => true,
            Self::Stores(stores) => stores.contains(store),
        }
    }
}

/// Somebody who may log in.
#[derive(Clone, Debug)]
pub struct User {
    /// HQ's number for her.
    pub id: i64,
    /// What she logs in with.
    pub name: String,
    /// What she is here for.
    pub role: Role,
    /// Whose stores, for a region.
    pub region: Option<String>,
    /// Which language her pages are in.
    pub language: Language,
    /// Whether a second factor is asked for.
    pub has_totp: bool,
    /// She may not log in for now.
    pub disabled: bool,
}

/// Why a user could not be made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// There is one already.
    #[error("there is a user of this name already")]
    Taken,
    /// There is none.
    #[error("there is no user of this name")]
    Unknown,
    /// Empty, too long, or with signs that no name has.
    #[error(
        "a name has 1 to {NAME_MAX} characters, none of them a control character or a space at its ends"
    )]
    BadName,
    /// A region's user without region, a store's without store.
    #[error("say which: --region for a region's user, --store for a store's")]
    NoStores,
    /// There is no store of this name.
    #[error("there is no such store")]
    NoStore,
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] password::Weak),
    /// The database.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

/// What a new user is told about herself.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What she logs in with.
    pub name: String,
    /// What she is here for.
    pub role: Role,
    /// For a region's user.
    pub region: Option<String>,
    /// Names of stores, for a store's user.
    pub stores: Vec<String>,
    /// Of her pages.
    pub language: Language,
}

/// Makes a user.
///
/// # Errors
///
/// [`UserError`]; nothing was made then.
pub fn add(
    db: &mut Connection,
    now_ms: i64,
    new: &NewUser,
    password: &str,
) -> Result<(), UserError> {
    check(new)?;
    let hash = password::hashed(password)?;
    let tx = db.transaction()?;
    let made = tx.execute(
        "INSERT INTO user (name, role, region, password, language, made_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![new.name, new.role.word(), new.region, hash, language_word(new.language), now_ms],
    )?;
    if made == 0 {
        return Err(UserError::Taken);
    }
    let user = tx.last_insert_rowid();
    for store in &new.stores {
        let sql = "INSERT INTO user_store (user, store) SELECT ?1, id FROM store WHERE name = ?2
                   ON CONFLICT DO NOTHING";
        if tx.execute(sql, params![user, store])? == 0 {
            return Err(UserError::NoStore);
        }
    }
    Ok(tx.commit()?)
}

fn check(new: &NewUser) -> Result<(), UserError> {
    let length = new.name.chars().count();
    let plain = new.name.trim() == new.name && !new.name.chars().any(char::is_control);
    if !plain || !(1..=NAME_MAX).contains(&length) {
        return Err(UserError::BadName);
    }
    match new.role {
        Role::Region if new.region.is_none() => Err(UserError::NoStores),
        Role::Store if new.stores.is_empty() => Err(UserError::NoStores),
        _ => Ok(()),
    }
}

const fn language_word(language: Language) -> &'static str {
    language.of("zh", "en")
}

/// Whether anybody could log in at all.
///
/// # Errors
///
/// As SQLite says.
pub fn any(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM user WHERE role = 'hq' AND NOT disabled)";
    db.query_row(sql, [], |row| row.get(0))
}

/// All users, by name.
///
/// # Errors
///
/// As SQLite says.
pub fn all(db: &Connection) -> rusqlite::Result<Vec<User>> {
    let sql = "SELECT id, name, role, region, language, totp IS NOT NULL, disabled FROM user
               ORDER BY name";
    db.prepare(sql)?.query_map([], user)?.collect()
}

/// The user of this name.
///
/// # Errors
///
/// As SQLite says.
pub fn named(db: &Connection, name: &str) -> rusqlite::Result<Option<User>> {
    let sql = "SELECT id, name, role, region, language, totp IS NOT NULL, disabled FROM user
               WHERE name = ?1";
    db.query_row(sql, [name], user).optional()
}

/// The user with this number, if she may log in.
pub(super) fn active(db: &Connection, id: i64) -> rusqlite::Result<Option<User>> {
    let sql = "SELECT id, name, role, region, language, totp IS NOT NULL, disabled FROM user
               WHERE id = ?1 AND NOT disabled";
    db.query_row(sql, [id], user).optional()
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let language: String = row.get(4)?;
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        role: Role::from_word(&row.get::<_, String>(2)?),
        region: row.get(3)?,
        language: Language::asked(Some(&language)),
        has_totp: row.get(5)?,
        disabled: row.get(6)?,
    })
}

/// Which stores she may see now.
///
/// # Errors
///
/// As SQLite says.
pub fn scope(db: &Connection, user: &User) -> rusqlite::Result<Scope> {
    let stores: rusqlite::Result<BTreeSet<StoreId>> = match user.role {
        Role::Hq => return Ok(Scope::All),
        Role::Region => {
            let sql = "SELECT store FROM region WHERE name = ?1";
            db.prepare_cached(sql)?.query_map([&user.region], |row| row.get(0))?.collect()
        }
        Role::Store => {
            let sql = "SELECT store FROM user_store WHERE user = ?1";
            db.prepare_cached(sql)?.query_map([user.id], |row| row.get(0))?.collect()
        }
    };
    stores.map(Scope::Stores)
}

/// Lets her log in or not; her sessions end.
///
/// # Errors
///
/// [`UserError::Unknown`], or as SQLite says.
pub fn disable(db: &mut Connection, name: &str, disabled: bool) -> Result<(), UserError> {
    change(db, name, |tx, id| {
        tx.execute("UPDATE user SET disabled = ?2 WHERE id = ?1", params![id, disabled])
    })
}

/// Gives her another password; her sessions end.
///
/// # Errors
///
/// [`UserError`]; nothing was changed then.
pub fn set_password(db: &mut Connection, name: &str, password: &str) -> Result<(), UserError> {
    let hash = password::hashed(password)?;
    change(db, name, |tx, id| {
        tx.execute("UPDATE user SET password = ?2 WHERE id = ?1", params![id, hash])
    })
}

/// Gives her a second factor, or takes it away; her sessions end. Returns the new secret.
///
/// # Errors
///
/// [`UserError`]; nothing was changed then.
pub fn set_totp(
    db: &mut Connection,
    keys: &Keys,
    name: &str,
    on: bool,
) -> Result<Option<totp::Secret>, UserError> {
    let secret = on.then(totp::Secret::draw);
    change(db, name, |tx, id| {
        let closed = secret.as_ref().map(|secret| secret.close(keys, id));
        tx.execute("UPDATE user SET totp = ?2, totp_step = 0 WHERE id = ?1", params![id, closed])
    })?;
    Ok(secret)
}

fn change(
    db: &mut Connection,
    name: &str,
    work: impl FnOnce(&Connection, i64) -> rusqlite::Result<usize>,
) -> Result<(), UserError> {
    let tx = db.transaction()?;
    let id = named(&tx, name)?.ok_or(UserError::Unknown)?.id;
    work(&tx, id)?;
    tx.execute("DELETE FROM session WHERE user = ?1", [id])?;
    Ok(tx.commit()?)
}

/// Puts a store into a region.
///
/// # Errors
///
/// [`UserError::NoStore`], or as SQLite says.
pub fn set_region(db: &Connection, store: &str, region: &str) -> Result<(), UserError> {
    let sql = "INSERT INTO region (store, name) SELECT id, ?2 FROM store WHERE name = ?1
               ON CONFLICT (store) DO UPDATE SET name = excluded.name";
    match db.execute(sql, params![store, region])? {
        0 => Err(UserError::NoStore),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
