//! A till's box: the real database, outbox, customers' memory and uplink, driven as the agent drives
//! them, and a bridge that tells a slip again until it is taken.
//!
//! Not here: what is done at it (`deed`), the line (`world`), what must hold (`oracle`).

pub(crate) mod desk;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use huitou::at_rest::LocalKey;
use huitou::customers::Memory;
use huitou::keys::TerminalKeys;
use huitou::outbox::{self, Outbox, OutboxError, life};
use huitou::store::StoreError;
use huitou::{sales, store};
use rusqlite::{Connection, ErrorCode};
use sync::care_list::{CarePage, Version};
use sync::chain::Hash;
use sync::event::{Epoch, Seq, When};
use sync::receiver::HighWater;
use sync::seal::SealingPublic;
use sync::uplink::{Identity, Local, Uplink};

use crate::chance::Chance;
use crate::deed::{CUSTOMERS, Deed, Job, Slip};
use crate::disk;
use crate::headquarters::founded;
use crate::plan::{MORNING_MS, Plan, Plant};
use desk::{Desk, Told};

const CURSOR: &str = "care list cursor";
const SEALING: &str = "sealing key";
const MACHINE_ID: &str = "machine";

/// What a bridge remembers while the agent is away, and what its people are about to do.
#[derive(Clone, Debug)]
pub(crate) struct Bridge {
    boot: u64,
    printed: u32,
    pub(crate) waiting: VecDeque<Job>,
}

/// The agent's process.
pub(crate) struct Process {
    pub(crate) db: Connection,
    outbox: Outbox,
    pub(crate) uplink: Uplink,
    began: u64,
}

/// One box.
pub(crate) struct Till {
    pub(crate) machine: usize,
    /// What its system names it; a whole disk that was copied names both boxes the same.
    says_it_is: usize,
    pub(crate) keys: TerminalKeys,
    pub(crate) off_ms: i64,
    pub(crate) bridge: Bridge,
    pub(crate) process: Option<Process>,
    /// Switched off by its people.
    pub(crate) closed: bool,
    /// Counts processes: what was meant for one before is nobody's.
    pub(crate) life: u64,
    /// The request under way.
    pub(crate) flight: Option<u64>,
    /// When the uplink is asked next.
    pub(crate) poll_at: Option<u64>,
    /// What the bridge was told is taken, and where it stands.
    pub(crate) taken: Vec<(Job, Epoch, Seq)>,
    /// What was told of tasks, and where that stands.
    pub(crate) told: Vec<(Told, Epoch, Seq)>,
    /// Every receipt that it printed.
    pub(crate) receipts: Vec<String>,
    /// The planted fault: what was sent counts as acknowledged.
    sent: BTreeMap<Epoch, Seq>,
    plant: Option<Plant>,
    keep_days: u32,
    by_place: bool,
}

/// Why something at a till did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Outbox(#[from] OutboxError),
    #[error("{0}")]
    Customers(#[from] huitou::customers::CustomersError),
}

impl Trouble {
    /// Whether a fault of the disk or a stop explains it; a damaged database is never explained.
    pub(crate) fn is_explained(&self) -> bool {
        self.cause().is_some_and(is_explained)
    }

    /// Whether there was no room.
    pub(crate) fn is_full(&self) -> bool {
        self.cause().and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::DiskFull)
    }

    const fn cause(&self) -> Option<&rusqlite::Error> {
        match self {
            Self::Sqlite(cause)
            | Self::Store(StoreError::Sqlite(cause))
            | Self::Outbox(OutboxError::Sqlite(cause))
            | Self::Customers(huitou::customers::CustomersError::Sqlite(cause)) => Some(cause),
            _ => None,
        }
    }
}

/// Whether SQLite reports what the disk did, and not damage.
pub(crate) fn is_explained(cause: &rusqlite::Error) -> bool {
    matches!(
        cause.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::OperationAborted
        )
    )
}

impl Till {
    pub(crate) fn new(machine: usize, keys: TerminalKeys, plan: &Plan) -> Self {
        Self {
            machine,
            says_it_is: machine,
            keys,
            off_ms: 0,
            bridge: Bridge { boot: machine as u64, printed: 0, waiting: VecDeque::new() },
            process: None,
            closed: false,
            life: 0,
            flight: None,
            poll_at: None,
            taken: Vec::new(),
            told: Vec::new(),
            receipts: Vec::new(),
            sent: BTreeMap::new(),
            plant: plan.plant,
            keep_days: plan.keep_days,
            // What a copied disk says of the place of a sale may be another sale's at HQ by then.
            by_place: plan.cloned.is_none(),
        }
    }

    fn folder(&self) -> PathBuf {
        founded().folder.path().join(format!("m{}", self.machine))
    }

    pub(crate) fn wall_ms(&self, now: u64) -> i64 {
        MORNING_MS + now.cast_signed() + self.off_ms
    }

    /// Starts the agent.
    pub(crate) fn start(&mut self, now: u64, seed: u64) -> Result<(), Trouble> {
        let db = store::open(&self.folder())?;
        store::settle_log(&db)?;
        if self.plant == Some(Plant::SyncNormal) {
            db.pragma_update(None, "synchronous", "NORMAL")?;
        }
        let wall_ms = self.wall_ms(now);
        let sealing = store::remembered(&db, SEALING)?
            .and_then(|bytes| minicbor::decode::<SealingPublic>(&bytes).ok())
            .unwrap_or(self.keys.hq_sealing);
        let mut outbox = Outbox::open(&db, self.keys.terminal, sealing, wall_ms)?;
        self.settle_epoch(&db, &mut outbox, wall_ms)?;
        let identity = Identity {
            terminal: self.keys.terminal,
            signing: sync::sign::SigningKey::from_seed(*self.keys.signing.seed()),
            sealing: self.keys.sealing.clone(),
            hq: self.keys.hq,
        };
        let uplink = Uplink::new(identity, seed);
        self.process = Some(Process { db, outbox, uplink, began: now });
        Ok(())
    }

    /// A database that was another machine's begins anew.
    fn settle_epoch(
        &self,
        db: &Connection,
        outbox: &mut Outbox,
        wall_ms: i64,
    ) -> Result<(), Trouble> {
        let here = Hash([self.says_it_is as u8; 32]);
        let told = store::remembered(db, MACHINE_ID)?.and_then(|bytes| bytes.try_into().ok());
        let stands = (outbox.epoch(), outbox::last_of(db, outbox.epoch())?);
        let why = life::begins_anew(None, stands, told.map(Hash), Some(here));
        if why.is_some() {
            outbox.begin_anew(db, wall_ms)?;
        }
        Ok(store::remember(db, MACHINE_ID, &here.0)?)
    }

    /// The process is gone; its files were cut off or are closed now.
    pub(crate) fn stop(&mut self) {
        self.process = None;
        self.flight = None;
        self.poll_at = None;
        self.life += 1;
    }

    /// A receipt is printed.
    pub(crate) fn print(&mut self, chance: &mut Chance) {
        let receipt_no = format!("R{}-{}", self.machine, self.bridge.printed + 1);
        self.receipts.push(receipt_no.clone());
        let total = chance.within(1, 99_999).cast_signed();
        self.ask(Deed::Sale(Slip {
            receipt_no,
            total: if chance.one_in(10) { -total } else { total },
            customer: (!chance.one_in(4)).then(|| chance.below(CUSTOMERS)),
            title: chance.below(3),
        }));
    }

    /// Something is to be done, behind what waits already.
    pub(crate) fn ask(&mut self, deed: Deed) {
        self.bridge.printed += 1;
        self.bridge.waiting.push_back(Job { number: self.bridge.printed, deed });
    }

    /// Takes what waits longest: on disk, then told to the bridge.
    pub(crate) fn take(&mut self, now: u64) -> Result<(), Trouble> {
        let wall_ms = self.wall_ms(now);
        let (Some(process), Some(job)) = (&mut self.process, self.bridge.waiting.front()) else {
            return Ok(());
        };
        let local = LocalKey::new(&self.keys.local);
        let transaction = process.db.transaction()?;
        let (mut place, mut told) = ((process.outbox.epoch(), Seq::NONE), None);
        // What is on disk since before a stop that kept us from saying so: where, the end will show.
        if sales::take_slip(&transaction, self.bridge.boot, job.number)? {
            let mono_ms = now - process.began;
            let boot = u32::try_from(self.life).unwrap_or_default();
            let desk = Desk {
                db: &transaction,
                outbox: &process.outbox,
                memory: memory(&self.keys, &local),
                at: When { wall_ms, boot, mono_ms },
                boot: self.bridge.boot,
                by_place: self.by_place,
            };
            (place.1, told) = desk.write(job)?;
            transaction.commit()?;
        }
        let job = self.bridge.waiting.pop_front().expect("it is in front");
        self.told.extend(told.map(|told| (told, place.0, place.1)));
        self.taken.push((job, place.0, place.1));
        Ok(())
    }

    /// Where the till stands.
    pub(crate) fn local(&self) -> Result<Option<Local>, Trouble> {
        let Some(process) = &self.process else { return Ok(None) };
        let standing = outbox::standing(&process.db, self.keys.terminal)?;
        let cursor = store::remembered(&process.db, CURSOR)?
            .and_then(|bytes| minicbor::decode(&bytes).ok())
            .unwrap_or(Version::NONE);
        let (epoch, last, acknowledged) = match standing {
            Some(standing) => (standing.epoch, standing.last, standing.acknowledged),
            None => (process.outbox.epoch(), Seq::NONE, Seq::NONE),
        };
        let held = outbox::held(&process.db, self.keys.terminal)?;
        Ok(Some(Local { epoch, last, acknowledged, cursor, held }))
    }

    /// The planted fault needs to know what was sent.
    pub(crate) fn note_sent(&mut self, epoch: Epoch, last: Seq) {
        let sent = self.sent.entry(epoch).or_default();
        *sent = (*sent).max(last);
    }

    /// Stores HQ's mark.
    pub(crate) fn acknowledged(
        &self,
        epoch: Epoch,
        mark: HighWater,
        same_to: Option<Seq>,
    ) -> Result<(), Trouble> {
        let Some(process) = &self.process else { return Ok(()) };
        if self.plant == Some(Plant::OwnMark) {
            let sent = self.sent.get(&epoch).copied().unwrap_or_default();
            return Ok(outbox::acknowledge(&process.db, epoch, mark.seq.max(sent))?);
        }
        Ok(outbox::take_mark(&process.db, epoch, mark, same_to)?)
    }

    /// HQ keeps what was sent for a person to decide about: goes on in a new epoch.
    pub(crate) fn set_aside(&mut self, now: u64, epoch: Epoch, up_to: Seq) -> Result<(), Trouble> {
        let wall_ms = self.wall_ms(now);
        let Some(process) = &mut self.process else { return Ok(()) };
        outbox::acknowledge(&process.db, epoch, up_to)?;
        if epoch == process.outbox.epoch() {
            process.outbox.begin_anew(&process.db, wall_ms)?;
        }
        Ok(())
    }

    /// Applies a page of the care list.
    pub(crate) fn apply(&mut self, now: u64, page: &CarePage) -> Result<(), Trouble> {
        let wall_ms = self.wall_ms(now);
        let Some(process) = &mut self.process else { return Ok(()) };
        let local = LocalKey::new(&self.keys.local);
        let cursor = minicbor::to_vec(page.to).expect("writing to a Vec cannot fail");
        if self.plant == Some(Plant::TornPage) {
            store::remember(&process.db, CURSOR, &cursor)?;
        }
        let believes = self.plant != Some(Plant::OwnMark);
        for lacks in page.lacks.iter().flatten().filter(|_| believes) {
            outbox::refill(&process.db, lacks)?;
        }
        let transaction = process.db.transaction()?;
        let desk = Desk {
            db: &transaction,
            outbox: &process.outbox,
            memory: memory(&self.keys, &local),
            at: When { wall_ms, boot: 0, mono_ms: 0 },
            boot: self.bridge.boot,
            by_place: self.by_place,
        };
        match self.plant {
            Some(Plant::KeepsStrangers) => {
                desk.take(&CarePage { counted: None, ..page.clone() })?;
            }
            _ => desk.take(page)?,
        }
        store::remember(&transaction, CURSOR, &cursor)?;
        if let Some(sealing) = &page.sealing {
            let bytes = minicbor::to_vec(sealing).expect("writing to a Vec cannot fail");
            store::remember(&transaction, SEALING, &bytes)?;
        }
        transaction.commit()?;
        process.outbox.key = page.sealing.unwrap_or(process.outbox.key);
        outbox::forget_old(&process.db, wall_ms, self.keep_days)?;
        Ok(())
    }

    /// Milliseconds since the process began.
    pub(crate) fn own_ms(&self, now: u64) -> u64 {
        self.process.as_ref().map_or(0, |process| now - process.began)
    }

    /// When that was or will be for everybody.
    pub(crate) fn world_ms(&self, own_ms: u64) -> u64 {
        self.process.as_ref().map_or(0, |process| process.began + own_ms)
    }

    /// As it is on disk, in another box: own bridge, same keys.
    pub(crate) fn clone_into(&self, machine: usize, number: usize, plan: &Plan) -> Self {
        let image = disk::of(self.machine, |disk| disk.image());
        disk::of(machine, |disk| disk.restore(&image));
        let keys = crate::headquarters::keys_of(number);
        let whole = plan.cloned.is_some_and(|(_, _, whole)| whole);
        let says_it_is = if whole { self.says_it_is } else { machine };
        Self { off_ms: self.off_ms, says_it_is, ..Self::new(machine, keys, plan) }
    }
}

/// What opens a store's memory.
pub(crate) fn memory<'a>(keys: &'a TerminalKeys, local: &'a LocalKey) -> Memory<'a> {
    Memory { index: &keys.index, local, terminal: keys.terminal }
}
