//! `huitou-hq` as a real process, and just enough HTTP to talk to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A running HQ in its own folder; killed when dropped.
pub(crate) struct Headquarters {
    pub(crate) dir: PathBuf,
    pub(crate) address: SocketAddr,
    child: Child,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) body: Vec<u8>,
}

impl Headquarters {
    /// Creates an HQ under `root` and serves it.
    pub(crate) fn found(root: &Path) -> Self {
        let dir = root.join("hq");
        said(&["init", "--dir", dir.to_str().unwrap(), "--name", "回头 <总部>"]);
        Self::serve(&dir)
    }

    /// Serves the HQ in `dir` on a free port.
    pub(crate) fn serve(dir: &Path) -> Self {
        let mut child = program()
            .args(["serve", "--dir", dir.to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect(&line);
        Self { dir: dir.into(), address: address.parse().unwrap(), child }
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
        self.command("enrol-code", &["--store", store]).trim().to_owned()
    }

    pub(crate) fn sales(&self) -> Vec<serde_json::Value> {
        json_lines(&self.command("sales", &["--json"]))
    }

    pub(crate) fn customers(&self) -> Vec<serde_json::Value> {
        json_lines(&self.command("customers", &["--json", "--clear"]))
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = http(self.address, "GET", path, &[]);
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

fn said(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One HTTP/1.1 request on a connection of its own.
pub(crate) fn http(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // HQ may refuse a body that is too large before it has read all of it.
    let _sent = stream.write_all(body);
    let mut answer = Vec::new();
    let _received = stream.read_to_end(&mut answer);
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..split].to_vec()).unwrap().to_lowercase();
    let retry_after = head.lines().find_map(|line| line.strip_prefix("retry-after: "));
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        retry_after_s: retry_after.map(|seconds| seconds.trim().parse().unwrap()),
        body: answer[split + 4..].to_vec(),
    }
}
