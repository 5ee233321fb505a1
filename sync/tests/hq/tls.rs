//! The tills' road over TLS: who is let in, and who is taken for HQ.

use crate::headquarters::{Headquarters, https};
use crate::till::{Till, sale_of};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use sync::sign::SigningKey;
use sync::tls::{self, Pinned};

/// What a till connects with that believes it is 1970.
fn client(till: &Till, own: Option<&SigningKey>) -> rustls::ClientConfig {
    tls::client(Pinned::Key(*till.hq_key()), own, 0).unwrap()
}

#[test]
fn a_batch_is_taken_from_its_own_till_s_connection_only() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut till, other) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "西溪店"));
    till.write(sale_of("A1", 9_900));
    let (path, body) = till.batch(1, 1);
    let put = |own: Option<&SigningKey>| {
        https(hq.tills, client(&till, own), "PUT", &path, &body).unwrap().status
    };
    assert_eq!(put(None), 403, "nobody");
    assert_eq!(put(Some(&other.signing)), 403, "another till of the chain, with a batch it saw");
    assert_eq!(put(Some(&SigningKey::generate())), 403, "a stranger");
    assert_eq!(hq.sales().len(), 0);
    assert_eq!(put(Some(&till.signing)), 200);
    let until = Instant::now() + Duration::from_secs(20);
    while hq.sales().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20)); // it is opened beside
    }
    assert_eq!(hq.sales().len(), 1);
}

#[test]
fn the_keys_are_read_without_a_certificate_and_pages_are_not_there() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let till = Till::enrol(&hq, "湖滨店");
    let get = |path| https(hq.tills, client(&till, None), "GET", path, &[]).unwrap().status;
    assert_eq!(get("/v1/keys"), 200);
    assert_eq!(get("/customers"), 404);
}

#[test]
fn another_hq_is_found_out_before_anything_is_said() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (hq, other) = (Headquarters::found(one.path()), Headquarters::found(two.path()));
    let till = Till::enrol(&hq, "湖滨店");
    let own = Some(&till.signing);
    assert!(https(other.tills, client(&till, own), "GET", "/v1/keys", &[]).is_err());
    assert!(https(hq.tills, client(&till, own), "GET", "/v1/keys", &[]).is_ok());
}

#[test]
fn peers_that_say_nothing_or_nonsense_hold_up_nobody() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let till = Till::enrol(&hq, "湖滨店");
    let _silent: Vec<_> = (0..200).map(|_| TcpStream::connect(hq.tills).unwrap()).collect();
    let mut plain = TcpStream::connect(hq.tills).unwrap();
    plain.write_all(b"GET /v1/keys HTTP/1.1\r\nHost: hq\r\n\r\n").unwrap();
    let began = Instant::now();
    let answer = https(hq.tills, client(&till, None), "GET", "/v1/keys", &[]).unwrap();
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut said = Vec::new();
    let _ended = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "without TLS nothing is answered");
}
