//! Looks for what must not be in clear, in every way in which it could be written.
//!
//! Not here: which bytes are looked through (`exposure`, `in_postgres`).

use crate::till::Till;
use crate::{LI, WANG};
use encoding_rs::GB18030;
use std::fs;
use std::path::Path;

/// Numbers, a name, an item and its style, as the tests' tills sell them.
const SECRETS: [&str; 5] = [LI, WANG, "李女士", "真丝连衣裙", "DR2301"];

/// A text as UTF-8, GB18030, and UTF-16 in either order.
fn spellings(text: &str) -> [Vec<u8>; 4] {
    let units: Vec<u16> = text.encode_utf16().collect();
    [
        text.as_bytes().to_vec(),
        GB18030.encode(text).0.into_owned(),
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ]
}

/// What of it is in `bytes`.
pub(crate) fn told_in(bytes: &[u8]) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|secret| holds(bytes, secret)).collect()
}

/// Whether a text is in `bytes`, in any spelling.
fn holds(bytes: &[u8], text: &str) -> bool {
    spellings(text).iter().any(|part| memchr::memmem::find(bytes, part).is_some())
}

/// Every file under `dir` with what it holds, and whether any holds `known`: without that the search
/// would prove nothing.
pub(crate) fn assert_silent(dir: &Path, known: &str) {
    let mut found = false;
    each_file(dir, &mut |path, bytes| {
        let told = told_in(bytes);
        assert!(told.is_empty(), "{} holds {told:?}", path.display());
        found |= holds(bytes, known);
    });
    assert!(found, "no file holds even what is in clear on purpose: is this the place?");
}

fn each_file(dir: &Path, see: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, see);
        } else if let Ok(bytes) = fs::read(&path) {
            see(&path, &bytes); // else a running server has just removed it
        }
    }
}

/// The bytes of an upload of all that a till wrote, as somebody on the line would see them inside TLS.
pub(crate) fn assert_upload_is_silent(till: &Till) {
    let (path, body) = till.batch(1, till.last().0);
    let told = told_in(&[path.as_bytes(), &body].concat());
    assert!(told.is_empty(), "the upload holds {told:?}");
    assert!(body.len() > 1_000, "only {} bytes", body.len());
}

#[test]
fn the_search_finds_every_spelling_of_what_is_there() {
    for secret in SECRETS {
        for spelling in spellings(secret) {
            let bytes = [b"\x01\x02\0", spelling.as_slice(), b"\xff"].concat();
            assert_eq!(told_in(&bytes), [secret]);
        }
    }
    assert!(told_in("138****6721 李 真丝".as_bytes()).is_empty());
}
