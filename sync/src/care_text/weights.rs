//! The weights of features, learned from `benches/care_text` and kept in `weights.bin`.
//!
//! Whole numbers only, so that every machine judges alike:
//!
//! ```text
//! score(head) = bias + SCALE · Σ weight(feature) / √(number of features)
//! ```
//!
//! Not here: learning them (`benches/care_text/train.rs`).

use std::sync::LazyLock;

use super::features::Feature;

/// What is scored: whether the text is bad at all, and each offence.
pub const HEADS: usize = 4;
/// Keeps the fraction of a score in whole numbers.
pub const SCALE: i64 = 256;
/// Bytes of a weight: 4 of the hash, 1 for each head.
const RECORD: usize = 4 + HEADS;

/// The weights of all features, by hash.
#[derive(Debug, Default)]
pub struct Weights {
    bias: [i64; HEADS],
    hashes: Vec<u32>,
    weights: Vec<[i8; HEADS]>,
}

/// The weights that ship.
pub(super) static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| Weights::read(include_bytes!("weights.bin")));

impl Weights {
    /// Reads a file: a bias of 4 bytes (little-endian) for each head, then records in order of their hash.
    pub fn read(file: &[u8]) -> Self {
        let mut weights = Self::default();
        let (biases, records) = file.split_at(file.len().min(4 * HEADS));
        for (head, bytes) in biases.chunks_exact(4).enumerate() {
            weights.bias[head] =
                i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        }
        for record in records.chunks_exact(RECORD) {
            weights.hashes.push(u32::from_le_bytes([record[0], record[1], record[2], record[3]]));
            weights.weights.push(std::array::from_fn(|head| i8::from_le_bytes([record[4 + head]])));
        }
        weights
    }

    /// Returns the weights of a feature, zero if it was never seen.
    pub(super) fn of(&self, hash: u32) -> [i8; HEADS] {
        self.hashes.binary_search(&hash).map_or([0; HEADS], |index| self.weights[index])
    }

    /// Scores features, each counted once.
    pub fn score(&self, hashes: impl IntoIterator<Item = u32>) -> [i64; HEADS] {
        let mut sums = [0_i64; HEADS];
        let mut count = 0_u64;
        for hash in hashes {
            count += 1;
            let weights = self.of(hash);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += i64::from(weight);
            }
        }
        let root = i64::try_from((count.max(1) * 65_536).isqrt()).unwrap_or(i64::MAX);
        std::array::from_fn(|head| self.bias[head] + sums[head] * SCALE * 256 / root)
    }
}

/// Returns the hashes of features, each once, in order.
pub(super) fn once(features: &[Feature]) -> Vec<u32> {
    let mut hashes: Vec<u32> = features.iter().map(|feature| feature.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
