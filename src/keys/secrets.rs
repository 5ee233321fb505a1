//! The secrets of a terminal as bytes, and their sealed form under one wrapping key.
//!
//! ```text
//! all   = signing seed 32 ‖ sealing secret 32 ‖ index 32 ‖ local 32
//! local =                                       index 32 ‖ local 32
//! sealed = AES-256-GCM under the wrapping key, for this terminal and this way only
//! ```
//!
//! Not here: where the wrapping key comes from (`systemd`, `command`, `release`).

use sync::event::TerminalId;
use sync::random::random;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{TerminalKeys, Way};
use crate::at_rest::LocalKey;

/// 32 random bytes, wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

pub(super) fn new_key() -> Key {
    Zeroizing::new(random())
}

/// Who we are to HQ.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub(super) struct Identity {
    pub(super) signing_seed: [u8; 32],
    pub(super) sealing_secret: [u8; 32],
}

/// What seals what stays here.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub(super) struct Local {
    pub(super) index: [u8; 32],
    pub(super) local: [u8; 32],
}

/// All of them.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Secrets {
    pub(super) identity: Identity,
    pub(super) local: Local,
}

impl Secrets {
    pub(super) fn of(keys: &TerminalKeys) -> Self {
        Self {
            identity: Identity {
                signing_seed: *keys.signing.seed(),
                sealing_secret: *keys.sealing.to_bytes(),
            },
            local: Local { index: keys.index, local: keys.local },
        }
    }

    pub(super) fn seal(&self, key: &Key, terminal: &TerminalId, way: Way) -> Vec<u8> {
        let local = self.local.bytes();
        let identity = [self.identity.signing_seed, self.identity.sealing_secret];
        let identity = Zeroizing::new(identity.concat());
        let all = Zeroizing::new([&identity[..], &local[..]].concat());
        LocalKey::new(key).seal(&aad(terminal, way), &all)
    }

    /// `None` if it was sealed under another key, or is damaged.
    pub(super) fn open(key: &Key, terminal: &TerminalId, way: Way, sealed: &[u8]) -> Option<Self> {
        let plain = LocalKey::new(key).open(&aad(terminal, way), sealed).ok()?;
        let plain = Zeroizing::new(plain);
        let (identity, local) = plain.split_at_checked(64)?;
        let (signing_seed, sealing_secret) = halves(identity)?;
        Some(Self {
            identity: Identity { signing_seed, sealing_secret },
            local: Local::from_bytes(local)?,
        })
    }
}

impl Local {
    pub(super) fn seal(&self, key: &Key, terminal: &TerminalId, way: Way) -> Vec<u8> {
        LocalKey::new(key).seal(&aad(terminal, way), &self.bytes())
    }

    /// `None` if it was sealed under another key, or is damaged.
    pub(super) fn open(key: &Key, terminal: &TerminalId, way: Way, sealed: &[u8]) -> Option<Self> {
        let plain = LocalKey::new(key).open(&aad(terminal, way), sealed).ok()?;
        Self::from_bytes(&Zeroizing::new(plain))
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.index, self.local].concat())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (index, local) = halves(bytes)?;
        Some(Self { index, local })
    }
}

fn halves(bytes: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let (first, second) = bytes.split_at_checked(32)?;
    Some((first.try_into().ok()?, second.try_into().ok()?))
}

/// A blob that was moved to another terminal's file, or given another way, does not open.
fn aad(terminal: &TerminalId, way: Way) -> Vec<u8> {
    [b"huitou keys v2 ", way.word().as_bytes(), &terminal.0].concat()
}
