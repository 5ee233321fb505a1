//! This crate's types as PostgreSQL's values: identifiers as `uuid`, hashes as `bytea`.
//!
//! Not here: the tables (`layout_1.sql`).

use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::hq::ledger::LedgerError;
use crate::message::StoreId;
use ::postgres::Row;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use bytes::BytesMut;
use std::error::Error;

/// Sixteen bytes of ours as a `uuid`, which compares faster than `bytea` and takes less room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uuid(pub(super) [u8; 16]);

impl From<&TerminalId> for Uuid {
    fn from(id: &TerminalId) -> Self {
        Self(id.0)
    }
}

impl From<&Epoch> for Uuid {
    fn from(epoch: &Epoch) -> Self {
        Self(epoch.0)
    }
}

impl From<&StoreId> for Uuid {
    fn from(id: &StoreId) -> Self {
        Self(id.0)
    }
}

impl ToSql for Uuid {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Uuid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }
}

/// A number as `bigint`.
///
/// # Errors
///
/// [`LedgerError::Damaged`] past 2^63, which no till counts to.
pub(super) fn number(seq: Seq) -> Result<i64, LedgerError> {
    i64::try_from(seq.0).map_err(|_| LedgerError::Damaged)
}

pub(super) fn seq(number: i64) -> Result<Seq, LedgerError> {
    u64::try_from(number).map(Seq).map_err(|_| LedgerError::Damaged)
}

/// A column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], LedgerError> {
    let raw: &[u8] = row.try_get(column)?;
    raw.try_into().map_err(|_| LedgerError::Damaged)
}

pub(super) fn hash(row: &Row, column: usize) -> Result<Hash, LedgerError> {
    bytes(row, column).map(Hash)
}
