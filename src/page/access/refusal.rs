//! Why a request is turned away: a code for the page, words for the person, when to come again.
//!
//! Not here: who decides it (the other modules of `access`, `second_screen`).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::config::Language;

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// Customers are looked up too often.
    TooManyLookUps {
        /// Seconds until the next.
        wait_s: u64,
    },
    /// Called too often, or wrong too often.
    TooFast {
        /// Seconds until the next.
        wait_s: u64,
    },
    /// No token, or none that is known.
    Token,
    /// A browser has no business there.
    Browser,
    /// Not one of our own addresses.
    Host,
    /// Another site.
    Origin,
    /// Not JSON, or not the JSON that is expected.
    Json,
    /// There is no such till.
    Till,
    /// What was given is no telephone number.
    Number,
    /// No PIN was ever set.
    PinUnset,
    /// The manager has to type the PIN first.
    PinClosed,
    /// It was not this PIN.
    PinWrong {
        /// Tries that are left before it is locked.
        left: u32,
    },
    /// Too many wrong tries.
    PinLocked {
        /// Seconds until the next.
        wait_s: u64,
    },
    /// Somebody else is typing it at this moment.
    PinBusy,
    /// This phone is not paired, or not any more.
    NotPaired,
    /// A pairing link that was used, or is too old, or never was one.
    PairingOver,
    /// There is no second screen here.
    ScreenOff,
    /// As many are paired as may be.
    ScreensFull,
    /// No such phone is paired.
    NoScreen,
    /// A file or the database does not do what it should.
    Storage,
}

impl Refusal {
    /// Status, code, words in Chinese and in English.
    const fn told(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::TooManyLookUps { .. } => (
                S::TOO_MANY_REQUESTS,
                "too_many_look_ups",
                "查询太频繁,请稍候再查;请继续收银",
                "too many look-ups: please wait a moment and go on ringing up",
            ),
            Self::TooFast { .. } => {
                (S::TOO_MANY_REQUESTS, "too_fast", "太频繁了,请稍候", "too often: please wait")
            }
            Self::Token => (
                S::UNAUTHORIZED,
                "token",
                "请带上有效的令牌(huitou token new 可新建)",
                "send a valid token (`huitou token new` makes one)",
            ),
            Self::Browser => (
                S::FORBIDDEN,
                "browser",
                "这个接口不对浏览器开放",
                "this interface is not for browsers",
            ),
            Self::Host => (S::FORBIDDEN, "host", "地址不对", "this is not an address of this box"),
            Self::Origin => (
                S::FORBIDDEN,
                "origin",
                "其他网站不能使用本页面",
                "another site may not use this page",
            ),
            Self::Json => (
                S::UNPROCESSABLE_ENTITY,
                "json",
                "内容不是这里所要的 JSON",
                "this is not the JSON that is expected here",
            ),
            Self::Till => (S::NOT_FOUND, "till", "没有这台收银台", "there is no such till"),
            Self::Number => (
                S::UNPROCESSABLE_ENTITY,
                "number",
                "这不是手机号,请再输一次",
                "this is no telephone number: please type it again",
            ),
            Self::PinUnset => (
                S::FORBIDDEN,
                "pin_unset",
                "还没有设置店长密码:请在本机运行 huitou pin set",
                "no manager's PIN is set: run `huitou pin set` on this box",
            ),
            Self::PinClosed => (
                S::FORBIDDEN,
                "pin_closed",
                "请店长先输入密码",
                "the manager's PIN is needed first",
            ),
            Self::PinWrong { .. } => (S::FORBIDDEN, "pin_wrong", "密码不对", "this is not the PIN"),
            Self::PinLocked { .. } => (
                S::TOO_MANY_REQUESTS,
                "pin_locked",
                "输错太多次,请稍候再试",
                "too many wrong tries: please wait",
            ),
            Self::PinBusy => (
                S::TOO_MANY_REQUESTS,
                "pin_busy",
                "正在核对,请再试一次",
                "another try is being checked: please try again",
            ),
            Self::NotPaired => (
                S::UNAUTHORIZED,
                "not_paired",
                "这部手机没有配对,或配对已失效:请在收银台重新扫码",
                "this phone is not paired, or not any more: scan a new code at the till",
            ),
            Self::PairingOver => (
                S::FORBIDDEN,
                "pairing_over",
                "二维码已用过或已过期:请在收银台重新生成",
                "this code was used or is too old: make a new one at the till",
            ),
            Self::ScreenOff => (
                S::NOT_FOUND,
                "screen_off",
                "手机副屏没有开启(配置里的 second_screen.enabled)",
                "the second screen is off (second_screen.enabled in the configuration)",
            ),
            Self::ScreensFull => (
                S::CONFLICT,
                "screens_full",
                "配对的手机已满:请先解除一部",
                "as many phones are paired as may be: revoke one first",
            ),
            Self::NoScreen => {
                (S::NOT_FOUND, "no_screen", "没有这部手机", "no such phone is paired")
            }
            Self::Storage => (
                S::INTERNAL_SERVER_ERROR,
                "storage",
                "文件读写失败:小票照常打印,请运行 huitou check",
                "a file cannot be read or written: receipts print as usual; run `huitou check`",
            ),
        }
    }

    /// Words for a person.
    #[must_use]
    pub const fn words(self, language: Language) -> &'static str {
        let (_, _, chinese, english) = self.told();
        language.pick(chinese, english)
    }

    const fn wait_s(self) -> Option<u64> {
        match self {
            Self::TooManyLookUps { wait_s }
            | Self::TooFast { wait_s }
            | Self::PinLocked { wait_s } => Some(wait_s),
            Self::PinBusy => Some(1),
            _ => None,
        }
    }

    /// The answer: `{"error": words, "code": …}`.
    #[must_use]
    pub fn response(self, language: Language) -> Response {
        let (status, code, ..) = self.told();
        let mut body = json!({ "error": self.words(language), "code": code });
        if let Some(wait_s) = self.wait_s() {
            body["wait_s"] = wait_s.into();
        }
        if let Self::PinWrong { left } = self {
            body["left"] = left.into();
        }
        let mut response = (status, Json(body)).into_response();
        if let Some(wait_s) = self.wait_s() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        if status == StatusCode::UNAUTHORIZED && self == Self::Token {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_by_itself() {
        let han =
            |text: &str| text.chars().any(|symbol| ('\u{4e00}'..='\u{9fff}').contains(&symbol));
        for refusal in [
            Refusal::TooManyLookUps { wait_s: 1 },
            Refusal::PinUnset,
            Refusal::NotPaired,
            Refusal::ScreensFull,
            Refusal::Storage,
        ] {
            assert!(han(refusal.words(Language::Chinese)), "{refusal:?}");
            assert!(!han(refusal.words(Language::English)), "{refusal:?}");
        }
    }

    #[test]
    fn who_has_to_wait_is_told_how_long() {
        let response = Refusal::PinLocked { wait_s: 30 }.response(Language::English);
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "30");
    }
}
