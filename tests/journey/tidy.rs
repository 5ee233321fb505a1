//! The house rules that a machine can check.
//!
//! Not here: what clippy checks (the workspace's lint table).

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, tests aside, in lines.
const LINES_MAX: usize = 400;

/// Where the three crates begin.
const CRATES: [&str; 3] = ["src", "firmware-bridge/src", "sync/src"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the project with one of these endings, by its path within it.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let ours = name != "target" && (!name.starts_with('.') || name == ".ci");
            if path.is_dir() && ours {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(&path).unwrap_or_default();
                found.push((within(&path), text));
            }
        }
    }
    found.sort();
    found
}

fn within(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// The lines of a source file that are not its own tests, counted from 1: an item under
/// `#[cfg(test)]` ends where its brace closes at the same depth, or with its semicolon.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().zip(1..).map(|(line, at)| (at, line));
    let mut code = Vec::new();
    while let Some((at, line)) = lines.next() {
        let Some(depth) = line.find("#[cfg(test)]").filter(|_| line.ends_with("]")) else {
            code.push((at, line));
            continue;
        };
        let closes = |line: &str| line.len() > depth && &line[depth..] == "}";
        let _ = lines.find(|(_, line)| {
            closes(line) || line.ends_with(';') && !line[depth..].starts_with(' ')
        });
    }
    code
}

fn is_test(path: &str) -> bool {
    path.contains("tests/") || path.ends_with("tests.rs") || path.contains("_tests")
}

/// Fails with every breach at once: one is seldom alone.
fn assert_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    let length = |text: &str| without_tests(text.trim_end()).len();
    let breaches: Vec<String> = files(&[".rs"])
        .iter()
        .map(|(path, text)| (path, length(text)))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines}"))
        .collect();
    assert_none("split it where it has a seam", &breaches);
}

#[test]
fn every_module_begins_by_saying_what_it_is_and_what_is_not_here() {
    let mut breaches = Vec::new();
    for (path, text) in files(&[".rs"]) {
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if head.is_empty() {
            breaches.push(format!("{path}: no //! at its beginning"));
        } else if !is_test(&path) && !head.iter().any(|line| line.contains("Not here:")) {
            breaches.push(format!("{path}: nothing is \"Not here:\""));
        }
    }
    breaches.retain(|breach| !breach.contains("src/bin/") && !breach.contains("src/main.rs"));
    assert_none("a module's first words", &breaches);
}

#[test]
fn no_assumption_stops_a_till() {
    let forbidden = [".unwrap()", "todo!(", "unimplemented!(", "dbg!("];
    let mut breaches = Vec::new();
    for (path, text) in files(&[".rs"]).iter().filter(|(path, _)| !is_test(path)) {
        for (at, line) in without_tests(text) {
            let code = line.split("//").next().unwrap_or_default();
            if forbidden.iter().any(|word| code.contains(word)) {
                breaches.push(format!("{path}:{at}: {}", line.trim()));
            }
        }
    }
    assert_none("outside tests", &breaches);
}

#[test]
fn nothing_names_a_folder_of_somebodys_machine_or_leaves_work_for_later() {
    let folders = ["work", "home", "root", "tmp", "Users"].map(|name| format!("/{name}/"));
    let later = ["TO", "FIX", "XX"].map(|half| match half {
        "TO" => format!("{half}DO"),
        "FIX" => format!("{half}ME"),
        _ => format!("{half}X:"),
    });
    let mut breaches = Vec::new();
    for (path, text) in files(&[".rs", ".md", ".toml", ".sh", ".py", "run"]) {
        for (at, line) in text.lines().enumerate() {
            let words = folders.iter().chain(&later);
            let found = words.filter(|word| line.contains(word.as_str()));
            breaches.extend(found.map(|word| format!("{path}:{}: {word}", at + 1)));
        }
    }
    assert_none("in a file of the project", &breaches);
}

#[test]
fn the_map_names_every_room() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let mut breaches = Vec::new();
    for source in CRATES {
        let library = root().join(source).join("lib.rs");
        for module in modules(&library) {
            let named = |word: &str| word.split("::").any(|part| part == module);
            let separators =
                |symbol: char| !symbol.is_alphanumeric() && symbol != '_' && symbol != ':';
            if !map.split(separators).any(named) {
                breaches.push(format!("{source}: {module}"));
            }
        }
    }
    assert_none("not in ARCHITECTURE.md", &breaches);
}

/// The modules that a library's root declares.
fn modules(library: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(library).unwrap();
    let declared = text.lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ").trim_start_matches("(crate) ");
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    });
    declared.collect()
}

#[test]
fn bridge_and_sync_do_not_know_each_other() {
    let manifest = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    assert!(!manifest("firmware-bridge/Cargo.toml").contains("huitou-sync"));
    assert!(!manifest("sync/Cargo.toml").contains("firmware-bridge"));
    let agent = manifest("Cargo.toml");
    // Tests may have both ends; the program is built from what stands before.
    let (shipped, _) = agent.split_once("\n[dev-dependencies]").unwrap();
    let uses = shipped.lines().filter(|line| line.starts_with("huitou-sync"));
    assert!(uses.clone().count() > 0);
    assert!(uses.clone().all(|line| !line.contains("\"hq\"")), "HQ's code in a store's program");
}

#[test]
fn each_rule_finds_what_it_is_for() {
    let text = "fn a() {\n}\n#[cfg(test)]\nfn b() {\n    c();\n}\nd\n#[cfg(test)]\nmod tests;\ne";
    let code: Vec<usize> = without_tests(text).iter().map(|(at, _)| *at).collect();
    assert_eq!(code, [1, 2, 7, 10]);
    assert!(is_test("tests/journey/a.rs") && is_test("sync/src/seal/tests.rs"));
    assert!(!is_test("src/paper/text.rs"));
    let sources = files(&[".rs"]);
    assert!(sources.len() > 50, "only {} files were found", sources.len());
    assert!(modules(&root().join("sync/src/lib.rs")).contains(&"seal".to_owned()));
}
