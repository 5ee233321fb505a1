//! `huitou-hq` as a real process, and just enough HTTP to talk to it.

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

/// A running HQ in its own folder; killed when dropped.
pub(crate) struct Headquarters {
    pub(crate) dir: PathBuf,
    pub(crate) address: SocketAddr,
    /// Over TLS.
    pub(crate) tills: SocketAddr,
    child: Child,
    /// Of a session, once somebody logged in.
    cookie: OnceLock<String>,
}

const PASSWORD: &str = "correct horse 9";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Headquarters {
    /// Creates an HQ under `root` and serves it.
    pub(crate) fn found(root: &Path) -> Self {
        Self::found_with(root, &[])
    }

    /// As [`Self::found`], served with more arguments.
    pub(crate) fn found_with(root: &Path, more: &[&str]) -> Self {
        let dir = root.join("hq");
        said(&["init", "--dir", dir.to_str().unwrap(), "--name", "回头 <总部>"]);
        Self::serve_with(&dir, more)
    }

    /// Serves the HQ in `dir` on a free port.
    pub(crate) fn serve(dir: &Path) -> Self {
        Self::serve_with(dir, &[])
    }

    /// As [`Self::serve`], with more arguments.
    pub(crate) fn serve_with(dir: &Path, more: &[&str]) -> Self {
        let mut child = program()
            .args(["serve", "--dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .args(["--tills", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut address = |before| {
            let line = lines.next().unwrap();
            line.strip_prefix(before).expect(&line).parse().unwrap()
        };
        let at = address("listening on http://");
        Self {
            dir: dir.into(),
            address: at,
            tills: address("tills on https://"),
            child,
            cookie: OnceLock::new(),
        }
    }

    /// `kill -9`, then serve again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        *self = Self::serve(&self.dir);
    }

    pub(crate) fn command(&self, name: &str, arguments: &[&str]) -> String {
        let dir = self.dir.to_str().unwrap();
        said(&[&[name, "--dir", dir], arguments].concat())
    }

    /// A command with something on its standard input.
    pub(crate) fn told(&self, arguments: &[&str], text: &str) -> Output {
        let dir = self.dir.to_str().unwrap();
        let mut child = program()
            .args(arguments)
            .args(["--dir", dir])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn code(&self, store: &str) -> String {
        self.code_with(store, &[])
    }

    pub(crate) fn code_with(&self, store: &str, more: &[&str]) -> String {
        let arguments = [&["--store", store], more].concat();
        self.command("enrol-code", &arguments).trim().to_owned()
    }

    pub(crate) fn sales(&self) -> Vec<serde_json::Value> {
        json_lines(&self.command("sales", &["--json"]))
    }

    pub(crate) fn customers(&self) -> Vec<serde_json::Value> {
        json_lines(&self.command("customers", &["--json", "--clear", "a test"]))
    }

    /// Adds a user of HQ's, without a second factor: she logs in on this box.
    fn add_user(&self) {
        let dir = self.dir.to_str().unwrap();
        let mut add = program()
            .args(["user", "add", "--dir", dir, "test", "--role", "hq", "--no-totp"])
            .args(["--language", "zh", "--password-stdin"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        add.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        // After a restart she is there already.
        let _status = add.wait().unwrap();
    }

    /// Logs in with these; what came back.
    pub(crate) fn log_in(&self, name: &str, password: &str) -> Answer {
        let door = http(self.address, "GET", "/log-in", &[]);
        let page = String::from_utf8(door.body).unwrap();
        let token = page.split("name=form value=\"").nth(1).unwrap().split('"').next().unwrap();
        let form = format!("form={token}&name={name}&password={}", password.replace(' ', "+"));
        let head = format!(
            "Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            door.cookie.unwrap()
        );
        http_with(self.address, ("POST", "/log-in"), &head, form.as_bytes())
    }

    /// Waits until what arrived is in the sums that pages show.
    pub(crate) fn summed(&self) {
        let is_behind = || self.page("/").contains("还在汇总");
        let tries = (0..200).take_while(|_| is_behind());
        tries.for_each(|_| std::thread::sleep(std::time::Duration::from_millis(50)));
        assert!(!is_behind());
    }

    /// A page as somebody who is logged in sees it.
    pub(crate) fn page(&self, path: &str) -> String {
        let cookie = self.cookie.get_or_init(|| {
            self.add_user();
            let answer = self.log_in("test", PASSWORD);
            assert_eq!(answer.status, 303);
            answer.cookie.unwrap()
        });
        let head = format!("Cookie: {cookie}\r\n");
        let answer = http_with(self.address, ("GET", path), &head, &[]);
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8(answer.body).unwrap()
    }
}

impl Drop for Headquarters {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_huitou-hq"))
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One HTTP/1.1 request on a connection of its own.
pub(crate) fn http(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    http_with(address, (method, path), "", body)
}

/// As [`http`], with more lines in its head.
pub(crate) fn http_with(
    address: SocketAddr,
    (method, path): (&str, &str),
    more: &str,
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{more}");
    asked(&mut stream, &head, body).unwrap()
}

/// As [`http`], over TLS; an error if the other end is not whom `client` expects.
pub(crate) fn https(
    address: SocketAddr,
    client: ClientConfig,
    method: &str,
    path: &str,
    body: &[u8],
) -> std::io::Result<Answer> {
    let name = ServerName::try_from("hq.example").unwrap();
    let shaking = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut stream = StreamOwned::new(shaking, TcpStream::connect(address)?);
    asked(&mut stream, &format!("{method} {path} HTTP/1.1\r\nHost: hq.example\r\n"), body)
}

fn asked(stream: &mut (impl Read + Write), head: &str, body: &[u8]) -> std::io::Result<Answer> {
    let head = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    // HQ may refuse a body that is too large before it has read all of it.
    let _sent = stream.write_all(body);
    let mut answer = Vec::new();
    let _received = stream.read_to_end(&mut answer);
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let split = split.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(answer[..split].to_vec()).unwrap();
    let lower = head.to_lowercase();
    let retry_after = lower.lines().find_map(|line| line.strip_prefix("retry-after: "));
    let set = |line: &str| line.strip_prefix("set-cookie: ").map(str::to_owned);
    let cookie = head.lines().find_map(set).map(|set| set.split(';').next().unwrap().to_owned());
    Ok(Answer {
        status: lower.split(' ').nth(1).unwrap().parse().unwrap(),
        retry_after_s: retry_after.map(|seconds| seconds.trim().parse().unwrap()),
        cookie,
        body: answer[split + 4..].to_vec(),
    })
}
