//! The chain that binds each sealed event to all before it.
//!
//! ```text
//! hash_0 = 0
//! hash_n = SHA-256( hash_{n-1} || header_n || SHA-256(sealed_n) )
//! header = version 1 || terminal 16 || epoch 16 || seq u64, big-endian
//! ```
//!
//! Because the chain runs over the blob's hash, a blob can be destroyed and the chain still be checked.
//!
//! Not here: who vouches for a head (`batch`, `message`: both signed).

use crate::event::Position;
use crate::hex::identifier;
use ring::digest;

identifier! {
    /// The chain's value after an event, or a blob's own SHA-256.
    Hash, 32
}

impl Hash {
    /// Before the first event of an epoch.
    pub const GENESIS: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::joined(&[bytes])
    }

    fn joined(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        parts.iter().for_each(|part| context.update(part));
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }
}

/// The chain's value after `sealed` was appended at `position`.
#[must_use]
pub fn next(prev: &Hash, position: &Position, sealed: &[u8]) -> Hash {
    next_from_digest(prev, position, &Hash::of(sealed))
}

/// As [`next`], from the blob's hash alone: for a blob that was destroyed.
#[must_use]
pub fn next_from_digest(prev: &Hash, position: &Position, sealed: &Hash) -> Hash {
    Hash::joined(&[&prev.0, &position.header(), &sealed.0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Epoch, Seq, TerminalId};

    /// Frozen: do not change the test. Every till's chain and HQ's ledger rest on it.
    #[test]
    fn the_chain_has_not_changed() {
        let position =
            Position { terminal: TerminalId([0x11; 16]), epoch: Epoch([0x22; 16]), seq: Seq(1) };
        let first = next(&Hash::GENESIS, &position, b"sealed");
        assert_eq!(
            first.to_string(),
            "f498a54e540922e34f40ce7208348c26a3569d20794f57e1cb54796d8279e6ae"
        );
        let second = next(&first, &Position { seq: Seq(2), ..position }, b"sealed");
        assert_eq!(
            second.to_string(),
            "2ae4922b5a50764513d8c8a251c4994af8230e67af80a2ff4411b5fca53ef2d9"
        );
    }

    #[test]
    fn a_destroyed_blob_leaves_a_chain_that_can_be_checked() {
        let position =
            Position { terminal: TerminalId([1; 16]), epoch: Epoch([2; 16]), seq: Seq(3) };
        let hash = next(&Hash::GENESIS, &position, b"blob");
        assert_eq!(next_from_digest(&Hash::GENESIS, &position, &Hash::of(b"blob")), hash);
    }
}
