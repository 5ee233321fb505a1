//! How a list leaves HQ: as a file or as JSON, in the audit trail before it does.
//!
//! Not here: the list as a page (the parent module).

use super::{FILE_ROWS_MAX, Form, List, Value, parquet_file};
use crate::hq::listing::Masking;
use crate::hq::table::{self, Cell};
use crate::hq::web::visit::{LIMIT_MAX, Refused, Visit};
use crate::hq::{Hq, audit};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};

/// What a file is about, for the trail: the list and its filters, no reason and no place.
fn about(visit: &Visit, list: &List) -> String {
    let asked = visit.asked.iter().filter(|(name, _)| *name != "why");
    let asked: Vec<String> = asked.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", list.name, asked.join(" ")).trim_end().to_owned()
}

/// What a file holds: its rows, and where the next one goes on.
struct Whole {
    visit: Visit,
    rows: Vec<Vec<Value>>,
    next: Option<String>,
}

/// Reads what a file holds, in the trail before it leaves.
fn whole(hq: &mut Hq, visit: &Visit, list: &List) -> Result<Whole, Refused> {
    let why = visit.asked("why").unwrap_or_default().trim();
    if list.people && why.is_empty() {
        return Err(Refused::odd("请写明导出原因(why)", "say why (parameter why)"));
    }
    let masking = match visit.asked("numbers") {
        Some("clear") if !visit.is_hq() => return Err(Refused::NotHers),
        Some("clear") if list.people => Masking::Clear,
        _ => Masking::Masked,
    };
    let what = if masking == Masking::Clear { "export_clear" } else { "export" };
    audit::note(&hq.db, visit.now_ms, &visit.user.name, what, &about(visit, list), why)?;
    let (mut visit, mut rows, mut next) = (visit.clone(), Vec::new(), None);
    loop {
        let page = (list.rows)(hq, &visit, LIMIT_MAX, masking)?;
        rows.extend(page.rows);
        next.clone_from(&page.next);
        match page.next {
            Some(after) if rows.len() < FILE_ROWS_MAX => visit.asked.insert("after".into(), after),
            _ => break,
        };
    }
    Ok(Whole { visit, rows, next })
}

pub(super) fn csv(hq: &mut Hq, visit: &Visit, list: &List) -> Result<Response, Refused> {
    let Whole { visit, rows, next } = whole(hq, visit, list)?;
    let header: Vec<&str> = list.fields.iter().map(|field| field.name).collect();
    let cells = |row: &Vec<Value>| {
        list.fields.iter().zip(row).map(|(field, value)| field.kind.cell(&visit, value)).collect()
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
    Ok(file(list, Form::Csv, next.as_deref(), table::csv(&header, &rows)))
}

pub(super) fn parquet(hq: &mut Hq, visit: &Visit, list: &List) -> Result<Response, Refused> {
    let Whole { visit, rows, next } = whole(hq, visit, list)?;
    let bytes = parquet_file::bytes(&visit, list, &rows).map_err(|_| Refused::Broken)?;
    Ok(file(list, Form::Parquet, next.as_deref(), bytes))
}

/// The file; where it ends before the list does, it says where the next one goes on.
fn file(list: &List, form: Form, next: Option<&str>, bytes: impl IntoResponse) -> Response {
    let (ending, kind) = match form {
        Form::Parquet => ("parquet", "application/vnd.apache.parquet"),
        _ => ("csv", "text/csv; charset=utf-8"),
    };
    // Whoever opens it has no eyes for a header: the name says that the list goes on.
    let part = if next.is_some() { "-part" } else { "" };
    let name = format!("attachment; filename=\"{}{part}.{ending}\"", list.name);
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    let mut response = (headers, bytes).into_response();
    if let Some(link) = next
        .and_then(|next| format!("<{}?after={next}>; rel=\"next\"", list.path(form)).parse().ok())
    {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

pub(super) fn json(hq: &mut Hq, visit: &Visit, list: &List) -> Result<Response, Refused> {
    let page = (list.rows)(hq, visit, visit.limit(), Masking::Masked)?;
    let why = visit.asked("why").unwrap_or_default();
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "api", &about(visit, list), why)?;
    let object = |row: &Vec<Value>| -> Json {
        let fields = list.fields.iter().zip(row);
        let object: Map<String, Json> =
            fields.map(|(field, value)| (field.name.to_owned(), field.kind.json(value))).collect();
        Json::Object(object)
    };
    let rows: Vec<Json> = page.rows.iter().map(object).collect();
    Ok(axum::Json(json!({ "rows": rows, "next": page.next })).into_response())
}
