//! The till: receipts as tills print them, and the wire that brings them.
//!
//! Shops, people and numbers are invented.
//!
//! Not here: what is to come of them.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};

const INIT: &[u8] = b"\x1b@\x1c&";
const TITLE: (&[u8], &[u8]) = (b"\x1ba\x01\x1d!\x11", b"\x1d!\x00\x1ba\x00");
const KICK: &[u8] = b"\x1bp\x00\x19\xfa";

/// What ends a receipt: feed and cut in one group.
pub(crate) const FEED_AND_CUT: &[u8] = b"\x1bd\x03\x1dV\x42\x00";

/// A receipt to be printed.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) no: String,
    /// Name, pieces, price of one in fen.
    pub(crate) items: Vec<(&'static str, i64, i64)>,
    /// The till prints her number itself.
    pub(crate) member: Option<&'static str>,
    /// Cash given, in fen; the total if the till prints no change.
    pub(crate) cash: i64,
}

impl Receipt {
    /// One piece at this price, in fen, paid exactly.
    pub(crate) fn of(no: impl Into<String>, name: &'static str, price: i64) -> Self {
        Self { no: no.into(), items: vec![(name, 1, price)], member: None, cash: price }
    }

    pub(crate) fn member(self, number: &'static str) -> Self {
        Self { member: Some(number), ..self }
    }

    pub(crate) fn total(&self) -> i64 {
        self.items.iter().map(|(_, count, price)| count * price).sum()
    }

    /// As a clothing shop's till prints it on 58 mm paper.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let rule = "-".repeat(32);
        let mut rows = vec![
            "购物清单".to_owned(),
            format!("流水号:{}", self.no),
            "时间:2026-11-21 15:02".to_owned(),
            rule.clone(),
            "品名        单价  数量    小计".to_owned(),
            rule.clone(),
        ];
        for (name, count, price) in &self.items {
            rows.push((*name).to_owned());
            rows.push(format!("{:>16}{count:>5}{:>11}", yuan(*price), yuan(count * price)));
        }
        let pieces: i64 = self.items.iter().map(|(_, count, _)| count).sum();
        rows.extend([
            rule,
            format!("件数{pieces:>28}"),
            format!("应收{:>28}", yuan(self.total())),
            format!("付款{:>28}", yuan(self.cash)),
            format!("找零{:>28}", yuan(self.cash - self.total())),
        ]);
        rows.extend(self.member.map(|number| format!("会员手机:{number}")));
        rows.push("谢谢惠顾,欢迎下次光临".to_owned());
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        [&slip("云裳坊", &rows), KICK, FEED_AND_CUT].concat()
    }
}

/// A return of a whole receipt.
pub(crate) fn returned(no: &str, original: &str, amount: i64, member: &str) -> Vec<u8> {
    let rule = "-".repeat(48);
    let money = yuan(amount);
    let rows = [
        "退货单".to_owned(),
        format!("单号:{no}"),
        format!("原单号:{original}"),
        "日期:2026-11-21 16:40:02    收银员:1003".to_owned(),
        rule.clone(),
        "品名                    数量    单价      金额".to_owned(),
        format!("羊毛大衣 驼色 M           -1  {money:>9} {:>9}", format!("-{money}")),
        rule,
        format!("合计:{:>43}", format!("-{money}")),
        format!("退款 现金:{:>38}", format!("-{money}")),
        format!("会员手机:{member}"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    [&slip("云裳坊 湖滨店", &rows), FEED_AND_CUT].concat()
}

/// The same receipt printed again.
pub(crate) fn reprinted(receipt: &Receipt) -> Vec<u8> {
    let again = gb18030("** 补打 **\n");
    let bytes = receipt.bytes();
    let at = INIT.len();
    [&bytes[..at], &again, &bytes[at..]].concat()
}

/// The till's own day report.
pub(crate) fn report(count: usize, total: i64) -> Vec<u8> {
    let rows = [
        "门店:云裳坊 湖滨店".to_owned(),
        "日期:2026-11-21 21:30".to_owned(),
        format!("销售笔数:{count:>23}"),
        format!("销售总额:{:>23}", yuan(total)),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    [&slip("日结报表", &rows), FEED_AND_CUT].concat()
}

/// A titled slip in GB18030, up to its feed and cut.
pub(crate) fn slip(title: &str, rows: &[&str]) -> Vec<u8> {
    let mut job = [INIT, TITLE.0, &gb18030(title), b"\n", TITLE.1].concat();
    for row in rows {
        job.extend_from_slice(&gb18030(row));
        job.push(b'\n');
    }
    job
}

pub(crate) fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// Fen as they are printed.
pub(crate) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Sends a job and hangs up.
pub(crate) fn print(till: SocketAddr, job: &[u8]) {
    let mut wire = TcpStream::connect(till).unwrap();
    wire.write_all(job).unwrap();
    wire.shutdown(Shutdown::Write).unwrap();
}
