//! The fold, without wire and seal: whatever order the tills come in, the same tables.

use super::fold::{self, Place};
use super::keys::Keys;
use super::store::{self, Founding};
use super::{Hq, customer, enrol};
use crate::event::{
    Amend, AmendReason, Asked, Attribution, Body, Consent, Epoch, Event, Fact, Field, How, Known,
    LinkChange, LocalSeconds, Purpose, ReturnLink, Said, Sale, SaleKind, SaleRef, Seq, SlipId,
    TerminalId, Void, When,
};
use crate::money::Minor;
use crate::phone::Phone;
use crate::tier::TierPolicy;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

const TILLS: usize = 2;

fn founded(dir: &std::path::Path) -> (Hq, Vec<Place>) {
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir).unwrap());
    let store = enrol::store_named(&hq.db, "one").unwrap();
    let place = |number: u8| {
        let (terminal, epoch) = (TerminalId([number; 16]), Epoch([number; 16]));
        hq.db
            .execute(
                "INSERT INTO terminal
                 (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
                 VALUES (?1, ?2, '', x'', 1, x'', '', 'active', 0)",
                rusqlite::params![terminal, store],
            )
            .unwrap();
        let (stream, _) = super::ledger::sqlite::begun(&hq.db, &terminal, &epoch).unwrap();
        Place { stream, seq: Seq::NONE, said_ms: 0, received_ms: 0, terminal, epoch, store }
    };
    let places = (1u8..).take(TILLS).map(place).collect();
    (hq, places)
}

/// What a till may write, in numbers that a strategy can draw.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sale { no: u8, units: i64, phone: Option<u8> },
    Return { no: u8, units: i64 },
    Unread { no: u8 },
    Link { no: u8, phone: Option<u8> },
    Void { no: u8 },
    Amend { no: u8, units: i64 },
    TakesBack { no: u8, original: u8 },
}

fn phone(number: u8) -> Phone {
    Phone::parse(&format!("1380000{number:04}")).unwrap()
}

fn sale(kind: SaleKind, no: u8, units: i64, of: Option<u8>) -> Body {
    let unread = kind == SaleKind::Unread;
    Body::Sale(Box::new(Sale {
        kind,
        slip: SlipId { boot: 1, slip: 1 },
        total: Minor::new(units),
        known: if unread { Known::Unread } else { Known::Proved },
        asked: if of.is_some() { Asked::Given } else { Asked::Pending },
        noted: false,
        items: Vec::new(),
        tenders: Vec::new(),
        receipt_no: Some(no.to_string()),
        printed_at: Some(LocalSeconds(0)),
        till: None,
        cashier: None,
        associate: None,
        item_count: None,
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: of.map(phone),
        who: None,
        typing_ds: None,
    }))
}

fn body(step: Step) -> Body {
    let numbered = |no: u8| SaleRef::Receipt { no: no.to_string() };
    match step {
        Step::Sale { no, units, phone } => sale(SaleKind::Sale, no, units, phone),
        Step::Return { no, units } => sale(SaleKind::Return, no, -units, None),
        Step::Unread { no } => sale(SaleKind::Unread, no, 0, Some(1)),
        Step::Link { no, phone: of } => Body::Attribution(Attribution {
            sale: numbered(no),
            change: of.map_or(LinkChange::Unlinked, |of| LinkChange::Linked {
                phone: phone(of),
                who: None,
            }),
            by: How::Afterwards,
            cashier: None,
        }),
        Step::Void { no } => Body::Void(Void { sale: numbered(no) }),
        Step::Amend { no, units } => Body::Amend(Amend {
            sale: numbered(no),
            total: Minor::new(units),
            reason: AmendReason::Reviewed,
        }),
        Step::TakesBack { no, original } => {
            Body::ReturnLink(ReturnLink { return_sale: numbered(no), original: numbered(original) })
        }
    }
}

fn some_step() -> impl Strategy<Value = Step> {
    // Few numbers, so that receipts repeat and remarks meet.
    let no = || 0u8..5;
    let units = || 1i64..100_000;
    prop_oneof![
        3 => (no(), units(), proptest::option::of(0u8..3))
            .prop_map(|(no, units, phone)| Step::Sale { no, units, phone }),
        2 => (no(), units()).prop_map(|(no, units)| Step::Return { no, units }),
        1 => no().prop_map(|no| Step::Unread { no }),
        3 => (no(), proptest::option::of(0u8..3)).prop_map(|(no, phone)| Step::Link { no, phone }),
        1 => no().prop_map(|no| Step::Void { no }),
        1 => (no(), units()).prop_map(|(no, units)| Step::Amend { no, units }),
        2 => (no(), no()).prop_map(|(no, original)| Step::TakesBack { no, original }),
    ]
}

/// Folds each till's steps in its own order, the tills mixed as `turns` says.
fn fold_all(steps: &[Vec<Step>; TILLS], turns: &[usize]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let (hq, mut places) = founded(dir.path());
    let mut touched = BTreeSet::new();
    let rest = (0..TILLS).flat_map(|till| vec![till; steps[till].len()]);
    for till in turns.iter().copied().chain(rest) {
        let place = &mut places[till];
        let Some(step) = steps[till].get(place.seq.0 as usize) else {
            continue;
        };
        place.seq = place.seq.next();
        let wall_ms = i64::try_from(place.seq.0 * 1_000).unwrap() + i64::from(till == 1);
        place.said_ms = wall_ms;
        let event = Event { at: When { wall_ms, boot: 1, mono_ms: 1 }, body: body(*step) };
        fold::fold(&hq.db, &hq.keys, *place, &event, &mut touched).unwrap();
    }
    customer::touch(&hq.db, &touched).unwrap();
    tables(&hq)
}

/// Sales as they stand; customers by number, because each HQ has its own key for pseudonyms.
fn tables(hq: &Hq) -> Vec<String> {
    let mut select = hq
        .db
        .prepare(
            "SELECT s.stream, s.seq, s.total, s.known, s.asked, s.counts, s.voided,
                    s.original_stream, s.original_seq, c.id
             FROM sale s LEFT JOIN customer c ON c.id = s.customer ORDER BY s.stream, s.seq",
        )
        .unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        let customer = match row.get(9)? {
            Some(id) => format!("{:?}", customer::file(&hq.db, &hq.keys, &id)?),
            None => String::new(),
        };
        let place: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let words: (String, String, bool, bool) =
            (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        let original: (Option<i64>, Option<i64>) = (row.get(7)?, row.get(8)?);
        Ok(format!("{place:?} {words:?} {original:?} {customer}"))
    };
    select.query_map([], row).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A till's own order is kept; how the tills' batches interleave at HQ makes no difference.
    #[test]
    fn the_tables_do_not_depend_on_which_till_came_first(
        one in vec(some_step(), 0..12),
        other in vec(some_step(), 0..12),
        turns in vec(0usize..TILLS, 0..24),
    ) {
        let steps = [one, other];
        prop_assert_eq!(fold_all(&steps, &turns), fold_all(&steps, &[]));
    }
}

#[test]
fn a_return_counts_for_whom_its_sale_counts_even_after_a_later_link() {
    let steps = [
        vec![
            Step::Return { no: 2, units: 300 },
            Step::TakesBack { no: 2, original: 1 },
            Step::Sale { no: 1, units: 1_000, phone: None },
            Step::Link { no: 1, phone: Some(1) },
        ],
        Vec::new(),
    ];
    let rows = fold_all(&steps, &[]);
    assert!(rows.iter().all(|row| row.contains("138****0001")), "{rows:#?}");
}

#[test]
fn an_unread_picture_counts_once_it_is_read() {
    let unread = vec![Step::Unread { no: 1 }];
    assert!(fold_all(&[unread.clone(), Vec::new()], &[])[0].contains("\"given\", false"));
    let read = [unread, vec![Step::Amend { no: 1, units: 500 }]].concat();
    assert!(
        fold_all(&[read, Vec::new()], &[])[0].contains("500) (\"consistent\", \"given\", true")
    );
}

#[test]
fn a_sale_takes_nothing_back_not_even_itself() {
    let told = vec![
        Step::Sale { no: 1, units: 1_000, phone: Some(0) },
        Step::Link { no: 1, phone: None },
        Step::TakesBack { no: 1, original: 1 },
    ];
    let rows = fold_all(&[told, Vec::new()], &[]);
    assert!(rows[0].ends_with("(None, None) "), "{rows:?}");
}

#[test]
fn the_word_said_last_stands_whichever_till_hq_heard_of_first() {
    let dir = tempfile::tempdir().unwrap();
    let (hq, places) = founded(dir.path());
    let her = phone(1);
    let id = customer::of_phone(&hq.db, &hq.keys, &her).unwrap().unwrap();
    let mut touched = BTreeSet::new();
    let mut say = |till: usize, seq: u64, at_s: i64, body: Body| {
        let place = Place { seq: Seq(seq), said_ms: at_s * 1_000, ..places[till] };
        let event = Event { at: When { wall_ms: at_s * 1_000, boot: 1, mono_ms: 1 }, body };
        fold::fold(&hq.db, &hq.keys, place, &event, &mut touched).unwrap();
    };
    let consent = |given| {
        let (phone, purpose) = (her.clone(), Purpose::Marketing);
        let (text_version, cashier) = ("c-1".into(), None);
        Body::Consent(Consent { phone, purpose, given, text_version, cashier })
    };
    let size = |text: &str| {
        let said = Said::Told(text.into());
        Body::Fact(Fact { phone: her.clone(), field: Field::Size, said })
    };
    say(1, 1, 10, consent(true));
    say(0, 1, 20, consent(false));
    say(0, 2, 40, size("M"));
    say(1, 2, 30, size("L"));
    say(1, 3, 31, body(Step::Sale { no: 1, units: 500, phone: None }));
    say(1, 4, 32, body(Step::Link { no: 1, phone: Some(1) }));
    say(0, 3, 50, body(Step::Link { no: 1, phone: Some(0) }));
    let (agreed, declined) = customer::card::consents(&hq.db, &id).unwrap();
    assert_eq!(
        (agreed, declined),
        (vec![], vec![Purpose::Marketing]),
        "taken back at the other till"
    );
    let told = customer::fact::told(&hq.db, &hq.keys, &id).unwrap();
    assert_eq!(told[0].value.as_deref(), Some("M"));
    assert!(tables(&hq)[0].contains("138****0000"), "{:?}", tables(&hq));
    // A word that came too late to count: its till has to hear so.
    touched.clear();
    let place = Place { seq: Seq(5), said_ms: 45_000, ..places[1] };
    let event = Event {
        at: When { wall_ms: 45_000, boot: 1, mono_ms: 1 },
        body: body(Step::Link { no: 1, phone: Some(1) }),
    };
    fold::fold(&hq.db, &hq.keys, place, &event, &mut touched).unwrap();
    assert!(tables(&hq)[0].contains("138****0000") && touched.contains(&id));
}

#[test]
fn a_clock_that_cannot_be_right_dates_no_word() {
    const DAY: i64 = 86_400_000;
    let now = 20_000 * DAY;
    assert_eq!(fold::said_ms(0, now - 30 * DAY, now), now - 30 * DAY, "weeks offline");
    assert_eq!(fold::said_ms(0, now + 1, now), now, "ahead");
    assert_eq!(fold::said_ms(0, 946_684_800_000, now), now, "the year 2000");
    assert_eq!(fold::said_ms(now - 5, now - 30 * DAY, now), now - 5, "a till's own order stays");
    assert_eq!(fold::said_ms(0, -1, 0), 1, "a list's word is older than any till's");
}
