//! What happens to machines: they stop and start, lose their disks' grace, their time, their past.
//!
//! Not here: the disks themselves (`disk`).

use super::{Breach, What, World};
use crate::disk::{self, Faults, Stop};
use crate::headquarters::MACHINE;
use crate::oracle;
use crate::plan::{HOUR, MINUTE};
use crate::till::{Trouble, is_explained};
use sync::hq::ledger::LedgerError;
use sync::hq::open::StepError;

impl World {
    /// Notices that a machine stopped, ends what ran on it and has it started again. Returns whether
    /// it is off.
    pub(super) fn look_after(&mut self, machine: usize) -> bool {
        let off = disk::of(machine, |disk| disk.is_off());
        let running = match self.tills.iter().find(|till| till.machine == machine) {
            Some(till) => till.process.is_some(),
            None => self.hq.program.is_some(),
        };
        let stays = machine == MACHINE && self.hq_is_down;
        if off && !stays && (running || !self.is_expected(|what| starts(what, machine))) {
            self.say(|| format!("machine {machine} stopped"));
            self.end_program(machine);
            let after = self.chance.pick(&[5_000, 5_000, 40_000, MINUTE * 7, HOUR]);
            self.soon(after, What::Start(machine));
        }
        off
    }

    fn end_program(&mut self, machine: usize) {
        match self.tills.iter_mut().find(|till| till.machine == machine) {
            Some(till) => till.stop(),
            None => self.hq.program = None,
        }
    }

    /// A machine starts, or a program on one that runs.
    pub(super) fn start(&mut self, machine: usize) -> Result<(), Breach> {
        if machine == MACHINE && self.hq_is_down {
            return Ok(());
        }
        if disk::of(machine, |disk| disk.is_off()) {
            oracle::disk_is_unreadable(machine)?;
        }
        disk::of(machine, disk::Disk::start);
        self.light_fuse(machine);
        match machine {
            MACHINE => self.start_hq(),
            _ => self.start_till(machine - 1),
        }
    }

    fn light_fuse(&mut self, machine: usize) {
        let within = self.plan.stops_within;
        if self.calm || within == 0 || self.chance.one_in(6) {
            return;
        }
        let after = 1 + self.chance.below(within);
        let how = if self.chance.one_in(3) { Stop::Kill } else { Stop::Cut };
        disk::of(machine, |disk| disk.light_fuse(after, how));
    }

    fn start_hq(&mut self) -> Result<(), Breach> {
        if self.hq.program.is_some() {
            return Ok(());
        }
        let started = self.hq.start();
        if self.look_after(MACHINE) {
            return Ok(());
        }
        match started {
            Ok(None) => {
                self.say(|| "HQ runs".into());
                self.soon(1_000, What::HqOpens);
                Ok(())
            }
            Ok(Some(lost)) => Err(Breach(lost)),
            Err(cause) => {
                self.explained(MACHINE, &format!("{cause}"), hq_is_explained(&cause))?;
                self.soon(MINUTE, What::Start(MACHINE));
                Ok(())
            }
        }
    }

    fn start_till(&mut self, till: usize) -> Result<(), Breach> {
        if self.tills[till].process.is_some() {
            return Ok(());
        }
        self.tills[till].closed = false;
        let seed = self.chance.next();
        let now = self.now;
        let started = self.tills[till].start(now, seed);
        let whole = match &started {
            Ok(()) => oracle::till_is_whole(&self.tills[till]),
            Err(_) => Ok(()),
        };
        if self.look_after(till + 1) {
            return Ok(());
        }
        whole.or_else(|breach| self.unless_faulty(till, breach))?;
        if let Err(trouble) = started {
            return self.till_trouble(till, &trouble);
        }
        self.say(|| format!("till {till} runs"));
        self.soon(100, What::Tell(till));
        self.soon(1_000, What::Round(till));
        Ok(())
    }

    /// A check that could not read is no breach while reads fail.
    fn unless_faulty(&self, till: usize, breach: Breach) -> Result<(), Breach> {
        let failing = self.plan.failing.is_some_and(|(machine, ..)| machine == till + 1);
        if failing && breach.0.contains("disk I/O error") { Ok(()) } else { Err(breach) }
    }

    /// Something failed at a till: only the disk or a stop may be the reason, and then the program
    /// goes on or starts again.
    pub(super) fn till_trouble(&mut self, till: usize, trouble: &Trouble) -> Result<(), Breach> {
        let machine = till + 1;
        if self.look_after(machine) {
            return Ok(());
        }
        self.explained(machine, &format!("{trouble}"), trouble.is_explained())?;
        // No connection is used that saw the disk fail; one that found it full may be.
        let goes_on = trouble.is_full() && self.chance.one_in(2);
        if self.tills[till].process.is_none() || !goes_on {
            self.tills[till].stop();
            self.look_after(machine);
            if !self.is_expected(|what| starts(what, machine)) {
                self.soon(MINUTE, What::Start(machine));
            }
        }
        Ok(())
    }

    pub(super) fn explained(
        &self,
        machine: usize,
        cause: &str,
        explained: bool,
    ) -> Result<(), Breach> {
        self.say(|| format!("machine {machine}: {cause}"));
        let faulty = [self.plan.full, self.plan.failing].iter().flatten().any(|f| f.0 == machine);
        match explained && (faulty && !self.calm) {
            true => Ok(()),
            false => Err(Breach(format!("machine {machine}, whose disk is good, says: {cause}"))),
        }
    }

    /// What arrived is opened, a transaction at a time.
    pub(super) fn hq_opens(&mut self) -> Result<(), Breach> {
        let opened = self.hq.open_step();
        if self.look_after(MACHINE) {
            return Ok(());
        }
        match opened {
            Ok(true) => self.soon(50, What::HqOpens),
            Ok(false) => return self.hq_plans(),
            Err(cause) => {
                let explained = sqlite_of(&cause).is_some_and(is_explained);
                self.explained(MACHINE, &format!("{cause}"), explained)?;
                self.soon(MINUTE, What::HqOpens);
            }
        }
        Ok(())
    }

    /// All that came is folded: tasks are planned.
    fn hq_plans(&mut self) -> Result<(), Breach> {
        let planned = self.hq.plan_tasks(self.now);
        match planned {
            Err(cause) if !self.look_after(MACHINE) => {
                self.soon(MINUTE, What::HqOpens);
                self.explained(MACHINE, &format!("{cause}"), is_explained(&cause))
            }
            _ => {
                self.look_after(MACHINE);
                Ok(())
            }
        }
    }

    /// HQ's program may have lost its disk's grace while it answered.
    pub(super) fn after_hq(&mut self) -> Result<(), Breach> {
        let missing = self.hq.program.is_none() && !self.hq_is_down;
        if missing && !self.is_expected(|what| starts(what, MACHINE)) {
            self.soon(MINUTE, What::Start(MACHINE));
        }
        Ok(())
    }

    pub(super) fn hq_goes(&mut self, down: bool) -> Result<(), Breach> {
        self.say(|| format!("HQ goes {}", if down { "down" } else { "up" }));
        self.hq_is_down = down;
        if down {
            self.hq.program = None;
            return Ok(());
        }
        self.start(MACHINE)
    }

    pub(super) fn back_up(&mut self) -> Result<(), Breach> {
        self.say(|| "HQ is backed up".into());
        self.backup = Some(disk::of(MACHINE, |disk| disk.image()));
        self.erasures_are_backed_up();
        Ok(())
    }

    pub(super) fn restore(&mut self) -> Result<(), Breach> {
        let Some(backup) = self.backup.take() else { return Ok(()) };
        self.say(|| "HQ's disk dies; it wakes up with its backup".into());
        self.tally.restored += 1;
        self.erasures_are_lost();
        self.hq.restore(&backup);
        self.start(MACHINE)
    }

    pub(super) fn clone_till(&mut self, till: usize) -> Result<(), Breach> {
        let machine = self.plan.tills + 1;
        self.say(|| format!("till {till}'s disk is copied into machine {machine}"));
        let copy = self.tills[till].clone_into(machine, till, &self.plan);
        self.clones = Some((till, self.tills.len()));
        self.tills.push(copy);
        for at in [MINUTE, 5 * MINUTE, HOUR] {
            self.soon(at, What::Print(machine - 1));
        }
        self.soon(self.plan.rounds, What::Round(machine - 1));
        self.start(machine)
    }

    pub(super) fn set_clock(&mut self, machine: usize, off_ms: i64) -> Result<(), Breach> {
        self.say(|| format!("machine {machine}'s clock is {off_ms} ms off"));
        match machine {
            MACHINE => self.hq.off_ms = off_ms,
            _ => self.tills[machine - 1].off_ms = off_ms,
        }
        Ok(())
    }

    pub(super) fn set_faults(&mut self, machine: usize, faults: Faults) -> Result<(), Breach> {
        self.say(|| format!("machine {machine}'s disk: {faults:?}"));
        disk::of(machine, |disk| disk.set_faults(faults));
        Ok(())
    }
}

fn starts(what: &What, machine: usize) -> bool {
    matches!(what, What::Start(which) if *which == machine)
}

fn hq_is_explained(cause: &sync::hq::HqError) -> bool {
    match cause {
        sync::hq::HqError::Store(sync::hq::store::StoreError::Sql { cause, .. }) => {
            is_explained(cause)
        }
        _ => false,
    }
}

/// What SQLite said, on whichever of HQ's connections.
fn sqlite_of(cause: &StepError) -> Option<&rusqlite::Error> {
    match cause {
        StepError::Sql(cause) => Some(cause),
        StepError::Ledger(LedgerError::Sqlite(cause)) => Some(cause),
        _ => None,
    }
}
