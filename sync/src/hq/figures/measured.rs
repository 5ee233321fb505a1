//! What a night measured of the chain, as it is kept: whole numbers, no words.
//!
//! Not here: how they are counted (`tally`), what they are called (`numbers`).

use std::collections::BTreeMap;

/// Retention by window, summed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Window {
    /// Bought in the window before.
    pub active: u64,
    /// Of them, bought in the window after.
    pub retained: u64,
    /// Bought for the first time in the window after.
    pub newcomers: u64,
    /// Bought in the window after, not in the one before, but earlier.
    pub returned: u64,
}

/// Who bought for the first time in one month, and how many of them did so again later.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Cohort {
    /// Calendar year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// How many.
    pub customers: usize,
    /// In the first, second … month after.
    pub bought: Vec<usize>,
}

/// What customers had brought by so many days after their first purchase.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Tenure {
    /// Days since the first purchase.
    pub days: u32,
    /// Known that long.
    pub customers: u64,
    /// Their net spend up to then, minor units.
    pub net: i64,
}

/// Half and nine tenths took no longer than so much, in the unit that the field names.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Spread {
    /// How many were counted.
    pub of: u64,
    /// Half of them.
    pub median: i64,
    /// Nine tenths.
    pub ninety: i64,
}

/// One with potential.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Potential {
    /// Her pseudonym.
    pub customer: String,
    /// Expected days with a purchase within 13 weeks, in thousandths.
    pub purchases_milli: i64,
    /// Expected spend within them, minor units.
    pub spend: i64,
    /// Spent so far.
    pub net: i64,
}

/// What is told of one store's customers: those who bought there last.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct OfStore {
    /// By step (S2).
    pub steps: [u64; 3],
    /// Bought in the 90 days before the last 90.
    pub active: u64,
    /// Of them, bought in the last 90.
    pub retained: u64,
}

/// All of it, as of the end of `day`.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Measured {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Persons on file.
    pub persons: u64,
    /// Bought, and have our staff's contact (S1).
    pub trusting: u64,
    /// Bought on two days or more, ever (S91).
    pub twice: u64,
    /// By class word (S126).
    pub classes: BTreeMap<String, u64>,
    /// By RFM cell, 111 to 555.
    pub cells: BTreeMap<u16, u64>,
    /// By step (S2).
    pub steps: [u64; 3],
    /// By store where they bought last, as hexadecimal digits.
    pub stores: BTreeMap<String, OfStore>,
    /// By stage (S71).
    pub stages: [u64; 5],
    /// By how many signs of loyalty (S100).
    pub signs: [u64; 5],
    /// The last 365 days against the 365 before.
    pub year: Window,
    /// The last 90 days against the 90 before.
    pub quarter: Window,
    /// Bought within 365 days.
    pub buyers: u64,
    /// Of them, on two days or more.
    pub repeaters: u64,
    /// Net spend of these, minor units.
    pub year_net: i64,
    /// Share of it by the top 20 % and the top 30 % (S68).
    pub top: [Option<f64>; 2],
    /// Bought the year before and not since.
    pub lost: u64,
    /// What they spent the year before.
    pub lost_net: i64,
    /// Bought for the first time the year before.
    pub new: u64,
    /// What they spent in their first 365 days.
    pub new_net: i64,
    /// The newest first.
    pub cohorts: Vec<Cohort>,
    /// By rising tenure (S102).
    pub tenures: Vec<Tenure>,
    /// Most expected spend first (S69).
    pub potential: Vec<Potential>,
    /// Why there is no list of potential, if there is none.
    pub no_model: Option<String>,
    /// Spread from a sale to HQ, over the last seven days' sales of tills (S7).
    pub lag: Spread,
    /// The cashier's time over a number, in tenths of a second (S98).
    pub typing: Spread,
    /// Spread from a question, suggestion or wish to its answer, over the last 365 days (S73).
    pub answers: Spread,
    /// Files of numbers with no record of consent, given or withdrawn (S12).
    pub no_consent: u64,
    /// Net sales of 365 days, to whomever, minor units.
    pub all_net: i64,
    /// Of that, to persons with a tier today (S103).
    pub member_net: i64,
    /// Members of tiers, and how many of them fewer than two of the staff look after (S84).
    pub members: (u64, u64),
}
