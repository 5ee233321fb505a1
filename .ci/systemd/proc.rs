//! What the process of a unit may, as the kernel has it.
//!
//! Not here: what systemd thinks of it (`drive.rs`, `verified`).

use std::fs;
use std::io;

use super::lab::{pause, property};

/// Own user, no capability, no way to a new one, a system call filter, and a file system that can be
/// written to nowhere but in `state`.
pub(super) fn is_confined(unit: &str, state: &str) -> Result<(), String> {
    let pid = property(unit, "MainPID");
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .map_err(|error| format!("{unit} has no process: {error}"))?;
    let user = user("huitou").ok_or("there is no user huitou")?;
    let wanted = [
        ("Uid", vec![user.as_str(); 4]),
        ("CapPrm", vec!["0000000000000000"]),
        ("CapBnd", vec!["0000000000000000"]),
        ("NoNewPrivs", vec!["1"]),
        ("Seccomp", vec!["2"]),
    ];
    for (name, wanted) in wanted {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let has: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
        if has != wanted {
            return Err(format!("{unit}: {name} is {has:?}, not {wanted:?}"));
        }
    }
    // Seen through its root, what it may not write is closed to root as well.
    for place in ["/usr/bin", "/etc/huitou", "/var/lib", "/var/log"] {
        match write(&format!("/proc/{pid}/root{place}")) {
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {}
            other => return Err(format!("{unit} could write in {place}: {other:?}")),
        }
        write(place).map_err(|error| format!("{place} is read-only for all: {error}"))?;
    }
    write(&format!("/proc/{pid}/root{state}"))
        .map_err(|error| format!("{unit} cannot write in {state}: {error}"))
}

/// Waits until a unit's process has a device open.
pub(super) fn has_open(unit: &str, device: &str) -> Result<(), String> {
    let pid = property(unit, "MainPID");
    for _ in 0..60 {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        if open
            .filter_map(|fd| fs::read_link(fd.path()).ok())
            .any(|path| path.as_os_str() == device)
        {
            return Ok(());
        }
        pause(50);
    }
    Err(format!("{unit} does not open {device}"))
}

fn user(name: &str) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2).map(str::to_owned)
}

fn write(folder: &str) -> io::Result<()> {
    let file = format!("{folder}/written");
    fs::write(&file, "")?;
    fs::remove_file(file)
}
