//! What is known of one customer, as the engine needs it.
//!
//! Not here: reading it from the tables (`facts`).

use crate::message::StoreId;
use crate::money::Minor;
use crate::tier::DatedAmount;

/// One sale of hers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SaleFact {
    /// Its place, as a subject.
    pub place: String,
    /// Its day.
    pub day: i32,
    /// Where.
    pub store: StoreId,
    /// What she paid.
    pub total: Minor,
    /// What came back of it, below zero, and when.
    pub back: Vec<DatedAmount>,
    /// The dearest thing, as printed.
    pub item: Option<String>,
    /// Style numbers of what she took.
    pub styles: Vec<String>,
}

/// A word on who brought whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReferralFact {
    /// The newcomer, as a subject.
    pub newcomer: String,
    /// When it was said.
    pub day: i32,
    /// Where.
    pub store: StoreId,
}

/// What is known of one customer, under all her numbers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// Her sales.
    pub sales: Vec<SaleFact>,
    /// Her net spend, returns below zero.
    pub amounts: Vec<DatedAmount>,
    /// Whom she brought.
    pub brought: Vec<ReferralFact>,
    /// Who brought her, if anybody did.
    pub came: Option<ReferralFact>,
    /// Nobody is to call her: she declined, or the number is nobody's.
    pub excluded: bool,
}

impl SaleFact {
    /// What stands of it after what came back.
    #[must_use]
    pub fn net(&self) -> Minor {
        self.back.iter().fold(self.total, |net, back| net.saturating_add(back.amount))
    }
}

impl Facts {
    /// What was known at the end of a day.
    #[must_use]
    pub fn as_of(&self, day: i32) -> Self {
        let mut then = self.clone();
        then.sales.retain(|sale| sale.day <= day);
        then.sales.iter_mut().for_each(|sale| sale.back.retain(|back| back.day <= day));
        then.amounts.retain(|dated| dated.day <= day);
        then.brought.retain(|of| of.day <= day);
        then.came = then.came.filter(|of| of.day <= day);
        then
    }

    /// Days on which something became known.
    pub fn days(&self) -> impl Iterator<Item = i32> {
        let sales = self.sales.iter().map(|sale| sale.day);
        let amounts = self.amounts.iter().map(|dated| dated.day);
        let referrals = self.brought.iter().chain(&self.came).map(|of| of.day);
        sales.chain(amounts).chain(referrals)
    }
}
