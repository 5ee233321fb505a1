//! `huitou run` and `huitou sync`: the agent's parts, joined.
//!
//! Not here: what the parts do; each has a module of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::agent::{self, Agent, Shared};
use crate::clock::Clock;
use crate::config::{Config, Language};
use crate::enrol;
use crate::keys::{self, KeysError, TerminalKeys, reason};
use crate::nightly::{self, Road, Round};
use crate::{bridges, keypad, page, peers};

/// How often a box that is not enrolled looks whether it is.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The longest pause while the keys are not released.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Runs the agent until it is told to end. Bridges go on without it.
///
/// # Errors
///
/// What keeps it from starting, in words for a person.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = Arc::new(AtomicBool::new(false));
    tokio::select! {
        result = work(config, Arc::clone(&stop)) => result?,
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    stop.store(true, Ordering::Relaxed);
    Ok(())
}

async fn work(config: Config, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let keys = enrolled(&config).await?;
    let listener = page::bind(config.page.listen).await?;
    let agent = open(&config, keys)?;
    bridges::keep_all(&config, &agent, &stop).context("the links' directory")?;
    peers::serve::keep(&config.peers, &agent, &stop);
    keypad::keep_all(&config.keypads, &keypad::Serves::new(&agent), &stop);
    eprintln!(
        "huitou: {} http://{}/",
        config.language.pick("收银员页面", "cashier's page"),
        listener.local_addr()?
    );
    let (wanted, wants) = mpsc::channel(4);
    read_directory(&agent);
    tokio::spawn(nightly::keep(Arc::clone(&agent), wants));
    page::serve(listener, agent, wanted).await.context("the cashier's page")
}

/// Reads a large directory of last digits beside the work: whole numbers are found meanwhile.
fn read_directory(agent: &Shared) {
    let Some(read) = agent::lock(agent).directory_reader() else { return };
    let agent = Arc::clone(agent);
    std::thread::spawn(move || {
        if let Some(directory) = read() {
            agent::lock(&agent).install_directory(directory);
        }
    });
}

/// Waits until the box is enrolled and its keys are released. Receipts print meanwhile: the bridges
/// keep the slips.
async fn enrolled(config: &Config) -> anyhow::Result<TerminalKeys> {
    let (mut said, mut pause) = (String::new(), LOOK_EVERY);
    loop {
        let error = match keys::open(config).await {
            Ok(keys) => {
                tidied(config);
                return Ok(keys);
            }
            Err(error) => error,
        };
        if said.is_empty() {
            bridges::start_all(config).context("the links' directory")?;
        }
        let now = waiting(&error, config.language);
        if now != said {
            eprintln!("huitou: {now}");
            said = now;
        }
        tokio::time::sleep(spread(pause)).await;
        // A person who enrols waits before the screen; HQ is asked by every till at once.
        let enrolling = matches!(error, KeysError::Missing);
        pause = if enrolling { LOOK_EVERY } else { (pause * 2).min(PAUSE_MAX) };
    }
}

/// What an interrupted `huitou keys protect` left goes, once the keys are there.
fn tidied(config: &Config) {
    if let Err(error) = keys::tidy(&config.state_dir) {
        let dir = config.state_dir.display();
        eprintln!("huitou: keys: what was replaced in {dir} cannot be removed: {error}");
    }
}

/// Three to five quarters, so that a chain does not call in step.
fn spread(pause: Duration) -> Duration {
    let [lot] = sync::random::random();
    pause * 3 / 4 + pause / 2 * u32::from(lot) / 256
}

fn waiting(error: &KeysError, language: Language) -> String {
    match error {
        KeysError::Missing => language
            .pick(
                "本机尚未登记到总部:小票照常打印;请运行 huitou enrol,之后自动继续",
                "not enrolled at HQ yet: receipts print as usual; run `huitou enrol`, the rest follows by itself",
            )
            .to_owned(),
        other => {
            let reason = reason(other, language);
            let rest = language.pick(
                "小票照常打印,单据留在打印桥里;会一直重试,之后自动继续",
                "receipts print, slips wait in the bridge; it is tried again and again, the rest follows by itself",
            );
            format!("{reason}{}{rest}", language.pick(";", "; "))
        }
    }
}

fn open(config: &Config, keys: TerminalKeys) -> anyhow::Result<Shared> {
    let agent = Agent::open(config.clone(), keys, Clock::start())
        .with_context(|| format!("cannot start in {}", config.state_dir.display()))?;
    Ok(Arc::new(Mutex::new(agent)))
}

#[derive(Deserialize)]
struct Said {
    sent: Option<u64>,
    pages: Option<u32>,
    error: Option<String>,
}

/// Talks to HQ now: through the running agent, or by itself if none runs.
///
/// # Errors
///
/// What kept the round from ending well, in words for a person.
pub async fn sync(config: &Config) -> anyhow::Result<Round> {
    let url = format!("http://{}/api/sync", config.page.listen);
    let asked = enrol::client().post(url).header("content-type", "application/json").body("{}");
    if let Ok(answer) = asked.send().await {
        let said: Said = serde_json::from_slice(&answer.bytes().await?)?;
        return match said.error {
            Some(error) => Err(anyhow::anyhow!(error)),
            None => Ok(Round {
                sent: said.sent.unwrap_or_default(),
                pages: said.pages.unwrap_or_default(),
            }),
        };
    }
    let agent = open(config, keys::open(config).await?)?;
    Ok(Road::new(&agent)?.round().await?)
}
