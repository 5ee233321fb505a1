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
    ("task", "办任务", "worked on a task"),
    ("case", "办投诉", "worked on a complaint"),
    ("question", "答复问题", "worked on a question"),
    ("cure", "记下对策", "noted a cure"),
    ("hand_over", "交接顾客", "handed customers over"),
    ("hand_back", "撤回交接", "took a hand-over back"),
    ("file_draw", "抽取档案", "drew files to check"),
    ("file_check", "核对档案", "checked a file"),
    ("survey", "办问卷", "worked on a survey"),
    ("vip", "记老顾客的事", "noted something for regulars"),
    ("text", "写或审文案", "wrote or reviewed a text"),
    ("opt_out", "记下退订", "noted an opt-out"),
    ("erase", "删除资料", "deleted a file"),
    ("keep", "她改主意,留着", "kept a file after all"),
    ("till_look", "门店看号码", "saw a number in the store"),
];

pub(super) const PURPOSE: Words = &[
    ("care", "关怀服务", "care"),
    ("marketing", "营销信息", "marketing"),
    ("roaming", "其他门店也认得", "known in other stores"),
    ("gap_on_paper", "小票上印升级差额", "gap to the next tier on paper"),
];

pub(super) const TASK: Words = &[
    ("call", "打电话", "call"),
    ("message", "发信息", "message"),
    ("letter", "寄信", "letter"),
    ("visit", "登门", "visit"),
    ("card", "寄卡", "card"),
    ("gift", "送礼", "gift"),
    ("invitation", "邀请", "invitation"),
    ("complaint", "投诉", "complaint"),
    ("other", "其他", "other"),
];

pub(super) const RULE: Words = &[
    ("big_sale", "大额购买后一周", "a week after a large purchase"),
    ("referrer_thanks", "谢谢介绍朋友", "thanks for bringing somebody"),
    ("newcomer_thanks", "谢谢新朋友", "thanks to who was brought"),
    ("newcomer_call", "新朋友一周内", "a newcomer, within the week"),
    ("threshold", "累计消费达标", "spending reached an amount"),
    ("top_spender", "年度消费最高", "the year's highest spender"),
    ("appointment", "约好的时间", "a time was agreed"),
    ("retry", "上次没接通", "nobody picked up"),
    ("complaint", "投诉没解决", "a complaint is open"),
    ("second_chance", "投诉后回访", "after a complaint"),
    ("win_back", "久未光顾", "stays away"),
    ("message", "发一条问候", "a word of care"),
    ("life_event", "她的重要日子", "a day that matters to her"),
];

pub(super) const OUTCOME: Words = &[
    ("reached", "已联系上", "reached"),
    ("no_answer", "没接通", "no answer"),
    ("rescheduled", "改约时间", "another time"),
    ("sent", "已发送", "sent"),
    ("resolved", "已解决", "resolved"),
    ("declined", "请勿打扰", "leave her alone"),
    ("other", "其他", "other"),
];

pub(super) const STATE: Words =
    &[("open", "待办", "open"), ("done", "已办", "done"), ("cancelled", "已撤", "withdrawn")];

pub(super) const CASE_STATE: Words = &[("open", "处理中", "open"), ("closed", "已结案", "closed")];

pub(super) const SIDE: Words =
    &[("store", "门店", "store"), ("region", "区域", "region"), ("company", "公司", "company")];

pub(super) const REASON: Words = &[
    ("product", "产品", "the goods"),
    ("service", "服务", "the service"),
    ("employee", "员工", "a member of staff"),
    ("image", "形象", "what the shop stands for"),
    ("customer", "顾客自身变化", "her own life"),
    ("competitor", "竞争对手", "another shop"),
    ("society", "社会因素", "the times"),
    ("other", "没有说", "she did not say"),
];

pub(super) const STEP: Words = &[
    ("listen", "倾听", "Listen"),
    ("talk", "谈心", "Talk"),
    ("apologise", "道歉", "Apologise"),
    ("analyse", "分析", "Analyse"),
    ("explain", "说明", "Explain"),
    ("handle", "处理", "Handle"),
    ("compensate", "补偿", "Compensate"),
    ("result", "结果", "Result"),
    ("feedback", "回访", "Feedback"),
];

pub(super) const STANDARD: Words = &[
    ("follow_up", "回访按时", "follow-up in time"),
    ("question", "问题答复", "question answered"),
    ("complaint_reply", "投诉首次答复", "complaint answered first"),
    ("complaint_close", "投诉结案", "complaint settled"),
    ("complaint_day", "投诉答应的日子", "the day she was promised"),
];

pub(super) const ASKING: Words = &[
    ("question", "问题", "question"),
    ("suggestion", "建议", "suggestion"),
    ("wish", "愿望", "wish"),
];

pub(super) const DRAWN: Words = &[
    ("waiting", "待安排", "waits"),
    ("called", "已安排回访", "to be called"),
    ("held_out", "对照组,不打扰", "held out, left alone"),
];

pub(super) const CAUSE: Words = &[
    ("quality", "质量", "quality"),
    ("service", "服务", "service"),
    ("price", "价格", "price"),
    ("fit", "尺码版型", "size and fit"),
    ("delivery", "送货时间", "delivery"),
    ("other", "其他", "other"),
];

/// What preference rests on (S78).
pub(super) const TAG: Words = &[
    ("value", "划不划算", "what she gets for her money"),
    ("system", "怎么办事", "how things are done"),
    ("people", "什么人来办", "who does them"),
];

pub(super) const FOUND: Words = &[
    ("valid", "属实", "true"),
    ("invalid", "不属实", "not true"),
    ("unchecked", "还没核对", "not checked yet"),
];

pub(super) const CLASS: Words = &[
    ("gold", "黄金", "gold"),
    ("potential", "潜力", "potential"),
    ("new", "新客", "new"),
    ("regular", "一般", "regular"),
    ("at_risk", "可能流失", "at risk"),
    ("lost", "已流失", "lost"),
    ("prospect", "未购", "not yet a buyer"),
];

/// What a list may be narrowed to, and what its filter calls that.
pub(in crate::hq::web) const FILTER: Words = &[
    ("show", "显示", "Show"),
    ("state", "状态", "State"),
    ("kind", "方式", "What"),
    ("open", "待办", "Open"),
    ("today", "今天到期", "Due today"),
    ("overdue", "已逾期", "Overdue"),
    ("done", "已办", "Done"),
    ("closed", "已结案", "Closed"),
    ("call", "打电话", "Calls"),
    ("message", "发信息", "Messages"),
    ("visit", "登门", "Visits"),
    ("complaint", "投诉", "Complaints"),
    ("other", "其他", "Others"),
    ("waiting", "待安排", "Waiting"),
    ("called", "已安排回访", "To be called"),
    ("held_out", "对照组", "Held out"),
    ("class", "分类", "Class"),
    ("gold", "黄金", "Gold"),
    ("potential", "潜力", "Potential"),
    ("new", "新客", "New"),
    ("regular", "一般", "Regular"),
    ("at_risk", "可能流失", "At risk"),
    ("lost", "已流失", "Lost"),
    ("prospect", "未购", "Not yet a buyer"),
];

/// All words of a table, for a choice.
pub(super) fn options(words: Words, lang: crate::language::Language) -> Vec<(String, String)> {
    words.iter().map(|(word, zh, en)| ((*word).to_owned(), lang.of(zh, en).to_owned())).collect()
}

/// How a word of a table reads.
pub(in crate::hq::web) fn of(words: Words, word: &str, lang: crate::language::Language) -> &str {
    let found = words.iter().find(|(known, ..)| *known == word);
    found.map_or(word, |(_, zh, en)| lang.of(zh, en))
}
