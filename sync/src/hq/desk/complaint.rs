//! A complaint's nine steps, in order (S52): what each needs, when it is late, and the second chance.
//!
//! ```text
//! listen ▶ talk ▶ apologise ▶ analyse ▶ explain ▶ handle ▶ compensate ▶ result ▶│ feedback
//!                                ▲                                       closes ▲│    │
//!                                └────────────── still not content, once ───────┘◀───┘
//! ```
//!
//! # Invariants
//!
//! - No step is skipped, none is taken twice, and an apology is among them whoever was at fault (S54).
//! - A case cannot be closed before its result is told; the call afterwards is planned then (S59).
//! - It is reopened once; after that it is settled, content or not.
//!
//! Not here: keeping cases (`case`), figures (`loyalty`).

mod asked;
pub mod case;
pub mod file;
pub mod loyalty;
pub mod page;
pub mod trend;

/// The nine steps.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Let her say everything (S53).
    Listen,
    /// Feel with her.
    Talk,
    /// Right or wrong, from the heart (S54).
    Apologise,
    /// Why did it happen?
    Analyse,
    /// Repeat her concern, show that we want to solve it (S55).
    Explain,
    /// A fair solution: action, owner, day (S56).
    Handle,
    /// Something on top, or none with a reason (S57).
    Compensate,
    /// Is she content? If not, a last offer; thank her (S58).
    Result,
    /// A call later: was it done? (S59)
    Feedback,
}

/// What is said with a step; which parts are needed depends on the step.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Her words, our apology, the restated concern, the action, the gift.
    pub text: Option<String>,
    /// Who did it.
    pub by: String,
    /// Analyse: the cause. Compensate without a gift: why none.
    pub reason: Option<String>,
    /// Analyse: what she says was checked and is true (S92).
    pub verified: Option<bool>,
    /// Handle: who sees to it.
    pub owner: Option<String>,
    /// Handle: by which day.
    pub by_day: Option<i32>,
    /// Result and feedback: she is content.
    pub satisfied: Option<bool>,
    /// Result: the last offer, if she is not.
    pub offer: Option<String>,
    /// Result: she was thanked.
    pub thanked: bool,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stand {
    /// The last step that was taken.
    pub last: Option<Step>,
    /// It was given its second chance already.
    pub reopened: bool,
    /// It is over.
    pub closed: bool,
}

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// Another one is next.
    #[error("the next step is {next:?}: none is skipped")]
    Order {
        /// The next one.
        next: Step,
    },
    /// Something is missing.
    #[error("{step:?} needs {what}")]
    Needs {
        /// The step.
        step: Step,
        /// What is missing.
        what: &'static str,
    },
    /// It is over.
    #[error("the case is closed")]
    Closed,
    /// It cannot be closed yet.
    #[error("a case closes after its result was told; the next step is {next:?}")]
    TooEarly {
        /// The next one.
        next: Step,
    },
}

impl Step {
    /// All nine, in order.
    pub const ALL: [Self; 9] = [
        Self::Listen,
        Self::Talk,
        Self::Apologise,
        Self::Analyse,
        Self::Explain,
        Self::Handle,
        Self::Compensate,
        Self::Result,
        Self::Feedback,
    ];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Talk => "talk",
            Self::Apologise => "apologise",
            Self::Analyse => "analyse",
            Self::Explain => "explain",
            Self::Handle => "handle",
            Self::Compensate => "compensate",
            Self::Result => "result",
            Self::Feedback => "feedback",
        }
    }

    /// The step of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }
}

impl Stand {
    /// A new case: nobody has listened yet.
    pub const NEW: Self = Self { last: None, reopened: false, closed: false };

    /// The step that is next.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        match self.last {
            None => Some(Step::Listen),
            Some(last) => Step::ALL.into_iter().find(|step| *step > last),
        }
    }

    /// Takes a step; gives where the case stands then.
    ///
    /// # Errors
    ///
    /// [`StepError`]; nothing was taken.
    pub fn take(&self, step: Step, said: &Said) -> Result<Self, StepError> {
        // The call afterwards comes when the case is closed already.
        let next = match self.next() {
            Some(next) if !self.closed || next == Step::Feedback => next,
            _ => return Err(StepError::Closed),
        };
        if next != step {
            return Err(StepError::Order { next });
        }
        needs(step, said)?;
        let again = step == Step::Feedback && said.satisfied == Some(false) && !self.reopened;
        Ok(match again {
            // What was heard and apologised for stands: it is the cure that failed.
            true => Self { last: Some(Step::Apologise), reopened: true, closed: false },
            false => Self { last: Some(step), ..*self },
        })
    }

    /// Closes the case.
    ///
    /// # Errors
    ///
    /// [`StepError`] before the result was told, or if it is closed already.
    pub fn close(&self) -> Result<Self, StepError> {
        match self.next() {
            _ if self.closed => Err(StepError::Closed),
            Some(next) if next < Step::Feedback => Err(StepError::TooEarly { next }),
            _ => Ok(Self { closed: true, ..*self }),
        }
    }
}

/// What a step cannot be taken without.
fn needs(step: Step, said: &Said) -> Result<(), StepError> {
    let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let text = filled(&said.text);
    let reason = filled(&said.reason);
    let whole = match step {
        Step::Listen => (text, "her words, all of them"),
        Step::Talk => (true, ""),
        Step::Apologise => (text, "the apology, in its own words"),
        Step::Analyse => {
            (reason && said.verified.is_some(), "a cause, and whether it was verified")
        }
        Step::Explain => (text, "her concern in our words"),
        Step::Handle => (
            text && filled(&said.owner) && said.by_day.is_some(),
            "an action, who sees to it, and by which day",
        ),
        Step::Compensate => (text || reason, "a gift, or the reason why there is none"),
        Step::Result => {
            let offered = said.satisfied == Some(true) || filled(&said.offer);
            let whole = said.satisfied.is_some() && offered && said.thanked;
            (whole, "whether she is content, a last offer if not, and our thanks")
        }
        Step::Feedback => (said.satisfied.is_some(), "whether she is content"),
    };
    let by = !said.by.trim().is_empty();
    match whole {
        (true, _) if by => Ok(()),
        (true, _) => Err(StepError::Needs { step, what: "who did it" }),
        (false, what) => Err(StepError::Needs { step, what }),
    }
}

#[cfg(test)]
mod tests;
