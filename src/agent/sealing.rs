//! What events are sealed to: HQ's newest key, remembered outside the database as well.
//!
//! A database that is damaged, deleted or older than it was forgets which key HQ last named. What is then
//! sealed to an earlier one may be opened by nobody: HQ destroys a key once every till has passed it.
//!
//! # Invariants
//!
//! - A key counts only beside the HQ that named it: this box may have been another HQ's.
//! - HQ numbers its keys upwards: of what the file and the database remember the higher one is used.
//!
//! Not here: how HQ's word is checked (`sync::care_list`), sealing itself (`sync::seal`).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use minicbor::{Decode, Encode};
use rusqlite::Connection;
use sync::seal::SealingPublic;
use sync::sign::VerifyingKey;

use super::MEMO_SEALING;
use crate::keys::TerminalKeys;
use crate::store;

const FILE: &str = "hq.sealing";

#[derive(Encode, Decode)]
#[cbor(array)]
struct Kept {
    #[n(0)]
    hq: VerifyingKey,
    #[n(1)]
    key: SealingPublic,
}

/// The newest key of the HQ that this till is enrolled at.
pub(super) fn newest(
    connection: &Connection,
    state_dir: &Path,
    keys: &TerminalKeys,
) -> rusqlite::Result<SealingPublic> {
    let file: Option<Kept> =
        fs::read(state_dir.join(FILE)).ok().and_then(|bytes| minicbor::decode(&bytes).ok());
    let memo: Option<SealingPublic> = store::remembered(connection, MEMO_SEALING)?
        .and_then(|bytes| minicbor::decode(&bytes).ok());
    let is_ours = file.as_ref().is_none_or(|kept| kept.hq == keys.hq);
    let told = memo.into_iter().chain(file.map(|kept| kept.key)).filter(|_| is_ours);
    // Not the one of its enrolment where HQ said another since, also a lower one: it may have lost that key.
    Ok(told.max_by_key(|key| key.id).unwrap_or(keys.hq_sealing))
}

/// Keeps it beside the key file: all of it or what was there before.
pub(super) fn keep(state_dir: &Path, hq: VerifyingKey, key: SealingPublic) -> io::Result<()> {
    let bytes = minicbor::to_vec(Kept { hq, key }).map_err(io::Error::other)?;
    let (path, staged) = (state_dir.join(FILE), state_dir.join("hq.sealing.new"));
    let mut file = File::create(&staged)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&staged, &path)?;
    #[cfg(unix)]
    File::open(state_dir)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use sync::seal::SealingSecret;

    #[test]
    fn the_newest_key_outlives_the_database_and_is_not_another_hqs() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let keys = keys::example();
        let newest = |keys| newest(&connection, dir.path(), keys).unwrap();
        assert_eq!(newest(&keys), keys.hq_sealing);
        let later = SealingSecret::generate(keys.hq_sealing.id + 1).public();
        keep(dir.path(), keys.hq, later).unwrap();
        assert_eq!(newest(&keys), later, "the database knows nothing of it");
        let between = minicbor::to_vec(keys.hq_sealing).unwrap();
        store::remember(&connection, MEMO_SEALING, &between).unwrap();
        assert_eq!(newest(&keys), later, "an old database");
        let lost = SealingSecret::from_bytes(0, [4; 32]).public();
        keep(dir.path(), keys.hq, lost).unwrap();
        store::remember(&connection, MEMO_SEALING, &minicbor::to_vec(lost).unwrap()).unwrap();
        assert_eq!(newest(&keys), lost, "HQ came back without its later keys");
        let mut moved = keys::example();
        moved.hq = sync::sign::SigningKey::from_seed([9; 32]).verifying();
        assert_eq!(newest(&moved), moved.hq_sealing, "enrolled at another HQ since");
    }
}
