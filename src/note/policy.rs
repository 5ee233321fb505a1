//! What no rule may put on paper, whoever wrote it.
//!
//! Paper tells nobody's secrets: it is left on counters and found in bags. So a rule names her by
//! surname and title only, shows no amount of hers unless she agreed, and has no telephone of its
//! own. Who gave no number is not asked again on paper.
//!
//! Not here: that a message that cares sells nothing, which is a matter of words for every channel.

use super::Asked;
use super::rules::{Part, Rule};
use super::template::{Line, Placeholder};

/// Digits in a row, signs between them aside, that make a telephone.
const PHONE_DIGITS_MIN: usize = 7;

/// Words that tell what she has spent.
const AMOUNT_WORDS: [&str; 14] = [
    "累计",
    "累計",
    "消费额",
    "消費額",
    "消费满",
    "消費滿",
    "消费了",
    "消費了",
    "已消费",
    "已消費",
    "还差",
    "還差",
    "total spend",
    "spent",
];
/// Words that recruit.
const RECRUITING: [&str; 18] = [
    "入会",
    "入會",
    "注册",
    "註冊",
    "办卡",
    "辦卡",
    "成为会员",
    "成為會員",
    "加会员",
    "扫码",
    "掃碼",
    "加微信",
    "留下号码",
    "留个号码",
    "join us",
    "sign up",
    "register",
    "scan",
];

/// Why a rule may not be printed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A telephone written out.
    #[error(
        "«{0}» holds a telephone: write {{store_phone}}, {{service_phone}}, {{complaint_phone}} or {{associate_phone}}, which the shop sets in one place"
    )]
    Telephone(String),
    /// `{gap}` without her consent.
    #[error("{{gap}} tells what she has spent: only with when = {{ agreed = \"gap\" }}")]
    Gap,
    /// Words about her spend.
    #[error("«{0}» tells what she has spent: only with when = {{ agreed = \"gap\" }}")]
    Amount(&'static str),
    /// Words that recruit somebody who would rather not.
    #[error("«{0}» recruits: only with when = {{ asked = \"given\" }}")]
    Recruits(&'static str),
    /// A greeting or a tier for people whom we do not know.
    #[error(
        "{{{0}}} has no value for somebody who gave no number: it needs when = {{ asked = \"given\" }}"
    )]
    Nobody(&'static str),
    /// A care placeholder elsewhere than in the advice.
    #[error("{{{0}}} is for part = \"advice\"")]
    Advice(&'static str),
    /// Characters that look like digits.
    #[error("«{0}» holds digits that are none of 0 to 9")]
    Digits(String),
}

/// Whether a rule may be printed.
///
/// # Errors
///
/// [`PolicyError`], with what to write instead.
pub fn policy(rule: &Rule) -> Result<(), PolicyError> {
    let agreed = rule.when.agreed.is_some();
    let given = rule.part.is_for_guests()
        || rule.when.asked.as_ref().is_some_and(|any| any.0.iter().all(|a| *a == Asked::Given));
    for line in rule.lines() {
        let text = line.to_string();
        no_telephone(&text)?;
        let names = |placeholder| line.placeholders().any(|named| named == placeholder);
        if names(Placeholder::Gap) && !agreed {
            return Err(PolicyError::Gap);
        }
        if let (Some(word), false) = (said(&text, &AMOUNT_WORDS), agreed) {
            return Err(PolicyError::Amount(word));
        }
        if let (Some(word), false) = (said(&text, &RECRUITING), given) {
            return Err(PolicyError::Recruits(word));
        }
        if names(Placeholder::Name) && !given {
            return Err(PolicyError::Nobody("name"));
        }
        if names(Placeholder::LastItem) && !given {
            return Err(PolicyError::Nobody("last_item"));
        }
        if rule.part != Part::Advice {
            only_advice(line)?;
        }
    }
    Ok(())
}

fn said(text: &str, words: &[&'static str]) -> Option<&'static str> {
    let text = text.to_lowercase();
    words.iter().copied().find(|word| text.contains(word))
}

fn only_advice(line: &Line) -> Result<(), PolicyError> {
    let words = [
        ("care_title", Placeholder::CareTitle),
        ("care_lines", Placeholder::CareLines),
        ("care_short", Placeholder::CareShort),
    ];
    let mut named = words.into_iter().filter(|(_, care)| line.placeholders().any(|p| p == *care));
    named.next().map_or(Ok(()), |(word, _)| Err(PolicyError::Advice(word)))
}

/// Numbers of a few digits, such as 12315 or 30度, are no telephones; neither are dates.
fn no_telephone(text: &str) -> Result<(), PolicyError> {
    if text.chars().any(|symbol| symbol.is_numeric() && !symbol.is_ascii() && symbol != '〇') {
        return Err(PolicyError::Digits(text.to_owned()));
    }
    let is_run = |symbol: char| symbol.is_ascii_digit() || "+-–—()./ ".contains(symbol);
    let mut runs = text.split(|symbol| !is_run(symbol));
    let is_phone = |run: &str| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        digits >= PHONE_DIGITS_MIN && super::when::date(run.trim()).is_none()
    };
    match runs.any(is_phone) {
        true => Err(PolicyError::Telephone(text.to_owned())),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::note::rules::RuleBook;

    /// What a shop reads about a rule of its own with these lines.
    fn said(more: &str, line: &str) -> String {
        let text = format!("[[rule]]\nid = \"own\"\n{more}\nzh = [\"{line}\"]\n");
        let merged = RuleBook::shipped().merge(&text, Path::new("own.toml"));
        merged.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn paper_tells_nobodys_secrets() {
        let day = "part = \"day\"";
        assert!(said(day, "打给我 138 0013 8000").contains("{store_phone}"));
        assert!(said(day, "打给我0571-8765-4321").contains("telephone"));
        assert!(said(day, "打给我138.0013.8000").contains("telephone"));
        assert!(said(day, "打给我1３800138000").contains("0 to 9"));
        assert!(said(day, "投诉12315,2026-12-31止").is_empty());
        assert!(said(day, "离上一级{gap}").contains("agreed = \"gap\""));
        assert!(said(day, "您累计买了很多").contains("«累计»"));
        assert!(said("part = \"gap\"\nwhen = { agreed = \"gap\" }", "还差{gap}").is_empty());
        assert!(said(day, "扫码入会").contains("recruits"));
        assert!(said(day, "{name},下雨了").contains("asked = \"given\""));
        assert!(said("part = \"day\"\nwhen = { asked = \"given\" }", "{name},下雨了").is_empty());
        assert!(said(day, "上次的{last_item}").contains("asked = \"given\""));
        assert!(said(day, "{care_title}").contains("part = \"advice\""));
    }
}
