//! A power cut before every single step, from every way to every other.

use super::*;
use crate::keys::example;
use std::cell::RefCell;
use std::fs;

const WAYS: [Way; 4] = [Way::File, Way::SystemdCreds, Way::Command, Way::Hq];

/// What gives keys back in a test: HQ and the key store keep one each; the credential's bytes stand for
/// one that systemd sealed.
struct Elsewhere {
    hq: Key,
    store: Key,
}

/// Not sealed by anybody: only the steps on the disk count here.
fn credential(key: &Key) -> Vec<u8> {
    key.iter().map(|byte| byte ^ 0xA5).collect()
}

fn read_credential(path: &Path) -> Option<Key> {
    let bytes: Vec<u8> = fs::read(path).ok()?.iter().map(|byte| byte ^ 0xA5).collect();
    Some(Key::new(bytes.try_into().ok()?))
}

/// A start: the keys as the way in the file gives them.
fn start(dir: &Path, elsewhere: &Elsewhere) -> Option<TerminalKeys> {
    let file = KeyFile::load(dir).ok()?;
    let key = match file.way() {
        Way::File => None,
        Way::SystemdCreds => read_credential(&dir.join(CREDENTIAL_FILE)),
        Way::Command => Some(elsewhere.store.clone()),
        Way::Hq => Some(elsewhere.hq.clone()),
    };
    file.opened(key.as_ref())
}

/// Switches; the power is cut before step `cut`. Gives the steps that were done.
fn switched(
    dir: &Path,
    keys: &TerminalKeys,
    elsewhere: &Elsewhere,
    way: Way,
    cut: usize,
) -> (Result<(), ProtectError>, Vec<&'static str>) {
    let in_use = read_credential(&dir.join(CREDENTIAL_FILE));
    let systemd = in_use.unwrap_or_else(new_key);
    let key = match way {
        Way::File => None,
        Way::SystemdCreds => Some(systemd),
        Way::Command => Some(elsewhere.store.clone()),
        Way::Hq => Some(elsewhere.hq.clone()),
    };
    let credential = key.as_ref().filter(|_| way == Way::SystemdCreds).map(credential);
    let staged = swap::staged(&dir.join(CREDENTIAL_FILE));
    let again = key.clone();
    let given_back = || match way {
        Way::SystemdCreds => Ok(read_credential(&staged)),
        _ => Ok(again.clone()),
    };
    let steps = RefCell::new(Vec::new());
    let mut before = |step: &'static str| {
        if steps.borrow().len() == cut {
            return Err(io::Error::other("the power is cut"));
        }
        steps.borrow_mut().push(step);
        Ok(())
    };
    let next = Prepared { way, key, credential, given_back: &given_back };
    let done = switch_with(dir, keys, next, &mut before);
    (done, steps.into_inner())
}

fn protected(from: Way) -> (tempfile::TempDir, TerminalKeys, Elsewhere) {
    let dir = tempfile::tempdir().unwrap();
    let (keys, elsewhere) = (example(), Elsewhere { hq: new_key(), store: new_key() });
    keys.save_new(dir.path()).unwrap();
    if from != Way::File {
        switched(dir.path(), &keys, &elsewhere, from, usize::MAX).0.unwrap();
    }
    (dir, keys, elsewhere)
}

fn names(dir: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().flatten().map(name).collect();
    names.sort();
    names
}

/// As many steps as a switch has at most, with some to spare.
const STEPS_MAX: usize = 40;

#[test]
fn a_power_cut_before_any_step_leaves_the_old_way_or_the_new_one_whole() {
    let mut cuts = 0;
    for from in WAYS {
        for to in WAYS {
            for cut in 0.. {
                assert!(cut < STEPS_MAX, "it never ends");
                let (dir, keys, elsewhere) = protected(from);
                let (done, _) = switched(dir.path(), &keys, &elsewhere, to, cut);
                let opened = start(dir.path(), &elsewhere);
                let opened = opened.unwrap_or_else(|| panic!("{from:?} to {to:?}: cut {cut}"));
                assert!(Secrets::of(&opened) == Secrets::of(&keys));
                let way = KeyFile::load(dir.path()).unwrap().way();
                assert!(way == from || way == to);
                swap::sweep(dir.path(), way, &mut |_| Ok(())).unwrap();
                assert!(start(dir.path(), &elsewhere).is_some(), "after the next start");
                let wanted = match way {
                    Way::SystemdCreds => vec![CREDENTIAL_FILE, KEY_FILE],
                    _ => vec![KEY_FILE],
                };
                assert_eq!(names(dir.path()), wanted, "{from:?} to {to:?}: cut {cut}");
                if done.is_ok() {
                    assert_eq!(way, to);
                    break;
                }
                cuts += 1;
            }
        }
    }
    assert!(cuts > 80, "only {cuts} cuts were tried");
}

#[test]
fn a_second_try_after_a_cut_succeeds() {
    for cut in 0..STEPS_MAX {
        let (dir, keys, elsewhere) = protected(Way::File);
        if switched(dir.path(), &keys, &elsewhere, Way::SystemdCreds, cut).0.is_ok() {
            assert!(cut > 5, "there was nothing to cut");
            return;
        }
        let way = KeyFile::load(dir.path()).unwrap().way();
        swap::sweep(dir.path(), way, &mut |_| Ok(())).unwrap();
        switched(dir.path(), &keys, &elsewhere, Way::Hq, usize::MAX).0.unwrap();
        assert_eq!(names(dir.path()), [KEY_FILE]);
        assert!(start(dir.path(), &elsewhere).is_some());
    }
    panic!("it never succeeded");
}

#[test]
fn a_way_that_gives_another_key_back_changes_nothing() {
    let (dir, keys, _) = protected(Way::File);
    let before = fs::read(dir.path().join(KEY_FILE)).unwrap();
    for wrong in [None, Some(new_key())] {
        let given_back = || Ok(wrong.clone());
        let key = Some(new_key());
        let next = Prepared { way: Way::Command, key, credential: None, given_back: &given_back };
        let done = switch_with(dir.path(), &keys, next, &mut |_| Ok(()));
        assert!(matches!(done, Err(ProtectError::NotVerified)));
        assert_eq!(fs::read(dir.path().join(KEY_FILE)).unwrap(), before);
        swap::sweep(dir.path(), Way::File, &mut |_| Ok(())).unwrap();
        assert_eq!(names(dir.path()), [KEY_FILE]);
    }
}

#[test]
fn what_was_staged_is_read_back_before_anything_old_is_touched() {
    let (dir, keys, elsewhere) = protected(Way::File);
    let (done, steps) = switched(dir.path(), &keys, &elsewhere, Way::SystemdCreds, usize::MAX);
    done.unwrap();
    assert_eq!(
        steps,
        [
            "write the new file",
            "write the new file",
            "put the new file in place",
            "write the directory",
            "name the old file",
            "put the new file in place",
            "write the directory",
            "overwrite the old file",
            "remove the old file",
        ]
    );
}
