//! What the note on a receipt says.
//!
//! ```text
//!                   rules (when … then these words)
//!                     │ those that hold, one for each part, as many as there is room for
//! Scene, Guest ───▶ choose ───▶ Note { rows, printed, unknown }
//!                     │ {name} {tier} {care_lines} …
//!                   values ◀── advice (by category), styles (by care code)
//!
//! 李女士,谢谢您又来看我们          greeting   only who gave her number
//! 您是金卡会员,明年底前有效        tier       unless the till printed it
//! [真丝连衣裙 养护,以洗标为准]     advice
//!  30度内手洗,中性洗涤剂,不拧
//!  反面阴干,低温熨,别喷香水
//! 退换修补洗护,找小陈,当天回您     contact
//!  小陈/门店 0571-8765-4321
//! 客服400-800-1234 投诉12315       service
//! ```
//!
//! # Invariants
//!
//! - No row is wider than the paper, and no character is cut; CJK counts two columns.
//! - A row that cannot be written in the printer's code page is not printed in part: its rule is
//!   left out, or all is said in another script.
//! - Paper tells nobody's secrets: surname and title, no number, no amount that she has not agreed to.
//! - What the till printed itself is neither repeated nor contradicted.
//! - A return gets the service rows only; whoever gave no number gets no greeting.
//!
//! Not here: printing it (`firmware_bridge`), which slips get one (`agent`).

pub mod advice;
mod already;
pub mod care_code;
mod cares;
mod caring;
pub mod choose;
mod encode;
pub mod fit;
pub mod hant;
pub mod policy;
pub mod rules;
pub mod template;
mod values;
pub mod when;
pub mod who;

pub use encode::{EncodedNote, encode};
pub use fit::wrap;

use std::path::Path;

use serde::Deserialize;
use sync::calendar::Birthday;
use sync::event::Name;
use sync::money::Minor;

use crate::config::{Language, NoteConfig, StoreConfig};
use crate::receipt::code_page::Charset;
use crate::styles::{Styles, StylesError};
use advice::{AdviceBook, AdviceError};
use rules::{RuleBook, RulesError};

/// One row of a note.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoteRow {
    /// The text, no control characters.
    pub text: String,
    /// Printed bold where the printer's bold is known.
    pub bold: bool,
}

/// Who is being served, as far as paper may know.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// How she is addressed.
    pub name: Option<Name>,
    /// She has bought here before.
    pub regular: bool,
    /// This is her first receipt with us.
    pub first_visit: bool,
    /// She agreed, and no paper of ours told her yet what her number is for.
    pub owes_consent: bool,
    /// Her tier.
    pub tier: Option<String>,
    /// The last day on which it holds, counted from 1970-01-01.
    pub tier_until: Option<i32>,
    /// What it brings, in the chain's own words (S14).
    pub tier_brings: Option<String>,
    /// The tier above, and what is missing to it.
    pub next: Option<(String, String)>,
    /// She agreed to read that on paper.
    pub gap_on_paper: bool,
    /// Day and month.
    pub birthday: Option<Birthday>,
    /// The day she was last here, before this sale.
    pub last_visit: Option<i32>,
    /// She brought somebody in, today.
    pub brought: bool,
    /// Somebody brought her, today.
    pub came: bool,
    /// What she bought last, before this sale, as a person would call it (S26).
    pub last_item: Option<String>,
    /// A call that we promised is due.
    pub follow_up_due: bool,
    /// Who serves her; else the store's.
    pub associate: Option<String>,
    /// That person's telephone.
    pub associate_phone: Option<String>,
    /// Which rules were printed for her, and on which day.
    pub shown: Vec<(String, i32)>,
}

impl Guest {
    /// Takes out what is the file's owner's alone, where another one of her number came.
    pub fn of_another(&mut self) {
        (self.birthday, self.last_visit, self.last_item) = (None, None, None);
        (self.gap_on_paper, self.brought, self.follow_up_due) = (false, false, false);
        (self.associate, self.associate_phone) = (None, None);
    }
}

/// Something bought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Item<'a> {
    /// As the till printed it.
    pub name: &'a str,
    /// Its style number, if it is printed.
    pub style: Option<&'a str>,
}

/// How the question for her number ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// She gave it.
    Given,
    /// She would rather not.
    Refused,
    /// Nobody pressed a key.
    #[default]
    NotAsked,
}

/// What a note is written for.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Columns of the paper.
    pub columns: usize,
    /// The most rows.
    pub lines_max: usize,
    /// What people read.
    pub language: Language,
    /// What the printer can write; `None` is all of Unicode.
    pub charset: Option<Charset>,
    /// The shop.
    pub store: &'a StoreConfig,
    /// Who served her, as the till printed it.
    pub associate: Option<&'a str>,
    /// Who gave her number, if she did.
    pub guest: Option<&'a Guest>,
    /// How the question ended where there is no guest.
    pub asked: Asked,
    /// What was bought.
    pub items: &'a [Item<'a>],
    /// Money went back to her.
    pub is_return: bool,
    /// What the till printed.
    pub printed: &'a [String],
    /// The day, counted from 1970-01-01.
    pub today: i32,
    /// The shop says that it rains.
    pub rain: bool,
    /// What the sale came to, in minor units.
    pub total: Option<Minor>,
    /// Decimals of the store's currency.
    pub decimals: u8,
    /// Which wording she agreed to, on her first receipt after it.
    pub consent: Option<&'a str>,
}

impl Scene<'_> {
    /// How the question for her number ended; who is known gave it.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        if self.guest.is_some() { Asked::Given } else { self.asked }
    }
}

/// What is printed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Note {
    /// Top to bottom; without rows there is nothing to say.
    pub rows: Vec<NoteRow>,
    /// Rules that are printed only so often, and were now: to be handed back in [`Guest::shown`].
    pub printed: Vec<String>,
    /// What her number is for is among the rows (S12).
    pub tells_consent: bool,
    /// Places of items that have no advice (S27).
    pub unknown: Vec<usize>,
}

/// All that notes are made of.
#[derive(Clone, Debug)]
pub struct Books {
    /// When to say what.
    pub rules: RuleBook,
    /// Washing and storing, by category.
    pub advice: AdviceBook,
    /// What is known of each style.
    pub styles: Styles,
}

/// Why a shop's own books cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BooksError {
    /// The advice.
    #[error(transparent)]
    Advice(#[from] AdviceError),
    /// The rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The styles.
    #[error(transparent)]
    Styles(#[from] StylesError),
    /// A rule is about a category that there is no advice for.
    #[error("rule \"{rule}\": when.category: no advice is called \"{category}\"; there are {all}")]
    Category {
        /// The rule.
        rule: String,
        /// What it asks for.
        category: String,
        /// All there are.
        all: String,
    },
}

impl Books {
    /// What comes with the program.
    #[must_use]
    pub fn shipped() -> Self {
        let (rules, advice) = (RuleBook::shipped(), AdviceBook::shipped());
        Self { rules, advice, styles: Styles::default() }
    }

    /// The shop's own books, the shipped ones where it has none.
    ///
    /// # Errors
    ///
    /// [`BooksError`], which names the file and what is allowed.
    pub fn load(config: &NoteConfig, state_dir: &Path) -> Result<Self, BooksError> {
        let rules =
            config.rules.as_deref().map_or_else(|| Ok(RuleBook::shipped()), RuleBook::load)?;
        Self::with_rules(rules, config, state_dir)
    }

    /// As [`load`](Self::load) for one who has to start: a rule whose words do not care is left out and said.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), of anything else.
    pub fn start(config: &NoteConfig, state_dir: &Path) -> Result<Self, BooksError> {
        let Some(path) = config.rules.as_deref() else { return Self::load(config, state_dir) };
        let (rules, left_out) = RuleBook::start(path)?;
        for rule in left_out {
            eprintln!("huitou: a rule is left out until it is mended: {rule}");
        }
        Self::with_rules(rules, config, state_dir)
    }

    fn with_rules(
        rules: RuleBook,
        config: &NoteConfig,
        state_dir: &Path,
    ) -> Result<Self, BooksError> {
        let advice =
            config.advice.as_deref().map_or_else(|| Ok(AdviceBook::shipped()), AdviceBook::load)?;
        Self { rules, advice, styles: Styles::open(state_dir)? }.checked()
    }

    /// The books, if they go together.
    ///
    /// # Errors
    ///
    /// [`BooksError::Category`].
    pub fn checked(self) -> Result<Self, BooksError> {
        for rule in self.rules.rules() {
            let mut wanted = rule.when.category.iter().flat_map(|any| &any.0);
            let unknown = wanted.find(|key| !self.advice.keys().any(|known| known == *key));
            if let Some(category) = unknown {
                let all = self.advice.keys().collect::<Vec<&str>>().join(", ");
                let (rule, category) = (rule.id.clone(), category.clone());
                return Err(BooksError::Category { rule, category, all });
            }
        }
        Ok(self)
    }
}

/// Writes the note.
#[must_use]
pub fn compose(scene: &Scene<'_>, books: &Books) -> Note {
    choose::choose(scene, books).note
}

#[cfg(test)]
mod tests;
