//! What a wrong configuration is answered with.
//!
//! Not here: every key (`huitou::config`'s own tests).

use crate::programs::{done, output};

/// What `huitou run` says to a configuration.
fn said(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.toml");
    std::fs::write(&path, text).unwrap();
    let output = output("huitou", &["run", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "it started");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_unknown_key_is_named_with_its_file_its_line_and_what_is_allowed() {
    let said = said("[store]\nname = \"a\"\n\n[sync]\nautomatik = true\n");
    for part in ["shop.toml", "line 5", "automatik", "`automatic`"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    let said = said("language = \"fr\"\n[store]\nname = \"a\"\n");
    for part in ["line 1", "fr", "zh-CN"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let output = output("huitou", &["run", "--config", "/nowhere/huitou.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/huitou.toml"));
}

#[test]
fn the_printed_example_is_a_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huitou.toml");
    let state = format!("state_dir = {:?}\n", dir.path().join("state"));
    std::fs::write(&path, state + &done("huitou", &["example-config"])).unwrap();
    let output = output("huitou", &["check", "--config", path.to_str().unwrap()]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.lines().count() >= 4, "a report, not an error: {said}");
}
