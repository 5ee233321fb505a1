//! The only place that reads the time.
//!
//! A wrong clock must not reorder or lose a sale: order comes from sequence numbers, and a time is
//! evidence only. So everything else takes a [`Moment`] as an argument.
//!
//! Not here: deadlines of a held cut (`firmware_bridge`, which counts for itself).

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, NaiveDate, Offset, Timelike};
use sync::event::When;

/// Seconds in a day.
const DAY_S: i64 = 86_400;

/// A moment as this box sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// Unix time in milliseconds, as the box believes.
    pub wall_ms: i64,
    /// Milliseconds since this program started: never goes back.
    pub mono_ms: u64,
    /// Which start of this program: random.
    pub boot: u32,
    /// Seconds that local time is ahead of UTC.
    pub offset_s: i32,
}

impl Moment {
    /// The local day, counted from 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i32 {
        i32::try_from(self.local_s().div_euclid(DAY_S)).unwrap_or_default()
    }

    /// Seconds since local midnight.
    #[must_use]
    pub fn second_of_day(&self) -> u32 {
        u32::try_from(self.local_s().rem_euclid(DAY_S)).unwrap_or_default()
    }

    /// Local time of day as `14:05`.
    #[must_use]
    pub fn hour_minute(&self) -> String {
        let second = self.second_of_day();
        format!("{:02}:{:02}", second / 3_600, second / 60 % 60)
    }

    /// The moment `ms` milliseconds before, on the wall: when a slip that is told late was printed.
    #[must_use]
    pub fn earlier(self, ms: u64) -> Self {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        Self { wall_ms: self.wall_ms.saturating_sub(ms), ..self }
    }

    fn local_s(&self) -> i64 {
        self.wall_ms.div_euclid(1_000) + i64::from(self.offset_s)
    }
}

impl From<Moment> for When {
    fn from(moment: Moment) -> Self {
        Self { wall_ms: moment.wall_ms, boot: moment.boot, mono_ms: moment.mono_ms }
    }
}

/// The box's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    boot: u32,
    began: Instant,
}

impl Clock {
    /// Starts counting.
    #[must_use]
    pub fn start() -> Self {
        Self { boot: u32::from_le_bytes(sync::random::random()), began: Instant::now() }
    }

    /// One that has run for some minutes: its readings take the same room from then on.
    #[cfg(test)]
    pub(crate) fn warm() -> Self {
        let began = Instant::now().checked_sub(std::time::Duration::from_secs(300));
        Self { boot: u32::MAX, began: began.expect("as far back as that") }
    }

    /// Reads it.
    #[must_use]
    pub fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment {
            wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
            mono_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            boot: self.boot,
            offset_s: Local::now().offset().fix().local_minus_utc(),
        }
    }
}

/// A printed date and time as seconds since 1970 in local time; midnight where no time is printed.
#[must_use]
pub fn local_seconds(date: &str, time: Option<&str>) -> Option<i64> {
    let date: NaiveDate = date.parse().ok()?;
    let time = time.and_then(|time| {
        ["%H:%M:%S", "%H:%M"]
            .iter()
            .find_map(|form| chrono::NaiveTime::parse_from_str(time, form).ok())
    });
    let seconds = time.map_or(0, |time| i64::from(time.num_seconds_from_midnight()));
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    days.checked_mul(DAY_S)?.checked_add(seconds)
}

/// Today's local date as receipts print it, `2026-11-21`.
#[must_use]
pub fn today() -> String {
    Local::now().format("%Y-%m-%d").to_string()
}

/// A local time in milliseconds since 1970 UTC as a person reads it, e.g. `11-21 14:05`.
#[must_use]
pub fn shown(wall_ms: i64) -> String {
    DateTime::from_timestamp_millis(wall_ms)
        .map(|time| time.with_timezone(&Local).format("%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_time_is_counted_in_local_seconds() {
        assert_eq!(local_seconds("1970-01-02", Some("00:00:05")), Some(86_405));
        assert_eq!(local_seconds("2026-11-21", Some("14:05")), Some(1_795_269_900));
        assert_eq!(local_seconds("21/11/2026", None), None);
    }

    #[test]
    fn the_local_day_turns_at_local_midnight() {
        let moment = Moment { wall_ms: 16 * 3_600_000, mono_ms: 0, boot: 0, offset_s: 8 * 3_600 };
        assert_eq!((moment.day(), moment.second_of_day()), (1, 0));
    }
}
