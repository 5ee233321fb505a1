//! Founding a headquarters: its name, its language, the tiers it begins with and those that follow.
//!
//! Not here: what lies in its folder (`store`, `keys`).

use super::{CommandError, Dir};
use crate::hq::store::{self, Founding};
use crate::hq::{Hq, clock, tiers as chain};
use crate::language::Language;
use crate::tier::TierPolicy;
use std::io::Write;
use std::path::PathBuf;

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

pub(super) fn tiers(
    mut hq: Hq,
    file: Option<PathBuf>,
    dry_run: bool,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let own = store::own(&hq.db)?;
    let Some(path) = file else {
        return Ok(write!(out, "{}", chain::write(&own.policy, own.currency_exponent))?);
    };
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|cause| CommandError::File { path, cause })?;
    let policy = chain::read(&text, own.currency_exponent)?;
    if !dry_run {
        chain::set(&mut hq, &policy, "console", clock::now_ms())?;
    }
    for level in policy.levels(Language::En, own.currency_exponent) {
        writeln!(out, "{level}")?;
    }
    if dry_run {
        let named = |name: &str| if name.is_empty() { "-".to_owned() } else { name.to_owned() };
        for ((from, to), count) in chain::moves(&hq.db, &policy, clock::today())? {
            writeln!(out, "{} -> {}: {count}", named(&from), named(&to))?;
        }
    }
    Ok(())
}
