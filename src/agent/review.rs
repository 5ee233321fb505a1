//! A person looks at a paper: what each row was taken for, and what it really is.
//!
//! ```text
//! disputed sale ─▶ review queue ─▶ "this row is the total" ─▶ layout ─▶ read anew ─▶ Amend
//! ```
//!
//! Not here: what a layout is (`sale::layout`), the page.

use serde::Serialize;
use sync::event::{Amend, AmendReason, Body, SaleRef};
use sync::money::Minor;

use super::serving::Buyer;
use super::take::{Read, TakeError};
use super::{Agent, AttributeError};
use crate::bridge_link::Slip;
use crate::day_book::{self, Paper};
use crate::read::explain;
use crate::receipt::Receipt;
use crate::sale::group::Summary;
use crate::sale::layout::{self, TeachError};
use crate::sale::{self, Kind, Known, Mark, Part, Reading};
use crate::sales;

/// A paper with what each row was taken for.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// What each row was taken for, in words, in order of the rows.
    pub marks: Vec<Marked>,
    /// The sums that hold.
    pub equations: Vec<String>,
    /// What is in doubt, in words.
    pub doubts: Vec<String>,
    /// How the total is known, in words.
    pub known: &'static str,
}

/// A row and its part.
#[derive(Clone, Debug, Serialize)]
pub struct Marked {
    /// From 0.
    pub row: usize,
    /// In words.
    pub words: &'static str,
    /// Whether it was not understood.
    pub unclear: bool,
}

/// Why a person's word was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// There is no such paper any more.
    #[error("this paper is not in the day book: it is kept for two days")]
    NoPaper,
    /// What was typed is no amount.
    #[error("type the amount as it is printed, e.g. 88.00")]
    NoAmount,
    /// The row is not on the paper.
    #[error("this paper has no row {0}")]
    NoRow(usize),
    /// The row has nothing that could be that.
    #[error(transparent)]
    Teach(#[from] TeachError),
    /// The layout could not be written.
    #[error(transparent)]
    Layouts(#[from] crate::layouts::LayoutsError),
    /// The store.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
}

impl From<TakeError> for ReviewError {
    fn from(error: TakeError) -> Self {
        Self::Attribute(match error {
            TakeError::Sqlite(error) => error.into(),
            TakeError::Outbox(error) => error.into(),
            TakeError::DayBook(error) => error.into(),
            TakeError::Customers(error) => error.into(),
            TakeError::Attribute(error) => *error,
        })
    }
}

impl From<rusqlite::Error> for ReviewError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Attribute(error.into())
    }
}

impl From<day_book::DayBookError> for ReviewError {
    fn from(error: day_book::DayBookError) -> Self {
        Self::Attribute(error.into())
    }
}

impl From<crate::outbox::OutboxError> for ReviewError {
    fn from(error: crate::outbox::OutboxError) -> Self {
        Self::Attribute(error.into())
    }
}

impl Agent {
    /// What each row of a paper is taken for, with the layouts of now.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] if there is no such paper.
    pub fn explain(&mut self, paper: i64) -> Result<Explained, ReviewError> {
        let (_, reading, _) = self.reread(paper)?;
        let language = self.config.language;
        let marked = |mark: &Mark| Marked {
            row: mark.row,
            words: explain::part_in_words(mark.part, language),
            unclear: mark.part == Part::NotUnderstood,
        };
        Ok(Explained {
            marks: reading.marks.iter().map(marked).collect(),
            doubts: reading
                .doubts
                .iter()
                .map(|it| explain::doubt_in_words(*it, language))
                .collect(),
            known: explain::known_in_words(reading.known.total, language),
            equations: reading.equations,
        })
    }

    /// Takes a person's word for what a row of a paper is, and reads the paper anew. Returns the
    /// total that it has now.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] if the row cannot teach that; nothing is changed then.
    pub fn review(
        &mut self,
        paper: i64,
        row: usize,
        part: Part,
    ) -> Result<Option<Minor>, ReviewError> {
        let (entry, _, receipt) = self.reread(paper)?;
        if row >= entry.paper.rows.len() {
            return Err(ReviewError::NoRow(row));
        }
        let bridge = entry.paper.bridge.clone();
        let layouts = self.layouts.of(&bridge);
        let at = layout::place(&layouts, &receipt);
        let before = at.map(|at| layouts[at].clone()).unwrap_or_default();
        let taught = layout::teach_row(&before, &receipt, row, part)?;
        self.layouts.teach(&bridge, at, taught)?;
        let (entry, reading, _) = self.reread(paper)?;
        self.amend(&entry, &reading, part == Part::Total)?;
        Ok(reading.total)
    }

    /// A picture receipt as a PNG file.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] if there is no such paper, or it is no picture.
    pub fn picture(&self, paper: i64) -> Result<Vec<u8>, ReviewError> {
        let entry = day_book::entry(&self.connection, &self.local, paper)?;
        let digits = entry.and_then(|entry| entry.paper.picture).ok_or(ReviewError::NoPaper)?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let file: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        file.ok_or(ReviewError::NoPaper)
    }

    /// Takes the amount of a picture receipt from the cashier, who can read it.
    ///
    /// # Errors
    ///
    /// [`ReviewError`] if the paper is no picture or the text is no amount.
    pub fn type_amount(&mut self, paper: i64, text: &str) -> Result<Minor, ReviewError> {
        let entry = day_book::entry(&self.connection, &self.local, paper)?;
        let entry = entry.filter(|entry| entry.paper.kind == "unread");
        let entry = entry.ok_or(ReviewError::NoPaper)?;
        let amount = amount(text).ok_or(ReviewError::NoAmount)?;
        let reading = Reading { total: Some(amount), ..Reading::default() };
        self.amend(&entry, &reading, true)?;
        Ok(amount)
    }

    fn reread(&mut self, paper: i64) -> Result<(day_book::Entry, Reading, Receipt), ReviewError> {
        let entry = day_book::entry(&self.connection, &self.local, paper)?;
        let entry = entry.ok_or(ReviewError::NoPaper)?;
        let layouts = self.layouts.of(&entry.paper.bridge);
        let receipt = Receipt::from_lines(&entry.paper.rows);
        let reading = sale::read_by(&receipt, &layouts);
        Ok((entry, reading, receipt))
    }

    /// A sale that was read wrongly is read anew: here, in the day book and at HQ. `told` says that
    /// a person named the total: HQ takes an amendment for a person's word.
    fn amend(
        &mut self,
        entry: &day_book::Entry,
        reading: &Reading,
        told: bool,
    ) -> Result<(), ReviewError> {
        let Some(total) = reading.total else { return Ok(()) };
        let Some((epoch, seq)) = entry.sale else { return self.write_late(entry, reading) };
        let Some(sale) = sales::find(&self.connection, epoch, seq)? else { return Ok(()) };
        let total = self.in_currency(total);
        let back = entry.paper.kind == "return" && total > Minor::ZERO;
        let total = if back { total.negated() } else { total };
        let sure = told || reading.known.total != Known::Disputed;
        let now = self.now();
        let transaction = self.connection.unchecked_transaction()?;
        if sure && (told || total != sale.amount) {
            let place = SaleRef::Here { epoch, seq };
            let amend = Amend { sale: place, total, reason: AmendReason::Reviewed };
            self.append(now, Body::Amend(amend))?;
            sales::amend(&transaction, &sale, total, reading.receipt_no.as_deref())?;
        }
        let paper = reread_paper(entry, reading, told);
        day_book::rewrite(&transaction, &self.local, entry.id, entry.sale, &paper)?;
        transaction.commit()?;
        self.changed();
        Ok(())
    }

    /// A slip that was no sale is one, now that its words are known: it was printed, so it counts.
    fn write_late(
        &mut self,
        entry: &day_book::Entry,
        reading: &Reading,
    ) -> Result<(), ReviewError> {
        let receipt = Receipt::from_lines(&entry.paper.rows);
        let summary = Summary::of(&receipt, reading);
        let kind = summary.kind;
        if !matches!(kind, Kind::Sale | Kind::Return) {
            return Ok(());
        }
        let read = Read { receipt, reading: reading.clone(), summary };
        let (now, bridge) = (self.now(), entry.paper.bridge.clone());
        let transaction = self.connection.unchecked_transaction()?;
        let slip = Slip::late(u32::try_from(entry.id).unwrap_or(u32::MAX));
        let sale = self.write_sale(
            &bridge,
            &slip,
            &read,
            &Buyer::Unknown,
            &crate::note::Note::default(),
            now,
        )?;
        let kind = if kind == Kind::Return { "return" } else { "sale" };
        let paper = Paper { kind: kind.into(), ..reread_paper(entry, reading, true) };
        day_book::rewrite(&transaction, &self.local, entry.id, Some(sale), &paper)?;
        transaction.commit()?;
        self.changed();
        Ok(())
    }
}

/// The paper as it is understood now.
fn reread_paper(entry: &day_book::Entry, reading: &Reading, told: bool) -> Paper {
    let known = match reading.known.total {
        Known::Proved => "proved",
        Known::Consistent => "consistent",
        // A person looked at it.
        _ if told => "consistent",
        Known::Keyword => "keyword",
        Known::Disputed => "disputed",
    };
    Paper {
        total: reading.total.map(Minor::units),
        receipt_no: reading.receipt_no.clone(),
        known: known.to_owned(),
        ..entry.paper.clone()
    }
}

/// Whether a slip that was no sale may be one: it has a number and amounts, and no word for a total.
fn may_be_sale(paper: &Paper) -> bool {
    paper.kind == "other" && paper.receipt_no.is_some() && paper.known == "disputed"
}

/// Whether a person should look at a paper.
pub(super) fn wants_review(paper: &Paper) -> bool {
    let sale = paper.kind == "sale" || paper.kind == "return";
    sale && matches!(paper.known.as_str(), "disputed" | "keyword") || may_be_sale(paper)
}

/// `88`, `1,299.00`: an amount above zero, in hundredths.
fn amount(text: &str) -> Option<Minor> {
    let plain: String = text.trim().chars().filter(|symbol| *symbol != ',').collect();
    let (whole, cents) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    let units: i64 = format!("{whole}{cents:0<2}").parse().ok()?;
    (units > 0).then(|| Minor::new(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_typed_as_it_is_printed() {
        for (text, units) in [("88", 8_800), ("1,299.5", 129_950), (" 0.05 ", 5)] {
            assert_eq!(amount(text), Some(Minor::new(units)), "{text}");
        }
        for text in ["", "0", "-5", "8.888", "12a", "9999999999", "."] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
