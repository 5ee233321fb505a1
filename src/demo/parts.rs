//! The demo's processes: HQ, paper, agent (which starts the bridge); ended with it.
//!
//! Not here: what is printed (`receipts`).

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{json_lines, until};
use crate::bridges::program;
use crate::config::Language;
use crate::enrol;

/// What runs.
pub(super) struct Parts {
    children: Vec<Child>,
    dir: PathBuf,
    http: reqwest::Client,
    /// Where the till prints to.
    pub(super) till: SocketAddr,
    page: SocketAddr,
    hq: SocketAddr,
    paper: SocketAddr,
}

impl Parts {
    /// Starts everything in a temporary folder and enrols the till.
    pub(super) async fn start(language: Language) -> anyhow::Result<Self> {
        let dir = std::env::temp_dir().join(format!("huitou-demo-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        let mut parts = Self {
            children: Vec::new(),
            dir,
            http: enrol::client(),
            till: free(9100)?,
            page: free(8610)?,
            hq: free(8620)?,
            paper: free(8611)?,
        };
        let printer = free(9101)?;
        let hq_dir = parts.dir.join("hq");
        let hq_dir = hq_dir.to_str().context("the temporary folder's name")?;
        done(command("huitou-hq").args(["init", "--dir", hq_dir]))?;
        let listen = parts.hq.to_string();
        parts.spawn(command("huitou-hq").args(["serve", "--dir", hq_dir, "--listen", &listen]))?;
        let web = parts.paper.to_string();
        let at = printer.to_string();
        parts.spawn(command("huitou").args(["paper", "--listen", &at, "--web", &web]))?;
        parts.answers(&format!("http://{listen}/v1/keys")).await?;
        parts.answers(&format!("http://{web}/state.json")).await?;

        let store = language.pick("云裳坊 湖滨店", "Lakeside");
        let code =
            done(command("huitou-hq").args(["enrol-code", "--dir", hq_dir, "--store", store]))?;
        let code = code_in(&code)?;
        let config = parts.write_config(store, printer, language)?;
        let config = config.to_str().context("the temporary folder's name")?.to_owned();
        let url = format!("http://{listen}");
        done(
            command("huitou").args(["enrol", "--config", &config, "--hq", &url, "--code", &code]),
        )?;
        parts.spawn(command("huitou").args(["run", "--config", &config]))?;
        until("the bridge", async || {
            let state = parts.get("/api/state").await?;
            Ok(state["tills"][0]["line_up"] == Value::Bool(true))
        })
        .await?;
        Ok(parts)
    }

    fn write_config(
        &self,
        store: &str,
        printer: SocketAddr,
        language: Language,
    ) -> anyhow::Result<PathBuf> {
        let path = self.dir.join("huitou.toml");
        let text = format!(
            "language = \"{language}\"\nstate_dir = {state:?}\n\
             [store]\nname = \"{store}\"\nphone = \"0571-8765-4321\"\nassociate = \"{who}\"\n\
             service_phone = \"400-800-1234\"\ncomplaint_phone = \"12315\"\n\
             [page]\nlisten = \"{page}\"\n\
             [[bridge]]\nname = \"till-1\"\npos = \"tcp-listen:{till}\"\nprinter = \"tcp:{printer}\"\n",
            language = language.pick("zh-CN", "en"),
            state = self.dir.join("till"),
            who = language.pick("小陈", "Chen"),
            page = self.page,
            till = self.till,
        );
        std::fs::write(&path, text)?;
        Ok(path)
    }

    fn spawn(&mut self, command: &mut Command) -> anyhow::Result<()> {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.dir.join("log"))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        self.children.push(child.with_context(|| format!("{:?}", command.get_program()))?);
        Ok(())
    }

    async fn answers(&self, url: &str) -> anyhow::Result<()> {
        until(url, async || Ok(self.http.get(url).send().await?.status().is_success())).await
    }

    /// Asks the cashier's page.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(format!("http://{}{path}", self.page)).send().await?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Tells the cashier's page.
    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let url = format!("http://{}{path}", self.page);
        let asked = self.http.post(url).header("content-type", "application/json");
        let answer = asked.body(body.to_string()).send().await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        if !status.is_success() {
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(serde_json::from_slice(&body)?)
    }

    /// Waits until so many slips are on the paper and gives their text, oldest first.
    pub(super) async fn papers(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let url = format!("http://{}/state.json", self.paper);
        let mut texts = Vec::new();
        until("the paper", async || {
            let answer = self.http.get(&url).send().await?;
            let state: Value = serde_json::from_slice(&answer.bytes().await?)?;
            let mut slips = state["slips"].as_array().cloned().unwrap_or_default();
            slips.sort_by_key(|slip| slip["number"].as_u64());
            texts = slips
                .iter()
                .map(|slip| slip["text"].as_str().unwrap_or_default().to_owned())
                .collect();
            Ok(texts.len() >= count)
        })
        .await?;
        Ok(texts)
    }

    /// What a command of HQ's lists, as JSON lines.
    pub(super) fn hq_lines(&self, what: &str) -> anyhow::Result<Vec<Value>> {
        let dir = self.dir.join("hq");
        json_lines(&done(command("huitou-hq").args([what, "--json", "--dir"]).arg(dir))?)
    }

    /// The link that HQ printed at its start: it makes the first user.
    fn set_up_link(&self) -> String {
        let log = std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let links = log.split_whitespace().find(|word| word.contains("/set-up?key="));
        links.unwrap_or_default().to_owned()
    }

    /// Where to look.
    pub(super) fn addresses(&self, language: Language) -> String {
        let rows = [
            (language.pick("收银员页面", "cashier's page"), format!("http://{}/", self.page)),
            (language.pick("小票纸卷", "paper roll"), format!("http://{}/", self.paper)),
            (language.pick("总部(首次打开)", "HQ, the first time"), self.set_up_link()),
            (language.pick("总部", "HQ"), format!("http://{}/", self.hq)),
            (language.pick("收银软件打印到", "the till prints to"), self.till.to_string()),
        ];
        rows.iter().map(|(name, address)| format!("{name}: {address}\n")).collect()
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let bridge = bridge_pid(&self.dir);
        for child in &mut self.children {
            let _ = child.kill(); // it may have ended by itself
            let _ = child.wait();
        }
        if let Some(pid) = bridge {
            let _ = Command::new("kill").arg(pid).status();
        }
        let _ = std::fs::remove_dir_all(&self.dir); // a temporary folder; nothing hangs on it
    }
}

/// The bridge outlives its agent on purpose, so the demo has to end it itself.
fn bridge_pid(dir: &Path) -> Option<String> {
    let socket = dir.join("till").join("link").join("till-1.sock");
    let stream = std::os::unix::net::UnixStream::connect(socket).ok()?;
    rustix::net::sockopt::socket_peercred(&stream)
        .ok()
        .map(|peer| peer.pid.as_raw_nonzero().to_string())
}

/// The port that a newcomer would look at, or any other that is free.
fn free(wanted: u16) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", wanted))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?)
}

fn command(name: &str) -> Command {
    Command::new(program(name))
}

/// Runs a command to its end and gives what it printed.
fn done(command: &mut Command) -> anyhow::Result<String> {
    let name = format!("{:?}", command.get_program());
    let Output { status, stdout, stderr } = command.output().with_context(|| name.clone())?;
    if !status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&stderr).trim());
    }
    Ok(String::from_utf8(stdout)?)
}

/// The code among what `enrol-code` prints: the word with the most dashes.
fn code_in(text: &str) -> anyhow::Result<String> {
    let dashes = |word: &&str| word.matches('-').count();
    text.split_whitespace().max_by_key(dashes).map(str::to_owned).context("no code was printed")
}
