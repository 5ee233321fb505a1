//! The audience of a win-back: who bought nothing for three calendar months, and is whom it is for (S118).
//!
//! ```text
//! lapsed ─▶ woman, man, or whoever     by her file's field, else by how she is addressed
//! ```
//!
//! # Invariants
//!
//! - Of whom it is not known whether she is one, is in neither part; nobody is guessed.
//!
//! Not here: who stays away (the parent module), whether she may be called (`facts`).

use super::{Lapsed, lapsed};
use crate::care_list::CustomerId;
use crate::event::Name;
use crate::hq::Hq;
use crate::hq::customer::{self, File, entry};
use crate::hq::desk::rules::{Rules, RulesError};

/// Whom it is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody.
    #[default]
    All,
    /// Women.
    Women,
    /// Men.
    Men,
}

/// Everybody of `audience` whose last sale is older than the rules' calendar months, and no one else.
///
/// # Errors
///
/// [`RulesError`] if the rules do not read, or as SQLite says.
pub fn segment(hq: &Hq, audience: Audience, today: i32) -> Result<Vec<Lapsed>, RulesError> {
    let all = lapsed(&hq.db, &Rules::of(&hq.db)?, today)?;
    if audience == Audience::All {
        return Ok(all);
    }
    let mut found = Vec::new();
    for one in all {
        if of(hq, &one.customer)? == Some(audience) {
            found.push(one);
        }
    }
    Ok(found)
}

/// What her file says; none if it says nothing.
fn of(hq: &Hq, customer: &CustomerId) -> rusqlite::Result<Option<Audience>> {
    let written = entry::written(&hq.db, &hq.keys, customer)?;
    let written = written.iter().rfind(|entry| entry.field == "sex");
    if let Some(audience) = written.and_then(|entry| by_word(entry.value.trim())) {
        return Ok(Some(audience));
    }
    let File::Known(identity) = customer::file(&hq.db, &hq.keys, customer)? else {
        return Ok(None);
    };
    Ok(identity.name.as_ref().and_then(by_title))
}

fn by_word(sex: &str) -> Option<Audience> {
    match sex.to_lowercase().as_str() {
        "女" | "女性" | "f" | "female" | "woman" => Some(Audience::Women),
        "男" | "男性" | "m" | "male" | "man" => Some(Audience::Men),
        _ => None,
    }
}

fn by_title(name: &Name) -> Option<Audience> {
    match name.title.as_str() {
        "女士" | "小姐" | "太太" | "夫人" | "阿姨" | "Ms" | "Mrs" | "Miss" => {
            Some(Audience::Women)
        }
        "先生" | "Mr" => Some(Audience::Men),
        _ => None,
    }
}
