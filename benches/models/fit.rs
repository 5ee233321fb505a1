//! Fits all models to the public CDNOW purchases and forecasts for a million customers, twice: CDNOW's
//! own over and over, of whom many are alike, and made-up ones of three years' days, of whom few are.
//! Prints one JSON object. `benches/models.py` sets it beside the Python library.
//!
//! Not here: whether the numbers are right (the tests of `sync::hq::model`).

use anyhow::Context;
use serde_json::{Value, json};
use std::time::Instant;
use sync::calendar::Date;
use sync::care_list::CustomerId;
use sync::hq::model::history::{Histories, Purchase};
use sync::hq::model::many;
use sync::hq::model::value::Horizon;
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

    let (amounts, amounts_fitted) = amounts(&spends)?;
    let crowds = [
        (
            "cdnow",
            rhythms.iter().cycle().take(MILLION).copied().collect(),
            spends.iter().cycle().take(MILLION).copied().collect(),
        ),
        (
            "made up",
            (0..MILLION as u64).map(made_up).collect(),
            (0..MILLION as u64)
                .map(|n| Spend { repeats: made_up(n).repeats, mean: 1_000.0 + (n % 9_001) as f64 })
                .collect(),
        ),
    ];
    let bench = Bench { rhythms: &rhythms, crowds: &crowds, amounts: &amounts };
    let bg = bench.buying(|rhythms| {
        let fit = BetaGeometric::fit(Leaving::AfterRepeat, rhythms.iter().copied())?;
        Ok((fit.model, fit.log_likelihood, parameters(&fit.model)))
    })?;
    let mbg = bench.buying(|rhythms| {
        let fit = BetaGeometric::fit(Leaving::AfterAny, rhythms.iter().copied())?;
        Ok((fit.model, fit.log_likelihood, parameters(&fit.model)))
    })?;
    let pareto = bench.buying(|rhythms| {
        let fit = ParetoNbd::fit(rhythms.iter().copied())?;
        let ParetoNbd { r, alpha, s, beta } = fit.model;
        Ok((fit.model, fit.log_likelihood, vec![r, alpha, s, beta]))
    })?;
    let mut amounts_report = amounts_fitted;
    for (name, _, spends) in &crowds {
        amounts_report[*name] = json!({ "spend": timed(|| many::spends(&amounts, spends)) });
    }
    let report = json!({
        "customers": rhythms.len(), "sorting_s": sorting_s,
        "BG/NBD": bg, "MBG/NBD": mbg, "Pareto/NBD": pareto, "Gamma-Gamma": amounts_report,
    });
    println_json(&report);
    Ok(())
}

/// Name, rhythms, spends.
type Crowd = (&'static str, Vec<Rhythm>, Vec<Spend>);

struct Bench<'a> {
    rhythms: &'a [Rhythm],
    crowds: &'a [Crowd],
    amounts: &'a GammaGamma,
}

/// Customer `n`, the same in `benches/models.py`: known for up to three years, few with many purchases.
fn made_up(n: u64) -> Rhythm {
    let (age, roll) = (1 + n * 7_919 % 1_095, n * 104_729 % 1_000);
    let repeats = roll * roll * roll * 60 / 1_000_000_000;
    let last = if repeats > 0 { age * (n * 15_485_863 % 1_000) / 1_000 } else { 0 };
    let weeks = |days: u64| days as f64 / 7.0;
    Rhythm { repeats: repeats as u32, recency_weeks: weeks(last), age_weeks: weeks(age) }
}

/// Seconds, and the sum of the answers: to see that both programs answered the same.
fn timed(ask: impl Fn() -> Vec<f64>) -> Value {
    let (seconds, answers) = best_of_turns(ask);
    json!({ "s": seconds, "sum": answers.iter().sum::<f64>() })
}

fn parameters(model: &BetaGeometric) -> Vec<f64> {
    vec![model.r, model.alpha, model.a, model.b]
}

impl Bench<'_> {
    fn buying<M: Buying + Sync>(
        &self,
        fit: impl Fn(&[Rhythm]) -> anyhow::Result<(M, f64, Vec<f64>)>,
    ) -> anyhow::Result<Value> {
        let (fit_s, fitted) = best_of_turns(|| fit(self.rhythms));
        let (model, log_likelihood, parameters) = fitted?;
        let mut report =
            json!({ "fit_s": fit_s, "log_likelihood": log_likelihood, "parameters": parameters });
        let year = Horizon::year(0.01, 1.0);
        for (name, rhythms, spends) in self.crowds {
            report[*name] = json!({
                "expected": timed(|| many::expected(&model, rhythms, WEEKS)),
                "alive": timed(|| many::alive(&model, rhythms)),
                "comes": timed(|| many::comes_within(&model, rhythms, WEEKS)),
                "value": timed(|| many::values(&year, &model, self.amounts, rhythms, spends)),
            });
        }
        Ok(report)
    }
}

fn amounts(spends: &[Spend]) -> anyhow::Result<(GammaGamma, Value)> {
    let (fit_s, fit) = best_of_turns(|| GammaGamma::fit(spends.iter().copied()));
    let fit = fit?;
    let GammaGamma { p, q, v } = fit.model;
    let report = json!({
        "fit_s": fit_s, "log_likelihood": fit.log_likelihood, "customers": fit.customers,
        "parameters": [p, q, v / 100.0],
    });
    Ok((fit.model, report))
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
