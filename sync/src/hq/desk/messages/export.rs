//! The list that a person takes along: what is queued for it, as CSV, numbers in clear.
//!
//! # Invariants
//!
//! - It is written once, whole, to a new file that its owner alone reads; that it left is in the audit
//!   trail before.
//! - If the file could not be written, all of it is queued as before.
//!
//! Not here: marking and settling (`send`).

use super::kind::Kind;
use super::outlet::Verdict;
use super::send::{Marked, Next, Sent, begin, mark, settle};
use super::settings::{Outlet, Settings};
use super::{MessageError, Now, gate};
use crate::hq::desk::rules::Rules;
use crate::hq::table::{self, Cell};
use crate::hq::{Hq, audit};
use std::io::Write as _;
use std::path::Path;

/// Writes what is queued for the list to a new file that its owner alone reads; `by` is asked for the
/// audit trail, because numbers in clear leave.
///
/// # Errors
///
/// [`MessageError`]; if the file could not be written, all of it is queued as before.
pub fn export(hq: &mut Hq, path: &Path, by: &str, now: Now) -> Result<Sent, MessageError> {
    let settings = Settings::of(&hq.db)?;
    let mut sent = Sent { unknown: begin(hq, now)?, ..Sent::default() };
    audit::note(&hq.db, now.ms, by, "export_clear", "messages", "messages export")?;
    let mut marked = Vec::new();
    loop {
        match mark(hq, &settings, now, |outlet| outlet == Outlet::Csv)? {
            Next::Nothing => break,
            Next::Held => sent.held += 1,
            Next::Marked(one) => marked.push(one),
        }
    }
    let written = write(path, &list(&settings, &Rules::of(&hq.db)?, &marked));
    let verdict = match &written {
        Ok(()) => Verdict::Sent(None),
        Err(_) => Verdict::Again(0),
    };
    for one in &marked {
        settle(&hq.db, one.id, &verdict, now)?;
        *sent.of(&verdict) += 1;
    }
    written.map_err(|cause| MessageError::File { path: path.to_owned(), cause })?;
    Ok(sent)
}

/// The list as CSV (RFC 4180).
fn list(settings: &Settings, rules: &Rules, marked: &[Box<Marked>]) -> String {
    let minute = |minute: u16| Cell::Number(format!("{:02}:{:02}", minute / 60, minute % 60));
    let row = |one: &Marked| {
        let out = &one.out;
        let kind = Kind::from_word(out.kind).unwrap_or(Kind::Holiday);
        let (from, until) = gate::hours(settings, &rules.caps, kind);
        let text = |text: &str| Cell::text(Some(text));
        let words = [&*out.key, out.kind, &*out.store, &*out.associate].map(text);
        let rest = [Cell::Number(out.phone.clear().to_owned()), text(&out.text)];
        words.into_iter().chain(rest).chain([minute(from), minute(until)]).collect()
    };
    let rows: Vec<Vec<Cell>> = marked.iter().map(|one| row(one)).collect();
    let header = ["key", "kind", "store", "associate", "phone", "text", "from", "until"];
    table::csv(&header, &rows)
}

/// On disk under its name whole or not at all.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    let done = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if done.is_err() {
        let _ = std::fs::remove_file(path); // half a list is none
    }
    done
}
