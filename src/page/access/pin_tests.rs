//! The PIN from the outside: what is taken, what opens, how long it stays shut.

use proptest::prelude::*;

use super::*;

const RIGHT: &str = "739518";

fn set() -> (tempfile::TempDir, Pin) {
    let dir = tempfile::tempdir().unwrap();
    let pin = Pin::new(dir.path());
    pin.set(&NewPin::parse(RIGHT).unwrap()).unwrap();
    (dir, pin)
}

#[test]
fn everybodys_first_guess_is_not_taken() {
    for trivial in [
        "000000",
        "123456",
        "654321",
        "890123",
        "112233",
        "121212",
        "123123",
        "100001",
        "880615",
        "150688",
        "061588",
        "198806",
        "19880615",
        "15061988",
        "111222333",
        "123456789012",
        "998877",
    ] {
        assert_eq!(NewPin::parse(trivial).err(), Some(WeakPin::Trivial), "{trivial}");
    }
    for wrong in ["", "73951", "7395184920647", "73951a", "７３９５１８", " 739518"] {
        assert_eq!(NewPin::parse(wrong).err(), Some(WeakPin::Length), "{wrong}");
    }
    for good in [RIGHT, "994206", "80364719", "407294066813"] {
        assert!(NewPin::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn only_the_pin_opens_and_only_a_hash_is_kept() {
    let (dir, pin) = set();
    assert_eq!(pin.attempt(RIGHT, 0), Ok(()));
    assert_eq!(pin.attempt("739519", 0), Err(Refusal::PinWrong { left: 4 }));
    assert_eq!(pin.attempt("", 0), Err(Refusal::PinWrong { left: 3 }));
    assert_eq!(pin.attempt(RIGHT, 0), Ok(()));
    assert_eq!(pin.attempt("739519", 0), Err(Refusal::PinWrong { left: 4 }), "counted anew");
    let kept = std::fs::read_to_string(dir.path().join(PIN_FILE)).unwrap();
    assert!(kept.contains("$argon2id$v=19$m=12288,t=3,p=1$") && !kept.contains(RIGHT), "{kept}");
}

#[test]
fn without_a_pin_nothing_opens() {
    let dir = tempfile::tempdir().unwrap();
    let pin = Pin::new(dir.path());
    assert!(!pin.is_set());
    assert_eq!(pin.attempt("", 0), Err(Refusal::PinUnset));
    assert_eq!(pin.attempt(RIGHT, 0), Err(Refusal::PinUnset));
}

#[test]
fn five_wrong_tries_lock_it_also_for_the_right_pin_and_after_a_restart() {
    let (dir, pin) = set();
    for left in [4, 3, 2, 1] {
        assert_eq!(pin.attempt("739519", 1_000), Err(Refusal::PinWrong { left }));
    }
    assert_eq!(pin.attempt("739519", 1_000), Err(Refusal::PinLocked { wait_s: 30 }));
    let pin = Pin::new(dir.path());
    assert_eq!(pin.attempt(RIGHT, 30_999), Err(Refusal::PinLocked { wait_s: 1 }));
    assert_eq!(pin.locked_s(30_999), Some(1));
    assert_eq!(pin.attempt("739519", 31_000), Err(Refusal::PinLocked { wait_s: 60 }), "longer");
    assert_eq!(pin.attempt(RIGHT, 91_000), Ok(()));
    assert_eq!(pin.locked_s(91_000), None);
}

#[test]
fn a_new_pin_forgets_the_lock() {
    let (_dir, pin) = set();
    for _ in 0..5 {
        let _ = pin.attempt("739519", 0);
    }
    assert!(pin.locked_s(0).is_some());
    pin.set(&NewPin::parse("994206").unwrap()).unwrap();
    assert_eq!(pin.attempt("994206", 0), Ok(()));
}

#[test]
fn a_count_that_cannot_be_read_or_written_opens_nothing() {
    let (dir, pin) = set();
    std::fs::write(dir.path().join(TRIES_FILE), "wrong = many").unwrap();
    assert_eq!(pin.attempt(RIGHT, 0), Err(Refusal::Storage));
    std::fs::remove_file(dir.path().join(TRIES_FILE)).unwrap();
    std::fs::create_dir(dir.path().join(TRIES_FILE)).unwrap(); // cannot be replaced by a file
    assert_eq!(pin.attempt(RIGHT, 0), Err(Refusal::Storage));
    std::fs::write(dir.path().join(PIN_FILE), "hash = 1").unwrap();
    assert!(pin.is_set(), "a damaged one is not none");
    assert_eq!(pin.attempt(RIGHT, 0), Err(Refusal::Storage));
}

#[test]
fn two_at_once_are_one_and_a_refusal() {
    let (_dir, pin) = set();
    let tries: Vec<_> = std::thread::scope(|scope| {
        let trying: Vec<_> = (0..4).map(|_| scope.spawn(|| pin.attempt(RIGHT, 0))).collect();
        trying.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(tries.contains(&Ok(())));
    assert!(tries.iter().all(|tried| matches!(tried, Ok(()) | Err(Refusal::PinBusy))), "{tries:?}");
}

proptest! {
    /// The lock grows from 30 s to 15 min and no further, whatever the clock does meanwhile.
    #[test]
    fn the_lock_grows_and_a_clock_set_back_does_not_lengthen_it(wrong in 1u32..5_000, back in 0i64..i64::MAX / 2) {
        let now = i64::MAX / 2;
        let tries = Tries { wrong: wrong - 1, until_ms: 0 }.and_one(now);
        let wait_s = tries.wait_s(now).unwrap_or_default();
        let expected = [0, 0, 0, 0, 30, 60, 120, 240, 480].get(wrong as usize - 1);
        prop_assert_eq!(wait_s, expected.copied().unwrap_or(900));
        prop_assert!(tries.wait_s(now - back).unwrap_or_default() <= wait_s);
        prop_assert_eq!(tries.wait_s(now + 900_000), None);
    }
}
