//! Two tills of one store, and what they tell each other.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use sync::event::TerminalId;

use super::*;
use crate::peers::{Message, Met, PeersConfig, serve};

const LI: &str = "13800006721";
const STORE: [u8; 32] = [9; 32];

fn till(terminal: u8) -> (Till, Receiver<Message>) {
    let mut till = Till::new();
    till.agent.keys.terminal = TerminalId([terminal; 16]);
    till.agent.set_peer_keys(&[STORE]).unwrap();
    let receiver = till.agent.tell_peers();
    (till, receiver)
}

fn buys(till: &mut Till, no: &str, amount: &str) {
    let name = Name { surname: "李".into(), title: "女士".into() };
    till.agent.serve("t", LI, Some(name), How::Cashier).unwrap();
    till.print(&receipt(no, amount));
}

fn tier(till: &Till) -> Option<String> {
    till.agent.look_up(&Phone::parse(LI).unwrap()).unwrap().tier
}

/// Carries what one till says to the other; the answers it gives.
fn carry(from: &Till, words: &Receiver<Message>, to: &mut Till) -> Vec<Message> {
    let said: Vec<Message> = words.try_iter().collect();
    said.iter().flat_map(|message| tell(from, message, to)).collect()
}

fn tell(from: &Till, message: &Message, to: &mut Till) -> Vec<Message> {
    to.agent.hear_peer(&from.agent.sealed_for_peers(message).unwrap())
}

#[test]
fn whoever_bought_at_one_till_is_known_at_the_other_and_counts_once() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    buys(&mut one, "A1", "1200.00");
    let said: Vec<Message> = words.try_iter().collect();
    for message in said.iter().chain(&said) {
        tell(&one, message, &mut other); // told twice, it is the same sale
    }
    assert_eq!(tier(&other).as_deref(), Some("银卡"));
    let found = other.agent.type_digits("t", "6721").unwrap();
    assert_eq!(found.candidates[0].name.as_deref(), Some("李女士"));
    assert_eq!(other.events(), 0, "HQ hears of it from the till that sold");
    assert!(one.agent.hear_peer(b"noise on the LAN").is_empty());
}

#[test]
fn a_link_that_is_undone_is_undone_at_the_other_till_in_whatever_order_it_hears() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    buys(&mut one, "A1", "1200.00");
    let paper = one.agent.state().unwrap().papers[0].id;
    one.agent.unlink_paper(paper).unwrap();
    let mut said: Vec<Message> = words.try_iter().collect();
    said.reverse();
    for message in &said {
        tell(&one, message, &mut other);
    }
    assert_eq!(tier(&other), None);
}

#[test]
fn what_the_lan_lost_is_told_again() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    buys(&mut one, "A1", "600.00");
    buys(&mut one, "A2", "700.00");
    drop(words.try_iter().collect::<Vec<_>>()); // nobody heard
    let wants = tell(&one, &one.agent.have(), &mut other);
    assert_eq!(wants.len(), 1, "{wants:?}");
    for message in tell(&other, &wants[0], &mut one) {
        tell(&one, &message, &mut other);
    }
    assert_eq!(tier(&other).as_deref(), Some("银卡"));
    let have = one.agent.have();
    let more = tell(&one, &have, &mut other);
    assert!(more.is_empty(), "nothing is missing: {have:?}, {more:?}");
    assert!(carry(&one, &words, &mut other).is_empty());
}

#[test]
fn whoever_is_erased_is_forgotten_as_the_other_tills_customer_too() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    buys(&mut one, "A1", "1200.00");
    carry(&one, &words, &mut other);
    let count = |till: &Till| -> i64 {
        let sql = "SELECT count(customer) FROM peer_sale";
        till.agent.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&other), 1);
    let pseudonym = other.agent.memory().pseudonym(&Phone::parse(LI).unwrap());
    crate::agent::peers::forget_customer(&other.agent.connection, Some(pseudonym)).unwrap();
    assert_eq!(count(&other), 0);
}

#[test]
fn a_till_without_the_stores_key_neither_speaks_nor_understands() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    other.agent.set_peer_keys(&[[7; 32]]).unwrap();
    buys(&mut one, "A1", "1200.00");
    carry(&one, &words, &mut other);
    assert_eq!(tier(&other), None);
    other.agent.set_peer_keys(&[]).unwrap();
    assert_eq!(other.agent.sealed_for_peers(&other.agent.have()), None);
}

#[test]
fn over_a_real_socket_the_other_till_knows_her_within_a_second() {
    let port = |at: &UdpSocket| at.local_addr().unwrap();
    let (a, b) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let (at_one, at_other) = (port(&a), port(&b));
    drop((a, b));
    let ((one, _), (other, _)) = (till(1), till(2));
    let mut one = one;
    buys(&mut one, "A1", "1200.00");
    let dirs = (one._dir, other._dir);
    let share = |agent: Agent| Arc::new(Mutex::new(agent));
    let (first, second) = (share(one.agent), share(other.agent));
    let stop = Arc::new(AtomicBool::new(false));
    let config = |listen, to| PeersConfig { listen: Some(listen), to: vec![to] };
    serve::keep(&config(at_other, at_one), &second, &stop);
    serve::keep(&config(at_one, at_other), &first, &stop);
    let began = Instant::now();
    let phone = Phone::parse(LI).unwrap();
    while lock(&second).look_up(&phone).unwrap().tier.is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "not heard");
        std::thread::sleep(Duration::from_millis(20));
    }
    stop.store(true, Ordering::Relaxed);
    drop(dirs);
}

#[test]
fn a_date_that_cannot_be_is_no_reason_to_stop_or_to_forget_todays_sales() {
    let ((mut one, words), (mut other, _)) = (till(1), till(2));
    buys(&mut one, "A1", "1200.00");
    carry(&one, &words, &mut other);
    for taken in [i32::MIN, i32::MAX] {
        let odd = crate::peers::tests::met(9, 9, None);
        tell(&one, &Message::Met(Met { taken, ..odd }), &mut other);
    }
    assert_eq!(tier(&other).as_deref(), Some("银卡"));
}
