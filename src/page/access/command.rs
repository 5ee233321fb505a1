//! `huitou token` and `huitou pin`: secrets are made on this box, by who may write its files.
//!
//! Not here: the files (`tokens`, `pin`).

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write as _};
use std::path::Path;

use anyhow::bail;
use zeroize::Zeroizing;

use super::pin::{NewPin, Pin, WeakPin};
use super::tokens;
use crate::clock;
use crate::config::Language;

/// What is to be done about tokens.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum TokenAction {
    /// Makes a token for a till that can call out; it is shown once.
    New {
        /// Whose it is, e.g. pos-1.
        name: String,
    },
    /// Names of all tokens.
    List,
    /// Ends a token at once.
    Revoke {
        /// Whose it is.
        name: String,
    },
}

/// What is to be done about the manager's PIN.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum PinAction {
    /// Sets it: 6 to 12 digits, asked for twice.
    Set {
        /// Reads it from the first line of the input instead, for installers.
        #[arg(long)]
        stdin: bool,
    },
}

/// Does it and returns what to print.
///
/// # Errors
///
/// What could not be done, in words for a person.
pub fn token(state_dir: &Path, language: Language, action: &TokenAction) -> anyhow::Result<String> {
    Ok(match action {
        TokenAction::New { name } => {
            let token = tokens::add(state_dir, name, &clock::today())?;
            let once = language.pick("只显示这一次,请现在抄下", "shown this once: keep it now");
            format!("{}\n({once})\n", token.clear())
        }
        TokenAction::List => {
            tokens::list(state_dir)?.iter().fold(String::new(), |mut text, kept| {
                let _ = writeln!(text, "{}  {}", kept.since, kept.name); // a string takes all
                text
            })
        }
        TokenAction::Revoke { name } => {
            tokens::revoke(state_dir, name)?;
            format!("{}: {name}\n", language.pick("已作废", "revoked"))
        }
    })
}

/// Does it and returns what to print.
///
/// # Errors
///
/// What could not be done, in words for a person.
pub fn pin(state_dir: &Path, language: Language, action: &PinAction) -> anyhow::Result<String> {
    let PinAction::Set { stdin } = action;
    let pin = match stdin {
        true => line(&mut io::stdin().lock())?,
        false => asked_twice(language)?,
    };
    let pin = NewPin::parse(&pin).map_err(|weak| anyhow::anyhow!(words(weak, language)))?;
    Pin::new(state_dir).set(&pin)?;
    Ok(format!("{}\n", language.pick("店长密码已设好", "the manager's PIN is set")))
}

fn words(weak: WeakPin, language: Language) -> String {
    let chinese = match weak {
        WeakPin::Length => "密码要 6 到 12 位数字",
        WeakPin::Trivial => "这个密码太好猜:不要用顺子、重复数字或生日",
    };
    language.pick(chinese, &weak.to_string()).to_owned()
}

fn asked_twice(language: Language) -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        bail!(language.pick("没有终端:请用 --stdin", "there is no terminal: use --stdin"));
    }
    let first = asked(language.pick("新密码(6 到 12 位数字): ", "new PIN (6 to 12 digits): "))?;
    let second = asked(language.pick("再输一次: ", "once more: "))?;
    if *first != *second {
        bail!(language.pick("两次不一样,没有更改", "they differ: nothing was changed"));
    }
    Ok(first)
}

/// Asks without showing what is typed.
fn asked(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut terminal = io::stderr();
    let answer = unseen(|| {
        write!(terminal, "{question}")?;
        terminal.flush()?;
        line(&mut io::stdin().lock())
    });
    writeln!(terminal)?;
    answer
}

fn line(input: &mut impl BufRead) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(64));
    input.read_line(&mut line)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The terminal shows nothing meanwhile; Ctrl-C is a sign like any other, so that it shows again
/// afterwards, whatever is typed.
#[cfg(unix)]
fn unseen<T>(ask: impl FnOnce() -> T) -> T {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return ask() };
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    let _ = tcsetattr(&stdin, OptionalActions::Flush, &quiet); // shown, then: better than no PIN
    let answer = ask();
    let _ = tcsetattr(&stdin, OptionalActions::Flush, &before); // it stood so before
    answer
}

#[cfg(not(unix))]
fn unseen<T>(ask: impl FnOnce() -> T) -> T {
    ask()
}
