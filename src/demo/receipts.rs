//! A small day of receipts, as three different tills would print them.
//!
//! Shops, people and numbers are invented.
//!
//! Not here: what is expected to come of them (`day`).

use crate::receipt::code_page::{Charset, columns, encode};

const INIT: &[u8] = b"\x1b@\x1c&";
const CENTRE: &[u8] = b"\x1ba\x01";
const LEFT: &[u8] = b"\x1ba\x00";
const BIG: &[u8] = b"\x1d!\x11";
const NORMAL: &[u8] = b"\x1d!\x00";
const FEED_AND_CUT: &[u8] = b"\x1bd\x03\x1dV\x42\x00";
const KICK: &[u8] = b"\x1bp\x00\x19\xfa";

/// A job under construction.
pub(super) struct Job(Vec<u8>);

impl Job {
    fn new() -> Self {
        Self(INIT.to_vec())
    }

    fn code(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn line(mut self, text: &str) -> Self {
        let bytes = encode(Charset::Gb18030, text).expect("the demo's words are in GB18030");
        self.0.extend_from_slice(&bytes);
        self.0.push(b'\n');
        self
    }

    fn lines(self, texts: &[&str]) -> Self {
        texts.iter().fold(self, |job, text| job.line(text))
    }

    fn title(self, text: &str) -> Self {
        self.code(CENTRE).code(BIG).line(text).code(NORMAL).code(LEFT)
    }

    fn cut(self) -> Vec<u8> {
        self.code(FEED_AND_CUT).0
    }
}

/// `left` and `right` at the two edges of a row of `width` columns.
fn edges(left: &str, right: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(left) + columns(right)).max(1);
    format!("{left}{}{right}", " ".repeat(gap))
}

/// A clothing shop's 80 mm receipt with the till's own member line and a discount factor.
pub(super) fn boutique(date: &str, no: &str, member: Option<&str>, copy: bool) -> Vec<u8> {
    let rule = "-".repeat(48);
    let mut job = Job::new().title("云裳坊 湖滨店");
    if copy {
        job = job.line("** 补打 **");
    }
    job = job
        .line(&format!("单号:{no}"))
        .line(&format!("日期:{date} 10:26:31    收银员:1003"))
        .line(&rule)
        .line("品名                    数量    单价      金额")
        .line(&rule)
        .line("羊毛大衣 驼色 M            1  1299.00   1104.15")
        .line("  款号:YC2611  折扣:0.85")
        .line(&rule)
        .line(&edges("合计:", "1104.15", 48))
        .line(&edges("现金:", "1200.00", 48))
        .line(&edges("找零:", "95.85", 48));
    if let Some(member) = member {
        job = job.line(&format!("会员手机:{member}"));
    }
    job.line(&rule)
        .code(CENTRE)
        .lines(&["七天内凭小票退换", "电话 0571-8765-4321"])
        .code(LEFT)
        .cut()
}

/// A 58 mm receipt: name on its own line, numbers below; the drawer is kicked before the cut.
pub(super) fn market(at: &str, no: &str, items: &[(&str, u32, i64)], cash: i64) -> Vec<u8> {
    let rule = "-".repeat(32);
    let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let total: i64 = items.iter().map(|(_, count, price)| i64::from(*count) * price).sum();
    let count: u32 = items.iter().map(|(_, count, _)| count).sum();
    let mut job = Job::new().title("云裳坊").lines(&[
        "购物清单",
        &format!("流水号:{no}"),
        &format!("时间:{at}"),
        &rule,
        "品名        单价  数量    小计",
        &rule,
    ]);
    for (name, count, price) in items {
        let numbers =
            format!("{:>16}{:>5}{:>11}", yuan(*price), count, yuan(i64::from(*count) * price));
        job = job.line(name).line(&numbers);
    }
    job.line(&rule)
        .line(&edges("件数", &count.to_string(), 32))
        .line(&edges("应收", &yuan(total), 32))
        .line(&edges("付款", &yuan(cash), 32))
        .line(&edges("找零", &yuan(cash - total), 32))
        .line("谢谢惠顾,欢迎下次光临")
        .code(KICK)
        .cut()
}

/// A return, as the clothing till prints it.
pub(super) fn returned(date: &str, no: &str, original: &str, member: &str) -> Vec<u8> {
    let rule = "-".repeat(48);
    Job::new()
        .title("云裳坊 湖滨店")
        .lines(&[
            "退货单",
            &format!("单号:{no}"),
            &format!("原单号:{original}"),
            &format!("日期:{date} 16:40:02    收银员:1003"),
            &rule,
            "品名                    数量    单价      金额",
            "羊毛大衣 驼色 M           -1  1104.15  -1104.15",
            &rule,
            &edges("合计:", "-1104.15", 48),
            &edges("退款 现金:", "-1104.15", 48),
            &format!("会员手机:{member}"),
        ])
        .cut()
}

/// The till's own day report.
pub(super) fn report(date: &str, count: u32, total: &str) -> Vec<u8> {
    Job::new()
        .title("日结报表")
        .lines(&[
            "门店:云裳坊 湖滨店",
            &format!("日期:{date} 21:30"),
            &edges("销售笔数:", &count.to_string(), 32),
            &edges("销售总额:", total, 32),
        ])
        .cut()
}
