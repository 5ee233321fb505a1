//! Judges a text before it is kept: the checker of care texts, and what each kind has to hold.
//!
//! # Invariants
//!
//! - Every objection names words: those that offend, or those that are missing.
//!
//! Not here: what sells or pries (`care_text`), who may overrule (`library`).

use super::fill::{self, Filling};
use super::kind::Kind;
use crate::care_text;
use crate::language::Language;

/// Longer than two SMS nobody reads.
const CHARS_MAX: usize = 300;
/// A birthday text wishes something (S38).
const WISHES: [&str; 12] = [
    "祝",
    "愿",
    "希望",
    "快乐",
    "如意",
    "安康",
    "wish",
    "happy",
    "hope",
    "may ",
    "joy",
    "all the best",
];
/// Marketing says how to end it.
const WAYS_OUT: [&str; 8] =
    ["退订", "回T", "拒收", "不再接收", "unsubscribe", "opt out", "reply stop", "text stop"];

/// Why a text is not kept as it is.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Objection {
    /// The words it is about.
    pub words: String,
    /// What to mend, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Objection {
    fn new(words: &str, zh: String, en: String) -> Self {
        Self { words: words.to_owned(), zh, en }
    }

    /// What to mend, in this language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        language.of(&self.zh, &self.en)
    }
}

/// What is wrong with a text of this kind; nothing, if it may be kept.
#[must_use]
pub fn judge(kind: Kind, language: Language, text: &str) -> Vec<Objection> {
    let mut all = shape(language, text);
    let sample = fill::fill(text, &sample(language)).unwrap_or_else(|| text.to_owned());
    if let Some(judged) = kind.judged_as() {
        all.extend(care_text::check(judged, &sample).iter().map(|finding| {
            Objection::new(&finding.words, finding.in_chinese(), finding.in_english())
        }));
    }
    all.extend(lacks(kind, text));
    all
}

/// Somebody to fill a text with, so that the checker reads a sentence.
fn sample(language: Language) -> Filling {
    let [name, title, associate, store] = match language {
        Language::Zh => ["李", "女士", "小陈", "湖滨店"],
        Language::En => ["Li", "Ms", "Chen", "the Lakeside shop"],
    }
    .map(|word| Some(word.to_owned()));
    Filling { name, title, associate, store }
}

fn shape(language: Language, text: &str) -> Vec<Objection> {
    let mut all: Vec<Objection> = fill::unknown(text)
        .into_iter()
        .map(|word| {
            let known = fill::PLACEHOLDERS.map(|known| format!("{{{known}}}")).join(" ");
            Objection::new(
                word,
                format!("「{word}」不是可填的空:只有 {known}"),
                format!("\"{word}\" is no placeholder: there are {known}"),
            )
        })
        .collect();
    let chars = text.chars().count();
    if chars > CHARS_MAX || text.trim().is_empty() {
        all.push(Objection::new(
            "",
            format!("要 1 到 {CHARS_MAX} 个字,这里 {chars} 个"),
            format!("a text has 1 to {CHARS_MAX} characters, this has {chars}"),
        ));
    }
    let chinese = text.chars().any(|symbol| ('\u{4E00}'..='\u{9FFF}').contains(&symbol));
    if chinese != (language == Language::Zh) && !text.trim().is_empty() {
        all.push(Objection::new(
            "",
            "语言不对:中文短信写中文,英文短信写英文".into(),
            "the wrong language: a Chinese text is in Chinese, an English one in English".into(),
        ));
    }
    all
}

/// What a text of this kind must hold and does not.
fn lacks(kind: Kind, text: &str) -> Option<Objection> {
    let text = text.to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| text.contains(&word.to_lowercase()));
    match kind {
        Kind::Birthday if !holds(&WISHES) => Some(Objection::new(
            "祝 / wish",
            "生日短信要有祝愿".into(),
            "a birthday text holds a wish".into(),
        )),
        Kind::Marketing if !holds(&WAYS_OUT) => Some(Objection::new(
            "退订 / unsubscribe",
            "营销短信要写明怎样退订".into(),
            "a marketing text says how to unsubscribe".into(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: Kind, language: Language, text: &str) -> Vec<String> {
        judge(kind, language, text).into_iter().map(|of| of.words).collect()
    }

    #[test]
    fn s36_s37_s39_a_care_text_that_sells_is_refused_and_the_words_are_named() {
        let found =
            words(Kind::Holiday, Language::Zh, "{name}{title},中秋安康!全场八折,欢迎选购。");
        assert!(found.iter().any(|of| of.contains("八折") || of.contains("选购")), "{found:?}");
        let found = words(Kind::Season, Language::Zh, "天凉了,秋装新款到店,来看看吧。");
        assert!(!found.is_empty());
        let fine = "{name}{title},天凉了,早晚添件衣,多喝温水。";
        assert_eq!(words(Kind::Season, Language::Zh, fine), [""; 0]);
    }

    #[test]
    fn s41_asking_whether_something_happened_is_refused() {
        let found = words(Kind::LongAbsent, Language::Zh, "{name}{title},好久不见,是出什么事了吗?");
        assert!(!found.is_empty());
    }

    #[test]
    fn s38_a_birthday_text_without_a_wish_is_refused() {
        let bare = "{name}{title},今天是您的生日。";
        assert_eq!(words(Kind::Birthday, Language::Zh, bare), ["祝 / wish"]);
        let whole = "{name}{title},今天是您的生日,祝您快乐,心想事成。";
        assert_eq!(words(Kind::Birthday, Language::Zh, whole), [""; 0]);
    }

    #[test]
    fn s112_chosen_information_holds_no_promotion() {
        let sells = "{name}{title},羊绒护理小知识:来店买护理剂打八折。";
        assert!(!words(Kind::Information, Language::Zh, sells).is_empty());
        let tells = "{name}{title},羊绒衣平铺晾干,不用衣架挂,就不会变形。";
        assert_eq!(words(Kind::Information, Language::Zh, tells), [""; 0]);
    }

    #[test]
    fn s79_marketing_may_sell_and_says_how_to_end_it() {
        let text = "{name}{title},新到的羊绒大衣八折。";
        assert_eq!(words(Kind::Marketing, Language::Zh, text), ["退订 / unsubscribe"]);
        let whole = "{name}{title},新到的羊绒大衣八折。退订回T。";
        assert_eq!(words(Kind::Marketing, Language::Zh, whole), [""; 0]);
    }

    #[test]
    fn the_language_is_the_one_it_is_kept_under_and_placeholders_are_ours() {
        assert_eq!(words(Kind::Season, Language::En, "天凉了,添件衣。").len(), 1);
        assert_eq!(words(Kind::Season, Language::Zh, "Keep warm.").len(), 1);
        assert_eq!(words(Kind::Season, Language::Zh, "{nmae},天凉了,添件衣。"), ["nmae"]);
    }
}
