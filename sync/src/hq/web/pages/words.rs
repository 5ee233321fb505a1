//! Words of the tables, as people read them.
//!
//! Not here: whole sentences (each page has its own).

use crate::hq::web::list::Words;

pub(super) const STATUS: Words = &[
    ("active", "正常", "active"),
    ("revoked", "已停用", "revoked"),
    ("forked", "有分叉,待核对", "forked, to be looked at"),
];

pub(super) const KIND: Words = &[
    ("sale", "销售", "sale"),
    ("return", "退货", "return"),
    ("unread", "未读", "unread"),
    ("void", "作废", "void"),
];

pub(super) const ASKED: Words = &[
    ("given", "已给", "given"),
    ("refused", "谢绝", "declined"),
    ("not_asked", "没问", "not asked"),
    ("pending", "待定", "pending"),
];

pub(super) const KNOWN: Words = &[
    ("proved", "已验算", "proved"),
    ("consistent", "一致", "consistent"),
    ("keyword", "仅标签", "label only"),
    ("disputed", "有疑问", "disputed"),
    ("unread", "未读", "unread"),
];

pub(super) const TENDER: Words = &[
    ("cash", "现金", "cash"),
    ("card", "银行卡", "card"),
    ("alipay", "支付宝", "Alipay"),
    ("wechat", "微信", "WeChat"),
    ("member_balance", "储值", "balance"),
    ("voucher", "券", "voucher"),
    ("points", "积分", "points"),
    ("other", "收款", "paid"),
];

pub(super) const ROLE: Words =
    &[("hq", "总部", "HQ"), ("region", "区域", "region"), ("store", "门店", "store")];

pub(super) const DEED: Words = &[
    ("log_in", "登录", "logged in"),
    ("reveal", "看号码", "saw a number"),
    ("export", "导出", "export"),
    ("export_clear", "导出明文", "export in clear"),
    ("api", "接口读取", "API"),
    ("field", "改档案", "wrote a field"),
    ("user_add", "添加用户", "added a user"),
    ("user_disable", "停用用户", "disabled a user"),
    ("user_enable", "启用用户", "enabled a user"),
    ("user_password", "改密码", "changed a password"),
    ("user_totp", "开两步验证", "second factor on"),
    ("user_totp_off", "关两步验证", "second factor off"),
    ("wrong_password", "密码输错", "typed a wrong password"),
    ("user_end", "结束登录", "ended sessions"),
];

pub(super) const PURPOSE: Words = &[
    ("care", "关怀服务", "care"),
    ("marketing", "营销信息", "marketing"),
    ("roaming", "其他门店也认得", "known in other stores"),
    ("gap_on_paper", "小票上印升级差额", "gap to the next tier on paper"),
];

/// How a word of a table reads.
pub(super) fn of(words: Words, word: &str, lang: crate::language::Language) -> &str {
    let found = words.iter().find(|(known, ..)| *known == word);
    found.map_or(word, |(_, zh, en)| lang.of(zh, en))
}
