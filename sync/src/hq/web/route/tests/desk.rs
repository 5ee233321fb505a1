//! The desk in the browser: a task from its list to its outcome, a complaint through its nine steps,
//! and no word of the other language.

use super::*;
use crate::event::{Purpose, Seq};
use crate::hq::figures::rules::FigureRules;

/// The text of one column of a table's only row.
impl Chain {
    async fn told(&self, sql: &'static str, id: i64) -> String {
        let read = move |hq: &mut Hq| hq.db.query_row(sql, [id], |row| row.get(0)).unwrap();
        self.desk.with(read).await.unwrap()
    }

    async fn does(&self, path: &str, form: &str) -> Got {
        self.as_user("s", &Method::POST, path, form).await
    }
}

#[tokio::test]
async fn a_manager_enters_an_outcome_by_one_click_and_the_task_is_done() {
    let chain = chain();
    let path = format!("/tasks/{}", chain.own.task);
    let list = chain.get("s", "/tasks").await.text;
    assert!(list.contains(&path) && list.contains("138****6721"), "{list}");
    let page = chain.get("s", &path).await.text;
    assert!(page.contains("真丝裙") && page.contains("可以这样说"), "{page}");
    let outcome = format!("{path}/outcome");
    let none = chain.does(&outcome, "outcome=sold").await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "no such outcome");
    let no_time = chain.does(&outcome, "outcome=rescheduled").await;
    assert_eq!(no_time.status, StatusCode::BAD_REQUEST, "S45: a time is agreed");
    let done = chain.does(&outcome, "outcome=reached&likes=yes&washing=no&note=%E5%A5%BD").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let sql = "SELECT state || ' ' || outcome || ' ' || closed_by FROM task WHERE id = ?1";
    assert_eq!(chain.told(sql, chain.own.task).await, "done reached s");
    let asked = "SELECT kind FROM feedback WHERE task = ?1";
    assert_eq!(chain.told(asked, chain.own.task).await, "question", "S29: she had a question");
    let page = chain.get("s", &path).await.text;
    assert!(
        page.contains("已联系上") && page.contains("好</li>") && !page.contains("<button name")
    );
    let again = chain.does(&outcome, "outcome=reached").await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "it is done");
    let file = chain.get("s", &format!("/customers/{}", chain.own.customer)).await.text;
    assert!(file.contains("打电话 · 已联系上 · s"), "S95: {file}");
}

#[tokio::test]
async fn a_task_is_put_off_within_two_months_and_not_into_the_past() {
    let chain = chain();
    let path = format!("/tasks/{}/postpone", chain.own.task);
    let day = |days| crate::hq::web::visit::day_text(clock::today() + days);
    for (days, expected) in
        [(-1, StatusCode::BAD_REQUEST), (61, StatusCode::BAD_REQUEST), (3, StatusCode::SEE_OTHER)]
    {
        let got = chain.does(&path, &format!("due={}", day(days))).await;
        assert_eq!(got.status, expected, "{days}");
    }
    let sql = "SELECT due FROM task WHERE id = ?1";
    let read = move |hq: &mut Hq| hq.db.query_row(sql, [1], |row| row.get::<_, i32>(0)).unwrap();
    assert_eq!(chain.desk.with(read).await.unwrap(), clock::today() + 3);
    assert!(!chain.get("s", "/tasks?state=overdue").await.text.contains("138****6721"));
}

#[tokio::test]
async fn s52_a_complaint_goes_through_its_nine_steps_in_the_browser_and_gets_a_second_chance() {
    let chain = chain();
    let path = format!("/complaints/{}", chain.own.case);
    let (step, close) = (format!("{path}/step"), format!("{path}/close"));
    let early = chain.does(&close, "").await;
    assert_eq!(early.status, StatusCode::BAD_REQUEST, "its result was not told yet");
    let skipped = chain.does(&step, "step=apologise&text=sorry").await;
    assert_eq!(skipped.status, StatusCode::BAD_REQUEST, "none is skipped");
    let bare = chain.does(&step, "step=listen").await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST, "her words are missing");
    let day = crate::hq::web::visit::day_text(clock::today() + 2);
    let handle = format!("step=handle&text=new+zip&owner=Li&by_day={day}");
    let cure = [
        "step=analyse&reason=quality&verified=yes",
        "step=explain&text=the+zip",
        &handle,
        "step=compensate&text=scarf",
        "step=result&satisfied=yes&thanked=yes",
    ];
    let heard = ["step=listen&text=the+zip+broke", "step=talk", "step=apologise&text=our+fault"];
    for form in heard.into_iter().chain(cure) {
        let got = chain.does(&step, form).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{form}: {}", got.text);
    }
    let page = chain.get("s", &path).await.text;
    assert!(page.contains("the zip broke") && page.contains("Li · ") && page.contains("质量"));
    assert_eq!(chain.does(&close, "").await.status, StatusCode::SEE_OTHER);
    let state = "SELECT state FROM complaint WHERE id = ?1";
    assert_eq!(chain.told(state, chain.own.case).await, "closed");
    let no = chain.does(&step, "step=feedback&satisfied=no").await;
    assert_eq!(no.status, StatusCode::SEE_OTHER);
    assert_eq!(chain.told(state, chain.own.case).await, "open", "S59");
    let page = chain.get("s", &path).await.text;
    assert!(page.contains("第二次机会") && page.contains("value=analyse"), "{page}");
    let sent = chain.does(&format!("{path}/route"), "side=region").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let request = format!("{path}/request");
    let unreasoned = chain.does(&request, "what=money&granted=no").await;
    assert_eq!(unreasoned.status, StatusCode::BAD_REQUEST, "S94");
    let reasoned = chain.does(&request, "what=money+back&granted=no&reason=worn").await;
    assert_eq!(reasoned.status, StatusCode::SEE_OTHER);
    assert!(chain.get("h", &path).await.text.contains("money back"));
}

#[tokio::test]
async fn a_manager_opens_a_case_in_her_own_store_only() {
    let chain = chain();
    let open = |store: StoreId| format!("store={store}&side=store&what={OWN}");
    let far = chain.does("/complaints/open", &open(chain.other.store)).await;
    assert_eq!(far.status, StatusCode::BAD_REQUEST);
    let unknown = format!("store={}&side=store&what=13999999999", chain.own.store);
    assert_eq!(chain.does("/complaints/open", &unknown).await.status, StatusCode::BAD_REQUEST);
    let other = format!("store={}&side=store&what={OTHER}", chain.own.store);
    let not_hers = chain.does("/complaints/open", &other).await.status;
    assert_eq!(not_hers, StatusCode::BAD_REQUEST, "as unknown as one that does not exist");
    let got = chain.does("/complaints/open", &open(chain.own.store)).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    let path = got.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert!(chain.get("s", &path).await.text.contains("138****6721"));
}

#[tokio::test]
async fn one_who_stays_away_is_called_when_a_manager_asks_and_only_if_she_may_be() {
    let chain = chain();
    let hers = |hq: &mut Hq| {
        let phone = Phone::parse("13700000001").unwrap();
        customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap()
    };
    let away = chain.desk.with(hers).await.unwrap();
    let path = format!("/customers/{away}");
    let page = chain.get("s", &path).await.text;
    assert!(page.contains("久未光顾") && page.contains("请门店给她打电话"), "{page}");
    let ask = format!("{path}/ask");
    assert_eq!(chain.does(&ask, "").await.status, StatusCode::BAD_REQUEST, "she never agreed");
    let agree = move |hq: &mut Hq| {
        let sql = "INSERT INTO consent (stream, seq, customer, purpose, given, text_version) VALUES (1, 50, ?1, ?2, 1, 'c-1')";
        hq.db.execute(sql, params![away, Purpose::Care.word()]).unwrap()
    };
    chain.desk.with(agree).await.unwrap();
    let got = chain.does(&ask, "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
    let task = got.headers[header::LOCATION].to_str().unwrap().to_owned();
    let page = chain.get("s", &task).await.text;
    assert!(page.contains("久未光顾") && page.contains("好久没见"), "{page}");
    let unsaid = chain.does(&format!("{task}/outcome"), "outcome=reached").await;
    assert_eq!(unsaid.status, StatusCode::BAD_REQUEST, "S20: no reason");
    let said = chain.does(&format!("{task}/outcome"), "outcome=reached&reason=competitor").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let report = chain.get("h", "/win-back/report").await.text;
    assert!(report.contains("竞争对手"), "{report}");
    assert!(!chain.get("s", "/win-back?show=waiting").await.text.contains("137****0001"));
    assert!(chain.get("s", "/win-back?show=called").await.text.contains("137****0001"));
}

#[tokio::test]
async fn hqs_own_words_on_tasks_have_places_of_their_own() {
    let chain = chain();
    for (task, outcome) in [(chain.own.task, "no_answer"), (chain.other.task, "reached")] {
        let path = format!("/tasks/{task}/outcome");
        let got = chain.as_user("h", &Method::POST, &path, &format!("outcome={outcome}")).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
    }
    let read = |hq: &mut Hq| -> Vec<(i64, Seq)> {
        let mut select = hq.db.prepare("SELECT stream, seq FROM outcome ORDER BY seq").unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(chain.desk.with(read).await.unwrap(), [(0, Seq(1)), (0, Seq(2))]);
}

/// What a shop calls its own things stays as it is.
const DATA: [&str; 12] = [
    "云裳坊",
    "湖滨店",
    "远店",
    "华东",
    "华南",
    "小周",
    "小陈",
    "小林",
    "真丝裙",
    "银卡",
    "金卡",
    "钻石卡",
];

#[tokio::test]
async fn no_english_page_has_a_chinese_word_of_ours() {
    let chain = chain();
    let english = |hq: &mut Hq| hq.db.execute("UPDATE user SET language = 'en'", []).unwrap();
    chain.desk.with(english).await.unwrap();
    let mut walked = 0;
    for row in table() {
        if !matches!(row.who, Who::Roles(_)) || row.method != Method::GET {
            continue;
        }
        let path = filled(&row.path, &chain.own);
        if path.ends_with(".parquet") {
            continue; // data alone, and not text
        }
        let mut text = chain.get("h", &path).await.text;
        for data in DATA {
            text = text.replace(data, "");
        }
        let han: String =
            text.chars().filter(|sign| ('\u{3400}'..'\u{a000}').contains(sign)).collect();
        // The link to the other language is in that language.
        assert_eq!(han.replace("中文", ""), "", "{path}");
        walked += 1;
    }
    assert!(walked > 40, "{walked}");
}

/// S6: the pages weigh a file as the chain says, and not by 20 and 80 for ever. S78: what is older than
/// the chain's own months is marked.
#[tokio::test]
async fn s6_s78_her_page_and_the_chains_weigh_fields_as_the_chain_does() {
    let chain = chain();
    let (page, old_ms) = (filled("/customers/{customer}", &chain.own), 1);
    let her = chain.own.customer;
    let write = move |hq: &mut Hq| {
        let written = ("taste", "素色");
        customer::entry::write(&hq.db, &hq.keys, &her, written, "店长", old_ms).unwrap();
    };
    chain.desk.with(write).await.unwrap();
    let seen = chain.get("h", &page).await.text;
    assert!(seen.contains("硬 20 % + 软 80 %") && !seen.contains("民族"), "{seen}");
    assert!(seen.contains("可能过时"));
    let own = "[file]\nhard_percent = 60\nstale_months = 255\non = [\"ethnicity\"]";
    let set = move |hq: &mut Hq| {
        FigureRules::set(&hq.db, own).unwrap();
        let young_ms = clock::now_ms() - 400 * 86_400_000;
        let written = ("taste", "素色");
        customer::entry::write(&hq.db, &hq.keys, &her, written, "店长", young_ms).unwrap();
        while summary::step(hq, clock::today()).unwrap() {}
    };
    chain.desk.with(set).await.unwrap();
    let seen = chain.get("h", &page).await.text;
    assert!(seen.contains("硬 60 % + 软 40 %") && seen.contains("民族"), "{seen}");
    assert!(!seen.contains("可能过时"));
    assert!(chain.get("h", "/numbers").await.text.contains("60 % × 硬档案"));
}

/// S36 to S41: the checker speaks before a text is kept, somebody else reviews it, and the list shows both.
#[tokio::test]
async fn s36_a_text_is_written_checked_and_reviewed_by_somebody_else_in_the_browser() {
    let chain = chain();
    let post =
        async |name, path: &str, form: &str| chain.as_user(name, &Method::POST, path, form).await;
    let form = |text: &str| format!("kind=birthday&language=zh&text={}", list::escaped(text));
    let sells = post("h", "/texts/add", &form("{name}生日快乐,全场八折,欢迎选购")).await;
    assert_eq!(sells.status, StatusCode::OK, "the form again, with what is wrong");
    assert!(sells.text.contains("八折") && sells.text.contains("仍要用"), "{}", sells.text);
    assert!(!chain.get("h", "/texts").await.text.contains("全场八折"), "it is not kept");
    let good = post("h", "/texts/add", &form("{name},生日快乐,愿您安康")).await;
    assert_eq!(good.status, StatusCode::SEE_OTHER, "{}", good.text);
    let page = chain.get("h", "/texts").await.text;
    assert!(page.contains("愿您安康") && page.contains("请别人审"), "{page}");
    let own = post("h", "/texts/2/review", "").await;
    assert_eq!(own.status, StatusCode::BAD_REQUEST, "whoever wrote it does not review it");
    let sql = "UPDATE message_text SET author = 'somebody' WHERE id = ?1";
    chain.desk.with(move |hq| hq.db.execute(sql, [2]).unwrap()).await.unwrap();
    let reviewed = post("h", "/texts/2/review", "").await;
    assert_eq!(reviewed.status, StatusCode::SEE_OTHER);
    let sql = "SELECT reviewer FROM message_text WHERE id = ?1";
    assert_eq!(chain.told(sql, 2).await, "h");
    let kept = "&why=%E4%BC%9A%E5%91%98%E6%97%A5";
    let kept = post("h", "/texts/add", &(form("{name}生日快乐,全场八折") + kept)).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    let page = chain.get("h", "/texts").await.text;
    assert!(page.contains("会员日") && page.contains("八折"), "why it was kept stands there");
}

/// S65: no wish is answered but by its three checks.
#[tokio::test]
async fn s65_a_wish_is_decided_by_its_three_checks_in_the_browser() {
    let chain = chain();
    let form = format!("store={}&kind=wish&side=store&text=tea", chain.own.store);
    let opened = chain.does("/questions/open", &form).await;
    let path = opened.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert!(chain.get("s", &path).await.text.contains("合品牌吗"));
    let answered = chain.does(&format!("{path}/answer"), "").await;
    assert_eq!(answered.status, StatusCode::BAD_REQUEST, "not without the checks");
    let decide = format!("{path}/decide");
    let against = "suits=yes&feasible=no&no_conflict=yes&does=yes&why=x";
    assert_eq!(chain.does(&decide, against).await.status, StatusCode::BAD_REQUEST);
    let bare = "suits=yes&feasible=no&no_conflict=yes&does=no&why=";
    assert_eq!(chain.does(&decide, bare).await.status, StatusCode::BAD_REQUEST, "a reason");
    let no = "suits=yes&feasible=no&no_conflict=yes&does=no&why=no+room";
    assert_eq!(chain.does(&decide, no).await.status, StatusCode::SEE_OTHER);
    let sql = "SELECT why FROM wish_decision WHERE ?1 = 1";
    assert_eq!(chain.told(sql, 1).await, "no room");
    assert_eq!(chain.does(&decide, no).await.status, StatusCode::BAD_REQUEST, "once");
}

/// S79: what she takes back counts at once.
#[tokio::test]
async fn s79_an_opt_out_is_noted_on_her_file_and_counts_at_once() {
    let chain = chain();
    let path = format!("/customers/{}/opt-out", chain.own.customer);
    assert_eq!(chain.does(&path, "stream=letters").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(chain.does(&path, "stream=marketing").await.status, StatusCode::SEE_OTHER);
    let sql = "SELECT group_concat(stream || given || by) FROM message_opt WHERE ?1 = 1";
    assert_eq!(chain.told(sql, 1).await, "marketing0s");
    assert_eq!(chain.does(&path, "stream=all").await.status, StatusCode::SEE_OTHER);
    let left = "SELECT count(*) || '' FROM desk_left_alone WHERE ?1 = 1";
    assert_eq!(chain.told(left, 1).await, "1");
    let state = "SELECT state FROM task WHERE id = ?1";
    assert_eq!(chain.told(state, chain.own.task).await, "cancelled", "nobody calls her");
}

/// Her request stands on the first page until headquarters has done it.
#[tokio::test]
async fn who_wants_to_be_forgotten_is_named_first_and_headquarters_deletes_her() {
    let chain = chain();
    let (store, customer) = (chain.own.store, chain.own.customer);
    let ask = move |hq: &mut Hq| {
        let sql = "INSERT INTO erasure_request (stream, seq, customer, store, said_ms)
                   VALUES (1, 77, ?1, ?2, 5)";
        hq.db.execute(sql, params![customer, store]).unwrap()
    };
    chain.desk.with(ask).await.unwrap();
    let file = format!("/customers/{customer}");
    for name in ["h", "s"] {
        assert!(chain.get(name, "/").await.text.contains("要求删除资料"), "{name}");
        assert!(chain.get(name, &file).await.text.contains("她在店里要求删除资料"), "{name}");
    }
    let form = format!("{file}/erase");
    assert!(!chain.get("s", &file).await.text.contains(&form), "a store does not destroy");
    assert!(chain.get("h", &file).await.text.contains(&form));
    let bare = chain.as_user("h", &Method::POST, &form, "").await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST, "why?");
    let done = chain.as_user("h", &Method::POST, &form, "reason=she+asked").await;
    assert!(done.text.contains("已经删除") && done.text.contains("凭证号"), "{}", done.text);
    assert!(!chain.get("h", "/").await.text.contains("要求删除资料"), "it is done");
    assert_eq!(chain.get("h", &file).await.status, StatusCode::NOT_FOUND);
    assert!(chain.get("h", "/audit").await.text.contains("she asked"));
}
