//! HQ's pages, its API and the tills' road, from any request: no answer says that HQ has a problem, and who is
//! not logged in is told of nobody.
//!
//! The first line is `METHOD PATH`, then `name: value` up to an empty line, then the body. The first byte says
//! who asks: a stranger, HQ, a region's or a store's user, with her form's token before the body or without.
//!
//! Not here: how bytes become a request (`page` asks over a socket), what a batch holds (`messages`).
#![no_main]

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use ring::{digest, hmac};
use sync::hq::Hq;
use sync::hq::arrivals::Watch;
use sync::hq::import::{Kind, import};
use sync::hq::ledger::sqlite::Sqlite;
use sync::hq::store::Founding;
use sync::hq::user::{self, NewUser, Role};
use sync::hq::web::{self, Desk};
use sync::language::Language;
use sync::tier::TierPolicy;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

/// After so many requests an HQ is founded anew.
const REQUESTS: u32 = 20_000;
const ROLES: [(&str, Role); 3] = [("h", Role::Hq), ("r", Role::Region), ("s", Role::Store)];
const NUMBER: &str = "13800006721";
const NAME: &str = "欧阳清扬";

struct Served {
    runtime: Runtime,
    router: Router,
    left: u32,
    _dir: tempfile::TempDir,
}

thread_local! {
    static HQ: RefCell<Option<Served>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    HQ.with_borrow_mut(|hq| {
        if hq.as_ref().is_none_or(|hq| hq.left == 0) {
            *hq = Some(served());
        }
        let hq = hq.as_mut().expect("served");
        hq.left -= 1;
        let who = usize::from(choice % 4).checked_sub(1).map(|at| ROLES[at].0);
        if let Some(request) = request(who, choice & 0x80 == 0, rest) {
            asked(hq, who, request);
        }
    });
});

fn served() -> Served {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let policy = TierPolicy::default();
    let founding = Founding { name: "x".into(), currency_exponent: 2, policy };
    let mut hq = Hq::create(dir.path(), &founding).expect("a new HQ");
    hq.db.pragma_update(None, "synchronous", "OFF").expect("only this run's");
    let stores = "门店,大区\n湖滨店,华东\n远店,华南\n";
    let members = format!("手机号,姓名,门店\n{NUMBER},{NAME},湖滨店\n");
    for (kind, list) in [(Kind::Stores, stores), (Kind::Members, &members)] {
        import(&mut hq, kind, "l.csv", list.as_bytes(), &[], Some(1)).expect("a fixed list");
    }
    for (name, role) in ROLES {
        let new = NewUser {
            name: name.into(),
            role,
            region: (role == Role::Region).then(|| "华东".into()),
            stores: if role == Role::Store { vec!["湖滨店".into()] } else { vec![] },
            language: Language::Zh,
        };
        user::add(&mut hq.db, 0, &new, "correct horse 9").expect("a user");
        let hash = digest::digest(&digest::SHA256, token(name).as_bytes());
        let sql = "INSERT INTO session SELECT ?1, id, ?2, ?2 FROM user WHERE name = ?3";
        let now_ms = now_ms();
        hq.db.execute(sql, (hash.as_ref(), now_ms, name)).expect("a session");
    }
    let ledger = Arc::new(Sqlite::open(dir.path()).expect("HQ's own ledger"));
    let router = web::all(Desk::new(hq, ledger, Watch::default()));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    Served { runtime, router, left: REQUESTS, _dir: dir }
}

fn now_ms() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    i64::try_from(since.as_millis()).expect("a date")
}

/// A session's token: 64 hex digits.
fn token(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().repeat(32)
}

/// What a form of hers carries.
fn form(name: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token(name).as_bytes());
    let tag = hmac::sign(&key, b"huitou form v1");
    tag.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts a request together; `None` where it is none.
fn request(who: Option<&str>, with_form: bool, bytes: &[u8]) -> Option<Request<Body>> {
    let split = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, body) = split.map_or((bytes, &b""[..]), |at| (&bytes[..at], &bytes[at + 2..]));
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    // What costs a tenth of a second on purpose is left out: nothing else would be tried.
    if path.starts_with("/log-in") && method == "POST" || path.starts_with("/me/password") {
        return None;
    }
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        request = request.header(name, value);
    }
    let mut body = body.to_vec();
    if let Some(who) = who {
        request = request.header("cookie", format!("huitou_hq={}", token(who)));
        if with_form {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            body.splice(0..0, format!("form={}&", form(who)).into_bytes());
        }
    }
    let from: SocketAddr = ([127, 0, 0, 1], 4_000).into();
    request.extension(ConnectInfo(from)).body(Body::from(body)).ok()
}

fn asked(hq: &Served, who: Option<&str>, request: Request<Body>) {
    let path = request.uri().path().to_owned();
    let answer = hq.router.clone().oneshot(request);
    let (status, body) = hq.runtime.block_on(async {
        let answer = answer.await.expect("a router answers");
        (answer.status(), to_bytes(answer.into_body(), usize::MAX).await.expect("a body"))
    });
    assert!(
        !status.is_server_error() || status == StatusCode::NOT_IMPLEMENTED,
        "{status} at {path}"
    );
    let holds = |text: &str| body.windows(text.len()).any(|part| part == text.as_bytes());
    if who.is_none() {
        assert!(!holds(NUMBER) && !holds("6721") && !holds("欧阳"), "a stranger is told of her");
    }
    // Clear numbers are asked for by name, and written down.
    let may_show = path.contains("reveal") || path.contains("export") || path.contains("number");
    assert!(may_show || !holds(NUMBER), "a number in clear at {path}");
}
