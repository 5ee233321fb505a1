//! Tokens of streams that other parsers break on.

use super::*;
use std::vec::Vec;

fn tokens(chunks: &[&[u8]]) -> Vec<(Kind, Vec<u8>)> {
    let mut tokenizer = Tokenizer::default();
    let mut found: Vec<(Kind, Vec<u8>)> = Vec::new();
    let mut take = |token: Token<'_>, _| match (found.last_mut(), token.kind) {
        (Some((Kind::Text, text)), Kind::Text) => text.extend_from_slice(token.bytes),
        (Some((Kind::Payload { last: last @ false }, body)), Kind::Payload { last: ends }) => {
            body.extend_from_slice(token.bytes);
            *last = ends;
        }
        _ => found.push((token.kind, token.bytes.to_vec())),
    };
    for chunk in chunks {
        tokenizer.push(chunk, &mut take);
    }
    tokenizer.finish(&mut take);
    found
}

fn commands(bytes: &[u8]) -> Vec<Vec<u8>> {
    tokens(&[bytes])
        .into_iter()
        .filter(|(kind, _)| matches!(kind, Kind::Command { .. }))
        .map(|(_, bytes)| bytes)
        .collect()
}

#[test]
fn lookalikes_in_a_picture_are_no_commands() {
    let mut job = b"\x1dv0\x00\x08\x00\x08\x00".to_vec();
    job.extend(b"\x1dV\x00\x1bi\x1bm\x1b@".iter().cycle().take(64));
    job.extend(b"\x1dV\x00");
    assert_eq!(commands(&job), [b"\x1dv0\x00\x08\x00\x08\x00".to_vec(), b"\x1dV\x00".to_vec()]);
}

#[test]
fn a_drawer_kick_without_its_times_leaves_the_next_command_whole() {
    assert_eq!(
        commands(b"\x1bp\x00\x1bp\x01\x1d!\x00"),
        [b"\x1bp\x00".to_vec(), b"\x1bp\x01".to_vec(), b"\x1d!\x00".to_vec()]
    );
    assert_eq!(commands(b"\x1bp\x00\x19\xfaA"), [b"\x1bp\x00\x19\xfa".to_vec()]);
}

#[test]
fn a_chinese_qr_code_is_counted_and_an_old_bar_code_ends_with_nul() {
    assert_eq!(
        commands(b"\x1dka\x03\x01\x05\x00\x1dV\x00ab\x1bm"),
        [b"\x1dka\x03\x01\x05\x00\x1dV\x00ab".to_vec(), b"\x1bm".to_vec()]
    );
    assert_eq!(commands(b"\x1dk\x04ABC\x00\x1bm"), [b"\x1dk\x04".to_vec(), b"\x1bm".to_vec()]);
    assert_eq!(commands(b"\x1dk\x04ABC\n\x1bm").last().unwrap(), b"\x1bm", "a lost NUL");
}

#[test]
fn a_beeper_has_two_arguments_and_a_margin_one() {
    assert_eq!(commands(b"\x1bB\x03\x02\x1bm")[0], b"\x1bB\x03\x02");
    assert_eq!(commands(b"\x1bB\x03\n\x1bm")[0], b"\x1bB\x03");
}

#[test]
fn tab_stops_end_at_nul_or_where_they_stop_rising() {
    assert_eq!(commands(b"\x1bD\x08\x10\x00\x1bm"), [b"\x1bD".to_vec(), b"\x1bm".to_vec()]);
    assert_eq!(tokens(&[b"\x1bD\x08\x10\x0aA"])[2], (Kind::Control, b"\n".to_vec()));
}

#[test]
fn glyphs_and_stored_images_are_followed_to_their_end() {
    let glyphs = b"\x1b&\x03AB\x02abcdef\x01ghi\x1bm";
    assert_eq!(commands(glyphs), [b"\x1b&\x03AB".to_vec(), b"\x1bm".to_vec()]);
    let mut images = b"\x1cq\x02\x01\x00\x01\x00abcdefgh\x01\x00\x01\x00".to_vec();
    images.extend(b"\x1bm\x1bm\x1bm\x1bm\x1bm");
    assert_eq!(commands(&images), [b"\x1cq\x02".to_vec(), b"\x1bm".to_vec()]);
}

#[test]
fn star_is_told_from_the_stream_and_taken_back() {
    let cut = |bytes: &[u8]| {
        let mut tokenizer = Tokenizer::default();
        let mut cuts = 0;
        tokenizer.push(bytes, |token, dialect| cuts += usize::from(token.is_cut(dialect)));
        cuts
    };
    assert_eq!(cut(b"\x1bd\x02"), 0);
    assert_eq!(cut(b"\x1b\x1da\x01text\n\x1bd\x02"), 1);
    assert_eq!(cut(b"\x1b\x1da\x01text\n\x1d!\x00\x1bd\x02"), 0);
    assert_eq!(cut(b"\x10\x04\x02\x1b\x06\x01\x1b@text\n\x1bd\x02"), 0, "a probe is no proof");
    assert_eq!(cut(b"\x1b*rA b\x03\x00\x1d\x56\x00k\x02\x00\x1bm\x1b*rB"), 1, "Star raster rows");
}

#[test]
fn a_foreign_frame_goes_on_byte_by_byte() {
    let found = tokens(&[b"\x38\x1c\x1c\x03 \r\n\x1ba\x01"]);
    assert_eq!(found.last().unwrap(), &(Kind::Command { body: false }, b"\x1ba\x01".to_vec()));
    assert_eq!(found[1].1, b"\x1c");
}

mod properties {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Bytes that a printer stream is likely to break on.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            vec(any::<u8>(), 0..12),
            (0u8..=255, vec(0u8..4, 0..8)).prop_map(|(op, args)| [&[0x1B, op], &args[..]].concat()),
            (0u8..=255, vec(0u8..4, 0..8)).prop_map(|(op, args)| [&[0x1D, op], &args[..]].concat()),
            (0u8..=255, vec(0u8..4, 0..8)).prop_map(|(op, args)| [&[0x1C, op], &args[..]].concat()),
            Just(b"text\n\x1dV\x00".to_vec()),
        ];
        vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// What goes in comes out: every byte, in order, whatever it is.
        #[test]
        fn tokens_are_lossless(stream in stream()) {
            let joined = tokens(&[&stream]).into_iter().flat_map(|(_, bytes)| bytes).collect::<Vec<_>>();
            prop_assert_eq!(joined, stream);
        }

        /// A port may deliver a job in any pieces.
        #[test]
        fn chopping_changes_nothing(stream in stream(), cuts in vec(0usize..400, 0..12)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|at| at.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
            prop_assert_eq!(tokens(&chunks), tokens(&[&stream]));
        }
    }
}
