//! The door from this box and from elsewhere, with and without a second factor.

use super::*;
use crate::hq::keys::Keys;
use crate::hq::store::Founding;
use crate::hq::web::route;
use crate::tier::TierPolicy;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse 9";
const HERE: &str = "127.0.0.1:5000";
const ELSEWHERE: &str = "192.168.1.5:5000";

struct House {
    desk: Desk,
    router: Router,
}

fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    crate::hq::enrol::store_named(&hq.db, "湖滨店").unwrap();
    let desk = crate::hq::web::desk_of(hq);
    House { router: route::router(route::table(), desk.clone()), desk }
}

impl House {
    async fn add(&self, name: &'static str, role: Role) {
        let stores = if role == Role::Store { vec!["湖滨店".to_owned()] } else { vec![] };
        let language = Lang::En;
        let new = NewUser { name: name.into(), role, region: None, stores, language };
        self.desk.with(move |hq| user::add(&mut hq.db, 0, &new, PASSWORD).unwrap()).await.unwrap();
    }

    async fn post(&self, path: &str, from: &str, form: String, more: &[(&str, &str)]) -> Response {
        let from: SocketAddr = from.parse().unwrap();
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(from));
        if !more.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "127.0.0.1:8620");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap()
    }

    async fn log_in(&self, name: &str, from: &str, code: &str, more: &[(&str, &str)]) -> Response {
        let token = Token::draw();
        let cookie = format!("{BEFORE}={}", token.text());
        let form = format!(
            "form={}&lang=en&name={name}&password=correct+horse+9&code={code}",
            token.form()
        );
        self.post("/log-in", from, form, &[more, &[("cookie", &cookie)]].concat()).await
    }
}

fn is_in(answer: &Response) -> bool {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let session = set.filter_map(|set| set.to_str().ok()).any(|set| set.starts_with(SESSION));
    session && answer.status() == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn without_a_second_factor_hqs_people_stay_on_this_box() {
    let house = house();
    house.add("boss", Role::Hq).await;
    house.add("lake", Role::Store).await;
    assert!(is_in(&house.log_in("boss", HERE, "", &[]).await));
    assert!(is_in(&house.log_in("lake", ELSEWHERE, "", &[]).await));
    assert!(!is_in(&house.log_in("boss", ELSEWHERE, "", &[]).await));
    let through_a_proxy = [("x-forwarded-for", "127.0.0.1, 203.0.113.9")];
    assert!(!is_in(&house.log_in("boss", HERE, "", &through_a_proxy).await));
    let rebound = [("host", "evil.example:8620")];
    assert!(!is_in(&house.log_in("boss", HERE, "", &rebound).await));
    let lied = [("x-forwarded-for", "127.0.0.1")];
    assert!(!is_in(&house.log_in("boss", ELSEWHERE, "", &lied).await), "no proxy of ours");
}

#[tokio::test]
async fn a_code_is_needed_and_opens_once() {
    let house = house();
    house.add("boss", Role::Hq).await;
    let give = |hq: &mut Hq| user::set_totp(&mut hq.db, &hq.keys, "boss", true).unwrap().unwrap();
    let secret = house.desk.with(give).await.unwrap();
    for wrong in ["", "000", "1234567"] {
        assert!(!is_in(&house.log_in("boss", HERE, wrong, &[]).await), "{wrong}");
    }
    let code = secret.now(clock::now_ms());
    assert!(is_in(&house.log_in("boss", ELSEWHERE, &code, &[]).await));
    assert!(!is_in(&house.log_in("boss", ELSEWHERE, &code, &[]).await), "used");
}

#[tokio::test]
async fn the_cookie_is_for_us_alone_and_over_tls_for_tls_alone() {
    let house = house();
    house.add("lake", Role::Store).await;
    let set = |answer: &Response| answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let plain = set(&house.log_in("lake", HERE, "", &[]).await);
    assert!(plain.contains("; HttpOnly; SameSite=Strict") && !plain.contains("Secure"), "{plain}");
    let tls = set(&house.log_in("lake", HERE, "", &[("x-forwarded-proto", "https")]).await);
    assert!(tls.ends_with("; Secure"), "{tls}");
}

#[tokio::test]
async fn a_form_of_another_site_opens_nothing() {
    let house = house();
    house.add("lake", Role::Store).await;
    let form = "form=&name=lake&password=correct+horse+9".to_owned();
    let answer = house.post("/log-in", HERE, form, &[]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!is_in(&answer));
}

#[tokio::test]
async fn the_set_up_link_makes_one_user_on_this_box() {
    let house = house();
    let path = house.desk.set_up_path();
    let key = path.split_once("key=").unwrap().1.to_owned();
    let form =
        |key: &str, password: &str| format!("key={key}&name=boss&lang=en&password={password}");
    let good = PASSWORD.replace(' ', "+");
    let elsewhere = house.post("/set-up", ELSEWHERE, form(&key, &good), &[]).await;
    assert!(!is_in(&elsewhere));
    let other = house.post("/set-up", HERE, form(Token::draw().text(), &good), &[]).await;
    assert!(!is_in(&other));
    let weak = house.post("/set-up", HERE, form(&key, "short"), &[]).await;
    assert_eq!(weak.status(), StatusCode::BAD_REQUEST, "and she may try again");
    assert!(is_in(&house.post("/set-up", HERE, form(&key, &good), &[]).await));
    assert!(!is_in(&house.post("/set-up", HERE, form(&key, &good), &[]).await), "once");
    let names = house.desk.with(|hq| user::all(&hq.db).unwrap().len()).await.unwrap();
    assert_eq!(names, 1);
}
