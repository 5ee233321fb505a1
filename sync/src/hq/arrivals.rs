//! Which store has come in, and how each till's road is: for the page, `--json` and `/metrics`.
//!
//! ```text
//! day of trade ──── from 20:00 ···· nightly window ···· due 06:30 ────▶
//!   a store that traded, or usually does that weekday:  in │ waiting until due │ missing after it
//! ```
//!
//! # Invariants
//!
//! - Silence never becomes usual: which weekdays a store trades is learnt up to its last known sale.
//! - Reads only, by keys and small tables: it may be asked every few seconds.
//! - Nothing of a customer is in it.
//!
//! Not here: the whole chain of hashes (`backup::check`), what the page looks like (`web`).

mod expected;
mod tills;

pub(super) use expected::traded;
pub use tills::{Clock, Quarantined, TillState};

use crate::message::StoreId;
use rusqlite::Connection;
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// When a store's day is over, and when it has to be in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Watch {
    /// Who is heard of from then on has come in; minutes since midnight on HQ's clock.
    pub from_min: u16,
    /// Who is not in by then, on the next day, is missing; minutes since midnight.
    pub due_min: u16,
}

impl Default for Watch {
    /// The tills' nightly window ends at 06:00.
    fn default() -> Self {
        Self { from_min: 20 * 60, due_min: 6 * 60 + 30 }
    }
}

/// Now, as HQ's own clock and zone have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub now_ms: i64,
    /// HQ's local time less UTC, milliseconds.
    pub zone_ms: i64,
}

/// The day of trade that is in question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Round {
    day: i32,
    from_ms: i64,
    is_due: bool,
}

impl Watch {
    /// The newest day of trade by whose end and due time all stores should be in.
    #[must_use]
    pub fn last_day_due(self, at: Moment) -> i32 {
        let round = self.round(at);
        // Once the next day has begun to end, the one before it stays due.
        let has_ended = at.now_ms >= round.from_ms && !round.is_due;
        if has_ended { round.day - 1 } else { round.day }
    }

    fn round(self, at: Moment) -> Round {
        let local = at.now_ms.saturating_add(at.zone_ms);
        let minute = local.rem_euclid(DAY_MS) / MINUTE_MS;
        let today = local.div_euclid(DAY_MS);
        let has_begun = minute >= i64::from(self.from_min);
        let day = if has_begun { today } else { today - 1 };
        let from = day * DAY_MS + i64::from(self.from_min) * MINUTE_MS;
        Round {
            day: i32::try_from(day).unwrap_or(i32::MAX),
            from_ms: from - at.zone_ms,
            is_due: !has_begun && minute >= i64::from(self.due_min),
        }
    }
}

/// How a store stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has come in.
    In,
    /// It is expected and there is still time.
    Waiting,
    /// It is expected and the time is over: somebody should call.
    Missing,
    /// It did not trade that day as far as is known, and usually does not.
    Closed,
}

impl Standing {
    /// As tables and metrics call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Waiting => "waiting",
            Self::Missing => "missing",
            Self::Closed => "closed",
        }
    }
}

/// One store.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct StoreState {
    /// Its name.
    pub store: String,
    /// How it stands.
    pub standing: Standing,
    /// Tills that have come in.
    pub tills_in: usize,
    /// Tills that are not revoked.
    pub tills: usize,
    /// When the last of them was heard of, milliseconds since 1970-01-01 UTC.
    pub seen_ms: Option<i64>,
}

/// All stores and tills.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Arrivals {
    /// The day of trade in question, days since 1970-01-01.
    pub day: i32,
    /// Stores by name.
    pub stores: Vec<StoreState>,
    /// Tills by store and name.
    pub tills: Vec<TillState>,
}

impl Arrivals {
    /// How many stores are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.stores.iter().filter(|store| store.standing == Standing::Missing).count()
    }
}

/// How all stores stood last night: in the evening, while they come in anew, still the night before.
///
/// # Errors
///
/// As SQLite says.
pub fn last_night(db: &Connection, watch: Watch, at: Moment) -> rusqlite::Result<Vec<StoreState>> {
    let mut round = watch.round(at);
    let today = at.now_ms.saturating_add(at.zone_ms).div_euclid(DAY_MS);
    if i64::from(round.day) == today {
        round = watch.round(Moment { now_ms: round.from_ms - 1, ..at });
    }
    let mut select = db.prepare_cached(
        "SELECT t.store, s.name, count(*), count(*) FILTER (WHERE t.seen_ms >= ?1), max(t.seen_ms)
         FROM terminal t JOIN store s ON s.id = t.store WHERE t.status <> 'revoked'
         GROUP BY t.store ORDER BY s.name",
    )?;
    let stores = select.query_map([round.from_ms], |row| {
        let state = StoreState {
            store: row.get(1)?,
            standing: Standing::Closed,
            tills: row.get::<_, u32>(2)? as usize,
            tills_in: row.get::<_, u32>(3)? as usize,
            seen_ms: row.get(4)?,
        };
        Ok((row.get::<_, StoreId>(0)?, state))
    })?;
    let stores = stores.collect::<rusqlite::Result<Vec<_>>>()?;
    let stood = stores.into_iter().map(|(id, state)| {
        let standing = standing(db, &id, &state, round)?;
        Ok(StoreState { standing, ..state })
    });
    stood.collect()
}

/// How all stores and tills stand.
///
/// # Errors
///
/// As SQLite says.
pub fn arrivals(db: &Connection, watch: Watch, at: Moment) -> rusqlite::Result<Arrivals> {
    let round = watch.round(at);
    let tills = tills::tills(db, round.from_ms, at.zone_ms)?;
    let mut stores = BTreeMap::<StoreId, StoreState>::new();
    for till in tills.iter().filter(|till| till.status != "revoked") {
        let store = stores.entry(till.place.1).or_insert_with(|| StoreState {
            store: till.store.clone(),
            standing: Standing::Closed,
            tills_in: 0,
            tills: 0,
            seen_ms: None,
        });
        store.tills += 1;
        store.tills_in += usize::from(till.came_in);
        store.seen_ms = store.seen_ms.max(till.seen_ms);
    }
    for (id, store) in &mut stores {
        store.standing = standing(db, id, store, round)?;
    }
    let mut stores: Vec<StoreState> = stores.into_values().collect();
    stores.sort_by(|a, b| a.store.cmp(&b.store));
    Ok(Arrivals { day: round.day, stores, tills })
}

fn standing(
    db: &Connection,
    id: &StoreId,
    store: &StoreState,
    round: Round,
) -> rusqlite::Result<Standing> {
    if store.tills_in > 0 {
        return Ok(Standing::In);
    }
    Ok(match (expected::is_expected(db, id, round.day)?, round.is_due) {
        (false, _) => Standing::Closed,
        (true, false) => Standing::Waiting,
        (true, true) => Standing::Missing,
    })
}

#[cfg(test)]
mod tests;
