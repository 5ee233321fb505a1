//! One test per way a sealed event can be wrong.

use super::*;
use crate::event::{Epoch, Seq, TerminalId};
use crate::hex;

const PREV: Hash = Hash([0x33; 32]);

fn secret() -> SealingSecret {
    SealingSecret::from_bytes(7, [0x44; 32])
}

fn position() -> Position {
    Position { terminal: TerminalId([0x11; 16]), epoch: Epoch([0x22; 16]), seq: Seq(5) }
}

fn sealed() -> Vec<u8> {
    seal(&secret().public(), &position(), &PREV, b"a sale").unwrap()
}

/// Frozen: do not change the test. Tills hold sealed events for weeks, HQ for years.
#[test]
fn an_event_sealed_by_the_first_version_still_opens() {
    let vector = hex::bytes(
        "\
        00000007f7b08c21fe3ee078bf0c666763d1cbba6e919c1da52efaaa11165088cad3311cfc251105b7bf\
        f2cafcce61206e6f2358bbda6bc93a9b",
    );
    assert_eq!(open(&secret(), &position(), &PREV, &vector).unwrap(), b"a sale");
}

/// Frozen: do not change the test.
#[test]
fn a_stored_key_keeps_its_public_half() {
    assert_eq!(
        hex::text(&secret().public().key),
        "ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6b"
    );
}

#[test]
fn sealing_adds_exactly_its_overhead_and_never_repeats_itself() {
    assert_eq!(sealed().len(), b"a sale".len() + OVERHEAD_BYTES);
    assert_ne!(sealed(), sealed());
}

#[test]
fn an_event_moved_to_another_number_does_not_open() {
    let moved = Position { seq: Seq(6), ..position() };
    assert_eq!(open(&secret(), &moved, &PREV, &sealed()), Err(OpenError::Broken));
}

#[test]
fn an_event_moved_to_another_terminal_does_not_open() {
    let moved = Position { terminal: TerminalId([0x12; 16]), ..position() };
    assert_eq!(open(&secret(), &moved, &PREV, &sealed()), Err(OpenError::Broken));
}

#[test]
fn an_event_moved_to_another_epoch_does_not_open() {
    let moved = Position { epoch: Epoch([0x23; 16]), ..position() };
    assert_eq!(open(&secret(), &moved, &PREV, &sealed()), Err(OpenError::Broken));
}

#[test]
fn an_event_behind_another_history_does_not_open() {
    assert_eq!(open(&secret(), &position(), &Hash::GENESIS, &sealed()), Err(OpenError::Broken));
}

#[test]
fn a_changed_bit_anywhere_does_not_open() {
    let sealed = sealed();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 0x80;
        assert!(open(&secret(), &position(), &PREV, &changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_truncated_event_does_not_open() {
    let sealed = sealed();
    for length in 0..sealed.len() {
        assert!(open(&secret(), &position(), &PREV, &sealed[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn another_key_does_not_open_even_under_the_same_id() {
    let (other, twin) = (SealingSecret::generate(8), SealingSecret::generate(7));
    let is_other = Err(OpenError::OtherKey { id: 7 });
    assert_eq!(open(&other, &position(), &PREV, &sealed()), is_other);
    assert_eq!(open(&twin, &position(), &PREV, &sealed()), Err(OpenError::Broken));
}

#[test]
fn a_message_of_one_kind_does_not_open_as_another() {
    let sealed = seal_to(&secret().public(), b"kind a", b"", b"text").unwrap();
    assert_eq!(open_with(&secret(), b"kind b", b"", &sealed), Err(OpenError::Broken));
    assert_eq!(open_with(&secret(), b"kind a", b"x", &sealed), Err(OpenError::Broken));
    assert_eq!(open_with(&secret(), b"kind a", b"", &sealed).unwrap(), b"text");
}

#[test]
fn an_all_zero_public_key_is_refused() {
    let zero = SealingPublic { id: 1, key: [0; 32] };
    assert_eq!(seal_to(&zero, b"", b"", b"x"), Err(SealError::BadKey { id: 1 }));
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", secret()), "SealingSecret(key 7)");
}
