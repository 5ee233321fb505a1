//! Tokenizing speed on one core, beside a public parser on the same jobs.
//!
//! ```text
//! CARGO_TARGET_DIR=target cargo run --release --manifest-path benches/tokens/Cargo.toml
//! ```
//!
//! Jobs come from `HUITOU_CORPUS` (default `../shared/corpus`, if it is there) and are sorted by what
//! most of their bytes are; beside them a few made here. Each job goes through a fresh tokenizer in
//! chunks of 4 KiB. The peer, `escpost-render`, also paints what it reads and packs it as PNG, for its
//! parser is not public by itself; a job that it refuses is left out of its figure and counted.
//!
//! The body of a picture is stepped over, not looked at, which is why its figures are so high.
//!
//! Exit status 1 if a bar is missed.
//!
//! Not here: the bridge as a process, and its time beside `socat`'s (`bridge.py`).

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use escpost_profiles::resolver;
use firmware_bridge::bridge::{Bridge, Settings};
use firmware_bridge::time::Tick;
use firmware_bridge::token::{Kind, Tokenizer};

/// Bytes a port gives at once.
const CHUNK: usize = 4096;
const RUNS: usize = 9;
const RUN_LEN_MIN: Duration = Duration::from_millis(60);

/// Bars, in MB/s.
const RASTER_MIN: f64 = 300.0;
const TEXT_MIN: f64 = 100.0;

struct Set {
    name: &'static str,
    bar: f64,
    jobs: Vec<Vec<u8>>,
}

fn main() -> ExitCode {
    let (raster, text) =
        corpus().into_iter().partition::<Vec<_>, _>(|job| payload_share(job) >= 0.5);
    let sets = [
        Set { name: "corpus, pictures", bar: RASTER_MIN, jobs: raster },
        Set { name: "corpus, text", bar: TEXT_MIN, jobs: text },
        Set {
            name: "made, raster bands of 24 rows",
            bar: RASTER_MIN,
            jobs: vec![raster_bands(24)],
        },
        Set { name: "made, raster of 1,024 rows", bar: RASTER_MIN, jobs: vec![raster_bands(1024)] },
        Set {
            name: "made, text receipts",
            bar: TEXT_MIN,
            jobs: (0..2000).map(text_receipt).collect(),
        },
    ];
    println!("Medians of {RUNS} runs, one core, MB/s (jobs a second in brackets)\n");
    println!(
        "| jobs | tokenizer | bar | whole core, nobody on the link | escpost-render (paints too) |"
    );
    println!("|---|---|---|---|---|");
    let missed = sets.iter().filter(|set| !set.jobs.is_empty()).filter(|set| !row(set)).count();
    println!("\n{missed} bars missed");
    ExitCode::from(u8::from(missed > 0))
}

/// Measures one set and prints its row; whether the bar was met.
fn row(set: &Set) -> bool {
    let bytes: usize = set.jobs.iter().map(Vec::len).sum();
    let tokens = speed(&set.jobs, tokenize);
    let core = speed(&set.jobs, bridge);
    let met = tokens.mb_s >= set.bar;
    println!(
        "| {}: {} jobs, {:.2} MB, {:.0} bytes a token | {tokens} | ≥ {}{} | {core} | {} |",
        set.name,
        set.jobs.len(),
        bytes as f64 / 1e6,
        bytes as f64 / set.jobs.iter().map(|job| tokenize(job)).sum::<usize>() as f64,
        set.bar,
        if met { "" } else { " **MISSED**" },
        peer(&set.jobs),
    );
    met
}

struct Speed {
    mb_s: f64,
    jobs_s: f64,
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = usize::from(self.mb_s < 10.0) * 2;
        write!(f, "{:.*} ({:.0}/s)", digits, self.mb_s, self.jobs_s)
    }
}

fn speed<R>(jobs: &[Vec<u8>], mut each: impl FnMut(&[u8]) -> R) -> Speed {
    let bytes: usize = jobs.iter().map(Vec::len).sum();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (began, mut passes) = (Instant::now(), 0);
        while began.elapsed() < RUN_LEN_MIN {
            for job in jobs {
                black_box(each(black_box(job)));
            }
            passes += 1;
        }
        runs.push(f64::from(passes) / began.elapsed().as_secs_f64());
    }
    runs.sort_by(f64::total_cmp);
    let passes_s = runs[RUNS / 2];
    Speed { mb_s: passes_s * bytes as f64 / 1e6, jobs_s: passes_s * jobs.len() as f64 }
}

/// Tokenizes a job and returns how many tokens it has.
fn tokenize(job: &[u8]) -> usize {
    let (mut tokenizer, mut count) = (Tokenizer::default(), 0);
    let mut each = |token: firmware_bridge::token::Token<'_>, _| {
        black_box(token);
        count += 1;
    };
    job.chunks(CHUNK).for_each(|chunk| tokenizer.push(chunk, &mut each));
    tokenizer.finish(&mut each);
    count
}

/// The whole byte path: tokens, modes, hold, and the tap into a ring that the job fits into.
fn bridge(job: &[u8]) -> usize {
    let mut ring = vec![0; 2 * job.len() + 4096];
    let mut bridge = Bridge::new(Settings::default(), 1, 0, &mut ring[..]);
    let mut printed = 0;
    let mut print = |bytes: &[u8]| printed += black_box(bytes).len();
    for chunk in job.chunks(CHUNK) {
        bridge.handle_pos(chunk, Tick(0), &mut print);
    }
    bridge.handle_pos_closed(Tick(0), &mut print);
    printed
}

fn peer(jobs: &[Vec<u8>]) -> String {
    let profile = resolver::resolve("NT-5890K").expect("the peer ships this profile");
    let read: Vec<Vec<u8>> =
        jobs.iter().filter(|job| escpost_render::render(job, profile).is_ok()).cloned().collect();
    if read.is_empty() {
        return format!("refuses all {}", jobs.len());
    }
    let found = speed(&read, |job| escpost_render::render(job, profile));
    format!("{found}, refuses {}", jobs.len() - read.len())
}

fn payload_share(job: &[u8]) -> f64 {
    let mut payload = 0;
    Tokenizer::default().push(job, |token, _| {
        payload += if matches!(token.kind, Kind::Payload { .. }) { token.bytes.len() } else { 0 };
    });
    payload as f64 / job.len().max(1) as f64
}

fn corpus() -> Vec<Vec<u8>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("HUITOU_CORPUS").map_or(beside, PathBuf::from);
    let mut paths = Vec::new();
    for folder in [folder.join("real"), folder.join("clients"), folder.join("adversarial"), folder]
    {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        paths.extend(entries.map(|entry| entry.path()));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "bin"));
    paths.sort();
    if paths.is_empty() {
        println!("no corpus here; only what is made\n");
    }
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// A picture as a Windows driver sends it: `GS v 0`, 576 dots wide, so many rows at once.
fn raster_bands(rows: u16) -> Vec<u8> {
    let mut job = b"\x1b@".to_vec();
    let [low, high] = rows.to_le_bytes();
    for band in 0..usize::from(4096 / rows) {
        job.extend([0x1D, b'v', b'0', 0, 72, 0, low, high]);
        job.extend(
            (0..72 * usize::from(rows)).map(|at| (at * 7 + at / 251 + band).to_le_bytes()[0]),
        );
    }
    job.extend(b"\x1bd\x03\x1dV\x00");
    job
}

/// A clothing shop's receipt: short lines, some with a command or two, no two receipts alike.
fn text_receipt(number: u32) -> Vec<u8> {
    let mut job = b"\x1b@\x1ba\x01\x1d!\x11CLOUD GARMENTS\n\x1d!\x00\x1ba\x00".to_vec();
    job.extend(format!("No. XS{number:08}\n").as_bytes());
    let mut draw = number.wrapping_mul(2_654_435_761);
    for _ in 0..1 + number % 13 {
        draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (name, price) = ("wool coat, navy, lined, size 165/88A", draw >> 16);
        let name = &name[..9 + (draw >> 8) as usize % 27];
        job.extend(format!("{name}\n  6901234{draw:010}   1   {price}.00\n").as_bytes());
        if draw & 0x300 == 0 {
            job.extend(b"\x1bE\x01members' price\x1bE\x00\n");
        }
    }
    job.extend(b"--------------------------------\n\x1bE\x01total: 10392.00\n\x1bE\x00");
    job.extend(b"cash: 10400.00\nchange: 8.00\n\x1ba\x01thank you\n\x1bd\x03\x1dV\x00");
    job
}
