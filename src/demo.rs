//! `huitou demo`: a whole small chain in a temporary folder, and a small day of sales.
//!
//! ```text
//! till (this program) ─ TCP ─▶ huitou-bridge ─▶ huitou paper
//!                                   ⇅
//!                              huitou run ═══▶ huitou-hq serve
//! ```
//!
//! Every part is the real program in a process of its own. At the end what HQ shows is held against
//! what was printed.
//!
//! Not here: what happens on the day (`day`), the receipts (`receipts`).

mod day;
mod parts;
mod receipts;
mod table;

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Language;
use day::{Cashier, LINKED_AFTERWARDS, Step};
use parts::Parts;

/// The longest any one thing may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays the day and prints what came of it; `true` if all is as expected. Unless `once`, stays up.
///
/// # Errors
///
/// What kept the demo from running at all.
pub async fn demo(language: Language, once: bool) -> anyhow::Result<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    // However it ends, what it started ends with it.
    tokio::select! {
        result = play_the_day(language, once) => result,
        _ = tokio::signal::ctrl_c() => Ok(true),
        _ = terminate.recv() => Ok(false),
    }
}

async fn play_the_day(language: Language, once: bool) -> anyhow::Result<bool> {
    let parts = Parts::start(language).await?;
    let mut day = day::day();
    for (index, step) in day.iter().enumerate() {
        play(&parts, step, index + 1).await?;
        if step.expected.is_some_and(|sale| sale.receipt_no == LINKED_AFTERWARDS.0) {
            let (receipt_no, number) = LINKED_AFTERWARDS;
            parts.post("/api/link", json!({ "receipt_no": receipt_no, "number": number })).await?;
        }
    }
    parts.post("/api/sync", json!({})).await.context("the first sync")?;
    let evening = day::evening();
    play(&parts, &evening, day.len() + 1).await?;
    day.push(evening);
    parts.post("/api/sync", json!({})).await.context("the second sync")?;

    let sales = parts.hq_lines("sales")?;
    let customers = parts.hq_lines("customers")?;
    let papers = parts.papers(day.len()).await?;
    let (text, good) = table::table(language, &day, &papers, &sales, &customers);
    say(&text);
    say(&parts.addresses(language));
    if !once {
        say(language.pick("按 Ctrl-C 结束。\n", "Ctrl-C ends it.\n"));
        std::future::pending::<()>().await;
    }
    Ok(good)
}

/// Rings up one slip as a till would, and waits until it is on the paper and written down.
async fn play(parts: &Parts, step: &Step, number: usize) -> anyhow::Result<()> {
    match step.cashier {
        Cashier::Nothing => {}
        Cashier::Refused => {
            parts.post("/api/serving", json!({ "serving": "refused" })).await?;
        }
        Cashier::Number(number, surname) => {
            let title = surname.map(|_| "女士");
            let given = json!({ "number": number, "surname": surname, "title": title });
            parts.post("/api/number", given).await?;
        }
    }
    TcpStream::connect(parts.till).context("the till's port")?.write_all(&step.job)?;
    parts.papers(number).await?;
    until("the slip to be written down", async || {
        let state = parts.get("/api/state").await?;
        Ok(state["papers"].as_array().is_some_and(|papers| papers.len() >= number))
    })
    .await
}

/// Waits until `ready` says so.
async fn until(
    what: &str,
    mut ready: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    while !ready().await.unwrap_or(false) {
        if began.elapsed() > PATIENCE {
            bail!("waited {} s for {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Parses lines of JSON.
fn json_lines(text: &str) -> anyhow::Result<Vec<Value>> {
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

#[allow(clippy::print_stdout)] // a command speaks to the person who gave it
fn say(text: &str) {
    print!("{text}");
}
