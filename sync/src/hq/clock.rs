//! The one place at HQ that reads the time.
//!
//! Not here: order. Events are ordered by position, and these times are evidence.

use super::arrivals::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC; 0 for a clock before that.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Today on HQ's own calendar, as days since 1970-01-01.
#[must_use]
pub fn today() -> i32 {
    days(chrono::Local::now())
}

/// The day of a moment on HQ's own calendar; `ms` since 1970-01-01 UTC. In China a morning before eight
/// is still the day before by UTC.
#[must_use]
pub fn day(ms: i64) -> i32 {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or(i32::MAX, |at| days(at.with_timezone(&chrono::Local)))
}

fn days(at: chrono::DateTime<chrono::Local>) -> i32 {
    let local = at.naive_local().date();
    let days = local.signed_duration_since(chrono::NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Now, with HQ's own zone.
#[must_use]
pub fn moment() -> Moment {
    let zone_s = chrono::Local::now().offset().local_minus_utc();
    Moment { now_ms: now_ms(), zone_ms: i64::from(zone_s) * 1_000 }
}
