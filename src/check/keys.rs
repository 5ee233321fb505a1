//! The keys: who releases them, what that protects from, and whether it works now.
//!
//! Trying it is a release like any other: HQ writes it down.
//!
//! Not here: changing it (`keys_command`).

use super::Findings;
use crate::config::{Config, Language};
use crate::keys::{self, KeyFile, KeysError, Standing, SystemdError, TerminalKeys, Way, reason};

/// Says how the keys stand; gives them if they are released to us.
pub(super) async fn released(
    findings: &mut Findings,
    config: &Config,
    file: &KeyFile,
    agent_runs: bool,
) -> Option<TerminalKeys> {
    let standing = Standing::of(&config.state_dir, file);
    let (chinese, english) = standing.words();
    let nothing = standing.sealed_by == Some(keys::SealedBy::Nothing);
    findings.say(!nothing, &format!("密钥:{chinese}"), &format!("keys: {english}"));
    if let Some((chinese, english)) = standing.advice() {
        findings.say(true, &format!("密钥:{chinese}"), &format!("keys: {english}"));
    }
    exposed(findings, config, standing.way);
    match keys::open(config).await {
        Ok(keys) => Some(keys),
        Err(error) => {
            not_released(findings, &error, agent_runs);
            None
        }
    }
}

/// With `file` everything in it is a secret, with `hq` what we ask HQ with.
fn exposed(findings: &mut Findings, config: &Config, way: Way) {
    let clear = matches!(way, Way::File | Way::Hq);
    if clear && !matches!(keys::is_exposed(&config.state_dir), Ok(false)) {
        findings.say(
            false,
            "密钥:其他用户也能读密钥文件;请 chmod 600 terminal.key",
            "keys: others can read the key file; chmod 600 terminal.key",
        );
    }
}

fn not_released(findings: &mut Findings, error: &KeysError, agent_runs: bool) {
    // Only root may ask systemd; that the service got its keys shows in that it runs.
    if agent_runs && matches!(error, KeysError::Systemd(SystemdError::Tool(..))) {
        return findings.say(
            true,
            "密钥:服务已经拿到;本用户无权再试一次(以 root 运行 huitou check 可以试)",
            "keys: the service has them; this user may not try again (run `huitou check` as root to try)",
        );
    }
    let (now_zh, now_en) = match agent_runs {
        true => (
            "正在运行的照常;下次启动会等到放行",
            "what runs goes on; the next start waits for them",
        ),
        false => ("启动会等到放行,小票照常打印", "a start waits for them, receipts print"),
    };
    let chinese = reason(error, Language::Chinese);
    findings.say(
        false,
        &format!("密钥:现在打不开:{chinese};{now_zh}"),
        &format!("keys: not released now: {error}; {now_en}"),
    );
}
