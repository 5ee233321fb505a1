//! Messages of some days: which went out by which way, and why others did not (S119).
//!
//! Not here: planning and sending (`desk::messages`).

use super::{FROM, HQ, TO, beside};
use crate::hq::Hq;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, Words, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use rusqlite::params;

/// Days back, unless others are asked for.
const DAYS: i32 = 7;

pub(super) const KIND: Words = &[
    ("birthday", "生日", "birthday"),
    ("rain", "雨天", "rain"),
    ("holiday", "节日", "holiday"),
    ("season", "换季", "season"),
    ("long_absent", "久未到店", "long absent"),
    ("information", "她选的知识", "chosen information"),
    ("marketing", "营销", "marketing"),
];

const OUTLET: Words = &[
    ("task", "门店任务", "store's task"),
    ("csv", "名单", "list"),
    ("webhook", "接口", "webhook"),
    ("sms", "短信", "SMS"),
];

const STATE: Words = &[
    ("queued", "待发", "queued"),
    ("sending", "正在发", "on its way"),
    ("sent", "已发", "sent"),
    ("failed", "没发成", "failed"),
    ("unknown", "不确定,不再发", "unknown, not sent again"),
    ("held", "没发", "held back"),
];

const REASON: Words = &[
    ("erased", "已删除", "erased"),
    ("held_out", "不是顾客的号码", "no customer's number"),
    ("left_alone", "她不要打扰", "asked to be left alone"),
    ("opted_out", "已退订", "opted out"),
    ("no_consent", "没同意关怀", "no consent to care"),
    ("no_opt_in", "没订营销", "no opt-in"),
    ("no_proof", "营销同意没有凭证", "opt-in without proof"),
    ("not_chosen", "没选这个主题", "theme not chosen"),
    ("cap_day", "当天已联系", "touched that day"),
    ("cap_week", "本周已够", "enough that week"),
    ("cap_kind", "同类刚发过", "one of the kind lately"),
    ("no_text", "没有审过的文案", "no reviewed text"),
    ("unfilled", "有空没填上", "a placeholder is empty"),
    ("no_store", "没有门店", "no store"),
    ("late", "过了当天", "its day went by"),
    ("cap_desk", "任务已满", "no room among tasks"),
    ("cap_store", "门店当天已够多", "the store has enough that day"),
    ("withdrawn", "任务撤回", "task withdrawn"),
    ("again", "稍后再试", "tried again later"),
    ("interrupted", "发送中断", "interrupted"),
    ("silence", "对方没有回应", "no answer"),
    ("unreached", "连不上", "not reached"),
];

pub(super) const LIST: List = List {
    name: "messages",
    zh: "短信",
    en: "Messages",
    about_zh: "近 7 天(或所选日期)的关怀与营销短信:发了的、没发的和原因。不显示号码和内容。",
    about_en: "Care and marketing messages of the last 7 days, or the days chosen: what was sent, what was not and why. Neither numbers nor texts.",
    who: HQ,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("message", Kind::Count, "号", "No."),
        field("day", Kind::Day, "日期", "Day"),
        field("kind", Kind::Word(KIND), "类型", "Kind"),
        field("store", Kind::Text, "门店", "Store"),
        field("sender", Kind::Text, "谁发", "Sender"),
        field("outlet", Kind::Word(OUTLET), "方式", "Way"),
        field("state", Kind::Word(STATE), "状态", "State"),
        field("reason", Kind::Word(REASON), "原因", "Reason"),
        field("tries", Kind::Count, "次数", "Tries"),
    ],
    params: &[FROM, TO],
    rows,
    above: Some(above),
};

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::CARE, "/messages", body);
    Ok(())
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let to = visit.day("to").unwrap_or(visit.today);
    let from = visit.day("from").unwrap_or(to.saturating_sub(DAYS - 1));
    let before = match visit.after::<1>()? {
        Some([id]) => id.parse().map_err(|_| odd("after"))?,
        None => i64::MAX,
    };
    let mut select = hq.db.prepare_cached(
        "SELECT m.id, m.day, m.kind, s.name, m.sender, m.outlet, m.state, m.reason, m.tries
         FROM message m LEFT JOIN store s ON s.id = m.store
         WHERE m.day BETWEEN ?1 AND ?2 AND m.id < ?3 ORDER BY m.id DESC LIMIT ?4",
    )?;
    let found = select.query_map(params![from, to, before, limit + 1], |row| {
        let text = |at| Ok::<_, rusqlite::Error>(Value::text(row.get::<_, Option<String>>(at)?));
        Ok(vec![
            Value::Int(row.get(0)?),
            Value::Int(row.get(1)?),
            text(2)?,
            text(3)?,
            text(4)?,
            text(5)?,
            text(6)?,
            text(7)?,
            Value::Int(row.get(8)?),
        ])
    })?;
    let mut rows: Vec<Vec<Value>> = found.collect::<rusqlite::Result<_>>()?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| more).and_then(|row| match row.first() {
        Some(Value::Int(id)) => Some(id.to_string()),
        _ => None,
    });
    Ok(Rows { rows, next: last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::desk::messages::gate::Held;
    use crate::hq::desk::messages::kind;

    #[test]
    fn s119_every_kind_and_reason_has_its_words_in_both_languages() {
        for held in Held::ALL {
            assert!(REASON.iter().any(|(word, ..)| *word == held.word()), "{}", held.word());
        }
        for kind in kind::Kind::ALL {
            assert!(KIND.iter().any(|(word, ..)| *word == kind.word()), "{}", kind.word());
        }
    }
}
