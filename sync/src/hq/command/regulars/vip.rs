//! `huitou-hq vip`: events, umbrellas, campaigns, gifts, benefits, rewards, wishes, stalls, plans.
//!
//! Not here: what they mean (`hq::desk::vip`).

pub(super) mod show;

use super::{RegularsFailed, member, member_or_nobody, open};
use crate::hq::command::desk::day;
use crate::hq::command::{Dir, Form};
use crate::hq::desk::vip::measure::Angle;
use crate::hq::desk::vip::reward::{Given, Type};
use crate::hq::desk::vip::wish::Checks;
use crate::hq::desk::vip::{benefit, campaign, event, fair, gift, measure, reward, umbrella, wish};
use crate::hq::{Hq, clock, enrol, store};
use crate::language::Language;
use crate::message::StoreId;
use crate::money::Minor;
use clap::{Args, Subcommand};
use std::io::Write;

#[derive(Debug, Subcommand)]
pub(in crate::hq::command) enum VipCommand {
    /// List something: events, umbrellas, gifts, rewards, wishes, plans, or a figure of some days
    Show {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// What
        #[arg(value_enum)]
        what: show::What,
        /// The first day; a year ago without it
        #[arg(long, value_parser = day)]
        from: Option<i32>,
        /// The last day; today without it
        #[arg(long, value_parser = day)]
        to: Option<i32>,
        /// Whose counters, for a campaign
        #[arg(long)]
        campaign: Option<i64>,
    },
    /// Write a get-together down
    Event {
        #[command(flatten)]
        at: At,
        /// Its theme
        theme: String,
        /// How many came
        #[arg(long)]
        guests: Option<u32>,
    },
    /// Lend an umbrella; her number, or an empty line, is read from standard input
    UmbrellaOut {
        #[command(flatten)]
        at: At,
        /// What stands on it
        umbrella: String,
        /// Minor units, such as 2000 for 20.00
        #[arg(long)]
        deposit: i64,
        /// The language of what is said with it
        #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
        language: String,
    },
    /// Take an umbrella back; says what deposit she gets
    UmbrellaBack {
        #[command(flatten)]
        dir: Dir,
        /// The loan's number
        id: i64,
    },
    /// Start a campaign such as an old-customer month
    Campaign {
        #[command(flatten)]
        dir: Dir,
        /// Its name; messages whose occasion is the same belong to it
        name: String,
        #[command(flatten)]
        days: Days,
        /// Where it runs; may be given several times
        #[arg(long, required = true)]
        store: Vec<String>,
    },
    /// Note what a campaign showed on one day, and how often it was followed
    CampaignDay {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
        /// Which day; today without it
        #[arg(long, value_parser = day)]
        day: Option<i32>,
        /// How often it was shown
        #[arg(long)]
        shown: u32,
        /// How often it was followed
        #[arg(long)]
        clicked: u32,
    },
    /// Put a gift into the calendar
    Gift {
        #[command(flatten)]
        dir: Dir,
        /// A holiday's word, such as mothers, or 05-20
        on: String,
        #[command(flatten)]
        words: Both,
    },
    /// She was handed today's gift; her number is read from standard input
    GiftGiven {
        #[command(flatten)]
        at: At,
        /// The gift's number
        id: i64,
        /// Who handed it over
        #[arg(long)]
        by: String,
    },
    /// Offer something with a style or a kind of goods; her card says so after she bought it
    Benefit {
        #[command(flatten)]
        dir: Dir,
        /// A style number, or a word of the goods' name or category
        goods: String,
        #[command(flatten)]
        words: Both,
        #[command(flatten)]
        days: Days,
    },
    /// She had a benefit; her number is read from standard input
    BenefitGiven {
        #[command(flatten)]
        dir: Dir,
        /// The benefit's number
        id: i64,
        /// Who saw to it
        #[arg(long)]
        by: String,
    },
    /// Put a reward into the catalogue
    Reward {
        #[command(flatten)]
        dir: Dir,
        /// What it is
        #[arg(value_enum)]
        kind: Type,
        /// Its name
        name: String,
        #[command(flatten)]
        days: Days,
    },
    /// Give a member a reward; her number is read from standard input
    RewardGiven {
        #[command(flatten)]
        dir: Dir,
        /// The reward's number
        id: i64,
        /// Where
        #[arg(long)]
        store: Option<String>,
        /// In the course of which task
        #[arg(long)]
        task: Option<i64>,
    },
    /// Decide on a wish that was taken by `feedback open --kind wish`
    Wish {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
        /// It suits the brand
        #[arg(long, action = clap::ArgAction::Set)]
        suits: bool,
        /// It can be done
        #[arg(long, action = clap::ArgAction::Set)]
        feasible: bool,
        /// It stands in nobody's way
        #[arg(long, action = clap::ArgAction::Set)]
        no_conflict: bool,
        /// It is done
        #[arg(long, action = clap::ArgAction::Set)]
        does: bool,
        /// Why, or why not
        #[arg(long)]
        why: String,
        /// Who decides
        #[arg(long)]
        by: String,
    },
    /// Tag the sales of a stall or a fair
    Fair {
        #[command(flatten)]
        dir: Dir,
        /// The tag
        tag: String,
        /// Whose till stands there
        #[arg(long)]
        store: String,
        /// Which till, as receipts name it; all of the store's without it
        #[arg(long)]
        till: Option<String>,
        #[command(flatten)]
        days: Days,
    },
    /// Add a measure to a plan against losing customers
    Measure {
        #[command(flatten)]
        dir: Dir,
        /// The plan
        plan: String,
        /// From which angle
        #[arg(value_enum)]
        angle: Angle,
        /// What is done
        what: String,
    },
}

/// A store and a day.
#[derive(Debug, Args)]
pub(in crate::hq::command) struct At {
    #[command(flatten)]
    dir: Dir,
    /// The store
    #[arg(long)]
    store: String,
    /// Which day; today without it
    #[arg(long, value_parser = day)]
    day: Option<i32>,
}

#[derive(Debug, Args)]
pub(in crate::hq::command) struct Days {
    /// The first day, as 2026-01-31
    #[arg(long, value_parser = day)]
    from: i32,
    /// The last day
    #[arg(long, value_parser = day)]
    until: i32,
}

#[derive(Debug, Args)]
pub(in crate::hq::command) struct Both {
    /// In Chinese
    #[arg(long)]
    zh: String,
    /// In English
    #[arg(long)]
    en: String,
}

impl At {
    fn open(&self) -> Result<(Hq, StoreId, i32), RegularsFailed> {
        let hq = open(&self.dir)?;
        let store = enrol::store_named(&hq.db, &self.store)?;
        Ok((hq, store, self.day.unwrap_or_else(clock::today)))
    }
}

pub(super) fn run(command: VipCommand, out: &mut impl Write) -> Result<(), RegularsFailed> {
    match command {
        VipCommand::Show { dir, form, what, from, to, campaign } => {
            let to = to.unwrap_or_else(clock::today);
            let asked = show::Asked { from: from.unwrap_or(to - 364), to, campaign };
            show::show(&open(&dir)?, what, &asked, &form, out)
        }
        VipCommand::UmbrellaOut { at, umbrella, deposit, language } => {
            lend(&at, &umbrella, deposit, &language, out)
        }
        VipCommand::UmbrellaBack { dir, id } => {
            let hq = open(&dir)?;
            let exponent = store::own(&hq.db)?.currency_exponent;
            let deposit = umbrella::take_back(&hq.db, id, clock::today())?;
            Ok(writeln!(out, "{}", deposit.with_decimals(exponent))?)
        }
        VipCommand::CampaignDay { dir, id, day, shown, clicked } => {
            let day = day.unwrap_or_else(clock::today);
            Ok(campaign::seen(&open(&dir)?.db, id, day, shown, clicked)?)
        }
        VipCommand::GiftGiven { at, id, by } => {
            let (hq, store, day) = at.open()?;
            Ok(gift::hand_out(&hq.db, id, &member(&hq)?, &store, day, &by)?)
        }
        VipCommand::BenefitGiven { dir, id, by } => {
            let hq = open(&dir)?;
            Ok(benefit::given(&hq.db, id, &member(&hq)?, clock::today(), &by)?)
        }
        VipCommand::Wish { dir, id, suits, feasible, no_conflict, does, why, by } => {
            let checks = Checks { suits, feasible, no_conflict };
            let now_ms = clock::now_ms();
            Ok(wish::decide(&open(&dir)?.db, id, checks, does, &why, &by, now_ms)?)
        }
        other => Ok(writeln!(out, "{}", add(other)?)?),
    }
}

/// Everything that adds a row and says its number.
fn add(command: VipCommand) -> Result<i64, RegularsFailed> {
    match command {
        VipCommand::Event { at, theme, guests } => {
            let (hq, store, day) = at.open()?;
            Ok(event::add(&hq.db, &store, day, &theme, guests)?)
        }
        VipCommand::Campaign { dir, name, days, store } => {
            let hq = open(&dir)?;
            let named = store.iter().map(|name| enrol::store_named(&hq.db, name));
            let stores = named.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(campaign::add(&hq.db, &name, days.from, days.until, &stores)?)
        }
        VipCommand::Gift { dir, on, words } => {
            Ok(gift::add(&open(&dir)?.db, &on, &words.zh, &words.en)?)
        }
        VipCommand::Benefit { dir, goods, words: Both { zh, en }, days: Days { from, until } } => {
            let offer = benefit::Offer { goods, zh, en, from, until };
            Ok(benefit::add(&open(&dir)?.db, &offer)?)
        }
        VipCommand::Reward { dir, kind, name, days } => {
            Ok(reward::add(&open(&dir)?.db, kind, &name, days.from, days.until)?)
        }
        VipCommand::RewardGiven { dir, id, store, task } => {
            let hq = open(&dir)?;
            let store = store.map(|name| enrol::store_named(&hq.db, &name)).transpose()?;
            let (customer, day) = (member(&hq)?, clock::today());
            Ok(reward::give(&hq.db, &Given { reward: id, customer, store, day, task })?)
        }
        VipCommand::Fair { dir, tag, store, till, days: Days { from, until } } => {
            let hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            Ok(fair::add(&hq.db, &fair::Stall { tag, store, till, from, until })?)
        }
        VipCommand::Measure { dir, plan, angle, what } => {
            Ok(measure::add(&open(&dir)?.db, &plan, angle, &what)?)
        }
        _ => Ok(0), // the others are run above
    }
}

fn lend(
    at: &At,
    umbrella: &str,
    deposit: i64,
    language: &str,
    out: &mut impl Write,
) -> Result<(), RegularsFailed> {
    let (hq, store, day) = at.open()?;
    let customer = member_or_nobody(&hq)?;
    let deposit = Minor::new(deposit);
    let id = umbrella::lend(&hq.db, &store, umbrella, customer.as_ref(), deposit, day)?;
    let said = umbrella::reminder(Language::asked(Some(language)));
    Ok(writeln!(out, "{id}\n{said}")?)
}
