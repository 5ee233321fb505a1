//! What a chain does for its regulars at the console: messages, and the life of VIPs.
//!
//! Not here: what it means (`hq::desk::messages`, `hq::desk::vip`).

mod messages;
mod vip;

use super::Dir;
use crate::care_list::CustomerId;
use crate::hq::customer::{self, person};
use crate::hq::desk::messages::MessageError;
use crate::hq::desk::messages::library::TextError;
use crate::hq::desk::messages::opt::OptError;
use crate::hq::desk::messages::settings::SettingsError;
use crate::hq::desk::vip::VipError;
use crate::hq::{Hq, HqError};
use crate::phone::{Phone, PhoneError};
use clap::Subcommand;
use std::io::{self, Write};

#[derive(Debug, Subcommand)]
pub(super) enum RegularsCommand {
    /// Care and marketing messages: the library, the plan, the ways out
    #[command(subcommand)]
    Messages(messages::MessagesCommand),
    /// The life of VIPs: events, umbrellas, campaigns, gifts, rewards, wishes
    #[command(subcommand)]
    Vip(vip::VipCommand),
}

/// Why one of them failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegularsFailed {
    /// This headquarters cannot be opened.
    #[error(transparent)]
    Hq(#[from] HqError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// Reading or writing the console, or a file that was named.
    #[error("the console: {0}")]
    Console(#[from] io::Error),
    /// What was typed is no number.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// There is no such member.
    #[error("no member with that number")]
    NoMember,
    /// Messages.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A text of the library.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The messages' settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Her word.
    #[error(transparent)]
    Opt(#[from] OptError),
    /// VIPs.
    #[error(transparent)]
    Vip(#[from] VipError),
}

pub(super) fn run(command: RegularsCommand, out: &mut impl Write) -> Result<(), RegularsFailed> {
    match command {
        RegularsCommand::Messages(command) => messages::run(command, out),
        RegularsCommand::Vip(command) => vip::run(command, out),
    }
}

fn open(dir: &Dir) -> Result<Hq, HqError> {
    Hq::open(&dir.dir)
}

/// One line of standard input; wiped when dropped.
fn typed() -> io::Result<zeroize::Zeroizing<String>> {
    let mut line = zeroize::Zeroizing::new(String::new());
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// The member whose number is typed.
fn member(hq: &Hq) -> Result<CustomerId, RegularsFailed> {
    member_or_nobody(hq)?.ok_or(RegularsFailed::NoMember)
}

/// The member whose number is typed, or nobody for an empty line.
fn member_or_nobody(hq: &Hq) -> Result<Option<CustomerId>, RegularsFailed> {
    let line = typed()?;
    if line.trim().is_empty() {
        return Ok(None);
    }
    let id = customer::id_of(&hq.keys, &Phone::parse(line.trim())?);
    match customer::is_erased(&hq.db, &id)? {
        Some(false) => Ok(Some(person::root(&hq.db, &id)?)),
        _ => Err(RegularsFailed::NoMember),
    }
}

#[cfg(test)]
mod tests;
