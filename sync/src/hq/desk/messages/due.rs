//! Which messages a day asks for, for one person: a pure function, no table, no clock.
//!
//! # Invariants
//!
//! - A message is named by kind and subject (`mid_autumn:20358`), and is made once.
//! - Days and holidays are those of the shop's calendar.
//!
//! Not here: whether it may be sent (`gate`), which text it is (`library`).

use super::kind::Kind;
use super::settings::Settings;
use crate::calendar::{Birthday, Date, Holiday, Lunar, holidays, season};

/// What a day is, for everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Day {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Its holidays with wishes.
    pub holidays: Vec<Holiday>,
    /// A season that began lately: its word and its first day.
    pub season: Option<(&'static str, i32)>,
}

/// What is known of one person, as far as it makes a message due.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seen {
    /// Her birthday, as she told it.
    pub birthday: Option<Birthday>,
    /// The last day on which she bought.
    pub last_day: Option<i32>,
    /// It rained where she bought today.
    pub in_the_rain: bool,
}

impl Seen {
    /// The first day after today on which something of hers alone is due: a birthday, an absence.
    #[must_use]
    pub fn next_day(&self, settings: &Settings, today: i32) -> i32 {
        let tomorrow = today.saturating_add(1);
        let birthday = self.birthday.map(|birthday| birthday.days_until(tomorrow));
        // Beyond the calendar that we know there is none.
        let birthday = birthday.filter(|days| *days < u16::MAX);
        let birthday = birthday.map(|days| tomorrow.saturating_add(i32::from(days)));
        let absent = settings.long_absent;
        let missed = self.last_day.map(|last| {
            let (first, again) = (last.saturating_add(absent.days), absent.again_days.max(1));
            let away = tomorrow.saturating_sub(first).max(0);
            let rounds = away / again + i32::from(away % again > 0);
            first.saturating_add(again.saturating_mul(rounds))
        });
        birthday.into_iter().chain(missed).min().unwrap_or(i32::MAX)
    }
}

/// A message that a day asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Due {
    /// What for.
    pub kind: Kind,
    /// For which occasion; made once.
    pub subject: String,
    /// Whose text is looked for first: a holiday's or a season's word; empty for any.
    pub occasion: String,
}

impl Day {
    /// A day, by the shop's calendar and the settings.
    #[must_use]
    pub fn of(settings: &Settings, day: i32) -> Self {
        let greeted = holidays(day).into_iter().filter(|holiday| settings.greets_on(*holiday));
        let begun = (0..settings.season.within_days.max(1)).map(|back| day - back);
        let mut begun = begun.filter(|day| season(*day) != season(*day - 1));
        let season = begun.next().map(|first| (season(first).word(), first));
        Self { day, holidays: greeted.collect(), season }
    }
}

/// What is due for her today, what goes first at the front.
#[must_use]
pub fn due(settings: &Settings, day: &Day, seen: &Seen) -> Vec<Due> {
    let today = day.day;
    let made = |kind, subject: String, occasion: &str| Due {
        kind,
        subject,
        occasion: occasion.to_owned(),
    };
    let mut all = Vec::new();
    if let Some(birthday) = seen.birthday.filter(|birthday| birthday.falls_on(today)) {
        all.push(made(Kind::Birthday, year_of(birthday, today).to_string(), ""));
    }
    if seen.in_the_rain {
        all.push(made(Kind::Rain, today.to_string(), ""));
    }
    // Two holidays on one day are one message.
    if let Some(holiday) = day.holidays.first() {
        all.push(made(Kind::Holiday, format!("{}:{today}", holiday.word()), holiday.word()));
    }
    if let Some((word, first)) = day.season {
        all.push(made(Kind::Season, format!("{word}:{first}"), word));
    }
    let absent = settings.long_absent;
    if let Some(last) = seen.last_day
        && today - last >= absent.days
    {
        let round = (today - last - absent.days) / absent.again_days.max(1);
        all.push(made(Kind::LongAbsent, format!("{last}:{round}"), ""));
    }
    all
}

/// The year of a birthday in its own calendar: a lunar one may come twice in a solar year.
fn year_of(birthday: Birthday, today: i32) -> i32 {
    let lunar = birthday.lunar.then(|| Lunar::of(today)).flatten();
    lunar.map_or(Date::of(today).year, |lunar| lunar.year)
}

/// `05-20` or `lunar 08-15`, as an answer of hers says it.
#[must_use]
pub fn birthday(told: &str) -> Option<Birthday> {
    let (lunar, date) = match told.strip_prefix("lunar ") {
        Some(date) => (true, date),
        None => (false, told),
    };
    let (month, day) = date.split_once('-')?;
    Birthday::new(month.parse().ok()?, day.parse().ok()?, lunar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(year: i32, month: u8, day: u8) -> i32 {
        Date { year, month, day }.day().unwrap()
    }

    fn kinds(day: i32, seen: Seen) -> Vec<(Kind, String)> {
        let settings = Settings::shipped();
        let due = due(&settings, &Day::of(&settings, day), &seen);
        due.into_iter().map(|due| (due.kind, due.subject)).collect()
    }

    fn born(text: &str) -> Seen {
        Seen { birthday: birthday(text), ..Seen::default() }
    }

    #[test]
    fn s38_a_birthday_is_on_its_day_29_february_on_the_28th_and_a_lunar_one_by_the_moon() {
        assert_eq!(kinds(on(2026, 5, 20), born("05-20")), [(Kind::Birthday, "2026".into())]);
        assert_eq!(kinds(on(2026, 5, 19), born("05-20")), []);
        assert_eq!(kinds(on(2026, 2, 28), born("02-29")), [(Kind::Birthday, "2026".into())]);
        assert_eq!(kinds(on(2028, 2, 28), born("02-29")), [], "a leap year has her day");
        assert_eq!(kinds(on(2028, 2, 29), born("02-29")), [(Kind::Birthday, "2028".into())]);
        // The fifteenth of the eighth month: Mid-Autumn, 25 September 2026.
        let both = kinds(on(2026, 9, 25), born("lunar 08-15"));
        assert_eq!(both[0], (Kind::Birthday, "2026".into()), "the birthday goes first");
        assert_eq!(both[1].0, Kind::Holiday);
    }

    #[test]
    fn s37_holidays_are_those_of_the_settings_and_two_on_one_day_are_one() {
        assert_eq!(kinds(on(2026, 10, 1), Seen::default())[0].0, Kind::Holiday);
        assert_eq!(
            kinds(on(2026, 12, 25), Seen::default()),
            [],
            "not among those that are greeted"
        );
        // In 2020 Mid-Autumn fell on National Day.
        let both = kinds(on(2020, 10, 1), Seen::default());
        assert_eq!(both, [(Kind::Holiday, format!("mid_autumn:{}", on(2020, 10, 1)))]);
    }

    #[test]
    fn s39_a_season_is_greeted_in_its_first_days_under_one_name() {
        let first = (on(2026, 11, 1)..on(2026, 11, 20)).find(|day| season(*day) != season(day - 1));
        let first = first.unwrap();
        let subject = format!("winter:{first}");
        for day in first..first + 3 {
            assert_eq!(kinds(day, Seen::default()), [(Kind::Season, subject.clone())]);
        }
        assert_eq!(kinds(first - 1, Seen::default()), []);
        assert_eq!(kinds(first + 3, Seen::default()), []);
    }

    #[test]
    fn s40_who_is_away_for_long_is_missed_at_its_own_interval() {
        let today = on(2026, 6, 10);
        let away = |days| kinds(today, Seen { last_day: Some(today - days), ..Seen::default() });
        assert_eq!(away(119), []);
        assert_eq!(away(120), [(Kind::LongAbsent, format!("{}:0", today - 120))]);
        assert_eq!(away(299)[0].1, format!("{}:0", today - 299));
        assert_eq!(away(300)[0].1, format!("{}:1", today - 300), "and again");
        assert_eq!(kinds(today, Seen::default()), [], "who never bought is not missed");
    }

    /// Whatever `due` says of a person alone, it says for the first time on the day that was foretold.
    #[test]
    fn s38_s40_the_next_day_on_which_something_of_hers_is_due_is_foretold() {
        let settings = Settings::over("[holidays]\non = []\n").unwrap();
        let hers = |day: i32, seen: &Seen| {
            let day = Day { season: None, ..Day::of(&settings, day) };
            due(&settings, &day, seen).into_iter().map(|due| due.subject).collect::<Vec<_>>()
        };
        let first = on(2026, 2, 1);
        for text in ["02-29", "12-31", "lunar 08-15", "lunar 06-30"] {
            for bought in [None, Some(first - 400), Some(first - 119), Some(first)] {
                let seen = Seen { birthday: birthday(text), last_day: bought, ..Seen::default() };
                let mut today = first;
                for _ in 0..6 {
                    let next = seen.next_day(&settings, today);
                    let before = hers(today, &seen);
                    let new = |day: &i32| hers(*day, &seen).iter().any(|of| !before.contains(of));
                    let found = (today + 1..today + 800).find(new);
                    assert_eq!(Some(next), found, "{text}, {bought:?}, from {today}");
                    today = next;
                }
            }
        }
    }

    #[test]
    fn s34_rain_is_of_the_day_on_which_she_came() {
        let today = on(2026, 6, 10);
        let wet = Seen { in_the_rain: true, last_day: Some(today), ..Seen::default() };
        assert_eq!(kinds(today, wet), [(Kind::Rain, today.to_string())]);
    }
}
