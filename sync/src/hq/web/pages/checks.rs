//! Checking files by sample (S11): which were drawn of a quarter's new ones, and what the check found.
//!
//! ```text
//! HQ draws: seed, size ─▶ the same files for everybody ─▶ one is looked at: true or not ─▶ contest
//! ```
//!
//! Not here: drawing (`hq::figures::contest`), the ranks (`contest`).

use super::words::FOUND;
use super::{ALL, QUARTER, STORE, beside, customers, each_store, words};
use crate::care_list::CustomerId;
use crate::hq::customer;
use crate::hq::figures::contest::{self, Draw, Drawn, Quarter};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field, moment};
use crate::hq::web::visit::{Refused, Visit, day_text, odd};
use crate::hq::{Hq, audit};
use crate::message::StoreId;
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::OptionalExtension as _;

pub(super) const LIST: List = List {
    name: "checks",
    zh: "档案抽查",
    en: "File checks",
    about_zh: "季度新档案里抽出来核对的:打个电话或当面问一问,档案里写的是不是真的。种子一样,谁来抽都是这几份。",
    about_en: "Files drawn from a quarter's new ones: ask her whether what is written is true. With the same seed whoever draws gets these.",
    who: ALL,
    name_in_navigation: false,
    people: true,
    fields: &[
        field("file", Kind::Id("/checks/"), "编号", "Number"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("store", Kind::Text, "门店", "Store"),
        field("staff", Kind::Text, "建档人", "Made by"),
        field("found", Kind::Word(FOUND), "结果", "Found"),
    ],
    params: &[STORE, QUARTER],
    rows,
    above: Some(above),
};

/// Files of each one's that may be drawn.
const SIZE_MAX: u32 = 100;

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let quarter = visit.quarter();
    let Some(draw) = contest::draw_of(&hq.db, quarter)? else { return Ok(Rows::default()) };
    let hq = &*hq;
    let mut page = each_store::read(hq, visit, limit, |store, name| {
        let drawn = contest::drawn_in(&hq.db, quarter, &draw, (store, name))?;
        Ok(drawn.into_iter().map(bare).collect())
    })?;
    // Only files that are shown are opened.
    for row in &mut page.rows {
        let Some(Value::Text(id)) = row.first() else { continue };
        let id: CustomerId = id.parse().map_err(|_| Refused::Broken)?;
        let file = customer::file(&hq.db, &hq.keys, &id)?;
        row[1] = Value::Text(masking.show(&file));
        row[2] = Value::text(customers::name(&file));
    }
    Ok(page)
}

fn bare(drawn: Drawn) -> Vec<Value> {
    let found = match drawn.valid {
        Some(true) => "valid",
        Some(false) => "invalid",
        None => "unchecked",
    };
    let [file, store, staff] = [drawn.customer, drawn.store, drawn.staff].map(Value::Text);
    vec![file, Value::None, Value::None, store, staff, Value::Text(found.into())]
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/checks", body);
    let quarter = visit.quarter();
    match contest::draw_of(&hq.db, quarter)? {
        Some(Draw { seed, size, by, at_ms }) => {
            let name = |zh, en| visit.lang.of(zh, en);
            body.raw("<dl>").tag("dt", name("季度", "Quarter")).tag("dd", &quarter.to_string());
            body.tag("dt", name("种子", "Seed")).tag("dd", &seed);
            body.tag("dt", name("每人抽", "Of each one's")).tag("dd", &size.to_string());
            let who = format!("{by} · {}", moment(at_ms));
            body.tag("dt", name("谁抽的", "Drawn by")).tag("dd", &who).raw("</dl>");
        }
        None => {
            body.raw("<p class=none>").text(&format!("{quarter}:"));
            let words =
                visit.of("这个季度还没有抽。", "nothing has been drawn of this quarter yet.");
            body.text(words).raw("</p>");
            if visit.is_hq() {
                draw_form(visit, quarter, body);
            }
        }
    }
    Ok(())
}

fn draw_form(visit: &Visit, quarter: Quarter, body: &mut Html) {
    body.raw("<div class=card>").form("/checks/draw", &visit.token);
    body.raw("<input type=hidden name=quarter value=\"").text(&quarter.to_string()).raw("\">");
    let label = visit.of("种子:随便几个字,抽好后人人看得到", "Seed: any words; shown to everybody");
    body.field(label, "seed", "required maxlength=60", "");
    let label = visit.of("每位员工抽几份", "So many of each one's files");
    body.field(label, "size", "required inputmode=numeric size=4", "10");
    body.button(visit.of("抽", "Draw")).raw("</form><p class=soft>").text(visit.of(
        "一个季度只抽一次,抽了不能换:挑到满意为止就不是抽查了。",
        "A quarter is drawn once: who draws until the sample suits draws no sample.",
    ));
    body.raw("</p></div>");
}

/// `POST /checks/draw`.
pub(in crate::hq::web) fn draw(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let quarter = Quarter::parse(visit.typed("quarter")?).ok_or_else(|| odd("quarter"))?;
    let seed = visit.needed("seed", "请写种子", "type a seed")?.to_owned();
    let size = visit.typed("size")?.parse().ok().filter(|size| (1..=SIZE_MAX).contains(size));
    let size = size.ok_or_else(|| odd("size"))?;
    let draw = Draw { seed, size, by: visit.user.name.clone(), at_ms: visit.now_ms };
    if !contest::set_draw(&hq.db, quarter, &draw)? {
        return Err(Refused::odd("这个季度抽过了", "this quarter was drawn before"));
    }
    let about = format!("{quarter} {size} {}", draw.seed);
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "file_draw", &about, "")?;
    Ok(Redirect::to(&format!("/checks?quarter={quarter}")).into_response())
}

/// A new file: whose, of which day, and by whom it was made.
struct File {
    id: CustomerId,
    day: i32,
    store: StoreId,
    store_name: String,
    staff: String,
}

/// The file that the path names, if it was made in a store of the visitor's.
fn find(hq: &Hq, visit: &Visit) -> Result<File, Refused> {
    let id = visit.customer(&hq.db)?;
    let found = hq
        .db
        .prepare_cached(
            "SELECT f.reg_day, f.reg_store, s.name, f.reg_staff FROM figure_person f
             JOIN store s ON s.id = f.reg_store
             WHERE f.customer = ?1 AND f.reg_day IS NOT NULL AND f.reg_staff IS NOT NULL",
        )?
        .query_row([id], |row| {
            let (day, store) = (row.get(0)?, row.get(1)?);
            Ok(File { id, day, store, store_name: row.get(2)?, staff: row.get(3)? })
        })
        .optional()?;
    found.filter(|file| visit.scope.has(&file.store)).ok_or(Refused::Nothing)
}

/// Whether the quarter's draw took this file.
fn is_drawn(hq: &Hq, file: &File) -> Result<bool, Refused> {
    let quarter = Quarter::of(file.day);
    let Some(draw) = contest::draw_of(&hq.db, quarter)? else { return Ok(false) };
    let drawn = contest::drawn_in(&hq.db, quarter, &draw, (&file.store, &file.store_name))?;
    let id = file.id.to_string();
    Ok(drawn.iter().any(|one| one.customer == id))
}

/// `GET /checks/{customer}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let file = find(hq, visit)?;
    let quarter = Quarter::of(file.day);
    let hers = customer::file(&hq.db, &hq.keys, &file.id)?;
    let mut body = Html::default();
    let name = customers::name(&hers).unwrap_or_default();
    let title = visit.of("核对档案", "Check a file");
    body.h1(&format!("{title} {name} {}", Masking::Masked.show(&hers)));
    let back = format!("/checks?quarter={quarter}&store={}", file.store);
    body.raw("<p class=beside>").link(&back, visit.of("抽查名单", "The files drawn")).raw(" ");
    body.link(&format!("/customers/{}", file.id), visit.of("她的档案", "Her file")).raw("</p><dl>");
    body.tag("dt", visit.of("首次购买", "First purchase")).tag("dd", &day_text(file.day));
    body.tag("dt", visit.of("门店", "Store")).tag("dd", &file.store_name);
    body.tag("dt", visit.of("建档人", "Made by")).tag("dd", &file.staff);
    let found = match contest::found(&hq.db, &file.id, quarter)? {
        Some(true) => "valid",
        Some(false) => "invalid",
        None => "unchecked",
    };
    body.tag("dt", visit.of("结果", "Found")).tag("dd", words::of(FOUND, found, visit.lang));
    body.raw("</dl>");
    if is_drawn(hq, &file)? {
        found_form(visit, &file, &mut body);
    } else {
        let words = visit.of("这份档案没有被抽到。", "This file was not drawn.");
        body.raw("<p class=none>").text(words).raw("</p>");
    }
    Ok(visit.page(title, "/staff", body))
}

fn found_form(visit: &Visit, file: &File, body: &mut Html) {
    body.raw("<div class=card><p>").text(visit.of(
        "打开她的档案,和她核对:号码打得通吗?写的是她本人吗?写的对吗?",
        "Open her file and ask her: does the number reach her? Is it about her? Is it true?",
    ));
    body.raw("</p>").form(&format!("/checks/{}/found", file.id), &visit.token);
    body.raw("<div class=outcomes><button name=found value=valid>");
    body.text(visit.of("属实", "True")).raw("</button><button name=found value=invalid>");
    body.text(visit.of("不属实", "Not true")).raw("</button></div></form></div>");
}

/// `POST /checks/{customer}/found`.
pub(in crate::hq::web) fn found(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let file = find(hq, visit)?;
    if !is_drawn(hq, &file)? {
        return Err(Refused::odd("这份档案没有被抽到", "this file was not drawn"));
    }
    let valid = match visit.typed("found")? {
        "valid" => true,
        "invalid" => false,
        _ => return Err(odd("found")),
    };
    let quarter = Quarter::of(file.day);
    let about = format!("{} {quarter} {}", file.id, if valid { "valid" } else { "invalid" });
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "file_check", &about, "")?;
    contest::check(&hq.db, &file.id, quarter, valid, &visit.user.name, visit.now_ms)?;
    Ok(Redirect::to(&format!("/checks?quarter={quarter}&store={}", file.store)).into_response())
}
