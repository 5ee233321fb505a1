//! The wrapping key in an operating system's own key store, reached by its own tool.
//!
//! Not here: how a program is run (`tool`).

use serde::Deserialize;

use super::secrets::{Key, new_key};
use super::text::{self, hex};
use super::tool::{self, Stderr, ToolError};

/// `[keys]`: the tool's two commands, each as its program and words; no shell looks at them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysConfig {
    /// Prints the key: 32 bytes as hex or base64, and nothing else.
    pub unlock: Vec<String>,
    /// Takes a key of 64 hex digits on stdin and keeps it. Without one, what `unlock` prints was put
    /// there by a person.
    pub store: Vec<String>,
}

/// Why the key store gives no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The configuration names no tool.
    #[error("the configuration has no [keys] unlock: write the key store's command there")]
    NotConfigured,
    /// The tool failed.
    #[error("the key store ([keys] unlock): {0}")]
    Unlock(#[source] ToolError),
    /// It printed something else.
    #[error(
        "the key store ([keys] unlock) printed no key: 32 bytes as hex or base64, and nothing else"
    )]
    NoKey,
    /// The tool would not keep it.
    #[error("the key store ([keys] store): {0}")]
    Store(#[source] ToolError),
    /// Nothing is there and nothing may be put there.
    #[error(
        "{0}; put a key there by hand (32 random bytes as 64 hex digits), or write [keys] store"
    )]
    Empty(Box<CommandError>),
    /// It gives back something else than it was given.
    #[error("the key store does not give back what it was given: [keys] store and unlock differ")]
    Differs,
}

/// Asks the key store for the key.
pub(super) fn unlock(config: &KeysConfig) -> Result<Key, CommandError> {
    if config.unlock.is_empty() {
        return Err(CommandError::NotConfigured);
    }
    let printed = tool::run(&config.unlock, b"", Stderr::Hidden).map_err(CommandError::Unlock)?;
    text::key(&printed).ok_or(CommandError::NoKey)
}

/// The key that is in the store, or a new one put there. One that is there is never replaced: something
/// may be wrapped under it.
pub(super) fn found_or_stored(config: &KeysConfig) -> Result<Key, CommandError> {
    let missing = match unlock(config) {
        Err(error @ (CommandError::Unlock(_) | CommandError::NoKey)) => error,
        other => return other,
    };
    if config.store.is_empty() {
        return Err(CommandError::Empty(Box::new(missing)));
    }
    let key = new_key();
    let digits = zeroize::Zeroizing::new(hex(key.as_slice()));
    tool::run(&config.store, digits.as_bytes(), Stderr::Hidden).map_err(CommandError::Store)?;
    match unlock(config)? == key {
        true => Ok(key),
        false => Err(CommandError::Differs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn in_file(path: &Path) -> KeysConfig {
        let path = path.to_str().unwrap();
        KeysConfig {
            unlock: words(&["cat", path]),
            store: words(&["sh", "-c", "cat > \"$0\"", path]),
        }
    }

    #[test]
    fn a_key_is_put_there_once_and_found_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let config = in_file(&dir.path().join("store"));
        assert!(matches!(unlock(&config), Err(CommandError::Unlock(_))));
        let made = found_or_stored(&config).unwrap();
        assert_ne!(*made, [0; 32]);
        assert!(*found_or_stored(&config).unwrap() == *made, "never replaced");
        assert!(*unlock(&config).unwrap() == *made);
    }

    #[test]
    fn a_store_that_keeps_nothing_is_found_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let deaf = KeysConfig { store: words(&["true"]), ..in_file(&path) };
        assert!(matches!(found_or_stored(&deaf), Err(CommandError::Unlock(_))));
        let script = "echo 11111111111111111111111111111111 > \"$0\"; cat >> \"$0\"";
        let path_text = path.to_str().unwrap();
        let wrong = KeysConfig { store: words(&["sh", "-c", script, path_text]), ..deaf };
        assert!(matches!(found_or_stored(&wrong), Err(CommandError::NoKey)));
        assert!(matches!(unlock(&KeysConfig::default()), Err(CommandError::NotConfigured)));
        let by_hand = KeysConfig { store: Vec::new(), ..in_file(&path) };
        assert!(matches!(found_or_stored(&by_hand), Err(CommandError::Empty(_))));
    }

    #[test]
    fn no_error_holds_what_was_printed() {
        let config = KeysConfig { unlock: words(&["echo", "hunter2hunter2"]), store: Vec::new() };
        let said = unlock(&config).unwrap_err();
        assert!(!format!("{said} {said:?}").contains("hunter2"), "{said:?}");
    }
}
