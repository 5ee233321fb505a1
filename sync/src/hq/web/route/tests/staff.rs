//! Staff in the browser: hand-overs, checks of files, the contest, surveys, and the customers in figures.

use super::*;
use crate::hq::figures::contest::Quarter;

impl Chain {
    async fn post(&self, name: &'static str, path: &str, form: &str) -> Got {
        self.as_user(name, &Method::POST, path, form).await
    }

    async fn text(&self, name: &'static str, path: &str) -> String {
        let got = self.get(name, path).await;
        assert_eq!(got.status, StatusCode::OK, "{name} {path}: {}", got.text);
        got.text
    }

    async fn in_english(&self) {
        let english = |hq: &mut Hq| hq.db.execute("UPDATE user SET language = 'en'", []).unwrap();
        self.desk.with(english).await.unwrap();
    }

    /// What the trail says, the newest first.
    async fn trail(&self) -> Vec<String> {
        let rows = self.desk.with(|hq| audit::page(&hq.db, i64::MAX, 20).unwrap()).await.unwrap();
        rows.iter().map(|row| format!("{} {} {}", row.who, row.what, row.about)).collect()
    }

    async fn looks_after(&self, customer: CustomerId) -> String {
        let sql = "SELECT staff FROM looks_after WHERE customer = ?1 AND place = 1";
        let read = move |hq: &mut Hq| hq.db.query_row(sql, [customer], |row| row.get(0)).unwrap();
        self.desk.with(read).await.unwrap()
    }
}

const ZHOU: &str = "%E5%B0%8F%E5%91%A8"; // 小周
const LIN: &str = "%E5%B0%8F%E6%9E%97"; // 小林

#[tokio::test]
async fn s84_a_leavers_customers_are_planned_handed_over_and_taken_back() {
    let chain = chain();
    let store = chain.own.store;
    let list = chain.text("s", "/hand-over").await;
    assert!(list.contains(&format!("/hand-over/plan?store={store}&amp;staff={ZHOU}")), "{list}");
    assert!(list.contains("小林") && !list.contains("远店"));
    let plan = format!("/hand-over/plan?store={store}&staff={ZHOU}");
    let page = chain.text("s", &plan).await;
    assert!(page.contains("要交接 1 位顾客(其中 0 位是第二负责)和 0 件未办任务"), "{page}");
    assert!(page.contains("<td>小林</td><td class=n>1</td>") && page.contains("/hand-over/do"));
    assert_eq!(chain.looks_after(chain.own.customer).await, "小周", "a plan changes nothing");
    let nobody = chain.text("s", &format!("{plan}&to=nobody")).await;
    assert!(
        nobody.contains("近期在本店没有销售") && !nobody.contains("/hand-over/do\""),
        "{nobody}"
    );
    let form = format!("store={store}&staff={ZHOU}");
    let wrong = chain.post("s", "/hand-over/do", &format!("{form}&to=nobody")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let done = chain.post("s", "/hand-over/do", &format!("{form}&to={LIN}")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(chain.looks_after(chain.own.customer).await, "小林");
    let file = chain.text("s", &format!("/customers/{}", chain.own.customer)).await;
    assert!(file.contains("<dt>谁照顾她</dt><dd>小林</dd>"), "{file}");
    assert_eq!(chain.trail().await[0], "s hand_over 湖滨店: 小周 > 小林, 1 + 0");
    let page = chain.text("s", &plan).await;
    assert!(page.contains("登记了离职") && page.contains("/hand-over/back"), "{page}");
    let again = chain.post("s", "/hand-over/do", &form).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "gone already");
    let back = chain.post("s", "/hand-over/back", &form).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert_eq!(chain.looks_after(chain.own.customer).await, "小周");
    assert_eq!(chain.trail().await[0], "s hand_back 湖滨店: 小周, 1 + 0");
}

#[tokio::test]
async fn a_manager_hands_over_in_her_own_store_only() {
    let chain = chain();
    let far = chain.other.store;
    for name in ["s", "r"] {
        let plan = format!("/hand-over/plan?store={far}&staff={ZHOU}");
        assert_eq!(chain.get(name, &plan).await.status, StatusCode::NOT_FOUND);
        for deed in ["/hand-over/do", "/hand-over/back"] {
            let got = chain.post(name, deed, &format!("store={far}&staff={ZHOU}")).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{name} {deed}");
        }
    }
    assert_eq!(chain.looks_after(chain.other.customer).await, "小周");
    chain.in_english().await;
    let page = chain.text("h", &format!("/hand-over/plan?store={far}&staff={ZHOU}")).await;
    assert!(page.contains("1 customers would be handed over"), "{page}");
}

#[tokio::test]
async fn s11_hq_draws_once_a_manager_checks_and_the_contest_counts_it() {
    let chain = chain();
    let quarter = Quarter::of(clock::today());
    let list = chain.text("s", "/checks").await;
    assert!(list.contains("136****0001") && list.contains("还没核对") && list.contains("autumn"));
    assert!(!list.contains("136****0002"), "another store's");
    let again = format!("quarter={quarter}&seed=better&size=5");
    assert_eq!(chain.post("h", "/checks/draw", &again).await.status, StatusCode::BAD_REQUEST);
    let earlier = format!("quarter={}&seed=spring&size=5", quarter.before(1));
    assert_eq!(chain.post("s", "/checks/draw", &earlier).await.status, StatusCode::FORBIDDEN);
    assert_eq!(chain.post("h", "/checks/draw", &earlier).await.status, StatusCode::SEE_OTHER);
    let new = chain.desk.with(|hq: &mut Hq| {
        let phone = Phone::parse("13600000001").unwrap();
        customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap()
    });
    let path = format!("/checks/{}", new.await.unwrap());
    let page = chain.text("s", &path).await;
    assert!(page.contains("小林") && page.contains("不属实"), "{page}");
    let found = format!("{path}/found");
    assert_eq!(chain.post("s", &found, "found=perhaps").await.status, StatusCode::BAD_REQUEST);
    let marked = chain.post("s", &found, "found=invalid").await;
    assert_eq!(marked.status, StatusCode::SEE_OTHER, "{}", marked.text);
    assert!(
        chain.trail().await[0].starts_with("s file_check ")
            && chain.trail().await[0].ends_with(" invalid")
    );
    let rows: Json = serde_json::from_str(&chain.get("s", "/api/v1/contest").await.text).unwrap();
    let lin = rows["rows"].as_array().unwrap().iter().find(|row| row["staff"] == "小林").unwrap();
    assert_eq!((&lin["files"], &lin["checked"]), (&Json::from(1), &Json::from(1)));
    assert_eq!((&lin["found_valid"], &lin["rank_valid"]), (&Json::from(0), &Json::from(1)));
}

#[tokio::test]
async fn a_file_that_was_not_drawn_is_not_checked() {
    let chain = chain();
    chain
        .desk
        .with(|hq: &mut Hq| hq.db.execute("DELETE FROM file_draw", []).unwrap())
        .await
        .unwrap();
    let path = format!("/checks/{}", chain.own.customer);
    assert!(chain.text("s", &path).await.contains("没有被抽到"));
    let got = chain.post("s", &format!("{path}/found"), "found=valid").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let list = chain.text("s", "/checks").await;
    assert!(list.contains("还没有抽") && !list.contains("/checks/draw"), "only HQ draws");
    assert!(chain.text("h", "/checks").await.contains("/checks/draw"));
}

#[tokio::test]
async fn s24_staff_fill_a_survey_in_before_it_is_published() {
    let chain = chain();
    let form = "title=Fabric&questions=Is+it+soft%3F%0AYour+income%3F";
    let made = chain.post("h", "/surveys/make", form).await;
    let path = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let page = chain.text("s", &path).await;
    assert!(page.contains("Is it soft?") && page.contains("敏感:收入"), "{page}");
    assert!(!page.contains("/publish"), "HQ publishes");
    let early = chain.post("h", &format!("{path}/publish"), "").await;
    assert_eq!(early.status, StatusCode::BAD_REQUEST, "nobody filled it in");
    let half = chain.post("s", &format!("{path}/fill"), "a1=yes").await;
    assert_eq!(half.status, StatusCode::BAD_REQUEST);
    let filled = chain.post("s", &format!("{path}/fill"), "a1=very%0Asoft&a2=no+word").await;
    assert_eq!(filled.status, StatusCode::SEE_OTHER, "{}", filled.text);
    assert!(chain.text("h", &path).await.contains("<td class=said>very soft</td>"));
    assert!(!chain.text("r", &path).await.contains("very soft"), "a colleague's answers");
    let open = chain.post("h", &format!("{path}/publish"), "").await;
    assert_eq!(open.status, StatusCode::BAD_REQUEST, "a sensitive question is undecided");
    assert_eq!(
        chain.post("h", &format!("{path}/allow"), "number=2").await.status,
        StatusCode::SEE_OTHER
    );
    let out = chain.post("h", &format!("{path}/publish"), "").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.text);
    let page = chain.text("s", &path).await;
    assert!(page.contains("已发布") && !page.contains("/fill"), "{page}");
    let late = chain.post("s", &format!("{path}/fill"), "a1=x&a2=y").await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn s43_s127_staff_are_listed_by_name_and_nobody_is_ranked_by_numbers_given() {
    let chain = chain();
    for name in ["staff", "follow-ups", "new-customers"] {
        let rows: Json =
            serde_json::from_str(&chain.get("h", &format!("/api/v1/{name}")).await.text).unwrap();
        let rows = rows["rows"].as_array().unwrap().clone();
        let key = |row: &Json| [row["store"].to_string(), row["day"].to_string()];
        assert!(!rows.is_empty() && rows.iter().all(|row| row["rank"].is_null()), "{name}");
        assert!(rows.windows(2).all(|two| key(&two[0])[0] <= key(&two[1])[0]), "{name}");
    }
    let page = chain.text("s", "/follow-ups").await;
    assert!(page.contains("<td>小林</td><td>打电话</td><td class=n>1</td>"), "{page}");
    assert!(!page.contains("名次") && !chain.text("s", "/staff").await.contains("名次"));
    let month = chain.text("s", "/follow-ups?month=2020-02").await;
    assert!(month.contains("没有。") && month.contains("value=\"2020-02\""));
    for odd in ["month=2020-13", "month=2020-2", "month=-1"] {
        assert_eq!(
            chain.get("s", &format!("/follow-ups?{odd}")).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    for odd in ["2026Q5", "2026q1", "02026Q1", "9999Q4"] {
        let path = format!("/contest?quarter={odd}");
        assert_eq!(chain.get("s", &path).await.status, StatusCode::BAD_REQUEST, "{odd}");
    }
    let contest = chain.text("s", "/contest").await;
    assert!(contest.contains("不定奖惩") && contest.contains("小林") && !contest.contains("远店"));
}

#[tokio::test]
async fn s22_a_months_cases_name_nobody() {
    let chain = chain();
    let page = chain.text("s", "/cases").await;
    assert!(page.contains("质量") && !page.contains("小周") && !page.contains("6721"), "{page}");
    assert!(!page.contains(&chain.own.customer.to_string()) && !page.contains("王小姐"));
    let own_words = |hq: &mut Hq| {
        hq.db
            .execute("UPDATE complaint_step SET reason = '王小姐说的' WHERE step = 'analyse'", [])
            .unwrap()
    };
    chain.desk.with(own_words).await.unwrap();
    assert!(
        !chain.text("h", "/cases").await.contains("王小姐"),
        "a cause in own words may name her"
    );
    chain.in_english().await;
    assert!(chain.text("r", "/cases").await.contains("The month&#39;s cases"));
}

#[tokio::test]
async fn s78_a_question_is_tagged_with_what_it_is_about() {
    let chain = chain();
    let path = format!("/questions/{}", chain.own.question);
    let odd = chain.post("s", &format!("{path}/tag"), "tag=weather").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        chain.post("s", &format!("{path}/tag"), "tag=people").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(chain.text("s", &path).await.contains("<option value=\"people\" selected>什么人来办"));
}

#[tokio::test]
async fn s2_s126_customers_in_figures_add_up_and_say_how_they_were_counted() {
    let chain = chain();
    let page = chain.text("h", "/numbers").await;
    for said in
        ["顾客分类", "/classes?class=gold", "三步走到哪了", "1 建立关系", "25 格相加", "两种定义"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("各类相加 6 位,建档共 6 位"), "{page}");
    let all = chain.text("h", "/figures?limit=400").await;
    for said in ["留存率", "一年流失率", "怎么数的", "只有一名员工熟悉的会员"]
    {
        assert!(all.contains(said), "{said}");
    }
    let gold = chain.text("s", "/classes").await;
    assert!(gold.contains("138****6721") && gold.contains("小周") && !gold.contains("139****8888"));
    assert!(chain.text("s", "/classes?class=at_risk").await.contains("137****0001"));
    let stores = chain.text("r", "/stores").await;
    assert!(
        stores.contains("湖滨店")
            && !stores.contains("远店")
            && stores.contains("<td class=n>0</td><td class=n>2</td><td class=n>1</td>"),
        "{stores}"
    );
    chain.in_english().await;
    let page = chain.text("h", "/numbers").await;
    assert!(page.contains("they add up to 6, and 6 are on file"), "{page}");
    assert!(chain.text("h", "/figures").await.contains("How it was counted"));
    assert!(chain.text("h", "/potential").await.contains("Expected spend"));
}

#[tokio::test]
async fn before_the_first_night_the_pages_of_figures_say_so_and_do_not_fail() {
    let dir = tempfile::tempdir().unwrap();
    let founding =
        Founding { name: "云裳坊".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let mut hq = Hq::of(hq_store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    let (name, role, language) = ("h".to_owned(), Role::Hq, Lang::Zh);
    let new = NewUser { name, role, region: None, stores: vec![], language };
    user::add(&mut hq.db, 0, &new, PASSWORD).unwrap();
    let nowhere = Place {
        store: StoreId([1; 16]),
        customer: CustomerId([1; 16]),
        sale: String::new(),
        task: 1,
        case: 1,
        question: 1,
    };
    let desk = crate::hq::web::desk_of(hq);
    let router = router(table(), desk.clone());
    let chain = Chain { router, desk, own: nowhere.clone(), other: nowhere };
    for list in LISTS {
        chain.text("h", &list.path(list::Form::Page)).await;
    }
    assert!(chain.text("h", "/numbers").await.contains("今夜汇总后就有数字"));
}
