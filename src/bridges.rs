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

/// How often a bridge is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Pause after a bridge that ended at once, doubled up to this.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Starts the bridges of `config` once and listens to none: a box that is not enrolled yet.
///
/// # Errors
///
/// What the system says if the links' directory cannot be made.
pub fn start_all(config: &Config) -> io::Result<()> {
    make_links_dir(config)?;
    for bridge in config.bridges.iter().filter(|bridge| bridge.start) {
        // One that is running says so and ends.
        started(bridge, &bridge.link_address(&config.state_dir));
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
    for bridge in &config.bridges {
        let address = bridge.link_address(&config.state_dir);
        let (mut ears, stop) = (Ears::new(agent, &bridge.name), Arc::clone(stop));
        if bridge.start {
            start_keeping(bridge.clone(), address.clone(), Arc::clone(agent), Arc::clone(&stop));
        }
        std::thread::Builder::new().name(format!("link {}", bridge.name)).spawn(move || {
            bridge_link::keep(&address, &mut ears, || stop.load(Ordering::Relaxed));
        })?;
    }
    Ok(())
}

fn start_keeping(bridge: BridgeConfig, address: String, agent: Shared, stop: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let (mut child, mut pause): (Option<Child>, _) = (None, LOOK_EVERY);
        while !stop.load(Ordering::Relaxed) {
            // The link's own thread finds a bridge that is running; probing the socket from here
            // would take the line from it.
            std::thread::sleep(LOOK_EVERY);
            let running = child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            if lock(&agent).line_is_up(&bridge.name) {
                pause = LOOK_EVERY;
            } else if !running {
                child = started(&bridge, &address);
                std::thread::sleep(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    });
}

fn started(bridge: &BridgeConfig, address: &str) -> Option<Child> {
    match command(bridge, address).spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            eprintln!("huitou: bridge {}: huitou-bridge cannot be started: {error}", bridge.name);
            None
        }
    }
}

/// The bridge's command line; in its own process group, so that ending us does not end it.
fn command(bridge: &BridgeConfig, address: &str) -> Command {
    let mut command = Command::new(program("huitou-bridge"));
    command
        .args(["--pos", &bridge.pos, "--printer", &bridge.printer, "--link", address])
        .args(["--cutter", bridge.cutter.word()])
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
