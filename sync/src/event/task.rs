//! What came of a task: the outcome, her answers, the next appointment; and who looked at a number.
//!
//! # Invariants
//!
//! - A task is named by HQ's number for it; the customer's number travels in neither event.
//! - Fields after `note` are absent in what an older till wrote.
//!
//! Not here: the tasks (`care_list`), what HQ makes of an outcome (`hq::desk`).

use super::code::codes;
use super::sale::LocalSeconds;
use core::fmt;
use minicbor::{Decode, Encode};

/// What came of a follow-up task.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Outcome {
    /// HQ's number of the task.
    #[n(0)]
    pub task: u64,
    /// How it went.
    #[n(1)]
    pub outcome: OutcomeKind,
    /// What the manager wrote down; sealed like all of it.
    #[n(2)]
    pub note: Option<String>,
    /// The three questions (S30), where she was reached.
    #[n(3)]
    pub answers: Option<Answers>,
    /// The time that was agreed with her (S45), on the shop's clock.
    #[n(4)]
    pub next: Option<LocalSeconds>,
    /// Who did it, where known.
    #[n(5)]
    pub by: Option<String>,
    /// What she said of single styles (S129).
    #[n(6)]
    pub styles: Option<Vec<StyleAnswer>>,
    /// Why she had stayed away (S20, S113); a win-back task closes with it only.
    #[n(7)]
    pub reason: Option<LostReason>,
}

impl Outcome {
    /// An outcome and nothing else.
    #[must_use]
    pub const fn plain(task: u64, outcome: OutcomeKind) -> Self {
        Self {
            task,
            outcome,
            note: None,
            answers: None,
            next: None,
            by: None,
            styles: None,
            reason: None,
        }
    }
}

/// The three questions of a call (S30); none where it was not asked or not answered.
#[derive(
    Clone, Copy, Debug, Default, Eq, PartialEq, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields, default)]
#[cbor(array)]
pub struct Answers {
    /// She likes it.
    #[n(0)]
    pub likes: Option<bool>,
    /// It is comfortable.
    #[n(1)]
    pub comfortable: Option<bool>,
    /// She knows how to wash and keep it: `false` is a question to be answered.
    #[n(2)]
    pub washing: Option<bool>,
}

/// What she said of one style.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct StyleAnswer {
    /// Style number, as on the receipt.
    #[n(0)]
    pub style: String,
    /// Her answers.
    #[n(1)]
    pub answers: Answers,
    /// In her words, for HQ's buyers.
    #[n(2)]
    pub words: Option<String>,
}

impl fmt::Debug for StyleAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StyleAnswer({} {:?})", self.style, self.answers)
    }
}

codes! {
    /// How a follow-up went.
    OutcomeKind, unknown reads as Other {
        /// She answered.
        Reached = 0 "reached",
        /// She did not pick up.
        NoAnswer = 1 "no_answer",
        /// Another time was agreed.
        Rescheduled = 2 "rescheduled",
        /// A message was sent.
        Sent = 3 "sent",
        /// A complaint was settled.
        Resolved = 4 "resolved",
        /// She asked to be left alone.
        Declined = 5 "declined",
        /// Something else; see the note.
        Other = 6 "other",
    }
}

codes! {
    /// Why a customer stayed away: four reasons of ours, four of the world's (S113).
    LostReason, unknown reads as Unknown {
        /// The goods.
        Product = 0 "product",
        /// The service.
        Service = 1 "service",
        /// Somebody who works here.
        Employee = 2 "employee",
        /// What the shop or brand stands for.
        Image = 3 "image",
        /// Her own life: moved, grew, has other tastes.
        Customer = 4 "customer",
        /// Another shop.
        Competitor = 5 "competitor",
        /// The times: fashion, the economy, an epidemic.
        Society = 6 "society",
        /// None of these, or she would rather not say.
        Unknown = 7 "other",
    }
}

impl LostReason {
    /// All eight, in the order in which a numeric pad offers them.
    pub const ALL: [Self; 8] = [
        Self::Product,
        Self::Service,
        Self::Employee,
        Self::Image,
        Self::Customer,
        Self::Competitor,
        Self::Society,
        Self::Unknown,
    ];

    /// Whether it is ours to mend (subjective), not the world's (objective).
    #[must_use]
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Product | Self::Service | Self::Employee | Self::Image)
    }
}

/// Someone opened a clear number. Says who looked, not at whom beyond the task.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Look {
    /// The staff member who is logged in.
    #[n(0)]
    pub who: String,
    /// The task the number was opened for, if any.
    #[n(1)]
    pub task: Option<u64>,
}
