//! The world of one run: its clock, its line, and everything that happens, one thing after another.
//!
//! ```text
//! agenda ─▶ next moment ─▶ till, line, HQ or fault ─▶ new entries in the agenda
//! ```
//!
//! Nothing else keeps time: an entry that is forgotten never happens, and the till it belonged to is
//! found stuck at the end.
//!
//! Not here: what must hold (`oracle`), what is planned (`plan`).

mod line;
mod machines;
pub(crate) mod people;
mod round;

use std::collections::BTreeMap;

use sync::uplink::Request;

use crate::chance::Chance;
use crate::disk::{self, Faults, Image};
use crate::headquarters::{Headquarters, MACHINE, keys_of};
use crate::plan::{DAY, HOUR, MINUTE, Plan};
use crate::till::Till;
use crate::trace::Trace;
use crate::{entropy, vfs};
use people::Erased;

/// How soon everything has to be at HQ once nothing goes wrong any more.
pub(crate) const BOUND: u64 = 2 * HOUR;

/// A restored HQ is noticed, hears what it lacks, and what tills say on hearing its list; then each has
/// what the others said.
const ROUNDS: u64 = 4;

/// What happens at a moment.
#[derive(Clone, Debug)]
enum What {
    Print(usize),
    /// Something besides a sale is done.
    Deed(usize),
    /// A customer asks HQ to forget her.
    Erase(u64),
    Rotate,
    Revoke(usize),
    /// The bridge tells its slips again.
    Tell(usize),
    Round(usize),
    /// The uplink of this life is asked what to do.
    Poll(usize, u64),
    /// The shop closes: the box is switched off, in good order.
    Close(usize),
    Arrive(Message),
    Answered(Message, u16, Vec<u8>),
    /// No answer will come: refused, reset, or timed out.
    Failed(Message),
    Start(usize),
    HqOpens,
    HqDown,
    HqUp,
    Backup,
    Restore,
    Clone(usize),
    Clock(usize, i64),
    Faults(usize, Faults),
}

/// A request under way.
#[derive(Clone, Debug)]
struct Message {
    till: usize,
    life: u64,
    number: u64,
    request: Request,
    /// A repeated one is answered to nobody.
    repeated: bool,
}

/// What a run counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: u64,
    pub(crate) cuts: u64,
    pub(crate) kills: u64,
    pub(crate) sales: u64,
    pub(crate) deeds: u64,
    pub(crate) erased: u64,
    pub(crate) requests: u64,
    pub(crate) spoiled: u64,
    pub(crate) restored: u64,
    pub(crate) forked: u64,
    /// The runs' fingerprints, added up.
    pub(crate) traces: u64,
}

/// Something that may never happen did.
#[derive(Clone, Debug)]
pub(crate) struct Breach(pub(crate) String);

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: u64,
    pub(crate) tills: Vec<Till>,
    pub(crate) hq: Headquarters,
    pub(crate) tally: Tally,
    pub(crate) trace: Trace,
    /// The tills that share a disk's past, if any do.
    pub(crate) clones: Option<(usize, usize)>,
    /// Whom HQ was asked to forget, and did.
    pub(crate) erased: Vec<Erased>,
    /// The till that HQ takes nothing from any more.
    pub(crate) revoked: Option<usize>,
    agenda: BTreeMap<(u64, u64), What>,
    entries: u64,
    chance: Chance,
    calm: bool,
    hq_is_down: bool,
    backup: Option<Image>,
    tell: bool,
}

impl World {
    /// The world as `plan` has it; `tell` prints its story.
    pub(crate) fn new(plan: Plan, tell: bool) -> Self {
        vfs::install();
        disk::format(plan.tills + 2, plan.seed);
        entropy::follow(Some(plan.seed));
        vfs::reseed();
        let hq = Headquarters::new(plan.plant);
        let tills = (0..plan.tills).map(|at| Till::new(at + 1, keys_of(at), &plan)).collect();
        let chance = Chance::new(plan.seed, 0x3013);
        let mut world = Self {
            now: 0,
            tills,
            hq,
            tally: Tally { runs: 1, ..Tally::default() },
            trace: Trace::default(),
            clones: None,
            erased: Vec::new(),
            revoked: None,
            agenda: BTreeMap::new(),
            entries: 0,
            chance,
            calm: false,
            hq_is_down: false,
            backup: None,
            tell,
            plan,
        };
        world.write_agenda();
        world
    }

    fn write_agenda(&mut self) {
        let plan = self.plan.clone();
        self.at(0, What::Start(MACHINE));
        for till in 0..plan.tills {
            self.at(0, What::Start(till + 1));
            self.at(plan.rounds / 2, What::Round(till));
        }
        for _ in 0..plan.sales {
            let (at, till) = (self.chance.below(plan.length), self.chance.below(plan.tills as u64));
            self.at(at, What::Print(till as usize));
        }
        for _ in 0..plan.deeds {
            let (at, till) = (self.chance.below(plan.length), self.chance.below(plan.tills as u64));
            self.at(at, What::Deed(till as usize));
        }
        for (at, customer) in plan.erased {
            self.at(at, What::Erase(customer));
        }
        for at in plan.rotated {
            self.at(at, What::Rotate);
        }
        if let Some((at, till)) = plan.revoked {
            self.at(at, What::Revoke(till));
        }
        if let Some((from, to)) = plan.hq_down {
            self.at(from, What::HqDown);
            self.at(to, What::HqUp);
        }
        if let Some((taken, back)) = plan.restored {
            self.at(taken, What::Backup);
            self.at(back, What::Restore);
        }
        if let Some((at, till, _)) = plan.cloned {
            self.at(at, What::Clone(till));
        }
        for (at, machine, off_ms) in plan.clocks {
            self.at(at, What::Clock(machine, off_ms));
        }
        let lies = plan.plant == Some(crate::plan::Plant::LyingDisk);
        (1..=plan.tills).for_each(|machine| {
            disk::of(machine, |disk| disk.set_faults(Faults { lies, ..Faults::default() }));
        });
        if let Some((machine, (from, to), room)) = plan.full {
            self.at(
                from,
                What::Faults(machine, Faults { room: Some(room), lies, ..Faults::default() }),
            );
            self.at(to, What::Faults(machine, Faults { lies, ..Faults::default() }));
        }
        if let Some((machine, (from, to), often)) = plan.failing {
            let faults = Faults { read: often * 8, sync: often, lies, room: None };
            self.at(from, What::Faults(machine, faults));
            self.at(to, What::Faults(machine, Faults { lies, ..Faults::default() }));
        }
    }

    fn at(&mut self, at: u64, what: What) {
        self.entries += 1;
        self.agenda.insert((at, self.entries), what);
    }

    fn soon(&mut self, after: u64, what: What) {
        self.at(self.now + after, what);
    }

    /// Whether somebody waits for `what` to happen to a till.
    fn is_expected(&self, what: impl Fn(&What) -> bool) -> bool {
        self.agenda.values().any(what)
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.tell {
            let (days, rest) = (self.now / DAY, self.now % DAY);
            let (hours, minutes) = (rest / HOUR, rest % HOUR / MINUTE);
            eprintln!(
                "day {days:>2} {hours:02}:{minutes:02}:{:06.3}  {}",
                (rest % MINUTE) as f64 / 1e3,
                what()
            );
        }
    }

    /// Everything that the plan has, then quiet, then what must hold.
    pub(crate) fn run(mut self) -> Result<Tally, (Breach, Box<Plan>)> {
        let result = self.live();
        let ended = self.end(result);
        entropy::follow(None);
        ended
    }

    fn live(&mut self) -> Result<(), Breach> {
        self.until(self.plan.length)?;
        self.calm_down();
        self.until(self.plan.length + BOUND)?;
        self.judge()
    }

    fn end(mut self, result: Result<(), Breach>) -> Result<Tally, (Breach, Box<Plan>)> {
        for machine in 0..=self.plan.tills + 1 {
            disk::of(machine, |disk| {
                self.trace.number(disk.trace.0);
                self.tally.cuts += disk.cuts;
                self.tally.kills += disk.kills;
            });
        }
        match result {
            Ok(()) => Ok(Tally { traces: self.trace.0, ..self.tally }),
            Err(breach) => {
                self.say(|| format!("BROKEN: {}", breach.0));
                Err((breach, Box::new(self.plan)))
            }
        }
    }

    fn until(&mut self, end: u64) -> Result<(), Breach> {
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= end) {
            self.now = entry.key().0;
            let what = entry.remove();
            self.happen(what)?;
        }
        self.now = end;
        Ok(())
    }

    fn happen(&mut self, what: What) -> Result<(), Breach> {
        self.trace.number(self.now);
        match what {
            What::Print(till) => self.print(till),
            What::Deed(till) => self.deed(till),
            What::Erase(customer) => self.erase(customer),
            What::Rotate => self.rotate(),
            What::Revoke(till) => self.revoke(till),
            What::Tell(till) => self.told_again(till),
            What::Round(till) => self.round(till),
            What::Poll(till, life) => self.polled(till, life),
            What::Close(till) => self.close(till),
            What::Arrive(message) => self.arrive(message),
            What::Answered(message, status, body) => self.answered(&message, status, &body),
            What::Failed(message) => self.failed(&message),
            What::Start(machine) => self.start(machine),
            What::HqOpens => self.hq_opens(),
            What::HqDown => self.hq_goes(true),
            What::HqUp => self.hq_goes(false),
            What::Backup => self.back_up(),
            What::Restore => self.restore(),
            What::Clone(till) => self.clone_till(till),
            What::Clock(machine, off_ms) => self.set_clock(machine, off_ms),
            What::Faults(machine, faults) => self.set_faults(machine, faults),
        }
    }

    /// From here on nothing goes wrong. Every till sells once more, so that an HQ that was restored is
    /// noticed, and has the rounds that its nights bring.
    fn calm_down(&mut self) {
        self.say(|| "from here on nothing goes wrong".into());
        self.calm = true;
        self.hq_is_down = false;
        for machine in 0..=self.plan.tills + 1 {
            disk::of(machine, |disk| {
                let lies = self.plan.plant == Some(crate::plan::Plant::LyingDisk) && machine > 0;
                disk.set_faults(Faults { lies, ..Faults::default() });
                disk.put_out();
            });
        }
        self.soon(0, What::Start(MACHINE));
        for till in 0..self.tills.len() {
            self.soon(MINUTE, What::Start(self.tills[till].machine));
            self.soon(2 * MINUTE, What::Print(till));
            for round in 1..=ROUNDS {
                self.soon(round * 25 * MINUTE, What::Round(till));
            }
        }
    }
}
