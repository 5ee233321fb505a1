//! What is done for regulars, by headquarters and by a store.

use super::*;

/// S61, S63, S64, S105, S130, S33.
#[tokio::test]
async fn s61_headquarters_writes_down_what_is_done_for_regulars_in_the_browser() {
    let chain = chain();
    let (store, today) = (chain.own.store, crate::hq::web::visit::day_text(clock::today()));
    let (from, until) = (&today, &today);
    let loan = move |hq: &mut Hq| {
        use crate::hq::desk::vip::umbrella;
        umbrella::lend(&hq.db, &store, "U7", None, crate::money::Minor::new(2_000), 1).unwrap()
    };
    let loan = chain.desk.with(loan).await.unwrap();
    let deeds = [
        ("event", format!("store={store}&day={today}&theme=tea&guests=8")),
        ("gift", "on=05-20&zh=a&en=b".to_owned()),
        ("benefit", format!("goods=DR1&zh=a&en=b&from={from}&until={until}")),
        ("reward", format!("kind=service&name=hem&from={from}&until={until}")),
        ("stall", format!("tag=fair&store={store}&till=&from={from}&until={until}")),
        ("umbrella-back", format!("loan={loan}")),
    ];
    assert!(chain.get("h", "/vip").await.text.contains("U7"), "S33: it is out");
    for (deed, form) in deeds {
        let path = format!("/vip/{deed}");
        let empty = chain.as_user("h", &Method::POST, &path, "").await;
        assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{deed} of nothing");
        let done = chain.as_user("h", &Method::POST, &path, &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{deed}: {}", done.text);
    }
    for table in ["vip_event", "gift", "benefit", "reward", "fair"] {
        let sql = format!("SELECT count(*) || '' FROM {table} WHERE ?1 = 1");
        let count = move |hq: &mut Hq| hq.db.query_row(&sql, [1], |row| row.get::<_, String>(0));
        assert_eq!(chain.desk.with(count).await.unwrap().unwrap(), "1", "{table}");
    }
    let page = chain.get("h", "/vip").await.text;
    assert!(page.contains("05-20") && page.contains("hem") && !page.contains("U7"), "{page}");
    let odd = chain.as_user("h", &Method::POST, "/vip/gift", "on=someday&zh=a&en=b").await;
    assert!(odd.text.contains("05-20"), "what a day looks like: {}", odd.text);
    let trail = chain.get("h", "/audit").await.text;
    assert!(trail.contains("记老顾客的事") && trail.contains("stall 1"), "{trail}");
}

/// S33, S61: a store lends and takes back its own umbrellas and writes its own evenings down, no other's.
#[tokio::test]
async fn s33_s61_a_store_has_its_own_umbrellas_and_get_togethers_on_a_page() {
    let chain = chain();
    let (own, other) = (chain.own.store, chain.other.store);
    let as_store = async |path: &'static str, form: String| {
        chain.as_user("s", &Method::POST, path, &form).await.status
    };
    let lent =
        |store, umbrella| format!("store={store}&umbrella={umbrella}&deposit=20.00&what={OWN}");
    assert_eq!(as_store("/vip/umbrella-lend", lent(own, "U1")).await, StatusCode::SEE_OTHER);
    assert_eq!(as_store("/vip/umbrella-lend", lent(own, "U1")).await, StatusCode::BAD_REQUEST);
    assert_eq!(as_store("/vip/umbrella-lend", lent(other, "U2")).await, StatusCode::BAD_REQUEST);
    let of_other = move |hq: &mut Hq| {
        use crate::hq::desk::vip::umbrella;
        umbrella::lend(&hq.db, &other, "U9", None, crate::money::Minor::new(2_000), 1).unwrap()
    };
    let far = chain.desk.with(of_other).await.unwrap();
    let page = chain.get("s", "/vip").await.text;
    assert!(page.contains("U1") && !page.contains("U9") && !page.contains("/vip/gift"), "{page}");
    let back = as_store("/vip/umbrella-back", format!("loan={far}")).await;
    assert_eq!(back, StatusCode::NOT_FOUND);
    let back = as_store("/vip/umbrella-back", format!("loan={}", far - 1)).await;
    assert_eq!(back, StatusCode::SEE_OTHER);
    let today = crate::hq::web::visit::day_text(clock::today());
    let evening = |store| format!("store={store}&day={today}&theme=tea&guests=8");
    assert_eq!(as_store("/vip/event", evening(own)).await, StatusCode::SEE_OTHER);
    assert_eq!(as_store("/vip/event", evening(other)).await, StatusCode::BAD_REQUEST);
    assert_eq!(as_store("/vip/gift", "on=05-20&zh=a&en=b".into()).await, StatusCode::FORBIDDEN);
}
