//! The life of VIPs: get-togethers, umbrellas, campaigns, gifts, rewards, wishes, stalls.
//!
//! ```text
//! event (S61)   umbrella (S33)   campaign (S35, S120)   fair (S130)
//! gift (S63) ─ benefit (S64) ─ reward (S70, S105 to S107) ─▶ the till ─▶ hand_out ─▶ given
//! wish (S65)   measure (S117)   revenue (S111)   referrer (S66)
//! ```
//!
//! # Invariants
//!
//! - Whom a row is about stands there as a pseudonym; an erasure takes it out.
//! - What is counted says from when to when, and of whom.
//!
//! Not here: messages (`messages`), tiers (`tier`), winning back (`win_back`).

pub mod benefit;
pub mod campaign;
pub mod event;
pub mod fair;
pub mod gift;
pub mod hand_out;
pub mod measure;
pub mod referrer;
pub mod revenue;
pub mod reward;
pub mod umbrella;
pub mod wish;

/// Why something cannot be written down.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VipError {
    /// There is no such row, or it is closed already.
    #[error("nothing open has the number {0}")]
    NoItem(i64),
    /// A last day before the first.
    #[error("the last day lies before the first")]
    Days,
    /// It has ended, or has not begun.
    #[error("{0} is not given on that day")]
    NotNow(String),
    /// She had it already.
    #[error("she was given it before")]
    Twice,
    /// A wish with a no among its three checks is not done.
    #[error("a wish is done only if it suits the brand, can be done and stands in nobody's way")]
    Checks,
    /// More clicks than were shown.
    #[error("there cannot be more clicks than were shown")]
    Clicks,
    /// A day of a gift is a holiday's word or MM-DD.
    #[error("write the day as a holiday's word, such as mothers, or as 05-20")]
    GiftDay,
    /// An amount below nothing.
    #[error("a deposit is not below nothing")]
    Deposit,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// Both days, if the last is not before the first.
fn days(from: i32, until: i32) -> Result<(), VipError> {
    if from <= until { Ok(()) } else { Err(VipError::Days) }
}

/// `of` in thousands of `all`, rounded half up; none of nothing.
fn permille(of: u32, all: u32) -> Option<u32> {
    let (of, all) = (u64::from(of), u64::from(all));
    (all > 0).then(|| u32::try_from((of * 2_000 + all) / (2 * all)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
