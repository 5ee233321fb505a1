//! The page itself: one HTML file with its words in the shop's language.
//!
//! `{{zh|en}}` in the file is a word in both languages; `{{consent}}` and the like are filled in.
//!
//! Not here: what it shows (`agent::State`, fetched by its script).

use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::Desk;
use crate::agent::{CONSENT_TEXT, lock};
use crate::config::Language;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page/page.css");
const WORDS: &str = include_str!("page/words.js");
const SCRIPT: &str = concat!(
    include_str!("page/script.js"),
    include_str!("page/tasks.js"),
    include_str!("page/papers.js")
);

/// What a page was asked for with.
#[derive(Deserialize)]
pub(crate) struct Asked {
    lang: Option<String>,
}

impl Asked {
    /// The language that was asked for, else the configured one.
    pub(crate) fn language(&self, configured: Language) -> Language {
        match self.lang.as_deref() {
            Some("en") => Language::English,
            Some("zh" | "zh-CN") => Language::Chinese,
            _ => configured,
        }
    }
}

pub(super) async fn page(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Html<String> {
    let configured = lock(&desk.agent).config().language;
    Html(rendered(&whole(), asked.language(configured)))
}

/// The page with its style and scripts in it: one answer, nothing to fetch.
fn whole() -> String {
    PAGE.replace("{{style}}", STYLE).replace("{{words}}", WORDS).replace("{{script}}", SCRIPT)
}

/// A page in one language.
pub(crate) fn rendered(page: &str, language: Language) -> String {
    let (mut out, mut rest) = (String::with_capacity(page.len()), page);
    while let Some((before, after)) = rest.split_once("{{") {
        let (word, next) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(match word.split_once('|') {
            Some((chinese, english)) => language.pick(chinese, english),
            None => match word {
                "lang" => language.pick("zh-CN", "en"),
                "consent-version" => CONSENT_TEXT,
                _ => "",
            },
        });
        rest = next;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_left_in_the_other_language() {
        let chinese = rendered(&whole(), Language::Chinese);
        let english = rendered(&whole(), Language::English);
        assert!(!chinese.contains("{{") && !english.contains("{{"));
        assert!(chinese.contains("谢绝") && !chinese.contains("Refused"));
        let stray: String =
            english.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
        assert_eq!(stray, "", "Chinese on the English page");
    }
}
