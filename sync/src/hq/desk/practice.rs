//! The practice, rule by rule: what each is, whether it is done, where, and which test proves it.
//!
//! # Invariants
//!
//! - Nothing is claimed without a test that names it; what is not done is shown as open.
//!
//! Not here: the rules' numbers and words (`rules`).

const TABLE: &str = include_str!("practice.txt");

/// One rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Practice {
    /// `S44`.
    pub id: &'static str,
    /// `●` the software runs it, `○` it supports it, `·` outside.
    pub fit: &'static str,
    /// What it asks for.
    pub what: &'static str,
    /// The files that do it, separated by `, `; none while it is open.
    pub place: Option<&'static str>,
    /// `file::name` of the tests that prove it, each for a part of it, separated by `, `.
    pub test: Option<&'static str>,
}

impl Practice {
    /// `done`, `open`, or `outside`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.place, self.fit.as_bytes()) {
            (Some(_), _) => "done",
            (None, [0xC2, 0xB7]) => "outside", // ·
            (None, _) => "open",
        }
    }
}

/// All of them, in order.
#[must_use]
pub fn all() -> Vec<Practice> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(read).collect()
}

fn read(line: &'static str) -> Option<Practice> {
    let mut parts = line.split(" | ").map(str::trim);
    let mut part = || parts.next();
    Some(Practice { id: part()?, fit: part()?, what: part()?, place: part(), test: part() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_rule_from_the_first_to_the_last_is_there_once() {
        let ids: Vec<String> = all().iter().map(|of| of.id.to_owned()).collect();
        let expected: Vec<String> = (1..=130).map(|id| format!("S{id}")).collect();
        assert_eq!(ids, expected);
        for of in all() {
            assert!(["●", "○", "·"].contains(&of.fit), "{}", of.id);
            assert_eq!(of.place.is_some(), of.test.is_some(), "{} is half a claim", of.id);
        }
    }

    /// The source of a test with what is written above it.
    fn source<'a>(text: &'a str, name: &str) -> Option<&'a str> {
        let at = text.find(&format!("fn {name}("))?;
        let start = text[..at].rfind("\n\n").map_or(0, |start| start + 2);
        let end = text[at..].find("\n\n").map_or(text.len(), |end| at + end);
        // A blank line within the test does not end it: the next one begins with an attribute.
        let end = text[end..].find("#[test]").map_or(text.len(), |next| end + next);
        Some(&text[start..end])
    }

    fn names(source: &str, id: &str) -> bool {
        let word = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == id);
        let small = id.to_lowercase();
        let name = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .any(|word| word.split('_').any(|part| part == small))
        };
        word(source) || name(source)
    }

    #[test]
    fn every_claim_has_its_file_and_a_test_that_names_the_rule() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        if !root.join("sync/src").exists() {
            return; // the sources of the other crate are elsewhere: there is nothing to compare with
        }
        let mut wrong = Vec::new();
        for of in all() {
            let (Some(places), Some(tests)) = (of.place, of.test) else { continue };
            let missing = places.split(", ").filter(|place| !root.join(place).exists());
            wrong.extend(missing.map(|place| format!("{}: no {place}", of.id)));
            for test in tests.split(", ") {
                let (file, name) = test.split_once("::").unwrap_or((test, ""));
                let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
                match source(&text, name) {
                    None => wrong.push(format!("{}: no test {test}", of.id)),
                    Some(source) if !names(source, of.id) => {
                        wrong.push(format!("{}: {test} does not name it", of.id));
                    }
                    Some(_) => {}
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_rule_is_named_as_a_whole_word_only() {
        assert!(names("// S44, and more", "S44") && names("fn s44_a_sale()", "S44"));
        assert!(!names("S440 s445_x xS44", "S44"));
    }
}
