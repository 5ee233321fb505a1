//! What happened with a customer, the newest first: sales, every kind of touch, cases, agreements, who
//! looks after her (S32, S95).
//!
//! Not here: drawing it (`web`).

use crate::care_list::CustomerId;
use crate::language::Language;
use crate::message::StoreId;
use crate::money::Minor;
use rusqlite::{Connection, Row, params};

const HERS: &str = "(SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
const DAY_MS: i64 = 86_400_000;

/// What it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// She bought or gave back.
    Sale {
        /// Below zero for a return.
        total: Minor,
        /// Does not count any more.
        voided: bool,
    },
    /// A task of hers was done.
    Touch {
        /// Its kind, by word.
        kind: String,
        /// How it went, by word.
        outcome: String,
    },
    /// A message went out, by its kind's word.
    Told(String),
    /// She was handed a souvenir, a service or a reward, or came to something.
    Given {
        /// What, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// A complaint was opened.
    Case {
        /// Its number.
        id: i64,
    },
    /// And closed.
    Closed {
        /// Its number.
        id: i64,
        /// Whether she was content.
        satisfied: Option<bool>,
    },
    /// A question, suggestion or wish, by word.
    Said(String),
    /// She agreed to something or withdrew it.
    Agreed {
        /// To what, by word.
        purpose: String,
        /// Or withdrew.
        given: bool,
    },
    /// Who looks after her went, and another took over.
    Handed {
        /// Who went.
        from: String,
        /// Who took over.
        to: String,
        /// It was taken back.
        back: bool,
    },
    /// A date of hers was written down, by word.
    Date(String),
}

/// Something that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01; what is known by its day only stands at that day's beginning.
    pub at_ms: i64,
    /// In which store.
    pub store: Option<StoreId>,
    /// Who did it, where known.
    pub who: Option<String>,
    /// What.
    pub what: What,
}

/// Reads one kind of moments.
type Source = (&'static str, fn(&Row<'_>) -> rusqlite::Result<Moment>);

/// The newest `limit` moments of the person whom `root` is.
///
/// # Errors
///
/// As SQLite says.
pub fn timeline(db: &Connection, root: &CustomerId, limit: u32) -> rusqlite::Result<Vec<Moment>> {
    let mut moments = read(db, root, limit, SOURCES)?;
    moments.extend(care(db, root, limit)?);
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at_ms));
    moments.truncate(limit as usize);
    Ok(moments)
}

/// Touches that are no tasks: messages that went out by themselves, and what she was handed; up to
/// `limit` of each, the newest.
///
/// # Errors
///
/// As SQLite says.
pub fn care(db: &Connection, root: &CustomerId, limit: u32) -> rusqlite::Result<Vec<Moment>> {
    read(db, root, limit, CARE)
}

fn read(
    db: &Connection,
    root: &CustomerId,
    limit: u32,
    sources: &[Source],
) -> rusqlite::Result<Vec<Moment>> {
    let mut moments = Vec::new();
    for (columns, read) in sources {
        let sql = columns.replace("{hers}", HERS);
        let mut select = db.prepare_cached(&sql)?;
        let found = select.query_map(params![root, limit], read)?;
        moments.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(moments)
}

const CARE: &[Source] = &[
    // Those that a task carried are its outcome.
    (
        "SELECT coalesce(settled_ms, day * 86400000), store, sender, kind FROM message
         WHERE customer IN {hers} AND state = 'sent' AND outlet <> 'task'
         ORDER BY day DESC LIMIT ?2",
        |row| moment(row, What::Told(row.get(3)?)),
    ),
    (
        "SELECT day * 86400000, store, by, zh, en FROM gift_given
             JOIN gift ON gift.id = gift_given.gift WHERE customer IN {hers}
         UNION ALL SELECT day * 86400000, NULL, by, zh, en FROM benefit_given
             JOIN benefit ON benefit.id = benefit_given.benefit WHERE customer IN {hers}
         UNION ALL SELECT day * 86400000, store, NULL, name, name FROM reward_given
             JOIN reward ON reward.id = reward_given.reward WHERE customer IN {hers}
         UNION ALL SELECT day * 86400000, store, by, '生日优惠', 'birthday discount'
             FROM birthday_given WHERE customer IN {hers} ORDER BY 1 DESC LIMIT ?2",
        |row| moment(row, What::Given { zh: row.get(3)?, en: row.get(4)? }),
    ),
];

const SOURCES: &[Source] = &[
    (
        "SELECT coalesce(printed_at * 1000, wall_ms), store, coalesce(associate, cashier), total,
                voided FROM sale WHERE customer IN {hers} ORDER BY day DESC, wall_ms DESC LIMIT ?2",
        |row| moment(row, What::Sale { total: row.get(3)?, voided: row.get(4)? }),
    ),
    (
        "SELECT closed_day * 86400000, store, coalesce(closed_by, assignee), kind, outcome FROM task
         WHERE customer IN {hers} AND state = 'done' AND outcome IS NOT NULL
         ORDER BY closed_day DESC LIMIT ?2",
        |row| moment(row, What::Touch { kind: row.get(3)?, outcome: row.get(4)? }),
    ),
    (
        "SELECT opened_ms, store, NULL, id FROM complaint WHERE customer IN {hers}
         ORDER BY opened_ms DESC LIMIT ?2",
        |row| moment(row, What::Case { id: row.get(3)? }),
    ),
    (
        "SELECT closed_ms, store, NULL, id, satisfied FROM complaint
         WHERE customer IN {hers} AND closed_ms IS NOT NULL ORDER BY closed_ms DESC LIMIT ?2",
        |row| moment(row, What::Closed { id: row.get(3)?, satisfied: row.get(4)? }),
    ),
    (
        "SELECT opened_ms, store, NULL, kind FROM feedback WHERE customer IN {hers}
         ORDER BY opened_ms DESC LIMIT ?2",
        |row| moment(row, What::Said(row.get(3)?)),
    ),
    (
        "SELECT coalesce(l.received_ms, i.begun_ms, 0) AS at, NULL, c.cashier, c.purpose, c.given
         FROM consent c LEFT JOIN ledger l ON l.stream = c.stream AND l.seq = c.seq
         LEFT JOIN import i ON i.id = -c.stream
         WHERE c.customer IN {hers} ORDER BY at DESC, c.stream DESC, c.seq DESC LIMIT ?2",
        |row| moment(row, What::Agreed { purpose: row.get(3)?, given: row.get(4)? }),
    ),
    (
        "SELECT day * 86400000, store, NULL, from_staff, to_staff, 0 FROM handover
             WHERE customer IN {hers}
         UNION ALL SELECT undone_day * 86400000, store, NULL, to_staff, from_staff, 1 FROM handover
             WHERE customer IN {hers} AND undone_day IS NOT NULL ORDER BY 1 DESC LIMIT ?2",
        |row| {
            moment(row, What::Handed { from: row.get(3)?, to: row.get(4)?, back: row.get(5)? })
        },
    ),
    (
        "SELECT at_ms, NULL, author, kind FROM life_date WHERE customer IN {hers}
         ORDER BY at_ms DESC LIMIT ?2",
        |row| moment(row, What::Date(row.get(3)?)),
    ),
];

fn moment(row: &Row<'_>, what: What) -> rusqlite::Result<Moment> {
    Ok(Moment { at_ms: row.get(0)?, store: row.get(1)?, who: row.get(2)?, what })
}

impl Moment {
    /// The day it happened, days since 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i32 {
        i32::try_from(self.at_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
    }

    /// In words, without the time; amounts with so many decimals.
    #[must_use]
    pub fn words(&self, language: Language, exponent: u8) -> String {
        let zh = language == Language::Zh;
        match &self.what {
            What::Sale { total, voided } => {
                let kind = match (voided, total.units() < 0) {
                    (true, _) => language.of("作废", "voided"),
                    (_, true) => language.of("退货", "return"),
                    _ => language.of("购买", "purchase"),
                };
                format!("{kind} {}", total.with_decimals(exponent))
            }
            What::Touch { kind, outcome } => {
                format!(
                    "{}{}{}",
                    touch(kind, language),
                    language.of(":", ": "),
                    result(outcome, language)
                )
            }
            What::Told(kind) => {
                format!("{}{}", message(kind, language), language.of("已发", " sent"))
            }
            What::Given { zh: what, .. } if zh => format!("送给她:{what}"),
            What::Given { en: what, .. } => format!("given: {what}"),
            What::Case { id } if zh => format!("投诉{id}"),
            What::Case { id } => format!("complaint {id}"),
            What::Closed { id, satisfied } => {
                let how = match satisfied {
                    Some(true) => language.of(",满意", ", content"),
                    Some(false) => language.of(",不满意", ", not content"),
                    None => "",
                };
                let what = language.of("投诉办结", "complaint closed ");
                format!("{what}{id}{how}")
            }
            What::Said(kind) => said(kind, language).to_owned(),
            What::Agreed { purpose, given } => {
                let did = match given {
                    true => language.of("同意", "agreed to"),
                    false => language.of("撤回", "withdrew"),
                };
                format!("{did}{}{}", language.of("", " "), agreed(purpose, language))
            }
            What::Handed { from, to, back: false } if zh => format!("{from}离职,由{to}接待"),
            What::Handed { from, to, back: false } => format!("{from} left, {to} looks after her"),
            What::Handed { to, .. } if zh => format!("交接撤销,仍由{to}接待"),
            What::Handed { to, .. } => format!("handover undone, {to} looks after her"),
            What::Date(kind) => {
                let kind = super::life::Kind::from_word(kind).name(language);
                format!("{}{kind}", language.of("记下", "noted: "))
            }
        }
    }
}

pub(super) fn touch(kind: &str, language: Language) -> &'static str {
    match kind {
        "call" => language.of("回访电话", "call"),
        "visit" => language.of("登门", "visit"),
        "letter" => language.of("信", "letter"),
        "card" => language.of("贺卡", "card"),
        "gift" => language.of("礼物", "souvenir"),
        "invitation" => language.of("邀请", "invitation"),
        "complaint" => language.of("处理投诉", "complaint"),
        "message" => language.of("短信", "message"),
        _ => language.of("联系", "contact"),
    }
}

fn message(kind: &str, language: Language) -> &'static str {
    match kind {
        "birthday" => language.of("生日祝福", "birthday wishes"),
        "rain" => language.of("雨天问候", "a word about the rain"),
        "holiday" => language.of("节日祝福", "holiday wishes"),
        "season" => language.of("换季问候", "a word about the season"),
        "long_absent" => language.of("想念问候", "a word that we missed her"),
        "information" => language.of("她选的信息", "information that she chose"),
        _ => language.of("营销信息", "marketing message"),
    }
}

fn result(outcome: &str, language: Language) -> &'static str {
    match outcome {
        "reached" => language.of("已联系", "reached"),
        "sent" => language.of("已发", "sent"),
        "resolved" => language.of("已解决", "resolved"),
        "rescheduled" => language.of("另约时间", "another time"),
        "declined" => language.of("不愿被联系", "declined"),
        "no_answer" => language.of("未接通", "no answer"),
        _ => language.of("其他", "other"),
    }
}

fn said(kind: &str, language: Language) -> &'static str {
    match kind {
        "question" => language.of("提问", "asked a question"),
        "suggestion" => language.of("提建议", "made a suggestion"),
        _ => language.of("说了心愿", "told a wish"),
    }
}

fn agreed(purpose: &str, language: Language) -> &'static str {
    match purpose {
        "marketing" => language.of("营销信息", "marketing"),
        "roaming" => language.of("各店通用", "being known in other shops"),
        "gap_on_paper" => language.of("小票印升级差额", "the gap on paper"),
        _ => language.of("服务关怀", "care"),
    }
}
