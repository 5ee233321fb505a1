//! Whom a till's masked number can mean: `138****6721`, and what it prints as her name.
//!
//! Not here: who decides among several (the cashier).

use rusqlite::Connection;
use sync::event::Name;

use super::{Customer, CustomersError, Directory, Memory};

/// Digits at the end of a number that people remember.
const ENDING: usize = 4;
/// Digits that a masked number must show at its beginning.
const BEGIN_MIN: usize = 3;
/// Customers of one ending that are looked at; a cashier can choose among few.
const LIKE_MAX: usize = 200;

/// Whether a name that a till prints can be hers: `李女士`, `李*`, but not `李先生` nor `王女士`.
fn is_her(printed: &str, known: &Name) -> bool {
    const MEN: [&str; 3] = ["先生", "男", "Mr"];
    const WOMEN: [&str; 5] = ["女士", "小姐", "女", "Ms", "Mrs"];
    let says = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
    let other = says(&MEN, printed) && says(&WOMEN, &known.title)
        || says(&WOMEN, printed) && says(&MEN, &known.title);
    !known.surname.is_empty() && printed.starts_with(&known.surname) && !other
}

/// Whether a name that a till prints is all that we know of hers: a surname and a title.
#[must_use]
pub fn is_whole_name(printed: &str, known: &Name) -> bool {
    printed.strip_prefix(known.surname.as_str()) == Some(known.title.as_str())
}

impl Memory<'_> {
    /// Everybody whom a till's masked number can mean.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn like(
        &self,
        connection: &Connection,
        directory: &Directory,
        masked: &str,
        name: Option<&str>,
    ) -> Result<Vec<Customer>, CustomersError> {
        let shown = |symbol: &char| symbol.is_ascii_digit();
        let begin: String = masked.chars().take_while(shown).collect();
        let end: usize = masked.chars().rev().take_while(shown).count();
        if begin.len() < BEGIN_MIN || end < ENDING || !masked.is_ascii() {
            return Ok(Vec::new());
        }
        let ending = &masked[masked.len() - end..];
        let mut found: Vec<Customer> = Vec::new();
        for row in directory.find_ending(ending, LIKE_MAX) {
            match self.at(connection, row) {
                Ok(customer) => found.extend(customer),
                Err(CustomersError::Damaged) => {} // one bad row hides nobody else
                Err(error) => return Err(error),
            }
        }
        found.retain(|customer| {
            let phone = customer.phone.clear();
            let named = match (name, &customer.name) {
                (Some(printed), Some(known)) => is_her(printed, known),
                (Some(_), None) => false,
                (None, _) => true,
            };
            phone.len() == masked.len()
                && phone.starts_with(&begin)
                && phone.ends_with(ending)
                && named
        });
        found.dedup_by(|one, other| one.phone == other.phone);
        Ok(found)
    }
}
