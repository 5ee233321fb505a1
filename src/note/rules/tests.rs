//! Rules files, good and bad.

use super::*;

fn merged(text: &str) -> Result<RuleBook, String> {
    let mut book = RuleBook::shipped();
    book.merge(text, Path::new("own.toml")).map_err(|error| error.to_string())?;
    Ok(book)
}

fn said(text: &str) -> String {
    merged(text).unwrap_err()
}

fn ids(book: &RuleBook) -> Vec<&str> {
    book.rules().iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn a_shops_own_rule_takes_the_place_of_a_shipped_one_or_switches_it_off() {
    let shipped = ids(&RuleBook::shipped()).len();
    let book = merged(
        "[[rule]]\nid = \"rain\"\noff = true\n\
         [[rule]]\nid = \"own\"\npart = \"day\"\nzh = [\"今天天气真好\"]\n\
         [[rule]]\nid = \"service\"\npart = \"service\"\nzh = [\"客服{service_phone}\"]\n",
    )
    .unwrap();
    assert!(!ids(&book).contains(&"rain"));
    assert_eq!((ids(&book)[0], ids(&book).len()), ("own", shipped));
    let service = book.rules().iter().find(|rule| rule.id == "service").unwrap();
    assert_eq!(service.zh[0].to_string(), "客服{service_phone}");
    let alone =
        merged("replace = true\n[[rule]]\nid = \"a\"\npart = \"day\"\nzh = [\"谢谢您来\"]\n");
    assert_eq!(ids(&alone.unwrap()), ["a"]);
}

#[test]
fn a_mistake_names_file_line_rule_and_what_is_allowed() {
    let rule = "[[rule]]\nid = \"a\"\npart = \"day\"\n";
    let key = said(&format!("{rule}colour = 1\n"));
    assert!(key.contains("own.toml") && key.contains("line 4") && key.contains("`zh`"), "{key}");
    let part = said("[[rule]]\nid = \"a\"\npart = \"top\"\n");
    assert!(part.contains("line 3") && part.contains("`greeting`"), "{part}");
    let word = said(&format!("\n{rule}zh = [\"{{phone}}\"]\n"));
    assert!(word.contains("own.toml, line 3, rule \"a\": zh: {phone} is no"), "{word}");
    assert!(word.contains("{service_phone}"), "{word}");
    for (when, allowed) in [
        ("holyday = \"eve\"", "`holiday`"),
        ("holiday = \"easter\"", "mid_autumn"),
        ("season = \"fall\"", "`autumn`"),
        ("weather = \"snow\"", "`rain`"),
        ("birthday = \"soon\"", "within 7 days"),
        ("from = \"5.1.\"", "05-01"),
        ("spend_min = \"a lot\"", "2000.00"),
        ("spend_min = 2000.0", "string"),
        ("asked = \"maybe\"", "`given`"),
        ("tier = []", "at least one"),
        ("referral = 3", "[\"a\", \"b\"]"),
    ] {
        let error = said(&format!("{rule}when = {{ {when} }}\nzh = [\"谢谢您来\"]\n"));
        assert!(error.contains("line 4") && error.contains(allowed), "{when}: {error}");
    }
    assert!(said("[[rule]]\nid = \"a b\"\n").contains("letters"));
    assert!(said("[[rule]]\nid = \"a\"\n").contains("part is missing"));
    assert!(said(&format!("{rule}priority = 0\nzh = [\"谢谢您来\"]")).contains("1 to 100"));
    assert!(said(rule).contains("no lines"));
    assert!(said("[[rule]]\nid = \"gone\"\noff = true\n").contains("there are greet"));
    assert!(
        said(&format!("{rule}zh = [\"谢谢您来\"]\n{rule}zh = [\"谢谢您来\"]\n")).contains("line 6")
    );
}

/// The judge of care texts errs; what ships although it objects was read by a person, and is little.
#[test]
fn few_shipped_rules_needed_a_persons_word_that_they_care() {
    let book: RawBook = toml::from_str(SHIPPED).unwrap();
    let doubted = |raw: &&RawRule| {
        let part = raw.part.unwrap();
        offence(part, &raw.when, &raw.zh, &raw.en, ("元宵节", "the Lantern Festival")).is_some()
    };
    let doubted: Vec<(&str, bool)> = book
        .rules
        .iter()
        .filter(doubted)
        .map(|raw| (raw.id.get_ref().as_str(), raw.reviewed))
        .collect();
    assert!(doubted.iter().all(|(_, reviewed)| *reviewed), "{doubted:?}");
    assert!(doubted.len() * 6 <= book.rules.len(), "{doubted:?} of {}", book.rules.len());
}
