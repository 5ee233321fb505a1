//! Tokens of tills that call out: a name and a hash each, in a file of their own.
//!
//! The agent reads the file at each call, so that a token counts, or does not any more, at once.
//!
//! Not here: what a token opens (`calls`), making one by hand (`command`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::secret::{self, SecretError, Token};

const FILE: &str = "api-tokens.toml";

/// What is kept of a token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Whose it is.
    pub name: String,
    /// The day it was made, `2026-11-21`.
    pub since: String,
    hash: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    #[serde(default, rename = "token")]
    tokens: Vec<Kept>,
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Its name.
    #[error("name a token with up to 32 letters, digits, - and _")]
    Name,
    /// There is one already.
    #[error("there is a token of this name: revoke it first")]
    Exists,
    /// There is none.
    #[error("there is no token of this name")]
    Missing,
    /// The file.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Makes a token; what is returned is shown once.
///
/// # Errors
///
/// [`TokenError`] if the name cannot be used or the file cannot be written.
pub fn add(state_dir: &Path, name: &str, today: &str) -> Result<Token, TokenError> {
    let usable = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '-' || symbol == '_';
    if name.is_empty() || name.len() > 32 || !name.chars().all(usable) {
        return Err(TokenError::Name);
    }
    let mut tokens = list(state_dir)?;
    if tokens.iter().any(|token| token.name == name) {
        return Err(TokenError::Exists);
    }
    let token = Token::random::<32>();
    tokens.push(Kept { name: name.into(), since: today.into(), hash: token.hash() });
    save(state_dir, tokens)?;
    Ok(token)
}

/// All tokens.
///
/// # Errors
///
/// [`SecretError`] if the file cannot be read.
pub fn list(state_dir: &Path) -> Result<Vec<Kept>, SecretError> {
    Ok(secret::read::<OnDisk>(&state_dir.join(FILE))?.tokens)
}

/// Ends a token.
///
/// # Errors
///
/// [`TokenError::Missing`] if there is none of this name, or what the file says.
pub fn revoke(state_dir: &Path, name: &str) -> Result<(), TokenError> {
    let mut tokens = list(state_dir)?;
    let before = tokens.len();
    tokens.retain(|token| token.name != name);
    if tokens.len() == before {
        return Err(TokenError::Missing);
    }
    Ok(save(state_dir, tokens)?)
}

/// Whose token this is.
///
/// # Errors
///
/// [`SecretError`] if the file cannot be read.
pub fn owner(state_dir: &Path, token: &str) -> Result<Option<String>, SecretError> {
    let hash = secret::hash(token);
    Ok(list(state_dir)?.into_iter().find(|kept| kept.hash == hash).map(|kept| kept.name))
}

fn save(state_dir: &Path, tokens: Vec<Kept>) -> Result<(), SecretError> {
    secret::write(&state_dir.join(FILE), &OnDisk { tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_revoked_and_only_its_hash_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (
            add(dir.path(), "pos-1", "2026-11-21").unwrap(),
            add(dir.path(), "pos-2", "2026-11-21").unwrap(),
        );
        assert_eq!(owner(dir.path(), one.clear()).unwrap().as_deref(), Some("pos-1"));
        assert_eq!(owner(dir.path(), two.clear()).unwrap().as_deref(), Some("pos-2"));
        assert_eq!(owner(dir.path(), "").unwrap(), None);
        assert_eq!(owner(dir.path(), &one.hash()).unwrap(), None, "the hash is no token");
        let kept = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(kept.contains(&one.hash()) && !kept.contains(one.clear()));
        revoke(dir.path(), "pos-1").unwrap();
        assert_eq!(owner(dir.path(), one.clear()).unwrap(), None);
        assert_eq!(list(dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_name_is_used_once_and_is_a_plain_word() {
        let dir = tempfile::tempdir().unwrap();
        add(dir.path(), "pos-1", "").unwrap();
        assert!(matches!(add(dir.path(), "pos-1", ""), Err(TokenError::Exists)));
        for name in ["", "a b", "a\nb", &"a".repeat(33)] {
            assert!(matches!(add(dir.path(), name, ""), Err(TokenError::Name)), "{name:?}");
        }
        assert!(matches!(revoke(dir.path(), "pos-9"), Err(TokenError::Missing)));
    }
}
