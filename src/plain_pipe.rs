//! When a bridge keeps failing: a plain pipe on the ports that worked last.
//!
//! ```text
//! bridge opened its ports ─▶ NAME.ports          (written by the bridge)
//! plain pipe runs on them ─▶ NAME.pipe, its pid  (written by the pipe)
//! ```
//!
//! Where systemd keeps the bridges, its units do this (`OnFailure=`) and here it is only told.
//!
//! # Invariants
//!
//! - A pipe is ended only for a bridge whose settings could be read.
//!
//! Not here: the pipe itself (`huitou-bridge --last-good`), starting bridges (`bridges`).

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::config::Config;

/// What the files are called.
const PORTS: &str = "ports";
const PIPE: &str = "pipe";

/// Whether a plain pipe runs in place of the bridge that remembers its ports in `ports`.
#[must_use]
pub fn is_running(ports: &Path) -> bool {
    pid(ports).is_some()
}

/// The pipe's process, if it is alive and one of ours.
fn pid(ports: &Path) -> Option<i32> {
    let pid: i32 = fs::read_to_string(ports.with_extension(PIPE)).ok()?.trim().parse().ok()?;
    // A number that was left behind may belong to anybody by now, another till's bridge as well.
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut words = command.split(|byte| *byte == 0);
    let pipe = words.any(|word| word == b"--last-good");
    (pipe && words.next() == Some(ports.as_os_str().as_encoded_bytes())).then_some(pid)
}

/// Starts a plain pipe on the ports in `ports`; it outlives us, as a bridge does.
///
/// # Errors
///
/// What the system says if the program cannot be started.
pub fn start(program: &Path, ports: &Path) -> io::Result<Child> {
    Command::new(program)
        .arg("--last-good")
        .arg(ports)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
}

/// The settings cannot be read: starts a pipe for every bridge that ever ran from `state_dir`.
/// Returns how many.
pub fn start_all(program: &Path, state_dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(state_dir.join("link")) else { return 0 };
    let ports = entries.flatten().map(|entry| entry.path());
    ports
        .filter(|path| path.extension().is_some_and(|extension| extension == PORTS))
        .filter(|path| !is_running(path) && start(program, path).is_ok())
        .count()
}

/// The settings are good again: ends the pipes that stand in the bridges' place.
pub fn end_all(config: &Config) {
    for ports in config.bridges.iter().filter(|bridge| bridge.start) {
        let ports = ports.ports_file(&config.state_dir);
        let process = pid(&ports).and_then(rustix::process::Pid::from_raw);
        if let Some(process) = process {
            // One that is gone in this moment is as good as ended.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    }
}

/// Where state is when no config says it: what systemd gives us, else the default.
#[must_use]
pub fn usual_state_dir() -> PathBuf {
    std::env::var_os("STATE_DIRECTORY").map_or_else(|| "/var/lib/huitou".into(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_that_is_no_bridge_of_ours_is_no_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let ports = dir.path().join("till-1.ports");
        assert!(!is_running(&ports), "nothing is written");
        fs::write(ports.with_extension(PIPE), std::process::id().to_string()).unwrap();
        assert!(!is_running(&ports), "we are no bridge");
        fs::write(ports.with_extension(PIPE), "no number").unwrap();
        assert!(!is_running(&ports));
    }
}
