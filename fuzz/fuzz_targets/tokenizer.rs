//! The tokenizer on any bytes: it never fails, loses nothing, and does not care how they arrive.
//!
//! The input is a printer stream as it is. Each is read in every dialect and in four choppings: whole,
//! byte by byte, in uneven pieces, and stopped at every cut.
//!
//! Not here: what a token does to the paper (`hold`).
#![no_main]

use core::ops::ControlFlow;

use firmware_bridge::dialect::{Dialect, Tongue};
use firmware_bridge::job;
use firmware_bridge::link::frame::crc32;
use firmware_bridge::token::{Kind, Token, Tokenizer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: &[u8]| {
    let pinned = [Dialect::EscPos, Dialect::Star].map(Tongue::pinned);
    for tongue in [Tongue::default(), pinned[0], pinned[1]] {
        let whole = read(tongue, stream, [stream]);
        assert_eq!(whole, read(tongue, stream, stream.chunks(1)), "byte by byte");
        assert_eq!(whole, read(tongue, stream, uneven(stream)), "in uneven pieces");
        assert_eq!(whole, stopping(tongue, stream), "stopped at every cut");
    }
    slips_tile(stream);
});

/// A token with its dialect; text and payload that came in pieces are joined.
type Found = (Kind, Dialect, Vec<u8>);

fn keep(found: &mut Vec<Found>, token: Token<'_>, dialect: Dialect) {
    match (found.last_mut(), token.kind) {
        (Some((Kind::Text, _, text)), Kind::Text) => text.extend_from_slice(token.bytes),
        (Some((Kind::Payload { last: last @ false }, _, body)), Kind::Payload { last: ends }) => {
            body.extend_from_slice(token.bytes);
            *last = ends;
        }
        _ => found.push((token.kind, dialect, token.bytes.to_vec())),
    }
}

fn read<'a>(
    tongue: Tongue,
    stream: &[u8],
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Found> {
    let (mut tokenizer, mut found) = (Tokenizer::new(tongue), Vec::new());
    for chunk in chunks {
        tokenizer.push(chunk, |token, dialect| keep(&mut found, token, dialect));
    }
    lossless(stream, &found, tokenizer.pending());
    tokenizer.finish(|token, dialect| keep(&mut found, token, dialect));
    lossless(stream, &found, &[]);
    found
}

/// As the bridge reads: nothing is taken behind a cut until it was let go.
fn stopping(tongue: Tongue, stream: &[u8]) -> Vec<Found> {
    let (mut tokenizer, mut found, mut at) = (Tokenizer::new(tongue), Vec::new(), 0);
    let mut given = 0;
    while at < stream.len() {
        let mut cut = false;
        let taken = tokenizer.push_until(&stream[at..], |token, dialect| {
            assert!(!cut, "a token behind a cut that stopped us");
            keep(&mut found, token, dialect);
            given += token.bytes.len();
            cut = token.is_cut(dialect);
            if cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(taken > 0, "stands still");
        at += taken;
        assert_eq!(given + tokenizer.pending().len(), at, "taken, and in no token");
        assert!(!cut || tokenizer.pending().is_empty(), "bytes behind a cut were taken");
        assert!(cut || at == stream.len(), "stopped for nothing");
    }
    tokenizer.finish(|token, dialect| keep(&mut found, token, dialect));
    found
}

fn lossless(stream: &[u8], found: &[Found], pending: &[u8]) {
    let joined = found.iter().flat_map(|(_, _, bytes)| bytes).chain(pending);
    assert!(joined.eq(stream), "bytes lost, added or out of order");
}

/// Pieces whose lengths follow from the stream, so that a finding repeats.
fn uneven(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = stream;
    let mut seed = crc32(0, stream) | 1;
    core::iter::from_fn(move || {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        let len = rest.len().min(1 + (seed % 23) as usize);
        let (piece, after) = rest.split_at(len);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Slips of a recorded stream follow each other and stay inside it.
fn slips_tile(stream: &[u8]) {
    let mut at = 0;
    job::split(stream, |slip| {
        assert!(at <= slip.start && slip.start < slip.end, "slips overlap or are empty");
        assert!(slip.end <= stream.len() as u64, "a slip is longer than the stream");
        assert!(slip.cut.is_none_or(|cut| (slip.start..slip.end).contains(&cut)));
        at = slip.end;
    });
}
