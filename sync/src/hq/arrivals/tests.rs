//! Who is in, who is missing, and when that is said.

use super::*;
use crate::batch::Builder;
use crate::chain::{self, Hash};
use crate::event::{
    Asked, Body, Epoch, Event, Known, LocalSeconds, Position, Sale, SaleKind, Seq, SlipId,
    TerminalId, When,
};
use crate::hq::ledger::sqlite::Sqlite;
use crate::hq::ledger::{self, Range};
use crate::hq::store::Founding;
use crate::hq::{Hq, enrol, open};
use crate::money::Minor;
use crate::seal;
use crate::sign::SigningKey;
use crate::tier::TierPolicy;
use rusqlite::params;

/// A Sunday, 2026-11-22.
const SUNDAY: i32 = 20_779;
/// China.
const ZONE_MS: i64 = 8 * 60 * MINUTE_MS;

/// A moment on HQ's own clock.
fn local(day: i32, hour: i64, minute: i64) -> Moment {
    let local = i64::from(day) * DAY_MS + (hour * 60 + minute) * MINUTE_MS;
    Moment { now_ms: local - ZONE_MS, zone_ms: ZONE_MS }
}

fn founded() -> Hq {
    let dir = tempfile::tempdir().unwrap();
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let hq = Hq::create(dir.path(), &founding).unwrap();
    // Its files go with the last of the test's threads.
    FOLDERS.with_borrow_mut(|folders| folders.push(dir));
    hq
}

thread_local! {
    static FOLDERS: std::cell::RefCell<Vec<tempfile::TempDir>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn ledger_of(hq: &Hq) -> Sqlite {
    Sqlite::open(std::path::Path::new(hq.db.path().unwrap()).parent().unwrap()).unwrap()
}

struct Till {
    terminal: TerminalId,
    epoch: Epoch,
    key: SigningKey,
    last: Seq,
    hash: Hash,
}

impl Till {
    fn of(hq: &Hq, store: &str, number: u8) -> Self {
        let key = SigningKey::generate();
        let store = enrol::store_named(&hq.db, store).unwrap();
        let terminal = TerminalId([number; 16]);
        hq.db
            .execute(
                "INSERT INTO terminal
                 (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
                 VALUES (?1, ?2, ?3, ?4, 1, zeroblob(32), 'huitou 0', 'active', 0)",
                params![terminal, store, number.to_string(), key.verifying()],
            )
            .unwrap();
        let epoch = Epoch([number; 16]);
        Self { terminal, epoch, key, last: Seq::NONE, hash: Hash::GENESIS }
    }

    /// A sale printed at `sold`, by a clock that is `off_s` ahead, sent at `sent`.
    fn sells(&mut self, hq: &mut Hq, sold: Moment, off_s: i64, sent: Moment) {
        let wall_ms = sold.now_ms + off_s * 1_000;
        let printed = LocalSeconds((sold.now_ms + ZONE_MS) / 1_000);
        let event = Event { at: When { wall_ms, boot: 1, mono_ms: 1 }, body: sale(printed) };
        let seq = self.last.next();
        let position = Position { terminal: self.terminal, epoch: self.epoch, seq };
        let sealed =
            seal::seal(&hq.keys.current_sealing(), &position, &self.hash, &event.encode()).unwrap();
        let next = chain::next(&self.hash, &position, &sealed);
        let mut builder = Builder::new(self.terminal, self.epoch, self.last, self.hash, usize::MAX);
        builder.push(sealed).unwrap();
        let body = builder.finish().unwrap().sign(&self.key);
        let range = Range { terminal: self.terminal, epoch: self.epoch, first: seq, last: seq };
        let ledger = ledger_of(hq);
        ledger::take(&ledger, sent.now_ms, &range, body).unwrap();
        (self.last, self.hash) = (seq, next);
        open::open(hq, &ledger).unwrap();
    }
}

fn sale(printed: LocalSeconds) -> Body {
    Body::Sale(Box::new(Sale {
        kind: SaleKind::Sale,
        slip: SlipId { boot: 1, slip: 1 },
        total: Minor::new(100),
        known: Known::Proved,
        asked: Asked::NotAsked,
        noted: false,
        items: Vec::new(),
        tenders: Vec::new(),
        receipt_no: None,
        printed_at: Some(printed),
        till: None,
        cashier: None,
        associate: None,
        item_count: None,
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: None,
        who: None,
        typing_ds: None,
    }))
}

fn standing(hq: &Hq, at: Moment) -> Standing {
    arrivals(&hq.db, Watch::default(), at).unwrap().stores[0].standing
}

/// Sells every day but Mondays for `weeks` up to the Saturday before [`SUNDAY`], each night sent.
fn weeks_of_trade(hq: &mut Hq, till: &mut Till, weeks: i32) {
    for day in SUNDAY - 7 * weeks..SUNDAY {
        if (SUNDAY - day) % 7 != 6 {
            till.sells(hq, local(day, 15, 0), 0, local(day, 22, 45));
        }
    }
}

#[test]
fn a_store_that_usually_trades_is_missing_once_it_is_due_and_not_before() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    assert_eq!(standing(&hq, local(SUNDAY, 7, 0)), Standing::Closed, "it never traded");
    weeks_of_trade(&mut hq, &mut till, 4);
    assert_eq!(standing(&hq, local(SUNDAY, 7, 0)), Standing::In, "last night it came");
    assert_eq!(standing(&hq, local(SUNDAY, 19, 59)), Standing::In);
    assert_eq!(standing(&hq, local(SUNDAY, 20, 0)), Standing::Waiting);
    assert_eq!(standing(&hq, local(SUNDAY + 1, 6, 29)), Standing::Waiting);
    assert_eq!(standing(&hq, local(SUNDAY + 1, 6, 30)), Standing::Missing);
    // Monday it is usually closed.
    assert_eq!(standing(&hq, local(SUNDAY + 2, 7, 0)), Standing::Closed);
    assert_eq!(standing(&hq, local(SUNDAY + 3, 7, 0)), Standing::Missing);
    assert_eq!(standing(&hq, local(SUNDAY + 200, 7, 0)), Standing::Missing, "silence is not usual");
}

/// The first page says what the alarm says, and in the evening still what was last night.
#[test]
fn last_night_is_the_one_that_is_over() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    let _other = Till::of(&hq, "湖滨店", 2);
    weeks_of_trade(&mut hq, &mut till, 4);
    let night = |hq: &Hq, at| {
        let store = last_night(&hq.db, Watch::default(), at).unwrap().remove(0);
        (store.standing, store.tills_in, store.tills)
    };
    // Saturday's came at 22:45; one till never did.
    for (hour, minute) in [(6, 0), (7, 0), (19, 59), (20, 0), (23, 59)] {
        assert_eq!(
            night(&hq, local(SUNDAY, hour, minute)),
            (Standing::In, 1, 2),
            "{hour}:{minute}"
        );
    }
    assert_eq!(night(&hq, local(SUNDAY + 1, 6, 0)), (Standing::Waiting, 0, 2));
    assert_eq!(night(&hq, local(SUNDAY + 1, 6, 30)).0, Standing::Missing);
    assert_eq!(night(&hq, local(SUNDAY + 1, 21, 0)).0, Standing::Missing, "nobody called");
    assert_eq!(night(&hq, local(SUNDAY + 2, 7, 0)).0, Standing::Closed, "a Monday");
}

#[test]
fn a_store_that_sold_by_day_and_is_silent_at_night_is_missing() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    till.sells(&mut hq, local(SUNDAY, 15, 0), 0, local(SUNDAY, 15, 5));
    assert_eq!(standing(&hq, local(SUNDAY, 22, 0)), Standing::Waiting);
    assert_eq!(standing(&hq, local(SUNDAY + 1, 6, 30)), Standing::Missing);
    till.sells(&mut hq, local(SUNDAY, 16, 0), 0, local(SUNDAY + 1, 6, 40));
    assert_eq!(standing(&hq, local(SUNDAY + 1, 6, 41)), Standing::In);
}

#[test]
fn a_revoked_till_is_nobodys_and_a_forked_one_is_named_while_it_goes_on() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    till.sells(&mut hq, local(SUNDAY, 15, 0), 0, local(SUNDAY, 23, 0));
    let at = local(SUNDAY + 1, 7, 0);
    assert_eq!(standing(&hq, at), Standing::In);
    hq.db.execute("UPDATE terminal SET fork_at = 2", []).unwrap();
    let all = arrivals(&hq.db, Watch::default(), at).unwrap();
    assert_eq!((all.stores[0].standing, all.missing()), (Standing::In, 0));
    assert_eq!((all.tills[0].status.as_str(), all.tills[0].fork_at), ("forked", Some(2)));
    hq.db.execute("UPDATE terminal SET status = 'revoked'", []).unwrap();
    assert_eq!(arrivals(&hq.db, Watch::default(), at).unwrap().stores, []);
}

#[test]
fn delay_and_clock_are_told_from_what_events_carry() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    let state = |hq: &Hq| {
        let all = arrivals(&hq.db, Watch::default(), local(SUNDAY, 23, 0)).unwrap();
        (all.tills[0].lag_s, all.tills[0].clock)
    };
    assert_eq!(state(&hq), (None, None));
    till.sells(&mut hq, local(SUNDAY, 15, 0), 0, local(SUNDAY, 17, 0));
    let right = Clock { error_s: 0, by_arrival: false };
    assert_eq!(state(&hq), (Some(7_200), Some(right)));
    // One sale by a clock that was set wrong for a moment is outvoted.
    till.sells(&mut hq, local(SUNDAY, 16, 0), -3_600, local(SUNDAY, 17, 0));
    till.sells(&mut hq, local(SUNDAY, 16, 30), 0, local(SUNDAY, 17, 0));
    assert_eq!(state(&hq), (Some(1_800), Some(right)));
    till.sells(&mut hq, local(SUNDAY, 17, 0), 7_200, local(SUNDAY, 18, 0));
    let ahead = Clock { error_s: 3_600, by_arrival: true };
    assert_eq!(state(&hq), (Some(-3_600), Some(ahead)), "dated an hour after it came");
}

#[test]
fn a_ledger_that_does_not_reach_its_mark_is_seen() {
    let broken = |change: &str| {
        let mut hq = founded();
        let mut till = Till::of(&hq, "湖滨店", 1);
        for minute in 0..3 {
            till.sells(&mut hq, local(SUNDAY, 15, minute), 0, local(SUNDAY, 23, 0));
        }
        hq.db.execute_batch(change).unwrap();
        arrivals(&hq.db, Watch::default(), local(SUNDAY, 23, 0)).unwrap().tills[0].broken
    };
    assert_eq!(broken(""), 0);
    assert_eq!(broken("DELETE FROM ledger WHERE seq = 1"), 1);
    assert_eq!(broken("DELETE FROM ledger WHERE seq = 3"), 1);
    assert_eq!(broken("UPDATE stream SET hash = zeroblob(32)"), 1);
}

#[test]
fn what_is_set_aside_is_told_by_its_numbers() {
    let mut hq = founded();
    let mut till = Till::of(&hq, "湖滨店", 1);
    till.sells(&mut hq, local(SUNDAY, 15, 0), 0, local(SUNDAY, 23, 0));
    hq.db.execute("UPDATE terminal SET status = 'revoked'", []).unwrap();
    till.sells(&mut hq, local(SUNDAY, 16, 0), 0, local(SUNDAY, 23, 1));
    let all = arrivals(&hq.db, Watch::default(), local(SUNDAY, 23, 2)).unwrap();
    let batch = &all.tills[0].quarantined[0];
    assert_eq!((batch.first, batch.last, batch.reason.as_str()), (2, 2, "revoked"));
    assert_eq!((all.tills[0].events, all.tills[0].quarantined_batches), (1, 1));
}
