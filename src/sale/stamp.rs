//! Dates and times, as printed and as ISO 8601.
//!
//! ```text
//! 2026-11-21   2024.06.26   20241121   23/06/2024   29JAN'15   Feb 24, 2019   2024年3月4日
//! 15:42:07     7:36 PM      9.38PM     11:46a
//! ```
//!
//! Not here: which clock to believe; a printed time is evidence, not truth.

/// A date with its place on the row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    /// Its characters on the row.
    pub(crate) place: std::ops::Range<usize>,
    /// `YYYY-MM-DD`, or `HH:MM` in 24 hours.
    pub(crate) iso: String,
}

/// The first date on a folded row; `month_first` settles 06/07/2024.
pub(crate) fn date(row: &[char], month_first: bool) -> Option<Stamp> {
    let parts = parts(row);
    (0..parts.len()).find_map(|at| {
        let day = compact(row, &parts, at)
            .or_else(|| numeric(row, &parts, at, month_first))
            .or_else(|| named(row, &parts, at))
            .or_else(|| run_together(row, &parts, at))?;
        let (start, end, [year, month, day]) = day;
        let plausible = (1..=12).contains(&month) && (1..=31).contains(&day);
        let year = if year < 100 { year + 2000 } else { year };
        (plausible && (1990..=2099).contains(&year))
            .then(|| Stamp { place: start..end, iso: format!("{year:04}-{month:02}-{day:02}") })
    })
}

/// The first time of day on a folded row.
pub(crate) fn time(row: &[char]) -> Option<Stamp> {
    let parts = parts(row);
    (0..parts.len().saturating_sub(1)).find_map(|at| clock(row, &parts, at))
}

/// A run of digits or of letters.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: usize,
    end: usize,
    /// The digits' value, if it is digits.
    value: Option<u32>,
}

impl Part {
    const fn len(self) -> usize {
        self.end - self.start
    }
}

type Day = (usize, usize, [u32; 3]);

fn parts(row: &[char]) -> Vec<Part> {
    let mut found: Vec<Part> = Vec::new();
    for (at, symbol) in row.iter().enumerate() {
        let digit = symbol.is_ascii_digit();
        if !digit && !is_latin(*symbol) {
            continue;
        }
        match found.last_mut() {
            Some(part) if part.end == at && part.value.is_some() == digit => {
                part.end = at + 1;
                part.value = part
                    .value
                    .and_then(|value| value.checked_mul(10)?.checked_add(symbol.to_digit(10)?));
                if digit && part.value.is_none() {
                    part.value = Some(u32::MAX); // too long for a number, digits all the same
                }
            }
            _ if !digit && is_ordinal(&row[at..]) => {}
            _ if at > 0 && !digit && is_ordinal(&row[at - 1..]) => {}
            _ => found.push(Part { start: at, end: at + 1, value: symbol.to_digit(10) }),
        }
    }
    found
}

/// Letters of months' names.
fn is_latin(symbol: char) -> bool {
    symbol.is_ascii_alphabetic() || matches!(symbol, 'é' | 'è' | 'û' | 'ä' | 'É' | 'Û' | 'Ä')
}

/// `st`, `nd`, `rd`, `th` and `of`, which stand between the numbers of a spoken date.
fn is_ordinal(row: &[char]) -> bool {
    let word: String = row.iter().take_while(|sign| sign.is_ascii_alphabetic()).take(3).collect();
    matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "of")
}

/// What stands between two parts, spaces left out.
fn between(row: &[char], left: Part, right: Part) -> String {
    row[left.end..right.start].iter().filter(|symbol| **symbol != ' ').collect()
}

/// `20241121`, alone.
fn compact(row: &[char], parts: &[Part], at: usize) -> Option<Day> {
    let part = parts[at];
    let value = part.value?;
    let alone = part.start == 0 || !row[part.start - 1].is_alphanumeric();
    let binds = |at: Option<&char>| at.is_some_and(|symbol| matches!(symbol, '-' | '.' | '/'));
    let free = !binds(row.get(part.end))
        && alone
        && !binds(part.start.checked_sub(1).and_then(|at| row.get(at)));
    let whole = part.len() == 8 && (20_000_101..=20_991_231).contains(&value) && free;
    whole.then_some((part.start, part.end, [value / 10_000, value / 100 % 100, value % 100]))
}

/// Three numbers with signs between.
fn numeric(row: &[char], parts: &[Part], at: usize, month_first: bool) -> Option<Day> {
    let [a, b, c] = *parts.get(at..at + 3)? else { return None };
    let [x, y, z] = [a.value?, b.value?, c.value?];
    let (first, second) = (between(row, a, b), between(row, b, c));
    let signs = matches!(first.as_str(), "-" | "/" | "." | "年");
    let alike = first == second || (first == "年" && second == "月");
    let short = b.len() <= 2 && a.len() <= 4 && a.len().max(c.len()) >= 2;
    if !signs || !alike || !short || (a.start > 0 && row[a.start - 1].is_ascii_alphanumeric()) {
        return None;
    }
    // "4/4/20127:33AM": the hour has run into the year.
    let (c, z) = match (c.len(), row.get(c.end)) {
        (5..=6, Some(':')) if a.len() <= 2 => {
            (Part { end: c.start + 4, ..c }, z / 10_u32.pow(u32::try_from(c.len() - 4).ok()?))
        }
        _ => (c, z),
    };
    if c.len() > 4 {
        return None;
    }
    let end = c.end + usize::from(row.get(c.end) == Some(&'日'));
    let day = match () {
        () if a.len() == 4 && c.len() <= 2 => [x, y, z],
        () if c.len() == 3 || a.len() > 2 => return None,
        () if y > 12 || (month_first && x <= 12) => [z, x, y],
        () if c.len() == 2
            && (x > 31 || z <= 31 && x > 12 && y <= 12 && (19..=39).contains(&x) && z > 39) =>
        {
            [x, y, z]
        }
        () => [z, y, x],
    };
    Some((a.start, end, day))
}

/// Months by how they begin, in English, French, German, Spanish and Malay.
const MONTHS: [(&str, u32); 28] = [
    ("jan", 1),
    ("ene", 1),
    ("fev", 2),
    ("fév", 2),
    ("feb", 2),
    ("mrz", 3),
    ("mär", 3),
    ("mac", 3),
    ("mar", 3),
    ("avr", 4),
    ("abr", 4),
    ("apr", 4),
    ("mai", 5),
    ("mei", 5),
    ("may", 5),
    ("juin", 6),
    ("jun", 6),
    ("juil", 7),
    ("jul", 7),
    ("aug", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("okt", 10),
    ("oct", 10),
    ("nov", 11),
    ("dez", 12),
    ("dec", 12),
];

/// `29JAN'15`, `06 Apr 2015`, `Feb 24, 2019`.
fn named(row: &[char], parts: &[Part], at: usize) -> Option<Day> {
    let [a, b, c] = *parts.get(at..at + 3)? else { return None };
    let near = |left: Part, right: Part| {
        let signs = between(row, left, right);
        let spoken =
            matches!(signs.as_str(), "stof" | "ndof" | "rdof" | "thof" | "st" | "nd" | "rd" | "th");
        spoken || signs.chars().all(|sign| "-/.,'".contains(sign)) && right.start - left.end <= 3
    };
    if !near(a, b) || !near(b, c) {
        return None;
    }
    let year = c.value.filter(|_| matches!(c.len(), 2 | 4))?;
    let day = match (a.value, b.value) {
        (Some(day), None) => [year, month(row, b)?, day],
        (None, Some(day)) => [year, month(row, a)?, day],
        _ => return None,
    };
    Some((a.start, c.end, day))
}

/// `Aug262017`: day and year without a sign between.
fn run_together(row: &[char], parts: &[Part], at: usize) -> Option<Day> {
    let [a, b] = *parts.get(at..at + 2)? else { return None };
    let value = b.value.filter(|_| a.value.is_none() && a.end == b.start && b.len() == 6)?;
    Some((a.start, b.end, [value % 10_000, month(row, a)?, value / 10_000]))
}

fn month(row: &[char], part: Part) -> Option<u32> {
    let word: String =
        row[part.start..part.end].iter().flat_map(|symbol| symbol.to_lowercase()).collect();
    MONTHS.iter().find(|(begin, _)| word.starts_with(begin)).map(|(_, month)| *month)
}

/// Hours and minutes, with seconds and AM or PM if they are there.
fn clock(row: &[char], parts: &[Part], at: usize) -> Option<Stamp> {
    let (hours, minutes) = (parts[at], parts[at + 1]);
    let (hour, minute) = (hours.value?, minutes.value?);
    let sign = between(row, hours, minutes);
    let mut end = minutes.end;
    let mut next = at + 2;
    if let Some(seconds) = parts.get(next)
        && seconds.value.is_some()
        && seconds.len() == 2
        && row[minutes.end..seconds.start].iter().collect::<String>() == ":"
    {
        end = seconds.end;
        next += 1;
    }
    let half =
        parts.get(next).filter(|part| part.start <= end + 1).and_then(|part| half(row, *part));
    let before = |back: usize| hours.start.checked_sub(back).map(|at| row[at]);
    let bound = matches!(before(1), Some(':' | '.' | '-' | '/'))
        && before(2).is_some_and(|sign| sign.is_ascii_digit());
    let alone = !bound && !before(1).is_some_and(|sign| sign.is_ascii_alphanumeric());
    let dotted = sign == "." && half.is_some();
    let shaped = (1..=2).contains(&hours.len()) && minutes.len() == 2 && alone;
    let glued = row[hours.end..minutes.start].len() <= 3;
    if !(shaped && glued && (sign == ":" || dotted || sign == "点")) || hour > 24 || minute > 59 {
        return None;
    }
    if half.is_some() {
        end = parts[next].end;
    }
    let hour = match half {
        Some('p') if hour < 12 => hour + 12,
        Some('a') if hour == 12 => 0,
        _ => hour % 24,
    };
    Some(Stamp { place: hours.start..end, iso: format!("{hour:02}:{minute:02}") })
}

fn half(row: &[char], part: Part) -> Option<char> {
    let word: String =
        row[part.start..part.end].iter().flat_map(|symbol| symbol.to_lowercase()).collect();
    matches!(word.as_str(), "a" | "am" | "p" | "pm").then(|| word.chars().next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::fold::folded;

    #[test]
    fn dates_are_read_as_markets_write_them() {
        for (text, iso) in [
            ("日期：2026-11-21 15:42", "2026-11-21"),
            ("2024.06.26 20:45", "2024-06-26"),
            ("單號 001500 23/06/2024 17:35", "2024-06-23"),
            ("29JAN'15 20:34", "2015-01-29"),
            ("Feb 24, 2019 03:22PM", "2019-02-24"),
            ("2024年3月4日", "2024-03-04"),
            ("07/18/08, 02:35PM", "2008-07-18"),
            ("酒店日期:2016-5-6", "2016-05-06"),
            ("Monday 6th of April 2015 02:56", "2015-04-06"),
            ("VEN 18AVR2014   21:35", "2014-04-18"),
            ("jeudi23juin2016", "2016-06-23"),
            ("Sat Aug262017  3:33PM", "2017-08-26"),
            ("4/4/20127:33AM", "2012-04-04"),
        ] {
            assert_eq!(date(&folded(text), false).unwrap().iso, iso, "{text}");
        }
        assert_eq!(date(&folded("132-336 3999"), false), None);
    }

    #[test]
    fn times_are_read_in_twelve_and_twenty_four_hours() {
        for (text, iso) in [
            ("15:42:07", "15:42"),
            ("7:36:12 PM", "19:36"),
            ("9.38PM", "21:38"),
            ("11:46a", "11:46"),
            ("시간:13:52", "13:52"),
        ] {
            assert_eq!(time(&folded(text)).unwrap().iso, iso, "{text}");
        }
        assert_eq!(time(&folded("9.38")), None);
    }
}
