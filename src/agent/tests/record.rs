//! What HQ is told of a number that was typed: her consent, and how long it took the cashier.

use super::*;
use crate::agent::serving::CONSENT_TEXT;
use sync::chain::Hash;
use sync::event::{Body, Event, Field, Position, Purpose, Sale};
use sync::seal::{self, SealingSecret};
use sync::words::unpack;

const SECRET: [u8; 32] = [3; 32];

/// A till whose outbox a test can open.
pub(in crate::agent) fn unsealed() -> Till {
    let mut till = Till::new();
    till.agent.outbox.key = SealingSecret::from_bytes(9, SECRET).public();
    till
}

/// Everything in the outbox, opened as HQ does.
pub(in crate::agent) fn told(till: &Till) -> Vec<Body> {
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
    let mut till = unsealed();
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
    assert_eq!(consent.cashier, sales(&till)[0].cashier, "who told her, as the receipt has it");
    assert!(consent.cashier.is_some());
    assert_eq!(Some(&consent.phone), sales(&till)[0].phone.as_ref());
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.print(&receipt("A2", "20.00"));
    let again = told(&till).iter().filter(|body| matches!(body, Body::Consent(_))).count();
    assert_eq!((again, sales(&till).len()), (1, 2), "she is not asked twice");
}

/// S12: where the first paper is a gift's, or printed before she gave her number, her next one tells her.
#[test]
fn s12_a_gift_or_an_attached_receipt_does_not_keep_from_her_what_her_number_is_for() {
    let mut till = unsealed();
    let tells = |till: &mut Till, no: &str| {
        note(&till.print(&receipt(no, "8.00"))).contains("号码只为服务您")
    };
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.agent.set_quiet("t", true);
    assert!(!tells(&mut till, "A1"), "somebody else opens a gift");
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    assert!(tells(&mut till, "A2"));
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    assert!(!tells(&mut till, "A3"), "once");
    till.agent.link_receipt("A3", "13700002468", None).unwrap();
    let mut till = till.restart();
    till.agent.serve("t", "13700002468", None, How::Cashier).unwrap();
    assert!(tells(&mut till, "A4"), "also after a restart");
}

/// What the paper promises: she asks at the till, and HQ hears it; nothing is done for her meanwhile.
#[test]
fn who_wants_to_be_forgotten_is_cared_for_no_more_and_hq_is_told() {
    let mut till = unsealed();
    assert!(matches!(till.agent.forget_me("t", 1), Err(AttributeError::Nobody)));
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.print(&receipt("A1", "88.00"));
    till.agent.consent("t", Purpose::GapOnPaper, true).unwrap();
    let row = till.agent.look_up(&Phone::parse("13900001234").unwrap()).unwrap().row.unwrap();
    assert!(matches!(till.agent.forget_me("t", row + 1), Err(AttributeError::Nobody)), "another");
    let guest = till.agent.forget_me("t", row).unwrap();
    assert!(!guest.gap_on_paper);
    let phone = Phone::parse("13900001234").unwrap();
    let said = told(&till);
    let withdrawn = |of: Purpose| {
        let is = |body: &Body| matches!(body, Body::Consent(it) if it.purpose == of && !it.given);
        said.iter().filter(|body| is(body)).count()
    };
    assert_eq!((withdrawn(Purpose::Care), withdrawn(Purpose::GapOnPaper)), (1, 1));
    let asked = |body: &Body| matches!(body, Body::ErasureRequest(it) if it.phone == phone);
    assert_eq!(said.iter().filter(|body| asked(body)).count(), 1);
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    let paper = note(&till.print(&receipt("A2", "88.00")));
    assert!(!paper.contains("又来看我们") && !paper.contains("号码只为"), "{paper}");
    assert!(paper.contains("0571-8765-4321"), "the service rows stay: {paper}");
}

/// A receipt may be attached for seven days, not for ever.
#[test]
fn a_receipt_of_more_than_seven_days_ago_is_not_attached() {
    let mut till = unsealed();
    till.print(&receipt("A1", "88.00"));
    let sql = "UPDATE sale SET day = day - 8";
    till.agent.connection.execute(sql, []).unwrap();
    let late = till.agent.link_receipt("A1", "13700002468", None);
    assert!(matches!(late, Err(AttributeError::TooOld)), "{late:?}");
    assert!(!told(&till).iter().any(|body| matches!(body, Body::Attribution(_))));
}

#[test]
fn s98_a_sale_tells_how_long_the_number_took_the_cashier() {
    let mut till = unsealed();
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    till.agent.typing_took("t", Some(2_340));
    till.print(&receipt("A1", "88.00"));
    till.print(&receipt("A2", "20.00"));
    let took: Vec<_> = sales(&till).iter().map(|sale| sale.typing_ds).collect();
    assert_eq!(took, [Some(23), None]);
}

/// S7: the sale is in this store's file of her before HQ has heard a word.
#[test]
fn s7_a_sale_is_in_her_file_here_at_once_without_hq() {
    let mut till = unsealed();
    let phone = Phone::parse("13900001234").unwrap();
    assert!(!till.agent.look_up(&phone).unwrap().known);
    till.agent.serve("t", phone.clear(), None, How::Cashier).unwrap();
    till.print(&receipt("A1", "1200.00"));
    let her = till.agent.look_up(&phone).unwrap();
    assert!(her.known && her.regular, "{}", her.line);
    assert_eq!(her.tier.as_deref(), Some("银卡"), "its amount counts");
    assert!(her.line.contains("羊毛大衣"), "what she took is there too: {}", her.line);
    let again = till.restart().agent.look_up(&phone).unwrap();
    assert_eq!((again.known, again.tier.as_deref()), (true, Some("银卡")), "and on disk");
}

/// S67: said to the cashier while she is still there, and never on paper.
#[test]
fn s67_another_size_than_hers_is_said_to_the_cashier_and_not_on_paper() {
    let mut till = unsealed();
    let serve = |till: &mut Till| till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    serve(&mut till);
    till.print(&receipt("A1", "88.00"));
    serve(&mut till);
    till.agent.told("t", Field::Size, Some("M")).unwrap();
    let paper = till.print(&receipt("A2", "88.00").replace("羊毛大衣  1", "羊毛大衣 L  1"));
    let last = |till: &Till| till.agent.state().unwrap().tills[0].last.clone().unwrap();
    let hint = last(&till).hints.into_iter().find(|hint| hint.kind == "size").unwrap();
    assert!(hint.text.contains('L') && hint.text.contains('M'), "{}", hint.text);
    assert!(!note(&paper).contains("合不合身"));
    serve(&mut till);
    till.print(&receipt("A3", "88.00").replace("羊毛大衣  1", "羊毛大衣 M  1"));
    assert!(last(&till).hints.iter().all(|hint| hint.kind != "size"));
}

/// S34: HQ hears of the weather when it changes, not each time that somebody presses the key.
#[test]
fn s34_hq_is_told_that_it_rains_and_that_it_has_stopped() {
    let mut till = unsealed();
    for rain in [false, true, true, false] {
        till.agent.set_rain(rain).unwrap();
    }
    let day = till.agent.now().day();
    let weather = |body| if let Body::Weather(it) = body { Some((it.day, it.rains)) } else { None };
    let all: Vec<_> = told(&till).into_iter().filter_map(weather).collect();
    assert_eq!(all, [(day, true), (day, false)]);
    till.agent.set_rain(true).unwrap();
    assert!(till.restart().agent.state().unwrap().rain, "and it is remembered here");
}

/// S108: the cashier sees at a glance that one is silver and the other is not, and so does her paper.
#[test]
fn s108_screen_and_paper_greet_a_tier_in_its_own_way() {
    let mut till = unsealed();
    let serve = |till: &mut Till| till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    serve(&mut till);
    let first = note(&till.print(&receipt("A1", "1200.00")));
    let silver = serve(&mut till);
    assert!(silver.line.contains("银卡"), "{}", silver.line);
    let second = note(&till.print(&receipt("A2", "20.00")));
    assert!(second.contains("银卡会员") && !first.contains("银卡"), "{second}");
    assert_ne!(first.lines().next(), second.lines().next(), "greeted otherwise");
    let other = till.agent.serve("t", "13700002468", None, How::Cashier).unwrap();
    assert!(!other.line.contains("银卡"));
}
