//! Every role at every route, with her own store's data and another's; and the API against its document.

use super::*;
use crate::care_list::CustomerId;
use crate::event::TerminalId;
use crate::hq::keys::Keys;
use crate::hq::store::{self as hq_store, Founding};
use crate::hq::user::{NewUser, session::Token};
use crate::hq::{audit, customer, enrol, summary};
use crate::message::StoreId;
use crate::phone::Phone;
use crate::tier::TierPolicy;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use rusqlite::params;
use serde_json::Value as Json;
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse 9";
const OWN: &str = "13800006721";
const OTHER: &str = "13911118888";

/// A chain of two stores, one customer and one sale in each.
struct Chain {
    desk: Desk,
    router: Router,
    own: Place,
    other: Place,
}

#[derive(Clone)]
struct Place {
    store: StoreId,
    customer: CustomerId,
    sale: String,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

fn place(hq: &Hq, stream: i64, name: &str, number: &str) -> Place {
    let store = enrol::store_named(&hq.db, name).unwrap();
    let terminal = TerminalId([u8::try_from(stream).unwrap(); 16]);
    hq.db
        .execute(
            "INSERT INTO terminal (id, store, till, signing, sealing_id, sealing, software, status,
                 enrolled_ms, seen_ms) VALUES (?1, ?2, '1', x'', 1, x'', 't', 'active', 0, 1)",
            params![terminal, store],
        )
        .unwrap();
    let sql = "INSERT INTO stream (id, terminal, epoch, mark, hash) VALUES (?1, ?2, x'', 1, x'')";
    hq.db.execute(sql, params![stream, terminal]).unwrap();
    let phone = Phone::parse(number).unwrap();
    let customer = customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap();
    for (seq, day) in [(1, clock::today()), (2, clock::today() - 7), (3, clock::today() - 40)] {
        hq.db
            .execute(
                "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total,
                     own_known, own_asked, own_counts, total, known, asked, customer, counts,
                     cashier, receipt_no)
                 VALUES (?1, ?2, ?3, 'sale', 5, ?4, 0, 0, '', '', 1, 250000, 'disputed', 'given',
                     ?5, 1, '小周', '<b>1')",
                params![stream, seq, store, day, customer],
            )
            .unwrap();
    }
    hq.db
        .execute(
            "INSERT INTO missing (stream, seq, bridge, day, numbers, count, reported, captured,
                 reported_total, captured_total) VALUES (?1, 9, 'p', ?2, '7\n8', 2, 5, 3, 500, 300)",
            params![stream, clock::today()],
        )
        .unwrap();
    let sql = "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)";
    hq.db.execute(sql, params![store, customer, stream]).unwrap();
    Place { store, customer, sale: format!("{stream}-1") }
}

fn chain() -> Chain {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "云裳坊".into(), currency_exponent: 2, policy };
    let mut hq = Hq { keys: Keys::create(dir.path()).unwrap(), db: hq_store::in_memory(&founding) };
    let own = place(&hq, 1, "湖滨店", OWN);
    let other = place(&hq, 2, "远店", OTHER);
    user::set_region(&hq.db, "湖滨店", "华东").unwrap();
    user::set_region(&hq.db, "远店", "华南").unwrap();
    for (name, role) in
        [("h", Role::Hq), ("r", Role::Region), ("s", Role::Store), ("fourth", Role::Hq)]
    {
        let new = NewUser {
            name: name.into(),
            role,
            region: (role == Role::Region).then(|| "华东".into()),
            stores: if role == Role::Store { vec!["湖滨店".into()] } else { vec![] },
            language: Lang::Zh,
        };
        user::add(&mut hq.db, 0, &new, PASSWORD).unwrap();
    }
    while summary::step(&mut hq, clock::today()).unwrap() {}
    let desk = crate::hq::web::desk_of(hq);
    Chain { router: router(table(), desk.clone()), desk, own, other }
}

impl Chain {
    async fn session(&self, name: &'static str) -> Token {
        let begin = move |hq: &mut Hq| {
            let user = user::named(&hq.db, name).unwrap().unwrap();
            session::begin(&hq.db, user.id, clock::now_ms()).unwrap()
        };
        self.desk.with(begin).await.unwrap()
    }

    async fn ask(&self, method: &Method, path: &str, cookie: &str, body: String) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "127.0.0.1")
            .body(Body::from(body))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Got { status: parts.status, headers: parts.headers, text }
    }

    /// As somebody: with her session and, for a deed, her form's token.
    async fn as_user(&self, name: &'static str, method: &Method, path: &str, form: &str) -> Got {
        let token = self.session(name).await;
        let cookie = format!("{}={}", door::SESSION, token.text());
        self.ask(method, path, &cookie, format!("form={}&{form}", token.form())).await
    }

    async fn get(&self, name: &'static str, path: &str) -> Got {
        self.as_user(name, &Method::GET, path, "").await
    }
}

fn filled(path: &str, place: &Place) -> String {
    path.replace("{customer}", &place.customer.to_string())
        .replace("{sale}", &place.sale)
        .replace("{user}", "4")
}

const WHO: [(&str, Role); 3] = [("h", Role::Hq), ("r", Role::Region), ("s", Role::Store)];

#[tokio::test]
async fn every_role_gets_exactly_the_routes_of_its_row() {
    let chain = chain();
    let mut walked = 0;
    for row in table() {
        let Who::Roles(roles) = row.who else { continue };
        for (name, role) in WHO {
            let path = filled(&row.path, &chain.own);
            let got =
                chain.as_user(name, &row.method, &path, "why=x&field=size&value=M&what=6721").await;
            let what = format!("{name} {} {path}: {}", row.method, got.status);
            assert!(!got.status.is_server_error(), "{what}");
            if roles.contains(&role) {
                assert_ne!(got.status, StatusCode::FORBIDDEN, "{what}");
                assert_ne!(got.status, StatusCode::NOT_FOUND, "{what}");
            } else {
                assert_eq!(got.status, StatusCode::FORBIDDEN, "{what}");
                assert!(!got.text.contains("138****6721"), "{what}");
            }
            walked += 1;
        }
    }
    assert!(walked > 100, "{walked}");
}

#[tokio::test]
async fn users_the_trail_and_the_chains_numbers_are_hqs_alone() {
    let chain = chain();
    for path in ["/users", "/users.csv", "/api/v1/users", "/audit", "/api/v1/audit", "/numbers"] {
        for name in ["r", "s"] {
            assert_eq!(chain.get(name, path).await.status, StatusCode::FORBIDDEN, "{name} {path}");
        }
        assert_eq!(chain.get("h", path).await.status, StatusCode::OK, "{path}");
    }
    let names = |role| navigation(role).len();
    assert!(names(Role::Hq) > names(Role::Region) && names(Role::Region) == names(Role::Store));
}

#[tokio::test]
async fn without_a_session_there_is_the_door_and_nothing_else() {
    let chain = chain();
    for row in table() {
        if !matches!(row.who, Who::Roles(_)) {
            continue;
        }
        let path = filled(&row.path, &chain.own);
        for cookie in [String::new(), format!("{}={}", door::SESSION, Token::draw().text())] {
            let got = chain.ask(&row.method, &path, &cookie, String::new()).await;
            let is_api = path.starts_with("/api/");
            let expected = if is_api { StatusCode::UNAUTHORIZED } else { StatusCode::SEE_OTHER };
            assert_eq!(got.status, expected, "{path}");
            assert!(is_api || got.headers[header::LOCATION] == "/log-in", "{path}");
        }
    }
}

#[tokio::test]
async fn a_deed_without_her_own_forms_token_is_not_done() {
    let chain = chain();
    let (mine, hers) = (chain.session("h").await, chain.session("s").await);
    let cookie = format!("{}={}", door::SESSION, mine.text());
    for row in table().iter().filter(|row| row.method == Method::POST) {
        if !matches!(row.who, Who::Roles(_)) {
            continue;
        }
        for form in [String::new(), "form=".into(), format!("form={}", hers.form())] {
            let path = filled(&row.path, &chain.own);
            let got = chain.ask(&row.method, &path, &cookie, form).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn another_stores_data_is_as_unknown_as_what_does_not_exist() {
    let chain = chain();
    let nobody = CustomerId([9; 16]);
    for name in ["r", "s"] {
        for row in table() {
            let has_part = row.path.contains("{customer}") || row.path.contains("{sale}");
            if !has_part || !matches!(row.who, Who::Roles(_)) {
                continue;
            }
            let mut texts = Vec::new();
            let unknown = Place { customer: nobody, sale: "77-1".into(), ..chain.other.clone() };
            for place in [&chain.other, &unknown] {
                let path = filled(&row.path, place);
                let got = chain.as_user(name, &row.method, &path, "why=x&field=size&value=M").await;
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{name} {path}");
                texts.push(got.text.lines().last().map(|line| line.len()));
            }
            assert_eq!(texts[0], texts[1], "{}", row.path);
        }
        for list in
            LISTS.iter().filter(|list| list.params.iter().any(|param| param.name == "store"))
        {
            for form in [list::Form::Page, list::Form::Csv, list::Form::Json] {
                let path = format!("{}?store={}&why=x", list.path(form), chain.other.store);
                let path = if form == list::Form::Page { path.replace("&why=x", "") } else { path };
                assert_eq!(
                    chain.get(name, &path).await.status,
                    StatusCode::NOT_FOUND,
                    "{name} {path}"
                );
                let bare = list.path(form);
                let bare = if form == list::Form::Csv { bare + "?why=x" } else { bare };
                let text = chain.get(name, &bare).await.text;
                assert!(!text.contains("远店") && !text.contains("139****8888"), "{name} {bare}");
                let text = chain.get("h", &bare).await.text;
                assert!(
                    text.contains("远店") || text.contains("139****8888") || list.name == "days",
                    "h {bare}"
                );
            }
        }
        for path in ["/", "/api/v1/customers?tail=8888"] {
            let text = chain.get(name, path).await.text;
            assert!(!text.contains("远店") && !text.contains("139****8888"), "{name} {path}");
        }
        let found =
            chain.as_user(name, &Method::POST, "/customers/find", &format!("what={OTHER}")).await;
        assert!(!found.text.contains("139****8888") && found.status == StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn a_look_and_a_file_are_in_the_trail_with_their_reason() {
    let chain = chain();
    let path = format!("/customers/{}/reveal", chain.own.customer);
    let none = chain.as_user("s", &Method::POST, &path, "why=").await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    assert!(!none.text.contains("138 0000 6721"));
    let shown = chain.as_user("s", &Method::POST, &path, "why=call+back").await;
    assert!(shown.text.contains("138 0000 6721") && shown.text.contains("content=\"60;url="));
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(chain.get("s", "/customers.csv").await.status, StatusCode::BAD_REQUEST, "no reason");
    let clear = "/customers.csv?why=letters&numbers=clear";
    assert_eq!(chain.get("s", clear).await.status, StatusCode::FORBIDDEN);
    assert!(chain.get("h", clear).await.text.contains(OWN));
    let masked = chain.get("s", "/customers.csv?why=letters").await.text;
    assert!(masked.contains("138****6721") && !masked.contains(OWN));
    let rows = chain.desk.with(|hq| audit::page(&hq.db, i64::MAX, 10).unwrap()).await.unwrap();
    let said: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", row.who, row.what, row.why)).collect();
    assert_eq!(said, ["s export letters", "h export_clear letters", "s reveal call back"]);
    assert!(chain.get("h", "/audit").await.text.contains("call back"));
}

#[tokio::test]
async fn every_page_says_what_a_browser_may_do_with_it() {
    let chain = chain();
    for row in table() {
        if !matches!(row.who, Who::Roles(_)) || row.method != Method::GET {
            continue;
        }
        let path = filled(&row.path, &chain.own);
        let got = chain.get("h", &path).await;
        let policy = got.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(got.headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert_eq!(got.headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert_eq!(got.headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert!(!got.text.contains("<script") && !got.text.contains(" style="), "{path}");
        assert!(path.starts_with("/api/") || !got.text.contains("<b>1"), "{path}");
        assert!(!got.text.contains(OWN), "{path}");
    }
}

/// Checks a value against the part of JSON Schema that the document uses.
fn fits(schema: &Json, value: &Json, whole: &Json) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        return fits(&whole["components"]["schemas"][name], value, whole);
    }
    let kind = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let types = &schema["type"];
    if types != kind && !types.as_array().is_some_and(|types| types.contains(&kind.into())) {
        return false;
    }
    match value {
        Json::Array(items) => items.iter().all(|item| fits(&schema["items"], item, whole)),
        Json::Object(fields) if schema["properties"].is_object() => {
            let known = schema["properties"].as_object().unwrap();
            let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
            let mut needed: Vec<&str> =
                schema["required"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
            names.sort_unstable();
            needed.sort_unstable();
            names == needed && fields.iter().all(|(name, field)| fits(&known[name], field, whole))
        }
        _ => true,
    }
}

#[tokio::test]
async fn the_api_is_what_its_document_says() {
    let chain = chain();
    let document = chain.get("h", "/api/v1/openapi.json").await;
    let document: Json = serde_json::from_str(&document.text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut told: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let is_api = |row: &Route| row.path.starts_with("/api/");
    let mut there: Vec<String> = table().into_iter().filter(is_api).map(|row| row.path).collect();
    told.sort();
    there.sort();
    assert_eq!(told, there);
    chain.get("h", "/api/v1/tills").await; // so that the trail has a row
    let yesterday = crate::hq::web::visit::day_text(clock::today() - 1);
    for path in there.iter().filter(|path| !path.ends_with("openapi.json")) {
        let operation = &document["paths"][path]["get"];
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let got = chain.get("h", path).await;
        let answer: Json = serde_json::from_str(&got.text).unwrap();
        assert!(!answer["rows"].as_array().unwrap().is_empty(), "{path} proves nothing");
        assert!(fits(schema, &answer, &document), "{path}: {answer}");
        for param in operation["parameters"].as_array().unwrap() {
            let name = param["name"].as_str().unwrap();
            let sample = match name {
                "limit" => "1",
                "after" => "zz",
                "store" => &chain.own.store.to_string(),
                "tail" => "6721",
                "from" | "to" => &yesterday,
                _ => "x",
            };
            let got = chain.get("h", &format!("{path}?{name}={sample}")).await;
            let expected = if name == "after" { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            assert_eq!(got.status, expected, "{path}?{name}={sample}");
            assert!(serde_json::from_str::<Json>(&got.text).is_ok());
        }
    }
    assert!(!fits(
        &document["components"]["schemas"]["sales"],
        &serde_json::json!({ "rows": [] }),
        &document
    ));
}

#[tokio::test]
async fn pages_of_a_list_go_on_where_the_one_before_ended() {
    let chain = chain();
    for list in LISTS {
        let mut seen = Vec::new();
        let mut path = format!("{}?limit=1", list.path(list::Form::Json));
        for _ in 0..50 {
            let got = chain.get("h", &path).await;
            let answer: Json = serde_json::from_str(&got.text).unwrap();
            let rows = answer["rows"].as_array().unwrap().clone();
            assert!(
                !rows.is_empty() || seen.is_empty() || list.name == "days",
                "{path}: {}",
                got.text
            );
            seen.extend(rows.iter().map(Json::to_string));
            match answer["next"].as_str() {
                Some(next) => {
                    path = format!("{}?limit=1&after={next}", list.path(list::Form::Json))
                }
                None => break,
            }
        }
        // The trail grows with each look, and so do sessions.
        if ["audit", "users"].contains(&list.name) {
            assert!(seen.len() > 3);
            continue;
        }
        let got = chain.get("h", &list.path(list::Form::Json)).await;
        let answer: Json = serde_json::from_str(&got.text).unwrap();
        let whole: Vec<String> =
            answer["rows"].as_array().unwrap().iter().map(Json::to_string).collect();
        assert_eq!(seen, whole, "{}", list.name);
    }
}

#[tokio::test]
async fn odd_addresses_are_answered_with_400_and_say_what_is_odd() {
    let chain = chain();
    for list in LISTS {
        let path = list.path(list::Form::Json);
        for odd in [
            "x=1",
            "limit=0",
            "limit=1&limit=1",
            "after=%00",
            "after=-",
            "after=9.9.9.9.9",
            "limit=%ff",
            "limit=",
        ] {
            let got = chain.get("h", &format!("{path}?{odd}")).await;
            assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}?{odd}");
            assert!(serde_json::from_str::<Json>(&got.text).unwrap()["error"].is_string());
        }
        let big = i64::MAX.to_string();
        for after in [
            big.clone(),
            format!("{big}.{big}"),
            format!("-{big}.{big}.{big}"),
            format!("{big}.-{big}.{big}.{big}"),
        ] {
            let got = chain.get("h", &format!("{path}?after={after}")).await;
            assert!(
                got.status.is_success() || got.status == StatusCode::BAD_REQUEST,
                "{path} {after}"
            );
        }
    }
    for path in
        ["/customers/zz", "/customers/%ff", "/sales/1", "/sales/9999999999999999999-1", "/sales/--"]
    {
        let got = chain.get("h", path).await;
        assert!(got.status.is_client_error(), "{path}: {}", got.status);
    }
}
