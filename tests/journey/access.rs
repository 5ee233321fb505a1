//! Who may ask for what: tills by token, look-ups in moderation.
//!
//! Not here: the manager's PIN (`pin`), phones (`second_screen`).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::port;
use crate::programs::{done, output};
use crate::shop::Shop;
use crate::till::Receipt;
use crate::wait::{PATIENCE, until, until_true};

const NUMBER: &str = "13900001234";
const MASKED: &str = "139****1234";

/// An answer with its head.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The cookie that was set, as a browser sends it back.
    pub(crate) fn cookie(&self) -> &str {
        self.header("set-cookie").and_then(|line| line.split(';').next()).unwrap_or_default()
    }
}

/// One request and its answer over a stream that stands.
pub(crate) fn talk(
    mut stream: impl Read + Write,
    request: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Said> {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    stream.flush()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no status line"))?;
    Ok(Said { status, head: head.to_owned(), body: body.to_owned() })
}

pub(crate) const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Asks a port of this box in plain HTTP.
pub(crate) fn ask(at: SocketAddr, request: &str, headers: &[(&str, &str)], body: &str) -> Said {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let host = at.to_string();
    let own = headers.iter().all(|(name, _)| *name != "Host");
    let host = own.then_some(("Host", host.as_str()));
    let headers: Vec<_> = host.into_iter().chain(headers.iter().copied()).collect();
    talk(stream, request, &headers, body).unwrap()
}

/// A till that calls out.
struct Caller {
    at: SocketAddr,
    token: String,
}

impl Caller {
    fn new(shop: &Shop, name: &str) -> Self {
        let said = done("huitou", &["token", "new", name, "--config", &shop.config()]);
        Self { at: shop.page(), token: said.lines().next().unwrap().to_owned() }
    }

    fn with(&self, request: &str, more: &[(&str, &str)], body: &Value) -> Said {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("Authorization", bearer.as_str())], more].concat();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        ask(self.at, request, &headers, &body)
    }

    fn number(&self, body: &Value) -> Said {
        self.with("POST /api/v1/sale/number", &[JSON], body)
    }

    fn sale(&self) -> Said {
        self.with("GET /api/v1/sale?till=till-1", &[], &Value::Null)
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_till_with_a_token_tells_the_number_and_asks_who_she_is() {
    let shop = Shop::open();
    let till = Caller::new(&shop, "pos-1");
    let nobody = json!({ "till": "till-1", "phone": null, "name": null, "tier": null });
    assert_eq!(till.sale().json(), nobody);
    let given = json!({ "till": "till-1", "number": NUMBER, "surname": "王", "title": "女士" });
    let said = till.number(&given);
    assert_eq!((said.status, &said.json()["phone"]), (200, &json!(MASKED)), "{}", said.body);
    shop.ring_up(&Receipt::of("7001", "羊毛大衣", 129_900));
    shop.sync();
    assert_eq!(shop.sale("7001")["member"], MASKED);
    assert_eq!(till.sale().json(), nobody, "the sale took it");
    // The next time she is known.
    till.number(&json!({ "till": "till-1", "number": 13_900_001_234_u64 }));
    let known = till.sale();
    let keys: Vec<String> = known.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["name", "phone", "tier", "till"], "nothing more");
    assert_eq!((&known.json()["phone"], &known.json()["name"]), (&json!(MASKED), &json!("王女士")));
    assert!(!known.body.contains(NUMBER));
}

#[test]
fn without_a_good_token_from_a_browser_or_by_another_name_nothing_is_told_or_done() {
    let shop = Shop::open();
    let till = Caller::new(&shop, "pos-1");
    let own = shop.page().to_string();
    let body = json!({ "number": NUMBER });
    for (more, code) in [
        (vec![("Origin", "http://evil.example")], "browser"),
        (vec![("Origin", own.as_str())], "browser"),
        (vec![("Origin", "null")], "browser"),
        (vec![("Host", "evil.example")], "host"),
    ] {
        assert_eq!(till.with("GET /api/v1/sale", &more, &Value::Null).code(), (403, code.into()));
        let more = [more, vec![JSON]].concat();
        assert_eq!(till.with("POST /api/v1/sale/number", &more, &body).code(), (403, code.into()));
    }
    let form = [("Content-Type", "text/plain")];
    assert_eq!(till.with("POST /api/v1/sale/number", &form, &body).code(), (422, "json".into()));
    for token in ["", "0", &"0".repeat(64)] {
        let stranger = Caller { at: till.at, token: token.into() };
        assert_eq!(stranger.number(&body).code(), (401, "token".into()));
    }
    let none = ask(till.at, "GET /api/v1/sale", &[], "");
    assert_eq!(
        (none.code(), none.header("www-authenticate")),
        ((401, "token".into()), Some("Bearer"))
    );
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "nothing was done");
    assert_eq!(
        till.number(&json!({ "till": "till-9", "number": NUMBER })).code(),
        (404, "till".into())
    );
    assert_eq!(till.number(&json!({ "number": "1390000123" })).code(), (422, "number".into()));
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "of another till, and no number");
    assert_eq!(till.number(&body).status, 200);
}

#[test]
fn a_token_is_shown_once_listed_by_name_and_ended_at_once() {
    let shop = Shop::open();
    let (one, two) = (Caller::new(&shop, "pos-1"), Caller::new(&shop, "pos-2"));
    let list = done("huitou", &["token", "list", "--config", &shop.config()]);
    assert!(list.contains("pos-1") && list.contains("pos-2"), "{list}");
    assert!(!list.contains(&one.token) && !list.contains(&two.token));
    assert_eq!((one.sale().status, two.sale().status), (200, 200));
    done("huitou", &["token", "revoke", "pos-1", "--config", &shop.config()]);
    assert_eq!((one.sale().status, two.sale().status), (401, 200));
    let again = output("huitou", &["token", "new", "pos-2", "--config", &shop.config()]);
    assert!(!again.status.success(), "a name is used once");
    let file = shop.state_dir().join("api-tokens.toml");
    assert_eq!(mode(&file), 0o600);
    assert!(!std::fs::read_to_string(file).unwrap().contains(&two.token));
    assert!(!shop.agent_said().contains(&one.token), "{}", shop.agent_said());
}

#[test]
fn a_till_that_calls_too_often_is_told_to_wait_and_others_are_not() {
    let shop = Shop::open();
    let (one, two) = (Caller::new(&shop, "pos-1"), Caller::new(&shop, "pos-2"));
    // A slow machine needs more than one second for ten: until it was fast enough.
    let refused =
        until("a call too many", || (0..20).map(|_| one.sale()).find(|said| said.status != 200));
    assert_eq!(refused.code(), (429, "too_fast".into()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(two.sale().status, 200);
    until_true("the next second", || one.sale().status == 200);
}

#[test]
fn who_guesses_tokens_is_not_listened_to_for_a_while() {
    let shop = Shop::open();
    let till = Caller::new(&shop, "pos-1");
    let stranger = Caller { at: till.at, token: "f".repeat(64) };
    let codes: Vec<u16> = (0..12).map(|_| stranger.sale().status).collect();
    assert_eq!(codes, [[401; 10].as_slice(), &[429; 2]].concat());
}

#[test]
fn another_address_is_opened_only_together_with_a_token() {
    let mut shop = Shop::open();
    shop.kill_agent();
    let at = port::free();
    shop.add_config(&format!("[api]\nlisten = \"{at}\"\ntls = false\n"));
    shop.start_agent();
    until_true("a word", || shop.agent_said().contains("huitou token new"));
    assert!(TcpStream::connect(at).is_err(), "closed");
    let token = Caller::new(&shop, "pos-1").token;
    until_true("the port", || TcpStream::connect(at).is_ok());
    assert!(shop.agent_said().contains("明文"), "{}", shop.agent_said());
    let till = Caller { at, token };
    assert_eq!(till.sale().status, 200);
    assert_eq!(till.with("GET /api/v1/sale", &[("Host", "localhost")], &Value::Null).status, 403);
    for path in ["/", "/api/state", "/api/manager", "/api/second-screen"] {
        let said = till.with(&format!("GET {path}"), &[], &Value::Null);
        assert_eq!(said.status, 404, "{path}: the page is not there");
    }
}

#[test]
fn a_script_cannot_walk_all_numbers_and_the_page_goes_on() {
    let shop = Shop::open();
    let body = |index: u32| json!({ "number": format!("139{index:08}") });
    let mut allowed = 0;
    let refused = (0..200).find_map(|index| {
        let path = ["/api/number", "/api/link", "/api/papers/1/link"][index as usize % 3];
        let mut body = body(index);
        if path == "/api/link" {
            body["receipt_no"] = json!("A-1");
        }
        let said = ask(shop.page(), &format!("POST {path}"), &[JSON], &body.to_string());
        allowed += u32::from(said.status != 429);
        (said.status == 429).then_some(said)
    });
    let refused = refused.expect("a limit");
    assert_eq!(allowed, 120);
    assert_eq!(refused.code(), (429, "too_many_look_ups".into()));
    assert!(refused.header("retry-after").is_some() && refused.json()["error"].is_string());
    assert!(shop.state()["store"].is_string());
    shop.post("/api/serving", &json!({ "serving": "refused" }));
}
