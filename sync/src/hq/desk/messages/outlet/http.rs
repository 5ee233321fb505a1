//! The one socket of the messages: carries a request and says what was heard.
//!
//! # Invariants
//!
//! - It waits no longer than the request says, follows no redirect, and reads 64 KiB at most.
//! - What went wrong is told apart by one question only: can it have been taken?
//!
//! Not here: what an answer means (`webhook`, `sms`).

use super::{Heard, Request};
use crate::hq::desk::messages::MessageError;
use std::time::Duration;

/// So much of an answer is read.
const BODY_MAX: usize = 64 * 1024;
const CONNECT: Duration = Duration::from_secs(5);

/// What carries a request; a test has one of its own.
pub trait Carrier {
    /// Carries it and waits for what is heard.
    fn carry(&self, request: &Request) -> Heard;
}

/// Over HTTP or HTTPS, with the system's certificates.
pub struct Http {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Http {
    /// A client.
    ///
    /// # Errors
    ///
    /// [`MessageError::Http`] if the system has no certificates or no threads.
    pub fn new() -> Result<Self, MessageError> {
        // Installing twice is harmless; the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| MessageError::Http(error.without_url().to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| MessageError::Http(error.to_string()))?;
        Ok(Self { client, runtime })
    }

    async fn heard(&self, request: &Request) -> Result<Heard, reqwest::Error> {
        let asked = match &request.body {
            Some(body) => self.client.post(&request.url).body(body.clone()),
            None => self.client.get(&request.url),
        };
        let asked = asked.timeout(Duration::from_millis(request.timeout_ms));
        let headers = request.headers.iter();
        let asked = headers.fold(asked, |asked, (name, value)| asked.header(name, value));
        let mut answer = asked.send().await?;
        let status = answer.status().as_u16();
        let retry_after_s = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(BODY_MAX - body.len())]);
            if body.len() == BODY_MAX {
                break;
            }
        }
        Ok(Heard::Answer { status, retry_after_s, body })
    }
}

impl Carrier for Http {
    fn carry(&self, request: &Request) -> Heard {
        match self.runtime.block_on(self.heard(request)) {
            Ok(heard) => heard,
            // Before there is a connection nothing was sent; a request that cannot be built neither.
            Err(error) if error.is_connect() || error.is_builder() => Heard::Unreached,
            Err(_) => Heard::Silence,
        }
    }
}
