//! What a way protects from and what not, and why keys are not released, in words for a person.
//!
//! Not here: who says them (`check`, `keys_command`, `run`).

use std::path::Path;

use sync::message::RefusalReason;

use super::systemd::{self, CREDENTIAL_FILE, SealedBy};
use super::{KeyFile, KeysError, ReleaseFailed, Way};
use crate::config::Language;

/// How the keys are released, as far as the disk tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Standing {
    pub(crate) way: Way,
    pub(crate) sealed_by: Option<SealedBy>,
}

impl Standing {
    pub(crate) fn of(state_dir: &Path, file: &KeyFile) -> Self {
        let sealed_by = match file.way() {
            Way::SystemdCreds => systemd::file_sealed_by(&state_dir.join(CREDENTIAL_FILE)),
            _ => None,
        };
        Self { way: file.way(), sealed_by }
    }

    /// What it protects from and what not: Chinese, English.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match (self.way, self.sealed_by) {
            (Way::File, _) => (
                "在文件里,仅本用户可读;防得住数据库被拷走,防不住硬盘或整机被偷",
                "in a file that only this user can read; protects a copied database, not a stolen disk or box",
            ),
            (Way::SystemdCreds, Some(SealedBy::Tpm | SealedBy::TpmAndHost)) => (
                "由 systemd-creds 用本机的 TPM 加密;防得住硬盘被偷或被拷走,防不住整机被偷后开机",
                "sealed by systemd-creds with this box's TPM; protects a stolen or copied disk, not a stolen box that is switched on",
            ),
            (Way::SystemdCreds, Some(SealedBy::Host)) => (
                "由 systemd-creds 用 /var/lib/systemd 里的主机密钥加密(没有用 TPM);防得住只拷走数据目录,防不住整块硬盘或整机被偷",
                "sealed by systemd-creds with the host key in /var/lib/systemd (no TPM used); protects a copied state directory, not a whole stolen disk or box",
            ),
            (Way::SystemdCreds, Some(SealedBy::Nothing)) => (
                "由 systemd-creds 用空密钥加密:什么也防不住;请重新运行 huitou keys protect",
                "sealed by systemd-creds with an empty key: protects nothing; run `huitou keys protect` again",
            ),
            (Way::SystemdCreds, Some(SealedBy::Other)) => (
                "由 systemd-creds 加密,用的什么密钥看不出来;至少防得住只拷走数据目录",
                "sealed by systemd-creds with a key of a kind we do not know; protects a copied state directory at least",
            ),
            (Way::SystemdCreds, None) => (
                "由 systemd-creds 加密,但本用户读不到 local.cred,看不出用的是什么密钥",
                "sealed by systemd-creds, but this user cannot read local.cred to tell with which key",
            ),
            (Way::Command, _) => (
                "由系统的钥匙库保管([keys] unlock);防得住只拷走数据目录,其余看钥匙库:防不住能以本用户登录的人",
                "in the system's key store ([keys] unlock); protects a copied state directory, the rest is up to that store: not from whoever can log in as this user",
            ),
            (Way::Hq, _) => (
                "每次启动由总部放行;整机被偷,总部停用本机后(huitou-hq revoke)下次启动就打不开;防不住报失之前、或一直没关机的机器;启动时要连得上总部",
                "released by HQ at each start; a stolen box is locked at its next start once HQ revoked it (`huitou-hq revoke`); not before that, nor while it stays switched on; a start needs HQ",
            ),
        }
    }

    /// A better one that is at hand, if there is one.
    pub(crate) fn advice(self) -> Option<(&'static str, &'static str)> {
        let host_only = self.way == Way::SystemdCreds && self.sealed_by == Some(SealedBy::Host);
        (host_only && systemd::has_tpm()).then_some((
            "本机有 TPM 可用:huitou keys protect --with systemd-creds --key tpm2",
            "this box has a TPM: `huitou keys protect --with systemd-creds --key tpm2`",
        ))
    }
}

/// Why the keys are not released; the English is the error's own.
pub(crate) fn reason(error: &KeysError, language: Language) -> String {
    if language == Language::English {
        return error.to_string();
    }
    match error {
        KeysError::Missing => "本机尚未登记到总部:请运行 huitou enrol".into(),
        KeysError::Io { path, source } => format!("{} 读不了({})", path.display(), source.kind()),
        KeysError::Damaged(path) => {
            format!("{} 不是密钥文件或已损坏;请恢复备份,或重新登记", path.display())
        }
        KeysError::TooNew { path, version } => {
            format!("{} 是第 {version} 版;请安装新版 huitou", path.display())
        }
        KeysError::Exists(path) => format!("{} 已存在:本机已登记", path.display()),
        KeysError::OtherKey { path, way } => format!(
            "{} 用 {} 给的密钥打不开:是别的收银台的,或文件是旧的;请恢复配套的备份,或重新登记",
            path.display(),
            way.word()
        ),
        KeysError::Systemd(_) => format!(
            "systemd-creds 打不开 {CREDENTIAL_FILE}:请以 root 运行,服务则要写 LoadCredentialEncrypted=(用英文运行可看详情)"
        ),
        KeysError::Command(_) => {
            "钥匙库命令([keys] unlock)没有给出密钥;请以同一用户手工试一次(不要显示它的输出)".into()
        }
        KeysError::Release(failed) => release(failed),
    }
}

fn release(failed: &ReleaseFailed) -> String {
    match failed {
        ReleaseFailed::Unreachable { url, .. } => {
            format!("密钥要由总部放行,但连不上 {url};请检查网络")
        }
        ReleaseFailed::Status { url, status, .. } => {
            format!("密钥要由总部放行,{url} 回答 {status};请联系总部")
        }
        ReleaseFailed::Refused(RefusalReason::Revoked) => {
            "总部已停用本机,不放行密钥;如果没有丢失,请联系总部重新登记".into()
        }
        ReleaseFailed::Refused(RefusalReason::Fork { .. }) => {
            "总部已冻结本机,要等人核查;请联系总部".into()
        }
        ReleaseFailed::Refused(_) => "总部没有本机的放行密钥;请联系总部".into(),
        ReleaseFailed::Tls(_) => "本机的密钥做不出证书;请联系总部重新登记".into(),
        ReleaseFailed::Answer(_) => "收到的回答不是我们总部的;请检查网络和代理".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standings() -> Vec<Standing> {
        let sealed = [SealedBy::Tpm, SealedBy::Host, SealedBy::Nothing, SealedBy::Other];
        let systemd = sealed.into_iter().map(Some).chain([None]);
        systemd
            .map(|sealed_by| Standing { way: Way::SystemdCreds, sealed_by })
            .chain([Way::File, Way::Command, Way::Hq].map(|way| Standing { way, sealed_by: None }))
            .collect()
    }

    #[test]
    fn each_way_says_what_it_protects_from_in_both_languages_and_differently() {
        let words: Vec<_> = standings().into_iter().map(Standing::words).collect();
        for (at, (chinese, english)) in words.iter().enumerate() {
            assert!(!chinese.is_ascii() && english.is_ascii(), "{chinese} {english}");
            assert!(words[..at].iter().all(|other| other.0 != *chinese && other.1 != *english));
        }
    }

    #[test]
    fn a_host_key_is_never_called_a_tpm_and_the_other_way_round() {
        let said =
            |sealed_by| Standing { way: Way::SystemdCreds, sealed_by: Some(sealed_by) }.words().1;
        assert!(said(SealedBy::Host).contains("no TPM used"));
        assert!(said(SealedBy::Tpm).contains("with this box's TPM"));
        assert_eq!(said(SealedBy::Tpm), said(SealedBy::TpmAndHost));
    }
}
