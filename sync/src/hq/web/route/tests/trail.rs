//! What stands in the trail, and what a browser may do with a page.

use super::*;

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
    let soon = chain.as_user("s", &Method::POST, &path, "why=call+back").await;
    assert_eq!(soon.status, StatusCode::BAD_REQUEST, "one number a minute");
    assert!(!soon.text.contains("138 0000 6721"));
    let hours_later = |hq: &mut Hq| {
        hq.db.execute("UPDATE audit SET at_ms = at_ms - 7200000", []).unwrap();
        hq.db.execute("UPDATE task SET state = 'done'", []).unwrap();
    };
    chain.desk.with(hours_later).await.unwrap();
    let idle = chain.as_user("s", &Method::POST, &path, "why=curious").await;
    assert_eq!(idle.status, StatusCode::BAD_REQUEST, "nothing to do for her");
    assert!(!idle.text.contains("138 0000 6721"));
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
        let is_data = path.starts_with("/api/") || path.ends_with(".parquet");
        assert!(is_data || !got.text.contains("<b>1"), "{path}");
        assert!(!got.text.contains(OWN), "{path}");
    }
}
