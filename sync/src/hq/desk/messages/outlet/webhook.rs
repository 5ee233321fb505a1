//! A webhook: JSON, signed, with an idempotency key, so that it may be tried again.
//!
//! ```text
//! x-huitou-timestamp: 1795360000                    seconds since 1970-01-01 UTC
//! x-huitou-signature: v1=<hex HMAC-SHA256(secret, timestamp "." body)>
//! idempotency-key:    <the message's key>           the same at every try
//! ```
//!
//! # Invariants
//!
//! - Whoever takes it checks the signature over timestamp and body, drops old timestamps, and takes a
//!   key once: then silence and errors of a server may be tried again.
//!
//! Not here: the socket (`http`).

use super::{Heard, Outgoing, Request, Verdict, pause_ms};
use crate::hq::desk::messages::settings::Webhook;
use ring::hmac;

/// The request for a message, signed at `now_ms`.
#[must_use]
pub fn request(webhook: &Webhook, secret: &[u8], out: &Outgoing, now_ms: i64) -> Request {
    let body = serde_json::json!({
        "key": out.key,
        "kind": out.kind,
        "phone": out.phone.clear(),
        "text": out.text,
        "store": out.store,
        "associate": out.associate,
    })
    .to_string()
    .into_bytes();
    let timestamp = (now_ms / 1_000).to_string();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", out.key.clone()),
        ("x-huitou-signature", signature(secret, &timestamp, &body)),
        ("x-huitou-timestamp", timestamp),
    ];
    Request {
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        url: webhook.url.clone(),
        timeout_ms: webhook.timeout_ms,
        body: Some(body),
    }
}

/// `v1=` and the HMAC-SHA256 of `timestamp.body`, in hex.
#[must_use]
pub fn signature(secret: &[u8], timestamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signed = [timestamp.as_bytes(), b".", body].concat();
    let tag = hmac::sign(&key, &signed);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

/// What an answer to try number `tries` means.
#[must_use]
pub fn verdict(webhook: &Webhook, tries: u16, key: &str, heard: &Heard) -> Verdict {
    let (retry_after_s, last) = match heard {
        Heard::Answer { status: 200..=299, .. } => return Verdict::Sent(None),
        Heard::Answer { status: status @ (408 | 425 | 429 | 500..=599), retry_after_s, .. } => {
            (*retry_after_s, Verdict::Failed(format!("http_{status}")))
        }
        Heard::Answer { status, .. } => return Verdict::Failed(format!("http_{status}")),
        Heard::Unreached => (None, Verdict::Failed("unreached".into())),
        Heard::Silence => (None, Verdict::Unknown("silence")),
    };
    match tries < webhook.tries_max {
        true => Verdict::Again(pause_ms(tries, key, retry_after_s)),
        false => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, with the timestamp's dot in its place.
    #[test]
    fn the_signature_is_hmac_sha256_over_timestamp_dot_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let known = hmac::sign(&key, b"what do ya want for nothing?");
        assert!(known.as_ref().starts_with(&[0x5b, 0xdc, 0xc1, 0x46]));
        let plain = hmac::sign(&key, b"1795360000.{}");
        let expected: String = plain.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(signature(b"Jefe", "1795360000", b"{}"), format!("v1={expected}"));
        assert_ne!(signature(b"Jefe", "1795360001", b"{}"), format!("v1={expected}"));
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
        let hook =
            Webhook { url: String::new(), secret_file: "s".into(), timeout_ms: 1, tries_max: 3 };
        let answer = |status| Heard::Answer { status, retry_after_s: None, body: Vec::new() };
        let of = |tries, heard: &Heard| verdict(&hook, tries, "k", heard);
        assert_eq!(of(1, &answer(202)), Verdict::Sent(None));
        assert_eq!(of(1, &answer(400)), Verdict::Failed("http_400".into()));
        for heard in [answer(500), answer(429), Heard::Unreached, Heard::Silence] {
            assert!(matches!(of(2, &heard), Verdict::Again(_)), "{heard:?}");
        }
        assert_eq!(of(3, &answer(503)), Verdict::Failed("http_503".into()));
        assert_eq!(of(3, &Heard::Silence), Verdict::Unknown("silence"));
    }
}
