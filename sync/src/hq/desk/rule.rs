//! Why somebody is asked to do something: a rule, and what it fired for.
//!
//! Not here: when a rule fires (`engine`).

/// Why somebody is asked to do something.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A large sale (S44).
    BigSale,
    /// She brought somebody (S46).
    ReferrerThanks,
    /// Somebody brought her (S47).
    NewcomerThanks,
    /// The same, within the week (S48).
    NewcomerCall,
    /// Her spending reached an amount (S49).
    Threshold,
    /// Nobody of her region spent more last year (S50).
    TopSpender,
    /// A time was agreed with her (S45).
    Appointment,
    /// She did not pick up.
    Retry,
    /// She complained, and it is not settled (S52).
    Complaint,
    /// Is a settled complaint settled still? (S59)
    SecondChance,
    /// She stays away (S118).
    WinBack,
    /// A day of her life is near (S96).
    LifeEvent,
    /// A message of care, or one that she opted in to, with words of its own.
    Message,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::BigSale,
        Self::ReferrerThanks,
        Self::NewcomerThanks,
        Self::NewcomerCall,
        Self::Threshold,
        Self::TopSpender,
        Self::Appointment,
        Self::Retry,
        Self::Complaint,
        Self::SecondChance,
        Self::WinBack,
        Self::LifeEvent,
        Self::Message,
    ];

    /// Its word in tables, rules and on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BigSale => "big_sale",
            Self::ReferrerThanks => "referrer_thanks",
            Self::NewcomerThanks => "newcomer_thanks",
            Self::NewcomerCall => "newcomer_call",
            Self::Threshold => "threshold",
            Self::TopSpender => "top_spender",
            Self::Appointment => "appointment",
            Self::Retry => "retry",
            Self::Complaint => "complaint",
            Self::SecondChance => "second_chance",
            Self::WinBack => "win_back",
            Self::LifeEvent => "life_event",
            Self::Message => "message",
        }
    }

    /// The rule of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }

    /// Whether the day was agreed with her, is owed to her, or is the only one (a birthday's; its own
    /// caps were asked before): the caps do not move it.
    #[must_use]
    pub const fn is_agreed(self) -> bool {
        matches!(
            self,
            Self::Appointment | Self::Retry | Self::Complaint | Self::SecondChance | Self::Message
        )
    }

    /// Whether it answers what she came with herself: that needs no consent to be cared for.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Complaint | Self::SecondChance)
    }

    /// Whether it is an earlier task once more, on another day; its subject is that task.
    #[must_use]
    pub const fn is_next_try(self) -> bool {
        matches!(self, Self::Appointment | Self::Retry)
    }

    /// Whether its words are not the rules' sentence: a script's, or a text of the library's.
    #[must_use]
    pub const fn has_own_words(self) -> bool {
        matches!(self, Self::WinBack | Self::Message)
    }

    /// Whether it follows from facts alone, so that it goes when they go.
    #[must_use]
    pub const fn is_derived(self) -> bool {
        matches!(
            self,
            Self::BigSale
                | Self::ReferrerThanks
                | Self::NewcomerThanks
                | Self::NewcomerCall
                | Self::Threshold
        )
    }
}

/// A rule and what it fired for; fires once.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cause {
    /// Which rule.
    pub rule: Rule,
    /// For what: a sale's place, a newcomer, a year and an amount.
    pub subject: String,
}
