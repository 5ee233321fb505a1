//! What people and the clock do at HQ: tasks are planned, somebody is erased, a list is imported.
//!
//! Not here: what comes from tills (`headquarters`).

use sync::care_list::{CarePage, CareRequest, CustomerId, Version};
use sync::event::TerminalId;
use sync::hq::care::{self, Care};
use sync::hq::customer::{self, File};
use sync::hq::desk::book;
use sync::hq::desk::rules::RulesError;
use sync::hq::import::{self, Kind};
use sync::hq::ledger::Ledger as _;
use sync::hq::open::StepError;
use sync::hq::{Hq, erasure, fork};
use sync::seal::SealingSecret;

use super::{Headquarters, Program};
use crate::deed;
use crate::plan::{DAY, Plant};
use crate::till::Till;

/// What was erased: her pseudonym, and the key that was destroyed, if she had a file.
#[derive(Clone, Debug)]
pub(crate) struct Buried {
    pub(crate) id: CustomerId,
    pub(crate) key: Option<Vec<u8>>,
}

impl Headquarters {
    /// The day on HQ's calendar.
    pub(super) fn today(&self, now: u64) -> i32 {
        i32::try_from(self.wall_ms(now).div_euclid(DAY.cast_signed())).unwrap_or_default()
    }

    /// Plans the tasks of everybody whose facts changed.
    pub(crate) fn plan_tasks(&mut self, now: u64) -> rusqlite::Result<()> {
        let today = self.today(now);
        let Some(program) = self.program.as_mut() else { return Ok(()) };
        loop {
            match book::step(&mut program.hq, today) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(RulesError::Sql(cause)) => return Err(cause),
                Err(other) => unreachable!("the shipped rules read: {other}"),
            }
        }
    }

    /// Forgets a customer, as `huitou-hq erase` does; `None` if she is forgotten already.
    pub(crate) fn erase(&mut self, now: u64, whom: u64) -> rusqlite::Result<Option<Buried>> {
        let at_ms = self.wall_ms(now);
        let Some(program) = self.program.as_mut() else { return Ok(None) };
        let hq = &mut program.hq;
        let key = key_of(hq, whom)?;
        let Some(done) = erasure::erase(hq, &deed::phone(whom), "herself", at_ms)? else {
            return Ok(None);
        };
        let id = done.customers[0];
        if self.plant == Some(Plant::NoTombstone) {
            hq.db.pragma_update(None, "foreign_keys", "OFF")?;
            hq.db.execute("DELETE FROM erased WHERE customer = ?1", [id.0])?;
            hq.db.execute("DELETE FROM customer WHERE id = ?1", [id.0])?;
            hq.db.pragma_update(None, "foreign_keys", "ON")?;
        }
        Ok(Some(Buried { id, key }))
    }

    /// Whoever is forgotten: all tombstones.
    pub(crate) fn tombstones(&self) -> rusqlite::Result<Vec<CustomerId>> {
        let Some(program) = &self.program else { return Ok(Vec::new()) };
        let mut select = program.db.prepare("SELECT customer FROM erased ORDER BY customer")?;
        select.query_map([], |row| row.get(0).map(CustomerId))?.collect()
    }

    /// Takes nothing from a till any more; `false` if that could not be written.
    pub(crate) fn revoke(&mut self, now: u64, terminal: &TerminalId) -> bool {
        let wall_ms = self.wall_ms(now);
        let Some(program) = &self.program else { return false };
        matches!(program.ledger.revoke(wall_ms, terminal), Ok(true))
    }

    /// A new sealing key, which tills learn with their next page. HQ's keys lie on a medium of their
    /// own: no restore brings the older ones back alone.
    pub(crate) fn rotate(&mut self) {
        let id = 1 + self.sealing.iter().map(SealingSecret::id).max().unwrap_or_default();
        self.sealing.push(SealingSecret::generate(id));
        if let Some(program) = self.program.as_mut() {
            program.hq.keys.sealing.clone_from(&self.sealing);
        }
    }

    /// What HQ would send this till, had it nothing yet.
    pub(crate) fn snapshot(&mut self, now: u64, till: &Till) -> Option<Vec<CarePage>> {
        let (wall_ms, today) = (self.wall_ms(now), self.today(now));
        let Program { hq, ledger } = self.program.as_mut()?;
        let (mut pages, mut cursor) = (Vec::new(), Version::NONE);
        loop {
            let request = CareRequest {
                cursor,
                nonce: [9; 16],
                software: None,
                packed: None,
                held: Some(Vec::new()),
            };
            let (body, keys) = (request.sign(&till.keys.signing), &till.keys);
            let answer = care::answer(hq, ledger, wall_ms, today, &keys.terminal, &body).ok()?;
            let Care::Page(body) = answer else { return None };
            let page =
                CarePage::open(&keys.hq, &keys.terminal, &keys.sealing, &request, &body).ok()?;
            cursor = page.to;
            pages.push(page);
            if pages.last().is_some_and(|page| !page.more) {
                return Some(pages);
            }
        }
    }

    /// A person looks at a till's fork and has counted what was set aside.
    pub(crate) fn count_fork(&mut self, terminal: &TerminalId) -> Result<(), StepError> {
        let Some(Program { hq, ledger }) = self.program.as_mut() else { return Ok(()) };
        fork::look(hq, ledger, terminal, true)?;
        fork::close(hq, ledger, terminal)
    }

    /// Imports every customer there is as a member of a shop; returns how many lines were refused.
    pub(crate) fn import_everybody(&mut self, now: u64) -> Option<usize> {
        let wall_ms = self.wall_ms(now);
        let hq = &mut self.program.as_mut()?.hq;
        let lines = (0..deed::CUSTOMERS)
            .map(|customer| format!("{},湖滨店\n", deed::phone(customer).clear()))
            .collect::<String>();
        let text = format!("手机号,门店\n{lines}");
        let report =
            import::import(hq, Kind::Members, "all.csv", text.as_bytes(), &[], Some(wall_ms));
        Some(report.ok()?.problems.len())
    }
}

/// Her wrapped key, before it is destroyed.
fn key_of(hq: &Hq, whom: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    let text = "SELECT id, wrapped_key FROM customer WHERE identity IS NOT NULL";
    let mut select = hq.db.prepare(text)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = CustomerId(row.get(0)?);
        if let File::Known(her) = customer::file(&hq.db, &hq.keys, &id)?
            && her.phone == deed::phone(whom)
        {
            return row.get(1);
        }
    }
    Ok(None)
}
