//! Starts and watches the bridges.
//!
//! A bridge is a process of its own that outlives us: it is started in its own process group, and
//! only where the link has not found one that is running.
//!
//! # Invariants
//!
//! - One bridge for each link address.
//! - Ending the agent ends no bridge.
//!
//! Not here: what bridges say (`bridge_link`); a service manager's units do the same with `start = false`.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::agent::{Ears, Shared, lock};
use crate::bridge_link;
use crate::config::{BridgeConfig, Config};
use crate::plain_pipe;

/// How often a bridge is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Pause after a bridge that ended at once, doubled up to this.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A bridge that failed so often in a row is replaced by a plain pipe.
const FAILURES_MAX: u32 = 4;

/// Starts the bridges of `config` once and listens to none: a box that is not enrolled yet.
///
/// # Errors
///
/// What the system says if the links' directory cannot be made.
pub fn start_all(config: &Config) -> io::Result<()> {
    make_links_dir(config)?;
    plain_pipe::end_all(config);
    for bridge in config.bridges.iter().filter(|bridge| bridge.start) {
        // One that is running says so and ends.
        let ports = bridge.ports_file(&config.state_dir);
        started(bridge, &bridge.link_address(&config.state_dir), &ports);
    }
    Ok(())
}

fn make_links_dir(config: &Config) -> io::Result<()> {
    let links = config.state_dir.join("link");
    match links.exists() {
        true => Ok(()),
        false => DirBuilder::new().recursive(true).mode(0o750).create(&links),
    }
}

/// Starts the bridges of `config` that are not running and listens to all of them.
///
/// # Errors
///
/// What the system says if the links' directory cannot be made.
pub fn keep_all(config: &Config, agent: &Shared, stop: &Arc<AtomicBool>) -> io::Result<()> {
    make_links_dir(config)?;
    plain_pipe::end_all(config);
    for bridge in &config.bridges {
        let address = bridge.link_address(&config.state_dir);
        let (mut ears, stop) = (Ears::new(agent, &bridge.name), Arc::clone(stop));
        if bridge.start {
            let keeper = Keeper {
                ports: bridge.ports_file(&config.state_dir),
                bridge: bridge.clone(),
                address: address.clone(),
                agent: Arc::clone(agent),
            };
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || keeper.keep(&stop));
        }
        std::thread::Builder::new().name(format!("link {}", bridge.name)).spawn(move || {
            bridge_link::keep(&address, &mut ears, || stop.load(Ordering::Relaxed));
        })?;
    }
    Ok(())
}

/// Looks after one bridge.
struct Keeper {
    bridge: BridgeConfig,
    address: String,
    ports: PathBuf,
    agent: Shared,
}

impl Keeper {
    fn keep(&self, stop: &AtomicBool) {
        let (mut child, mut pause, mut failures): (Option<Child>, _, _) = (None, LOOK_EVERY, 0);
        while !stop.load(Ordering::Relaxed) {
            // The link's own thread finds a bridge that is running; probing the socket from here
            // would take the line from it.
            std::thread::sleep(LOOK_EVERY);
            let running = child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            if lock(&self.agent).line_is_up(&self.bridge.name) {
                (pause, failures) = (LOOK_EVERY, 0);
            } else if !running {
                failures = if failures < FAILURES_MAX { failures + 1 } else { 0 };
                child = match failures {
                    FAILURES_MAX => self.plain_pipe(),
                    _ => started(&self.bridge, &self.address, &self.ports),
                };
                std::thread::sleep(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }

    /// Receipts print on the ports that worked last; the page says so.
    fn plain_pipe(&self) -> Option<Child> {
        eprintln!(
            "huitou: bridge {}: it keeps failing; a plain pipe on the last good ports takes its place",
            self.bridge.name
        );
        plain_pipe::start(&program("huitou-bridge"), &self.ports).ok()
    }
}

fn started(bridge: &BridgeConfig, address: &str, ports: &Path) -> Option<Child> {
    match command(bridge, address, ports).spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            eprintln!("huitou: bridge {}: huitou-bridge cannot be started: {error}", bridge.name);
            None
        }
    }
}

/// The bridge's command line; in its own process group, so that ending us does not end it.
fn command(bridge: &BridgeConfig, address: &str, ports: &Path) -> Command {
    let mut command = Command::new(program("huitou-bridge"));
    command
        .args(["--pos", &bridge.pos, "--printer", &bridge.printer, "--link", address])
        .args(["--cutter", bridge.cutter.word()])
        .arg("--remember")
        .arg(ports)
        .stdin(Stdio::null())
        .process_group(0);
    if let Some(dialect) = bridge.dialect.word() {
        command.args(["--dialect", dialect]);
    }
    command
}

/// A program of ours: beside this one, else wherever the system finds it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(|dir| dir.join(name)))
        .filter(|path| path.exists())
        .unwrap_or_else(|| Path::new(name).to_path_buf())
}
