//! Founding a headquarters: its name, its language, the tiers it begins with.
//!
//! Not here: what lies in its folder (`store`, `keys`).

use super::{CommandError, Dir};
use crate::hq::Hq;
use crate::hq::store::Founding;
use crate::language::Language;
use crate::tier::TierPolicy;
use std::io::Write;

/// `zh` or `en`.
pub(super) fn language(word: &str) -> Result<Language, &'static str> {
    match word {
        "zh" => Ok(Language::Zh),
        "en" => Ok(Language::En),
        _ => Err("write zh or en"),
    }
}

pub(super) fn init(
    dir: &Dir,
    name: Option<String>,
    language: Language,
    decimals: u8,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let name = name.unwrap_or_else(|| language.of("回头", "Huitou").to_owned());
    let policy = TierPolicy::in_language(language);
    let founding = Founding { name, currency_exponent: decimals, policy };
    Hq::create(&dir.dir, &founding)?;
    let dir = dir.dir.display();
    Ok(writeln!(out, "created {dir}: back up hq.key apart from hq.db; without it nothing opens")?)
}
