//! `huitou check`: says in words what works and what to do.
//!
//! Not here: repairing anything.

mod keys;
mod ports;
mod road;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::config::{Config, Language};
use crate::enrol;
use crate::keys::{KeyFile, KeysError, reason};

/// Less free space than this is worth a word.
const SPACE_MIN_BYTES: u64 = 512 * 1024 * 1024;

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// For a person, a line each.
    pub text: String,
    /// Nothing is wrong.
    pub good: bool,
}

struct Findings {
    language: Language,
    text: String,
    good: bool,
}

impl Findings {
    fn say(&mut self, good: bool, chinese: &str, english: &str) {
        self.good &= good;
        let mark = if good { "✓" } else { "✗" };
        let _ = writeln!(self.text, "{mark} {}", self.language.pick(chinese, english)); // a string takes all
    }
}

/// Looks at everything a shop needs.
pub async fn check(config: &Config) -> Report {
    let mut findings = Findings { language: config.language, text: String::new(), good: true };
    disk(&mut findings, &config.state_dir);
    let running = agent_runs(&mut findings, config).await;
    match KeyFile::load(&config.state_dir) {
        Ok(file) => {
            let keys = keys::released(&mut findings, config, &file, running).await;
            road::outbox_and_papers(&mut findings, config, file.public.terminal, keys.as_ref());
            road::hq(&mut findings, config, &file.public).await;
        }
        Err(KeysError::Missing) => findings.say(
            false,
            "本机尚未登记到总部:请向总部要登记码,运行 huitou enrol",
            "not enrolled at HQ: ask HQ for a code and run `huitou enrol`",
        ),
        Err(error) => findings.say(
            false,
            &format!("密钥:{}", reason(&error, Language::Chinese)),
            &format!("keys: {error}"),
        ),
    }
    for bridge in &config.bridges {
        ports::ports(&mut findings, bridge, running);
    }
    if config.bridges.is_empty() {
        findings.say(
            false,
            "配置里没有 [[bridge]]:没有接打印机",
            "no [[bridge]] in the config: no printer",
        );
    }
    Report { text: findings.text, good: findings.good }
}

fn disk(findings: &mut Findings, dir: &Path) {
    let probe = dir.join(".check");
    let written = fs::write(&probe, b"ok").and_then(|()| fs::remove_file(&probe));
    let shown = dir.display();
    if let Err(error) = written {
        let chinese = format!("磁盘:{shown} 不能写({error});请检查目录权限和空间");
        return findings.say(false, &chinese, &format!("disk: cannot write to {shown}: {error}"));
    }
    let free = rustix::fs::statvfs(dir).map(|fs| fs.f_bavail * fs.f_frsize).unwrap_or(u64::MAX);
    let mib = free / (1024 * 1024);
    findings.say(
        free >= SPACE_MIN_BYTES,
        &format!("磁盘:{shown} 可写,剩余 {mib} MiB"),
        &format!("disk: {shown} can be written, {mib} MiB free"),
    );
}

/// Whether the agent answers on its page.
async fn agent_runs(findings: &mut Findings, config: &Config) -> bool {
    let url = format!("http://{}/api/state", config.page.listen);
    let answer = enrol::client().get(url).send().await;
    let runs = answer.is_ok_and(|answer| answer.status().is_success());
    let page = config.page.listen;
    match runs {
        true => findings.say(
            true,
            &format!("收银员页面:http://{page}/"),
            &format!("cashier's page: http://{page}/"),
        ),
        false => findings.say(
            false,
            "huitou run 没有在运行:小票照常打印,但不留记录",
            "`huitou run` is not running: receipts print, but nothing is kept",
        ),
    }
    runs
}
