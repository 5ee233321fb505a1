//! The system's randomness as a seed tells it, so that a run with keys, nonces and epochs repeats.
//!
//! Keys and sealing draw from `ring`, `ring` from the kernel by the C library's `syscall`. This
//! program has a `syscall` of its own, which answers that one question and passes on all others. So
//! the code of both ends is the code that is shipped, down to the call: nothing in it can be switched.
//! Only a program that holds this file draws from a seed, and only on a thread that asked for it.
//!
//! Not here: what the story draws (`chance`).

// The one thing that cannot be had without: to stand in for a symbol of the C library.
#![allow(unsafe_code)]

use core::ffi::{CStr, c_char, c_long, c_void};
use std::cell::RefCell;
use std::sync::OnceLock;

use crate::chance::Chance;

#[cfg(target_arch = "x86_64")]
const SYS_GETRANDOM: c_long = 318;
#[cfg(target_arch = "aarch64")]
const SYS_GETRANDOM: c_long = 278;

/// `RTLD_NEXT` of `dlfcn.h`: the symbol behind ours.
const NEXT: *mut c_void = usize::MAX as *mut c_void;

type Syscall = unsafe extern "C" fn(c_long, usize, usize, usize, usize, usize, usize) -> c_long;

thread_local! {
    static STREAM: RefCell<Option<Chance>> = const { RefCell::new(None) };
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// From now on this thread's randomness follows from `seed`; `None` gives it back to the system.
pub(crate) fn follow(seed: Option<u64>) {
    STREAM.set(seed.map(|seed| Chance::new(seed, 0xE4)));
}

/// Fills `bytes` from the stream; `false` if this thread has none.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    STREAM.with_borrow_mut(|stream| {
        let Some(stream) = stream else { return false };
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&stream.next().to_le_bytes()[..chunk.len()]);
        }
        true
    })
}

/// The C library's `syscall`, but for one question.
#[unsafe(no_mangle)]
extern "C" fn syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    if number == SYS_GETRANDOM && b > 0 {
        // SAFETY: who asks for randomness gives a buffer of `b` bytes at `a` to write to.
        let bytes = unsafe { core::slice::from_raw_parts_mut(a as *mut u8, b) };
        if fill(bytes) {
            return c_long::try_from(b).unwrap_or(c_long::MAX);
        }
    }
    // SAFETY: the arguments are those of our caller, who owes them to the C library's `syscall`; on
    // the architectures above a variadic call passes whole numbers as any other does.
    unsafe { behind()(number, a, b, c, d, e, f) }
}

fn behind() -> Syscall {
    static BEHIND: OnceLock<Syscall> = OnceLock::new();
    const NAME: &CStr = c"syscall";
    if let Some(found) = BEHIND.get() {
        return *found;
    }
    // SAFETY: `dlsym` may be called at any time; the C library has `syscall`, with that signature.
    let found: Syscall = unsafe {
        let symbol = dlsym(NEXT, NAME.as_ptr());
        assert!(!symbol.is_null(), "the C library has no syscall");
        core::mem::transmute::<*mut c_void, Syscall>(symbol)
    };
    *BEHIND.get_or_init(|| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync::seal::{SealingSecret, seal_to};

    #[test]
    fn keys_and_sealing_follow_the_seed_and_the_system_again_afterwards() {
        let draw = || {
            let secret = SealingSecret::generate(1);
            let sealed = seal_to(&secret.public(), b"info", b"aad", b"plain").unwrap();
            (sync::random::random::<16>(), *secret.to_bytes(), sealed)
        };
        follow(Some(5));
        let first = draw();
        follow(Some(5));
        assert_eq!(draw(), first);
        follow(Some(6));
        assert_ne!(draw(), first);
        follow(None);
        assert_ne!(draw(), draw(), "the system's own");
    }
}
