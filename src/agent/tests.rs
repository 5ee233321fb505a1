//! Slips in, sales and notes out, on a store of its own.

mod disk;
mod peers;
pub(super) mod record;
mod words;

use super::*;
use crate::keys;
use crate::receipt::code_page::{Charset, encode};
use crate::sales;
use firmware_bridge::link::End;
use sync::event::{Asked, How, Name};
use sync::phone::Phone;

pub(super) struct Till {
    pub(super) agent: Agent,
    _dir: tempfile::TempDir,
    slips: u32,
}

impl Till {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "state_dir = {:?}\n[store]\nname = \"测试店\"\nphone = \"0571-8765-4321\"\n\
             [[bridge]]\nname = \"t\"\npos = \"tcp-listen:127.0.0.1:1\"\nprinter = \"tcp:127.0.0.1:2\"\n",
            dir.path()
        );
        let config = Config::parse(&text, dir.path()).unwrap();
        let agent = Agent::open(config, keys::example(), Clock::start()).unwrap();
        Self { agent, _dir: dir, slips: 0 }
    }

    /// Forgets what is in memory only, as a restart does.
    pub(super) fn restart(self) -> Self {
        let config = self.agent.config.clone();
        drop(self.agent);
        let agent = Agent::open(config, keys::example(), Clock::start()).unwrap();
        Self { agent, ..self }
    }

    pub(super) fn print(&mut self, text: &str) -> Answer {
        self.print_late(text, 0)
    }

    fn print_late(&mut self, text: &str, age_ms: u64) -> Answer {
        self.slips += 1;
        self.tell(self.slips, text, age_ms)
    }

    fn tell(&mut self, number: u32, text: &str, age_ms: u64) -> Answer {
        let slip = Slip {
            boot: 1,
            number,
            prelude: b"\x1b@\x1c&".to_vec(),
            bytes: encode(Charset::Gb18030, text).unwrap(),
            end: End::Cut,
            held: true,
            truncated: false,
            elided: 0,
            age_ms,
        };
        let read = take::read(&slip, &self.agent.reading_settings("t"));
        self.agent.take("t", &slip, read).unwrap()
    }

    fn sales(&self) -> Vec<sales::Sale> {
        let mut statement =
            self.agent.connection.prepare("SELECT seq FROM sale ORDER BY seq").unwrap();
        let seqs: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let find = |seq: i64| {
            let seq = Seq(seq.unsigned_abs());
            sales::find(&self.agent.connection, self.agent.outbox.epoch(), seq).unwrap().unwrap()
        };
        seqs.into_iter().map(find).collect()
    }

    fn events(&self) -> u64 {
        self.agent.local().unwrap().last.0
    }
}

pub(super) fn receipt(no: &str, amount: &str) -> String {
    format!(
        "云裳坊\n单号:{no}\n日期:{} 10:26:31\n收银员:1003\n品名      数量  单价  金额\n\
         羊毛大衣  1  {amount}  {amount}\n合计:{amount}\n现金:{amount}\n找零:0.00\n",
        crate::clock::today()
    )
}

pub(super) fn note(answer: &Answer) -> String {
    let rows = answer.note.iter().flat_map(|note| &note.rows);
    rows.map(|(bytes, _)| crate::receipt::code_page::decode(Charset::Gb18030, bytes) + "\n")
        .collect()
}

#[test]
fn a_slip_that_is_told_twice_is_taken_once() {
    let mut till = Till::new();
    assert!(till.tell(1, &receipt("A1", "88.00"), 0).stored);
    let again = till.tell(1, &receipt("A1", "88.00"), 0);
    assert!(again.stored && again.note.is_none());
    assert_eq!((till.sales().len(), till.events()), (1, 1));
}

#[test]
fn another_copy_of_a_receipt_is_the_same_sale_whatever_comes_between() {
    let mut till = Till::new();
    till.print(&receipt("A1", "88.00"));
    till.print("优惠券\n下次消费立减 10 元\n");
    let copy = till.print(&receipt("A1", "88.00"));
    assert!(copy.stored && copy.note.is_none());
    let mut till = till.restart();
    till.print(&receipt("A1", "88.00"));
    assert_eq!(till.sales().len(), 1);
    till.print(&receipt("A2", "88.00"));
    assert_eq!(till.sales().len(), 2, "the next number is another sale");
    till.print(&receipt("A1", "88.00").replace("10:26:31", "15:02:00"));
    assert_eq!(till.sales().len(), 3, "the numbers begin anew with the next shift");
}

#[test]
fn a_number_that_is_typed_belongs_to_the_sale_that_ends_next() {
    let mut till = Till::new();
    let name = Name { surname: "王".into(), title: "女士".into() };
    till.agent.serve("t", "13900001234", Some(name), How::Cashier).unwrap();
    assert_eq!(till.events(), 0, "nothing is said of a number that is only typed");
    let late = till.print_late(&receipt("A0", "10.00"), 3_600_000);
    assert!(!note(&late).contains("王女士"), "that one was printed before she came");
    let answer = till.print(&receipt("A1", "88.00"));
    assert!(note(&answer).contains("王女士,很高兴认识您"), "{}", note(&answer));
    till.print(&receipt("A2", "20.00"));
    let asked: Vec<_> = till.sales().iter().map(|sale| sale.asked).collect();
    assert_eq!(asked, [Asked::NotAsked, Asked::Given, Asked::Pending]);
}

#[test]
fn a_gift_greets_nobody_and_is_hers_all_the_same() {
    let mut till = Till::new();
    let name = Name { surname: "王".into(), title: "女士".into() };
    till.agent.serve("t", "13900001234", Some(name), How::Cashier).unwrap();
    till.agent.set_quiet("t", true);
    let gift = till.print(&receipt("A1", "88.00"));
    assert!(!note(&gift).contains("王") && note(&gift).contains("0571-8765-4321"));
    assert_eq!(till.sales()[0].asked, Asked::Given);
    till.agent.serve("t", "13900001234", None, How::Cashier).unwrap();
    let own = till.print(&receipt("A2", "88.00"));
    assert!(note(&own).contains("王女士"), "the next is no gift");
}

#[test]
fn who_refused_gets_care_and_no_greeting() {
    let mut till = Till::new();
    till.print(&receipt("A1", "80.00"));
    till.agent.set_serving("t", Serving::Refused);
    let refused = till.print(&receipt("A2", "88.00"));
    assert!(note(&refused).contains("0571-8765-4321") && !note(&refused).contains("您好"));
    assert_eq!(till.sales()[1].asked, Asked::Refused);
}

#[test]
fn a_tier_is_earned_printed_and_lost_again() {
    let mut till = Till::new();
    let number = "13800006721";
    let serve = |till: &mut Till| till.agent.serve("t", number, None, How::Cashier).unwrap();
    serve(&mut till);
    till.print(&receipt("A1", "1200.00"));
    assert_eq!(serve(&mut till).tier.as_deref(), Some("银卡"));
    assert!(note(&till.print(&receipt("A2", "1.00"))).contains("您是银卡会员"));
    serve(&mut till);
    let back = format!(
        "退货单\n单号:R1\n原单号:A1\n日期:{} 11:00:00\n品名 数量 单价 金额\n\
         羊毛大衣  -1  500.00  -500.00\n合计:-500.00\n退款 现金:-500.00\n",
        crate::clock::today()
    );
    let returned = note(&till.print(&back));
    assert_eq!(returned, "门店 0571-8765-4321\n", "the service rows only");
    assert_eq!(serve(&mut till).tier, None, "701.00 is no tier");
}

#[test]
fn a_link_is_made_afterwards_and_undone() {
    let mut till = Till::new();
    till.print(&receipt("A1", "88.00"));
    till.agent.link_receipt(" A1 ", "13700002468", None).unwrap();
    assert!(till.sales()[0].customer.is_some());
    let paper = till.agent.state().unwrap().papers[0].id;
    till.agent.unlink_paper(paper).unwrap();
    assert!(till.sales()[0].customer.is_none());
    let phone = Phone::parse("13700002468").unwrap();
    assert!(till.agent.look_up(&phone).unwrap().known);
    assert!(matches!(till.agent.link_paper(99, "13700002468", None), Err(AttributeError::NoSale)));
    let mistyped = till.agent.link_paper(paper, "1370000246", None);
    assert!(matches!(mistyped, Err(AttributeError::Mistyped { digits: 10 })));
}

#[test]
fn a_card_slip_before_its_receipt_does_not_swallow_the_sale() {
    let mut till = Till::new();
    till.print("POS签购单\n商户名称:云裳坊\n终端号:12345678\n交易类型:消费\n金额:RMB 88.00\n参考号:123456789012\n持卡人签名\n");
    till.print(&receipt("A1", "88.00"));
    assert_eq!(till.sales().len(), 1);
}

#[test]
fn a_hostile_or_empty_slip_is_taken_and_counts_for_nothing() {
    let mut till = Till::new();
    for text in ["", "\u{202e}<script>", "=1+1\n@cmd\n", "日结报表\n销售笔数:3\n销售总额:300.00\n"]
    {
        assert!(till.print(text).note.is_none());
    }
    assert_eq!(till.sales().len(), 0);
}
