//! Links between pages that belong together, for which the navigation has no room.
//!
//! Not here: the navigation (`route`).

use crate::hq::web::html::Html;
use crate::hq::web::route;
use crate::hq::web::visit::Visit;

type Pages = &'static [(&'static str, &'static str, &'static str)];

/// The desk's.
pub(super) const DESK: Pages = &[
    ("/tasks", "任务", "Tasks"),
    ("/win-back", "挽回名单", "Win-back list"),
    ("/win-back/report", "挽回成效", "What winning back showed"),
    ("/questions", "问题与建议", "Questions and suggestions"),
    ("/standards", "没守住的标准", "Broken standards"),
    ("/styles", "款式反馈", "What they say of styles"),
];

/// Staff's.
pub(super) const STAFF: Pages = &[
    ("/staff", "问号情况", "How numbers were asked for"),
    ("/follow-ups", "回访次数", "Follow-ups"),
    ("/new-customers", "新建档案", "New customers"),
    ("/contest", "建档竞赛", "File contest"),
    ("/checks", "档案抽查", "File checks"),
    ("/cases", "本月案例", "The month's cases"),
    ("/hand-over", "顾客交接", "Handing customers over"),
    ("/stores", "各门店", "By store"),
    ("/surveys", "问卷", "Surveys"),
];

/// The customers' and the numbers'.
pub(super) const FIGURES: Pages = &[
    ("/numbers", "数字", "Numbers"),
    ("/figures", "全部指标", "Every number"),
    ("/customers", "顾客", "Customers"),
    ("/classes", "顾客分类", "Customers by class"),
    ("/potential", "潜力名单", "Customers with potential"),
    ("/stores", "各门店", "By store"),
];

/// What is done for regulars and what they are sent.
pub(super) const CARE: Pages = &[
    ("/vip", "老顾客", "Regulars"),
    ("/texts", "文案库", "Texts"),
    ("/messages", "短信", "Messages"),
];

/// Links to those that she may open, but for the one that she is on.
pub(super) fn links(visit: &Visit, pages: Pages, here: &str, body: &mut Html) {
    let open = |path: &str| path != here && route::may(visit.user.role, path);
    body.raw("<p class=beside>");
    for (path, zh, en) in pages.iter().filter(|(path, ..)| open(path)) {
        body.link(path, visit.of(zh, en)).raw(" ");
    }
    body.raw("</p>");
}

/// The entry of the navigation that a list's page belongs to.
pub(in crate::hq::web) fn room<'a>(visit: &Visit, path: &'a str) -> &'a str {
    let is_of = |pages: Pages| pages.iter().any(|(of, ..)| *of == path);
    match path {
        "/numbers" | "/customers" => path,
        _ if is_of(STAFF) => "/staff",
        _ if is_of(DESK) => "/tasks",
        _ if is_of(CARE) => "/vip",
        _ if is_of(FIGURES) && visit.is_hq() => "/numbers",
        _ if is_of(FIGURES) => "/customers",
        _ => path,
    }
}
