//! May this message go to her now? A pure function; the strictest of all rules wins (S119).
//!
//! # Invariants
//!
//! - Every refusal has one word, so that it can be logged and counted.
//! - Marketing needs an opt-in with proof, information a theme that she chose, care her consent to care;
//!   whoever asked to be left alone gets none of them.
//! - No two touches of one person on one day, whatever the caps say.
//!
//! Not here: reading her standing from the tables (`standing`).

use super::Now;
use super::kind::{Kind, Stream};
use super::settings::Settings;
use crate::hq::desk::rules;
use std::collections::BTreeSet;

/// Days in which touches are counted together.
const WEEK: i32 = 7;

/// What is known of her, as far as it decides.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// She has a file with a number.
    pub known: bool,
    /// A number of staff, a stop-gap.
    pub held_out: bool,
    /// She asked to be left alone.
    pub left_alone: bool,
    /// She agreed to care, or the desk's rules ask for no consent; and did not decline.
    pub care: bool,
    /// She opted in to marketing, and this proves it.
    pub marketing_proof: Option<String>,
    /// She said yes to marketing, with or without proof.
    pub said_yes: bool,
    /// Streams that she opted out of.
    pub out: BTreeSet<Stream>,
    /// Themes that she chose.
    pub themes: BTreeSet<String>,
    /// Days on which she was or will be touched.
    pub touched: Vec<i32>,
    /// Of messages: kind and day.
    pub messages: Vec<(Kind, i32)>,
}

/// Why a message does not go.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// No file, or one that was erased.
    Erased,
    /// Not a customer's number.
    HeldOut,
    /// She asked to be left alone.
    LeftAlone,
    /// She opted out of this stream.
    OptedOut,
    /// She did not agree to care.
    NoConsent,
    /// She did not opt in.
    NoOptIn,
    /// She is said to have opted in, and nothing proves it.
    NoProof,
    /// She did not choose this theme.
    NotChosen,
    /// There was a touch on this day.
    CapDay,
    /// There were enough within seven days.
    CapWeek,
    /// There was one of this kind not long ago.
    CapKind,
    /// There is no reviewed text.
    NoText,
    /// A placeholder stays empty.
    Unfilled,
    /// There is no store that could send it.
    NoStore,
    /// Its day went by.
    Late,
    /// The desk's own caps had no day for it.
    CapDesk,
    /// The store has enough to send today.
    CapStore,
    /// The store's task was withdrawn.
    Withdrawn,
}

impl Held {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Erased,
        Self::HeldOut,
        Self::LeftAlone,
        Self::OptedOut,
        Self::NoConsent,
        Self::NoOptIn,
        Self::NoProof,
        Self::NotChosen,
        Self::CapDay,
        Self::CapWeek,
        Self::CapKind,
        Self::NoText,
        Self::Unfilled,
        Self::NoStore,
        Self::Late,
        Self::CapDesk,
        Self::CapStore,
        Self::Withdrawn,
    ];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::HeldOut => "held_out",
            Self::LeftAlone => "left_alone",
            Self::OptedOut => "opted_out",
            Self::NoConsent => "no_consent",
            Self::NoOptIn => "no_opt_in",
            Self::NoProof => "no_proof",
            Self::NotChosen => "not_chosen",
            Self::CapDay => "cap_day",
            Self::CapWeek => "cap_week",
            Self::CapKind => "cap_kind",
            Self::NoText => "no_text",
            Self::Unfilled => "unfilled",
            Self::NoStore => "no_store",
            Self::Late => "late",
            Self::CapDesk => "cap_desk",
            Self::CapStore => "cap_store",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Whether her word allows it.
///
/// # Errors
///
/// The reason why not.
pub fn consent(standing: &Standing, kind: Kind, theme: Option<&str>) -> Result<(), Held> {
    let stream = kind.stream();
    match standing {
        Standing { known: false, .. } => Err(Held::Erased),
        Standing { held_out: true, .. } => Err(Held::HeldOut),
        Standing { left_alone: true, .. } => Err(Held::LeftAlone),
        _ if standing.out.contains(&stream) => Err(Held::OptedOut),
        _ => match stream {
            Stream::Care if !standing.care => Err(Held::NoConsent),
            Stream::Marketing if standing.marketing_proof.is_some() => Ok(()),
            Stream::Marketing if standing.said_yes => Err(Held::NoProof),
            Stream::Marketing => Err(Held::NoOptIn),
            Stream::Information => match theme {
                Some(theme) if standing.themes.contains(theme) => Ok(()),
                _ => Err(Held::NotChosen),
            },
            Stream::Care => Ok(()),
        },
    }
}

/// Whether the caps leave room on `day`.
///
/// # Errors
///
/// The cap that does not.
pub fn caps(
    settings: &Settings,
    desk: &rules::Caps,
    standing: &Standing,
    kind: Kind,
    day: i32,
) -> Result<(), Held> {
    if standing.touched.contains(&day) {
        return Err(Held::CapDay);
    }
    let per_week = usize::from(settings.caps.per_week.min(desk.per_week));
    let full = (day - WEEK + 1..=day).any(|first| {
        let within = |at: &&i32| (first..first + WEEK).contains(*at);
        standing.touched.iter().filter(within).count() >= per_week
    });
    if full {
        return Err(Held::CapWeek);
    }
    let apart = settings.kind(kind).apart_days;
    let near = |(of, at): &(Kind, i32)| *of == kind && (day - at).abs() < apart;
    if standing.messages.iter().any(near) {
        return Err(Held::CapKind);
    }
    Ok(())
}

/// The minutes of a day within which a kind may leave: the later beginning, the earlier end.
#[must_use]
pub fn hours(settings: &Settings, desk: &rules::Caps, kind: Kind) -> (u16, u16) {
    let own = settings.kind(kind).from_minute.unwrap_or(0);
    let from = settings.caps.from_minute.max(desk.from_minute).max(own);
    (from, settings.caps.until_minute.min(desk.until_minute))
}

/// When a message of `day` may leave, seen from `now`: at once, at a minute of today, or never more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Slot {
    /// Now.
    Open,
    /// Not before this day and minute.
    From(i32, u16),
    /// Its day is over.
    Over,
}

/// The next slot of a message of `day`.
#[must_use]
pub fn slot((from, until): (u16, u16), day: i32, now: Now) -> Slot {
    match now.day.cmp(&day) {
        core::cmp::Ordering::Less => Slot::From(day, from),
        core::cmp::Ordering::Equal if now.minute < from => Slot::From(day, from),
        core::cmp::Ordering::Equal if now.minute < until => Slot::Open,
        _ => Slot::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::desk::rules::Rules;

    const DAY: i32 = 20_000;

    fn anybody() -> Standing {
        Standing { known: true, care: true, ..Standing::default() }
    }

    fn capped(settings: &str, standing: &Standing, kind: Kind) -> Result<(), Held> {
        let settings = Settings::over(settings).unwrap();
        caps(&settings, &Rules::shipped().caps, standing, kind, DAY)
    }

    #[test]
    fn s119_the_strictest_of_global_kind_and_desk_caps_wins_and_says_its_name() {
        let touched = |days: &[i32]| Standing { touched: days.to_vec(), ..anybody() };
        assert_eq!(capped("", &touched(&[]), Kind::Season), Ok(()));
        assert_eq!(capped("", &touched(&[DAY]), Kind::Season), Err(Held::CapDay));
        assert_eq!(capped("", &touched(&[DAY - 6]), Kind::Season), Ok(()));
        assert_eq!(capped("", &touched(&[DAY - 6, DAY + 3]), Kind::Season), Ok(()), "ten days");
        assert_eq!(capped("", &touched(&[DAY - 3, DAY + 3]), Kind::Season), Err(Held::CapWeek));
        // Messages may be capped more strictly than the desk, never less.
        let one = "[caps]\nper_week = 1\n";
        assert_eq!(capped(one, &touched(&[DAY - 6]), Kind::Season), Err(Held::CapWeek));
        let nine = "[caps]\nper_week = 9\n";
        let twice = touched(&[DAY - 3, DAY - 1]);
        assert_eq!(capped(nine, &twice, Kind::Season), Err(Held::CapWeek), "the desk says two");
        let before = Standing { messages: vec![(Kind::Season, DAY - 59)], ..anybody() };
        assert_eq!(capped("", &before, Kind::Season), Err(Held::CapKind));
        assert_eq!(capped("", &before, Kind::Holiday), Ok(()), "another kind");
        let longer = Standing { messages: vec![(Kind::Season, DAY - 60)], ..anybody() };
        assert_eq!(capped("", &longer, Kind::Season), Ok(()));
    }

    #[test]
    fn s79_s112_each_stream_has_a_consent_of_its_own() {
        let care = anybody();
        assert_eq!(consent(&care, Kind::Birthday, None), Ok(()));
        assert_eq!(consent(&care, Kind::Marketing, None), Err(Held::NoOptIn));
        assert_eq!(consent(&care, Kind::Information, Some("羊绒")), Err(Held::NotChosen));
        let said = Standing { said_yes: true, ..anybody() };
        assert_eq!(consent(&said, Kind::Marketing, None), Err(Held::NoProof));
        let proved = Standing { marketing_proof: Some("表17".into()), ..said };
        assert_eq!(consent(&proved, Kind::Marketing, None), Ok(()));
        let chose = Standing { themes: ["羊绒".to_owned()].into(), ..anybody() };
        assert_eq!(consent(&chose, Kind::Information, Some("羊绒")), Ok(()));
        assert_eq!(consent(&chose, Kind::Information, None), Err(Held::NotChosen));
        let only_marketing = Standing { care: false, ..proved.clone() };
        assert_eq!(consent(&only_marketing, Kind::Birthday, None), Err(Held::NoConsent));
        let out = Standing { out: [Stream::Marketing].into(), ..proved.clone() };
        assert_eq!(consent(&out, Kind::Marketing, None), Err(Held::OptedOut));
        assert_eq!(consent(&out, Kind::Birthday, None), Ok(()), "care goes on");
        let alone = Standing { left_alone: true, ..proved };
        assert_eq!(consent(&alone, Kind::Marketing, None), Err(Held::LeftAlone));
    }

    #[test]
    fn s119_quiet_hours_are_the_stricter_ones_and_a_message_waits_for_its_slot() {
        let (settings, desk) = (Settings::shipped(), Rules::shipped().caps);
        let hours = |kind| hours(&settings, &desk, kind);
        assert_eq!(hours(Kind::Birthday), (540, 1_200), "09:00 is later than the desk's 08:00");
        assert_eq!(hours(Kind::Rain), (1_080, 1_200), "that evening");
        let at = |day, minute| slot(hours(Kind::Rain), DAY, Now { ms: 0, day, minute });
        assert_eq!(at(DAY, 600), Slot::From(DAY, 1_080));
        assert_eq!((at(DAY, 1_080), at(DAY, 1_199)), (Slot::Open, Slot::Open));
        assert_eq!((at(DAY, 1_200), at(DAY + 1, 600)), (Slot::Over, Slot::Over));
        assert_eq!(at(DAY - 1, 1_100), Slot::From(DAY, 1_080));
    }
}
