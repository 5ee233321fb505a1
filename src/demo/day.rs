//! What happens on the demo's day, and what is to come of it.
//!
//! Not here: bytes (`receipts`), processes (the parent module).

use super::receipts;
use crate::clock;

/// Who was asked, before or after the paper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cashier {
    /// Nothing was pressed.
    Nothing,
    /// A number was typed, with a surname for a new customer.
    Number(&'static str, Option<&'static str>),
    /// She would rather not.
    Refused,
}

/// One slip of the day.
pub(super) struct Step {
    /// In words, Chinese and English.
    pub(super) words: (&'static str, &'static str),
    pub(super) cashier: Cashier,
    pub(super) job: Vec<u8>,
    /// What HQ is to show, if it is to show a sale.
    pub(super) expected: Option<Expected>,
    /// A note is to be on the paper, with these words on it.
    pub(super) note: Option<&'static str>,
}

/// A sale as HQ is to show it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Expected {
    pub(super) receipt_no: &'static str,
    /// Minor units.
    pub(super) total: i64,
    pub(super) kind: &'static str,
    /// Last four digits of her number.
    pub(super) member: Option<&'static str>,
    pub(super) asked: &'static str,
}

/// The receipt that is linked afterwards, and to whom.
pub(super) const LINKED_AFTERWARDS: (&str, &str) = ("20261121004", "13700002468");

/// Who is gold by the evening.
pub(super) const GOLD: &str = "13900001234";

const LI: &str = "13800006721";

fn sale(
    receipt_no: &'static str,
    total: i64,
    member: Option<&'static str>,
    asked: &'static str,
) -> Option<Expected> {
    Some(Expected { receipt_no, total, kind: "sale", member, asked })
}

/// The day, up to the first sync.
pub(super) fn day() -> Vec<Step> {
    let date = clock::today();
    let at = |time: &str| format!("{date} {time}");
    let coat = [("真丝连衣裙 M", 2, 239_900), ("羊绒围巾", 1, 49_000)];
    vec![
        Step {
            words: ("收银软件自己印了会员手机", "the till prints her number itself"),
            cashier: Cashier::Nothing,
            job: receipts::boutique(&date, "XS20261121-0042", Some(LI), false),
            expected: sale("XS20261121-0042", 110_415, Some("6721"), "given"),
            note: Some("羊毛大衣"),
        },
        Step {
            words: ("新顾客,收银员输入手机号", "a new customer, the cashier types her number"),
            cashier: Cashier::Number(GOLD, Some("王")),
            job: receipts::market(&at("11:05"), "20261121002", &coat, 530_000),
            expected: sale("20261121002", 528_800, Some("1234"), "given"),
            note: Some("王女士,很高兴认识您"),
        },
        Step {
            words: ("顾客谢绝", "she would rather not"),
            cashier: Cashier::Refused,
            job: receipts::market(&at("13:40"), "20261121003", &[("纯棉衬衫", 1, 24_200)], 25_000),
            expected: sale("20261121003", 24_200, None, "refused"),
            note: Some("客服400-800-1234"),
        },
        Step {
            words: ("没来得及问,随后补登", "not asked, attached afterwards"),
            cashier: Cashier::Nothing,
            job: receipts::market(&at("14:12"), "20261121004", &[("牛仔裤", 1, 39_900)], 40_000),
            expected: sale("20261121004", 39_900, Some("2468"), "given"),
            note: Some("牛仔"),
        },
        Step {
            words: ("补打:不算销售,不打附言", "a reprint: no sale, no note"),
            cashier: Cashier::Nothing,
            job: receipts::boutique(&date, "XS20261121-0042", Some(LI), true),
            expected: None,
            note: None,
        },
        Step {
            words: ("退货:只印服务电话", "a return: the service lines only"),
            cashier: Cashier::Nothing,
            job: receipts::returned(&date, "TH20261121-0003", "XS20261121-0042", LI),
            expected: Some(Expected {
                receipt_no: "TH20261121-0003",
                total: -110_415,
                kind: "return",
                member: Some("6721"),
                asked: "given",
            }),
            note: Some("客服400-800-1234"),
        },
        Step {
            words: ("没问", "not asked"),
            cashier: Cashier::Nothing,
            job: receipts::market(&at("17:20"), "20261121005", &[("袜子", 3, 2_990)], 10_000),
            expected: sale("20261121005", 8_970, None, "not_asked"),
            note: Some("客服400-800-1234"),
        },
        Step {
            words: ("日结:不算销售", "the day report: no sale"),
            cashier: Cashier::Nothing,
            job: receipts::report(&date, 5, "7122.85"),
            expected: None,
            note: None,
        },
    ]
}

/// After the sync: the new tier is on the next receipt.
pub(super) fn evening() -> Step {
    Step {
        words: ("同步之后:小票上是新等级", "after the sync: the new tier is on the paper"),
        cashier: Cashier::Number(GOLD, None),
        job: receipts::market(
            &format!("{} 20:15", clock::today()),
            "20261121006",
            &[("羽绒服", 1, 89_900)],
            90_000,
        ),
        expected: sale("20261121006", 89_900, Some("1234"), "given"),
        note: Some("您是金卡会员"),
    }
}
