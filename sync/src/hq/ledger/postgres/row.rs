//! What a row of the ledger's tables says.
//!
//! Not here: single values (`value`), and the statements that fetch the rows (`sql`).

use super::super::{LedgerError, Row, Run, Stream, Terminal};
use super::value::{Uuid, bytes, hash, seq};
use crate::chain::Hash;
use crate::event::{Seq, TerminalId};
use crate::message::StoreId;
use crate::receiver::HighWater;
use crate::seal::SealingPublic;
use crate::sign::VerifyingKey;
use ::postgres::Row as PgRow;

pub(super) fn terminal(row: &PgRow) -> Result<Terminal, LedgerError> {
    let sealing_id: i64 = row.try_get(3)?;
    Ok(Terminal {
        id: TerminalId(row.try_get::<_, Uuid>(0)?.0),
        store: StoreId(row.try_get::<_, Uuid>(1)?.0),
        signing: VerifyingKey(bytes(row, 2)?),
        sealing: SealingPublic {
            id: u32::try_from(sealing_id).map_err(|_| LedgerError::Damaged)?,
            key: bytes(row, 4)?,
        },
        status: row.try_get(5)?,
        fork_at: row.try_get::<_, Option<i64>>(6)?.map(seq).transpose()?,
    })
}

pub(super) fn stream(row: &PgRow) -> Result<Stream, LedgerError> {
    let fork_at = row.try_get::<_, Option<i64>>(2)?.map(seq).transpose()?;
    Ok(Stream { mark: high_water(row, 0)?, fork_at })
}

pub(super) fn high_water(row: &PgRow, column: usize) -> Result<HighWater, LedgerError> {
    Ok(HighWater { seq: seq(row.try_get(column)?)?, hash: hash(row, column + 1)? })
}

pub(super) fn run(after: Seq, rows: &[PgRow]) -> Result<Run, LedgerError> {
    let mut run = Run { prev: Hash::GENESIS, rows: Vec::with_capacity(rows.len()) };
    for row in rows {
        let (seq, hash) = (seq(row.try_get(0)?)?, hash(row, 1)?);
        if seq == after {
            run.prev = hash;
        } else {
            let (sealed, received_ms) = (row.try_get(2)?, row.try_get(3)?);
            run.rows.push(Row { seq, hash, sealed, received_ms });
        }
    }
    Ok(run)
}
