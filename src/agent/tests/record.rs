//! What HQ is told of a number that was typed: her consent, and how long it took the cashier.

use super::*;
use crate::agent::serving::CONSENT_TEXT;
use sync::chain::Hash;
use sync::event::{Body, Event, Position, Purpose, Sale};
use sync::seal::{self, SealingSecret};
use sync::words::unpack;

const SECRET: [u8; 32] = [3; 32];

fn till() -> Till {
    let mut till = Till::new();
    till.agent.outbox.key = SealingSecret::from_bytes(9, SECRET).public();
    till
}

/// Everything in the outbox, opened as HQ does.
fn told(till: &Till) -> Vec<Body> {
    let secret = SealingSecret::from_bytes(9, SECRET);
    let (terminal, epoch) = (till.agent.keys.terminal, till.agent.outbox.epoch());
    let sql = "SELECT seq, prev, sealed FROM outbox ORDER BY seq";
    let mut select = till.agent.connection.prepare(sql).unwrap();
    let rows = select.query_map([], |row| {
        let (seq, prev, sealed): (i64, [u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let position = Position { terminal, epoch, seq: Seq(seq.unsigned_abs()) };
        let plain = seal::open(&secret, &position, &Hash(prev), &sealed).unwrap();
        let plain = unpack(&plain, |_| None).unwrap();
        Ok(Event::decode(&plain).unwrap().body)
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn sales(till: &Till) -> Vec<Sale> {
    let sale = |body| if let Body::Sale(sale) = body { Some(*sale) } else { None };
    told(till).into_iter().filter_map(sale).collect()
}

#[test]
fn s12_a_newcomers_number_goes_with_the_record_of_her_consent_and_never_without() {
    let mut till = till();
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    assert!(told(&till).is_empty(), "a number that is only typed is kept nowhere");
    till.print(&receipt("A1", "88.00"));
    let first = told(&till);
    let consents: Vec<_> = first
        .iter()
        .filter_map(|body| if let Body::Consent(it) = body { Some(it) } else { None })
        .collect();
    let [consent] = consents[..] else { panic!("{first:?}") };
    assert_eq!((consent.purpose, consent.given), (Purpose::Care, true));
    assert_eq!(consent.text_version, CONSENT_TEXT);
    assert_eq!(Some(&consent.phone), sales(&till)[0].phone.as_ref());
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.print(&receipt("A2", "20.00"));
    let again = told(&till).iter().filter(|body| matches!(body, Body::Consent(_))).count();
    assert_eq!((again, sales(&till).len()), (1, 2), "she is not asked twice");
}

#[test]
fn s98_a_sale_tells_how_long_the_number_took_the_cashier() {
    let mut till = till();
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.agent.typing_took("t", Some(2_340));
    till.print(&receipt("A1", "88.00"));
    till.print(&receipt("A2", "20.00"));
    let took: Vec<_> = sales(&till).iter().map(|sale| sale.typing_ds).collect();
    assert_eq!(took, [Some(23), None]);
}
