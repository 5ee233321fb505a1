//! Users, their sessions, and which stores they see.

use super::*;
use crate::hq::store::{self, Founding};
use crate::hq::{Hq, enrol};
use crate::tier::TierPolicy;

const GOOD: &str = "correct horse 9";

fn hq() -> Hq {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
    Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap())
}

fn new(name: &str, role: Role) -> NewUser {
    let (region, stores) = match role {
        Role::Hq => (None, vec![]),
        Role::Region => (Some("华东".into()), vec![]),
        Role::Store => (None, vec!["湖滨店".to_owned()]),
    };
    NewUser { name: name.into(), role, region, stores, language: Language::Zh }
}

fn add_ok(hq: &mut Hq, name: &str, role: Role) -> User {
    add(&mut hq.db, 0, &new(name, role), GOOD).unwrap();
    named(&hq.db, name).unwrap().unwrap()
}

#[test]
fn each_role_sees_its_own_stores() {
    let mut hq = hq();
    let [lake, west, far] =
        ["湖滨店", "西湖店", "远店"].map(|name| enrol::store_named(&hq.db, name).unwrap());
    set_region(&hq.db, "湖滨店", "华东").unwrap();
    set_region(&hq.db, "西湖店", "华东").unwrap();
    set_region(&hq.db, "远店", "华南").unwrap();
    let of = |hq: &mut Hq, name, role| {
        let user = add_ok(hq, name, role);
        scope(&hq.db, &user).unwrap()
    };
    assert_eq!(of(&mut hq, "a", Role::Hq), Scope::All);
    assert_eq!(of(&mut hq, "b", Role::Region), Scope::Stores([lake, west].into()));
    let store = of(&mut hq, "c", Role::Store);
    assert!(store.has(&lake) && !store.has(&west) && !store.has(&far));
}

#[test]
fn a_user_who_makes_no_sense_is_not_made() {
    let mut hq = hq();
    let mut refused = |new: NewUser, password: &str| add(&mut hq.db, 0, &new, password).is_err();
    assert!(refused(new("", Role::Hq), GOOD) && refused(new(" a", Role::Hq), GOOD));
    assert!(refused(new("a\u{7}", Role::Hq), GOOD) && refused(new("a", Role::Hq), "short"));
    assert!(refused(new("a", Role::Store), GOOD), "no such store");
    assert!(refused(NewUser { region: None, ..new("a", Role::Region) }, GOOD));
    assert!(all(&hq.db).unwrap().is_empty(), "not even half of one");
    add_ok(&mut hq, "a", Role::Hq);
    assert!(matches!(add(&mut hq.db, 0, &new("a", Role::Hq), GOOD), Err(UserError::Taken)));
}

#[test]
fn a_session_ends_when_idle_when_old_and_with_its_user() {
    let mut hq = hq();
    let user = add_ok(&mut hq, "a", Role::Hq);
    let token = session::begin(&hq.db, user.id, 0).unwrap();
    let is_open = |hq: &Hq, at| session::of(&hq.db, &token, at).unwrap().is_some();
    assert!(is_open(&hq, session::IDLE_MS - 1), "and this counts as seen");
    assert!(is_open(&hq, 2 * session::IDLE_MS - 2));
    assert!(!is_open(&hq, 4 * session::IDLE_MS), "idle");
    let mut at = 0;
    let token = session::begin(&hq.db, user.id, 0).unwrap();
    while at + session::IDLE_MS / 2 < session::WHOLE_MS {
        at += session::IDLE_MS / 2;
        assert!(session::of(&hq.db, &token, at).unwrap().is_some(), "{at}");
    }
    assert!(session::of(&hq.db, &token, session::WHOLE_MS).unwrap().is_none(), "old");
    for end in [
        |hq: &mut Hq| set_password(&mut hq.db, "a", "another horse 7").unwrap(),
        |hq: &mut Hq| drop(set_totp(&mut hq.db, &hq.keys, "a", true).unwrap()),
        |hq: &mut Hq| disable(&mut hq.db, "a", true).unwrap(),
    ] {
        let token = session::begin(&hq.db, user.id, 0).unwrap();
        end(&mut hq);
        assert!(session::of(&hq.db, &token, 1).unwrap().is_none());
    }
}

#[test]
fn of_a_token_only_a_hash_is_kept_and_a_form_belongs_to_its_session() {
    let mut hq = hq();
    let user = add_ok(&mut hq, "a", Role::Hq);
    let token = session::begin(&hq.db, user.id, 0).unwrap();
    let kept: Vec<u8> = hq.db.query_row("SELECT token FROM session", [], |row| row.get(0)).unwrap();
    assert_ne!(kept, token.text().as_bytes());
    let other = session::Token::draw();
    assert!(token.is_form(&token.form()) && !token.is_form(&other.form()) && !token.is_form(""));
    assert!(session::Token::read(token.text()).is_some() && session::Token::read("x").is_none());
}

#[test]
fn a_second_factor_opens_under_its_own_users_name_only() {
    let mut hq = hq();
    let user = add_ok(&mut hq, "a", Role::Hq);
    let secret = set_totp(&mut hq.db, &hq.keys, "a", true).unwrap().unwrap();
    let sql = "SELECT totp FROM user WHERE id = ?1";
    let closed: Vec<u8> = hq.db.query_row(sql, [user.id], |row| row.get(0)).unwrap();
    let opened = totp::Secret::open(&hq.keys, user.id, &closed).unwrap();
    assert_eq!(opened.now(1_000_000), secret.now(1_000_000));
    assert!(totp::Secret::open(&hq.keys, user.id + 1, &closed).is_none());
    assert!(set_totp(&mut hq.db, &hq.keys, "a", false).unwrap().is_none());
    assert!(!named(&hq.db, "a").unwrap().unwrap().has_totp);
}
