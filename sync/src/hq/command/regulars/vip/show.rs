//! What `huitou-hq vip show` lists.
//!
//! Not here: adding rows (the parent module).

use super::super::RegularsFailed;
use crate::hq::Hq;
use crate::hq::command::Form;
use crate::hq::command::desk::{number, text, written};
use crate::hq::command::show::show as print;
use crate::hq::desk::vip::{
    VipError, campaign, event, fair, gift, measure, referrer, revenue, reward, umbrella, wish,
};
use crate::hq::store;
use crate::hq::table::Cell;
use crate::money::Minor;
use std::io::Write;

/// What is listed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(in crate::hq::command) enum What {
    /// Get-togethers of a year by store; fewer than four is a warning
    Events,
    /// Umbrellas that are out
    Umbrellas,
    /// Campaigns: sent, shown, followed
    Campaigns,
    /// A campaign's counters by store
    Counters,
    /// The gift calendar
    Gifts,
    /// The catalogue of rewards
    Rewards,
    /// What each type of reward brought
    Responses,
    /// Who brought others, and what she was given for it
    Referrers,
    /// How much of care and win-back leans on discounts
    Leaning,
    /// Revenue per active customer by store
    Revenue,
    /// Wishes and what was decided
    Wishes,
    /// Sales by stall or fair
    Fairs,
    /// Plans, and how many measures each angle lacks
    Plans,
}

/// Of which days, and of which campaign.
pub(super) struct Asked {
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) campaign: Option<i64>,
}

/// A list: what it is headed, its cells, and itself for JSON.
fn list<T: serde::Serialize>(
    form: &Form,
    header: &[&str],
    values: &[T],
    cells: impl Fn(&T) -> Vec<Cell>,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    Ok(print(form, header, || values.iter().map(cells).collect(), values, out)?)
}

fn percent(permille: Option<u32>) -> Cell {
    let shown = permille.map(|of| format!("{}.{}%", of / 10, of % 10));
    Cell::Number(shown.unwrap_or_default())
}

fn yes(yes: Option<bool>) -> Cell {
    Cell::text(yes.map(|yes| if yes { "yes" } else { "no" }))
}

pub(super) fn show(
    hq: &Hq,
    what: What,
    asked: &Asked,
    form: &Form,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    match what {
        What::Events => events(hq, asked, form, out),
        What::Umbrellas | What::Gifts | What::Wishes | What::Plans => {
            given(hq, what, asked, form, out)
        }
        What::Campaigns | What::Counters => campaigns(hq, what, asked, form, out),
        What::Rewards | What::Responses | What::Referrers | What::Leaning => {
            rewards(hq, what, asked, form, out)
        }
        What::Revenue | What::Fairs => money(hq, what, asked, form, out),
    }
}

fn events(hq: &Hq, asked: &Asked, form: &Form, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let years = event::years(&hq.db, asked.to)?;
    let cells = |of: &event::Year| {
        let counts = [of.held, of.planned, of.short].map(number);
        let start = [text(&of.store)].into_iter().chain(counts);
        start.chain([text(&of.themes.join("; "))]).collect()
    };
    list(form, &["store", "held", "planned", "short", "themes"], &years, cells, out)?;
    let short = years.iter().filter(|year| year.short > 0).count();
    if short > 0 && !form.csv && !form.json {
        let year = event::PER_YEAR;
        writeln!(out, "{short} stores held fewer than {year} get-togethers within a year")?;
    }
    Ok(())
}

fn given(
    hq: &Hq,
    what: What,
    asked: &Asked,
    form: &Form,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    let exponent = store::own(&hq.db)?.currency_exponent;
    match what {
        What::Umbrellas => {
            let cells = |of: &umbrella::Loan| {
                let who = of.customer.as_deref().and_then(|id| id.get(..8));
                let deposit = Cell::amount(Some(Minor::new(of.deposit)), exponent);
                let start = [number(of.id), text(&of.store), text(&of.umbrella), Cell::text(who)];
                start.into_iter().chain([deposit, number(of.out_days)]).collect()
            };
            let header = ["loan", "store", "umbrella", "customer", "deposit", "out_days"];
            list(form, &header, &umbrella::out(&hq.db, asked.to)?, cells, out)
        }
        What::Gifts => {
            let cells = |of: &gift::Gift| {
                vec![number(of.id), text(&of.on), text(&of.zh), text(&of.en), number(of.given)]
            };
            let header = ["gift", "on", "zh", "en", "given"];
            list(form, &header, &gift::calendar(&hq.db)?, cells, out)
        }
        What::Wishes => {
            let cells = |of: &wish::Wish| {
                let checks = of.checks;
                vec![
                    number(of.id),
                    Cell::text(of.store.as_deref()),
                    yes(checks.map(|checks| checks.suits)),
                    yes(checks.map(|checks| checks.feasible)),
                    yes(checks.map(|checks| checks.no_conflict)),
                    yes(of.does),
                    Cell::text(of.why.as_deref()),
                ]
            };
            let header = ["wish", "store", "suits", "feasible", "no_conflict", "does", "why"];
            list(form, &header, &wish::list(&hq.db)?, cells, out)
        }
        _ => {
            let cells = |of: &measure::Filled| {
                vec![text(&of.plan), text(of.angle), number(of.measures), number(of.short)]
            };
            let header = ["plan", "angle", "measures", "short"];
            list(form, &header, &measure::plans(&hq.db)?, cells, out)
        }
    }
}

fn campaigns(
    hq: &Hq,
    what: What,
    asked: &Asked,
    form: &Form,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    if what == What::Counters {
        let id = asked.campaign.ok_or(VipError::NoItem(0))?;
        let exponent = store::own(&hq.db)?.currency_exponent;
        let cells = |of: &campaign::Counter| {
            let counts = [of.contacts, of.staff, of.regulars].map(number);
            let net = Cell::amount(Some(Minor::new(of.net)), exponent);
            [text(&of.store)].into_iter().chain(counts).chain([net]).collect()
        };
        let header = ["store", "contacts", "staff", "regulars", "net"];
        return list(form, &header, &campaign::counters(&hq.db, id)?, cells, out);
    }
    let cells = |of: &campaign::Response| {
        let share = of.per_myriad.map(|of| format!("{}.{:02}%", of / 100, of % 100));
        let days = [written(of.from), written(of.until)].map(|day| text(&day));
        let counts = [of.sent, of.shown, of.clicked].map(number);
        let start = [number(of.id), text(&of.name)].into_iter().chain(days).chain(counts);
        start.chain([Cell::Number(share.unwrap_or_default())]).collect()
    };
    let header = ["campaign", "name", "from", "until", "sent", "shown", "clicked", "share"];
    list(form, &header, &campaign::responses(&hq.db)?, cells, out)
}

fn rewards(
    hq: &Hq,
    what: What,
    asked: &Asked,
    form: &Form,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    match what {
        What::Rewards => {
            let cells = |of: &reward::Reward| {
                let days = [written(of.from), written(of.until)].map(|day| text(&day));
                let start = [number(of.id), text(&of.r#type), text(&of.name)].into_iter();
                start.chain(days).chain([number(of.given), text(of.state)]).collect()
            };
            let header = ["reward", "type", "name", "from", "until", "given", "state"];
            list(form, &header, &reward::catalogue(&hq.db, asked.to)?, cells, out)
        }
        What::Responses => {
            let cells = |of: &reward::Response| {
                let kind = if of.non_material { "non-material" } else { "" };
                let start = [text(of.r#type), text(kind), number(of.given), number(of.came)];
                start.into_iter().chain([percent(of.permille)]).collect()
            };
            let header = ["type", "kind", "given", "came_within_90_days", "share"];
            list(form, &header, &reward::responses(&hq.db, asked.to)?, cells, out)
        }
        What::Referrers => {
            let exponent = store::own(&hq.db)?.currency_exponent;
            let cells = |of: &referrer::Referrer| {
                let who = of.customer.get(..8).unwrap_or_default();
                let net = Cell::amount(Some(Minor::new(of.net)), exponent);
                let owed = if of.owed { "owed" } else { "" };
                vec![
                    text(who),
                    number(of.brought),
                    text(&written(of.since)),
                    net,
                    number(of.given),
                    text(owed),
                ]
            };
            let header = ["customer", "brought", "since", "net", "given", "owed"];
            list(form, &header, &referrer::ledger(&hq.db)?, cells, out)
        }
        _ => {
            let cells = |of: &reward::Leaning| {
                let start = [text(of.of), number(of.done), number(of.with_discount)];
                start.into_iter().chain([percent(of.permille)]).collect()
            };
            let leaning = reward::leaning(&hq.db, asked.from, asked.to)?;
            list(form, &["of", "done", "with_discount", "share"], &leaning, cells, out)
        }
    }
}

fn money(
    hq: &Hq,
    what: What,
    asked: &Asked,
    form: &Form,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    let exponent = store::own(&hq.db)?.currency_exponent;
    let amount = |units: i64| Cell::amount(Some(Minor::new(units)), exponent);
    if what == What::Revenue {
        let cells = |of: &revenue::PerCustomer| {
            vec![text(&of.store), number(of.active), amount(of.net), amount(of.each)]
        };
        let all = revenue::per_customer(&hq.db, asked.from, asked.to)?;
        return list(form, &["store", "active", "net", "each"], &all, cells, out);
    }
    let cells = |of: &fair::Tagged| {
        let counts = [of.known, of.newcomers].map(number);
        let start = [Cell::text(of.tag.as_deref()), number(of.sales), amount(of.net)];
        start.into_iter().chain(counts).collect()
    };
    let all = fair::sales(&hq.db, asked.from, asked.to)?;
    list(form, &["tag", "sales", "net", "known", "newcomers"], &all, cells, out)
}
