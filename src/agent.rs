//! The agent: takes each slip, ties it to a customer, writes it down and answers with a note.
//!
//! ```text
//! slip ─ receipt ─ kind, reading ─▶ sale ─┬─▶ events ─▶ outbox   ┐
//!              whom is she serving? ──────┘   paper  ─▶ day book ├ one transaction, on disk
//!                                             row    ─▶ sales    ┘ before the cut is let go
//!                                          └─▶ note
//! ```
//!
//! # Invariants
//!
//! - What is acknowledged to the bridge is on disk.
//! - A slip is taken once, however often the bridge tells it.
//! - Whatever fails, the answer is "print as sent": no note, and the slip is told again later.
//!
//! Not here: the link (`bridge_link`), the page (`page`), HQ (`nightly`).

mod attribute;
mod audit;
mod compose;
mod desk;
mod disk;
mod earlier;
mod events;
mod guest;
mod hand_out;
mod hints;
mod live;
mod mask;
mod member_tier;
pub(crate) mod peers;
mod referral;
mod review;
mod road;
mod sealing;
mod serving;
mod take;
pub mod tasks;
mod view;
mod visit;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use firmware_bridge::link::Outcome;
use rusqlite::Connection;
use sync::tier::TierPolicy;

use crate::at_rest::LocalKey;
use crate::bridge_link::{Answer, Listener, Slip};
use crate::clock::{Clock, Moment};
use crate::config::{Config, StoreConfig};
use crate::customers::{Customer, Directory, Memory};
use crate::keys::TerminalKeys;
use crate::layouts::Layouts;
use crate::note::{Books, EncodedNote};
use crate::outbox::Outbox;
use crate::peers::PeerKeys;
use crate::sale::group::Summary;
use crate::store;
use crate::styles::from_hq;

pub use attribute::AttributeError;
pub use desk::Typed;
pub use guest::{Guest, Person};
pub use hand_out::{Offered, Ticked};
pub use hints::Hint;
pub use review::{Explained, Marked, ReviewError};
pub use road::{RoadError, remember_policy};
pub use serving::{CONSENT_TEXT, Serving};
pub use tasks::{Morning, SHOWN_MS, Said, Shown, TaskError, TaskView, Yesterday};
pub use view::{PaperView, State, TillView};

use sync::event::{Epoch, Seq};

/// What the agent remembers under `memo`.
const MEMO_POLICY: &str = "tier policy";
const MEMO_SEALING: &str = "hq sealing key";
const MEMO_CONTACT: &str = "contact texts";
const MEMO_PEERS: &str = "peer keys";
const MEMO_RAIN: &str = "rain";
const MEMO_CURSOR: &str = "care list cursor";

/// The agent of one terminal.
pub struct Agent {
    config: Config,
    keys: TerminalKeys,
    local: LocalKey,
    connection: Connection,
    outbox: Outbox,
    policy: TierPolicy,
    books: Books,
    layouts: Layouts,
    clock: Clock,
    /// The shop as notes show it: the config's texts, under those that HQ sent.
    store: StoreConfig,
    tills: BTreeMap<String, Till>,
    /// What is missing of a bridge's day, in words, and the day; until its next slip.
    missing: RefCell<BTreeMap<String, (i32, Vec<String>)>>,
    /// Who has which digits; in memory only.
    directory: RefCell<Directory>,
    /// The way out to the store's other tills, and their key.
    peers: Option<std::sync::mpsc::Sender<crate::peers::Message>>,
    peer_keys: PeerKeys,
    last_told: std::cell::Cell<Seq>,
    /// The day on which the shop said that it rains.
    rain_day: Option<i32>,
    /// The task whose number is shown, and until when on our own clock.
    task_open: Option<(u64, u64)>,
    /// Counts up when something that the page shows has changed.
    version: watch::Sender<u64>,
    sync: SyncState,
    disk: RefCell<disk::Disk>,
}

/// What is known of one till and its printer now.
#[derive(Debug, Default)]
struct Till {
    serving: Serving,
    /// When that was said, on our own clock.
    serving_since_ms: u64,
    /// The paper of this sale greets nobody: a gift.
    quiet: bool,
    /// Columns of the paper, as the last slip had them.
    columns: Option<usize>,
    /// What is being printed.
    live: live::Live,
    /// What is being typed, on the page or on a keypad; no whole number is kept.
    typed: String,
    /// The last customer, and when she was served, on our own clock.
    last: Option<(sync::phone::Phone, u64)>,
    /// The last sale, which another slip may belong to.
    group: Option<(Summary, Option<(Epoch, Seq)>)>,
    line_up: bool,
    pid: u32,
    printer: Printer,
    last_release: Option<(Outcome, u16)>,
    /// A job of our own that waits to be told to the bridge.
    own_job: Option<(u32, EncodedNote)>,
    /// The last job of our own, and whether it is on the paper.
    last_own_job: (u32, bool),
}

#[derive(Clone, Copy, Debug, Default)]
struct Printer {
    connected: bool,
    paper_out: bool,
    cover_open: bool,
    offline: bool,
}

/// How the road to HQ was last.
#[derive(Clone, Copy, Debug, Default)]
struct SyncState {
    last_good_ms: Option<i64>,
    last_failed: bool,
    report_printed: bool,
    last_sale_mono_ms: Option<u64>,
}

/// Why the agent cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A statement.
    #[error("the store's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A new epoch could not be begun.
    #[error(transparent)]
    Epoch(#[from] RoadError),
    /// A shop's own advice, rules or styles.
    #[error(transparent)]
    Books(#[from] crate::note::BooksError),
}

/// An agent that several threads use.
pub type Shared = Arc<Mutex<Agent>>;

/// Locks the agent. A thread that panicked left the database in a whole state: SQLite rolled back.
pub fn lock(agent: &Shared) -> MutexGuard<'_, Agent> {
    agent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Agent {
    /// Opens the store's memory.
    ///
    /// # Errors
    ///
    /// [`StartError`] if database or advice cannot be read.
    pub fn open(config: Config, keys: TerminalKeys, clock: Clock) -> Result<Self, StartError> {
        let now = clock.now();
        let mut disk = disk::Disk::new(&config);
        let (connection, was_damaged) = disk.open(keys.terminal, now.wall_ms)?;
        crate::outbox::was_anothers(&connection, keys.terminal, &[MEMO_CURSOR, MEMO_SEALING])?;
        let sealing = sealing::newest(&connection, &config.state_dir, &keys)?;
        let policy = store::remembered(&connection, MEMO_POLICY)?
            .and_then(|bytes| minicbor::decode(&bytes).ok())
            .unwrap_or_default();
        let outbox = Outbox::open(&connection, keys.terminal, sealing, now.wall_ms)?;
        let mut books = Books::start(&config.note, &config.state_dir)?;
        books.styles = books.styles.with_hq(from_hq::read(&connection)?);
        let contact: BTreeMap<String, String> = store::remembered(&connection, MEMO_CONTACT)?
            .and_then(|bytes| minicbor::decode(&bytes).ok())
            .unwrap_or_default();
        let layouts = Layouts::open(&config.state_dir);
        let rain_day = store::remembered(&connection, MEMO_RAIN)?
            .and_then(|bytes| Some(i32::from_be_bytes(bytes.try_into().ok()?)));
        let tills = config.bridges.iter().map(|bridge| (bridge.name.clone(), Till::default()));
        let mut agent = Self {
            tills: tills.collect(),
            store: with_contact(config.store.clone(), &contact),
            local: LocalKey::new(&keys.local),
            config,
            keys,
            connection,
            outbox,
            policy,
            books,
            layouts,
            clock,
            missing: RefCell::default(),
            directory: RefCell::default(),
            peers: None,
            peer_keys: PeerKeys::new(&[]),
            last_told: std::cell::Cell::new(Seq::NONE),
            rain_day,
            task_open: None,
            version: watch::Sender::default(),
            sync: SyncState::default(),
            disk: RefCell::new(disk),
        };
        agent.read_words()?;
        agent.settle_epoch(was_damaged)?;
        let _ = agent.forget_old(); // only room is lost where it fails; each night tries again
        agent.read_peer_keys()?;
        agent.read_small_directory()?;
        Ok(agent)
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn memory(&self) -> Memory<'_> {
        Memory { index: &self.keys.index, local: &self.local, terminal: self.keys.terminal }
    }

    /// Drops what the rules say is to be dropped; called at start and every few minutes.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn forget_old(&mut self) -> rusqlite::Result<()> {
        let now = self.now();
        crate::day_book::forget_old(&self.connection, now.wall_ms)?;
        crate::sales::forget_old(&self.connection, now.day())
    }

    /// Whether a bridge answers.
    #[must_use]
    pub fn line_is_up(&self, bridge: &str) -> bool {
        self.tills.get(bridge).is_some_and(|till| till.line_up)
    }

    /// Whom a till's masked number can mean. A memory that cannot be read means nobody: it must not
    /// keep a sale from being taken.
    fn like(&self, masked: &str, name: Option<&str>) -> Vec<Customer> {
        let directory = self.directory.borrow();
        self.memory().like(&self.connection, &directory, masked, name).unwrap_or_default()
    }

    /// Tells whoever waits that the page shows something new.
    fn changed(&self) {
        self.note_seen();
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Wakes whoever holds it when the page shows something new.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn till(&mut self, bridge: &str) -> &mut Till {
        self.tills.entry(bridge.to_owned()).or_default()
    }
}

/// The shop's texts with those that HQ sent in their place.
fn with_contact(mut store: StoreConfig, contact: &BTreeMap<String, String>) -> StoreConfig {
    for (key, place) in [
        ("store_phone", &mut store.phone),
        ("service_phone", &mut store.service_phone),
        ("complaint_phone", &mut store.complaint_phone),
    ] {
        if let Some(text) = contact.get(key) {
            *place = Some(text.clone());
        }
    }
    store
}

/// One bridge's ears.
pub struct Ears {
    agent: Shared,
    bridge: String,
}

impl Ears {
    /// Listens to `bridge` on behalf of `agent`.
    #[must_use]
    pub fn new(agent: &Shared, bridge: &str) -> Self {
        Self { agent: Arc::clone(agent), bridge: bridge.to_owned() }
    }

    /// Takes a slip; whatever keeps it from being written down is said, and the bridge tells it again.
    fn take_or_say(&self, slip: &Slip) -> Result<Answer, take::TakeError> {
        // Reading needs no database: the page and the other tills go on meanwhile.
        let settings = lock(&self.agent).reading_settings(&self.bridge);
        let read = take::read(slip, &settings);
        let take = AssertUnwindSafe(|| lock(&self.agent).take(&self.bridge, slip, read));
        // A panic has said what it was; the link goes on.
        let taken = catch_unwind(take).unwrap_or_else(|_| Ok(Answer::default()));
        taken.inspect_err(|error| {
            eprintln!("huitou: a slip could not be written down, it is told again: {error}");
        })
    }
}

impl Listener for Ears {
    fn slip(&mut self, slip: &Slip) -> Answer {
        match self.take_or_say(slip) {
            Ok(answer) => answer,
            Err(error) if lock(&self.agent).heal(&error) => {
                self.take_or_say(slip).unwrap_or_default()
            }
            Err(_) => Answer::default(),
        }
    }

    fn live(&mut self, prelude: &[u8], so_far: &[u8]) {
        live::show(&self.agent, &self.bridge, prelude, so_far);
    }

    fn gap(&mut self, boot: u64, first: u32, last: u32) -> bool {
        let mut agent = lock(&self.agent);
        agent.set_live(&self.bridge, live::Live::default());
        match agent.gap(boot, first, last) {
            Err(error) if agent.heal(&error) => agent.gap(boot, first, last).is_ok(),
            gap => gap.is_ok(),
        }
    }

    fn released(&mut self, _boot: u64, _slip: u32, outcome: Outcome, held_ms: u16) {
        let mut agent = lock(&self.agent);
        agent.till(&self.bridge).last_release = Some((outcome, held_ms));
        agent.changed();
    }

    fn own_job(&mut self) -> Option<(u32, EncodedNote)> {
        lock(&self.agent).till(&self.bridge).own_job.take()
    }

    fn printed(&mut self, job: u32) {
        let mut agent = lock(&self.agent);
        let last = &mut agent.till(&self.bridge).last_own_job;
        last.1 |= last.0 == job;
    }

    fn line(&mut self, up: bool, pid: u32) {
        let mut agent = lock(&self.agent);
        let till = agent.till(&self.bridge);
        till.line_up = up;
        till.live = live::Live::default();
        till.pid = if up { pid } else { till.pid };
        agent.changed();
    }

    fn printer(&mut self, connected: bool, paper_out: bool, cover_open: bool, offline: bool) {
        let mut agent = lock(&self.agent);
        agent.till(&self.bridge).printer = Printer { connected, paper_out, cover_open, offline };
        agent.changed();
    }
}

#[cfg(test)]
mod tests;
