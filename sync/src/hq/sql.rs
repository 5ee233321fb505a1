//! This crate's types as SQLite values: identifiers as blobs, amounts and numbers as integers.
//!
//! Not here: tables (`store`).

use super::erasure::ErasureId;
use crate::care_list::{CustomerId, HqEpoch};
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::message::StoreId;
use crate::money::Minor;
use crate::sign::VerifyingKey;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

macro_rules! blobs {
    ($($name:ident),+) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self)
            }
        }
    )+};
}
blobs!(CustomerId, Epoch, ErasureId, Hash, HqEpoch, StoreId, TerminalId, VerifyingKey);

impl ToSql for Seq {
    /// SQLite's integers end at 2^63: a number past that is refused, not wrapped.
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = i64::try_from(self.0)
            .map_err(|wide| rusqlite::Error::ToSqlConversionFailure(Box::new(wide)))?;
        Ok(number.into())
    }
}

impl FromSql for Seq {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = i64::column_result(value)?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl ToSql for Minor {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.units().into())
    }
}

impl FromSql for Minor {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self::new)
    }
}
