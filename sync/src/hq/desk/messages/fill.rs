//! Placeholders: filled when a message leaves; one that stays empty keeps it back.
//!
//! Not here: who she is and who looks after her (`standing`).

/// What may stand in braces.
pub const PLACEHOLDERS: [&str; 4] = ["name", "title", "associate", "store"];

/// What goes into the braces of one message.
#[derive(Clone, Default)]
pub struct Filling {
    /// Her surname.
    pub name: Option<String>,
    /// How she is addressed.
    pub title: Option<String>,
    /// Who writes to her.
    pub associate: Option<String>,
    /// From which store.
    pub store: Option<String>,
}

impl Filling {
    fn of(&self, placeholder: &str) -> Option<&str> {
        let value = match placeholder {
            "name" => &self.name,
            "title" => &self.title,
            "associate" => &self.associate,
            "store" => &self.store,
            _ => return None,
        };
        value.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }
}

/// A part of a text.
enum Part<'a> {
    Words(&'a str),
    Brace(&'a str),
}

/// Words and what stands in braces; a brace without its other half is a placeholder nobody knows.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        parts.push(Part::Words(&rest[..at]));
        let open = rest.as_bytes()[at] == b'{';
        let inner = &rest[at + 1..];
        match inner.find('}').filter(|_| open) {
            Some(end) => {
                parts.push(Part::Brace(&inner[..end]));
                rest = &inner[end + 1..];
            }
            None => {
                parts.push(Part::Brace("}"));
                rest = inner;
            }
        }
    }
    parts.push(Part::Words(rest));
    parts
}

/// The text with its placeholders filled; none if one of them stays empty or is none of ours.
#[must_use]
pub fn fill(text: &str, filling: &Filling) -> Option<String> {
    let mut filled = String::with_capacity(text.len() + 16);
    for part in parts(text) {
        match part {
            Part::Words(words) => filled.push_str(words),
            Part::Brace(placeholder) => filled.push_str(filling.of(placeholder)?),
        }
    }
    Some(filled)
}

/// Placeholders of a text that are none of ours.
#[must_use]
pub fn unknown(text: &str) -> Vec<&str> {
    let braces = parts(text).into_iter().filter_map(|part| match part {
        Part::Brace(word) if !PLACEHOLDERS.contains(&word) => Some(word),
        _ => None,
    });
    braces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_an_empty_or_foreign_placeholder_is_no_text() {
        let li =
            Filling {
                name: Some("李".into()), title: Some("女士".into()), ..Filling::default()
            };
        assert_eq!(fill("{name}{title},天凉了", &li).as_deref(), Some("李女士,天凉了"));
        assert_eq!(fill("{name}{title},我是{associate}", &li), None, "nobody looks after her");
        assert_eq!(fill("{nmae}", &li), None);
        assert_eq!(fill("a } b { c", &li), None);
        let blank = Filling { name: Some("  ".into()), ..li.clone() };
        assert_eq!(fill("{name}", &blank), None, "blank is empty");
        assert_eq!(unknown("{nmae} {name} }"), ["nmae", "}"]);
        let braces = Filling { name: Some("{store}".into()), ..li };
        assert_eq!(fill("{name}", &braces).as_deref(), Some("{store}"), "filled once, not again");
    }
}
