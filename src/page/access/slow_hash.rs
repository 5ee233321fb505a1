//! Argon2id of a PIN, in PHC form: `$argon2id$v=19$m=12288,t=3,p=1$SALT$HASH` (RFC 9106).
//!
//! 12 MiB and three passes: as good as OWASP's first choice of 19 MiB and two, on a till with
//! 512 MiB. The memory goes back to the system afterwards.
//!
//! Not here: how often a PIN may be tried (`pin`).

use argon2::password_hash::{Output, ParamsString, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use sync::random::random;

const MEMORY_KIB: u32 = 12 * 1024;
const PASSES: u32 = 3;

/// A file that asks for more than this was not written here.
const MEMORY_KIB_MAX: u32 = 20 * 1024;

/// Room that is set aside, of which only what Argon2 fills is ever there. The C library gives
/// memory back at once where a piece is larger than 32 MiB (glibc's `DEFAULT_MMAP_THRESHOLD_MAX`);
/// a smaller one it keeps from the second time on, and the agent would be twice its size for good.
const ROOM_KIB: usize = 33 * 1024;

/// A PIN's hash with a new salt.
pub(super) fn hashed(pin: &str) -> String {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("these are within its limits");
    let salt = SaltString::encode_b64(&random::<16>()).expect("16 bytes are a salt");
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        hash: output(pin, salt.as_salt(), &params),
        params: ParamsString::try_from(&params).expect("three small numbers"),
        salt: Some(salt.as_salt()),
    };
    hash.to_string()
}

/// Whether a PIN has this hash. What is no hash of ours is nobody's.
pub(super) fn is_right(hash: &str, pin: &str) -> bool {
    let Ok(kept) = PasswordHash::new(hash) else { return false };
    let Ok(params) = Params::try_from(&kept) else { return false };
    let ours = kept.algorithm == Algorithm::Argon2id.ident()
        && kept.version == Some(Version::V0x13.into())
        && params.m_cost() <= MEMORY_KIB_MAX;
    let (Some(salt), Some(right), true) = (kept.salt, kept.hash, ours) else { return false };
    // `Output` compares in constant time.
    output(pin, salt, &params).is_some_and(|tried| tried == right)
}

fn output(pin: &str, salt: Salt<'_>, params: &Params) -> Option<Output> {
    let mut bytes = [0; 64];
    let salt = salt.decode_b64(&mut bytes).ok()?;
    let mut memory = Vec::with_capacity(ROOM_KIB.max(params.block_count()));
    memory.resize(params.block_count(), Block::new());
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon.hash_password_into_with_memory(pin.as_bytes(), salt, &mut hash, &mut memory).ok()?;
    Output::new(&hash).ok()
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    #[test]
    fn the_hash_is_what_argon2_itself_takes() {
        let hash = hashed("739518");
        let kept = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"739518", &kept).is_ok());
        assert!(Argon2::default().verify_password(b"739519", &kept).is_err());
        assert!(is_right(&hash, "739518") && !is_right(&hash, "739519"));
        assert_ne!(hash, hashed("739518"), "no two salts are the same");
    }

    #[test]
    fn what_is_no_hash_of_ours_is_nobodys() {
        let hash = hashed("739518");
        for other in [
            String::new(),
            hash.replace("argon2id", "argon2i"),
            hash.replace("v=19", "v=16"),
            hash.replace("m=12288", "m=4000000"),
            hash.rsplit_once('$').unwrap().0.to_owned(),
        ] {
            assert!(!is_right(&other, "739518"), "{other}");
        }
    }
}
