//! A gateway for tests: an HTTP server of one thread that answers by a script and keeps what it heard.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it answers to one request.
#[derive(Clone)]
pub(super) enum Reply {
    /// Status, further header lines, body.
    Says(u16, &'static str, &'static str),
    /// Takes the request and says nothing.
    Hangs,
}

/// What it heard.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

pub(super) struct Gateway {
    pub(super) url: String,
    heard: Arc<Mutex<Vec<Asked>>>,
}

impl Gateway {
    /// Answers the first request with the first reply, and so on; after the last it answers 200.
    pub(super) fn answering(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (kept, replies) = (heard.clone(), replies.to_vec());
        std::thread::spawn(move || {
            let mut replies = replies.into_iter();
            let mut hanging = Vec::new();
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let Some(asked) = read(&mut reader) else { continue };
                kept.lock().unwrap().push(asked);
                let mut stream = reader.into_inner();
                match replies.next().unwrap_or(Reply::Says(200, "", "{}")) {
                    Reply::Hangs => hanging.push(stream),
                    Reply::Says(status, headers, body) => {
                        let length = body.len();
                        let answer = format!(
                            "HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\n\
                             connection: close\r\n\r\n{body}"
                        );
                        let _ = stream.write_all(answer.as_bytes());
                    }
                }
            }
        });
        Self { url, heard }
    }

    pub(super) fn heard(&self) -> Vec<Asked> {
        self.heard.lock().unwrap().clone()
    }
}

fn read(reader: &mut BufReader<std::net::TcpStream>) -> Option<Asked> {
    reader.get_ref().set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut lines = lines.into_iter();
    let line = lines.next()?;
    let header = |line: String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line, headers, body: String::from_utf8(body).ok()? })
}
