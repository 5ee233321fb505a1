//! Erasure: she is forgotten here, in every store, and again after a restore; and somebody can prove it.
//!
//! ```text
//! erase ─▶ her key destroyed ─▶ tombstone ─(care list, with proof)─▶ till forgets her ─▶ event "forgotten"
//!             └─▶ certificate: what, when, on whose word, which tills have confirmed ◀──────┘
//! HQ restored from before ◀─ tills send their events again, "forgotten" among them: she goes again
//! ```
//!
//! # Invariants
//!
//! - Nobody but HQ can make a proof, so a stolen till can have nobody forgotten whom HQ did not erase.
//! - Erasing twice changes nothing; whatever arrives late or is imported finds the tombstone.
//! - A certificate names her pseudonym only.
//! - Her wrapped key leaves the database's log as well, not its pages alone.
//!
//! Not here: destroying (`customer`), when a sealing key dies (`keys`).

use super::Hq;
use super::customer::{self, Destroyed};
use super::fold::Place;
use super::keys::Keys;
use crate::care_list::{CustomerId, ErasureProof};
use crate::event::{Forgotten, TerminalId, to_cbor};
use crate::hex::identifier;
use crate::phone::Phone;
use crate::random::random;
use crate::sign;
use minicbor::{Decode, Encode};
use ring::hmac;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeSet;

const CONTEXT: &str = "huitou erasure certificate v1";
const PROOF: &[u8] = b"huitou erasure proof v1";

identifier! {
    /// One erasure; random.
    ErasureId, 16
}

/// What HQ vouches for with its signature.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Certificate {
    /// Which erasure.
    #[n(0)]
    pub id: ErasureId,
    /// When, by HQ's clock: Unix ms.
    #[n(1)]
    pub at_ms: i64,
    /// On whose word.
    #[n(2)]
    pub by: String,
    /// The pseudonyms of all her numbers.
    #[n(3)]
    pub customers: Vec<CustomerId>,
    /// Files whose key was destroyed.
    #[n(4)]
    pub files: u64,
    /// Facts that were destroyed.
    #[n(5)]
    pub facts: u64,
    /// Consents that were destroyed.
    #[n(6)]
    pub consents: u64,
    /// Sales that stay, as nobody's.
    #[n(7)]
    pub sales_kept: u64,
}

/// An erasure, and how far it has come.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// As it was signed.
    pub certificate: Certificate,
    /// The signed bytes (COSE_Sign1).
    pub signed: Vec<u8>,
    /// Tills of the stores that knew her: its store, its name, and when it said that she is forgotten.
    pub tills: Vec<(String, String, Option<i64>)>,
}

/// HQ's word that this customer is to be forgotten.
pub(super) fn proof(keys: &Keys, customer: &CustomerId) -> ErasureProof {
    let tag = hmac::sign(&keys.index, &[PROOF, &customer.0].concat());
    ErasureProof(*tag.as_ref().first_chunk().expect("HMAC-SHA256 has 32 bytes"))
}

fn is_proof(keys: &Keys, forgotten: &Forgotten) -> bool {
    let expected = proof(keys, &forgotten.customer);
    // Compared under a fresh key, so that the time taken tells nothing of where they differ.
    let key = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>());
    let tag = hmac::sign(&key, &expected.0);
    hmac::verify(&key, &forgotten.proof.0, tag.as_ref()).is_ok()
}

/// Forgets the customer of this number, on the word of `by`; `None` if she was forgotten before.
///
/// # Errors
///
/// As SQLite says; then nothing was changed.
pub fn erase(
    hq: &mut Hq,
    phone: &Phone,
    by: &str,
    at_ms: i64,
) -> rusqlite::Result<Option<Certificate>> {
    let id = customer::id_of(&hq.keys, phone);
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_erased(&tx, &id)? {
        return Ok(None);
    }
    let (customers, destroyed) = customer::destroy(&tx, &id)?;
    let Destroyed { files, facts, consents, sales_kept } = destroyed;
    let certificate = Certificate {
        id: ErasureId(random()),
        at_ms,
        by: by.to_owned(),
        customers,
        files,
        facts,
        consents,
        sales_kept,
    };
    let signed = sign::sign(&hq.keys.signing, CONTEXT, to_cbor(&certificate));
    tx.execute(
        "INSERT INTO erasure (id, at_ms, by, certificate) VALUES (?1, ?2, ?3, ?4)",
        params![certificate.id, at_ms, by, signed],
    )?;
    bury(&tx, &certificate.customers, Some(&certificate.id))?;
    customer::touch(&tx, &BTreeSet::from([id]))?;
    tx.commit()?;
    leave_no_copy(&hq.db);
    Ok(Some(certificate))
}

/// What is overwritten in the database stands in its log until that begins anew: her wrapped key too. As
/// far as nobody reads just now; else the next checkpoint does it.
fn leave_no_copy(db: &Connection) {
    let _ = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

fn is_erased(db: &Connection, id: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM erased WHERE customer = ?1)")?
        .query_row([id], |row| row.get(0))
}

fn bury(
    db: &Connection,
    customers: &[CustomerId],
    erasure: Option<&ErasureId>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO erased (customer, erasure) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut insert = db.prepare_cached(sql)?;
    customers.iter().try_for_each(|id| insert.execute(params![id, erasure]).map(drop))
}

/// A till has forgotten her. Where HQ was restored from before, it forgets her again.
pub(super) fn confirmed(
    db: &Connection,
    keys: &Keys,
    place: &Place,
    forgotten: &Forgotten,
    touched: &mut BTreeSet<CustomerId>,
) -> rusqlite::Result<()> {
    if !is_proof(keys, forgotten) {
        return Ok(()); // not our word: a till may say what it likes
    }
    let id = &forgotten.customer;
    if !is_erased(db, id)? {
        // Her alone: each number that was hers went down by itself and comes back with a proof of its own,
        // and what HQ takes for hers may be older than what parted them.
        customer::destroy_one(db, id, &mut Destroyed::default())?;
        bury(db, &[*id], None)?;
        touched.insert(*id);
    }
    db.prepare_cached(
        "INSERT INTO erased_at (customer, terminal, stream, seq, wall_ms)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?
    .execute(params![id, place.terminal, place.stream, place.seq, place.received_ms])?;
    Ok(())
}

/// All erasures that were asked for here, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn list(db: &Connection) -> rusqlite::Result<Vec<Erasure>> {
    let mut select = db.prepare("SELECT certificate FROM erasure ORDER BY at_ms DESC, id")?;
    let signed = select.query_map([], |row| row.get(0))?;
    let signed = signed.collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
    let read = |signed: Vec<u8>| {
        let payload = sign::claimed(&signed).ok()?; // our own database's, signed when it was made
        let certificate: Certificate = minicbor::decode(&payload).ok()?;
        Some(tills(db, &certificate).map(|tills| Erasure { certificate, signed, tills }))
    };
    signed.into_iter().filter_map(read).collect()
}

fn tills(
    db: &Connection,
    certificate: &Certificate,
) -> rusqlite::Result<Vec<(String, String, Option<i64>)>> {
    let mut found = BTreeSet::new();
    let mut select = db.prepare_cached(
        "SELECT t.id, s.name, t.till, a.wall_ms FROM customer_store c
         JOIN terminal t ON t.store = c.store AND t.status <> 'revoked'
         JOIN store s ON s.id = t.store
         LEFT JOIN erased_at a ON a.customer = c.customer AND a.terminal = t.id
         WHERE c.customer = ?1",
    )?;
    for customer in &certificate.customers {
        let rows = select.query_map([customer], |row| {
            let id: TerminalId = row.get(0)?;
            Ok((row.get(1)?, row.get(2)?, id, row.get(3)?))
        })?;
        for row in rows {
            found.insert(row?);
        }
    }
    Ok(found.into_iter().map(|(store, till, _, at)| (store, till, at)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::Founding;
    use crate::tier::TierPolicy;
    use std::fs;

    #[test]
    fn an_erased_key_is_in_no_file_of_the_database() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("hq");
        let policy = TierPolicy::default();
        let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
        let mut hq = Hq::create(&dir, &founding).unwrap();
        let phone = Phone::parse("13800006721").unwrap();
        let id = customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap();
        let sql = "SELECT wrapped_key FROM customer WHERE id = ?1";
        let key: Vec<u8> = hq.db.query_row(sql, [id], |row| row.get(0)).unwrap();
        let holds_it = || {
            let files = fs::read_dir(&dir).unwrap().map(|file| fs::read(file.unwrap().path()));
            let mut files = files.map(Result::unwrap);
            files.any(|file| file.windows(key.len()).any(|bytes| bytes == key))
        };
        assert!(holds_it(), "else this would find nothing");
        assert!(erase(&mut hq, &phone, "herself", 1).unwrap().is_some());
        assert!(!holds_it());
    }
}
