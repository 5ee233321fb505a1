//! Winning back at the console: ask for today's calls, what it showed, cures and their gaps.
//!
//! Not here: who is called (`hq::desk::win_back`).

use super::desk::{number, text, written};
use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::event::LostReason;
use crate::hq::desk::win_back::cure::{self, Cure};
use crate::hq::desk::win_back::report::{self, Arm};
use crate::hq::desk::win_back::segment::{Audience, segment};
use crate::hq::desk::win_back::{Lapsed, Ran, by_value, run as ask};
use crate::hq::table::Cell;
use crate::hq::{Hq, clock};
use clap::Subcommand;
use std::io::Write;

#[derive(Debug, Subcommand)]
pub(super) enum WinBackCommand {
    /// Ask every store for today's calls; doing it again on the same day asks for no more
    Run {
        #[command(flatten)]
        dir: Dir,
    },
    /// Show what it did: called against held out, reasons, how long it takes
    Report {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List whom a win-back is for: bought nothing for the rules' calendar months
    Away {
        #[command(flatten)]
        dir: Dir,
        /// Whom it is for
        #[arg(long, value_enum, default_value = "all")]
        of: Audience,
        #[command(flatten)]
        form: Form,
    },
    /// Note what is done about a reason why customers leave
    Cure {
        #[command(flatten)]
        dir: Dir,
        /// `product`, `service`, `employee`, `image`, `customer`, `competitor`, `society` or `other`
        #[arg(value_parser = reason)]
        reason: LostReason,
        /// For today, or for the root
        #[arg(value_enum)]
        cure: Cure,
        /// What it is of: idea, product, service, staff, image, management, innovation or alliance
        #[arg(long)]
        tag: String,
        /// What is done
        what: String,
    },
    /// List reasons that lack one of the two cures
    Gaps {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
}

fn reason(word: &str) -> Result<LostReason, String> {
    let reason = LostReason::from_word(word);
    (reason.word() == word).then_some(reason).ok_or_else(|| "no such reason".to_owned())
}

pub(super) fn run(command: WinBackCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        WinBackCommand::Run { dir } => {
            let Ran { asked, held_out, waiting } = {
                let mut hq = open(&dir)?;
                let worth = by_value(&hq.db)?;
                ask(&mut hq, clock::today(), worth)?
            };
            Ok(writeln!(out, "asked {asked}, held out {held_out}, waiting {waiting}")?)
        }
        WinBackCommand::Report { dir, form } => show_report(&open(&dir)?, &form, out),
        WinBackCommand::Away { dir, of, form } => show_away(&open(&dir)?, of, &form, out),
        WinBackCommand::Cure { dir, reason, cure, tag, what } => {
            let added = cure::add(&open(&dir)?.db, reason, cure, &tag, &what, clock::today())?;
            let id = added.ok_or(CommandError::NoTag)?;
            Ok(writeln!(out, "{id}")?)
        }
        WinBackCommand::Gaps { dir, form } => {
            let gaps = cure::gaps(&open(&dir)?.db)?;
            let row =
                |gap: &cure::Gap| vec![text(gap.reason), number(gap.given), text(gap.lacks.word())];
            let rows = || gaps.iter().map(row).collect();
            Ok(show(&form, &["reason", "given", "lacks"], rows, &gaps, out)?)
        }
    }
}

fn show_away(hq: &Hq, of: Audience, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let away = segment(hq, of, clock::today())?;
    let row = |one: &Lapsed| {
        let days = [written(one.last_day), one.away_days.to_string()];
        [text(&one.customer.to_string())].into_iter().chain(days.map(|day| text(&day))).collect()
    };
    let rows = || away.iter().map(row).collect();
    let listed: Vec<_> = away.iter().map(|one| one.customer.to_string()).collect();
    Ok(show(form, &["customer", "last_day", "away_days"], rows, &listed, out)?)
}

fn show_report(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let report = report::report(&hq.db, clock::today())?;
    if form.json {
        serde_json::to_writer(&mut *out, &report).map_err(std::io::Error::from)?;
        return Ok(out.write_all(b"\n")?);
    }
    let rows = || {
        let row = |arm: &Arm| {
            let [of, low, high] = arm.permille.map(|of| format!("{}.{}%", of / 10, of % 10));
            let counts = [text(arm.name), number(arm.of), number(arm.came_back)];
            counts.into_iter().chain([of, low, high].map(Cell::Number)).collect()
        };
        report.arms.iter().map(row).collect()
    };
    show(form, &["arm", "of", "came_back", "share", "low", "high"], rows, &report.arms, out)?;
    if form.csv {
        return Ok(());
    }
    if let Some(lift) = report.lift_permille {
        let proved = if report.is_proved { "" } else { ", which may be chance" };
        writeln!(out, "calls changed it by {:.1} points{proved}", lift as f64 / 10.0)?;
    }
    if let Some(times) = report.times_newcomers_percent {
        writeln!(
            out,
            "{}.{:02} times as often as newcomers; the practice says 2",
            times / 100,
            times % 100
        )?;
    }
    for reason in report.reasons.iter().filter(|reason| reason.count > 0) {
        writeln!(out, "{} {}: {}", reason.group, reason.reason, reason.count)?;
    }
    writeln!(out, "{} stay away and never complained", report.silent)?;
    writeln!(out, "{} are fading by the models, and never complained", report.fading)?;
    match report.loop_days {
        Some(days) => Ok(writeln!(out, "half of the calls had an outcome within {days} days")?),
        None => Ok(()),
    }
}
