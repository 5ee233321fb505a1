//! A run's fingerprint: two runs of one seed that differ in a single byte differ here.
//!
//! Not here: anything secret; this is no cryptographic hash.

/// A running hash (the multiply-and-rotate of FxHash).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Trace(pub(crate) u64);

impl Trace {
    pub(crate) fn number(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517C_C1B7_2722_0A95);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let chunk: [u8; 8] = chunk.try_into().expect("chunks of eight");
            self.number(u64::from_le_bytes(chunk));
        }
        let mut rest = [0; 8];
        rest[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        self.number(u64::from_le_bytes(rest));
        self.number(bytes.len() as u64);
    }
}
