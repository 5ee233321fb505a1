//! The wrapping key at HQ: asked for at each start, in memory only.
//!
//! Not here: the messages (`sync::message`), to whom HQ gives it (`sync::hq::release`).

use sync::event::Epoch;
use sync::message::{Purpose, Refusal, RefusalReason, Release, ReleaseError, ReleaseRequest};
use sync::random::random;
use sync::seal::SealingSecret;
use sync::sign::SigningKey;
use sync::tls::{Pinned, TlsError};
use zeroize::Zeroizing;

use super::file::Public;
use super::secrets::{Identity, Key};
use crate::config::SyncConfig;
use crate::enrol::{client_to, without_url};

/// Why HQ gave no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseFailed {
    /// HQ does not answer.
    #[error("HQ at {url} releases the keys and cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// HQ answered with an error.
    #[error("HQ at {url} answered with status {status}{hint}")]
    Status {
        /// Its address.
        url: String,
        /// What it said.
        status: u16,
        /// Empty, or what that may mean.
        hint: &'static str,
    },
    /// HQ said no.
    #[error("HQ does not release the keys: {}", in_words(*.0))]
    Refused(RefusalReason),
    /// The way there.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An answer that is not HQ's.
    #[error("the answer is not from our HQ: {0}")]
    Answer(#[from] ReleaseError),
}

const fn in_words(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::Revoked => {
            "this terminal is revoked; if it was not stolen, ask HQ and enrol it anew"
        }
        RefusalReason::Fork { .. } => {
            "what this terminal sent does not follow what HQ has, which gives no key until a person has looked; ask HQ"
        }
        RefusalReason::NoReleaseKey => {
            "it has none for this terminal (restored from an older backup?); ask HQ to restore the newer one"
        }
        RefusalReason::UnknownTerminal => "it does not know this terminal; ask HQ",
        _ => "it takes the request for malformed; are both programs of one version?",
    }
}

/// Asks HQ for the release key.
pub(super) async fn ask(
    public: &Public,
    identity: &Identity,
    purpose: Purpose,
    sync: &SyncConfig,
) -> Result<Key, ReleaseFailed> {
    let request = ReleaseRequest { terminal: public.terminal, nonce: random(), purpose };
    let signing = SigningKey::from_seed(identity.signing_seed);
    let signed = request.sign(&signing);
    let url = &public.hq_url;
    let asked = client_to(Pinned::Key(public.hq), Some(&signing), sync)?
        .post(format!("{url}/v1/release"))
        .header("content-type", "application/cose")
        .body(signed);
    let unreachable =
        |error| ReleaseFailed::Unreachable { url: url.clone(), reason: without_url(error) };
    let answer = asked.send().await.map_err(unreachable)?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(unreachable)?;
    heard(public, identity, &request, status, &body)
}

fn heard(
    public: &Public,
    identity: &Identity,
    request: &ReleaseRequest,
    status: u16,
    body: &[u8],
) -> Result<Key, ReleaseFailed> {
    if status == 200 {
        let secret = SealingSecret::from_bytes(0, identity.sealing_secret);
        let release = Release::open(&public.hq, &secret, request, body)?;
        return Ok(Zeroizing::new(release.key));
    }
    // A refusal that concerns the till as a whole names no epoch.
    match Refusal::verify(&public.hq, public.terminal, Epoch([0; 16]), body) {
        Ok(refusal) => Err(ReleaseFailed::Refused(refusal.reason)),
        Err(_) => Err(ReleaseFailed::Status {
            url: public.hq_url.clone(),
            status,
            hint: match status {
                404 => " (an older HQ cannot release keys)",
                _ => "",
            },
        }),
    }
}
