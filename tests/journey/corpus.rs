//! Recorded jobs: a few of our own, and a folder of many where there is one.
//!
//! `HUITOU_CORPUS` names the folder; without it `../shared/corpus` beside the workspace is looked
//! at. Where neither is there, the tests run over our own jobs and say so.
//!
//! Not here: what is to come of a job (`bytes`, `read`).

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::till::{self, FEED_AND_CUT, Receipt, gb18030};

/// A job and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) path: Option<PathBuf>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) truth: Option<Truth>,
}

/// What somebody who knows has written down about a job.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Offset of each cut's first byte.
    pub(crate) cuts: Vec<u64>,
    pub(crate) sales: usize,
    pub(crate) encoding: String,
    /// The till paused here, before this byte and for so many ms.
    pub(crate) pause: Option<(usize, u64)>,
}

/// Every job there is.
#[allow(clippy::print_stdout)] // whoever runs the tests is to know what they did not run over
pub(crate) fn jobs() -> Vec<Recorded> {
    let mut jobs = own();
    let Some(folder) = folder() else {
        println!("skipped: no corpus folder (set HUITOU_CORPUS); only the tests' own jobs ran");
        return jobs;
    };
    for part in ["real", "clients", "adversarial"] {
        jobs.extend(part_of(&folder.join(part)));
    }
    jobs
}

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("HUITOU_CORPUS").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn part_of(folder: &Path) -> Vec<Recorded> {
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "bin"));
    paths.sort();
    let recorded = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let truth = truth(&manifest[&name]);
        let bytes = std::fs::read(&path).unwrap();
        Recorded { name, path: Some(path), bytes, truth }
    };
    paths.into_iter().map(recorded).collect()
}

fn truth(entry: &Value) -> Option<Truth> {
    Some(Truth {
        cuts: entry["cuts"].as_array()?.iter().filter_map(Value::as_u64).collect(),
        sales: usize::try_from(entry["sales"].as_u64()?).ok()?,
        encoding: entry["encoding"].as_str()?.to_owned(),
        pause: entry["pause_before_offset"]
            .as_u64()
            .and_then(|offset| usize::try_from(offset).ok())
            .zip(entry["pause_ms"].as_u64()),
    })
}

/// Jobs of our own, so that the suite proves something on any machine.
fn own() -> Vec<Recorded> {
    let offset = |before: &[u8]| u64::try_from(before.len()).unwrap();
    let receipt = |no: &str| Receipt::of(no, "纯棉衬衫", 24_200).bytes();
    let body = |no: &str| receipt(no)[..receipt(no).len() - FEED_AND_CUT.len()].to_vec();
    let ended = |no: &str, feed: &[u8], cut: &[u8]| {
        let before = [&body(no), feed].concat();
        (offset(&before), [&before, cut].concat())
    };
    let one = |name, (cut, bytes)| known(name, bytes, vec![cut], 1);
    let plain = receipt("9001");
    let burst = [receipt("9002"), receipt("9003")].concat();
    let cuts = vec![offset(&plain) - 4, offset(&burst) - 4];
    let raster = &b"\x1dv0\x00\x02\x00\x04\x00\x1dV\x00\x1b@\x10\x04\x01"[..];
    let (cut, pictured) = ended("9007", b"\n\n\n", b"\x1dV\x01");
    vec![
        known("own-plain", plain, vec![cuts[0]], 1),
        known("own-two-in-one-burst", burst, cuts, 2),
        one("own-init-after-cut", ended("9004", b"\x1bd\x05", b"\x1dV\x00\x1b@\x1dr\x01")),
        known("own-no-cut", ended("9005", b"\n\n\n\n\n", b"").1, vec![], 1),
        one("own-cut-without-feed", ended("9006", b"", b"\x1bi")),
        one("own-raster-lookalikes", (offset(raster) + cut, [raster, &pictured].concat())),
        one("own-status-asked-in-feed", ended("9008", b"\n\x10\x04\x01\n", b"\x1dV\x00")),
        Recorded { truth: None, ..known("own-english", english(), vec![], 0) },
    ]
}

fn english() -> Vec<u8> {
    let rows = b"ACME OUTFITTERS\r\nReceipt: 7731\r\nShirt          24.20\r\n";
    [
        &b"\x1b@\x1bt\x00"[..],
        rows,
        b"Total          24.20\r\nCash           24.20\r\n\x1bd\x04\x1dV\x01",
    ]
    .concat()
}

fn known(name: &str, bytes: Vec<u8>, cuts: Vec<u64>, sales: usize) -> Recorded {
    let truth = Some(Truth { cuts, sales, encoding: "gb18030".into(), pause: None });
    Recorded { name: name.into(), path: None, bytes, truth }
}

/// A job that is no receipt at all: what tills send to greet the printer.
pub(crate) fn greeting() -> Vec<u8> {
    [&b"\x1b@"[..], &gb18030("欢迎光临\n"), b"\x1bd\x05"].concat()
}

/// A job that starts a slip with nothing on it: it is no sale.
pub(crate) fn empty_slip() -> Vec<u8> {
    [&till::slip("", &[])[..], FEED_AND_CUT].concat()
}
