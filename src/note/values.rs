//! What a placeholder stands for in a scene.
//!
//! # Invariants
//!
//! - A value that the printer cannot write, that the till printed itself, or that holds what is no
//!   plain text, is none: the rules that name it are left out, and another one speaks.
//!
//! Not here: which rules there are (`rules`), washing (`cares`).

use sync::calendar::{self, Date};
use sync::care_text::{Kind, check};

use crate::config::Language;
use crate::receipt::code_page::{self, Charset};

use super::already::Already;
use super::template::Placeholder;
use super::{Scene, hant, who};

/// Columns of an associate's or a tier's name.
const NAME_CELLS_MAX: usize = 12;
/// Columns of a shop's name.
const STORE_CELLS_MAX: usize = 24;
/// Digits of an amount: 9,999,999.99.
const DIGITS_MAX: usize = 9;
/// What stands on the narrowest paper beside two or three words.
const BRINGS_CELLS_MAX: usize = 22;
/// Columns of what she bought last.
const ITEM_CELLS_MAX: usize = 16;

/// How Chinese is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Script {
    Hans,
    Hant,
    Latin,
}

impl Script {
    pub(super) const fn language(self) -> Language {
        match self {
            Self::Latin => Language::English,
            _ => Language::Chinese,
        }
    }

    /// A rule's own words in this script.
    pub(super) fn words(self, text: &str) -> String {
        if self == Self::Hant { hant::convert(text) } else { text.to_owned() }
    }
}

/// Whether a printer can write `text`.
pub(super) fn is_writable(charset: Option<Charset>, text: &str) -> bool {
    charset.is_none_or(|charset| code_page::encode(charset, text).is_some())
}

/// The values of a scene in one script.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) already: &'a Already<'a>,
    pub(super) script: Script,
}

impl Values<'_> {
    /// What `placeholder` stands for; nothing for those of the advice.
    pub(super) fn of(&self, placeholder: Placeholder) -> Option<String> {
        use Placeholder as P;
        let (scene, store) = (self.scene, self.scene.store);
        let guest = scene.guest;
        match placeholder {
            P::Name => guest.map(|_| self.name()),
            P::Tier => self.tier(guest?.tier.as_deref()?),
            P::TierUntil => self.until(guest?.tier_until?),
            P::TierBrings => self.brings(guest?.tier_brings.as_deref()?),
            P::NextTier => self.named(&guest?.next.as_ref()?.0, NAME_CELLS_MAX),
            P::Gap => self.gap(),
            P::LastItem => self.named(guest?.last_item.as_deref()?, ITEM_CELLS_MAX),
            P::Associate => {
                let today = scene.associate.and_then(|name| self.named(name, NAME_CELLS_MAX));
                // A till that prints a number for a name tells the customer nothing.
                let today = today.filter(|name| !name.contains(|one: char| one.is_ascii_digit()));
                let hers = guest.and_then(|guest| guest.associate.as_deref());
                let usual = hers.or(store.associate.as_deref());
                today.or_else(|| self.named(usual?, NAME_CELLS_MAX))
            }
            P::AssociatePhone => self.phone(guest?.associate_phone.as_deref()),
            P::Store => self.named(&store.name, STORE_CELLS_MAX),
            P::StorePhone => self.phone(store.phone.as_deref()),
            P::ServicePhone => self.phone(store.service_phone.as_deref()),
            P::ComplaintPhone => self.phone(store.complaint_phone.as_deref()),
            P::Holiday => calendar::holidays(scene.today).first().map(|holiday| {
                self.script.words(self.script.language().pick(holiday.zh(), holiday.en()))
            }),
            // `care-2026-11` in the books, `2026-11` to her.
            P::Consent => {
                let version = scene.consent?;
                let dated = version.split_once('-').map_or(version, |(_, dated)| dated);
                self.written(&who::plain(dated, STORE_CELLS_MAX)?)
            }
            P::CareTitle | P::CareLines | P::CareShort => None,
        }
    }

    fn name(&self) -> String {
        let language = self.script.language();
        let polite = || self.script.words(who::polite(language));
        let Some(name) = self.scene.guest.and_then(|guest| guest.name.as_ref()) else {
            return polite();
        };
        if self.already.names_another(&name.surname) {
            return polite();
        }
        who::addressed(name, language).and_then(|text| self.written(&text)).unwrap_or_else(polite)
    }

    /// Her tier, unless the till printed one; the rules' own words say that it is a member's.
    fn tier(&self, tier: &str) -> Option<String> {
        let bare = ["会员", "會員", " member"].iter().find_map(|word| tier.strip_suffix(word));
        let bare = bare.filter(|bare| !bare.is_empty()).unwrap_or(tier);
        (!self.already.says_tier(tier)).then(|| self.named(bare, NAME_CELLS_MAX))?
    }

    /// A chain's own words are in one language and may be an offer: paper mixes none and sells nothing.
    fn brings(&self, text: &str) -> Option<String> {
        let is_latin = text.chars().all(|symbol| symbol < '\u{2E80}');
        if is_latin != (self.script == Script::Latin) || !check(Kind::Receipt, text).is_empty() {
            return None;
        }
        self.named(&self.script.words(text), BRINGS_CELLS_MAX)
    }

    /// A shop's own word, if it is one and can be written.
    fn named(&self, text: &str, cells_max: usize) -> Option<String> {
        self.written(&who::label(text, cells_max)?)
    }

    /// The text as the printer can write it; in a name no phrase is looked for.
    fn written(&self, text: &str) -> Option<String> {
        let charset = self.scene.charset;
        let spelt = |symbol: char| match is_writable(charset, symbol.encode_utf8(&mut [0; 4])) {
            true => symbol,
            false => hant::spelt(symbol),
        };
        let text: String = match self.script {
            Script::Hant => text.chars().map(spelt).collect(),
            _ => text.to_owned(),
        };
        is_writable(charset, &text).then_some(text)
    }

    fn phone(&self, phone: Option<&str>) -> Option<String> {
        who::telephone(phone?).filter(|phone| !self.already.says_number(phone))
    }

    /// Digits and one point, so that nothing else can be passed off as an amount.
    fn gap(&self) -> Option<String> {
        let guest = self.scene.guest.filter(|guest| guest.gap_on_paper)?;
        let gap = &guest.next.as_ref()?.1;
        let usual = |symbol: char| symbol.is_ascii_digit() || symbol == '.' || symbol == ',';
        // As many digits as a telephone has are no amount that is missing to a tier.
        let digits = gap.chars().filter(char::is_ascii_digit).count();
        let is_amount = (1..=DIGITS_MAX).contains(&digits) && gap.len() <= 12;
        (is_amount && gap.chars().all(usual)).then(|| gap.clone())
    }

    /// `今年底前`, `明年底前`, `明年3月底前`, else the date.
    fn until(&self, day: i32) -> Option<String> {
        let (today, until) = (Date::of(self.scene.today), Date::of(day));
        let next_day = Date::of(day.saturating_add(1));
        let whole_month = next_day.day == 1;
        if day < self.scene.today {
            return None;
        }
        let year = match until.year - today.year {
            0 => ("今年", "this year"),
            1 => ("明年", "next year"),
            _ => ("", ""),
        };
        let text = match (self.script.language(), year.0, whole_month, until.month) {
            (Language::Chinese, "", ..) | (Language::Chinese, _, false, _) => {
                format!("{}-{:02}-{:02}前", until.year, until.month, until.day)
            }
            (Language::Chinese, year, true, 12) => format!("{year}底前"),
            (Language::Chinese, year, true, month) => format!("{year}{month}月底前"),
            (Language::English, year_zh, true, 12) if !year_zh.is_empty() => {
                format!("the end of {}", year.1)
            }
            (Language::English, ..) => {
                format!("{}-{:02}-{:02}", until.year, until.month, until.day)
            }
        };
        self.written(&self.script.words(&text))
    }
}
