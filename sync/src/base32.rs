//! Bytes as letters and digits that a person copies from paper.
//!
//! # Source
//!
//! Alphabet and look-alikes: Douglas Crockford, "Base 32".
//!
//! Not here: what guards against a wrong sign (`message::enrol_code`, `hq::keys::parts`).

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Five bits a symbol, as numbers below 32, high bits first; the last one is filled with zeros.
pub(crate) fn symbols(bytes: &[u8]) -> Vec<u8> {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let symbol = |at: usize| (0..5).fold(0, |value, offset| value << 1 | bit(5 * at + offset));
    (0..(bytes.len() * 8).div_ceil(5)).map(symbol).collect()
}

/// The bytes that [`symbols`] had, as far as they are whole.
pub(crate) fn bytes(symbols: &[u8]) -> Vec<u8> {
    let bit = |at: usize| symbols[at / 5] >> (4 - at % 5) & 1;
    let byte = |at: usize| (0..8).fold(0, |value, offset| value << 1 | bit(8 * at + offset));
    (0..symbols.len() * 5 / 8).map(byte).collect()
}

/// The place of a typed sign in an alphabet; lower case, `O` for `0`, `I` and `L` for `1` are as good.
pub(crate) fn value(alphabet: &[u8], typed: char) -> Option<u8> {
    let meant = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = alphabet.iter().position(|known| char::from(*known) == meant)?;
    u8::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_at_every_length() {
        for len in 0..80_u8 {
            let own: Vec<u8> = (0..len).map(|at| at.wrapping_mul(167) ^ 0x5a).collect();
            assert_eq!(bytes(&symbols(&own)), own);
        }
    }

    #[test]
    fn signs_that_look_alike_are_one_and_others_are_none() {
        assert_eq!(value(ALPHABET, 'o'), value(ALPHABET, '0'));
        assert_eq!(value(ALPHABET, 'l'), value(ALPHABET, '1'));
        assert_eq!([value(ALPHABET, 'U'), value(ALPHABET, '票')], [None, None]);
    }
}
