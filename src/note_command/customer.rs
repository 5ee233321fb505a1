//! A customer in one argument: `name=李女士,tier=金卡,regular,birthday=11-22,absent=200`.
//!
//! Not here: what is said to her (`note`).

use anyhow::{Context, bail};
use sync::calendar::{Birthday, Date};
use sync::tier::TierPolicy;

use crate::config::Language;
use crate::note::when::date;
use crate::note::{Guest, who};

/// What may be said of her.
const KEYS: &str = "name=李女士 tier=金卡 until=2027-12-31 regular first birthday=11-22 birthday=lunar-08-15 \
                    absent=200 last=真丝连衣裙 associate=小陈 phone=0571-… brought came follow-up next=钻石卡 gap=712.00 agreed=gap";

/// Reads it.
///
/// # Errors
///
/// What is wrong, with all that may be said.
pub(super) fn parse(text: &str, today: i32, language: Language) -> anyhow::Result<Guest> {
    let mut guest = Guest::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        set(&mut guest, key, value, today)
            .with_context(|| format!("--customer: \"{part}\"; allowed: {KEYS}"))?;
    }
    guest.first_visit |= !guest.regular;
    guest.owes_consent = guest.first_visit;
    guest.tier = guest.tier.map(|tier| named(&tier, language));
    if let Some((next, _)) = &mut guest.next {
        *next = match next.is_empty() {
            true => above(guest.tier.as_deref(), language),
            false => named(next, language),
        };
    }
    Ok(guest)
}

fn set(guest: &mut Guest, key: &str, value: &str, today: i32) -> anyhow::Result<()> {
    let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
    let next = guest.next.clone().unwrap_or_default();
    match key {
        "name" => guest.name = Some(who::parse(value)),
        "tier" => guest.tier = some(),
        "until" => guest.tier_until = Some(date(value).and_then(Date::day).context("no day")?),
        "brings" => guest.tier_brings = some(),
        "regular" => guest.regular = true,
        "first" => guest.first_visit = true,
        "birthday" => guest.birthday = Some(birthday(value).context("no day and month")?),
        "absent" => {
            let days: i32 = value.parse().context("no number of days")?;
            guest.last_visit = today.checked_sub(days);
        }
        "last" => guest.last_item = some(),
        "associate" => guest.associate = some(),
        "phone" => guest.associate_phone = some(),
        "brought" => guest.brought = true,
        "came" => guest.came = true,
        "follow-up" => guest.follow_up_due = true,
        "next" => guest.next = Some((value.to_owned(), next.1)),
        "gap" => guest.next = Some((next.0, value.to_owned())),
        "agreed" if value == "gap" => guest.gap_on_paper = true,
        _ => bail!("not known"),
    }
    Ok(())
}

/// `11-22`, or `lunar-08-15`.
fn birthday(text: &str) -> Option<Birthday> {
    let (lunar, text) = text.strip_prefix("lunar-").map_or((false, text), |rest| (true, rest));
    let (month, day) = text.split_once('-')?;
    Birthday::new(month.parse().ok()?, day.parse().ok()?, lunar)
}

/// The tiers where nobody has set others.
fn tiers(language: Language) -> impl Iterator<Item = String> {
    let language = match language {
        Language::Chinese => sync::language::Language::Zh,
        Language::English => sync::language::Language::En,
    };
    TierPolicy::in_language(language).tiers.into_iter().map(|rule| rule.name)
}

/// A tier's name in the language of the preview; a shop's own tier is called as the shop calls it.
fn named(tier: &str, language: Language) -> String {
    let at = |of| tiers(of).position(|name| name == tier);
    let known = at(Language::Chinese).or_else(|| at(Language::English));
    known.and_then(|at| tiers(language).nth(at)).unwrap_or_else(|| tier.to_owned())
}

/// The tier above, as the tiers are where nobody has set others.
fn above(tier: Option<&str>, language: Language) -> String {
    let at = tiers(language).position(|name| Some(name.as_str()) == tier);
    let next = tiers(language).nth(at.map_or(0, |at| at + 1));
    next.or_else(|| tiers(language).last()).unwrap_or_default()
}
