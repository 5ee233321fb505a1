//! What the agent does when its disk does not do its part.
//!
//! ```text
//! full       the ballast goes, the slip is written; with none left the bridge keeps it, and we say so
//! read-only  the bridge keeps the slips, and we say so
//! I/O error  the connection is closed, the file looked through and opened again
//! damaged    the file is set aside, what HQ lacks is brought along, a new epoch begins, and we say so
//! ```
//!
//! # Invariants
//!
//! - Nothing is dropped to make room. A slip that is not on disk stays in the bridge.
//! - After an error of the disk no connection is used that saw it: what it believes may not be there.
//!
//! Not here: which errors those are (`store::damage`).

use std::path::PathBuf;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sync::chain::Hash;
use sync::event::{Body, Gap, GapReason, TerminalId};

use super::{Agent, RoadError, StartError};
use crate::config::{Config, Language};
use crate::outbox::copy::{self, Follower};
use crate::outbox::life::{self, Seen, Why};
use crate::outbox::{self, Outbox};
use crate::store::ballast::Ballast;
use crate::store::damage::{self, Ailment};
use crate::store::{self, StoreError};

const MEMO_MACHINE: &str = "machine";

/// A file above this is looked through only when there is a reason: it would take seconds.
const LOOK_THROUGH_MAX: u64 = 64 * 1024 * 1024;

/// What the agent knows of its disk.
#[derive(Debug)]
pub(super) struct Disk {
    state_dir: PathBuf,
    ballast: Ballast,
    seen: Seen,
    second_copy: Option<PathBuf>,
    ailment: Option<Ailment>,
    /// The ballast was given back in this trouble: it is over when the ballast is there again.
    gave: bool,
    /// The connection is a placeholder: the database could not be opened again.
    closed: bool,
    /// The log that was there when it was opened is carried over.
    settled: bool,
    language: Language,
}

impl Disk {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            state_dir: config.state_dir.clone(),
            ballast: Ballast::new(&config.state_dir),
            seen: Seen::new(&config.state_dir),
            second_copy: config.outbox.second_copy.clone(),
            ailment: None,
            gave: false,
            closed: false,
            settled: false,
            language: config.language,
        }
    }

    /// Gives the ballast back; whether there was any.
    fn give(&mut self) -> bool {
        let given = self.ballast.drop_it();
        self.gave |= given;
        given
    }

    /// Whether a disk that was full has room: for the ballast, or for some sales where none was given.
    fn has_room(&mut self) -> bool {
        let laid = self.ballast.lay();
        self.gave &= !laid;
        laid || (!self.gave && self.ballast.has_room_for_some())
    }

    /// Opens the database, or, where it is damaged, a new one with what could be brought along; says
    /// whether that was so.
    pub(super) fn open(
        &mut self,
        terminal: TerminalId,
        now_ms: i64,
    ) -> Result<(Connection, bool), StoreError> {
        let path = self.state_dir.join(store::DATABASE_FILE);
        let small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= LOOK_THROUGH_MAX);
        match self.looked_through(small, terminal, now_ms) {
            Err(error) if damage::ailment(&error) == Some(Ailment::Full) && self.give() => {
                self.ailment = Some(Ailment::Full);
                self.looked_through(small, terminal, now_ms)
            }
            opened => opened,
        }
    }

    /// The database if it is sound, or the new one in its place; also where that was begun and not ended.
    fn looked_through(
        &self,
        look_through: bool,
        terminal: TerminalId,
        now_ms: i64,
    ) -> Result<(Connection, bool), StoreError> {
        let begun = damage::begun(&self.state_dir);
        let opened = self.opened(look_through);
        let is_damaged = |error: &StoreError| damage::ailment(error) == Some(Ailment::Damaged);
        match (opened, begun) {
            (Err(error), begun) if is_damaged(&error) => {
                // The new one is damaged too: what it has is all that there was to be had.
                if begun.is_some_and(|name| self.state_dir.join(name).exists()) {
                    damage::done(&self.state_dir);
                }
                Ok((self.begin_again(terminal, now_ms)?, true))
            }
            (Ok(half), Some(_)) => {
                drop(half);
                Ok((self.begin_again(terminal, now_ms)?, true))
            }
            (opened, _) => Ok((opened?, false)),
        }
    }

    /// Opens the database; with `look_through` one that is not sound is an error.
    fn opened(&self, look_through: bool) -> Result<Connection, StoreError> {
        let connection = store::open(&self.state_dir)?;
        if look_through && !damage::is_sound(&connection)? {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, None).into());
        }
        Ok(connection)
    }

    fn begin_again(&self, terminal: TerminalId, now_ms: i64) -> Result<Connection, StoreError> {
        let place = damage::set_aside(&self.state_dir, now_ms).map_err(|error| {
            StoreError::Sqlite(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        })?;
        let connection = store::open(&self.state_dir)?;
        let mut events = damage::salvage(&connection, &place, terminal)?;
        if let Some(dir) = &self.second_copy {
            events += damage::salvage(&connection, &dir.join(copy::FILE), terminal)?;
        }
        eprintln!("huitou: {}", self.said_damaged(&place.display().to_string(), events));
        Ok(connection)
    }

    fn said_damaged(&self, place: &str, events: u64) -> String {
        match self.language {
            Language::Chinese => format!(
                "数据库损坏:已移到 {place},另建了新库,救回待发记录 {events} 条;会员资料会由总部重新下发。请检查硬盘"
            ),
            Language::English => format!(
                "the database is damaged: it was set aside as {place} and a new one begun, with {events} events that wait for HQ; HQ sends the members again. Check the disk"
            ),
        }
    }
}

impl Agent {
    /// Begins a new epoch where the numbers of this one may have been used.
    pub(super) fn settle_epoch(&mut self, was_damaged: bool) -> Result<(), StartError> {
        // Now, so that the first receipt does not wait for it; where it fails, before the first write.
        let _ = self.settle_log();
        let epoch = self.outbox.epoch();
        let last = outbox::last_of(&self.connection, epoch)?;
        let told = self.told_machine()?;
        let machine = life::machine(life::MACHINE_ID.as_ref());
        let seen = self.disk.borrow().seen.read();
        let why = life::begins_anew(seen, (epoch, last), told, machine);
        if let Some(machine) = machine.filter(|machine| Some(*machine) != told) {
            store::remember(&self.connection, MEMO_MACHINE, &machine.0)?;
        }
        if let Some(why) = why {
            let said = match (why, self.config.language) {
                (Why::Restored, Language::Chinese) => "数据库比本机记得的旧(从备份恢复?)",
                (Why::Restored, Language::English) => "the database is older than it was here",
                (Why::Cloned, Language::Chinese) => "数据库来自另一台机器",
                (Why::Cloned, Language::English) => "the database comes from another machine",
            };
            let then = self.config.language.pick("已开始新的编号段", "a new epoch begins");
            eprintln!("huitou: {said}; {then}");
        }
        if why.is_some() || was_damaged {
            self.begin_new_epoch()?;
        }
        if was_damaged && self.own_up_to_damage() {
            damage::done(&self.disk.borrow().state_dir);
        }
        self.note_seen();
        Ok(())
    }

    /// Goes on under numbers that nobody has used; the words are told anew in it.
    pub(super) fn begin_new_epoch(&mut self) -> Result<(), RoadError> {
        let now_ms = self.now().wall_ms;
        let before = self.outbox.epoch();
        let known = self.words_of(before)?;
        self.outbox.begin_anew(&self.connection, now_ms)?;
        let open = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let words = self.tell_words(&known, Some(before))?;
        open.commit()?;
        self.outbox.words = words;
        Ok(())
    }

    fn told_machine(&self) -> rusqlite::Result<Option<Hash>> {
        let told = store::remembered(&self.connection, MEMO_MACHINE)?;
        Ok(told.and_then(|bytes| bytes.try_into().ok()).map(Hash))
    }

    /// HQ learns that sales may be missing: how many, nobody knows. Whether that is on disk.
    fn own_up_to_damage(&self) -> bool {
        let gap = Gap { boot: 0, first_slip: 0, last_slip: 0, reason: GapReason::Damaged };
        let told = self.append(self.now(), Body::Gap(gap));
        if let Err(error) = &told {
            eprintln!("huitou: HQ could not be told of the damage: {error}");
        }
        told.is_ok()
    }

    /// Remembers outside the database how far the outbox is.
    pub(super) fn note_seen(&self) {
        let epoch = self.outbox.epoch();
        if let Ok(last) = outbox::last_of(&self.connection, epoch) {
            self.disk.borrow_mut().seen.note(epoch, last);
        }
    }

    /// What keeps sales from being written down.
    pub(super) fn ailment(&self) -> Option<Ailment> {
        self.disk.borrow().ailment
    }

    /// Does what can be done about an error of the disk; returns whether to try once more.
    pub(crate) fn heal(&mut self, error: &(dyn std::error::Error + 'static)) -> bool {
        let closed = self.disk.borrow().closed;
        let found = if closed { Some(Ailment::Io) } else { damage::ailment(error) };
        let Some(found) = found else { return false };
        let healed = match found {
            Ailment::Full => self.disk.borrow_mut().give(),
            Ailment::ReadOnly => false,
            Ailment::Io | Ailment::Damaged => self.reopen(),
        };
        // A disk that was full is full still, with a little room for now.
        let stays = !healed || found == Ailment::Full;
        self.set_ailment(stays.then_some(found));
        healed
    }

    /// Before anything is added to a database that was just opened, a log that was found is carried over.
    /// What is there can be read also where that cannot be done: a disk that is read-only, say.
    pub(super) fn settle_log(&self) -> rusqlite::Result<()> {
        if !self.disk.borrow().settled && self.connection.is_autocommit() {
            store::settle_log(&self.connection)?;
            self.disk.borrow_mut().settled = true;
        }
        Ok(())
    }

    /// Closes what saw the error and opens the file again, looked through, or one begun anew.
    fn reopen(&mut self) -> bool {
        let Ok(placeholder) = Connection::open_in_memory() else { return false };
        drop(std::mem::replace(&mut self.connection, placeholder));
        self.disk.borrow_mut().closed = true;
        let (terminal, now_ms) = (self.keys.terminal, self.now().wall_ms);
        let opened = self.disk.borrow().looked_through(true, terminal, now_ms);
        match opened.map_err(StartError::from).and_then(|opened| self.go_on_with(opened, now_ms)) {
            Ok(()) => true,
            Err(error) => {
                eprintln!("huitou: the database cannot be opened again: {error}");
                false
            }
        }
    }

    fn go_on_with(
        &mut self,
        (connection, was_damaged): (Connection, bool),
        now_ms: i64,
    ) -> Result<(), StartError> {
        let key = self.outbox.key;
        let outbox = Outbox::open(&connection, self.keys.terminal, key, now_ms)?;
        (self.connection, self.outbox) = (connection, outbox);
        self.disk.borrow_mut().closed = false;
        self.disk.borrow_mut().settled = false;
        self.read_words()?;
        self.settle_epoch(was_damaged)?;
        *self.directory.borrow_mut() = crate::customers::Directory::default();
        self.read_small_directory()?;
        Ok(())
    }

    fn set_ailment(&self, ailment: Option<Ailment>) {
        let before = std::mem::replace(&mut self.disk.borrow_mut().ailment, ailment);
        if before == ailment {
            return;
        }
        eprintln!("huitou: {}", said(ailment, self.config.language));
        self.changed();
    }

    /// Lays the ballast again where there is room, and sees whether the disk is well; called every few
    /// seconds.
    pub(crate) fn tend_disk(&mut self) {
        if self.disk.borrow().closed && !self.reopen() {
            return;
        }
        let has_room = self.disk.borrow_mut().has_room();
        match self.ailment() {
            Some(Ailment::Full) if !has_room => {}
            Some(_) if !self.can_write() => {}
            Some(_) => self.set_ailment(None),
            None => {}
        }
    }

    /// What keeps the second copy, if the shop wants one.
    pub(crate) fn second_copy(&self) -> Option<Follower> {
        let disk = self.disk.borrow();
        let dir = disk.second_copy.as_deref()?;
        Some(Follower::new(dir, &disk.state_dir, self.keys.terminal, disk.language))
    }

    fn can_write(&self) -> bool {
        let now = self.now().wall_ms.to_be_bytes();
        store::remember(&self.connection, "disk tried", &now).is_ok()
    }
}

fn said(ailment: Option<Ailment>, language: Language) -> &'static str {
    match ailment {
        None => language.pick("磁盘恢复正常", "the disk is well again"),
        Some(Ailment::Full) => language.pick(
            "磁盘满了:请清理空间。小票照常打印",
            "the disk is full: make room. Receipts print as usual",
        ),
        Some(Ailment::ReadOnly) => language.pick(
            "磁盘变成只读:请检查硬盘。小票照常打印",
            "the disk is read-only: check it. Receipts print as usual",
        ),
        Some(Ailment::Io | Ailment::Damaged) => language.pick(
            "磁盘读写出错:请检查硬盘。小票照常打印",
            "the disk fails: check it. Receipts print as usual",
        ),
    }
}
