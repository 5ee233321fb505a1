//! The road to HQ: what waits, what the last slips were, whether HQ answers, and the clock.
//!
//! Not here: talking to HQ (`nightly`).

use chrono::{DateTime, Datelike, Utc};
use sync::event::TerminalId;
use sync::tls::Pinned;

use super::Findings;
use crate::at_rest::LocalKey;
use crate::config::Config;
use crate::keys::{Public, TerminalKeys};
use crate::{day_book, enrol, outbox, store};

/// More than this between our clock and HQ's is worth a word.
const CLOCK_WRONG_S: i64 = 300;

/// What waits for HQ, and, where the keys were opened, whether the last slips could be read.
pub(super) fn outbox_and_papers(
    findings: &mut Findings,
    config: &Config,
    terminal: TerminalId,
    keys: Option<&TerminalKeys>,
) {
    let connection = match store::open(&config.state_dir) {
        Ok(connection) => connection,
        Err(error) => {
            return findings.say(false, &format!("数据库:{error}"), &format!("database: {error}"));
        }
    };
    uncared(findings, &connection);
    let waiting = outbox::standing(&connection, terminal)
        .ok()
        .flatten()
        .map_or(0, |standing| standing.waiting());
    findings.say(
        true,
        &format!("待发总部:{waiting} 条"),
        &format!("waiting for HQ: {waiting} events"),
    );
    let Some(keys) = keys else { return };
    let papers = day_book::last(&connection, &LocalKey::new(&keys.local), 20).unwrap_or_default();
    let pictures = papers.iter().filter(|entry| entry.paper.kind == "unread").count();
    match (papers.len(), pictures) {
        (0, _) => findings.say(true, "最近两天还没有小票", "no receipts in the last two days"),
        (_, 0) => findings.say(true, "小票是文字,可以读取", "receipts are text and can be read"),
        (all, _) => findings.say(
            false,
            &format!("最近 {all} 张小票里有 {pictures} 张是图片,读不出来:请在收银软件里选“文本/ESC-POS”驱动(Generic / Text Only)"),
            &format!("{pictures} of the last {all} receipts are pictures: choose the till's text driver (Generic / Text Only)"),
        ),
    }
}

pub(super) async fn hq(findings: &mut Findings, config: &Config, known: &Public) {
    let url = &known.hq_url;
    let http = enrol::client_to(Pinned::Key(known.hq), None, &config.sync);
    let http = http.unwrap_or_else(|_| enrol::client()); // it needs no certificate of ours
    let answer = match http.get(format!("{url}/v1/keys")).send().await {
        Ok(answer) if answer.status().is_success() => answer,
        Ok(answer) => {
            let status = answer.status();
            return findings.say(
                false,
                &format!("总部:{url} 回答 {status}"),
                &format!("HQ: {url} says {status}"),
            );
        }
        Err(error) => {
            let reason = enrol::without_url(error);
            let chinese = format!("总部:连不上 {url}({reason});小票和会员照常,联网后自动补发");
            return findings.say(
                false,
                &chinese,
                &format!("HQ: {url} cannot be reached ({reason}); all goes on, and is sent later"),
            );
        }
    };
    findings.say(true, &format!("总部:{url} 可以连上"), &format!("HQ: {url} answers"));
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let ours = Utc::now();
    let apart = date.map_or(0, |date| (ours - date.with_timezone(&Utc)).num_seconds());
    let good = apart.abs() <= CLOCK_WRONG_S && ours.year() >= 2026;
    findings.say(
        good,
        &if good {
            "时钟:正确".into()
        } else {
            format!("时钟:与总部差 {apart} 秒;请校准(不影响收银)")
        },
        &if good {
            "clock: right".into()
        } else {
            format!("clock: {apart} s away from HQ's; please set it (nothing stops)")
        },
    );
}

/// What was sold that nobody wrote advice for: worth a word, and nothing wrong.
fn uncared(findings: &mut Findings, connection: &rusqlite::Connection) {
    let gaps = crate::uncared::list(connection).map_or(0, |gaps| gaps.len());
    if gaps > 0 {
        findings.say(
            true,
            &format!("{gaps} 种商品没有洗护建议:huitou styles missing 可列出"),
            &format!("{gaps} kinds of goods have no washing advice: `huitou styles missing`"),
        );
    }
}
