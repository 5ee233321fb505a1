//! Which rules speak: those that hold, one for each part, as many as there is room for.
//!
//! ```text
//! rules ─ holds? ─ not too often? ─ words known and writable? ─▶ candidates
//! candidates, highest priority first: its part still free, and room? ─▶ printed, in order of parts
//! ```
//!
//! So a rule that has no room makes way for a shorter one of its part, and where all is full the
//! lowest priorities are what is missing. A rule with `instead = true` waits for its own turn and
//! then takes the place of the shorter one, if there is still room. One that `covers` a part is printed in
//! that part's place.
//!
//! # Invariants
//!
//! - Whole rules only, at most `lines_max` rows.
//! - Every row is written in one script, the first in which nothing has to be left out.
//!
//! Not here: conditions (`when`), values (`values`).

use sync::calendar::{self, Date};

use crate::config::Language;

use super::already::Already;
use super::cares::Cares;
use super::fit::wrap;
use super::rules::{Part, Period, Rule};
use super::template::{Line, Placeholder};
use super::values::{Script, Values, is_writable};
use super::when::Facts;
use super::{Asked, Books, Note, NoteRow, Scene};

/// A note, and why it is as it is.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// What is printed.
    pub note: Note,
    /// The rules that are printed, top to bottom.
    pub fired: Vec<String>,
    /// The other rules, and why not.
    pub left_out: Vec<(String, Why)>,
}

/// Why a rule is not printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// Another rule of its part goes before it.
    PartTaken,
    /// No room.
    NoRoom,
    /// A condition does not hold.
    When(&'static str),
    /// It was printed for her lately.
    Shown,
    /// It is not for returns.
    Return,
    /// It is for who gave her number.
    NotGiven,
    /// The till said so itself.
    Already,
    /// A placeholder has no value, or it has no lines in this language.
    NoValue,
    /// The printer has no such characters.
    NotWritable,
}

impl Why {
    /// In words.
    #[must_use]
    pub fn text(self, language: Language) -> String {
        let (zh, en) = match self {
            Self::PartTaken => ("同一位置已有别的规则", "another rule stands in its part"),
            Self::NoRoom => ("没有地方了", "no room"),
            Self::When(key) => {
                return match language {
                    Language::Chinese => format!("条件 {key} 不满足"),
                    Language::English => format!("{key} does not hold"),
                };
            }
            Self::Shown => ("近期已给她打印过", "it was printed for her lately"),
            Self::Return => ("退货只打服务信息", "a return gets the service rows only"),
            Self::NotGiven => ("她没有留号码", "she gave no number"),
            Self::Already => ("收银机自己已打印", "the till has said so itself"),
            Self::NoValue => ("缺少要填的内容", "something it names is not known"),
            Self::NotWritable => ("打印机没有这些字", "the printer has no such characters"),
        };
        language.pick(zh, en).to_owned()
    }
}

/// A rule that could be printed.
struct Candidate<'a> {
    rule: &'a Rule,
    rows: Vec<NoteRow>,
}

/// Writes the note and says why.
#[must_use]
pub fn choose(scene: &Scene<'_>, books: &Books) -> Chosen {
    let already = Already::of(scene);
    let scripts: &[Script] = match scene.language {
        Language::Chinese => &[Script::Hans, Script::Hant, Script::Latin],
        Language::English => &[Script::Latin],
    };
    let mut best: Option<(usize, Chosen)> = None;
    for &script in scripts {
        let chosen = in_script(scene, books, &already, script);
        let lost = chosen.left_out.iter().filter(|(_, why)| *why == Why::NotWritable).count();
        if best.as_ref().is_none_or(|(least, _)| lost < *least) {
            best = Some((lost, chosen));
        }
        if lost == 0 {
            break;
        }
    }
    best.map(|(_, chosen)| chosen).unwrap_or_default()
}

fn in_script(scene: &Scene<'_>, books: &Books, already: &Already<'_>, script: Script) -> Chosen {
    let cares = Cares::of(scene, books, script.language());
    let facts = Facts {
        scene,
        holidays: calendar::holidays(scene.today),
        season: calendar::season(scene.today),
        categories: cares.categories.clone(),
        care: cares.from(),
        cares: cares.all.len(),
    };
    let desk = Desk { values: Values { scene, already, script }, cares: &cares, facts: &facts };
    let (mut candidates, mut left_out) = (Vec::new(), Vec::new());
    for rule in books.rules.rules() {
        match desk.rows(rule) {
            Ok(rows) => candidates.push(Candidate { rule, rows }),
            Err(why) => left_out.push((rule.id.clone(), why)),
        }
    }
    let mut chosen = with_room(candidates, scene.lines_max, left_out);
    chosen.note.unknown = cares.unknown;
    chosen
}

/// Takes candidates by priority while they fit, one for each part.
fn with_room(
    mut candidates: Vec<Candidate<'_>>,
    lines_max: usize,
    mut left_out: Vec<(String, Why)>,
) -> Chosen {
    // Stable: of equals the shop's own goes first, since it stands first.
    candidates.sort_by_key(|candidate| core::cmp::Reverse(candidate.rule.priority));
    let (mut taken, mut free): (Vec<Candidate<'_>>, usize) = (Vec::new(), lines_max);
    for candidate in candidates {
        let said = taken.iter().any(|other| {
            other.rule.covers == Some(candidate.rule.part)
                || candidate.rule.covers == Some(other.rule.part)
        });
        let place = taken.iter().position(|other| other.rule.part == candidate.rule.part);
        let freed = place.map_or(0, |at| taken[at].rows.len());
        let why = match place {
            _ if said => Why::PartTaken,
            Some(at) if !candidate.rule.instead || taken[at].rule.instead => Why::PartTaken,
            _ if candidate.rows.len() > free + freed => Why::NoRoom,
            _ => {
                free = free + freed - candidate.rows.len();
                if let Some(at) = place {
                    left_out.push((taken.remove(at).rule.id.clone(), Why::PartTaken));
                }
                taken.push(candidate);
                continue;
            }
        };
        left_out.push((candidate.rule.id.clone(), why));
    }
    taken.sort_by_key(|candidate| candidate.rule.part);
    let limited = taken.iter().filter(|candidate| candidate.rule.once_per.is_some());
    let printed = limited.map(|candidate| candidate.rule.id.clone()).collect();
    let tells_consent = taken.iter().any(|candidate| candidate.rule.part == Part::Consent);
    let fired = taken.iter().map(|candidate| candidate.rule.id.clone()).collect();
    let rows = taken.into_iter().flat_map(|candidate| candidate.rows).collect();
    Chosen { note: Note { rows, printed, tells_consent, unknown: Vec::new() }, fired, left_out }
}

/// What rules are held against.
struct Desk<'a> {
    values: Values<'a>,
    cares: &'a Cares<'a>,
    facts: &'a Facts<'a>,
}

impl Desk<'_> {
    /// A rule's rows, or why it has none.
    fn rows(&self, rule: &Rule) -> Result<Vec<NoteRow>, Why> {
        let scene = self.values.scene;
        if scene.is_return && !rule.part.is_for_returns() {
            return Err(Why::Return);
        }
        if rule.part.is_for_guests() && scene.asked() != Asked::Given {
            return Err(Why::NotGiven);
        }
        if rule.part == Part::Consent && scene.consent.is_none() {
            return Err(Why::NoValue);
        }
        if let Some(key) = rule.when.fails(self.facts) {
            return Err(Why::When(key));
        }
        if self.is_said(rule.part) || rule.covers.is_some_and(|part| self.is_said(part)) {
            return Err(Why::Already);
        }
        if was_shown(rule, scene) {
            return Err(Why::Shown);
        }
        let texts = self.texts(rule).filter(|texts| !texts.is_empty()).ok_or(Why::NoValue)?;
        if !texts.iter().all(|text| is_writable(scene.charset, text)) {
            return Err(Why::NotWritable);
        }
        let rows = texts.iter().flat_map(|text| wrap(text, scene.columns));
        Ok(rows.map(|text| NoteRow { text, bold: rule.bold }).collect())
    }

    /// What the till greets or explains itself is not said again.
    fn is_said(&self, part: Part) -> bool {
        let already = self.values.already;
        let name = self.values.scene.guest.and_then(|guest| guest.name.as_ref());
        match part {
            Part::Greeting => name.is_some_and(|name| already.greets(&name.surname, &name.title)),
            Part::Advice => already.says_washing(),
            Part::Returns => already.says_returns(),
            _ => false,
        }
    }

    fn texts(&self, rule: &Rule) -> Option<Vec<String>> {
        let script = self.values.script;
        let own = script == Script::Hant && !rule.zh_hant.is_empty();
        let lines = if own { &rule.zh_hant[..] } else { rule.text(script.language()) };
        let spell = |words: &str| if own { words.to_owned() } else { script.words(words) };
        let texts = lines.iter().map(|line| self.filled(line, &spell));
        Some(texts.collect::<Option<Vec<_>>>()?.concat())
    }

    /// A line; one that names advice stands as often as there is some.
    fn filled(&self, line: &Line, spell: &impl Fn(&str) -> String) -> Option<Vec<String>> {
        let names = |placeholder| line.placeholders().any(|named| named == placeholder);
        let care = self.cares.all.first();
        if names(Placeholder::CareLines) {
            let lines = care?.lines.iter();
            return lines.map(|text| self.line(line, spell, None, Some(text))).collect();
        }
        if names(Placeholder::CareShort) {
            let cares = self.cares.all.iter();
            return cares
                .map(|care| self.line(line, spell, Some(&care.short_title), Some(&care.short)))
                .collect();
        }
        self.line(line, spell, care.map(|care| care.title.as_str()), None).map(|text| vec![text])
    }

    fn line(
        &self,
        line: &Line,
        spell: &impl Fn(&str) -> String,
        title: Option<&str>,
        care: Option<&str>,
    ) -> Option<String> {
        line.filled(spell, |placeholder| match placeholder {
            Placeholder::CareTitle => title.map(|text| self.values.script.words(text)),
            Placeholder::CareLines | Placeholder::CareShort => {
                care.map(|text| self.values.script.words(text))
            }
            other => self.values.of(other),
        })
    }
}

/// Whether she has read it in this period.
fn was_shown(rule: &Rule, scene: &Scene<'_>) -> bool {
    let Some(period) = rule.once_per else { return false };
    let shown = scene.guest.map_or(&[][..], |guest| &guest.shown[..]);
    shown.iter().any(|(id, day)| *id == rule.id && is_same(period, *day, scene.today))
}

fn is_same(period: Period, day: i32, today: i32) -> bool {
    // 1969-12-29 was a Monday.
    let week = |day: i32| (i64::from(day) + 3).div_euclid(7);
    let (then, now) = (Date::of(day), Date::of(today));
    match period {
        Period::Visit | Period::Day => day == today,
        Period::Week => week(day) == week(today),
        Period::Month => (then.year, then.month) == (now.year, now.month),
        Period::Year => then.year == now.year,
        Period::Ever => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::when::date;

    #[test]
    fn a_period_is_one_of_the_calendar() {
        let day = |text: &str| date(text).and_then(Date::day).unwrap();
        let same = |period, left: &str, right: &str| is_same(period, day(left), day(right));
        assert!(same(Period::Week, "2026-11-16", "2026-11-22"), "Monday and Sunday");
        assert!(!same(Period::Week, "2026-11-22", "2026-11-23"));
        assert!(same(Period::Month, "2026-11-01", "2026-11-30"));
        assert!(!same(Period::Month, "2026-11-30", "2027-11-30"));
        assert!(same(Period::Year, "2026-01-01", "2026-12-31"));
        assert!(!same(Period::Day, "2026-12-31", "2027-01-01"));
        assert!(same(Period::Ever, "1999-12-31", "2026-01-01"));
    }
}
