//! Five signs of loyalty, four of which a database can see (S100).
//!
//! ```text
//! comes again · says what could be better · buys other kinds of goods · brings others      0 to 4
//! turns rivals down: nobody prints that; it is a note in her file and counts for nothing here
//! ```
//!
//! Not here: what loyalty is worth.

use super::rules::FigureRules;
use crate::care_list::CustomerId;
use crate::language::Language;
use rusqlite::{Connection, params};

const HERS: &str = "(SELECT id FROM customer WHERE id = ?1 OR root = ?1)";

/// Which signs she shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Signs {
    /// Bought on so many days as the rules ask.
    pub repeats: bool,
    /// Suggested or wished for something.
    pub suggests: bool,
    /// Bought of so many kinds of goods as the rules ask.
    pub variety: bool,
    /// Brought somebody.
    pub recommends: bool,
}

impl Signs {
    /// From counts.
    #[must_use]
    pub fn of(
        rules: &FigureRules,
        visits: usize,
        categories: u32,
        suggests: bool,
        recommends: bool,
    ) -> Self {
        Self {
            repeats: visits >= rules.loyalty.repeats,
            suggests,
            variety: categories >= rules.loyalty.categories,
            recommends,
        }
    }

    /// 0 to 4.
    #[must_use]
    pub fn score(self) -> u8 {
        self.bits().count_ones() as u8
    }

    pub(super) fn bits(self) -> u8 {
        let Self { repeats, suggests, variety, recommends } = self;
        [repeats, suggests, variety, recommends]
            .into_iter()
            .enumerate()
            .fold(0, |bits, (at, is)| bits | u8::from(is) << at)
    }

    pub(in crate::hq) fn from_bits(bits: u8) -> Self {
        let has = |at: u8| bits >> at & 1 == 1;
        Self { repeats: has(0), suggests: has(1), variety: has(2), recommends: has(3) }
    }

    /// Which, in words.
    #[must_use]
    pub fn words(self, language: Language) -> String {
        let all = [
            (self.repeats, language.of("常来", "comes again")),
            (self.suggests, language.of("提建议", "suggests")),
            (self.variety, language.of("买多类", "buys variety")),
            (self.recommends, language.of("介绍朋友", "brings others")),
        ];
        let shown: Vec<&str> =
            all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
        shown.join(language.of("、", ", "))
    }
}

/// Of how many kinds of goods she bought, counted up to `most`: by category where the style is listed,
/// else by its name.
pub(super) fn categories(db: &Connection, root: &CustomerId, most: u32) -> rusqlite::Result<u32> {
    db.prepare_cached(&format!(
        "SELECT count(*) FROM (
             SELECT DISTINCT coalesce((SELECT category FROM import_style y
                 WHERE y.code = i.style AND y.category IS NOT NULL LIMIT 1), i.name)
             FROM sale s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
             WHERE s.customer IN {HERS} AND s.counts AND s.kind = 'sale' LIMIT ?2)"
    ))?
    .query_row(params![root, most], |row| row.get(0))
}

/// Whether she ever suggested or wished for something.
pub(super) fn suggested(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM feedback
                        WHERE customer IN {HERS} AND kind IN ('suggestion', 'wish'))"
    ))?
    .query_row([root], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s100_four_signs_are_counted_and_the_fifth_is_a_note() {
        let rules = FigureRules::shipped();
        let none = Signs::of(&rules, 2, 2, false, false);
        assert_eq!((none.score(), none.words(Language::En).as_str()), (0, ""));
        let all = Signs::of(&rules, 3, 3, true, true);
        assert_eq!(all.score(), 4);
        let some = Signs::of(&rules, 9, 1, false, true);
        assert_eq!((some.score(), Signs::from_bits(some.bits())), (2, some));
        assert_eq!(some.words(Language::Zh), "常来、介绍朋友");
    }
}
