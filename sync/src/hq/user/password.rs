//! Argon2id of a password, in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH` (RFC 9106).
//!
//! 19 MiB and two passes: OWASP's first choice.
//!
//! # Invariants
//!
//! - A name that nobody has costs what a wrong password costs: [`nobodys`] is a hash like any other.
//!
//! Not here: how often one may try (`web::wait`).

use crate::random::random;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Argon2, PasswordHash};
use std::sync::OnceLock;

/// The shortest, in characters (NIST SP 800-63B asks for 8 beside a second factor, 15 without).
pub(crate) const LENGTH_MIN: usize = 10;
/// The longest, in bytes: what is longer is no password.
pub(crate) const LENGTH_MAX: usize = 256;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Weak {
    /// Too short or too long.
    #[error("a password has at least {LENGTH_MIN} characters and at most {LENGTH_MAX} bytes")]
    Length,
    /// One sign over and over, or a row.
    #[error("this password is among the first that everybody tries")]
    Trivial,
}

/// A password's hash with a new salt.
///
/// # Errors
///
/// [`Weak`] if it will not do.
pub(crate) fn hashed(password: &str) -> Result<String, Weak> {
    check(password)?;
    Ok(hash(password))
}

fn check(password: &str) -> Result<(), Weak> {
    if password.chars().count() < LENGTH_MIN || password.len() > LENGTH_MAX {
        return Err(Weak::Length);
    }
    let mut signs: Vec<char> = password.to_lowercase().chars().collect();
    let row = signs.windows(2).all(|pair| u32::from(pair[1]).abs_diff(u32::from(pair[0])) <= 1);
    signs.sort_unstable();
    signs.dedup();
    let known = ["password", "huitou", "12345678", "qwertyui"];
    let famous = known.iter().any(|word| password.to_lowercase().contains(word));
    if row || signs.len() < 4 || (famous && signs.len() < 14) {
        return Err(Weak::Trivial);
    }
    Ok(())
}

fn hash(password: &str) -> String {
    let salt = SaltString::encode_b64(&random::<16>()).expect("16 bytes are a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the defaults are within Argon2's limits").to_string()
}

/// Whether a password has this hash. Takes some 50 ms and 19 MiB, whatever the answer.
pub(crate) fn is_right(hash: &str, password: &str) -> bool {
    let Ok(kept) = PasswordHash::new(hash) else { return false };
    password.len() <= LENGTH_MAX
        && Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
}

/// A hash that no password has, for a name that nobody has.
pub(crate) fn nobodys() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let unknown: [u8; 32] = random();
        hash(&unknown.map(|byte| char::from(b'a' + byte % 26)).iter().collect::<String>())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_or_wrong_and_no_two_hashes_are_the_same() {
        let hash = hashed("correct horse 9").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_right(&hash, "correct horse 9"));
        assert!(!is_right(&hash, "correct horse 8") && !is_right("", "correct horse 9"));
        assert_ne!(hash, hashed("correct horse 9").unwrap());
        assert!(!is_right(nobodys(), "correct horse 9") && nobodys().starts_with("$argon2id$"));
    }

    #[test]
    fn everybodys_first_guesses_are_refused() {
        for password in
            ["short", "aaaaaaaaaaaa", "1234567890", "abcdefghijk", "password12", "abababababab"]
        {
            assert!(hashed(password).is_err(), "{password}");
        }
        assert!(hashed(&"x1y2".repeat(80)).is_err(), "too long");
        assert!(hashed("密码不要太短啊十个字").is_ok(), "characters, not bytes");
    }
}
