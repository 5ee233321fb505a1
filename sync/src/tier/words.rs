//! Why this tier and what keeps it, in one sentence each; what it brings, what her birthday adds, and the
//! levels that there are (S14, S62).
//!
//! For the screen: what is missing to a tier is on paper only if she agreed.
//!
//! Not here: the numbers (`ladder`).

use super::{Stacking, Standing, TierPolicy, TierRule, ToKeep};
use crate::calendar::Date;
use crate::language::Language;
use crate::money::{self, Minor};

impl Standing {
    /// E.g. `金卡:一年内净消费5,288.00;2027年11月21日(含)前再消费1,000.00可保留`. `exponent` is the
    /// number of decimals that the currency is written with.
    #[must_use]
    pub fn sentence(&self, language: Language, exponent: u8) -> String {
        let join = language.of(";", "; ");
        format!("{}{join}{}", self.why(language, exponent), self.what_keeps(language, exponent))
    }

    /// Why this tier.
    #[must_use]
    pub fn why(&self, language: Language, exponent: u8) -> String {
        let Self { name, spend_min, spend, window_days, .. } = self;
        let held = if spend < spend_min { self.since } else { None };
        let (window, spent) = (window(*window_days, language), grouped(*spend, exponent));
        match (language, held.map(|since| date(since, language))) {
            (Language::Zh, None) => format!("{name}:{window}净消费{spent}"),
            (Language::Zh, Some(since)) => format!("{name}:{since}起有效,{window}净消费{spent}"),
            (Language::En, None) => format!("{name}: net spend of {spent} within {window}"),
            (Language::En, Some(since)) => {
                format!("{name}: held since {since}, net spend of {spent} within {window}")
            }
        }
    }

    /// What keeps it, or until when it is hers.
    #[must_use]
    pub fn what_keeps(&self, language: Language, exponent: u8) -> String {
        match (self.keep, self.until, language) {
            (Some(keep), ..) => keep.words(language, exponent),
            (None, Some(until), Language::Zh) => format!("{}(含)前有效", date(until, language)),
            (None, Some(until), Language::En) => format!("valid until {}", date(until, language)),
            (None, None, _) => language.of("长期有效", "it does not end").into(),
        }
    }
}

impl ToKeep {
    fn words(self, language: Language, exponent: u8) -> String {
        let (gap, by) = (grouped(self.gap, exponent), date(self.by, language));
        match (language, self.from.map(|from| date(from, language))) {
            (Language::Zh, None) => format!("{by}(含)前再消费{gap}可保留"),
            (Language::Zh, Some(from)) => format!("{from}至{by}再消费{gap}可保留"),
            (Language::En, None) => format!("{gap} more by {by} keeps it"),
            (Language::En, Some(from)) => format!("{gap} more between {from} and {by} keeps it"),
        }
    }
}

impl TierPolicy {
    /// What the tier brings, in the chain's own words; `None` if it says nothing of it.
    #[must_use]
    pub fn brings(&self, tier: &str) -> Option<&str> {
        self.rule(tier)?.benefits.as_deref().map(str::trim).filter(|words| !words.is_empty())
    }

    /// Every level, what it asks and what it brings, the lowest first: what a cashier tells who asks.
    /// E.g. `银卡:一年内净消费1,000.00起;免费改裤`.
    #[must_use]
    pub fn levels(&self, language: Language, exponent: u8) -> Vec<String> {
        let mut rules: Vec<_> = self.tiers.iter().collect();
        rules.sort_by_key(|rule| rule.spend_min);
        let window = window(self.window_days, language);
        let level = |rule: &TierRule| {
            let (name, from) = (&rule.name, grouped(rule.spend_min, exponent));
            let asked = match language {
                Language::Zh if rule.spend_min <= Minor::ZERO => format!("{name}:人人都有"),
                Language::Zh => format!("{name}:{window}净消费{from}起"),
                Language::En if rule.spend_min <= Minor::ZERO => format!("{name}: for everybody"),
                Language::En => format!("{name}: net spend of {from} within {window}"),
            };
            let birthday = rule.birthday_percent.filter(|percent| (1..100).contains(percent));
            let birthday = birthday.map(|percent| match language {
                Language::Zh => format!("生日当天减{percent}%"),
                Language::En => format!("{percent} % off on the birthday"),
            });
            let brings = self.brings(name).map(str::to_owned);
            let parts = [Some(asked), brings, birthday];
            parts.into_iter().flatten().collect::<Vec<_>>().join(language.of(";", "; "))
        };
        rules.into_iter().map(level).collect()
    }

    /// What a customer of this tier gets on her birthday, for the cashier; `None` if nothing.
    #[must_use]
    pub fn birthday_words(&self, tier: &str, language: Language) -> Option<String> {
        let percent =
            self.rule(tier)?.birthday_percent.filter(|percent| (1..100).contains(percent))?;
        Some(match (language, self.birthday) {
            (Language::Zh, Stacking::Adds) => format!("今天生日:另减{percent}%,可与平时优惠同享"),
            (Language::Zh, Stacking::Replaces) => format!("今天生日:减{percent}%,不与平时优惠同享"),
            (Language::En, Stacking::Adds) => {
                format!("birthday today: extra {percent} % on top of the usual")
            }
            (Language::En, Stacking::Replaces) => {
                format!("birthday today: {percent} % instead of the usual")
            }
        })
    }
}

fn window(days: u32, language: Language) -> String {
    match (days, language) {
        (365 | 366, Language::Zh) => "一年内".into(),
        (365 | 366, Language::En) => "a year".into(),
        (730 | 731, Language::Zh) => "两年内".into(),
        (730 | 731, Language::En) => "two years".into(),
        (_, Language::Zh) => format!("{days}天内"),
        (_, Language::En) => format!("{days} days"),
    }
}

fn date(day: i32, language: Language) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let Date { year, month, day } = Date::of(day);
    match language {
        Language::Zh => format!("{year}年{month}月{day}日"),
        Language::En => format!("{day} {} {year}", MONTHS[usize::from(month - 1)]),
    }
}

/// An amount by thousands.
fn grouped(amount: Minor, exponent: u8) -> String {
    money::grouped(&amount.with_decimals(exponent).to_string())
}
