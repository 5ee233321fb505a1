//! Lists: one definition each, from which come the page's table, its files, the JSON and its document.
//!
//! ```text
//! List { fields, params, rows } ─▶ /customers   /customers.csv   /customers.parquet
//!                                 /api/v1/customers   openapi.json
//! ```
//!
//! # Invariants
//!
//! - Numbers are masked, unless an export of HQ's asked for them by name and gave a reason.
//! - What leaves as a file or as JSON is in the audit trail before it leaves.
//! - A list is read by keys in an index's order, a page at a time: no request counts what it skips.
//!
//! Not here: which lists there are (`pages`), the API's document (`api`).

mod kind;
mod leave;
mod parquet_file;

pub(super) use kind::{Field, Kind, Value, Words, field, moment, tenths};
pub(super) use leave::Leaving;

use super::html::Html;
use super::pages::{beside, store_options, words};
use super::route::PAGE_PARAMS;
use super::visit::{Param, Refused, Shape, Visit};
use crate::hq::Hq;
use crate::hq::figures::contest::Quarter;
use crate::hq::listing::Masking;
use crate::hq::user::{Role, Scope};
use axum::response::Response;

/// A page of a list.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<Value>>,
    /// Where the next page goes on.
    pub(super) next: Option<String>,
}

/// Draws what stands above a list's table.
type Above = fn(&mut Hq, &Visit, &mut Html) -> Result<(), Refused>;

/// A list.
pub(super) struct List {
    pub(super) name: &'static str,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) about_zh: &'static str,
    pub(super) about_en: &'static str,
    pub(super) who: &'static [Role],
    pub(super) name_in_navigation: bool,
    /// Its rows are persons: a file of it needs a reason.
    pub(super) people: bool,
    pub(super) fields: &'static [Field],
    pub(super) params: &'static [Param],
    /// Reads a page of at most `limit` rows.
    pub(super) rows: fn(&mut Hq, &Visit, u32, Masking) -> Result<Rows, Refused>,
    /// What stands above the table on its page.
    pub(super) above: Option<Above>,
}

/// How a list leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Page,
    Csv,
    Parquet,
    Json,
}

const WHY: Param =
    Param { name: "why", shape: Shape::Text, about: "The reason, for the audit trail." };

impl Form {
    /// The parameters of every list in this form.
    pub(super) const fn params(self) -> &'static [Param] {
        const FILE: &[Param] = &[
            PAGE_PARAMS[1],
            WHY,
            Param { name: "numbers", shape: Shape::Word(&["masked", "clear"]), about: "" },
        ];
        const JSON: &[Param] = &[PAGE_PARAMS[0], PAGE_PARAMS[1], WHY];
        match self {
            Self::Page => PAGE_PARAMS,
            Self::Csv | Self::Parquet => FILE,
            Self::Json => JSON,
        }
    }
}

impl List {
    pub(super) fn path(&self, form: Form) -> String {
        match form {
            Form::Page => format!("/{}", self.name),
            Form::Csv => format!("/{}.csv", self.name),
            Form::Parquet => format!("/{}.parquet", self.name),
            Form::Json => format!("/api/v1/{}", self.name),
        }
    }
}

/// What is answered: all of it now, or a file that leaves in pieces.
pub(super) enum Answered {
    Now(Response),
    File(Box<Leaving>),
}

/// A list in the form that was asked for.
pub(super) fn answer(
    hq: &mut Hq,
    visit: &Visit,
    list: &'static List,
    form: Form,
) -> Result<Answered, Refused> {
    match form {
        Form::Page => page(hq, visit, list).map(Answered::Now),
        Form::Json => leave::json(hq, visit, list).map(Answered::Now),
        Form::Csv | Form::Parquet => {
            Leaving::begin(hq, visit, list, form).map(Box::new).map(Answered::File)
        }
    }
}

fn page(hq: &mut Hq, visit: &Visit, list: &List) -> Result<Response, Refused> {
    let rows = (list.rows)(hq, visit, visit.limit(), Masking::Masked)?;
    let title = visit.of(list.zh, list.en);
    let mut body = Html::default();
    body.h1(title).raw("<p class=soft>").text(visit.of(list.about_zh, list.about_en)).raw("</p>");
    if let Some(above) = list.above {
        above(hq, visit, &mut body)?;
    }
    filter(hq, visit, list, &mut body)?;
    html_table(visit, list.fields, &rows.rows, &mut body);
    if let Some(next) = &rows.next {
        let path = with_asked(visit, &list.path(Form::Page), &[("after", next)]);
        body.raw("<p class=pages>").link(&path, visit.of("下一页 ›", "Next page ›")).raw("</p>");
    }
    export(visit, list, &mut body);
    let path = list.path(Form::Page);
    Ok(visit.page(title, beside::room(visit, &path), body))
}

/// The filter: a field for each parameter of the list.
fn filter(hq: &Hq, visit: &Visit, list: &List, body: &mut Html) -> Result<(), Refused> {
    if list.params.is_empty() {
        return Ok(());
    }
    body.raw("<form method=get class=filter action=\"").text(&list.path(Form::Page)).raw("\">");
    for param in list.params {
        let asked = visit.asked(param.name).unwrap_or_default();
        match (param.name, param.shape) {
            ("store", _) => store_choice(hq, visit, body, asked)?,
            ("from", _) => drop(body.field(visit.of("从", "From"), "from", "type=date", asked)),
            ("to", _) => drop(body.field(visit.of("到", "To"), "to", "type=date", asked)),
            ("month", _) => month_choice(visit, body),
            ("quarter", _) => quarter_choice(visit, body),
            (name, Shape::Word(choice)) => word_choice(visit, name, choice, asked, body),
            _ => {}
        }
    }
    body.button(visit.of("查看", "Show")).raw("</form>");
    Ok(())
}

fn store_choice(hq: &Hq, visit: &Visit, body: &mut Html, asked: &str) -> Result<(), Refused> {
    let mut options = Vec::new();
    if visit.scope == Scope::All {
        options.push((String::new(), visit.of("全部门店", "All stores").to_owned()));
    }
    options.extend(store_options(hq, visit)?);
    body.choice(visit.of("门店", "Store"), "store", &options, asked);
    Ok(())
}

/// Quarters that a filter offers.
const QUARTERS: i32 = 8;

fn month_choice(visit: &Visit, body: &mut Html) {
    let (year, month, _) = visit.month();
    let attributes = "type=month placeholder=YYYY-MM";
    body.field(visit.of("月份", "Month"), "month", attributes, &format!("{year}-{month:02}"));
}

fn quarter_choice(visit: &Visit, body: &mut Html) {
    let last = Quarter::of(visit.today);
    let options: Vec<(String, String)> = (0..QUARTERS)
        .map(|back| last.before(back).to_string())
        .map(|quarter| (quarter.clone(), quarter))
        .collect();
    body.choice(visit.of("季度", "Quarter"), "quarter", &options, &visit.quarter().to_string());
}

/// A choice of our words; without one it is all, or of a state or a class the first.
fn word_choice(visit: &Visit, name: &'static str, choice: &[&str], asked: &str, body: &mut Html) {
    let said = |word: &str| words::of(words::FILTER, word, visit.lang).to_owned();
    let all = (String::new(), visit.of("全部", "All").to_owned());
    let options: Vec<(String, String)> = std::iter::once(all)
        .filter(|_| !["state", "class"].contains(&name))
        .chain(choice.iter().map(|word| ((*word).to_owned(), said(word))))
        .collect();
    body.choice(&said(name), name, &options, asked);
}

/// The path with what was asked for, these parameters in the place of its own.
fn with_asked(visit: &Visit, path: &str, changed: &[(&str, &str)]) -> String {
    let kept = visit.asked.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let kept = kept.filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    let pairs: Vec<String> = kept
        .chain(changed.iter().copied())
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

pub(super) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let sign =
        |byte: u8| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
    text.bytes().map(sign).collect()
}

/// The form that makes a file: of persons only with a reason.
fn export(visit: &Visit, list: &List, body: &mut Html) {
    body.raw("<form method=get class=export action=\"").text(&list.path(Form::Csv)).raw("\">");
    for (name, value) in visit.asked.iter().filter(|(name, _)| *name != "limit" && *name != "after")
    {
        body.raw("<input type=hidden name=\"").text(name).raw("\" value=\"").text(value).raw("\">");
    }
    if list.people {
        body.field(visit.of("导出原因", "Reason"), "why", "required maxlength=200", "");
        if visit.is_hq() {
            let options = [
                ("masked".to_owned(), visit.of("号码打码", "numbers masked").to_owned()),
                ("clear".to_owned(), visit.of("号码明文", "numbers in clear").to_owned()),
            ];
            body.choice(visit.of("号码", "Numbers"), "numbers", &options, "masked");
        }
    }
    body.button(visit.of("导出 CSV", "Export CSV")).raw("<button formaction=\"");
    body.text(&list.path(Form::Parquet)).raw("\">Parquet</button>");
    body.raw("</form>");
}

/// A table; a field that names a page makes a link of the one after it.
pub(super) fn html_table(visit: &Visit, fields: &[Field], rows: &[Vec<Value>], body: &mut Html) {
    if rows.is_empty() {
        body.raw("<p class=none>").text(visit.of("没有。", "None.")).raw("</p>");
        return;
    }
    body.raw("<div class=scroll><table><thead><tr>");
    for field in fields.iter().filter(|field| !matches!(field.kind, Kind::Id(_))) {
        body.raw(if field.kind.is_number() { "<th class=n>" } else { "<th>" });
        body.text(visit.of(field.zh, field.en)).raw("</th>");
    }
    body.raw("</tr></thead><tbody>");
    for row in rows {
        html_row(visit, fields, row, body);
    }
    body.raw("</tbody></table></div>");
}

fn html_row(visit: &Visit, fields: &[Field], row: &[Value], body: &mut Html) {
    body.raw("<tr>");
    let mut link = None;
    for (field, value) in fields.iter().zip(row) {
        if let (Kind::Id(prefix), Value::Text(id)) = (field.kind, value) {
            link = Some(format!("{prefix}{id}"));
            continue;
        }
        if matches!(field.kind, Kind::Id(_)) {
            continue;
        }
        body.raw(match field.kind {
            Kind::Sentence => "<td class=said>",
            kind if kind.is_number() => "<td class=n>",
            _ => "<td>",
        });
        let shown = field.kind.shown(visit, value);
        match link.take() {
            Some(path) => body.link(&path, if shown.is_empty() { "…" } else { &shown }),
            None => body.text(&shown),
        };
        body.raw("</td>");
    }
    body.raw("</tr>");
}
