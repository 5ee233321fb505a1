//! Who has which digits: this store's numbers in memory, found by their end or their beginning.
//!
//! ```text
//! ends:  numbers read backwards, sorted   1234… ─▶ one range      8 bytes a customer
//! rows, days: beside them                 which row, last visit   6 bytes
//! begins: places in `ends`, sorted by the number read forwards    4 bytes
//! ```
//!
//! # Invariants
//!
//! - Lives in memory only: nothing that is derived from a few digits is on disk.
//! - It may name rows that are gone or are another's by now: who opens them looks again.
//!
//! Not here: opening files (the parent module).

use sync::phone::Phone;

/// As many digits as a number can have (E.164).
const DIGITS: u32 = 15;
/// Newcomers are kept apart until there are so many.
const FRESH_MAX: usize = 2_048;

/// A customer in the directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Entry {
    /// Her number backwards, filled up with zeros.
    end: u64,
    row: u32,
    day: u16,
}

/// All numbers of this store.
#[derive(Debug, Default)]
pub struct Directory {
    ends: Vec<u64>,
    rows: Vec<u32>,
    days: Vec<u16>,
    begins: Vec<u32>,
    fresh: Vec<Entry>,
    complete: bool,
}

impl Directory {
    /// Makes it of all customers: number, row, day of the last visit.
    #[must_use]
    pub fn of(customers: impl Iterator<Item = (u64, i64, Option<i32>)>) -> Self {
        let entry = |(end, row, day): (u64, i64, Option<i32>)| {
            Some(Entry { end, row: u32::try_from(row).ok()?, day: short(day) })
        };
        let mut directory = Self { complete: true, ..Self::default() };
        directory.rebuild(customers.filter_map(entry).collect());
        directory
    }

    /// Whether all are in it; until then only those who were met since the start are.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len() + self.fresh.len()
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a customer, or what is new about one.
    pub fn add(&mut self, phone: &Phone, row: i64, day: Option<i32>) {
        let Ok(row) = u32::try_from(row) else { return };
        let entry = Entry { end: backwards(phone.clear()), row, day: short(day) };
        self.fresh.retain(|known| known.row != row);
        if let Some(at) = self.place(&entry) {
            self.days[at] = entry.day;
            return;
        }
        self.fresh.push(entry);
        if self.fresh.len() > FRESH_MAX {
            let all = self.entries();
            self.rebuild(all);
        }
    }

    /// Takes in what was met while the whole was being read.
    pub fn absorb(&mut self, other: &Self) {
        self.fresh.extend(&other.fresh);
    }

    /// Rows of those whose number ends in `digits`, the last visit first, then of those whose number
    /// begins with them; at most `max`.
    #[must_use]
    pub fn find(&self, digits: &str, max: usize) -> Vec<i64> {
        let mut found = self.newest(self.ending(digits), max);
        if found.len() < max {
            let begin = self.newest(self.beginning(digits), max);
            found.extend(begin.into_iter().filter(|row| !found.contains(row)).collect::<Vec<_>>());
        }
        found.truncate(max);
        found
    }

    /// Rows of all whose number ends in `digits`, at most `max`.
    #[must_use]
    pub fn find_ending(&self, digits: &str, max: usize) -> Vec<i64> {
        self.newest(self.ending(digits), max)
    }

    fn ending(&self, digits: &str) -> impl Iterator<Item = Entry> + '_ {
        let (from, to) = range(backwards(digits), digits.len());
        let first = self.ends.partition_point(|end| *end < from);
        let last = self.ends.partition_point(|end| *end < to);
        let fresh = self.fresh.iter().copied().filter(move |e| (from..to).contains(&e.end));
        (first..last.max(first)).map(|at| self.entry(at)).chain(fresh)
    }

    fn beginning(&self, digits: &str) -> impl Iterator<Item = Entry> + '_ {
        let (from, to) = range(forwards(digits), digits.len());
        let of = |at: &u32| turned(self.ends[*at as usize]);
        let first = self.begins.partition_point(|at| of(at) < from);
        let last = self.begins.partition_point(|at| of(at) < to);
        let places = self.begins[first..last.max(first)].iter();
        let fresh = self.fresh.iter().copied();
        let fresh = fresh.filter(move |entry| (from..to).contains(&turned(entry.end)));
        places.map(|at| self.entry(*at as usize)).chain(fresh)
    }

    /// The rows of the last visits, newest first.
    fn newest(&self, entries: impl Iterator<Item = Entry>, max: usize) -> Vec<i64> {
        let mut best: Vec<Entry> = Vec::with_capacity(max + 1);
        for entry in entries {
            if best.len() == max && best.last().is_some_and(|least| least.day >= entry.day) {
                continue;
            }
            let at = best.partition_point(|known| known.day >= entry.day);
            best.insert(at, entry);
            best.truncate(max);
        }
        best.into_iter().map(|entry| i64::from(entry.row)).collect()
    }

    fn entry(&self, at: usize) -> Entry {
        Entry { end: self.ends[at], row: self.rows[at], day: self.days[at] }
    }

    /// Where the same number and row stand already.
    fn place(&self, entry: &Entry) -> Option<usize> {
        let first = self.ends.partition_point(|end| *end < entry.end);
        let same = self.ends[first..].iter().take_while(|end| **end == entry.end).count();
        (first..first + same).find(|at| self.rows[*at] == entry.row)
    }

    fn entries(&self) -> Vec<Entry> {
        (0..self.ends.len()).map(|at| self.entry(at)).chain(self.fresh.iter().copied()).collect()
    }

    fn rebuild(&mut self, mut entries: Vec<Entry>) {
        entries.sort_unstable_by_key(|entry| (entry.end, entry.row));
        self.ends = entries.iter().map(|entry| entry.end).collect();
        self.rows = entries.iter().map(|entry| entry.row).collect();
        self.days = entries.iter().map(|entry| entry.day).collect();
        self.fresh = Vec::new();
        let count = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.begins = (0..count).collect();
        let ends = &self.ends;
        self.begins.sort_unstable_by_key(|at| turned(ends[*at as usize]));
    }
}

fn short(day: Option<i32>) -> u16 {
    u16::try_from(day.unwrap_or_default().max(0)).unwrap_or(u16::MAX)
}

fn digit_values(digits: &str) -> impl DoubleEndedIterator<Item = u64> {
    digits.bytes().filter(u8::is_ascii_digit).map(|digit| u64::from(digit - b'0'))
}

/// The digits as a number of fifteen, filled up with zeros behind.
fn forwards(digits: &str) -> u64 {
    padded(digit_values(digits), digits.len())
}

/// The same, read from the end.
pub(super) fn backwards(digits: &str) -> u64 {
    padded(digit_values(digits).rev(), digits.len())
}

fn padded(digits: impl Iterator<Item = u64>, len: usize) -> u64 {
    let value = digits.fold(0, |value, digit| value * 10 + digit);
    value * 10_u64.pow(DIGITS.saturating_sub(u32::try_from(len).unwrap_or(DIGITS)))
}

/// A number read backwards, read forwards again: its zeros behind are dropped, since they are what
/// it was filled up with, and it is filled up anew. A number's own zeros in front go with them: who
/// opens the row looks again.
fn turned(end: u64) -> u64 {
    let (mut rest, mut len, mut value) = (end, DIGITS, 0);
    while rest != 0 && rest % 10 == 0 {
        rest /= 10;
        len -= 1;
    }
    for _ in 0..len {
        value = value * 10 + rest % 10;
        rest /= 10;
    }
    value * 10_u64.pow(DIGITS - len)
}

/// All numbers of fifteen digits that begin as `from` does in its first `len`.
fn range(from: u64, len: usize) -> (u64, u64) {
    let len = u32::try_from(len).unwrap_or(DIGITS).min(DIGITS);
    (from, from + 10_u64.pow(DIGITS - len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn directory(numbers: &[(&str, i32)]) -> Directory {
        let each = numbers.iter().zip(1..);
        Directory::of(each.map(|((number, day), row)| (backwards(number), row, Some(*day))))
    }

    #[test]
    fn last_four_digits_find_the_last_visits_first() {
        let all = directory(&[
            ("13900001234", 100),
            ("13800001234", 300),
            ("13700001234", 200),
            ("13600009999", 400),
        ]);
        assert_eq!(all.find("1234", 5), [2, 3, 1]);
        assert_eq!(all.find("1234", 2), [2, 3]);
        assert_eq!(all.find("01234", 5), [2, 3, 1]);
        assert_eq!(all.find("1390", 5), [1], "a number can be typed from its beginning");
        assert_eq!(all.find("13900001234", 5), [1]);
        assert!(all.find("5678", 5).is_empty());
    }

    #[test]
    fn who_was_met_since_is_found_too_and_is_there_once() {
        let mut all = directory(&[("13900001234", 100)]);
        let phone = Phone::parse("13800001234").unwrap();
        all.add(&phone, 9, Some(300));
        all.add(&phone, 9, Some(301));
        assert_eq!((all.find("1234", 5), all.len()), (vec![9, 1], 2));
        all.add(&Phone::parse("13900001234").unwrap(), 1, Some(400));
        assert_eq!((all.find("1234", 5), all.len()), (vec![1, 9], 2), "her visit today");
    }

    proptest! {
        /// Whatever the numbers, exactly those are found that end in or begin with the digits.
        #[test]
        fn it_finds_what_plain_looking_finds(
            numbers in vec("[1-9][0-9]{5,14}", 0..60),
            later in vec("[1-9][0-9]{5,14}", 0..20),
            typed in "[0-9]{2,11}",
        ) {
            let mut all = directory(&numbers.iter().map(|n| (n.as_str(), 7)).collect::<Vec<_>>());
            for (number, row) in later.iter().zip(1_000..) {
                all.add(&Phone::parse(&format!("+{number}")).unwrap(), row, Some(8));
            }
            let rows = numbers.iter().zip(1..).chain(later.iter().zip(1_000..));
            let mut plain: Vec<i64> = rows
                .filter(|(number, row)| {
                    let phone = Phone::parse(&format!("+{number}")).unwrap();
                    let number = if *row >= 1_000 { phone.clear() } else { number.as_str() };
                    // Zeros that a number is filled up with may stand for its own.
                    let ends = number.ends_with(&typed)
                        || number.len() < typed.len() && typed.ends_with(number)
                            && typed[..typed.len() - number.len()].bytes().all(|b| b == b'0');
                    let filled = format!("{number:0<15}");
                    ends || filled.starts_with(&typed)
                })
                .map(|(_, row)| row)
                .collect();
            let mut found = all.find(&typed, 500);
            plain.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, plain);
        }
    }
}
