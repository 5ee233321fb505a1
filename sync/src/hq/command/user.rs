//! `huitou-hq user` and `region` at the console: who may log in, and as what.
//!
//! Not here: the rules (`hq::user`).

use super::{CONSOLE, CommandError, Dir, open};
use crate::hq::user::{self, NewUser, Role, User};
use crate::hq::{Hq, audit, clock, store};
use crate::language::Language;
use clap::{Args, Subcommand};
use std::io::{self, IsTerminal as _, Write};
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user; the password is typed unseen
    Add {
        #[command(flatten)]
        dir: Dir,
        /// What she logs in with
        name: String,
        /// What she may see
        #[arg(long, value_enum)]
        role: Role,
        /// The region, for a region's user
        #[arg(long)]
        region: Option<String>,
        /// A store, for a store's user; more than once for several
        #[arg(long)]
        store: Vec<String>,
        /// The language of her pages: zh or en
        #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
        language: String,
        /// Give her no second factor, though her role has one: then she logs in on this box only
        #[arg(long)]
        no_totp: bool,
        #[command(flatten)]
        typed: Typed,
    },
    /// List the users
    List {
        #[command(flatten)]
        dir: Dir,
    },
    /// Keep a user out; her sessions end at once
    Disable {
        #[command(flatten)]
        dir: Dir,
        /// Who
        name: String,
        /// Let her in again
        #[arg(long)]
        undo: bool,
    },
    /// Give a user another password; her sessions end at once
    Password {
        #[command(flatten)]
        dir: Dir,
        /// Whose
        name: String,
        #[command(flatten)]
        typed: Typed,
    },
    /// Give a user a new second factor and print it once; her sessions end at once
    Totp {
        #[command(flatten)]
        dir: Dir,
        /// Whose
        name: String,
        /// Take it away instead
        #[arg(long)]
        off: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Typed {
    /// Read the password from standard input, one line
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(command: UserCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        UserCommand::Add { dir, name, role, region, store, language, no_totp, typed } => {
            let language = Language::asked(Some(&language));
            let new = NewUser { name, role, region, stores: store, language };
            add(&mut open(&dir)?, &new, no_totp, &typed, out)
        }
        UserCommand::List { dir } => list(&open(&dir)?, out),
        UserCommand::Disable { dir, name, undo } => {
            let mut hq = open(&dir)?;
            user::disable(&mut hq.db, &name, !undo)?;
            note(&hq, if undo { "user_enable" } else { "user_disable" }, &name)
        }
        UserCommand::Password { dir, name, typed } => {
            let mut hq = open(&dir)?;
            user::set_password(&mut hq.db, &name, &typed.password()?)?;
            note(&hq, "user_password", &name)
        }
        UserCommand::Totp { dir, name, off } => totp(&mut open(&dir)?, &name, !off, out),
    }
}

fn add(
    hq: &mut Hq,
    new: &NewUser,
    no_totp: bool,
    typed: &Typed,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    user::add(&mut hq.db, clock::now_ms(), new, &typed.password()?)?;
    note(hq, "user_add", &new.name)?;
    match new.role {
        Role::Hq if !no_totp => totp(hq, &new.name, true, out),
        _ => Ok(()),
    }
}

fn totp(hq: &mut Hq, name: &str, on: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let secret = user::set_totp(&mut hq.db, &hq.keys, name, on)?;
    note(hq, if on { "user_totp" } else { "user_totp_off" }, name)?;
    let Some(secret) = secret else { return Ok(()) };
    let uri = secret.uri(&store::own(&hq.db)?.name, name);
    Ok(writeln!(
        out,
        "{}\nscan it with an authenticator app; it is shown once:\n{}",
        *uri,
        qr(&uri)
    )?)
}

/// A QR code for a dark terminal: two rows of modules a line.
fn qr(text: &str) -> String {
    let Ok(code) = qrcode::QrCode::new(text) else { return String::new() };
    let (side, modules) = (code.width(), code.to_colors());
    // Two light modules around it, or no camera finds it.
    let is_light = |x: usize, y: usize| match (x.checked_sub(2), y.checked_sub(2)) {
        (Some(x), Some(y)) if x < side && y < side => modules[y * side + x] == qrcode::Color::Light,
        _ => true,
    };
    let sign = |x, y| match (is_light(x, y), is_light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |y| (0..side + 4).map(|x| sign(x, y)).chain(['\n']).collect::<String>();
    (0..side + 4).step_by(2).map(line).collect()
}

fn list(hq: &Hq, out: &mut impl Write) -> Result<(), CommandError> {
    for User { name, role, region, has_totp, disabled, .. } in user::all(&hq.db)? {
        let region = region.map(|region| format!(" {region}")).unwrap_or_default();
        let totp = if has_totp { " totp" } else { "" };
        let disabled = if disabled { " disabled" } else { "" };
        writeln!(out, "{name}\t{}{region}{totp}{disabled}", role.word())?;
    }
    Ok(())
}

fn note(hq: &Hq, what: &str, about: &str) -> Result<(), CommandError> {
    Ok(audit::note(&hq.db, clock::now_ms(), CONSOLE, what, about, "")?)
}

impl Typed {
    fn password(&self) -> io::Result<Zeroizing<String>> {
        let stdin = io::stdin();
        if self.password_stdin || !stdin.is_terminal() {
            return line(&mut stdin.lock());
        }
        let first = asked("password: ")?;
        if *first != *asked("once more: ")? {
            return Err(io::Error::other("they differ: nothing was changed"));
        }
        Ok(first)
    }
}

/// Asks without showing what is typed.
fn asked(question: &str) -> io::Result<Zeroizing<String>> {
    let mut terminal = io::stderr();
    let answer = unseen(|| {
        write!(terminal, "{question}")?;
        terminal.flush()?;
        line(&mut io::stdin().lock())
    });
    writeln!(terminal)?;
    answer
}

fn line(input: &mut impl io::BufRead) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(256));
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
    let _shown = tcsetattr(&stdin, OptionalActions::Flush, &quiet); // then: better than no password
    let answer = ask();
    let _stood_so_before = tcsetattr(&stdin, OptionalActions::Flush, &before);
    answer
}

#[cfg(not(unix))]
fn unseen<T>(ask: impl FnOnce() -> T) -> T {
    ask()
}
