//! A rule's line: words with `{placeholders}`.
//!
//! Not here: what a placeholder stands for today (`values`).

use core::fmt;

/// What a line can name, and nothing else: there is none for what paper must not know, such as her
/// number, what she has spent, or what she told us in talking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placeholder {
    /// Surname and title, or a polite word.
    Name,
    /// Her tier.
    Tier,
    /// Until when, in words.
    TierUntil,
    /// What her tier brings, if that is short and sells nothing.
    TierBrings,
    /// The tier above.
    NextTier,
    /// What is missing to it; only if she agreed to read it on paper.
    Gap,
    /// What she bought last, before this sale.
    LastItem,
    /// Who serves her.
    Associate,
    /// That person's telephone.
    AssociatePhone,
    /// The shop's name.
    Store,
    /// The shop's telephone.
    StorePhone,
    /// The company's.
    ServicePhone,
    /// The local consumers' complaint number.
    ComplaintPhone,
    /// What was bought, in the words of the advice.
    CareTitle,
    /// Washing and storage, one row for each line of it.
    CareLines,
    /// The same in one row for each thing bought.
    CareShort,
    /// Today's holiday.
    Holiday,
    /// Which wording of the consent she was told.
    Consent,
}

use Placeholder as P;

/// Every placeholder by its word.
pub const PLACEHOLDERS: [(&str, Placeholder); 18] = [
    ("name", P::Name),
    ("tier", P::Tier),
    ("tier_until", P::TierUntil),
    ("tier_brings", P::TierBrings),
    ("next_tier", P::NextTier),
    ("gap", P::Gap),
    ("last_item", P::LastItem),
    ("associate", P::Associate),
    ("associate_phone", P::AssociatePhone),
    ("store", P::Store),
    ("store_phone", P::StorePhone),
    ("service_phone", P::ServicePhone),
    ("complaint_phone", P::ComplaintPhone),
    ("care_title", P::CareTitle),
    ("care_lines", P::CareLines),
    ("care_short", P::CareShort),
    ("holiday", P::Holiday),
    ("consent", P::Consent),
];

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Words(String),
    Value(Placeholder),
}

/// A line of a rule.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Line(Vec<Piece>);

/// Why a line is none.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LineError {
    /// A brace without its partner.
    #[error("a {{ without its }} in «{0}»")]
    Brace(String),
    /// A word in braces that stands for nothing.
    #[error("{{{word}}} is no placeholder; allowed: {allowed}")]
    Unknown {
        /// It.
        word: String,
        /// All there are.
        allowed: String,
    },
    /// A character that no paper takes.
    #[error("«{0}» holds a control or an invisible character")]
    Odd(String),
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// [`LineError`], with what is allowed.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        if !text.chars().all(super::who::is_plain) {
            return Err(LineError::Odd(text.chars().filter(|c| !c.is_control()).collect()));
        }
        let brace = || LineError::Brace(text.to_owned());
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((words, after)) = rest.split_once('{') {
            let (word, after) = after.split_once('}').ok_or_else(brace)?;
            pieces.push(Piece::Words(words.to_owned()));
            pieces.push(Piece::Value(placeholder(word)?));
            rest = after;
        }
        if rest.contains('}') {
            return Err(brace());
        }
        pieces.push(Piece::Words(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Words(words) if words.is_empty()));
        Ok(Self(pieces))
    }

    /// What it names.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Value(value) => Some(*value),
            Piece::Words(_) => None,
        })
    }

    /// Its words with what `value` has for each placeholder and `spell` makes of the words; `None`
    /// where a value is missing.
    pub fn filled(
        &self,
        spell: impl Fn(&str) -> String,
        mut value: impl FnMut(Placeholder) -> Option<String>,
    ) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => text.push_str(&spell(words)),
                Piece::Value(placeholder) => text.push_str(&value(*placeholder)?),
            }
        }
        Some(text)
    }
}

fn placeholder(word: &str) -> Result<Placeholder, LineError> {
    let found = PLACEHOLDERS.iter().find(|(known, _)| *known == word);
    found.map(|(_, placeholder)| *placeholder).ok_or_else(|| {
        let all: Vec<String> = PLACEHOLDERS.iter().map(|(word, _)| format!("{{{word}}}")).collect();
        LineError::Unknown { word: word.to_owned(), allowed: all.join(" ") }
    })
}

impl fmt::Display for Line {
    /// As the file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => f.write_str(words)?,
                Piece::Value(value) => {
                    let word = PLACEHOLDERS.iter().find(|(_, known)| known == value);
                    write!(f, "{{{}}}", word.map_or("", |(word, _)| word))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_and_values() {
        let line = Line::parse("{name},谢谢您又来看{store}").unwrap();
        assert_eq!(line.to_string(), "{name},谢谢您又来看{store}");
        let value = |placeholder| (placeholder == Placeholder::Name).then(|| "李女士".to_owned());
        assert_eq!(line.filled(str::to_owned, value), None, "the store has no name");
        let value = |_| Some("我们".to_owned());
        assert_eq!(line.filled(str::to_owned, value).unwrap(), "我们,谢谢您又来看我们");
    }

    #[test]
    fn what_is_no_placeholder_is_named_with_all_that_are() {
        let said = |text: &str| Line::parse(text).unwrap_err().to_string();
        assert!(said("{phone}").starts_with("{phone} is no placeholder; allowed: {name} {tier}"));
        assert!(said("{name").contains("without its"), "{}", said("{name"));
        assert!(said("name}").contains("without its"));
        assert!(said("a\x1bi").contains("control"));
        assert!(said("a\u{202E}").contains("invisible"));
    }
}
