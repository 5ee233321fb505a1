//! Keys as text: what an OS key store hands out, in hex or base64.
//!
//! Not here: who hands it out (`command`, `systemd`).

use zeroize::Zeroizing;

use super::secrets::Key;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex_vec(text)?.as_slice().try_into().ok()
}

pub(super) fn unhex_vec(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for at in (0..text.len()).step_by(2) {
        bytes.push(u8::from_str_radix(&text[at..at + 2], 16).ok()?);
    }
    Some(bytes)
}

/// 32 bytes as 64 digits of hex or as base64, with white space around or none.
pub(super) fn key(text: &[u8]) -> Option<Key> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bytes = if text.len() == 64 { unhex_vec(text)? } else { base64(text)? };
    let mut key = Key::default();
    (bytes.len() == key.len()).then(|| key.copy_from_slice(&bytes))?;
    Some(key)
}

/// RFC 4648, sections 4 and 5; line ends between are passed over, padding may be missing.
pub(super) fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let symbols = text.trim_end_matches(['=', '\n', '\r', ' ']);
    let mut bytes = Zeroizing::new(Vec::with_capacity(symbols.len()));
    let (mut bits, mut held) = (0_u32, 0);
    for symbol in symbols.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        bits = bits << 6 | u32::from(sextet(symbol)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    // What is left over is padding: less than one symbol, and nothing but zeros.
    (held < 6 && bits == 0).then_some(bytes)
}

const fn sextet(symbol: u8) -> Option<u8> {
    Some(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_hex_and_base64_and_nothing_else_is_one() {
        let bytes: [u8; 32] = core::array::from_fn(|at| (at * 37 % 251) as u8);
        assert_eq!(*key(format!("{}\n", hex(&bytes)).as_bytes()).unwrap(), bytes);
        assert_eq!(*key(hex(&bytes).to_uppercase().as_bytes()).unwrap(), bytes);
        let encoded = "ACVKb5S53ggtUnecweYQNVp_pMnuGD1ih6zR9iBFao8";
        assert_eq!(*key(encoded.as_bytes()).unwrap(), bytes);
        let padded = format!("{}=\n", encoded.replace('_', "/"));
        assert_eq!(*key(padded.as_bytes()).unwrap(), bytes);
        for wrong in ["", "00", &hex(&bytes)[2..], "not a key at all", "\u{20ac}", &encoded[1..]] {
            assert!(key(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, plain) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(base64(text).unwrap().as_slice(), plain.as_bytes(), "{text}");
        }
        assert_eq!(base64("Zm9v\nYmE\n").unwrap().as_slice(), b"fooba");
        for wrong in ["Z", "Zh==", "Zm9vY", "Zm9v*"] {
            assert!(base64(wrong).is_none(), "{wrong}");
        }
    }
}
