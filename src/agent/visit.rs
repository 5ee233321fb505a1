//! What a sale leaves in her file: that she was here, what she took, who served her.
//!
//! Written in the sale's own transaction.
//!
//! Not here: the sale itself (`take`), the paper (`compose`).

use sync::phone::Phone;

use super::serving::Buyer;
use super::take::{Read, TakeError};
use super::{Agent, Serving, Typed};
use crate::clock::Moment;
use crate::customers::{Directory, Visit};
use crate::note::Note;
use crate::sale::Kind;
use crate::{store, uncared};

/// A directory of so many is read at once; a larger one while receipts already print.
const SMALL: i64 = 20_000;

impl Agent {
    /// Takes the buyer into the store's memory, with what this sale says of her.
    pub(super) fn remember_visit(
        &self,
        buyer: &Buyer,
        read: &Read,
        note: &Note,
        now: Moment,
    ) -> Result<(), TakeError> {
        let Buyer::Known { phone, name, typed, referrer, .. } = buyer else { return Ok(()) };
        let agreed = *typed && self.agreed(phone, read.reading.cashier.as_deref(), now)?;
        let memory = self.memory();
        let mut customer = memory.meet(&self.connection, phone, name.as_ref())?;
        if read.summary.kind == Kind::Sale {
            customer.set_visit(visit(read, now));
        }
        if let Some(tier) = super::member_tier::printed(&read.receipt.lines()) {
            customer.set_printed_tier(&tier);
        }
        if !note.printed.is_empty() {
            customer.show(&note.printed, now.day());
        }
        // With a gift nothing is printed: then her next receipt tells her.
        if note.tells_consent {
            customer.owe_consent(false);
        } else if agreed {
            customer.owe_consent(true);
        }
        let row = memory.keep(&self.connection, &customer)?;
        if let Some(referrer) = referrer {
            self.bring(phone, referrer, now).map_err(Box::new)?;
        }
        self.directory.borrow_mut().add(&customer.phone, row, customer.last_day());
        Ok(())
    }

    /// Notes what was sold that there is no advice for (S27): a shop can fill the gap.
    pub(super) fn miss_advice(
        &self,
        read: &Read,
        note: &Note,
        now: Moment,
    ) -> rusqlite::Result<()> {
        let items = note.unknown.iter().filter_map(|place| read.reading.items.get(*place));
        for item in items {
            let style = item.style.as_deref().unwrap_or_default();
            uncared::miss(&self.connection, &item.name, style, now.day())?;
        }
        Ok(())
    }

    /// Reads the directory at once if that takes no time worth speaking of.
    pub(super) fn read_small_directory(&mut self) -> rusqlite::Result<()> {
        let count: i64 = self.connection.query_row(
            "SELECT count(*) FROM (SELECT 1 FROM customer LIMIT ?1)",
            [SMALL + 1],
            |row| row.get(0),
        )?;
        if count <= SMALL
            && let Ok(directory) = self.memory().directory(&self.connection)
        {
            self.directory = std::cell::RefCell::new(directory);
        }
        Ok(())
    }

    /// What reads the whole directory on a thread of its own, if it is not there yet.
    #[must_use]
    pub fn directory_reader(&self) -> Option<impl FnOnce() -> Option<Directory> + Send + use<>> {
        if self.directory.borrow().is_complete() {
            return None;
        }
        let dir = self.config.state_dir.clone();
        let keys = (self.keys.index, self.keys.local, self.keys.terminal);
        Some(move || {
            let connection = store::open(&dir).ok()?;
            let local = crate::at_rest::LocalKey::new(&keys.1);
            let (index, terminal) = (&keys.0, keys.2);
            let memory = crate::customers::Memory { index, local: &local, terminal };
            memory.directory(&connection).ok()
        })
    }

    /// Takes the whole directory; whoever was met while it was read stays in it.
    pub fn install_directory(&mut self, mut whole: Directory) {
        whole.absorb(&self.directory.borrow());
        self.directory = std::cell::RefCell::new(whole);
        self.changed();
    }

    /// A newcomer who is being served, with the name that she gave a moment ago.
    pub(super) fn newcomer(&self, serving: &Serving) -> Option<super::Guest> {
        let Serving::Number { phone, name: Some(name), .. } = serving else { return None };
        let guest = self.look_up(phone).ok()?;
        Some(if guest.name.is_none() { self.named(guest, name) } else { guest })
    }

    /// Whom the digits typed so far can mean, for a screen that is not where they are typed.
    pub(super) fn typed_so_far(&self, digits: &str) -> Typed {
        match digits.is_empty() {
            true => Typed::default(),
            false => self.meaning(digits).unwrap_or_default(),
        }
    }

    /// The last customer of a till, for some minutes.
    pub(super) fn served(&mut self, bridge: &str, phone: Option<Phone>) {
        let at_ms = self.now().mono_ms;
        self.till(bridge).last = phone.map(|phone| (phone, at_ms));
    }
}

/// The dearest thing, its size, and who sold it.
fn visit(read: &Read, now: Moment) -> Visit {
    let items = &read.reading.items;
    let dearest = items.iter().max_by_key(|item| item.amount);
    Visit {
        day: now.day(),
        item: dearest.map(|item| item.name.clone()),
        size: dearest.and_then(|item| item.size.clone()),
        associate: read.reading.associate.clone(),
    }
}
