//! The programs under test, and processes that end with their test.
//!
//! Not here: how a shop is put together (`shop`).

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A program of this workspace, as the documented test command builds it.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_huitou")).with_file_name(name);
    assert!(
        path.exists(),
        "{} is missing; build all programs first: cargo build --workspace --all-features",
        path.display()
    );
    path
}

/// Runs a program to its end.
pub(crate) fn output(name: &str, arguments: &[&str]) -> Output {
    Command::new(program(name)).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs a program to its end, which is to be a good one, and gives what it printed.
pub(crate) fn done(name: &str, arguments: &[&str]) -> String {
    let output = output(name, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running program; killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
    /// How long the log was before.
    from: usize,
}

impl Running {
    /// Starts a program; what it says is in `log`.
    pub(crate) fn start(name: &str, arguments: &[&str], log: &Path) -> Self {
        Self::start_in(name, arguments, log, "HUITOU_TEST", Path::new("1"))
    }

    /// The same with a variable in its environment.
    pub(crate) fn start_in(
        name: &str,
        arguments: &[&str],
        log: &Path,
        variable: &str,
        value: &Path,
    ) -> Self {
        let from = std::fs::read(log).map_or(0, |text| text.len());
        let file = OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(program(name));
        let child = command.args(arguments).env(variable, value).stdin(Stdio::null());
        let child = child.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log: log.to_owned(), from }
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()[self.from..]).into_owned()
    }

    /// `kill -9`: nothing is put away.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that is not a child of ours.
pub(crate) fn signal(name: &str, pid: u32) {
    let _ = Command::new("kill").args([name, &pid.to_string()]).stderr(Stdio::null()).status();
}
