//! Every role at every route, with her own store's data and another's; and the API against its document.

mod apart;
mod desk;
mod regulars;
mod shape;
mod staff;
mod trail;

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
    task: i64,
    case: i64,
    question: i64,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    bytes: axum::body::Bytes,
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
    hq.db
        .execute(
            "INSERT INTO message (customer, kind, subject, store, day, from_minute, sender, outlet,
                 key, state, reason, made_ms)
             VALUES (?1, 'birthday', '1', ?2, ?3, 540, '小陈', 'task', x'', 'held', 'late', 1),
                    (?1, 'birthday', '2', ?2, ?3 - 1, 540, '', 'task', x'', 'sent', NULL, 1)",
            params![customer, store, clock::today()],
        )
        .unwrap();
    let sql = "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)";
    hq.db.execute(sql, params![store, customer, 1_000 + stream]).unwrap();
    let (task, case, question) = desk(hq, stream, &store, &customer);
    staff_of(hq, stream, &store, &customer);
    Place { store, customer, sale: format!("{stream}-1"), task, case, question }
}

/// A late task, a late complaint, a question nobody answered, an answer about a style, and one who
/// stays away.
fn desk(hq: &Hq, stream: i64, store: &StoreId, customer: &CustomerId) -> (i64, i64, i64) {
    let today = clock::today();
    let phone = Phone::parse(&format!("1370000{stream:04}")).unwrap();
    let away = customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap();
    hq.db
        .execute(
            "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total, own_known,
                 own_asked, own_counts, total, known, asked, customer, counts)
             VALUES (?1, 4, ?2, 'sale', 5, ?3, 0, 0, '', '', 1, 90000, '', 'given', ?4, 1)",
            params![stream, store, today - 200, away],
        )
        .unwrap();
    let sql = "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)";
    hq.db.execute(sql, params![store, away, 2_000 + stream]).unwrap();
    let number = |sql: &str, with: &[&dyn rusqlite::ToSql]| -> i64 {
        hq.db.query_row(sql, with, |row| row.get(0)).unwrap()
    };
    let task = number(
        "INSERT INTO task (customer, store, scope, kind, due, about, made_day, state)
         VALUES (?1, ?2, 'store', 'call', ?3, '真丝裙', ?3, 'open') RETURNING id",
        &[customer, store, &(today - 5)],
    );
    let sql = "INSERT INTO task_cause VALUES (?1, 'big_sale', 'x', ?2, ?3, 1)";
    hq.db.execute(sql, params![customer, task, today - 5]).unwrap();
    let sql =
        "INSERT INTO style_answer (stream, seq, style, task, likes) VALUES (?1, 1, ?2, ?3, 0)";
    hq.db.execute(sql, params![stream, format!("DR{stream}"), task]).unwrap();
    let case = number(
        "INSERT INTO complaint (customer, store, scope, opened_ms, state)
         VALUES (?1, ?2, 'store', ?3, 'open') RETURNING id",
        &[customer, store, &(clock::now_ms() - 400_000_000)],
    );
    let question = number(
        "INSERT INTO feedback (store, kind, scope, opened_ms, text)
         VALUES (?1, 'question', 'store', 5, x'78') RETURNING id",
        &[store],
    );
    (task, case, question)
}

/// A second associate with a new customer and a follow-up, and a complaint of this month that is over.
fn staff_of(hq: &Hq, stream: i64, store: &StoreId, customer: &CustomerId) {
    let (today, now_ms) = (clock::today(), clock::now_ms());
    let phone = Phone::parse(&format!("1360000{stream:04}")).unwrap();
    let new = customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap();
    hq.db
        .execute(
            "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total, own_known,
                 own_asked, own_counts, total, known, asked, customer, counts, associate)
             VALUES (?1, 5, ?2, 'sale', 5, ?3, 0, 0, '', '', 1, 70000, '', 'given', ?4, 1, '小林')",
            params![stream, store, today, new],
        )
        .unwrap();
    let sql = "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)";
    hq.db.execute(sql, params![store, new, 3_000 + stream]).unwrap();
    hq.db
        .execute(
            "INSERT INTO task (customer, store, scope, kind, due, made_day, state, outcome,
                 closed_day, closed_by)
             VALUES (?1, ?2, 'store', 'call', ?3, ?3, 'done', 'reached', ?3, '小林')",
            params![customer, store, today],
        )
        .unwrap();
    let sql =
        "INSERT INTO complaint (customer, store, scope, opened_ms, closed_ms, state, satisfied)
               VALUES (?1, ?2, 'store', ?3, ?3, 'closed', 1) RETURNING id";
    let case: i64 =
        hq.db.query_row(sql, params![customer, store, now_ms], |row| row.get(0)).unwrap();
    let sql = "INSERT INTO complaint_step (complaint, step, at_ms, done_by, reason)
               VALUES (?1, 'analyse', ?2, '小周', 'quality')";
    hq.db.execute(sql, params![case, now_ms]).unwrap();
}

/// A night of figures; and what so small a chain has none of: a gold customer and one with potential.
fn figures_of(hq: &mut Hq, places: [&Place; 2]) {
    let today = clock::today();
    crate::hq::figures::night::run(hq, today).unwrap();
    hq.db.execute("UPDATE figure_person SET class = 'gold' WHERE visits = 3", []).unwrap();
    let one = |place: &Place| {
        serde_json::json!({ "customer": place.customer.to_string(), "purchases_milli": 900,
                            "spend": 80_000, "net": 5_000 })
    };
    let all = serde_json::json!(places.map(one)).to_string();
    let sql = "UPDATE figure SET value = json_set(value, '$.potential', json(?1))
               WHERE name = 'measured'";
    assert_eq!(hq.db.execute(sql, [all]).unwrap(), 1);
    let quarter = crate::hq::figures::contest::Quarter::of(today);
    let (seed, by) = ("autumn".into(), "h".into());
    let draw = crate::hq::figures::contest::Draw { seed, size: 10, by, at_ms: 1 };
    crate::hq::figures::contest::set_draw(&hq.db, quarter, &draw).unwrap();
    crate::hq::figures::survey::make(&mut hq.db, "Fabric", "Is it soft?", 1).unwrap();
}

fn chain() -> Chain {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "云裳坊".into(), currency_exponent: 2, policy };
    let mut hq = Hq::of(hq_store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    let own = place(&hq, 1, "湖滨店", OWN);
    let other = place(&hq, 2, "远店", OTHER);
    hq.db
        .execute(
            "INSERT INTO message_text (kind, language, occasion, version, text, author, made_ms,
                 reviewer, reviewed_ms)
             VALUES ('holiday', 'en', 'mid_autumn', 1, 'A good Mid-Autumn to you', 'huitou', 5, 'h', 6)",
            [],
        )
        .unwrap();
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
    crate::hq::forecast::run(&mut hq, clock::today()).unwrap();
    figures_of(&mut hq, [&own, &other]);
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
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Got { status: parts.status, headers: parts.headers, text, bytes }
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
        .replace("{task}", &place.task.to_string())
        .replace("{case}", &place.case.to_string())
        .replace("{question}", &place.question.to_string())
        .replace("{survey}", "1")
        .replace("{text}", "1")
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
