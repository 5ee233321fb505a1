//! How long one receipt takes to read, kind included, and how much memory all of them take.
//!
//! ```text
//! cargo run --release --manifest-path benches/receipts/Cargo.toml FILE.jsonl…
//! ```
//!
//! Not here: whether it is read rightly (`benches/reading.sh`).

use std::time::Instant;

use huitou::receipt::Receipt;
use huitou::sale;

fn main() {
    let mut micros: Vec<u128> = Vec::new();
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).expect("a file of JSON lines");
        for line in text.lines() {
            let sample: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let rows = sample["lines"].as_array().expect("lines").iter();
            let rows: Vec<String> = rows.map(|row| row.as_str().unwrap_or("").to_owned()).collect();
            let begun = Instant::now();
            let receipt = Receipt::from_lines(&rows);
            let kind = sale::kind(&receipt); // reads it too
            std::hint::black_box(kind);
            micros.push(begun.elapsed().as_micros());
        }
    }
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    let resident = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = resident.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!(
        "{} receipts: median {} µs, p99 {} µs, most {} µs; {peak}",
        micros.len(),
        at(50),
        at(99),
        at(100)
    );
}
