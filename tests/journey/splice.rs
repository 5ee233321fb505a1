//! What was added to a job on its way to the paper, and where.
//!
//! ```text
//! sent     ……… thank you ␊ │            ␊␊␊ ✂
//! printed  ……… thank you ␊ │ note rows  ␊␊␊ ✂
//!                          ╰─ added ─╯
//! ```
//!
//! Not here: what the note says.

/// Bytes that were added before the byte at `at` of what was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Added {
    pub(crate) at: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Added {
    /// Whether nothing that prints stands between the block and the next cut.
    pub(crate) fn stands_before_the_cut(&self, sent: &[u8]) -> bool {
        let alike = self.bytes.iter().rev().zip(sent[..self.at].iter().rev());
        let places = alike.take_while(|(added, sent)| added == sent).count();
        (0..=places).any(|back| {
            let (before, after) = sent.split_at(self.at - back);
            only_feeds_until_the_cut(after) && !is_cut_off(before)
        })
    }
}

/// Explains `printed` as `sent` plus at most `most` added blocks; `None` if it is anything else.
///
/// Where bytes before and after a block look alike its place is not certain: the last possible one
/// is given, [`Added::stands_before_the_cut`] looks at all of them.
pub(crate) fn added(sent: &[u8], printed: &[u8], most: usize) -> Option<Vec<Added>> {
    explain(sent, printed, most, 0)
}

fn explain(sent: &[u8], printed: &[u8], most: usize, offset: usize) -> Option<Vec<Added>> {
    if sent == printed {
        return Some(Vec::new());
    }
    let extra = printed.len().checked_sub(sent.len())?;
    if most == 0 || extra == 0 {
        return None;
    }
    let same = sent.iter().zip(printed).take_while(|(a, b)| a == b).count();
    (1..=extra).rev().find_map(|len| {
        let (rest, after) = (&sent[same..], &printed[same + len..]);
        if most == 1 && len != extra {
            return None;
        }
        let mut blocks = explain(rest, after, most - 1, offset + same)?;
        blocks.insert(0, Added { at: offset + same, bytes: printed[same..same + len].to_vec() });
        Some(blocks)
    })
}

/// Whether nothing that prints stands between `from` and the next cut, or the end of the job.
fn only_feeds_until_the_cut(from: &[u8]) -> bool {
    let rest = after_silence(from);
    rest.is_empty() || cut(rest).is_some()
}

/// Whether the last thing that happened to the paper is a cut.
fn is_cut_off(before: &[u8]) -> bool {
    (0..before.len()).any(|at| {
        let end = cut(&before[at..]).map(|len| at + len);
        end.and_then(|end| before.get(end..)).is_some_and(|rest| after_silence(rest).is_empty())
    })
}

/// What is left behind commands that put nothing on the paper.
fn after_silence(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = silent(bytes).and_then(|len| bytes.get(len..)) {
        bytes = rest;
    }
    bytes
}

/// The length of the cut that `bytes` begin with.
const fn cut(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x1D, b'V', 65 | 66 | 97 | 98 | 103 | 104, ..] => Some(4),
        [0x1D, b'V', ..] => Some(3),
        [0x1B, b'i' | b'm', ..] => Some(2),
        _ => None,
    }
}

/// The length of a command that puts nothing on the paper.
const fn silent(bytes: &[u8]) -> Option<usize> {
    Some(match bytes {
        [b'\n' | b'\r' | 0x0C | 0 | b' ', ..] => 1,
        [0x1B, b'@' | b'2', ..] | [0x1C, b'&' | b'.', ..] => 2,
        [0x1B, b'd' | b'J' | b'a' | b'!' | b'3' | b'E' | b'-' | b'r' | b't' | b'9' | b'M', ..] => 3,
        [0x1D, b'!' | b'B' | b'r' | b'I' | b'a' | b'b', ..] => 3,
        [0x10, 0x04 | 0x05, ..] | [0x1C, b'!', ..] => 3,
        [0x1D, b'L' | b'W', ..] | [0x1B, b'$', ..] => 4,
        [0x1B, b'p', ..] | [0x10, 0x14, ..] => 5,
        _ => return None,
    })
}

#[test]
fn a_block_is_found_and_a_changed_byte_is_not_forgiven() {
    let sent = b"thanks\n\n\n\x1dV\x00";
    let printed = b"thanks\nNOTE\n\n\n\x1dV\x00";
    let blocks = added(sent, printed, 1).unwrap();
    assert_eq!(blocks.len(), 1);
    assert!(blocks[0].stands_before_the_cut(sent));
    let early = added(sent, b"thaNOTEnks\n\n\n\x1dV\x00", 1).unwrap();
    assert!(!early[0].stands_before_the_cut(sent), "`nks` stands before the cut");
    let late = added(sent, b"thanks\n\n\n\x1dV\x00NOTE", 1).unwrap();
    assert!(!late[0].stands_before_the_cut(sent), "on the next customer's paper");
    let alike = added(b"a\n\x1bd\x03\x1dV\x00", b"a\n\x1bE\x01\x1bd\x03\x1dV\x00", 1).unwrap();
    assert!(alike[0].stands_before_the_cut(b"a\n\x1bd\x03\x1dV\x00"), "both begin with ESC");
    assert_eq!(added(sent, b"thanXs\nNOTE\n\n\n\x1dV\x00", 1), None, "changed");
    assert_eq!(added(sent, b"NOTE thanks\n\n\x1dV\x00\n", 1), None, "reordered");
    assert_eq!(added(sent, b"1thanks\n\n\n2\x1dV\x00", 1), None, "two blocks where one may be");
    assert_eq!(added(sent, b"1thanks\n\n\n2\x1dV\x00", 2).unwrap().len(), 2);
}
