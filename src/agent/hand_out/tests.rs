//! What may be handed out today, ticked off once and taken back, without HQ.

use super::*;
use crate::agent::tests::record::{told, unsealed};
use crate::agent::tests::{Till, receipt};
use std::collections::BTreeMap;
use sync::care_list::{HqEpoch, Notice, Profile, Tasks, Version};
use sync::event::How;
use sync::phone::Phone;

const NUMBER: &str = "13800006721";

/// A page with these offers, and a card of hers with a benefit.
fn page(till: &Till, offers: Option<Vec<Offer>>, card: Option<Card>) -> CarePage {
    let version = Version { hq_epoch: HqEpoch([1; 16]), n: 1 };
    let profile = |card| Profile {
        customer: sync::care_list::CustomerId([7; 16]),
        phone: Phone::parse(NUMBER).unwrap(),
        name: None,
        tier: None,
        spend: vec![sync::tier::DatedAmount {
            day: till.agent.now().day() - 1,
            amount: sync::money::Minor::new(600_000),
        }],
        marks: Vec::new(),
        card: Some(Box::new(card)),
    };
    CarePage {
        counted: None,
        from: version,
        to: version,
        snapshot: false,
        more: false,
        entries: card
            .map(|card| sync::care_list::CareEntry::Customer(profile(card)))
            .into_iter()
            .collect(),
        policy: None,
        contact: BTreeMap::new(),
        sealing: None,
        peers: None,
        words: None,
        styles: None,
        lacks: None,
        tasks: Some(Tasks { tasks: Vec::new(), from_minute: 0, until_minute: 1_440, offers }),
    }
}

fn offer(kind: OfferKind, id: u64, from_day: i32, until_day: i32) -> Offer {
    Offer { kind, id, from_day, until_day, zh: format!("物{id}"), en: format!("thing {id}") }
}

/// A shop that HQ told of today's gift, tomorrow's, and a reward; she has a benefit to come.
fn shop() -> Till {
    let mut till = unsealed();
    let today = till.agent.now().day();
    let offers = vec![
        offer(OfferKind::Gift, 1, today, today),
        offer(OfferKind::Gift, 2, today + 1, today + 1),
        offer(OfferKind::Reward, 1, today - 9, today + 9),
        offer(OfferKind::Other, 9, today, today),
    ];
    let benefit =
        Notice { kind: "benefit".into(), text: "裙:化妆一次".into(), offer: Some(5) };
    let card = Card { first_day: Some(today - 1), notices: vec![benefit], ..Card::default() };
    let page = page(&till, Some(offers), Some(card));
    till.agent.apply(&page).unwrap();
    till
}

fn tick(kind: OfferKind, id: u64, undone: bool) -> Ticked<'static> {
    Ticked { kind, id, undone, by: Some(" 小陈\u{7} ") }
}

fn shown(guest: &Guest) -> Vec<(&'static str, u64, bool)> {
    guest.offers.iter().map(|it| (it.kind, it.id, it.had)).collect()
}

/// S63: the gift of the day is hers today, ticked off once, and HQ hears of it; S64: so is what a style
/// brought; S105: and a reward.
#[test]
fn s63_s64_s105_what_is_hers_today_is_ticked_off_once_and_hq_hears_of_it() {
    let mut till = shop();
    let before = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(shown(&before), [("gift", 1, false), ("reward", 1, false), ("benefit", 5, false)]);
    assert!(before.hints.iter().any(|hint| hint.kind == "gift" && hint.text.contains("物1")));
    let after = till.agent.hand_out("t", tick(OfferKind::Gift, 1, false)).unwrap();
    assert_eq!(shown(&after)[0], ("gift", 1, true));
    assert!(!after.hints.iter().any(|hint| hint.kind == "gift"), "she had it");
    till.agent.hand_out("t", tick(OfferKind::Reward, 1, false)).unwrap();
    let after = till.agent.hand_out("t", tick(OfferKind::Benefit, 5, false)).unwrap();
    assert_eq!(shown(&after), [("gift", 1, true), ("reward", 1, true)]);
    let given = |body: &Body| match body {
        Body::HandOut(it) => Some((it.kind, it.offer, it.day, it.undone, it.by.clone())),
        _ => None,
    };
    let (today, by) = (till.agent.now().day(), Some("小陈".to_owned()));
    let events: Vec<_> = told(&till).iter().filter_map(given).collect();
    let said = |kind, id| (kind, id, today, false, by.clone());
    let all = [said(OfferKind::Gift, 1), said(OfferKind::Reward, 1), said(OfferKind::Benefit, 5)];
    assert_eq!(events, all);
}

#[test]
fn s63_nothing_is_handed_out_twice_or_on_another_day_and_a_mistake_is_taken_back() {
    let mut till = shop();
    let mut hand_out = |kind, id, undone| till.agent.hand_out("t", tick(kind, id, undone));
    assert!(matches!(hand_out(OfferKind::Gift, 1, false), Err(AttributeError::Nobody)));
    till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    let mut hand_out = |kind, id, undone| till.agent.hand_out("t", tick(kind, id, undone));
    let not_offered = |result| matches!(result, Err(AttributeError::NotOffered));
    assert!(not_offered(hand_out(OfferKind::Gift, 2, false)), "that is tomorrow's");
    assert!(not_offered(hand_out(OfferKind::Gift, 1, true)), "there is nothing to take back");
    hand_out(OfferKind::Gift, 1, false).unwrap();
    assert!(not_offered(hand_out(OfferKind::Gift, 1, false)));
    let undone = hand_out(OfferKind::Gift, 1, true).unwrap();
    assert_eq!(shown(&undone)[0], ("gift", 1, false));
    hand_out(OfferKind::Gift, 1, false).unwrap();
    assert_eq!(told(&till).len(), 3, "what was refused told HQ nothing");
}

#[test]
fn s63_what_hq_says_she_had_is_not_handed_to_her_and_an_older_hqs_page_keeps_the_list() {
    let mut till = shop();
    let today = till.agent.now().day();
    let had = Had { kind: OfferKind::Gift, id: 1, day: today };
    let card = Card { first_day: Some(today - 1), had: Some(vec![had]), ..Card::default() };
    let page = page(&till, None, Some(card));
    till.agent.apply(&page).unwrap();
    let mut till = till.restart();
    let guest = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(shown(&guest), [("gift", 1, true), ("reward", 1, false)]);
    let again = till.agent.hand_out("t", tick(OfferKind::Gift, 1, false));
    assert!(matches!(again, Err(AttributeError::NotOffered)));
    let fresh = till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    assert_eq!(shown(&fresh), [], "nobody knows her yet");
    till.print(&receipt("A1", "88.00"));
}

/// A page on which her birthday is today.
fn birthday(till: &Till, had: Option<Vec<Had>>) -> CarePage {
    let today = till.agent.now().day();
    let mut card = Card { first_day: Some(today - 1), had, ..Card::default() };
    let date = sync::calendar::Date::of(today);
    let told = format!("{:02}-{:02}", date.month, date.day);
    card.hear(sync::event::Field::Birthday, Some(told));
    page(till, None, Some(card))
}

/// S62: what her tier brings is said on the date, ticked off once, told to HQ and taken back.
#[test]
fn s62_the_birthdays_discount_is_ticked_off_once_on_the_date_and_hq_hears_of_it() {
    let mut till = unsealed();
    let page = birthday(&till, None);
    till.agent.apply(&page).unwrap();
    let plain = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(shown(&plain), [], "her tier brings nothing");
    till.agent.policy.tiers[1].birthday_percent = Some(5);
    let guest = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(shown(&guest), [("birthday", 0, false)]);
    let hint =
        |guest: &Guest| guest.hints.iter().find(|it| it.kind == "birthday").cloned().unwrap();
    assert!(hint(&guest).text.contains("5%") && hint(&guest).text.contains("勾掉"));
    let after = till.agent.hand_out("t", tick(OfferKind::Birthday, 0, false)).unwrap();
    assert_eq!(shown(&after), [("birthday", 0, true)]);
    assert!(!hint(&after).text.contains("勾掉"), "it is noted");
    let again = till.agent.hand_out("t", tick(OfferKind::Birthday, 0, false));
    assert!(matches!(again, Err(AttributeError::NotOffered)));
    till.agent.hand_out("t", tick(OfferKind::Birthday, 0, true)).unwrap();
    let kinds: Vec<_> = told(&till)
        .iter()
        .filter_map(|body| match body {
            Body::HandOut(it) => Some((it.kind, it.offer, it.undone)),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [(OfferKind::Birthday, 0, false), (OfferKind::Birthday, 0, true)]);
}

#[test]
fn s62_a_discount_that_another_till_gave_today_is_not_given_again() {
    let mut till = unsealed();
    till.agent.policy.tiers[1].birthday_percent = Some(5);
    let day = till.agent.now().day();
    let had = Had { kind: OfferKind::Birthday, id: 0, day };
    let page = birthday(&till, Some(vec![had]));
    till.agent.apply(&page).unwrap();
    let guest = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(shown(&guest), [("birthday", 0, true)]);
}

/// S14: the cashier sees what her tier brings, and can tell anybody the levels.
#[test]
fn s14_the_cashier_sees_the_tier_what_it_brings_and_all_levels() {
    let mut till = unsealed();
    let card = Card::default();
    let page = page(&till, None, Some(card));
    till.agent.apply(&page).unwrap();
    till.agent.policy.tiers[1].benefits = Some("免费改裤".into());
    let guest = till.agent.serve("t", NUMBER, None, How::Cashier).unwrap();
    assert_eq!(guest.tier.as_deref(), Some("金卡"));
    assert_eq!(guest.brings.as_deref(), Some("免费改裤"));
    assert!(guest.next.is_some() && guest.why.is_some(), "the gap, and why");
    let levels = till.agent.state().unwrap().levels;
    assert_eq!(levels.len(), till.agent.policy.tiers.len());
    assert!(levels[1].starts_with("金卡:") && levels[1].ends_with(";免费改裤"), "{levels:?}");
}
