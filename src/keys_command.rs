//! `huitou keys`: says who releases the keys at a start, and changes it.
//!
//! Not here: how that is done (`keys`).

use crate::config::Config;
use crate::keys::{self, CREDENTIAL, CREDENTIAL_FILE, KeyFile, SealedBy, Standing, Way, WithKey};

/// What is to be done.
#[derive(clap::Subcommand, Clone, Copy, Debug)]
pub enum Action {
    /// Says who releases the keys, and what that protects from.
    Show,
    /// Has the keys released in another way from the next start on.
    Protect {
        /// Who releases them.
        #[arg(long = "with", value_enum)]
        way: Way,
        /// For systemd-creds: what seals them.
        #[arg(long, value_enum, default_value = "auto")]
        key: WithKey,
    },
}

/// Does it and returns what to print.
///
/// # Errors
///
/// What could not be done, in words for a person; the keys are released as before then.
pub async fn run(config: &Config, action: Action) -> anyhow::Result<String> {
    if let Action::Protect { way, key } = action {
        keys::protect(config, way, key).await?;
    }
    let standing = Standing::of(&config.state_dir, &KeyFile::load(&config.state_dir)?);
    let pick = |(chinese, english)| config.language.pick(chinese, english);
    let mut text = format!("{}: {}\n", standing.way.word(), pick(standing.words()));
    if let Some(advice) = standing.advice() {
        text += &format!("{}\n", pick(advice));
    }
    if matches!(action, Action::Protect { .. }) {
        text += &next(config, standing);
    }
    Ok(text)
}

/// What a person has to do now.
fn next(config: &Config, standing: Standing) -> String {
    let file = config.state_dir.join(CREDENTIAL_FILE);
    let shown = file.display();
    let (chinese, english) = match (standing.way, standing.sealed_by) {
        (Way::SystemdCreds, Some(SealedBy::Tpm | SealedBy::TpmAndHost)) => (
            format!("服务里加:LoadCredentialEncrypted={CREDENTIAL}:{shown};清除 TPM、换主板、改 Secure Boot 之前先改回 file"),
            format!("add to the service: LoadCredentialEncrypted={CREDENTIAL}:{shown}; go back to `file` before the TPM is cleared, the board replaced or Secure Boot changed"),
        ),
        (Way::SystemdCreds, _) => (
            format!("服务里加:LoadCredentialEncrypted={CREDENTIAL}:{shown};重装系统之前先改回 file"),
            format!("add to the service: LoadCredentialEncrypted={CREDENTIAL}:{shown}; go back to `file` before the system is installed anew"),
        ),
        (Way::Command, _) => (
            "钥匙库里的密钥丢了,本机的会员记忆就打不开:请备份钥匙库;改配置里的 [keys] 之前先改回 file".to_owned(),
            "without the key in the store nothing opens: back the store up, and go back to `file` before you change [keys] in the configuration".to_owned(),
        ),
        (Way::Hq, _) => (
            "从下次启动起要连得上总部;连不上时小票照常打印,单据留在打印桥里。向总部发请求用的密钥仍在文件里".to_owned(),
            "from the next start on HQ has to be reached; without it receipts print and slips wait in the bridge. What we ask HQ with stays in the file".to_owned(),
        ),
        (Way::File, _) => (
            format!("服务里若写过 LoadCredentialEncrypted={CREDENTIAL},请删掉,否则服务起不来"),
            format!("if the service has LoadCredentialEncrypted={CREDENTIAL}, remove it, or it will not start"),
        ),
    };
    config.language.pick(&chinese, &english).to_owned() + "\n"
}
