//! Enrolment: a one-time code turns a box into a terminal of a store.
//!
//! ```text
//! code = HQ's fingerprint ‖ token
//! GET /v1/keys ─▶ signed by whom the fingerprint names? ─▶ POST /v1/enrol (sealed to HQ)
//!              ─▶ reply (signed by HQ, sealed to us) ─▶ terminal.key
//! ```
//!
//! # Invariants
//!
//! - Nothing is trusted on first use: the code names HQ's key.
//! - The key file is written before anything counts as enrolled, and never over an older one.
//!
//! Not here: the messages (`sync::message`), the file (`keys`).

use std::path::Path;
use std::time::Duration;

use sync::message::{EnrolCode, EnrolReply, EnrolRequest, HqKeys};
use sync::random::random;
use sync::seal::SealingSecret;
use sync::sign::SigningKey;
use sync::tls::{self, TlsError};

use crate::clock::Clock;
use crate::config::{Config, SyncConfig};
use crate::keys::{KEY_FILE, KeysError, TerminalKeys};
use crate::{agent, store};

/// Why enrolment failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolFailed {
    /// The code was mistyped.
    #[error("the code is not right: {0}")]
    Code(#[from] sync::message::CodeError),
    /// HQ does not answer.
    #[error("HQ at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// HQ said no.
    #[error(
        "HQ refused (status {0}): the code is used up, too old, or not its own; ask for a new one"
    )]
    Refused(u16),
    /// What this box still holds is another terminal's, and only that one can send it.
    #[error(
        "{0} events of the till that this box was wait for HQ and can be sent under its own key file only: \
         put that back and run `huitou sync`, or enrol with --leave-unsent"
    )]
    Unsent(u64),
    /// The way there.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An answer that is not HQ's.
    #[error(transparent)]
    Message(#[from] sync::message::EnrolError),
    /// The key file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The database, later.
    #[error(transparent)]
    Road(#[from] agent::RoadError),
}

/// Enrols this box at the HQ behind `url`; returns what HQ calls the store.
///
/// # Errors
///
/// [`EnrolFailed`]; nothing is written then.
pub async fn enrol(
    config: &Config,
    url: &str,
    code: &str,
    leave_unsent: bool,
) -> Result<String, EnrolFailed> {
    let code: EnrolCode = code.parse()?;
    let file = config.state_dir.join(KEY_FILE);
    if file.exists() {
        return Err(KeysError::Exists(file).into());
    }
    if !leave_unsent && config.state_dir.join(store::DATABASE_FILE).exists() {
        match crate::outbox::unsent(&store::open(&config.state_dir)?)
            .map_err(store::StoreError::from)?
        {
            0 => {}
            unsent => return Err(EnrolFailed::Unsent(unsent)),
        }
    }
    let url = url.trim_end_matches('/');
    let http = client_to(tls::Pinned::Fingerprint(code.fingerprint), None, &config.sync)?;
    let hq = HqKeys::verify(
        &code.fingerprint,
        &fetched(url, http.get(format!("{url}/v1/keys"))).await?,
    )?;
    let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(0));
    let request = EnrolRequest {
        token: code.token,
        signing: signing.verifying(),
        sealing: sealing.public(),
        store: config.store.name.clone(),
        till: config.store.till.clone(),
        software: concat!("huitou ", env!("CARGO_PKG_VERSION")).into(),
    };
    let body = request.seal(&hq.current()?)?;
    let answer = fetched(url, http.post(format!("{url}/v1/enrol")).body(body)).await?;
    let reply = EnrolReply::open(&hq.signing, &sealing, &answer)?;
    let keys = TerminalKeys {
        terminal: reply.terminal,
        signing,
        sealing,
        hq: hq.signing,
        hq_sealing: hq.current()?,
        hq_url: url.to_owned(),
        store_name: reply.store_name.clone(),
        currency_exponent: reply.currency_exponent,
        index: random(),
        local: random(),
    };
    remember(&config.state_dir, &keys, &reply)?;
    Ok(reply.store_name)
}

fn remember(state_dir: &Path, keys: &TerminalKeys, reply: &EnrolReply) -> Result<(), EnrolFailed> {
    keys.save_new(state_dir)?;
    let connection = store::open(state_dir)?;
    agent::remember_policy(&connection, &reply.policy)?;
    Ok(())
}

async fn fetched(url: &str, request: reqwest::RequestBuilder) -> Result<Vec<u8>, EnrolFailed> {
    let unreachable = |error: reqwest::Error| match is_another(&error) {
        true => sync::message::EnrolError::OtherHq.into(),
        false => EnrolFailed::Unreachable { url: url.to_owned(), reason: without_url(error) },
    };
    let answer = request.send().await.map_err(unreachable)?;
    match answer.status().as_u16() {
        200..=299 => Ok(answer.bytes().await.map_err(unreachable)?.to_vec()),
        status => Err(EnrolFailed::Refused(status)),
    }
}

/// An HTTP client that waits neither for ever nor for nothing.
#[must_use]
pub fn client() -> reqwest::Client {
    built(patient())
}

/// A client for HQ. Over `https` the other end has to hold HQ's own key, unless the config says that a
/// proxy with a public certificate stands before it; `own` says who we are.
///
/// # Errors
///
/// [`TlsError`] if our certificate cannot be made.
pub fn client_to(
    hq: tls::Pinned,
    own: Option<&SigningKey>,
    sync: &SyncConfig,
) -> Result<reqwest::Client, TlsError> {
    let patient = patient();
    if sync.through_proxy {
        return Ok(built(patient));
    }
    let now_s = Clock::start().now().wall_ms.div_euclid(1_000);
    Ok(built(patient.tls_backend_preconfigured(tls::client(hq, own, now_s)?)))
}

fn patient() -> reqwest::ClientBuilder {
    // Installing twice is harmless; the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
}

fn built(builder: reqwest::ClientBuilder) -> reqwest::Client {
    builder.build().expect("these settings are always possible")
}

/// Whether somebody answered who is not the HQ that is known.
fn is_another(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = wrapped.and_then(|wrapped| wrapped.downcast_ref::<rustls::Error>());
        if matches!(
            tls.or_else(|| inner.downcast_ref::<rustls::Error>()),
            Some(rustls::Error::InvalidCertificate(_))
        ) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// What went wrong, innermost cause last; without the address, which the caller names.
pub(crate) fn without_url(error: reqwest::Error) -> String {
    if is_another(&error) {
        return "who answers there does not hold HQ's key (a proxy? see through_proxy)".into();
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
