//! A phone as second screen, over real TLS, with the till's certificate pinned as a careful person
//! does it by the fingerprint.
//!
//! Not here: how the pages look, tokens and the PIN by themselves (`access`).

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use serde_json::{Value, json};

use crate::access::{Said, talk};
use crate::http;
use crate::pin::{PIN, with_pin};
use crate::port;
use crate::shop::Shop;
use crate::till::Receipt;
use crate::wait::PATIENCE;

const NUMBER: &str = "13900001234";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";

/// A phone's browser.
struct Phone {
    at: SocketAddr,
    tls: Arc<ClientConfig>,
    cookies: Vec<String>,
}

impl Phone {
    /// One that trusts the certificate of this till and no other.
    fn near(shop: &Shop, at: SocketAddr) -> Self {
        Self { at, tls: client(shop, &rustls::version::TLS13).unwrap(), cookies: Vec::new() }
    }

    fn raw(&self, request: &str, headers: &[(&str, &str)], body: &str) -> io::Result<Said> {
        let name = self.at.ip().into();
        let session = ClientConnection::new(Arc::clone(&self.tls), name).unwrap();
        let stream = TcpStream::connect(self.at)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        talk(StreamOwned::new(session, stream), request, headers, body)
    }

    /// As a browser does: with its cookies, and in place of `Host` and `Origin` those in `more`.
    fn with(&self, request: &str, more: &[(&str, &str)], body: &str) -> Said {
        let (host, cookies) = (self.at.to_string(), self.cookies.join("; "));
        let origin = format!("https://{host}");
        let mut headers = vec![("Host", host.as_str()), ("User-Agent", IPHONE)];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        if request.starts_with("POST") {
            headers.extend([("Origin", origin.as_str()), ("Content-Type", "application/json")]);
        }
        headers.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        headers.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.raw(request, &headers, body).unwrap()
    }

    fn get(&self, path: &str) -> Said {
        self.with(&format!("GET {path}"), &[], "")
    }

    fn post(&self, path: &str, body: &Value) -> Said {
        self.with(&format!("POST {path}"), &[], &body.to_string())
    }

    /// Opens the link on the till's screen and keeps the cookie.
    fn pair(&mut self, path: &str) -> Said {
        let said = self.get(path);
        if said.status == 303 {
            self.cookies.push(said.cookie().to_owned());
        }
        said
    }
}

fn client(
    shop: &Shop,
    version: &'static SupportedProtocolVersion,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(shop))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version])?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The till's certificate, out of its own file.
fn certificate(shop: &Shop) -> CertificateDer<'static> {
    let text = std::fs::read_to_string(shop.state_dir().join("lan-certificate.toml")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("certificate = ")).unwrap();
    let hex: Vec<char> = line.trim_matches('"').chars().collect();
    let bytes = hex.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    CertificateDer::from(bytes.collect::<Result<Vec<u8>, _>>().unwrap())
}

/// A shop with a second screen, and where that is.
fn shop() -> (Shop, SocketAddr) {
    let mut shop = Shop::open();
    shop.kill_agent();
    let at = port::free();
    shop.add_config(&format!("[second_screen]\nenabled = true\nlisten = \"{at}\"\n"));
    shop.start_agent();
    (shop, at)
}

/// Makes a code at the till and gives the path of its link.
fn offered(shop: &Shop, at: SocketAddr) -> String {
    let offer = shop.post("/api/second-screen/pair", &json!({}));
    let url = offer["url"].as_str().unwrap();
    url.strip_prefix(&format!("https://{at}")).expect("our own address").to_owned()
}

fn paired(shop: &Shop, at: SocketAddr) -> Phone {
    let mut phone = Phone::near(shop, at);
    assert_eq!(phone.pair(&offered(shop, at)).status, 303);
    phone
}

fn listed(shop: &Shop) -> Vec<Value> {
    let list = http::get(shop.page(), "/api/second-screen").unwrap().json();
    list["screens"].as_array().unwrap().clone()
}

#[test]
fn it_is_off_and_its_port_closed_unless_the_shop_wants_it() {
    let mut shop = Shop::open();
    shop.kill_agent();
    let at = port::free();
    shop.add_config(&format!("[second_screen]\nlisten = \"{at}\"\n"));
    shop.start_agent();
    assert!(TcpStream::connect(at).is_err());
    assert!(!shop.state_dir().join("lan-certificate.toml").exists());
    let said = http::post(shop.page(), "/api/second-screen/pair", &json!({})).unwrap();
    assert_eq!((said.status, &said.json()["code"]), (404, &json!("screen_off")));
    let list = http::get(shop.page(), "/api/second-screen").unwrap().json();
    assert_eq!(list, json!({ "enabled": false, "screens": [] }));
}

#[test]
fn a_phone_that_is_not_paired_gets_nothing_and_changes_nothing() {
    let (shop, at) = shop();
    let mut phone = Phone::near(&shop, at);
    for cookies in [
        vec![],
        vec!["__Host-huitou-screen=0".to_owned()],
        vec!["__Host-huitou-screen=".to_owned()],
    ] {
        phone.cookies = cookies;
        for path in [
            "/",
            "/?lang=en",
            "/api/state",
            "/api/second-screen",
            "/second-screen",
            "/api/manager",
            "/api/v1/sale",
            "/nothing",
            "//",
            "/pair",
        ] {
            let said = phone.get(path);
            assert_eq!(said.code(), (401, "not_paired".into()), "{path}");
            assert!(!said.body.contains("云裳坊"), "{path}: {}", said.body);
        }
        for path in ["/api/serving", "/api/second-screen/pair", "/api/manager"] {
            let body = json!({ "serving": "refused", "pin": PIN });
            assert_eq!(phone.post(path, &body).code(), (401, "not_paired".into()), "{path}");
        }
    }
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody");
    let person = phone.with("GET /", &[("Accept", "text/html,*/*")], "");
    assert!(person.status == 401 && person.body.contains("扫码") && !person.body.contains('{'));
}

#[test]
fn a_code_pairs_one_phone_once() {
    let (shop, at) = shop();
    let offer = shop.post("/api/second-screen/pair", &json!({}));
    assert!(offer["qr"].as_str().unwrap().contains("<svg") && offer["expires_s"] == 120);
    let path = offer["url"].as_str().unwrap().strip_prefix(&format!("https://{at}")).unwrap();
    let token = path.strip_prefix("/pair/").unwrap();
    assert_eq!(token.len(), 32, "128 bits");
    let mut phone = Phone::near(&shop, at);
    assert_eq!(phone.with(&format!("HEAD {path}"), &[], "").status, 405, "a preview");
    let said = phone.pair(path);
    assert_eq!((said.status, said.header("location")), (303, Some("/")), "{said:?}");
    let line = said.header("set-cookie").unwrap();
    for part in [
        "__Host-huitou-screen=",
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Max-Age=43200",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let secret = said.cookie().split('=').nth(1).unwrap();
    assert_eq!(secret.len(), 64, "256 bits");
    let mut second = Phone::near(&shop, at);
    assert_eq!(second.pair(path).code(), (403, "pairing_over".into()), "used");
    assert_eq!(phone.get(path).status, 303, "the same phone, gone back");
    // What is kept and said holds neither secret.
    let file = shop.state_dir().join("second-screens.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let list = listed(&shop);
    let kept =
        std::fs::read_to_string(file).unwrap() + &json!(list).to_string() + &shop.agent_said();
    assert!(!kept.contains(secret) && !kept.contains(token), "{kept}");
    assert_eq!((list.len(), &list[0]["name"]), (1, &json!("iPhone · Safari")));
    // The fingerprint on the till is the certificate's.
    let digest = ring::digest::digest(&ring::digest::SHA256, &certificate(&shop));
    let print: String = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(offer["fingerprint"].as_str().unwrap().replace(' ', ""), print);
}

#[test]
fn a_newer_code_voids_the_one_before_it() {
    let (shop, at) = shop();
    let (old, new) = (offered(&shop, at), offered(&shop, at));
    let mut phone = Phone::near(&shop, at);
    assert_eq!(phone.pair(&old).status, 403);
    assert_eq!(phone.pair(&new).status, 303);
}

#[test]
fn a_paired_phone_does_what_the_cashier_does() {
    let (shop, at) = shop();
    let phone = paired(&shop, at);
    let page = phone.get("/");
    assert!(page.status == 200 && page.body.contains("谢绝"), "{}", page.status);
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert!(page.header(name).is_some_and(|value| value.contains(part)), "{name}");
    }
    assert_eq!(phone.get("/api/state").json()["store"], "云裳坊 湖滨店");
    assert_eq!(
        phone.post("/api/number", &json!({ "number": NUMBER })).json()["phone"],
        "139****1234"
    );
    shop.ring_up(&Receipt::of("7101", "羊毛大衣", 129_900));
    shop.sync();
    assert_eq!(shop.sale("7101")["member"], "139****1234");
    assert_eq!(phone.get("/api/v1/sale").status, 404, "what tills call is not there");
}

#[test]
fn another_host_or_origin_a_form_or_plain_http_gets_nothing() {
    let (shop, at) = shop();
    let phone = paired(&shop, at);
    let body = json!({ "serving": "refused" }).to_string();
    let tried = |more: &[(&str, &str)]| phone.with("POST /api/serving", more, &body).code();
    let other = format!("https://{}", shop.page());
    for host in ["evil.example", "127.0.0.1", &shop.page().to_string(), "localhost:8643"] {
        assert_eq!(tried(&[("Host", host)]), (403, "host".into()), "{host}");
        assert_eq!(phone.with("GET /", &[("Host", host)], "").code(), (403, "host".into()));
        let path = offered(&shop, at);
        assert_eq!(phone.with(&format!("GET {path}"), &[("Host", host)], "").status, 403);
    }
    for origin in ["https://evil.example", "null", &other, &format!("http://{at}"), ""] {
        assert_eq!(tried(&[("Origin", origin)]), (403, "origin".into()), "{origin:?}");
    }
    assert_eq!(tried(&[("Content-Type", "text/plain")]), (422, "json".into()));
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "nothing was changed");
    let plain = http::ask(at, "GET", "/", &[("Host", &at.to_string())], "");
    assert!(!plain.is_ok_and(|answer| answer.status < 400), "plain HTTP");
    assert_eq!(tried(&[]).0, 200);
    assert_eq!(shop.state()["tills"][0]["serving"], "refused");
}

#[test]
fn tls_1_2_is_refused() {
    let (shop, at) = shop();
    let mut phone = paired(&shop, at);
    assert_eq!(phone.get("/").status, 200);
    phone.tls = client(&shop, &rustls::version::TLS12).unwrap();
    let error = phone.raw("GET /", &[("Host", &at.to_string())], "").unwrap_err().to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
}

#[test]
fn a_phone_is_revoked_at_once_and_a_restart_keeps_the_others() {
    let (mut shop, at) = shop();
    let (lost, kept) = (paired(&shop, at), paired(&shop, at));
    let list = listed(&shop);
    assert_eq!(list.len(), 2);
    let unknown = http::post(shop.page(), "/api/second-screen/revoke", &json!({ "id": "0" }));
    assert_eq!(unknown.unwrap().status, 404);
    shop.post("/api/second-screen/revoke", &json!({ "id": list[0]["id"] }));
    assert_eq!(lost.get("/api/state").status, 401);
    shop.kill_agent(); // before the other one's next visit is written down
    shop.start_agent();
    assert_eq!((lost.get("/api/state").status, kept.get("/api/state").status), (401, 200));
    assert_eq!(listed(&shop).len(), 1);
}

#[test]
fn a_phone_whose_hours_are_over_is_not_paired_any_more() {
    let (mut shop, at) = shop();
    let phone = paired(&shop, at);
    shop.kill_agent();
    let file = shop.state_dir().join("second-screens.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let aged = text.lines().map(|line| match line.split_once(" = ") {
        Some((key @ ("since_ms" | "used_ms" | "until_ms"), at_ms)) => {
            format!("{key} = {}\n", at_ms.parse::<i64>().unwrap() - 12 * 3_600_000)
        }
        _ => format!("{line}\n"),
    });
    std::fs::write(&file, aged.collect::<String>()).unwrap();
    shop.start_agent();
    assert_eq!(phone.get("/api/state").code(), (401, "not_paired".into()));
    assert_eq!(listed(&shop), [] as [Value; 0]);
}

#[test]
fn what_is_not_a_cashiers_needs_the_managers_pin_on_a_phone() {
    let (shop, at) = shop();
    let mut phone = paired(&shop, at);
    let empty = json!({});
    let reserved = |phone: &Phone| {
        let id = json!({ "id": "0" });
        [
            phone.get("/second-screen").code(),
            phone.get("/api/second-screen").code(),
            phone.post("/api/second-screen/pair", &empty).code(),
            phone.post("/api/second-screen/revoke", &id).code(),
            phone.post("/api/print-test", &empty).code(),
        ]
    };
    for (status, code) in reserved(&phone) {
        assert_eq!((status, code.as_str()), (403, "pin_unset"));
    }
    with_pin(&shop);
    for (status, code) in reserved(&phone) {
        assert_eq!((status, code.as_str()), (403, "pin_closed"));
    }
    // A cookie of the page on this box is not known to the phone; its own is Secure.
    let opened = phone.post("/api/manager", &json!({ "pin": PIN }));
    assert_eq!(opened.status, 200, "{}", opened.body);
    let line = opened.header("set-cookie").unwrap().to_owned();
    assert!(line.starts_with("__Host-huitou-manager=") && line.contains("; Secure"), "{line}");
    phone.cookies.push(opened.cookie().to_owned());
    let statuses = reserved(&phone).map(|(status, _)| status);
    assert_eq!(statuses, [200, 200, 200, 404, 200]);
    // The manager's cookie alone is no pairing.
    phone.cookies.remove(0);
    assert_eq!(phone.get("/api/state").status, 401);
}

#[test]
fn who_guesses_codes_is_not_listened_to_for_a_while() {
    let (shop, at) = shop();
    let mut phone = Phone::near(&shop, at);
    let codes: Vec<u16> =
        (0..11).map(|_| phone.get(&format!("/pair/{}", "f".repeat(32))).status).collect();
    assert_eq!(codes, [[403; 10].as_slice(), &[429]].concat());
    let said = phone.pair(&offered(&shop, at));
    assert_eq!(said.code(), (429, "too_fast".into()), "the right one, too");
    assert!(said.header("retry-after").is_some());
}

#[test]
fn the_page_of_phones_is_in_both_languages() {
    let (shop, _) = shop();
    let chinese = http::get(shop.page(), "/second-screen").unwrap();
    let english = http::get(shop.page(), "/second-screen?lang=en").unwrap();
    assert_eq!((chinese.status, english.status), (200, 200));
    assert!(chinese.body.contains("生成二维码") && !chinese.body.contains("Make a code"));
    let han = |text: &str| text.chars().any(|symbol| ('\u{4e00}'..='\u{9fff}').contains(&symbol));
    assert!(english.body.contains("Make a code") && !han(&english.body));
}
