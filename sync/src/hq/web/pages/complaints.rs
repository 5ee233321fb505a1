//! Complaints: which are open, how old they are and what is next; per store, more or fewer than before.
//!
//! Not here: one case (`complaint`), the nine steps (`hq::desk::complaint`).

use super::words::{CASE_STATE, SIDE, STEP};
use super::{ALL, STORE, store_options, words};
use crate::hq::Hq;
use crate::hq::desk::complaint::page::{After, CaseRow, Which, page as case_page};
use crate::hq::desk::complaint::trend::{self, Trend};
use crate::hq::desk::rules::Rules;
use crate::hq::listing::Masking;
use crate::hq::user::Scope;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::{Field, Kind, List, Rows, Value, field, html_table};
use crate::hq::web::visit::{Param, Refused, Shape, Visit};
use std::collections::BTreeSet;

pub(super) const LIST: List = List {
    name: "complaints",
    zh: "投诉",
    en: "Complaints",
    about_zh: "没结案的在前,老的在前。九步一步不少:倾听、谈心、道歉、分析、说明、处理、补偿、结果、回访。",
    about_en: "Open ones first, the oldest first. Nine steps, none is skipped: listen, talk, apologise, analyse, explain, handle, compensate, result, feedback.",
    who: ALL,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("case", Kind::Id("/complaints/"), "编号", "Number"),
        field("opened_ms", Kind::Moment, "开始", "Opened"),
        field("store", Kind::Text, "门店", "Store"),
        field("side", Kind::Word(SIDE), "由谁办", "Whose"),
        field("state", Kind::Word(CASE_STATE), "状态", "State"),
        field("next_step", Kind::Word(STEP), "下一步", "Next step"),
        field("reply_minutes", Kind::Count, "首次答复(分)", "First answer, min"),
        field("age_hours", Kind::Count, "已过小时", "Hours"),
        field("late", Kind::Flag, "超时", "Late"),
        field("satisfied", Kind::Flag, "满意", "Content"),
        field("stock_apology", Kind::Flag, "套话道歉", "Stock apology"),
        field("misrouted", Kind::Count, "转错次数", "Misrouted"),
    ],
    params: &[
        STORE,
        Param {
            name: "show",
            shape: Shape::Word(&["open", "overdue", "closed"]),
            about: "Which; all unless given.",
        },
    ],
    rows,
    above: Some(above),
};

const TREND: &[Field] = &[
    field("store", Kind::Text, "门店", "Store"),
    field("open", Kind::Count, "未结", "Open"),
    field("oldest", Kind::Count, "最老(小时)", "Oldest, hours"),
    field("lately", Kind::Count, "近 30 天", "Last 30 days"),
    field("before", Kind::Count, "前 30 天", "30 days before"),
    field("median", Kind::Count, "半数答复(分)", "Half answered, min"),
    field("ninety", Kind::Count, "九成答复(分)", "90 % answered, min"),
    field("silent", Kind::Count, "估计没说的", "Silent, estimated"),
];

/// The names of the visitor's stores, or none for whom may see all.
pub(super) fn names(hq: &Hq, visit: &Visit) -> Result<Option<BTreeSet<String>>, Refused> {
    let one = visit.store()?;
    if one.is_none() && visit.scope == Scope::All {
        return Ok(None);
    }
    let stores = visit.stores(&hq.db)?;
    let stores = stores.into_iter().filter(|(store, _)| one.is_none_or(|one| one == *store));
    Ok(Some(stores.map(|(_, name)| name).collect()))
}

/// Whether a row of this store is hers.
pub(super) fn has(names: &Option<BTreeSet<String>>, store: Option<&String>) -> bool {
    match (names, store) {
        (None, _) => true,
        (Some(names), Some(store)) => names.contains(store),
        (Some(_), None) => false,
    }
}

/// Up to when a case that is open was opened if it is late: never answered, and at all.
struct Late {
    unanswered_ms: i64,
    open_ms: i64,
}

impl Late {
    fn of(hq: &Hq, visit: &Visit) -> Self {
        let standards = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped()).standards;
        let ago = |minutes: i64| visit.now_ms.saturating_sub(minutes.saturating_mul(60_000));
        Self {
            unanswered_ms: ago(standards.complaint_reply_minutes.saturating_add(1)),
            open_ms: ago(standards.complaint_close_days.saturating_mul(1_440).saturating_add(60)),
        }
    }

    fn has(&self, case: &CaseRow) -> bool {
        let unanswered = case.reply_minutes.is_none() && case.opened_ms <= self.unanswered_ms;
        case.state == "open" && (unanswered || case.opened_ms <= self.open_ms)
    }
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let late = Late::of(hq, visit);
    let Late { unanswered_ms, open_ms } = late;
    let which = match visit.asked("show") {
        Some("open") => Which::Open,
        Some("closed") => Which::Closed,
        Some("overdue") => Which::Overdue { unanswered_ms, open_ms },
        _ => Which::All,
    };
    let after = visit.after::<3>()?.map(|parts| {
        let [closed, opened_ms, id] = parts.map(|part| part.parse().unwrap_or(i64::MAX));
        After { closed: closed > 0, opened_ms, id }
    });
    let within = visit.within("c.store", visit.store()?);
    let mut cases = case_page(&hq.db, &within, which, after, limit + 1, visit.now_ms)?;
    let more = cases.len() > limit as usize;
    cases.truncate(limit as usize);
    let next = cases.last().filter(|_| more).map(|case| {
        let closed = u8::from(case.state == "closed");
        format!("{closed}.{}.{}", case.opened_ms, case.id)
    });
    let rows = cases.iter().map(|case| row(case, late.has(case))).collect();
    Ok(Rows { rows, next })
}

fn row(case: &CaseRow, late: bool) -> Vec<Value> {
    vec![
        Value::Text(case.id.to_string()),
        Value::Int(case.opened_ms),
        Value::text(case.store.clone()),
        Value::Text(case.scope.clone()),
        Value::Text(case.state.clone()),
        Value::text(case.next.map(super::complaint::word)),
        Value::int(case.reply_minutes),
        Value::Int(case.age_hours),
        Value::Flag(late),
        case.satisfied.map_or(Value::None, Value::Flag),
        Value::Flag(case.stock_apology),
        Value::Int(case.misrouted.into()),
    ]
}

/// A page of rows that were read as a whole.
pub(super) fn cut(visit: &Visit, limit: u32, mut rows: Vec<Vec<Value>>) -> Result<Rows, Refused> {
    let begin = visit.skipped()?.min(rows.len());
    let end = begin.saturating_add(limit as usize).min(rows.len());
    let next = (end < rows.len()).then(|| end.to_string());
    Ok(Rows { rows: rows.drain(begin..end).collect(), next })
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    body.raw("<details class=card><summary>").text(visit.of("新的投诉", "A new complaint"));
    body.raw("</summary>");
    open_form(hq, visit, None, body)?;
    body.raw("</details>");
    let names = names(hq, visit)?;
    let rules = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped());
    let mut trends = trend::by_store(&hq.db, &rules, visit.now_ms)?;
    trends.retain(|trend| has(&names, trend.store.as_ref()));
    if !trends.is_empty() {
        by_store(visit, &rules, &trends, body);
    }
    Ok(())
}

fn by_store(visit: &Visit, rules: &Rules, trends: &[Trend], body: &mut Html) {
    body.raw("<details><summary>").text(visit.of("各门店", "By store")).raw("</summary>");
    let row = |trend: &Trend| {
        vec![
            Value::text(trend.store.clone()),
            Value::Int(trend.open.into()),
            Value::Int(trend.oldest_hours),
            Value::Int(trend.lately.into()),
            Value::Int(trend.before.into()),
            Value::Int(trend.reply.median),
            Value::Int(trend.reply.ninety),
            Value::Int(i64::try_from(trend.silent_estimate).unwrap_or(i64::MAX)),
        ]
    };
    let rows: Vec<Vec<Value>> = trends.iter().map(row).collect();
    html_table(visit, TREND, &rows, body);
    let voiced = rules.standards.voiced_percent;
    let words = match visit.lang {
        Lang::Zh => {
            format!("估计没说的:假设不满意的人里只有 {voiced} % 会开口;这是估计,不是数出来的。")
        }
        Lang::En => format!(
            "Silent: if only {voiced} % of the dissatisfied say so. An estimate, nobody counted them."
        ),
    };
    body.raw("<p class=soft>").text(&words).raw("</p></details>");
}

/// The form that opens a case: of her, or of somebody whose number is typed, or of nobody known.
pub(super) fn open_form(
    hq: &Hq,
    visit: &Visit,
    hers: Option<&crate::care_list::CustomerId>,
    body: &mut Html,
) -> Result<(), Refused> {
    body.form("/complaints/open", &visit.token);
    let stores = store_options(hq, visit)?;
    body.choice(visit.of("在哪家店", "In which store"), "store", &stores, "");
    body.choice(visit.of("由谁办", "Whose it is"), "side", &sides(visit), "store");
    match hers {
        Some(hers) => {
            body.raw("<input type=hidden name=customer value=\"").text(&hers.to_string());
            body.raw("\">");
        }
        None => {
            let label = visit.of("她的手机号(不知道就空着)", "Her number, if it is known");
            body.field(label, "what", "autocomplete=off inputmode=tel maxlength=40", "");
        }
    }
    let label =
        visit.of("说的是哪一款(款号,没有就空着)", "Which style it is about, if it is about one");
    body.field(label, "style", super::complaint::STYLE, "");
    body.button(visit.of("开始处理", "Open a case")).raw("</form>");
    Ok(())
}

/// Who may lead a case or answer a question (S51).
pub(super) fn sides(visit: &Visit) -> Vec<(String, String)> {
    words::options(SIDE, visit.lang)
}
