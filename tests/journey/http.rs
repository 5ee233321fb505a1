//! Just enough HTTP to ask a page, and to ask it wrongly on purpose.
//!
//! Not here: what the answers mean.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::wait::PATIENCE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// Asks `path` with these header lines in place of the usual ones.
pub(crate) fn ask(
    at: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no status line"))?;
    Ok(Answer { status, body: body.to_owned() })
}

/// Asks as a page of this box does.
pub(crate) fn get(at: SocketAddr, path: &str) -> io::Result<Answer> {
    ask(at, "GET", path, &[("Host", &at.to_string())], "")
}

/// Tells as a page of this box does.
pub(crate) fn post(at: SocketAddr, path: &str, body: &Value) -> io::Result<Answer> {
    let host = at.to_string();
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    ask(at, "POST", path, &headers, &body.to_string())
}
