//! What the store's other tills tell each other, written down.
//!
//! # Invariants
//!
//! - A sale of another till is kept under its place and counts until HQ's mark of that till passes it.
//! - Nothing is told to HQ of it: the till that made the sale does.
//!
//! Not here: the wire (`peers`).

use std::sync::mpsc::{Receiver, channel};

use rusqlite::params;
use sync::event::{Epoch, Seq, TerminalId};
use sync::money::Minor;
use sync::tier::DatedAmount;

use super::{Agent, MEMO_PEERS};
use crate::customers::{CustomersError, Pseudonym};
use crate::peers::{Have, Message, Met, PeerKeys, Want};
use crate::{sales, store};

/// Another till's sales are kept for so many days; HQ has counted them long before.
const KEEP_DAYS: i32 = 60;

impl Agent {
    /// The way out to the other tills.
    pub fn tell_peers(&mut self) -> Receiver<Message> {
        let (sender, receiver) = channel();
        self.peers = Some(sender);
        receiver
    }

    /// Takes the store's keys, as HQ sent them.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub(super) fn set_peer_keys(&mut self, keys: &[[u8; 32]]) -> rusqlite::Result<()> {
        let sealed = self.local.seal(MEMO_PEERS.as_bytes(), &keys.concat());
        store::remember(&self.connection, MEMO_PEERS, &sealed)?;
        self.peer_keys = PeerKeys::new(keys);
        Ok(())
    }

    /// The keys that were sent last.
    pub(super) fn read_peer_keys(&mut self) -> rusqlite::Result<()> {
        let sealed = store::remembered(&self.connection, MEMO_PEERS)?;
        let plain = sealed.and_then(|sealed| self.local.open(MEMO_PEERS.as_bytes(), &sealed).ok());
        let keys = plain.unwrap_or_default();
        let keys: Vec<[u8; 32]> = keys.as_chunks().0.to_vec();
        self.peer_keys = PeerKeys::new(&keys);
        Ok(())
    }

    /// A message as it goes over the LAN; `None` before HQ gave the store a key.
    #[must_use]
    pub fn sealed_for_peers(&self, message: &Message) -> Option<Vec<u8>> {
        self.peer_keys.seal(message)
    }

    /// Tells the other tills whose a sale is.
    pub(super) fn tell_met(&self, sale: &sales::Sale, said: Seq) {
        let Some(peers) = &self.peers else { return };
        self.last_told.set(said.max(self.last_told.get()));
        let met = self.met(sale, said);
        let _ = peers.send(Message::Met(met)); // nobody listens any more: the program is ending
    }

    fn met(&self, sale: &sales::Sale, said: Seq) -> Met {
        let customer = sale.customer.and_then(|pseudonym| {
            self.memory().known_as(&self.connection, pseudonym).ok().flatten()
        });
        let (phone, name) =
            customer.map_or((None, None), |customer| (Some(customer.phone), customer.name));
        Met {
            terminal: self.keys.terminal,
            epoch: sale.epoch,
            seq: sale.seq,
            said,
            day: sale.day,
            amount: sale.amount,
            taken: sale.taken_day,
            phone,
            name,
        }
    }

    /// How much this till has told today.
    #[must_use]
    pub fn have(&self) -> Message {
        let day = self.now().day();
        let mine = self.mine(day).unwrap_or_default();
        let count = mine.iter().filter(|sale| sale.customer.is_some()).count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let last = self.last_told.get();
        Message::Have(Have { terminal: self.keys.terminal, day, count, last })
    }

    /// This till's sales of a day.
    fn mine(&self, day: i32) -> rusqlite::Result<Vec<sales::Sale>> {
        let mut all = Vec::new();
        for bridge in self.tills.keys() {
            all.extend(sales::of_bridge(&self.connection, self.outbox.epoch(), bridge, day)?);
        }
        all.retain(|sale| sale.taken_day == day && !sale.void);
        Ok(all)
    }

    /// Takes what came over the LAN; what to answer.
    pub fn hear_peer(&mut self, datagram: &[u8]) -> Vec<Message> {
        let Some(message) = self.peer_keys.open(datagram) else { return Vec::new() };
        let own = self.keys.terminal;
        match message {
            Message::Met(met) if met.terminal != own => {
                if let Err(error) = self.take_met(&met) {
                    eprintln!("huitou: another till's word could not be kept: {error}");
                }
                Vec::new()
            }
            Message::Have(have) if have.terminal != own => {
                let want = Want { terminal: have.terminal, day: have.day };
                match self.heard_of(have.terminal, have.day) {
                    Ok((count, last)) if count == have.count && last >= have.last => Vec::new(),
                    Ok(_) => vec![Message::Want(want)],
                    Err(_) => Vec::new(), // the disk's trouble is said where something is written
                }
            }
            Message::Want(want) if want.terminal == own => self.day_again(want.day),
            _ => Vec::new(),
        }
    }

    fn day_again(&self, day: i32) -> Vec<Message> {
        let sales = self.mine(day).unwrap_or_default();
        // The word of now: whatever was said before and arrives later, this one stands.
        let last = self.local().map_or(Seq::NONE, |local| local.last);
        let said = last.max(self.last_told.get());
        sales.iter().map(|sale| Message::Met(self.met(sale, said))).collect()
    }

    fn heard_of(&self, terminal: TerminalId, day: i32) -> rusqlite::Result<(u32, Seq)> {
        self.connection
            .prepare_cached(
                "SELECT count(customer), coalesce(max(said), 0) FROM peer_sale
                 WHERE terminal = ?1 AND taken = ?2",
            )?
            .query_row(params![terminal.0, day], |row| {
                Ok((row.get(0)?, Seq(row.get::<_, i64>(1)?.unsigned_abs())))
            })
    }

    fn take_met(&mut self, met: &Met) -> Result<(), CustomersError> {
        let transaction = self.connection.unchecked_transaction()?;
        let memory = self.memory();
        let customer = match &met.phone {
            Some(phone) => Some(memory.meet(&transaction, phone, met.name.as_ref())?),
            None => None,
        };
        let pseudonym = met.phone.as_ref().map(|phone| memory.pseudonym(phone));
        write(&transaction, met, pseudonym)?;
        let row = match &customer {
            Some(customer) => Some(memory.keep(&transaction, customer)?),
            None => None,
        };
        // Another till's clock may be years ahead: what is old is old by both.
        let before = met.taken.min(self.now().day()).saturating_sub(KEEP_DAYS);
        transaction.execute("DELETE FROM peer_sale WHERE taken < ?1", [before])?;
        transaction.commit()?;
        if let (Some(customer), Some(row)) = (customer, row) {
            self.directory.borrow_mut().add(&customer.phone, row, Some(met.day));
        }
        self.changed();
        Ok(())
    }
}

fn write(
    transaction: &rusqlite::Connection,
    met: &Met,
    customer: Option<Pseudonym>,
) -> rusqlite::Result<()> {
    let seq = |seq: Seq| i64::try_from(seq.0).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "INSERT INTO peer_sale (terminal, epoch, seq, said, customer, day, amount, taken)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (terminal, epoch, seq) DO UPDATE SET
                 said = excluded.said, customer = excluded.customer
             WHERE excluded.said > said",
        )?
        .execute(params![
            met.terminal.0,
            met.epoch.0,
            seq(met.seq),
            seq(met.said),
            customer,
            met.day,
            met.amount.units(),
            met.taken
        ])
        .map(drop)
}

/// An erased customer's sales at the other tills are nobody's.
///
/// # Errors
///
/// What SQLite says.
pub(crate) fn forget_customer(
    transaction: &rusqlite::Connection,
    customer: Option<Pseudonym>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE peer_sale SET customer = NULL WHERE customer = ?1")?
        .execute([customer])
        .map(drop)
}

/// What a customer bought at the store's other tills, by what they told; with the place of each.
///
/// # Errors
///
/// What SQLite says.
pub(crate) fn of_customer(
    connection: &rusqlite::Connection,
    customer: Pseudonym,
) -> rusqlite::Result<Vec<(TerminalId, Epoch, Seq, DatedAmount)>> {
    let mut select = connection.prepare_cached(
        "SELECT terminal, epoch, seq, day, amount FROM peer_sale WHERE customer = ?1",
    )?;
    let rows = select.query_map([customer], |row| {
        let seq = Seq(row.get::<_, i64>(2)?.unsigned_abs());
        let amount = DatedAmount { day: row.get(3)?, amount: Minor::new(row.get(4)?) };
        Ok((TerminalId(row.get(0)?), Epoch(row.get(1)?), seq, amount))
    })?;
    rows.collect()
}
