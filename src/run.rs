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
use crate::keys::{KeysError, TerminalKeys};
use crate::nightly::{self, Road, Round};
use crate::{bridges, keypad, page, peers};

/// How often a box that is not enrolled looks whether it is.
const LOOK_EVERY: Duration = Duration::from_secs(2);

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

/// Waits until the box is enrolled. Receipts print meanwhile: the bridges keep the slips.
async fn enrolled(config: &Config) -> anyhow::Result<TerminalKeys> {
    let mut said = false;
    loop {
        match TerminalKeys::load(&config.state_dir) {
            Ok(keys) => return Ok(keys),
            Err(KeysError::Missing) if !said => {
                said = true;
                eprintln!("huitou: {}", waiting(config.language));
                bridges::start_all(config).context("the links' directory")?;
            }
            Err(KeysError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

const fn waiting(language: Language) -> &'static str {
    language.pick(
        "本机尚未登记到总部:小票照常打印;请运行 huitou enrol,之后自动继续",
        "not enrolled at HQ yet: receipts print as usual; run `huitou enrol`, the rest follows by itself",
    )
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
    let agent = open(config, TerminalKeys::load(&config.state_dir)?)?;
    Ok(Road::new(&agent).round(false).await?)
}
