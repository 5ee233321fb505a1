//! Fills an HQ with a made-up chain, by the road that tills take: enrolled, sealed, chained, signed,
//! opened, folded, summed.
//!
//!   huitou-hq init --dir DIR && cargo run -p huitou-sync --all-features --example hq_fill -- DIR [STORES DAYS A_DAY]
//!
//! The same arguments give the same chain on the same day. Not here: how a till prints (`huitou demo`).

use anyhow::Context as _;
use sync::batch::Builder;
use sync::chain::{self, Hash};
use sync::event::{
    Asked, Body, Consent, Epoch, Event, Fact, Field, Item, Known, LocalSeconds, Missing, Name,
    Position, Purpose, Referral, Said, Sale, SaleKind, Seq, SlipId, Tender, TenderKind, TerminalId,
    When,
};
use sync::hq::ledger::sqlite::Sqlite;
use sync::hq::ledger::{self, Ledger, Range};
use sync::hq::{Hq, care, clock, enrol, open, summary, user};
use sync::message::{EnrolReply, EnrolRequest};
use sync::money::Minor;
use sync::phone::Phone;
use sync::seal::{self, SealingSecret};
use sync::sign::SigningKey;

const DAY_S: i64 = 86_400;
const SURNAMES: [&str; 12] =
    ["李", "王", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const STORES: [&str; 12] = [
    "湖滨店",
    "西湖店",
    "武林店",
    "滨江店",
    "萧山店",
    "城西店",
    "南京西路店",
    "徐家汇店",
    "静安店",
    "苏州店",
    "宁波店",
    "嘉兴店",
];
const CASHIERS: [&str; 4] = ["小周", "小陈", "小林", "小何"];
const ITEMS: [(&str, &str, i64); 6] = [
    ("真丝连衣裙", "DR2301", 129_900),
    ("羊毛大衣", "CT1108", 269_900),
    ("亚麻衬衫", "SH3310", 45_900),
    ("牛仔裤", "JN0007", 39_900),
    ("针织开衫", "KN2205", 59_900),
    ("丝巾", "SC9001", 19_900),
];

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides) as usize
    }

    /// Few regulars, many who come once: the square of an even number.
    fn customer(&mut self, of: u64) -> u64 {
        let (roll, of) = (self.roll(1_000_000) as u64, of.max(1));
        roll * roll / 1_000_000 * of / 1_000_000
    }
}

struct Till {
    terminal: TerminalId,
    epoch: Epoch,
    signing: SigningKey,
    hash: Hash,
    sent: u64,
    waiting: Vec<Vec<u8>>,
}

impl Till {
    fn enrol(hq: &mut Hq, ledger: &dyn Ledger, store: &str, number: usize) -> anyhow::Result<Self> {
        let code = enrol::new_code(hq, ledger, store, clock::now_ms() + 60_000)?;
        let (signing, own) = (SigningKey::generate(), SealingSecret::generate(1));
        let request = EnrolRequest {
            token: code.token.clone(),
            signing: signing.verifying(),
            sealing: own.public(),
            store: store.into(),
            till: format!("{number}号"),
            software: "huitou 0.1.0".into(),
        };
        let keys = hq.keys.public();
        let sealed = request.seal(&keys.current().context("HQ has a key")?)?;
        let reply = enrol::enrol(hq, ledger, clock::now_ms(), &sealed)?;
        let reply = EnrolReply::open(&keys.signing, &own, &reply)?;
        let epoch = Epoch(sync::random::random());
        let hash = Hash::GENESIS;
        Ok(Self { terminal: reply.terminal, epoch, signing, hash, sent: 0, waiting: Vec::new() })
    }

    fn write(&mut self, hq: &Hq, at_s: i64, body: Body) -> anyhow::Result<()> {
        let at = When { wall_ms: at_s * 1_000, boot: 1, mono_ms: 1 };
        let seq = Seq(self.sent + self.waiting.len() as u64 + 1);
        let position = Position { terminal: self.terminal, epoch: self.epoch, seq };
        let prev = self.head(seq);
        let plain = Event { at, body }.encode();
        let sealed = seal::seal(&hq.keys.current_sealing(), &position, &prev, &plain)?;
        self.waiting.push(sealed);
        Ok(())
    }

    /// The chain before event `seq`.
    fn head(&self, seq: Seq) -> Hash {
        let mut hash = self.hash;
        for (at, sealed) in (self.sent + 1..seq.0).zip(&self.waiting) {
            let position = Position { terminal: self.terminal, epoch: self.epoch, seq: Seq(at) };
            hash = chain::next(&hash, &position, sealed);
        }
        hash
    }

    fn send(&mut self, ledger: &dyn Ledger, now_ms: i64) -> anyhow::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let next = Seq(self.sent + self.waiting.len() as u64 + 1);
        let head = self.head(next);
        let mut builder =
            Builder::new(self.terminal, self.epoch, Seq(self.sent), self.hash, usize::MAX);
        for sealed in self.waiting.drain(..) {
            builder.push(sealed).ok().context("a day fits a batch")?;
        }
        let batch = builder.finish().context("a batch")?;
        let (first, last) = (Seq(self.sent + 1), batch.last());
        let range = Range { terminal: self.terminal, epoch: self.epoch, first, last };
        ledger::take(ledger, now_ms, &range, batch.sign(&self.signing))?;
        (self.sent, self.hash) = (last.0, head);
        Ok(())
    }
}

fn number(customer: u64) -> anyhow::Result<Phone> {
    Ok(Phone::parse(&format!("139{:08}", 10_000_019 + customer * 7_919 % 89_999_980))?)
}

fn sale(dice: &mut Dice, no: String, at_s: i64, customers: u64) -> anyhow::Result<Sale> {
    let lines = 1 + dice.roll(3);
    let items: Vec<Item> = (0..lines)
        .map(|_| {
            let (name, style, price) = ITEMS[dice.roll(6)];
            Item {
                name: name.into(),
                qty_milli: 1_000,
                amount: Minor::new(price),
                unit_price: None,
                discount: None,
                style: Some(style.into()),
                colour: None,
                size: Some(["S", "M", "L"][dice.roll(3)].into()),
            }
        })
        .collect();
    let total: Minor = items.iter().map(|item| item.amount).sum();
    let cashier = CASHIERS[dice.roll(4)];
    let (asked, customer) = match dice.roll(10) {
        0 => (Asked::Refused, None),
        1 | 2 => (Asked::NotAsked, None),
        _ => (Asked::Given, Some(dice.customer(customers))),
    };
    let kinds = [TenderKind::WeChat, TenderKind::Alipay, TenderKind::Cash];
    let who = |customer: u64| Name {
        surname: SURNAMES[(customer % 12) as usize].into(),
        title: if customer.is_multiple_of(6) { "先生" } else { "女士" }.into(),
    };
    Ok(Sale {
        kind: SaleKind::Sale,
        slip: SlipId { boot: 1, slip: 1 },
        total,
        known: if dice.roll(150) == 0 { Known::Disputed } else { Known::Proved },
        asked,
        noted: true,
        tenders: vec![Tender { kind: kinds[dice.roll(3)], amount: total, label: None }],
        items,
        receipt_no: Some(no),
        printed_at: Some(LocalSeconds(at_s)),
        till: Some("01".into()),
        cashier: Some(cashier.into()),
        associate: Some(cashier.into()),
        item_count: Some(u32::try_from(lines)?),
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: customer.map(number).transpose()?,
        who: customer.map(who),
        typing_ds: None,
    })
}

/// What a till hears beside sales.
fn said(dice: &mut Dice, customer: u64) -> anyhow::Result<Body> {
    let phone = number(customer)?;
    let told = |text: &str| Said::Told(text.into());
    Ok(match dice.roll(5) {
        0 => Body::Consent(Consent {
            phone,
            purpose: [Purpose::Care, Purpose::Marketing][dice.roll(2)],
            given: dice.roll(4) > 0,
            text_version: "care-1".into(),
            cashier: None,
        }),
        1 => Body::Fact(Fact {
            phone,
            field: Field::Size,
            said: told(["S", "M", "L"][dice.roll(3)]),
        }),
        2 => Body::Fact(Fact { phone, field: Field::Taste, said: told("素色,不要大花") }),
        3 => Body::Fact(Fact { phone, field: Field::Address, said: Said::Refused }),
        _ => Body::Referral(Referral {
            newcomer: number(customer + 1_000_000)?,
            referrer: phone,
            undone: false,
        }),
    })
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().context("the folder of an HQ, made with `huitou-hq init`")?;
    let mut count = |usual: u64| arguments.next().map_or(Ok(usual), |text| text.parse());
    let (stores, days, a_day) = (count(12)?, count(60)?, count(12)?);
    let mut hq = Hq::open(dir.as_ref())?;
    let ledger = Sqlite::open(dir.as_ref())?;
    let mut dice = Dice(42);
    for store in 0..stores {
        let name = match STORES.get(store as usize) {
            Some(name) => (*name).to_owned(),
            None => format!("第{}店", store + 1),
        };
        let mut till = Till::enrol(&mut hq, &ledger, &name, 1)?;
        let id = enrol::store_named(&hq.db, &name)?;
        care::set_contact(&hq.db, &id, "store_phone", &format!("0571-8765-{:04}", 4_321 + store))?;
        user::set_region(&hq.db, &name, if store < 6 { "杭州" } else { "华东" })?;
        let customers = stores * days * a_day / 5;
        for back in (0..i64::try_from(days)?).rev() {
            let day = i64::from(clock::today()) - back;
            let sales = a_day / 2 + dice.roll(a_day.max(1)) as u64;
            for n in 0..sales {
                let at_s = day * DAY_S + 36_000 + i64::try_from(n * 36_000 / sales.max(1))?;
                let no = format!("{}{:02}{:03}", store + 1, day % 100, n + 1);
                let sale = sale(&mut dice, no, at_s, customers)?;
                till.write(&hq, at_s, Body::Sale(Box::new(sale)))?;
                if dice.roll(6) == 0 {
                    let customer = dice.customer(customers);
                    till.write(&hq, at_s, said(&mut dice, customer)?)?;
                }
            }
            if back < 2 && store % 5 == 2 {
                till.write(&hq, day * DAY_S + 79_200, missing(i32::try_from(day)?, sales))?;
            }
            till.send(&ledger, (day * DAY_S + 82_800) * 1_000)?;
        }
        // Two of them have not come in: one since three days, one since a week.
        let seen_ms =
            clock::now_ms() - [0, 0, 0, 0, 3, 0, 0, 7][store as usize % 8] * DAY_S * 1_000;
        hq.db.execute(
            "UPDATE terminal SET seen_ms = ?1 WHERE id = ?2",
            (seen_ms, till.terminal.0),
        )?;
    }
    let opened = open::open(&mut hq, &ledger)?;
    while summary::step(&mut hq, clock::today())? {}
    let said = format!("{} events, {} set aside\n", opened.folded, opened.set_aside);
    std::io::Write::write_all(&mut std::io::stdout(), said.as_bytes())?;
    Ok(())
}

fn missing(day: i32, sales: u64) -> Body {
    let captured = u32::try_from(sales).unwrap_or(0);
    Body::Missing(Missing {
        bridge: "till-1".into(),
        day,
        numbers: vec!["4008".into(), "4011".into()],
        count: 2,
        counts: Some((captured + 2, captured)),
        totals: Some((Minor::new(1_204_500), Minor::new(1_129_600))),
    })
}
