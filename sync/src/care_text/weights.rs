//! The weights of features, learned from `benches/care_text` and kept in `weights.bin`.
//!
//! Whole numbers only, so that every machine judges alike:
//!
//! ```text
//! score(head) = bias + SCALE · Σ weight(feature) / √(number of features)
//! ```
//!
//! In the file like bytes lie beside like, and zstd takes half of them away:
//!
//! ```text
//! biases │ lowest bytes of the differences between hashes │ … │ highest │ weights of head 1 │ … │ of head 4
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
    LazyLock::new(|| Weights::read(&unpack(include_bytes!("weights.bin"))));

/// What weights may take unpacked, in bytes.
pub const BYTES_MAX: usize = 2_400_000;
/// Packing is done once.
const LEVEL: i32 = 19;

/// Packs what [`Weights::read`] reads, for `weights.bin`; empty if zstd fails.
pub fn pack(plain: &[u8]) -> Vec<u8> {
    let (biases, records) = plain.split_at(plain.len().min(4 * HEADS));
    let mut before = 0_u32;
    let rows: Vec<[u8; RECORD]> = records
        .as_chunks::<RECORD>()
        .0
        .iter()
        .map(|record| {
            let hash = u32::from_le_bytes([record[0], record[1], record[2], record[3]]);
            let mut row = *record;
            row[..4].copy_from_slice(&hash.wrapping_sub(before).to_le_bytes());
            before = hash;
            row
        })
        .collect();
    let mut planes = biases.to_vec();
    for byte in 0..RECORD {
        planes.extend(rows.iter().map(|row| row[byte]));
    }
    zstd::bulk::compress(&planes, LEVEL).unwrap_or_default()
}

/// What was packed; nothing if these bytes are damaged.
pub fn unpack(packed: &[u8]) -> Vec<u8> {
    let planes = zstd::bulk::decompress(packed, BYTES_MAX + 4 * HEADS).unwrap_or_default();
    let (biases, planes) = planes.split_at(planes.len().min(4 * HEADS));
    let rows = planes.len() / RECORD;
    let mut plain = Vec::with_capacity(biases.len() + planes.len());
    plain.extend(biases);
    let mut hash = 0_u32;
    for at in 0..rows {
        let row: [u8; RECORD] = std::array::from_fn(|byte| planes[byte * rows + at]);
        hash = hash.wrapping_add(u32::from_le_bytes([row[0], row[1], row[2], row[3]]));
        plain.extend(hash.to_le_bytes());
        plain.extend(&row[4..]);
    }
    plain
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        let mut plain = vec![7; 4 * HEADS];
        for n in 0..5_000_u32 {
            plain.extend(n.wrapping_mul(859_433).to_le_bytes());
            plain.extend([n as u8, 0, 255, (n / 7) as u8]);
        }
        let packed = pack(&plain);
        assert!(packed.len() < plain.len());
        assert_eq!(unpack(&packed), plain);
        assert!(unpack(b"damaged").is_empty());
    }

    #[test]
    fn the_shipped_weights_unpack_in_order() {
        assert!(WEIGHTS.hashes.len() > 100_000);
        assert!(WEIGHTS.hashes.is_sorted_by(|one, other| one < other));
    }
}
