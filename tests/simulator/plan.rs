//! What a seed means: how many tills, for how long, and everything that will go wrong.
//!
//! Not here: how it goes wrong (`disk`, `world`).

use crate::chance::Chance;
use crate::deed::CUSTOMERS;

pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// 2026-11-21 10:00, where a clock that is right begins.
pub(crate) const MORNING_MS: i64 = 1_795_255_200_000;

/// A fault that is put in on purpose, to see that it would be found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Plant {
    /// The till's database commits without waiting for the disk.
    SyncNormal,
    /// The till's disk says that it synced, and did not.
    LyingDisk,
    /// HQ answers, then its transaction is gone.
    AckBeforeCommit,
    /// The till believes that HQ has what it sent, whatever HQ says.
    OwnMark,
    /// HQ's fold adds what an amendment changes twice.
    AmendTwice,
    /// HQ erases, and forgets that it did.
    NoTombstone,
    /// The till moves its cursor before it has the page.
    TornPage,
    /// The till does not heed that HQ knows nothing of somebody whom it met by itself.
    KeepsStrangers,
}

impl Plant {
    pub(crate) const ALL: [Self; 8] = [
        Self::SyncNormal,
        Self::LyingDisk,
        Self::AckBeforeCommit,
        Self::OwnMark,
        Self::AmendTwice,
        Self::NoTombstone,
        Self::TornPage,
        Self::KeepsStrangers,
    ];
}

/// A stretch of time.
pub(crate) type Span = (u64, u64);

/// Everything about a run that is settled before it begins.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) plant: Option<Plant>,
    /// How long things go wrong, in milliseconds.
    pub(crate) length: u64,
    pub(crate) tills: usize,
    /// Sales in all of that time, over all tills.
    pub(crate) sales: u64,
    /// What is done besides selling, over all tills.
    pub(crate) deeds: u64,
    /// Who is erased at HQ, and when.
    pub(crate) erased: Vec<(u64, u64)>,
    /// When HQ draws a new sealing key.
    pub(crate) rotated: Vec<u64>,
    /// When which till is revoked.
    pub(crate) revoked: Option<(u64, usize)>,
    /// A person looks at a fork and counts what was set aside.
    pub(crate) counts_fork: bool,
    /// Pause between a till's rounds.
    pub(crate) rounds: u64,
    /// One message in so many is lost, repeated, cut short, or answered by a stranger.
    pub(crate) bad_line: u64,
    /// A machine that starts stops again within so many disk operations; 0 for never.
    pub(crate) stops_within: u64,
    pub(crate) hq_down: Option<Span>,
    /// HQ wakes up at the second moment with its disk as it was at the first.
    pub(crate) restored: Option<Span>,
    /// This till's disk is copied into another box: the database, or the whole system with its name.
    pub(crate) cloned: Option<(u64, usize, bool)>,
    /// From then on a machine's clock is off by so much.
    pub(crate) clocks: Vec<(u64, usize, i64)>,
    /// How long tills keep what HQ has.
    pub(crate) keep_days: u32,
    /// A machine's disk is full for a while, but for so many bytes.
    pub(crate) full: Option<(usize, Span, u64)>,
    /// A machine's reads and syncs fail for a while, one in so many.
    pub(crate) failing: Option<(usize, Span, u64)>,
}

impl Plan {
    /// What `seed` means.
    pub(crate) fn of(seed: u64, plant: Option<Plant>) -> Self {
        let mut chance = Chance::new(seed, 0x914);
        let chance = &mut chance;
        let mut length = chance.pick(&[2 * HOUR, DAY, 3 * DAY, 20 * DAY, 50 * DAY]);
        let hq_down = chance.one_in(6).then(|| {
            length = 50 * DAY;
            let from = chance.within(0, 10 * DAY);
            (from, from + 35 * DAY)
        });
        let tills = chance.pick(&[1, 1, 2, 2, 3]);
        let machines = tills + 1;
        // A short memory is forgotten in time to be seen; backups are then never older than it.
        let short = chance.one_in(3);
        let oldest = if short { 3 * DAY } else { 30 * DAY };
        let restored = chance.one_in(4).then(|| within(chance, length, oldest));
        let cloned = chance.one_in(6).then(|| {
            let at = chance.within(length / 4, length * 3 / 4);
            (at, chance.below(tills as u64) as usize, !chance.one_in(4))
        });
        let clocks: Vec<_> = match chance.below(3) {
            0 => (0..chance.within(1, 4)).map(|_| clock(chance, length, machines)).collect(),
            _ => Vec::new(),
        };
        // Every jump of a clock counts as a day.
        let keep_days = if short { 4 + clocks.len() as u32 } else { 35 };
        let full = chance.one_in(5).then(|| {
            let machine = chance.below(machines as u64) as usize;
            (machine, within(chance, length, HOUR), chance.pick(&[0, 4_000, 20_000]))
        });
        let failing = chance.one_in(5).then(|| {
            let machine = chance.below(machines as u64) as usize;
            (machine, within(chance, length, HOUR), chance.pick(&[7, 30, 100]))
        });
        let erased = match chance.below(3) {
            0 => Vec::new(),
            count => (0..count).map(|_| (chance.below(length), chance.below(CUSTOMERS))).collect(),
        };
        let rotated = match chance.below(4) {
            0 => (0..chance.within(1, 2)).map(|_| chance.below(length)).collect(),
            _ => Vec::new(),
        };
        let alone = cloned.is_none() && restored.is_none();
        let revoked = (alone && chance.one_in(10))
            .then(|| (chance.below(length), chance.below(tills as u64) as usize));
        Self {
            seed,
            plant,
            length,
            tills,
            sales: chance.within(5, 24),
            deeds: chance.within(4, 20),
            erased,
            rotated,
            revoked,
            counts_fork: chance.one_in(2),
            rounds: length / chance.within(2, 5),
            bad_line: chance.pick(&[0, 3, 6, 12]),
            stops_within: chance.pick(&[0, 150, 400, 400, 1_200, 3_000]),
            hq_down,
            restored,
            cloned,
            clocks,
            keep_days,
            full,
            failing,
        }
    }
}

/// Two moments of the run, in order, at most `apart`.
fn within(chance: &mut Chance, length: u64, apart: u64) -> Span {
    let from = chance.below(length);
    (from, (from + 1 + chance.below(apart)).min(length))
}

/// Ten years ahead or behind, the year of a dead battery, a day off, or right.
fn clock(chance: &mut Chance, length: u64, machines: usize) -> (u64, usize, i64) {
    let years_10 = 3_653 * DAY.cast_signed();
    let off = chance.pick(&[years_10, -years_10, -MORNING_MS, DAY.cast_signed(), 0]);
    (chance.below(length), chance.below(machines as u64) as usize, off)
}
