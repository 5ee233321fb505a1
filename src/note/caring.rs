//! Whether the words of a rule care, or sell, pry or demand (S13, S36-S41).
//!
//! The checker is a judge that errs: a shop may overrule it, rule by rule, with `reviewed = true`.
//!
//! Not here: the judge (`sync::care_text`), what paper may tell (`policy`).

use sync::care_text::{Kind, check};

use super::rules::Part;
use super::when::When;

/// What stands for a placeholder while its sentence is judged.
const SAMPLES: [(&str, &str, &str); 14] = [
    ("{name}", "李女士", "Ms Li"),
    ("{tier}", "金卡", "Gold"),
    ("{tier_until}", "明年底", "next December"),
    ("{associate}", "小陈", "Chen"),
    ("{store}", "湖滨店", "Lakeside"),
    ("{last_item}", "真丝连衣裙", "silk dress"),
    ("{store_phone}", "电话", "by phone"),
    ("{associate_phone}", "电话", "by phone"),
    ("{service_phone}", "电话", "by phone"),
    ("{complaint_phone}", "电话", "by phone"),
    ("{care_title}", "真丝", "Silk"),
    ("{care_lines}", "冷水手洗", "Wash by hand"),
    ("{care_short}", "冷水手洗", "Wash by hand"),
    ("{tier_brings}", "免费修改", "free alterations"),
];

/// Says what is wrong with a rule's words, in the language that it is wrong in; `None` if they care.
pub(super) fn offence(
    part: Part,
    when: &When,
    zh: &[String],
    en: &[String],
    holiday: (&str, &str),
) -> Option<String> {
    if !part.is_care() {
        return None;
    }
    let kind = kind(when);
    let said = |lines: &[String], english: bool| filled(lines, english, holiday);
    let chinese = check(kind, &said(zh, false));
    let english = check(kind, &said(en, true));
    let first = chinese.first().map(sync::care_text::Finding::in_chinese);
    let first = first.or_else(|| english.first().map(sync::care_text::Finding::in_english))?;
    Some(format!("{first}; if a person has read it and finds it caring: reviewed = true"))
}

fn filled(lines: &[String], english: bool, holiday: (&str, &str)) -> String {
    let text = lines.join(if english { " " } else { "," });
    let text = text.replace("{holiday}", if english { holiday.1 } else { holiday.0 });
    SAMPLES
        .iter()
        .fold(text, |text, (place, zh, en)| text.replace(place, if english { en } else { zh }))
}

/// What a text is for, by when it is printed.
fn kind(when: &When) -> Kind {
    match when {
        _ if when.birthday.is_some() => Kind::Birthday,
        _ if when.holiday.is_some() => Kind::Holiday,
        _ if when.weather.is_some() => Kind::Rain,
        _ if when.season.is_some() => Kind::Season,
        _ if when.absent_days_min.is_some() => Kind::LongAbsent,
        _ if when.referral.is_some() => Kind::Thanks,
        _ => Kind::Receipt,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::RuleBook;
    use std::path::Path;

    fn merged(text: &str) -> Result<(), String> {
        let mut book = RuleBook::shipped();
        book.merge(text, Path::new("own.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_shops_rule_that_sells_is_refused_with_its_words_unless_a_person_reviewed_it() {
        let rule = |more: &str| {
            format!(
                "[[rule]]\nid = \"own\"\npart = \"day\"\n{more}when = {{ holiday = [\"mid_autumn\"] }}\n\
                 zh = [\"中秋快乐,全场八折,欢迎选购\"]\nen = [\"Happy Mid-Autumn\"]\n"
            )
        };
        let refused = merged(&rule("")).unwrap_err();
        assert!(refused.contains("推销") && refused.contains("reviewed = true"), "{refused}");
        assert!(refused.contains("own"), "{refused}");
        assert_eq!(merged(&rule("reviewed = true\n")), Ok(()));
        let wish = rule("").replace(",全场八折,欢迎选购", ",愿您团圆安康");
        assert_eq!(merged(&wish), Ok(()));
    }

    #[test]
    fn a_shop_starts_without_a_rule_that_sells_and_is_told_which_one_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.toml");
        let rule = |id: &str, words: &str| {
            format!("[[rule]]\nid = \"{id}\"\npart = \"gift\"\nzh = [\"{words}\"]\n")
        };
        let both = rule("sale", "再买一件,全场八折") + &rule("hem", "裤脚免费修改");
        std::fs::write(&path, both).unwrap();
        let refused = RuleBook::load(&path).unwrap_err().to_string();
        assert!(refused.contains("sale") && refused.contains("全场八折"), "{refused}");
        let (book, left_out) = RuleBook::start(&path).unwrap();
        let has = |id: &str| book.rules().iter().any(|rule| rule.id == id);
        assert!(has("hem") && !has("sale") && has("contact"), "the others stand");
        assert_eq!(left_out.len(), 1);
        std::fs::write(&path, "[[rule]]\nid = \"odd\"\n").unwrap();
        assert!(RuleBook::start(&path).is_err(), "what cannot be used at all is still refused");
    }
}
