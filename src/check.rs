//! `huitou check`: says in words what works and what to do.
//!
//! Not here: repairing anything.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Datelike, Utc};

use crate::config::{BridgeConfig, Config, Language};
use crate::day_book;
use crate::keys::{self, KeysError, TerminalKeys};
use crate::{at_rest::LocalKey, enrol, outbox, store};

/// A printer on the shop's own network answers sooner.
const PRINTER_WAIT: Duration = Duration::from_secs(2);

/// More than this between our clock and HQ's is worth a word.
const CLOCK_WRONG_S: i64 = 300;

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
    match TerminalKeys::load(&config.state_dir) {
        Ok(keys) => {
            key_file(&mut findings, &config.state_dir);
            outbox_and_papers(&mut findings, config, &keys);
            hq(&mut findings, &keys).await;
        }
        Err(KeysError::Missing) => findings.say(
            false,
            "本机尚未登记到总部:请向总部要登记码,运行 huitou enrol",
            "not enrolled at HQ: ask HQ for a code and run `huitou enrol`",
        ),
        Err(error) => findings.say(
            false,
            &format!("密钥文件读不出来({error})"),
            &format!("the key file cannot be read: {error}"),
        ),
    }
    for bridge in &config.bridges {
        ports(&mut findings, bridge, running);
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

fn key_file(findings: &mut Findings, dir: &Path) {
    match keys::is_exposed(dir) {
        Ok(false) => findings.say(
            true,
            "密钥:在文件里,仅本用户可读;防得住数据库被拷走,防不住整机被偷",
            "keys: in a file that only this user can read; protects a copied database, not a stolen box",
        ),
        _ => findings.say(
            false,
            "密钥:其他用户也能读密钥文件;请 chmod 600 terminal.key",
            "keys: others can read the key file; chmod 600 terminal.key",
        ),
    }
}

fn outbox_and_papers(findings: &mut Findings, config: &Config, keys: &TerminalKeys) {
    let connection = match store::open(&config.state_dir) {
        Ok(connection) => connection,
        Err(error) => {
            return findings.say(false, &format!("数据库:{error}"), &format!("database: {error}"));
        }
    };
    let waiting = outbox::standing(&connection, keys.terminal)
        .ok()
        .flatten()
        .map_or(0, |standing| standing.waiting());
    findings.say(
        true,
        &format!("待发总部:{waiting} 条"),
        &format!("waiting for HQ: {waiting} events"),
    );
    let papers = day_book::last(&connection, &LocalKey::new(&keys.local), 20).unwrap_or_default();
    let pictures = papers.iter().filter(|entry| entry.paper.kind == "unread").count();
    match (papers.len(), pictures) {
        (0, _) => findings.say(true, "最近两天还没有小票", "no receipts in the last two days"),
        (_, 0) => findings.say(true, "小票是文字,可以读取", "receipts are text and can be read"),
        (all, _) => findings.say(
            false,
            &format!("最近 {all} 张小票里有 {pictures} 张是图片,读不出来:请在收银软件里选“文本/ESC-POS”驱动(Generic / Text Only)"),
            &format!("{pictures} of the last {all} receipts are pictures: choose the till's text driver (Generic / Text Only)"),
        ),
    }
}

async fn hq(findings: &mut Findings, keys: &TerminalKeys) {
    let url = &keys.hq_url;
    let answer = match enrol::client().get(format!("{url}/v1/keys")).send().await {
        Ok(answer) if answer.status().is_success() => answer,
        Ok(answer) => {
            let status = answer.status();
            return findings.say(
                false,
                &format!("总部:{url} 回答 {status}"),
                &format!("HQ: {url} says {status}"),
            );
        }
        Err(error) => {
            let reason = enrol::without_url(error);
            let chinese = format!("总部:连不上 {url}({reason});小票和会员照常,联网后自动补发");
            return findings.say(
                false,
                &chinese,
                &format!("HQ: {url} cannot be reached ({reason}); all goes on, and is sent later"),
            );
        }
    };
    findings.say(true, &format!("总部:{url} 可以连上"), &format!("HQ: {url} answers"));
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let ours = Utc::now();
    let apart = date.map_or(0, |date| (ours - date.with_timezone(&Utc)).num_seconds());
    let good = apart.abs() <= CLOCK_WRONG_S && ours.year() >= 2026;
    findings.say(
        good,
        &if good {
            "时钟:正确".into()
        } else {
            format!("时钟:与总部差 {apart} 秒;请校准(不影响收银)")
        },
        &if good {
            "clock: right".into()
        } else {
            format!("clock: {apart} s away from HQ's; please set it (nothing stops)")
        },
    );
}

fn ports(findings: &mut Findings, bridge: &BridgeConfig, running: bool) {
    let name = &bridge.name;
    match bridge.printer.split_once(':') {
        // A printer takes one client at a time: while the agent runs, its page says how it is.
        Some(("tcp", address)) if !running => printer(findings, name, address),
        Some(("tcp", _)) => {}
        Some((_, path)) => {
            let device = path.split(',').next().unwrap_or_default();
            let there = Path::new(device).exists();
            findings.say(
                there,
                &format!("{name}:打印机 {device} {}", if there { "在" } else { "不在;请检查插头" }),
                &format!(
                    "{name}: printer {device} {}",
                    if there { "is there" } else { "is not there; check the plug" }
                ),
            );
        }
        None => findings.say(
            false,
            &format!("{name}:printer 写法不对"),
            &format!("{name}: printer is no port"),
        ),
    }
}

fn printer(findings: &mut Findings, name: &str, address: &str) {
    let asked = address.to_socket_addrs().ok().and_then(|mut found| found.next()).map(|address| {
        TcpStream::connect_timeout(&address, PRINTER_WAIT).and_then(|mut stream| {
            stream.set_read_timeout(Some(PRINTER_WAIT))?;
            stream.write_all(b"\x10\x04\x01")?; // DLE EOT 1: printer status
            let mut status = [0];
            stream.read_exact(&mut status).map(|()| status[0])
        })
    });
    match asked {
        Some(Ok(status)) if status & 0x08 == 0 => {
            findings.say(
                true,
                &format!("{name}:打印机在线"),
                &format!("{name}: printer is on line"),
            );
        }
        Some(Ok(_)) => findings.say(
            false,
            &format!("{name}:打印机脱机;请检查纸和盖"),
            &format!("{name}: printer is off line; check paper and cover"),
        ),
        Some(Err(error)) if error.kind() != std::io::ErrorKind::ConnectionRefused => findings.say(
            true,
            &format!("{name}:打印机可以连上,但不回答状态"),
            &format!("{name}: printer takes jobs but does not tell its state"),
        ),
        _ => findings.say(
            false,
            &format!("{name}:打印机 {address} 连不上;请检查电源、网线和地址"),
            &format!("{name}: printer {address} cannot be reached; check power, cable and address"),
        ),
    }
}
