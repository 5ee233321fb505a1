//! What can be asked of a model of buying, whichever it is.
//!
//! The chance that she is still a customer ([`Buying::alive`]) is a means to the other three and no
//! order of its own: on the public CDNOW purchases it ranks worse than days since the last purchase,
//! and under BG/NBD every customer who came once has 1. Rank by what is expected (S82).
//!
//! Not here: the models (`beta_geometric`, `pareto_nbd`) and their fitting; a million at once (`many`).

use super::rhythm::Rhythm;

/// A fitted model of when customers buy and when they leave.
pub trait Buying {
    /// The chance that she has not left for good, 0 to 1.
    fn alive(&self, her: &Rhythm) -> f64;

    /// Expected purchases (days with one) within the next `weeks`, given what she did.
    fn expected(&self, her: &Rhythm, weeks: f64) -> f64;

    /// The chance of at least one purchase within the next `weeks`, 0 to 1.
    fn comes_within(&self, her: &Rhythm, weeks: f64) -> f64;

    /// As [`expected`](Self::expected), of one who is known to be there: her last purchase does not
    /// matter then.
    fn expected_if_there(&self, repeats: u32, age_weeks: f64, weeks: f64) -> f64;

    /// As [`comes_within`](Self::comes_within), of one who is known to be there.
    fn comes_if_there(&self, repeats: u32, age_weeks: f64, weeks: f64) -> f64;

    /// Answers [`alive`](Self::alive) for very many (`many`), some at a time, one each in the second slice.
    fn alive_of_many(&self) -> impl FnMut(&[Rhythm], &mut [f64]);

    /// What is said of one who is there is smooth in the logarithm of her age and so many weeks more.
    fn scale_weeks(&self) -> f64;

    /// Expected repeat purchases of a customer of whom nothing is known, within `weeks` of her first.
    fn expected_of_new(&self, weeks: f64) -> f64 {
        self.expected(&Rhythm::NEW, weeks)
    }
}

/// A fitted model, and how far to trust it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit<M> {
    /// Its parameters in weeks (or minor units), ready to be asked.
    pub model: M,
    /// At these parameters, over all customers; higher is better between models of the same customers.
    pub log_likelihood: f64,
    /// It was fitted on so many.
    pub customers: usize,
    /// A parameter ran to the bound because the purchases leave it open, e.g. nobody ever left. The
    /// forecasts hold; that parameter by itself means nothing.
    pub edge: bool,
}
