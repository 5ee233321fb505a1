//! Texts that people write for the programs, from any bytes: note rules, advice, layouts, HQ's rules of the
//! desk and of messages, care texts; and what a gateway for text messages answers. Nothing fails hard, and
//! what is taken says nothing that may not be printed.
//!
//! The first byte chooses which; the rest is the text. A rule or a text is also put where a person would
//! write it, so that nothing has to guess TOML to reach what is behind it.
//!
//! Not here: lists (`lists`, `imports`), the configuration (`lists`).
#![no_main]

use std::path::Path;

use huitou::note::rules::RuleBook;
use huitou::note::template::Line;
use huitou::receipt::Receipt;
use huitou::sale;
use huitou::sale::layout::{self, Layout};
use libfuzzer_sys::fuzz_target;
use sync::care_text::{self, Kind};
use sync::hq::desk::messages::outlet::{Heard, sms};
use sync::hq::desk::messages::settings::Settings;
use sync::hq::desk::messages::{fill, judge, kind};
use sync::hq::desk::rules::Rules;
use sync::language::Language;

const SAMPLE: &str = "云裳坊\n单号:A0001\n日期:2026-11-21 10:26:31\n收银员:1003\n品名 数量 单价 金额\n\
                      羊毛大衣 1 88.00 88.00\n合计:88.00\n现金:100.00\n找零:12.00\n会员手机:13800006721\n";
const SMS: &str = "[sms]\nurl = \"http://x/send\"\nform = \"json\"\nphone_field = \"mobile\"\n\
                   text_field = \"content\"\nkey_field = \"ref\"\nstatus_field = \"data.0.code\"\n\
                   accepted = [\"0\"]\nid_field = \"data.0.id\"\nreport_url = \"http://x/r/{id}\"\n\
                   report_field = \"state\"\ndelivered = [\"1\"]\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    if choice % 8 == 7 {
        return gateway(rest);
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match choice % 8 {
        0 => rules(text),
        1 => rules(&format!("[[rule]]\nid = \"own\"\npart = \"care\"\nzh = [{text:?}]\n")),
        2 => layouts(text),
        3 => desk(text),
        4 => settings(text),
        5 => said(text),
        _ => template(text),
    }
});

/// What is in a book holds no control character in any line.
fn rules(text: &str) {
    let mut book = RuleBook::shipped();
    if book.merge(text, Path::new("rules.toml")).is_err() {
        return;
    }
    for line in book.rules().iter().flat_map(|rule| rule.lines()) {
        let written = line.to_string();
        assert!(!written.chars().any(char::is_control), "a control character in a rule");
        assert_eq!(Line::parse(&written).as_ref(), Ok(line), "read, written, read");
    }
}

fn template(text: &str) {
    let Ok(line) = Line::parse(text) else { return };
    assert_eq!(Line::parse(&line.to_string()), Ok(line), "read, written, read");
    for name in fill::unknown(text) {
        assert!(text.contains(name));
    }
}

/// A receipt is read by any layout without harm, and the layout is written and read again.
fn layouts(text: &str) {
    let Ok(own) = toml::from_str::<Layout>(text) else { return };
    let written = toml::to_string(&own).expect("a layout can be written");
    assert_eq!(toml::from_str::<Layout>(&written).as_ref(), Ok(&own), "read, written, read");
    let receipt = Receipt::from_lines(&[SAMPLE.to_owned()]);
    let layouts = [own];
    let _ = layout::place(&layouts, &receipt);
    let reading = sale::read_by(&receipt, &layouts);
    assert_eq!(reading.marks.len(), receipt.rows.len(), "each row is marked");
}

fn desk(text: &str) {
    let _ = Rules::over(text);
}

fn settings(text: &str) {
    let Ok(settings) = Settings::over(text) else { return };
    for kind in kind::Kind::ALL {
        let _ = (settings.outlet(kind), settings.kind(kind));
    }
}

/// A text is judged whatever stands in it, and alike twice.
fn said(text: &str) {
    for kind in [Kind::Birthday, Kind::Rain, Kind::Receipt, Kind::Prompt] {
        let first = care_text::check(kind, text);
        assert_eq!(first.len(), care_text::check(kind, text).len());
        for finding in &first {
            let _ = (finding.in_chinese(), finding.in_english());
        }
    }
    for kind in kind::Kind::ALL {
        let _ = judge::judge(kind, Language::Zh, text);
    }
}

/// A gateway's answer; what it says never becomes part of an address.
fn gateway(body: &[u8]) {
    let settings = Settings::over(SMS).expect("a fixed text");
    let Some(own) = &settings.sms else { return };
    let status = 200 + u16::from(body.first().copied().unwrap_or_default() % 4) * 100;
    let heard = Heard::Answer { status, retry_after_s: None, body: body.to_vec() };
    let verdict = sms::verdict(own, 1, "00ff", &heard);
    if let sync::hq::desk::messages::outlet::Verdict::Sent(Some(id)) = &verdict
        && let Some(request) = sms::report(own, "s", id)
    {
        assert!(request.url.starts_with("http://x/r/"), "another address");
        assert!(!request.url["http://x/r/".len()..].contains(['/', '?', '#', '@', '%']));
    }
    let _ = sms::delivered(own, &heard);
}
