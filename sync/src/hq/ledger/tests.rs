//! What every ledger promises: one suite, run on each engine.
//!
//! SQLite always; PostgreSQL where HUITOU_TEST_POSTGRES has the URL of a database that may be filled
//! (`.ci/postgres/run.sh` starts one). Scenarios enrol tills of their own, so they share a database.

mod forks;
mod together;

use super::*;
use crate::batch::{Batch, Builder};
use crate::chain;
use crate::event::Position;
use crate::message::{EnrolCode, Fingerprint, Token};
use crate::random::random;
use crate::seal::SealingSecret;
use crate::sign::SigningKey;
use forks::*;
use proptest::prelude::*;
use together::*;

/// Something that can be opened several times, as several processes would.
trait Bed {
    fn open(&self) -> Box<dyn Ledger>;
    /// Proptest's cases here: fewer where each costs round trips.
    const CASES: u32;
}

struct InSqlite(tempfile::TempDir);

impl InSqlite {
    fn new() -> Option<Self> {
        use crate::hq::store::{self, Founding};
        let dir = tempfile::tempdir().unwrap();
        let policy = crate::tier::TierPolicy::default();
        let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
        store::create(dir.path(), &founding).unwrap();
        Some(Self(dir))
    }
}

impl Bed for InSqlite {
    fn open(&self) -> Box<dyn Ledger> {
        Box::new(sqlite::Sqlite::open(self.0.path()).unwrap())
    }
    const CASES: u32 = 48;
}

#[cfg(feature = "postgres")]
struct InPostgres(String);

#[cfg(feature = "postgres")]
impl InPostgres {
    fn new() -> Option<Self> {
        let url = std::env::var("HUITOU_TEST_POSTGRES").ok();
        if url.is_none() {
            eprintln!("skipped: HUITOU_TEST_POSTGRES names no database; see .ci/postgres/run.sh");
        }
        url.map(Self)
    }
}

#[cfg(feature = "postgres")]
impl Bed for InPostgres {
    fn open(&self) -> Box<dyn Ledger> {
        Box::new(postgres::Postgres::open(&self.0, None).unwrap())
    }
    const CASES: u32 = 24;
}

macro_rules! every_engine_keeps {
    ($($promise:ident),+ $(,)?) => {
        mod in_sqlite {
            $(#[test] fn $promise() { super::$promise(&super::InSqlite::new().unwrap()); })+
        }
        #[cfg(feature = "postgres")]
        mod in_postgres {
            $(#[test] fn $promise() {
                if let Some(bed) = super::InPostgres::new() { super::$promise(&bed); }
            })+
        }
    };
}

every_engine_keeps! {
    a_code_works_once_and_for_minutes,
    the_same_till_may_repeat_itself_and_nobody_else,
    what_is_taken_reads_back_in_order_with_its_chain,
    replays_and_overlaps_append_nothing_twice,
    a_gap_is_answered_with_the_mark,
    another_history_is_set_aside_and_both_go_on_under_new_numbers,
    a_fork_in_the_middle_of_an_overlap_appends_nothing,
    what_a_restored_hq_lacks_of_a_forked_till_is_sent_again_and_set_aside,
    a_till_that_has_no_more_of_what_was_lost_is_asked_once,
    what_follows_events_that_are_gone_everywhere_is_set_aside,
    a_revoked_till_is_refused_and_its_batches_are_kept,
    an_unknown_till_is_told_so_and_leaves_nothing,
    a_changed_batch_is_malformed_wherever_it_was_changed,
    events_in_another_order_are_malformed,
    one_tills_batch_is_no_others,
    an_older_epoch_and_a_newer_one_stand_side_by_side,
    the_same_range_from_two_processes_is_appended_once,
    tills_do_not_wait_for_each_other_to_be_right,
    a_model_agrees_whatever_is_replayed,
}

/// A till with an outbox in memory.
struct Sender {
    terminal: TerminalId,
    epoch: Epoch,
    signing: SigningKey,
    outbox: Vec<(Vec<u8>, Hash)>,
}

fn request(token: &Token, signing: &SigningKey, sealing: &SealingSecret) -> EnrolRequest {
    EnrolRequest {
        token: token.clone(),
        signing: signing.verifying(),
        sealing: sealing.public(),
        store: "湖滨店".into(),
        till: "1号".into(),
        software: "suite".into(),
    }
}

/// A code that works until 1000 ms.
fn code(ledger: &dyn Ledger) -> Token {
    let token = Token::generate();
    let (store, token_hash) = (StoreId(random()), token.hash());
    let store_name = format!("湖滨店 {store}");
    ledger.add_code(&Code { token_hash, store, store_name, expires_ms: 1_000 }).unwrap();
    token
}

impl Sender {
    fn enrol(ledger: &dyn Ledger) -> Self {
        let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(1));
        let asked = request(&code(ledger), &signing, &sealing);
        let admitted = ledger.admit(999, &asked).unwrap().unwrap();
        let (terminal, epoch) = (admitted.terminal, Epoch(random()));
        Self { terminal, epoch, signing, outbox: Vec::new() }
    }

    fn with_events(ledger: &dyn Ledger, count: usize) -> Self {
        let mut till = Self::enrol(ledger);
        till.write(count);
        till
    }

    fn write(&mut self, count: usize) {
        for _ in 0..count {
            let seq = Seq(self.outbox.len() as u64 + 1);
            let position = Position { terminal: self.terminal, epoch: self.epoch, seq };
            let sealed = random::<40>().to_vec();
            let hash = chain::next(&self.chain_at(Seq(seq.0 - 1)), &position, &sealed);
            self.outbox.push((sealed, hash));
        }
    }

    /// Another life of the same box, or a copy of it: the same till, a history of its own from `keep` on.
    fn cloned(&self, keep: usize, count: usize) -> Self {
        let signing = SigningKey::from_seed(*self.signing.seed());
        let outbox = self.outbox[..keep].to_vec();
        let mut clone = Self { terminal: self.terminal, epoch: self.epoch, signing, outbox };
        clone.write(count);
        clone
    }

    fn in_a_new_epoch(&self, count: u64) -> Self {
        let mut anew = self.cloned(0, 0);
        anew.epoch = Epoch(random());
        anew.write(count as usize);
        anew
    }

    fn chain_at(&self, seq: Seq) -> Hash {
        (seq.0 as usize).checked_sub(1).map_or(Hash::GENESIS, |at| self.outbox[at].1)
    }

    fn range(&self, first: u64, last: u64) -> Range {
        Range { terminal: self.terminal, epoch: self.epoch, first: Seq(first), last: Seq(last) }
    }

    fn batch(&self, first: u64, last: u64) -> Batch {
        let after = Seq(first - 1);
        let mut builder =
            Builder::new(self.terminal, self.epoch, after, self.chain_at(after), usize::MAX);
        for (sealed, _) in &self.outbox[first as usize - 1..last as usize] {
            builder.push(sealed.clone()).unwrap();
        }
        builder.finish().unwrap()
    }

    fn body(&self, first: u64, last: u64) -> Vec<u8> {
        self.batch(first, last).sign(&self.signing)
    }

    /// The same of a till that keeps nothing before it any more.
    fn send_oldest(&self, ledger: &dyn Ledger, first: u64, last: u64) -> Taken {
        let mut batch = self.batch(first, last);
        batch.is_oldest = Some(true);
        take(ledger, 5_000, &self.range(first, last), batch.sign(&self.signing)).unwrap()
    }

    fn send(&self, ledger: &dyn Ledger, first: u64, last: u64) -> Taken {
        take(ledger, 5_000, &self.range(first, last), self.body(first, last)).unwrap()
    }

    fn water(&self, seq: u64) -> HighWater {
        HighWater { seq: Seq(seq), hash: self.chain_at(Seq(seq)) }
    }

    fn receipt(&self, seq: u64) -> Taken {
        let (terminal, epoch, mark) = (self.terminal, self.epoch, self.water(seq));
        Taken::Receipt(Receipt { terminal, epoch, mark })
    }

    fn refusal(&self, reason: RefusalReason, mark: Option<HighWater>) -> Taken {
        Taken::Refusal(Refusal { terminal: self.terminal, epoch: self.epoch, reason, mark })
    }

    /// The ledger holds exactly the first `count` events of this outbox, in order.
    fn assert_held(&self, ledger: &dyn Ledger, count: u64) {
        assert_eq!(ledger.stream(&self.terminal, &self.epoch).unwrap().mark, self.water(count));
        let held = ledger.behind(&self.terminal, &self.epoch, Seq::NONE, u32::MAX >> 1).unwrap();
        let ours = (1..=count).map(|seq| {
            let (sealed, hash) = &self.outbox[seq as usize - 1];
            let sealed = Some(sealed.clone());
            Row { seq: Seq(seq), hash: *hash, sealed, received_ms: 5_000 }
        });
        assert_eq!(held, Run { prev: Hash::GENESIS, rows: ours.collect() });
    }

    fn status(&self, ledger: &dyn Ledger) -> (String, Option<Seq>) {
        let known = ledger.terminal(&self.terminal).unwrap().unwrap();
        (known.status, known.fork_at)
    }
}

fn a_code_works_once_and_for_minutes(bed: &impl Bed) {
    let ledger = bed.open();
    let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(1));
    let token = code(&*ledger);
    let asked = request(&token, &signing, &sealing);
    assert_eq!(ledger.admit(1_000, &asked).unwrap(), None, "too late");
    let unknown = request(&Token::generate(), &signing, &sealing);
    assert_eq!(ledger.admit(0, &unknown).unwrap(), None, "never made");
    let admitted = ledger.admit(999, &asked).unwrap().unwrap();
    assert!(admitted.store_name.starts_with("湖滨店"));
    let known = ledger.terminal(&admitted.terminal).unwrap().unwrap();
    assert_eq!((known.store, known.signing), (admitted.store, signing.verifying()));
    assert_eq!((known.sealing, known.status.as_str()), (sealing.public(), "active"));
    assert_eq!(known.fork_at, None);
    // The code as a person carries it is not what the ledger keeps.
    let carried = EnrolCode { fingerprint: Fingerprint::of(&signing.verifying()), token };
    assert_ne!(carried.token.0.as_slice(), &carried.token.hash().0[..16]);
}

fn the_same_till_may_repeat_itself_and_nobody_else(bed: &impl Bed) {
    let ledger = bed.open();
    let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(1));
    let token = code(&*ledger);
    let asked = request(&token, &signing, &sealing);
    let first = ledger.admit(999, &asked).unwrap().unwrap();
    assert_eq!(ledger.admit(999, &asked).unwrap(), Some(first.clone()));
    let thief = request(&token, &SigningKey::generate(), &sealing);
    assert_eq!(ledger.admit(999, &thief).unwrap(), None);
    assert!(ledger.revoke(1_000, &first.terminal).unwrap());
    assert_eq!(ledger.admit(999, &asked).unwrap(), None, "revoked is not repeated");
}

fn what_is_taken_reads_back_in_order_with_its_chain(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 9);
    assert_eq!(ledger.stream(&till.terminal, &till.epoch).unwrap(), Stream::START);
    assert_eq!(till.send(&*ledger, 1, 4), till.receipt(4));
    assert_eq!(till.send(&*ledger, 5, 9), till.receipt(9));
    till.assert_held(&*ledger, 9);
    let part = ledger.behind(&till.terminal, &till.epoch, Seq(3), 2).unwrap();
    assert_eq!(part.prev, till.chain_at(Seq(3)));
    assert_eq!(part.rows.iter().map(|row| row.seq.0).collect::<Vec<_>>(), [4, 5]);
    let end = ledger.behind(&till.terminal, &till.epoch, Seq(9), 5).unwrap();
    assert_eq!((end.prev, end.rows.len()), (till.chain_at(Seq(9)), 0));
}

fn replays_and_overlaps_append_nothing_twice(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 9);
    assert_eq!(till.send(&*ledger, 1, 4), till.receipt(4));
    assert_eq!(till.send(&*ledger, 1, 4), till.receipt(4), "a replay");
    assert_eq!(till.send(&*ledger, 2, 3), till.receipt(4), "an old part");
    assert_eq!(till.send(&*ledger, 3, 6), till.receipt(6), "an overlap");
    assert_eq!(till.send(&*ledger, 1, 9), till.receipt(9), "all of it");
    till.assert_held(&*ledger, 9);
    assert_eq!(till.status(&*ledger).0, "active");
}

fn a_gap_is_answered_with_the_mark(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 9);
    let mismatch = |seq| till.refusal(RefusalReason::MarkMismatch, Some(till.water(seq)));
    assert_eq!(till.send(&*ledger, 2, 3), mismatch(0));
    assert_eq!(till.send(&*ledger, 1, 4), till.receipt(4));
    assert_eq!(till.send(&*ledger, 6, 9), mismatch(4));
    till.assert_held(&*ledger, 4);
    if ledger.is_apart() {
        let gap = || {
            let changed = ledger.changed(0).unwrap();
            changed.into_iter().find(|of| of.terminal.id == till.terminal).unwrap().gap
        };
        assert!(gap(), "the desk is to begin a new life");
        ledger.gap_seen(&till.terminal).unwrap();
        assert!(!gap());
    }
}

fn a_revoked_till_is_refused_and_its_batches_are_kept(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 4);
    till.send(&*ledger, 1, 2);
    assert!(ledger.revoke(6_000, &till.terminal).unwrap());
    assert!(!ledger.revoke(6_000, &TerminalId(random())).unwrap());
    let before = ledger.quarantined().unwrap();
    assert_eq!(till.send(&*ledger, 3, 4), till.refusal(RefusalReason::Revoked, None));
    assert!(ledger.quarantined().unwrap() > before);
    till.assert_held(&*ledger, 2);
}

fn an_unknown_till_is_told_so_and_leaves_nothing(bed: &impl Bed) {
    let ledger = bed.open();
    let mut till = Sender::enrol(&*ledger);
    till.terminal = TerminalId(random());
    till.write(2);
    let unknown = till.refusal(RefusalReason::UnknownTerminal, None);
    assert_eq!(till.send(&*ledger, 1, 2), unknown);
    assert_eq!(ledger.terminal(&till.terminal).unwrap().map(|till| till.id), None);
    till.assert_held(&*ledger, 0);
}

fn a_changed_batch_is_malformed_wherever_it_was_changed(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 2);
    let (body, range) = (till.body(1, 2), till.range(1, 2));
    let malformed = till.refusal(RefusalReason::Malformed, None);
    for at in (0..body.len()).step_by(17) {
        let mut changed = body.clone();
        changed[at] ^= 1;
        assert_eq!(take(&*ledger, 5_000, &range, changed).unwrap(), malformed, "byte {at}");
    }
    let other_path = till.range(1, 3);
    assert_eq!(take(&*ledger, 5_000, &other_path, body).unwrap(), malformed);
    let stranger = till.batch(1, 2).sign(&SigningKey::generate());
    assert_eq!(take(&*ledger, 5_000, &range, stranger).unwrap(), malformed);
    till.assert_held(&*ledger, 0);
    assert_eq!(till.status(&*ledger).0, "active", "whoever sent it was not the till");
}

fn events_in_another_order_are_malformed(bed: &impl Bed) {
    let ledger = bed.open();
    let till = Sender::with_events(&*ledger, 3);
    let mut batch = till.batch(1, 3);
    batch.events.swap(0, 1);
    let sent = take(&*ledger, 5_000, &till.range(1, 3), batch.sign(&till.signing)).unwrap();
    assert_eq!(sent, till.refusal(RefusalReason::Malformed, None));
    till.assert_held(&*ledger, 0);
}

fn one_tills_batch_is_no_others(bed: &impl Bed) {
    let ledger = bed.open();
    let (till, other) = (Sender::with_events(&*ledger, 2), Sender::with_events(&*ledger, 2));
    // Signed by the one, under the other's path.
    let sent = take(&*ledger, 5_000, &other.range(1, 2), till.body(1, 2)).unwrap();
    assert_eq!(sent, other.refusal(RefusalReason::Malformed, None));
    // The other's batch, signed by the one.
    let signed = other.batch(1, 2).sign(&till.signing);
    let sent = take(&*ledger, 5_000, &other.range(1, 2), signed).unwrap();
    assert_eq!(sent, other.refusal(RefusalReason::Malformed, None));
    other.assert_held(&*ledger, 0);
    assert_eq!(other.send(&*ledger, 1, 2), other.receipt(2));
    till.assert_held(&*ledger, 0);
}
