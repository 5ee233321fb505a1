//! An SMS gateway, whatever it calls things: JSON or a form, its status read from its answer.
//!
//! # Invariants
//!
//! - A gateway takes the same text twice: it is tried again only where it surely took nothing (nobody
//!   there, or "too many" said). Its own errors and silence are `unknown`.
//!
//! Not here: the socket (`http`).

use super::{Heard, Outgoing, Request, Verdict, pause_ms};
use crate::hq::desk::messages::settings::{Body, Sms};
use serde_json::{Map, Value};

/// The request for a message.
#[must_use]
pub fn request(sms: &Sms, secret: &str, out: &Outgoing) -> Request {
    let with_secret = |value: &str| value.replace("{secret}", secret);
    let mut fields: Vec<(String, String)> =
        sms.fixed.iter().map(|(name, value)| (name.clone(), with_secret(value))).collect();
    fields.push((sms.phone_field.clone(), out.phone.clear().to_owned()));
    fields.push((sms.text_field.clone(), out.text.clone()));
    fields.extend(sms.key_field.iter().map(|name| (name.clone(), out.key.clone())));
    let (kind, body) = match sms.form {
        Body::Json => ("application/json", json(fields)),
        Body::Form => ("application/x-www-form-urlencoded", form(&fields)),
    };
    let own = sms.headers.iter().map(|(name, value)| (name.clone(), with_secret(value)));
    let headers = std::iter::once(("content-type".to_owned(), kind.to_owned())).chain(own);
    Request {
        url: sms.url.clone(),
        headers: headers.collect(),
        timeout_ms: sms.timeout_ms,
        body: Some(body.into_bytes()),
    }
}

fn json(fields: Vec<(String, String)>) -> String {
    let fields = fields.into_iter().map(|(name, value)| (name, Value::String(value)));
    Value::Object(fields.collect::<Map<_, _>>()).to_string()
}

/// `application/x-www-form-urlencoded`, as the URL standard writes it.
fn form(fields: &[(String, String)]) -> String {
    let encoded = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A value of an answer, by its path of names.
fn read(body: &[u8], path: &str) -> Option<String> {
    let root: Value = serde_json::from_slice(body).ok()?;
    let found = path.split('.').try_fold(&root, |value, part| match value {
        Value::Array(all) => all.get(part.parse::<usize>().ok()?),
        _ => value.get(part),
    })?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// What an answer to try number `tries` means.
#[must_use]
pub fn verdict(sms: &Sms, tries: u16, key: &str, heard: &Heard) -> Verdict {
    let (retry_after_s, last) = match heard {
        Heard::Answer { status: 200..=299, body, .. } => return accepted(sms, body),
        Heard::Answer { status: 429, retry_after_s, .. } => {
            (*retry_after_s, Verdict::Failed("http_429".into()))
        }
        Heard::Answer { status: 500..=599, .. } => return Verdict::Unknown("http_5xx"),
        Heard::Answer { status, .. } => return Verdict::Failed(format!("http_{status}")),
        Heard::Unreached => (None, Verdict::Failed("unreached".into())),
        Heard::Silence => return Verdict::Unknown("silence"),
    };
    match tries < sms.tries_max {
        true => Verdict::Again(pause_ms(tries, key, retry_after_s)),
        false => last,
    }
}

fn accepted(sms: &Sms, body: &[u8]) -> Verdict {
    let id = sms.id_field.as_deref().and_then(|path| read(body, path));
    let Some(path) = &sms.status_field else { return Verdict::Sent(id) };
    match read(body, path) {
        Some(status) if sms.accepted.contains(&status) => Verdict::Sent(id),
        // Its own code goes into the log if it is one: a sentence may hold her number.
        Some(code) if code.len() <= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Verdict::Failed(format!("gateway_{code}"))
        }
        Some(_) => Verdict::Failed("gateway_refused".into()),
        None => Verdict::Unknown("no_status"),
    }
}

/// Asks what became of a message that was taken; none if the gateway has no such question.
#[must_use]
pub fn report(sms: &Sms, secret: &str, id: &str) -> Option<Request> {
    let safe = |symbol: char| symbol.is_ascii_alphanumeric() || "-_.".contains(symbol);
    // The gateway's own number goes into an address: what could change that address is none.
    if !id.chars().all(safe) {
        return None;
    }
    let with_secret = |value: &str| value.replace("{secret}", secret);
    let headers = sms.headers.iter().map(|(name, value)| (name.clone(), with_secret(value)));
    Some(Request {
        url: with_secret(&sms.report_url.as_deref()?.replace("{id}", id)),
        headers: headers.collect(),
        timeout_ms: sms.timeout_ms,
        body: None,
    })
}

/// Whether she has it; none if the answer does not say.
#[must_use]
pub fn delivered(sms: &Sms, heard: &Heard) -> Option<bool> {
    let Heard::Answer { status: 200..=299, body, .. } = heard else { return None };
    let status = read(body, sms.report_field.as_deref()?)?;
    Some(sms.delivered.contains(&status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::desk::messages::settings::Settings;
    use crate::phone::Phone;

    fn gateway(form: &str) -> Sms {
        let text = format!(
            "[sms]\nurl = \"http://x/send\"\nform = \"{form}\"\nphone_field = \"mobile\"\n\
             text_field = \"content\"\nkey_field = \"ref\"\nfixed = {{ apikey = \"{{secret}}\" }}\n\
             headers = {{ authorization = \"Bearer {{secret}}\" }}\n\
             status_field = \"result.0.code\"\naccepted = [\"0\"]\nid_field = \"sid\"\n\
             report_url = \"http://x/report?id={{id}}\"\nreport_field = \"state\"\n\
             delivered = [\"DELIVRD\"]\ntries_max = 2\n"
        );
        Settings::over(&text).unwrap().sms.unwrap()
    }

    fn out() -> Outgoing {
        Outgoing {
            key: "k1".into(),
            kind: "birthday",
            phone: Phone::parse("13800006721").unwrap(),
            text: "祝 a&b".into(),
            store: String::new(),
            associate: String::new(),
        }
    }

    #[test]
    fn fields_have_the_gateways_names_in_json_and_in_a_form() {
        let json = request(&gateway("json"), "s3", &out());
        let body: Value = serde_json::from_slice(json.body.as_deref().unwrap()).unwrap();
        assert_eq!((&body["mobile"], &body["content"]), (&"13800006721".into(), &"祝 a&b".into()));
        assert_eq!((&body["apikey"], &body["ref"]), (&"s3".into(), &"k1".into()));
        assert!(json.headers.contains(&("authorization".into(), "Bearer s3".into())));
        let form = request(&gateway("form"), "s3", &out()).body.unwrap();
        let expected = "apikey=s3&mobile=13800006721&content=%E7%A5%9D+a%26b&ref=k1";
        assert_eq!(String::from_utf8(form).unwrap(), expected);
    }

    #[test]
    fn the_gateways_own_status_counts_and_doubt_is_never_tried_again() {
        let sms = gateway("json");
        let answer = |status, body: &str| Heard::Answer {
            status,
            retry_after_s: Some(700),
            body: body.as_bytes().to_vec(),
        };
        let of = |heard: &Heard| verdict(&sms, 1, "k", heard);
        let taken = answer(200, r#"{"result":[{"code":0}],"sid":"m-9"}"#);
        assert_eq!(of(&taken), Verdict::Sent(Some("m-9".into())));
        let refused = answer(200, r#"{"result":[{"code":"E 22 <13800006721>"}]}"#);
        assert_eq!(of(&refused), Verdict::Failed("gateway_refused".into()), "no number in a log");
        let coded = answer(200, r#"{"result":[{"code":"E22"}]}"#);
        assert_eq!(of(&coded), Verdict::Failed("gateway_E22".into()));
        assert_eq!(of(&answer(200, "<html>")), Verdict::Unknown("no_status"));
        assert_eq!(of(&answer(500, "")), Verdict::Unknown("http_5xx"));
        assert_eq!(of(&Heard::Silence), Verdict::Unknown("silence"));
        assert_eq!(of(&answer(429, "")), Verdict::Again(700_000));
        assert!(matches!(of(&Heard::Unreached), Verdict::Again(_)));
        assert_eq!(verdict(&sms, 2, "k", &answer(429, "")), Verdict::Failed("http_429".into()));
    }

    #[test]
    fn what_became_of_one_is_asked_by_the_gateways_number_which_changes_no_address() {
        let sms = gateway("json");
        let asked = report(&sms, "s3", "m-9").unwrap();
        assert_eq!((asked.url.as_str(), asked.body), ("http://x/report?id=m-9", None));
        assert!(report(&sms, "s3", "9&to=13800006721").is_none());
        let said = |body: &str| {
            let body = body.as_bytes().to_vec();
            delivered(&sms, &Heard::Answer { status: 200, retry_after_s: None, body })
        };
        assert_eq!(said(r#"{"state":"DELIVRD"}"#), Some(true));
        assert_eq!((said(r#"{"state":"EXPIRED"}"#), said("{}")), (Some(false), None));
    }
}
