//! Fits all models to the public CDNOW purchases and forecasts for a million customers; prints one JSON
//! object. `benches/models.py` sets it beside the Python library.
//!
//! Not here: whether the numbers are right (the tests of `sync::hq::model`).

use anyhow::Context;
use serde_json::{Value, json};
use std::time::Instant;
use sync::calendar::Date;
use sync::care_list::CustomerId;
use sync::hq::model::history::{Histories, Purchase};
use sync::hq::model::{BetaGeometric, Buying, GammaGamma, Leaving, ParetoNbd, Rhythm, Spend};
use sync::money::Minor;

const MILLION: usize = 1_000_000;
const WEEKS: f64 = 39.0;
const TURNS: usize = 5;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("name the file CDNOW_master.txt")?;
    let text = std::fs::read_to_string(path)?;
    let purchases: Vec<Purchase> = text.lines().skip(1).filter_map(purchase).collect();
    let end = day("19970930").context("a day")?;

    let start = Instant::now();
    let histories = Histories::new(purchases);
    let rhythms: Vec<Rhythm> = histories.iter().filter_map(|her| her.rhythm(end)).collect();
    let spends: Vec<Spend> = histories.iter().filter_map(|her| her.spend(end)).collect();
    let sorting_s = start.elapsed().as_secs_f64();

    let bg = buying(&rhythms, |rhythms| {
        let fit = BetaGeometric::fit(Leaving::AfterRepeat, rhythms.iter().copied())?;
        Ok((fit.model, fit.log_likelihood, parameters(&fit.model)))
    })?;
    let mbg = buying(&rhythms, |rhythms| {
        let fit = BetaGeometric::fit(Leaving::AfterAny, rhythms.iter().copied())?;
        Ok((fit.model, fit.log_likelihood, parameters(&fit.model)))
    })?;
    let pareto = buying(&rhythms, |rhythms| {
        let fit = ParetoNbd::fit(rhythms.iter().copied())?;
        let ParetoNbd { r, alpha, s, beta } = fit.model;
        Ok((fit.model, fit.log_likelihood, vec![r, alpha, s, beta]))
    })?;
    let report = json!({
        "customers": rhythms.len(), "sorting_s": sorting_s,
        "BG/NBD": bg, "MBG/NBD": mbg, "Pareto/NBD": pareto, "Gamma-Gamma": amounts(&spends)?,
    });
    println_json(&report);
    Ok(())
}

fn parameters(model: &BetaGeometric) -> Vec<f64> {
    vec![model.r, model.alpha, model.a, model.b]
}

fn buying<M: Buying>(
    rhythms: &[Rhythm],
    fit: impl Fn(&[Rhythm]) -> anyhow::Result<(M, f64, Vec<f64>)>,
) -> anyhow::Result<Value> {
    let (fit_s, fitted) = best_of_turns(|| fit(rhythms));
    let (model, log_likelihood, parameters) = fitted?;
    let million = || rhythms.iter().cycle().take(MILLION);
    let timed =
        |forecast: &dyn Fn(&Rhythm) -> f64| best_of_turns(|| million().map(forecast).sum::<f64>());
    let (expected_s, expected) = timed(&|her| model.expected(her, WEEKS));
    let (comes_s, comes) = timed(&|her| model.comes_within(her, WEEKS));
    let (alive_s, alive) = timed(&|her| model.alive(her));
    Ok(json!({
        "fit_s": fit_s, "log_likelihood": log_likelihood, "parameters": parameters,
        "million_expected_s": expected_s, "million_comes_within_s": comes_s,
        "million_alive_s": alive_s, "sums": [expected, comes, alive],
    }))
}

fn amounts(spends: &[Spend]) -> anyhow::Result<Value> {
    let (fit_s, fit) = best_of_turns(|| GammaGamma::fit(spends.iter().copied()));
    let fit = fit?;
    let GammaGamma { p, q, v } = fit.model;
    Ok(json!({
        "fit_s": fit_s, "log_likelihood": fit.log_likelihood, "customers": fit.customers,
        "parameters": [p, q, v / 100.0],
    }))
}

/// The shortest of some turns, in seconds: what a machine with other work needs least.
fn best_of_turns<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let mut turn = || {
        let start = Instant::now();
        let result = work();
        (start.elapsed().as_secs_f64(), result)
    };
    let first = turn();
    (1..TURNS).map(|_| turn()).fold(first, |best, next| if next.0 < best.0 { next } else { best })
}

/// `00001 19970101 1 11.77`.
fn purchase(line: &str) -> Option<Purchase> {
    let mut fields = line.split_whitespace();
    let (number, date) = (fields.next()?.parse::<u128>().ok()?, day(fields.next()?)?);
    let cents: i64 = fields.nth(1)?.replace('.', "").parse().ok()?;
    Some(Purchase { customer: CustomerId(number.to_be_bytes()), day: date, net: Minor::new(cents) })
}

fn day(text: &str) -> Option<i32> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i32>().ok();
    let (month, day) = (u8::try_from(part(4..6)?).ok()?, u8::try_from(part(6..8)?).ok()?);
    Date { year: part(0..4)?, month, day }.day()
}

#[expect(clippy::print_stdout, reason = "a command speaks to the terminal")]
fn println_json(report: &Value) {
    println!("{report}");
}
