//! How a list leaves HQ: as a file or as JSON, in the audit trail before it does.
//!
//! ```text
//! in the trail ─▶ first rows (a refusal is still an answer) ─▶ sent ─▶ next rows ─▶ … ─▶ end
//!                 └── HQ is held for one page of rows at a time, and only when the reader took the last ──┘
//! ```
//!
//! # Invariants
//!
//! - A file holds its list to the end, however long that is, and one page of it is in memory at a time.
//! - A file that could not be read to its end breaks off: no browser shows it as one that is whole.
//!
//! What changes while a long list leaves may be in its file twice or not at all: pages follow keys.
//!
//! Not here: the list as a page (the parent module).

use super::{Form, List, Value, parquet_file};
use crate::hq::listing::Masking;
use crate::hq::table::{self, Cell};
use crate::hq::web::Desk;
use crate::hq::web::visit::{LIMIT_MAX, Refused, Visit};
use crate::hq::{Hq, audit};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Map, Value as Json, json};
use std::io;

/// What a file is about, for the trail: the list and its filters, no reason and no place.
fn about(visit: &Visit, list: &List) -> String {
    let asked = visit.asked.iter().filter(|(name, _)| *name != "why");
    let asked: Vec<String> = asked.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", list.name, asked.join(" ")).trim_end().to_owned()
}

/// A file on its way out.
pub(in crate::hq::web) struct Leaving {
    visit: Visit,
    list: &'static List,
    masking: Masking,
    writer: Writer,
    /// Bytes to be sent.
    ready: Vec<u8>,
    has_ended: bool,
}

/// How rows become bytes.
enum Writer {
    Csv,
    Parquet(Box<parquet_file::Writer>),
}

impl Leaving {
    /// Notes it in the trail and reads the first rows.
    pub(super) fn begin(
        hq: &mut Hq,
        visit: &Visit,
        list: &'static List,
        form: Form,
    ) -> Result<Self, Refused> {
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
        let (writer, ready) = if form == Form::Parquet {
            let writer =
                parquet_file::Writer::new(list, visit.exponent).map_err(|_| Refused::Broken)?;
            (Writer::Parquet(Box::new(writer)), Vec::new())
        } else {
            let header: Vec<&str> = list.fields.iter().map(|field| field.name).collect();
            (Writer::Csv, table::csv(&header, &[]).into_bytes())
        };
        let visit = visit.clone();
        let mut leaving = Self { visit, list, masking, writer, ready, has_ended: false };
        leaving.read(hq)?;
        Ok(leaving)
    }

    /// Reads a page of rows, and the file's end behind the last.
    fn read(&mut self, hq: &mut Hq) -> Result<(), Refused> {
        let page = (self.list.rows)(hq, &self.visit, LIMIT_MAX, self.masking)?;
        self.has_ended = page.next.is_none();
        if let Some(after) = page.next {
            self.visit.asked.insert("after".into(), after);
        }
        match &mut self.writer {
            Writer::Csv => {
                for row in &page.rows {
                    let fields = self.list.fields.iter().zip(row);
                    let cells = fields.map(|(field, value)| field.kind.cell(&self.visit, value));
                    let line = table::csv_line(&cells.collect::<Vec<Cell>>());
                    self.ready.extend_from_slice(line.as_bytes());
                }
            }
            Writer::Parquet(writer) => {
                let added = writer.add(&self.visit, page.rows, self.has_ended);
                self.ready.append(&mut added.map_err(|_| Refused::Broken)?);
            }
        }
        Ok(())
    }

    /// The answer: whole if there is no more to read, else in pieces as its reader takes them.
    pub(in crate::hq::web) fn answer(self, desk: &Desk) -> Response {
        let (ending, kind) = match self.writer {
            Writer::Parquet(_) => ("parquet", "application/vnd.apache.parquet"),
            Writer::Csv => ("csv", "text/csv; charset=utf-8"),
        };
        let name = format!("attachment; filename=\"{}.{ending}\"", self.list.name);
        let headers =
            [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
        if self.has_ended {
            return (headers, self.ready).into_response();
        }
        let desk = desk.clone();
        let pieces = stream::try_unfold(self, move |leaving| leaving.piece(desk.clone()));
        (headers, Body::from_stream(pieces)).into_response()
    }

    async fn piece(mut self, desk: Desk) -> io::Result<Option<(Vec<u8>, Self)>> {
        while self.ready.is_empty() && !self.has_ended {
            let read = desk.with(move |hq| self.read(hq).map(|()| self)).await;
            let Some(Ok(leaving)) = read else {
                eprintln!("huitou-hq: a file of a list broke off: it could not be read to its end");
                return Err(io::Error::other("the list could not be read to its end"));
            };
            self = leaving;
        }
        let ready = std::mem::take(&mut self.ready);
        Ok((!ready.is_empty()).then_some((ready, self)))
    }
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
