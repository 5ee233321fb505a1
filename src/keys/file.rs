//! The key file, `terminal.key`: public things, the name of the way, and the secrets in clear or sealed.
//!
//! | way | in the file |
//! |---|---|
//! | `file` (version 1) | all four secrets |
//! | `systemd-creds`, `command` | all four, sealed |
//! | `hq` | index and local key, sealed; what we ask HQ with, in clear |
//!
//! Not here: replacing it (`swap`), where the wrapping key comes from (`systemd`, `command`, `release`).

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sync::event::TerminalId;
use sync::seal::{SealingPublic, SealingSecret};
use sync::sign::{SigningKey, VerifyingKey};
use zeroize::{Zeroize, Zeroizing};

use super::secrets::{Identity, Key, Local, Secrets};
use super::text::{hex, unhex, unhex_vec};
use super::{KEY_FILE, KeysError, TerminalKeys, Way};

/// What of a terminal's keys is no secret.
#[derive(Clone, Debug)]
pub struct Public {
    /// Our number at HQ.
    pub terminal: TerminalId,
    /// HQ's signing key.
    pub hq: VerifyingKey,
    /// HQ's sealing key at enrolment.
    pub hq_sealing: SealingPublic,
    /// Where HQ is.
    pub hq_url: String,
    /// What HQ calls the store.
    pub store_name: String,
    /// Decimals of the store's currency.
    pub currency_exponent: u8,
}

/// A key file as it is read, before it is opened.
pub struct KeyFile {
    /// What is no secret.
    pub public: Public,
    kept: Kept,
}

enum Kept {
    Clear(Secrets),
    Sealed { way: Way, sealed: Vec<u8> },
    AtHq { identity: Identity, sealed: Vec<u8> },
}

/// The file's form: hex, so that a person can compare it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    version: u32,
    /// Since version 2; version 1 is `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    way: Option<Way>,
    terminal: String,
    hq_url: String,
    store_name: String,
    currency_exponent: u8,
    hq_signing: String,
    hq_sealing_id: u32,
    hq_sealing: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_seed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealing_secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        for secret in [
            &mut self.signing_seed,
            &mut self.sealing_secret,
            &mut self.index_key,
            &mut self.local_key,
        ] {
            secret.zeroize();
        }
    }
}

/// Only what every version has, to tell a later one from a damaged one.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl KeyFile {
    /// Reads the key file in `state_dir`.
    ///
    /// # Errors
    ///
    /// [`KeysError`]; `Missing` if there is no file.
    pub fn load(state_dir: &Path) -> Result<Self, KeysError> {
        Self::read(&state_dir.join(KEY_FILE))
    }

    pub(super) fn read(path: &Path) -> Result<Self, KeysError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeysError::Missing);
            }
            Err(source) => return Err(KeysError::Io { path: path.into(), source }),
        };
        match toml::from_str::<Version>(&text) {
            Ok(Version { version: version @ 3.. }) => {
                return Err(KeysError::TooNew { path: path.into(), version });
            }
            Ok(_) => {}
            Err(_) => return Err(KeysError::Damaged(path.into())),
        }
        let on_disk: OnDisk = toml::from_str(&text).map_err(|_| KeysError::Damaged(path.into()))?;
        Self::from_disk(&on_disk).ok_or_else(|| KeysError::Damaged(path.into()))
    }

    /// How the keys are released.
    #[must_use]
    pub const fn way(&self) -> Way {
        match self.kept {
            Kept::Clear(_) => Way::File,
            Kept::Sealed { way, .. } => way,
            Kept::AtHq { .. } => Way::Hq,
        }
    }

    /// A file that keeps `keys` in this way, under `key`; `Way::File` needs none.
    pub(super) fn keeping(keys: &TerminalKeys, way: Way, key: Option<&Key>) -> Option<Self> {
        let (secrets, public) = (Secrets::of(keys), keys.public());
        let kept = match way {
            Way::File => Kept::Clear(secrets),
            Way::Hq => {
                let sealed = secrets.local.seal(key?, &public.terminal, way);
                Kept::AtHq { identity: secrets.identity, sealed }
            }
            Way::SystemdCreds | Way::Command => {
                Kept::Sealed { way, sealed: secrets.seal(key?, &public.terminal, way) }
            }
        };
        Some(Self { public, kept })
    }

    /// Who asks HQ; none where that is sealed too.
    pub(super) const fn identity(&self) -> Option<&Identity> {
        match &self.kept {
            Kept::Clear(secrets) => Some(&secrets.identity),
            Kept::AtHq { identity, .. } => Some(identity),
            Kept::Sealed { .. } => None,
        }
    }

    /// The keys; `None` if `key` is not what they are sealed under.
    pub(super) fn opened(&self, key: Option<&Key>) -> Option<TerminalKeys> {
        let terminal = &self.public.terminal;
        let secrets = match &self.kept {
            Kept::Clear(secrets) => secrets.clone(),
            Kept::Sealed { way, sealed } => Secrets::open(key?, terminal, *way, sealed)?,
            Kept::AtHq { identity, sealed } => Secrets {
                identity: identity.clone(),
                local: Local::open(key?, terminal, Way::Hq, sealed)?,
            },
        };
        Some(TerminalKeys::of(&self.public, &secrets))
    }

    /// As it is written.
    pub(super) fn text(&self) -> Option<Zeroizing<String>> {
        toml::to_string(&self.on_disk()).ok().map(Zeroizing::new)
    }

    fn from_disk(on_disk: &OnDisk) -> Option<Self> {
        let public = Public {
            terminal: on_disk.terminal.parse().ok()?,
            hq: VerifyingKey(unhex(&on_disk.hq_signing)?),
            hq_sealing: SealingPublic {
                id: on_disk.hq_sealing_id,
                key: unhex(&on_disk.hq_sealing)?,
            },
            hq_url: on_disk.hq_url.clone(),
            store_name: on_disk.store_name.clone(),
            currency_exponent: on_disk.currency_exponent,
        };
        let kept = match on_disk.way.unwrap_or(Way::File) {
            Way::File => {
                Kept::Clear(Secrets { identity: on_disk.identity()?, local: on_disk.local()? })
            }
            Way::Hq => Kept::AtHq { identity: on_disk.identity()?, sealed: on_disk.sealed()? },
            way => Kept::Sealed { way, sealed: on_disk.sealed()? },
        };
        Some(Self { public, kept })
    }

    fn on_disk(&self) -> OnDisk {
        let public = &self.public;
        let clear = match &self.kept {
            Kept::Clear(secrets) => Some(&secrets.local),
            _ => None,
        };
        let identity = self.identity();
        let text = |bytes: &[u8; 32]| hex(bytes);
        OnDisk {
            // What the first version could read stays what it wrote.
            version: if self.way() == Way::File { 1 } else { 2 },
            way: (self.way() != Way::File).then_some(self.way()),
            terminal: public.terminal.to_string(),
            hq_url: public.hq_url.clone(),
            store_name: public.store_name.clone(),
            currency_exponent: public.currency_exponent,
            hq_signing: hex(&public.hq.0),
            hq_sealing_id: public.hq_sealing.id,
            hq_sealing: hex(&public.hq_sealing.key),
            signing_seed: identity.map(|identity| text(&identity.signing_seed)),
            sealing_secret: identity.map(|identity| text(&identity.sealing_secret)),
            index_key: clear.map(|local| text(&local.index)),
            local_key: clear.map(|local| text(&local.local)),
            sealed: match &self.kept {
                Kept::Clear(_) => None,
                Kept::Sealed { sealed, .. } | Kept::AtHq { sealed, .. } => Some(hex(sealed)),
            },
        }
    }
}

impl OnDisk {
    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            signing_seed: unhex(self.signing_seed.as_ref()?)?,
            sealing_secret: unhex(self.sealing_secret.as_ref()?)?,
        })
    }

    fn local(&self) -> Option<Local> {
        Some(Local {
            index: unhex(self.index_key.as_ref()?)?,
            local: unhex(self.local_key.as_ref()?)?,
        })
    }

    fn sealed(&self) -> Option<Vec<u8>> {
        unhex_vec(self.sealed.as_ref()?).map(|bytes| bytes.to_vec())
    }
}

impl TerminalKeys {
    fn of(public: &Public, secrets: &Secrets) -> Self {
        Self {
            terminal: public.terminal,
            signing: SigningKey::from_seed(secrets.identity.signing_seed),
            sealing: SealingSecret::from_bytes(0, secrets.identity.sealing_secret),
            hq: public.hq,
            hq_sealing: public.hq_sealing,
            hq_url: public.hq_url.clone(),
            store_name: public.store_name.clone(),
            currency_exponent: public.currency_exponent,
            index: secrets.local.index,
            local: secrets.local.local,
        }
    }

    pub(super) fn public(&self) -> Public {
        Public {
            terminal: self.terminal,
            hq: self.hq,
            hq_sealing: self.hq_sealing,
            hq_url: self.hq_url.clone(),
            store_name: self.store_name.clone(),
            currency_exponent: self.currency_exponent,
        }
    }
}
