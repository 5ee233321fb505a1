//! Another program asked for a secret or given one: bytes in, bytes out, within a time.
//!
//! # Invariants
//!
//! - No shell: the words of the command are the words it gets.
//! - What it prints is wiped when dropped, is in no error, and is at most [`OUTPUT_MAX`] bytes.
//! - One that takes longer than its time is ended, with what it started.
//!
//! Not here: which programs (`systemd`, `command`).

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// How long a program may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// More than a key is not a key; a credential of systemd has some hundred bytes.
const OUTPUT_MAX: u64 = 8 * 1024;

const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Why a program gave nothing. What it printed is not told; of what it said on stderr the last line,
/// for programs that are known to put no secret there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// No program is named.
    #[error("the command is empty: write its program and words, each in quotes")]
    Empty,
    /// It is not there, or may not be run.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// Its name.
        program: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It did not end.
    #[error("`{program}` did not end within {seconds} s (does it wait for a person?)")]
    Late {
        /// Its name.
        program: String,
        /// How long it had.
        seconds: u64,
    },
    /// It said no.
    #[error("`{program}` failed ({status}){said}")]
    Failed {
        /// Its name.
        program: String,
        /// As the system words it.
        status: ExitStatus,
        /// Empty, or `: ` and its last line.
        said: String,
    },
}

/// What a program may say in an error of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stderr {
    /// The last line; it puts no secret there.
    LastLine,
    /// Nothing: nobody knows what it puts there.
    Hidden,
}

/// Runs `argv` with `input` and gives what it printed.
pub(super) fn run(
    argv: &[impl AsRef<str>],
    input: &[u8],
    stderr: Stderr,
) -> Result<Zeroizing<Vec<u8>>, ToolError> {
    run_within(argv, input, stderr, LIMIT)
}

fn run_within(
    argv: &[impl AsRef<str>],
    input: &[u8],
    stderr: Stderr,
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, ToolError> {
    let (program, words) = argv.split_first().ok_or(ToolError::Empty)?;
    let program = program.as_ref().to_owned();
    let until = Instant::now() + limit;
    let mut child = Command::new(&program)
        .args(words.iter().map(AsRef::as_ref))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(if stderr == Stderr::Hidden { Stdio::null() } else { Stdio::piped() })
        .process_group(0)
        .spawn()
        .map_err(|source| ToolError::Start { program: program.clone(), source })?;
    feed(&mut child, input);
    let (printed, said) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let late = || ToolError::Late { program: program.clone(), seconds: limit.as_secs() };
    let Some(status) = ended(&mut child, until) else {
        end(&mut child);
        return Err(late());
    };
    if !status.success() {
        let said = last_line(&said);
        return Err(ToolError::Failed { program, status, said });
    }
    printed.recv_timeout(until.saturating_duration_since(Instant::now())).map_err(|_| late())
}

/// On a thread of its own: a program may print before it has read.
fn feed(child: &mut Child, input: &[u8]) {
    let (stdin, input) = (child.stdin.take(), Zeroizing::new(input.to_vec()));
    std::thread::spawn(move || {
        let Some(mut stdin) = stdin else { return };
        let _ = stdin.write_all(&input); // one that needs no input closes it
    });
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Zeroizing<Vec<u8>>> {
    let (give, take) = mpsc::channel();
    if let Some(pipe) = pipe {
        std::thread::spawn(move || {
            // Large enough from the start: a buffer that grows leaves copies behind.
            let room = usize::try_from(2 * OUTPUT_MAX).unwrap_or(usize::MAX);
            let mut bytes = Zeroizing::new(Vec::with_capacity(room));
            let _ = pipe.take(OUTPUT_MAX).read_to_end(&mut bytes); // what came counts
            let _ = give.send(bytes); // nobody may wait any more
        });
    }
    take
}

fn ended(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK_EVERY),
            _ => return None,
        }
    }
}

fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL); // may have ended
    }
    let _ = child.wait();
}

fn last_line(said: &Receiver<Zeroizing<Vec<u8>>>) -> String {
    let said = said.recv_timeout(LOOK_EVERY * 10).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().rfind(|line| !line.trim().is_empty());
    line.map(|line| format!(": {}", line.trim())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_its_words_and_its_input_as_they_are() {
        let said = run(&["cat"], b"in\0put", Stderr::Hidden).unwrap();
        assert_eq!(said.as_slice(), b"in\0put");
        let said = run(&["printf", "%s", "$HOME;`id`"], b"", Stderr::Hidden).unwrap();
        assert_eq!(said.as_slice(), b"$HOME;`id`", "no shell looks at them");
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_started() {
        let began = Instant::now();
        let hang = ["sh", "-c", "sleep 600 & echo $!; wait"];
        let error = run_within(&hang, b"", Stderr::Hidden, Duration::from_millis(300));
        assert!(matches!(error, Err(ToolError::Late { .. })));
        let left_open = ["sh", "-c", "sleep 600 & exit 0"];
        let error = run_within(&left_open, b"", Stderr::Hidden, Duration::from_millis(300));
        assert!(matches!(error, Err(ToolError::Late { .. })), "it may still print");
        assert!(began.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn an_error_says_what_failed_and_not_what_was_printed() {
        let fail = ["sh", "-c", "echo secret; echo why >&2; exit 3"];
        let hidden = run(&fail, b"", Stderr::Hidden).unwrap_err().to_string();
        assert!(hidden.contains("`sh`") && hidden.contains('3'), "{hidden}");
        assert!(!hidden.contains("secret") && !hidden.contains("why"), "{hidden}");
        let told = run(&fail, b"", Stderr::LastLine).unwrap_err().to_string();
        assert!(told.ends_with(": why") && !told.contains("secret"), "{told}");
        let none = run(&["/no/such/program"], b"", Stderr::Hidden).unwrap_err().to_string();
        assert!(none.contains("/no/such/program"), "{none}");
        assert!(matches!(run(&[""; 0], b"", Stderr::Hidden), Err(ToolError::Empty)));
    }

    #[test]
    fn one_that_prints_without_end_is_cut_off() {
        let error = run_within(&["yes"], b"", Stderr::Hidden, Duration::from_secs(5));
        let printed = error.map(|printed| printed.len());
        // It is ended by the closed pipe, or what it printed so far counts: never more than that.
        assert!(printed.is_err() || printed.is_ok_and(|length| length <= 8 * 1024));
    }
}
