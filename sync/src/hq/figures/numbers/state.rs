//! Who there is: regulars by both definitions, steps, stages, classes, retention, shares.
//!
//! Not here: what losing them costs (`cost`).

use super::super::class::Class;
use super::super::measured::{Cohort, Spread, Window};
use super::super::step::Step;
use super::super::tally::{QUARTER, YEAR};
use super::{From, Number, percent, times};
use crate::hq::model::concentration;
use crate::hq::model::history::Defined;
use crate::hq::model::retention::{self, RepeatRate, YEARLY_LOSS_CLAIMED};
use crate::hq::model::stage::{Stage, Transitions};
use crate::hq::model::value::Tenure;
use crate::language::Language;
use crate::money::Minor;

/// What is claimed of members (S103).
const MEMBERS_CLAIMED: &str = "61 %";

pub(super) fn numbers(from: &From<'_>) -> Vec<Number> {
    let mut all = regulars(from);
    all.extend(relation(from));
    all.extend(retention(from));
    all.extend(shares(from));
    all.extend(record(from));
    all
}

fn tenths(ds: i64) -> String {
    format!("{}.{}", ds / 10, ds % 10)
}

/// How soon sales and answers come, and whether each number has its record.
fn record(from: &From<'_>) -> Vec<Number> {
    let measured = from.measured;
    let took = |of: Spread| match (of.of, from.language) {
        (0, _) => "–".to_owned(),
        (count, Language::Zh) => {
            format!("一半{}分钟内,九成{}分钟内({count})", of.median, of.ninety)
        }
        (count, Language::En) => {
            format!("half within {} min, nine tenths within {} min ({count})", of.median, of.ninety)
        }
    };
    let seconds = |of: Spread| match (of.of, from.language) {
        (0, _) => "–".to_owned(),
        (count, Language::Zh) => {
            format!("一半{}秒内,九成{}秒内({count})", tenths(of.median), tenths(of.ninety))
        }
        (count, Language::En) => {
            let (median, ninety) = (tenths(of.median), tenths(of.ninety));
            format!("half within {median} s, nine tenths within {ninety} s ({count})")
        }
    };
    vec![
        from.number(
            "S7",
            ("销售到总部用时", "From a sale to HQ"),
            took(measured.lag),
            from.of(
                "近7天各收银机的销售,从打印到总部收到。在门店当场入档。",
                "Tills' sales of the last 7 days, from the receipt to HQ's having it. In the store a \
                 sale is on file at once.",
            ),
        ),
        from.number(
            "S98",
            ("收银多花的时间", "Seconds added at the checkout"),
            seconds(measured.typing),
            from.of(
                "近30天在收银页面输入的号码,从第一个数字到确认;收银机自己打印号码的不花时间,不在内。",
                "Numbers typed on the cashier's page in the last 30 days, from the first digit to Enter; \
                 where the till itself prints the number it takes no time and is not counted.",
            ),
        ),
        from.number(
            "S73",
            ("答复用时", "Until she is answered"),
            took(measured.answers),
            from.of(
                "近365天的提问、建议、心愿,从说出到答复。",
                "Questions, suggestions and wishes of the last 365 days, from when they were said to \
                 the answer.",
            ),
        ),
        from.number(
            "S12",
            ("没有同意记录的号码", "Numbers without a record of consent"),
            measured.no_consent.to_string(),
            from.of(
                "在档号码中,没有任何同意或撤回记录的;目标是0。",
                "Numbers on file for which nobody recorded that she agreed or withdrew; the aim is 0.",
            ),
        ),
    ]
}

fn regulars(from: &From<'_>) -> Vec<Number> {
    let measured = from.measured;
    vec![
        from.number(
            "S1",
            ("老顾客(买过且有我们的联系方式)", "Regulars who bought and have our contact"),
            from.share(measured.trusting, measured.persons),
            from.of(
                "买过至少一单,且拿到过带联系方式的小票,或已被我们联系到;占全部建档顾客。",
                "Bought at least once, and got a receipt with our contact on it or was reached by us; \
                 of all on file.",
            ),
        ),
        from.number(
            "S91",
            ("老顾客(买过两次以上)", "Regulars who bought twice"),
            from.share(measured.twice, measured.persons),
            from.of(
                "在两个或更多的日子买过;占全部建档顾客。与上一项是两种定义,不可混用。",
                "Bought on two days or more; of all on file. Another definition than the one above: \
                 the two are not to be mixed.",
            ),
        ),
    ]
}

fn relation(from: &From<'_>) -> Vec<Number> {
    let (measured, language) = (from.measured, from.language);
    let mut all: Vec<Number> = Step::ALL
        .into_iter()
        .zip(measured.steps)
        .map(|(step, count)| {
            let name = format!("{} {}", step.number(), step.name(language));
            let definition = from.of(
                "三步:建档、买过、最近一次购买后已联系。",
                "Three steps: on file, bought, in touch since the last purchase.",
            );
            let value = from.share(count, measured.persons);
            Number { rule: "S2", name, value, definition: definition.to_owned() }
        })
        .collect();
    all.extend(Stage::ALL.into_iter().zip(measured.stages).map(|(stage, count)| {
        let (rule, name) = ("S71", stage.name(language).to_owned());
        let definition = Transitions::default().definition(language);
        Number { rule, name, value: from.share(count, measured.persons), definition }
    }));
    all.extend(from.months.iter().rev().take(3).map(|month| moved(from, month)));
    all.extend(Class::ALL.into_iter().map(|class| {
        let count = measured.classes.get(class.word()).copied().unwrap_or(0);
        let rule = match class {
            Class::Gold => "S8",
            Class::Potential => "S69",
            _ => "S126",
        };
        let value = from.share(count, measured.persons);
        Number { rule, name: class.name(language).to_owned(), value, definition: class_rule(from) }
    }));
    all.push(from.number(
        "S8",
        ("RFM最好的一格(555)", "The best RFM cell (555)"),
        from.share(measured.cells.get(&555).copied().unwrap_or(0), measured.cells.values().sum()),
        from.rules.bands().map(|bands| bands.bins().definition(language)).unwrap_or_default(),
    ));
    all.extend((0_u8..).zip(measured.signs).map(|(signs, count)| {
        let name = match language {
            Language::Zh => format!("忠诚迹象{signs}项"),
            Language::En => format!("{signs} signs of loyalty"),
        };
        let definition = from.of(
            "迹象:常来、提建议、买多类、介绍朋友;拒绝竞争品牌只作备注,不计。",
            "Signs: comes again, suggests, buys variety, brings others. That she turns rivals down is \
             a note only and does not count.",
        );
        let value = from.share(count, measured.persons);
        Number { rule: "S100", name, value, definition: definition.to_owned() }
    }));
    all
}

fn moved(from: &From<'_>, month: &super::StageMonth) -> Number {
    let (year, of, language) = (month.year, month.month, from.language);
    let name = match language {
        Language::Zh => format!("{year}年{of}月升级比例"),
        Language::En => format!("Moved up a stage in {year}-{of:02}"),
    };
    let fell = if month.falls { from.of(",下降", ", falls") } else { "" };
    let value = month.moves.upward().map_or_else(|| "–".to_owned(), percent) + fell;
    Number { rule: "S72", name, value, definition: month.moves.definition(language) }
}

fn class_rule(from: &From<'_>) -> String {
    let class = &from.rules.class;
    let (new, risk, lost) = (class.new_days, class.at_risk_days, class.lost_days);
    let (gold, gap) = (class.gold_score, class.potential_gap_days);
    match from.language {
        Language::Zh => format!(
            "先后判断:{lost}天未买=已流失,{risk}天未买=可能流失,首次购买{new}天内=新客,F和M都在{gold}分以上=黄金,\
             平均{gap}天内来一次而消费尚少=潜力,其余=一般。"
        ),
        Language::En => format!(
            "In this order: no purchase for {lost} days is lost, for {risk} at risk; first bought within \
             {new} days is new; F and M of {gold} or more gold; comes every {gap} days or sooner and \
             spent little so far potential; the rest regular."
        ),
    }
}

fn retention(from: &From<'_>) -> Vec<Number> {
    let (measured, language) = (from.measured, from.language);
    let window = |days: u32, of: Window| retention::Window {
        days,
        active_before: usize::try_from(of.active).unwrap_or(usize::MAX),
        retained: usize::try_from(of.retained).unwrap_or(usize::MAX),
        newcomers: usize::try_from(of.newcomers).unwrap_or(usize::MAX),
        returned: usize::try_from(of.returned).unwrap_or(usize::MAX),
    };
    let mut all = Vec::new();
    for (days, of) in [(QUARTER, measured.quarter), (YEAR, measured.year)] {
        let definition = window(days, of).definition(language);
        let value = from.share(of.retained, of.active);
        all.push(from.number("S125", ("留存率", "Retention"), value, definition));
    }
    let year = window(YEAR, measured.year);
    let claimed = [YEARLY_LOSS_CLAIMED.start(), YEARLY_LOSS_CLAIMED.end()].map(|of| percent(*of));
    let [low, high] = claimed;
    let beside = match year.within_claim() {
        Some(true) => from.of("在此之内", "within it"),
        Some(false) => from.of("在此之外", "outside of it"),
        None => "–",
    };
    let claim = match language {
        Language::Zh => format!("常说{low}到{high},本店{beside}。"),
        Language::En => format!(" Claimed: {low} to {high}; this chain is {beside}."),
    };
    all.push(from.number(
        "S81",
        ("一年流失率", "Lost in a year"),
        from.share(measured.year.active - measured.year.retained, measured.year.active),
        year.definition(language) + &claim,
    ));
    let days = 0..i32::try_from(YEAR).unwrap_or(i32::MAX);
    all.push(from.number(
        "S91",
        ("复购率", "Repeat purchase rate"),
        from.share(measured.repeaters, measured.buyers),
        RepeatRate { days, customers: 0, repeaters: 0 }.definition(language),
    ));
    all.extend(measured.cohorts.iter().take(6).map(|cohort| of_cohort(from, cohort)));
    all
}

fn of_cohort(from: &From<'_>, cohort: &Cohort) -> Number {
    let Cohort { year, month, customers, ref bought } = *cohort;
    let shares: Vec<String> = bought
        .iter()
        .take(6)
        .map(|count| format!("{:.0}%", 100.0 * *count as f64 / customers.max(1) as f64))
        .collect();
    let name = match from.language {
        Language::Zh => format!("{year}年{month}月首购{customers}人"),
        Language::En => format!("First bought in {year}-{month:02}: {customers}"),
    };
    let of = retention::Cohort { year, month, customers, bought: Vec::new() };
    let value = if shares.is_empty() { "–".to_owned() } else { shares.join(" ") };
    Number { rule: "S125", name, value, definition: of.definition(from.language) }
}

fn shares(from: &From<'_>) -> Vec<Number> {
    let (measured, language) = (from.measured, from.language);
    let days = 0..i32::try_from(YEAR).unwrap_or(i32::MAX);
    let curve = concentration::of_nets(Vec::new(), days).definition(language);
    let names = [
        ("前20%顾客占净消费", "Share of the top 20 %"),
        ("前30%顾客占净消费", "Share of the top 30 %"),
    ];
    let mut all: Vec<Number> = names
        .into_iter()
        .zip(measured.top)
        .map(|(name, share)| {
            let value = share.map_or_else(|| "–".to_owned(), percent);
            from.number("S68", name, value, curve.clone())
        })
        .collect();
    let claim = match language {
        Language::Zh => format!(
            "今天有等级的顾客一年净消费,占全部净销售(含未留号)。常引用的{MEMBERS_CLAIMED}未说明是什么的比例。"
        ),
        Language::En => format!(
            "A year's net spend of customers with a tier today, of all net sales, also to the unknown. \
             The often quoted {MEMBERS_CLAIMED} does not say of what."
        ),
    };
    let share =
        (measured.all_net > 0).then(|| measured.member_net as f64 / measured.all_net as f64);
    all.push(from.number(
        "S103",
        ("会员占销售", "Members' share of sales"),
        share.map_or_else(|| "–".to_owned(), percent),
        claim,
    ));
    all.extend(measured.tenures.iter().zip(1..).map(|(of, period)| {
        let tenure = Tenure {
            period,
            customers: usize::try_from(of.customers).unwrap_or(usize::MAX),
            net: Minor::new(of.net),
            period_days: of.days / period,
        };
        let name = match language {
            Language::Zh => format!("满{}天人均净消费", of.days),
            Language::En => format!("Net spend after {} days", of.days),
        };
        let mean = tenure.mean().map(|mean| from.money(mean.round() as i64));
        let value =
            mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean} ({})", of.customers));
        Number { rule: "S102", name, value, definition: tenure.definition(language) }
    }));
    all.push(from.number(
        "S69",
        ("潜力顾客", "Customers with potential"),
        measured.potential.len().to_string(),
        match &measured.no_model {
            Some(_) => from.of("顾客太少,模型不给预测。", "Too few customers for a forecast."),
            None => from.of(
                "目前净消费低于中位数,而预期今后13周购买最多的三成;最多列200人,见 numbers --potential。",
                "Net spend below the median so far, among the 30 % of whom most purchases are expected \
                 in the next 13 weeks; at most 200 are listed, see numbers --potential.",
            ),
        },
    ));
    all
}

/// How many members fewer than two of the staff know (S84).
pub(super) fn alone((members, alone): (u64, u64), language: Language) -> Number {
    let name = language.of("只有一名员工熟悉的会员", "Members whom one of the staff knows");
    let definition = language.of(
        "今天有等级、而登记的在职接待人不足两名的顾客;目标是0。",
        "Customers with a tier today whom fewer than two active associates look after; the aim is 0.",
    );
    Number {
        rule: "S84",
        name: name.to_owned(),
        value: format!("{alone} / {members}"),
        definition: definition.to_owned(),
    }
}

/// A ratio beside its claim.
pub(super) fn beside(from: &From<'_>, ratio: Option<f64>, claimed: f64) -> String {
    match from.language {
        Language::Zh => format!("{}(常说{claimed:.0})", times(ratio)),
        Language::En => format!("{} (claimed: {claimed:.0})", times(ratio)),
    }
}
