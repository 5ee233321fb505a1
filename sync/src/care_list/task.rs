//! Tasks for the people of a store: what is to be done, for whom, by when, and in which words.
//!
//! ```text
//! page, sealed to the till ── tasks ── number, sealed to the till once more, for this task alone
//!                                        └─ lies on the till's disk as it came, until a person opens it
//! ```
//!
//! # Invariants
//!
//! - A number opens at the terminal it was sealed to, for the task it was sealed for, and nowhere else.
//! - The list is whole: what it does not name is done, or nobody's any more.
//! - `Debug` shows neither her name nor the words.
//!
//! Not here: which tasks there are (`hq::desk`), for how long a number may be seen (the agent).

use super::CustomerId;
use crate::event::{LocalSeconds, Name, OfferKind, TerminalId, codes, to_cbor};
use crate::phone::Phone;
use crate::seal::{self, OpenError, SealError, SealingPublic, SealingSecret};
use core::fmt;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

const NUMBER_INFO: &[u8] = b"huitou task number v1";

/// All open tasks of a store that are due soon, in the order of their days.
#[derive(Clone, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Tasks {
    /// The tasks.
    #[n(0)]
    pub tasks: Vec<Task>,
    /// Nobody is called before this minute of the day.
    #[n(1)]
    pub from_minute: u16,
    /// Nor from this one on.
    #[n(2)]
    pub until_minute: u16,
    /// What may be handed to customers in the coming weeks, all of it; none from an older HQ.
    #[n(3)]
    pub offers: Option<Vec<Offer>>,
}

/// Something that may be handed to a customer: on one day, or within a time.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Offer {
    /// Of which list.
    #[n(0)]
    pub kind: OfferKind,
    /// HQ's number in it.
    #[n(1)]
    pub id: u64,
    /// The first day on which it is given, since 1970-01-01.
    #[n(2)]
    pub from_day: i32,
    /// The last.
    #[n(3)]
    pub until_day: i32,
    /// What it is, in Chinese.
    #[n(4)]
    pub zh: String,
    /// The same in English.
    #[n(5)]
    pub en: String,
}

/// What whoever calls her should have in mind (S26): her own words and her last purchase.
#[derive(Clone, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Wears {
    /// Her size: told, else the one she bought most.
    #[n(0)]
    pub size: Option<String>,
    /// What she likes, in her words.
    #[n(1)]
    pub taste: Option<String>,
    /// What she bought last, as printed.
    #[n(2)]
    pub last_item: Option<String>,
    /// Its style number.
    #[n(3)]
    pub last_style: Option<String>,
}

impl fmt::Debug for Wears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wears(**)")
    }
}

/// Something to be done for a customer.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Task {
    /// HQ's number of it; never used twice.
    #[n(0)]
    pub id: u64,
    /// What is to be done.
    #[n(1)]
    pub kind: TaskKind,
    /// By when, days since 1970-01-01 on the shop's calendar.
    #[n(2)]
    pub due_day: i32,
    /// The time that was agreed with her, if one was.
    #[n(3)]
    pub at: Option<LocalSeconds>,
    /// For whom, under her pseudonym.
    #[n(4)]
    pub customer: Option<CustomerId>,
    /// How to address her.
    #[n(5)]
    pub name: Option<Name>,
    /// The last four digits of her number.
    #[n(6)]
    pub tail: Option<String>,
    /// Her tier.
    #[n(7)]
    pub tier: Option<String>,
    /// Who looks after her; the manager's, if nobody does.
    #[n(8)]
    pub assignee: Option<String>,
    /// The rules that ask for it, by their words, e.g. `big_sale`.
    #[n(9)]
    pub rules: Vec<String>,
    /// What it is about, e.g. what she bought; as printed.
    #[n(10)]
    pub about: Option<String>,
    /// What to say or send, in Chinese.
    #[n(11)]
    pub words_zh: String,
    /// The same in English.
    #[n(12)]
    pub words_en: String,
    /// Her number, sealed by [`seal_number`]; none where she was erased or cannot be read.
    #[n(13)]
    pub number: Option<ByteVec>,
    /// Styles that her answers are about.
    #[n(14)]
    pub styles: Option<Vec<String>>,
    /// It closes with a reason only: a win-back (S20).
    #[n(15)]
    pub needs_reason: bool,
    /// What she wears and likes; none from an older HQ.
    #[n(16)]
    pub wears: Option<Wears>,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({} {} by {})", self.id, self.kind.word(), self.due_day)
    }
}

codes! {
    /// What is to be done: every way of touching a customer (S32).
    TaskKind, unknown reads as Other {
        /// Something else; the words say it.
        Other = 0 "other",
        /// A telephone call.
        Call = 1 "call",
        /// An SMS or WeChat message.
        Message = 2 "message",
        /// A letter of thanks.
        Letter = 3 "letter",
        /// A visit.
        Visit = 4 "visit",
        /// A greeting card.
        Card = 5 "card",
        /// A souvenir.
        Gift = 6 "gift",
        /// An invitation to a get-together.
        Invitation = 7 "invitation",
        /// A step of a complaint.
        Complaint = 8 "complaint",
    }
}

/// Seals her number for one task at one terminal.
///
/// # Errors
///
/// [`SealError`] if the till's key is unusable.
pub fn seal_number(
    public: &SealingPublic,
    terminal: &TerminalId,
    task: u64,
    phone: &Phone,
) -> Result<Vec<u8>, SealError> {
    seal::seal_to(public, NUMBER_INFO, &aad(terminal, task), &to_cbor(phone))
}

/// Opens what [`seal_number`] closed.
///
/// # Errors
///
/// [`OpenError`] if it is another terminal's, another task's, or changed.
pub fn open_number(
    secret: &SealingSecret,
    terminal: &TerminalId,
    task: u64,
    sealed: &[u8],
) -> Result<Phone, OpenError> {
    let plain = seal::open_with(secret, NUMBER_INFO, &aad(terminal, task), sealed)?;
    minicbor::decode(&zeroize::Zeroizing::new(plain)).map_err(|_| OpenError::Broken)
}

fn aad(terminal: &TerminalId, task: u64) -> Vec<u8> {
    [&terminal.0[..], &task.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: TerminalId = TerminalId([0x11; 16]);

    #[test]
    fn a_number_opens_for_its_own_task_at_its_own_terminal_only() {
        let secret = SealingSecret::from_bytes(1, [3; 32]);
        let phone = Phone::parse("13800006721").unwrap();
        let sealed = seal_number(&secret.public(), &TERMINAL, 7, &phone).unwrap();
        assert_eq!(open_number(&secret, &TERMINAL, 7, &sealed), Ok(phone));
        assert_eq!(open_number(&secret, &TERMINAL, 8, &sealed), Err(OpenError::Broken));
        let other = TerminalId([0x12; 16]);
        assert_eq!(open_number(&secret, &other, 7, &sealed), Err(OpenError::Broken));
        assert!(!sealed.windows(11).any(|bytes| bytes == b"13800006721"));
    }
}
