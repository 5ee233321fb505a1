//! Who gets a release key, who does not, and that each asking is written down once.

use super::*;
use crate::hq::store::{self, Founding};
use crate::seal::SealingSecret;
use crate::sign::SigningKey;
use crate::tier::TierPolicy;

const ID: TerminalId = TerminalId([0x11; 16]);

struct Till {
    signing: SigningKey,
    sealing: SealingSecret,
    nonce: u8,
}

impl Till {
    fn ask(&mut self, hq: &mut Hq, purpose: Purpose) -> Result<Release, RefusalReason> {
        self.nonce += 1;
        let request = ReleaseRequest { terminal: ID, nonce: [self.nonce; 16], purpose };
        match answer(hq, 7, &request.sign(&self.signing)).unwrap() {
            Released::Key(body) => {
                let hq = hq.keys.signing.verifying();
                Ok(Release::open(&hq, &self.sealing, &request, &body).unwrap())
            }
            Released::Refusal(refusal) => Err(refusal.reason),
        }
    }
}

fn founded(dir: &std::path::Path) -> (Hq, Till) {
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir).unwrap());
    let store = enrol::store_named(&hq.db, "one").unwrap();
    let till =
        Till { signing: SigningKey::generate(), sealing: SealingSecret::generate(0), nonce: 0 };
    hq.db
        .execute(
            "INSERT INTO terminal
             (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
             VALUES (?1, ?2, '1', ?3, 0, ?4, '', 'active', 0)",
            params![ID, store, till.signing.verifying(), till.sealing.public().key],
        )
        .unwrap();
    (hq, till)
}

fn answers(hq: &Hq) -> Vec<String> {
    asked(&hq.db).unwrap().into_iter().rev().map(|row| row.answer).collect()
}

#[test]
fn a_key_is_made_once_and_given_again_and_each_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let (mut hq, mut till) = founded(dir.path());
    assert_eq!(till.ask(&mut hq, Purpose::Open), Err(RefusalReason::NoReleaseKey));
    let made = till.ask(&mut hq, Purpose::Wrap).unwrap();
    assert_eq!(till.ask(&mut hq, Purpose::Open), Ok(made.clone()));
    assert_eq!(till.ask(&mut hq, Purpose::Wrap), Ok(made.clone()), "not another one");
    assert_eq!(answers(&hq), ["none", "made", "given", "given"]);
    let sql = "SELECT wrapped FROM release_key";
    let row: Vec<u8> = hq.db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(!row.windows(32).any(|part| part == made.key), "in the table it is closed");
}

#[test]
fn a_revoked_or_forked_till_gets_nothing_and_that_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let (mut hq, mut till) = founded(dir.path());
    let made = till.ask(&mut hq, Purpose::Wrap).unwrap();
    hq.db.execute("UPDATE terminal SET fork_at = 9", []).unwrap();
    let frozen = Err(RefusalReason::Fork { at: crate::event::Seq(9) });
    assert_eq!(till.ask(&mut hq, Purpose::Open), frozen);
    hq.db.execute("UPDATE terminal SET fork_at = NULL", []).unwrap();
    assert_eq!(till.ask(&mut hq, Purpose::Open), Ok(made));
    assert!(enrol::revoke(&hq.db, &ID).unwrap());
    for purpose in [Purpose::Open, Purpose::Wrap] {
        assert_eq!(till.ask(&mut hq, purpose), Err(RefusalReason::Revoked));
    }
    assert_eq!(answers(&hq), ["made", "frozen", "given", "revoked", "revoked"]);
}

#[test]
fn a_stranger_gets_nothing_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (mut hq, mut till) = founded(dir.path());
    till.signing = SigningKey::generate();
    assert_eq!(till.ask(&mut hq, Purpose::Wrap), Err(RefusalReason::Malformed));
    assert!(matches!(answer(&mut hq, 7, b"hello"), Err(AnswerError::Request(_))));
    assert!(answers(&hq).is_empty());
}

#[test]
fn a_recorded_request_sent_again_adds_no_row_and_old_rows_go() {
    let dir = tempfile::tempdir().unwrap();
    let (mut hq, till) = founded(dir.path());
    let signed = |nonce: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&nonce.to_be_bytes());
        let asked = ReleaseRequest { terminal: ID, nonce: bytes, purpose: Purpose::Wrap };
        asked.sign(&till.signing)
    };
    for _ in 0..3 {
        answer(&mut hq, 7, &signed(0)).unwrap();
    }
    assert_eq!(answers(&hq), ["made"]);
    for nonce in 1..=ROWS_MAX + 5 {
        answer(&mut hq, 7, &signed(nonce)).unwrap();
    }
    assert_eq!(answers(&hq).len(), ROWS_MAX as usize);
    assert!(!answers(&hq).contains(&"made".to_owned()), "the oldest went");
}
