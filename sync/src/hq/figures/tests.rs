//! Figures over a database: from sales, words and touches to rows, classes and numbers.

use super::class::Class;
use super::life::{self, Kind, LifeError, NewDate};
use super::measure::measured;
use super::rules::FigureRules;
use super::timeline::timeline;
use super::{classed, measured::OfStore, night, preference};
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::event::{Field, Said, Seq};
use crate::hq::customer::{self, card, entry, fact, person};
use crate::hq::keys::Keys;
use crate::hq::store::{self, Founding};
use crate::hq::{Hq, enrol, file, import, summary};
use crate::language::Language;
use crate::message::StoreId;
use crate::phone::Phone;
use crate::tier::TierPolicy;
use rusqlite::params;

mod her_file;
mod load;
mod numbers;
mod staff;

const TODAY: i32 = 20_000;
const LI: &str = "13800006721";
const WANG: &str = "13911118888";
const ZHAO: &str = "13722223333";

/// An HQ to which things happen.
struct Shop {
    hq: Hq,
    seq: i64,
    _dir: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let policy = TierPolicy::default();
        let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
        let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
        Self { hq, seq: 0, _dir: dir }.opened()
    }

    fn on_disk() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let policy = TierPolicy::default();
        let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
        let hq = Hq::create(&dir.path().join("hq"), &founding);
        Self { hq: hq.unwrap(), seq: 0, _dir: dir }.opened()
    }

    fn opened(self) -> Self {
        let shop = self;
        let store = shop.store("湖滨店");
        shop.run(
            "INSERT INTO terminal (id, store, till, signing, sealing_id, sealing, software,
                 status, enrolled_ms) VALUES (x'01', ?1, '1', x'', 1, x'', '', 'active', 0)",
            params![store],
        );
        shop.run(
            "INSERT INTO stream (id, terminal, epoch, mark, hash) VALUES (1, x'01', x'', 0, x'')",
            [],
        );
        shop
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) {
        self.hq.db.execute(sql, params).unwrap();
    }

    fn store(&self, name: &str) -> StoreId {
        enrol::store_named(&self.hq.db, name).unwrap()
    }

    fn her(&self, number: &str) -> CustomerId {
        let phone = Phone::parse(number).unwrap();
        customer::of_phone(&self.hq.db, &self.hq.keys, &phone).unwrap().unwrap()
    }

    fn place(&mut self) -> i64 {
        self.seq += 1;
        let day_ms = i64::from(TODAY - 5) * 86_400_000;
        self.run(
            "INSERT INTO ledger (stream, seq, hash, received_ms) VALUES (1, ?1, x'', ?2)",
            params![self.seq, day_ms],
        );
        self.seq
    }

    fn buys(&mut self, day: i32, who: &str, total: i64, staff: &str) {
        self.buys_in("湖滨店", day, who, total, staff);
    }

    fn buys_in(&mut self, store: &str, day: i32, who: &str, total: i64, staff: &str) {
        let (seq, store, her) = (self.place(), self.store(store), self.her(who));
        let kind = if total < 0 { "return" } else { "sale" };
        self.run(
            "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total, own_known,
                 own_asked, own_counts, total, known, asked, customer, counts, associate, cashier)
             VALUES (1, ?1, ?2, ?3, ?4 * 86400000, ?4, 1, 0, '', '', 1, ?5, 'proved', 'given', ?6, 1,
                 ?7, '收银')",
            params![seq, store, kind, day, total, her, staff],
        );
        self.run(
            "INSERT INTO sale_item (stream, seq, line, name, qty_milli, amount)
             VALUES (1, ?1, 1, ?2, 1000, ?3)",
            params![seq, format!("货{}", seq % 5), total],
        );
    }

    fn agrees(&mut self, who: &str, purpose: &str) {
        let (seq, her) = (self.place(), self.her(who));
        self.run(
            "INSERT INTO consent (stream, seq, customer, purpose, given, text_version) VALUES (1, ?1, ?2, ?3, 1, 'c-1')",
            params![seq, her, purpose],
        );
    }

    fn reached(&self, day: i32, who: &str, by: &str) {
        let (store, her) = (self.store("湖滨店"), self.her(who));
        self.run(
            "INSERT INTO task (customer, store, scope, kind, due, assignee, made_day, state)
             VALUES (?1, ?2, 'store', 'call', ?3, ?4, ?3, 'open')",
            params![her, store, day, by],
        );
        self.run(
            "UPDATE task SET state = 'done', outcome = 'reached', closed_day = ?1, closed_by = ?2
             WHERE state = 'open'",
            params![day, by],
        );
    }

    /// All that a night does.
    fn night(&mut self, today: i32) -> u32 {
        while summary::step(&mut self.hq, today).unwrap() {}
        night::run(&mut self.hq, today).unwrap()
    }

    fn get<T: rusqlite::types::FromSql>(&self, what: &str, who: &str) -> T {
        let sql = format!("SELECT {what} FROM figure_person WHERE customer = ?1");
        self.hq.db.query_row(&sql, [self.her(who)], |row| row.get(0)).unwrap()
    }

    fn links(&self, who: &str) -> Vec<String> {
        let sql = "SELECT staff FROM looks_after WHERE customer = ?1 ORDER BY place";
        let mut select = self.hq.db.prepare(sql).unwrap();
        let rows = select.query_map([self.her(who)], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

/// S1: bought before, and has our staff's number: on a receipt with a note, or because we called her.
#[test]
fn s1_a_regular_has_bought_and_has_our_contact() {
    let mut shop = Shop::new();
    shop.her(WANG);
    shop.buys(TODAY - 9, LI, 100, "小陈");
    shop.buys(TODAY - 9, ZHAO, 100, "小陈");
    shop.run("UPDATE sale SET noted = 0 WHERE customer = ?1", params![shop.her(ZHAO)]);
    shop.night(TODAY);
    let trusting = |shop: &Shop| [LI, WANG, ZHAO].map(|who| shop.get::<bool>("trusting", who));
    assert_eq!(trusting(&shop), [true, false, false]);
    shop.reached(TODAY - 1, ZHAO, "小陈");
    shop.reached(TODAY - 1, WANG, "小陈");
    shop.night(TODAY + 1);
    assert_eq!(trusting(&shop), [true, false, true], "王 has not bought");
    assert_eq!(measured(&shop.hq.db).unwrap().unwrap().trusting, 2);
}

#[test]
fn s2_every_customer_carries_a_step_and_stores_count_them() {
    let mut shop = Shop::new();
    shop.her(WANG);
    shop.buys(TODAY - 9, LI, 100, "小陈");
    shop.buys(TODAY - 9, ZHAO, 100, "小陈");
    shop.reached(TODAY - 2, ZHAO, "小陈");
    shop.night(TODAY);
    assert_eq!([WANG, LI, ZHAO].map(|who| shop.get::<u8>("step", who)), [1, 2, 3]);
    shop.buys(TODAY, ZHAO, 100, "小陈");
    shop.night(TODAY + 1);
    assert_eq!(shop.get::<u8>("step", ZHAO), 2, "a sale moves it");
    let measured = measured(&shop.hq.db).unwrap().unwrap();
    assert_eq!(measured.steps, [1, 2, 0]);
    let of_store = measured.stores.into_values().next().unwrap();
    assert_eq!(of_store, OfStore { steps: [0, 2, 0], active: 0, retained: 0 });
}

/// S3: a customer of two stores is one file with two store links; joined numbers are one person.
#[test]
fn s3_one_file_over_all_stores() {
    let mut shop = Shop::new();
    shop.buys_in("湖滨店", TODAY - 9, LI, 100, "小陈");
    shop.buys_in("西溪店", TODAY - 3, LI, 200, "小周");
    shop.buys_in("西溪店", TODAY - 2, WANG, 50, "小周");
    shop.run("UPDATE customer SET root = ?1 WHERE id = ?2", params![shop.her(LI), shop.her(WANG)]);
    shop.night(TODAY);
    let count = |sql: &str| -> i64 { shop.hq.db.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM figure_person"), 1);
    assert_eq!(count("SELECT count(*) FROM person"), 1);
    assert_eq!(count("SELECT count(*) FROM person_store"), 2);
    assert_eq!(shop.get::<i64>("net", LI), 350);
    assert_eq!(shop.get::<StoreId>("home", LI), shop.store("西溪店"));
}

/// S4: amount and styles fill themselves, and what goes too far is off until the chain names it. S5: soft
/// fields are dated and have an author, a till's and a list's too; what she thinks of promotion decides
/// whether any is sent.
#[test]
fn s4_s5_the_file_fills_itself_by_sales_and_remembers_who_wrote_what() {
    let mut shop = Shop::new();
    let (her, keys) = (shop.her(LI), Keys::load(shop._dir.path()).unwrap());
    let rules = |shop: &Shop| FigureRules::of(&shop.hq.db).unwrap().file;
    let filled = |shop: &Shop, bought| {
        file::filled(&shop.hq.db, &keys, &rules(shop), &her, (false, bought)).unwrap()
    };
    let values = |shop: &Shop| file::values(&shop.hq.db, &keys, &rules(shop), &her).unwrap();
    assert_eq!(filled(&shop, false).hard, 1, "her number");
    shop.buys(TODAY - 1, LI, 100, "小陈");
    shop.run("UPDATE sale_item SET style = 'DR2301'", []);
    assert_eq!(filled(&shop, true).hard, 3, "amount and styles");
    entry::write(&shop.hq.db, &keys, &her, ("taste", "素色"), "店长", 7).unwrap();
    assert_eq!(filled(&shop, true).soft, 1);
    let taste = &values(&shop)["taste"];
    assert_eq!((taste.author.as_deref(), taste.at_ms), (Some("店长"), Some(7)));
    let may = |shop: &Shop| preference::may_be_promoted(&shop.hq.db, &keys, &her).unwrap();
    assert!(!may(&shop), "nobody asked her");
    shop.agrees(LI, "marketing");
    assert!(may(&shop));
    entry::write(&shop.hq.db, &keys, &her, ("promotion", "不喜欢"), "店长", 8).unwrap();
    assert!(!may(&shop), "S5");

    let place = (1, 1, Seq(shop.place().unsigned_abs()));
    let told = Said::Told("M".into());
    fact::hear(&shop.hq.db, &keys, &her, Field::Size, &told, place).unwrap();
    let size = &values(&shop)["size"];
    let told_ms = i64::from(TODAY - 5) * 86_400_000;
    assert_eq!((size.author.as_deref(), size.at_ms), (Some("湖滨店 · 1"), Some(told_ms)));
    shop.run(
        "INSERT INTO import (id, kind, name, begun_ms) VALUES (3, 'members', '会员.csv', 99)",
        [],
    );
    let (told, place) =
        (Said::Told("li@example.com".into()), (0, import::FIRST_STREAM + 3, Seq(1)));
    fact::hear(&shop.hq.db, &keys, &her, Field::Email, &told, place).unwrap();
    let email = &values(&shop)["email"];
    assert_eq!((email.author.as_deref(), email.at_ms), (Some("会员.csv"), Some(99)));

    entry::write(&shop.hq.db, &keys, &her, ("values", "环保"), "店长", 9).unwrap();
    shop.night(TODAY);
    let soft = |shop: &Shop| -> u32 {
        let sql = "SELECT soft FROM person WHERE customer = ?1";
        shop.hq.db.query_row(sql, [her], |row| row.get(0)).unwrap()
    };
    assert!(!values(&shop).contains_key("values"), "S4, S5: off, so it is not even shown");
    let before = soft(&shop);
    FigureRules::set(&shop.hq.db, "[file]\non = [\"values\"]").unwrap();
    shop.night(TODAY);
    assert_eq!(values(&shop)["values"].value.as_deref(), Some("环保"));
    assert_eq!(soft(&shop), before + 1, "everybody's file is counted anew");
}

/// S8: the gold list is by fixed figures. S126: classes move by sales and by time, each since its day,
/// and only whom something happened to, or whose day has come, is looked at.
#[test]
fn s8_s126_class_rules_run_each_night_on_whom_something_changed() {
    let mut shop = Shop::new();
    for n in 0..5 {
        shop.buys(TODAY - 200 + n * 20, LI, 120_000, "小陈");
    }
    shop.buys(TODAY - 30, WANG, 100, "小陈");
    shop.her(ZHAO);
    shop.night(TODAY);
    let class =
        |shop: &Shop, who| (shop.get::<String>("class", who), shop.get::<i32>("class_since", who));
    assert_eq!(class(&shop, LI), ("gold".into(), TODAY - 120));
    assert_eq!(class(&shop, WANG), ("new".into(), TODAY - 30));
    assert_eq!(class(&shop, ZHAO), ("prospect".into(), TODAY));
    let gold = classed::classed(&shop.hq.db, Class::Gold, 9).unwrap();
    assert_eq!((gold.len(), gold[0].net, gold[0].rfm), (1, 600_000, Some(344)));
    shop.run("UPDATE figure_person SET net = -1 WHERE customer = ?1", params![shop.her(ZHAO)]);
    // Nothing happens for so long that time alone changes both.
    shop.night(TODAY + 67);
    assert_eq!(class(&shop, LI), ("at_risk".into(), TODAY + 60), "since the day, not the night");
    assert_eq!(class(&shop, WANG), ("regular".into(), TODAY + 60));
    assert_eq!(shop.get::<i64>("net", ZHAO), -1, "nobody looked at her");
    shop.buys(TODAY + 68, LI, 120_000, "小陈");
    shop.night(TODAY + 68);
    assert_eq!(class(&shop, LI), ("gold".into(), TODAY + 68));
}

#[test]
fn s83_every_store_sees_the_same_file_and_the_channel_she_prefers() {
    let mut shop = Shop::new();
    shop.buys_in("湖滨店", TODAY - 9, LI, 100, "小陈");
    shop.buys_in("西溪店", TODAY - 3, LI, 200, "小周");
    let keys = Keys::load(shop._dir.path()).unwrap();
    let (her, db) = (shop.her(LI), &shop.hq.db);
    let said = Said::Told("微信".into());
    fact::hear(db, &keys, &her, Field::Channel, &said, (1, 1, Seq(2))).unwrap();
    assert_eq!(preference::channel(db, &keys, &her).unwrap().as_deref(), Some("微信"));
    let cards =
        ["湖滨店", "西溪店"].map(|name| card::card(db, &keys, &her, &shop.store(name)).unwrap());
    assert_eq!(cards[0].told, cards[1].told);
    assert_eq!((cards[0].first_day, cards[0].last_day), (cards[1].first_day, cards[1].last_day));
    let masked =
        crate::hq::listing::customers(db, &keys, crate::hq::listing::Masking::Masked, TODAY);
    assert!(!masked.unwrap()[0].phone.contains(LI), "no clear number in a list");
}

/// S67: her card says it to whoever serves her next.
#[test]
fn s67_a_size_that_is_not_hers_is_a_hint_on_her_card() {
    let mut shop = Shop::new();
    for day in [9, 8, 7] {
        shop.buys(TODAY - day, LI, 100, "小陈");
    }
    shop.run("UPDATE sale_item SET size = 'M'", []);
    let keys = Keys::load(shop._dir.path()).unwrap();
    let hints = |shop: &Shop| {
        let card = card::card(&shop.hq.db, &keys, &shop.her(LI), &shop.store("湖滨店")).unwrap();
        card.notices.into_iter().map(|notice| notice.text).collect::<Vec<_>>()
    };
    assert_eq!(hints(&shop), [""; 0]);
    shop.buys(TODAY - 1, LI, 100, "小陈");
    shop.run("UPDATE sale_item SET size = 'L' WHERE size IS NULL", []);
    assert_eq!(hints(&shop), ["上次拿的L,平时M:请问合不合身"]);
    let (her, place) = (shop.her(LI), (1, 1, Seq(shop.place().unsigned_abs())));
    let told = |shop: &Shop, size: &str| {
        let said = Said::Told(size.into());
        fact::hear(&shop.hq.db, &keys, &her, Field::Size, &said, place).unwrap();
    };
    told(&shop, "l");
    assert_eq!(hints(&shop), [""; 0], "what is on file goes before what she used to take");
    entry::write(&shop.hq.db, &keys, &her, ("size", "S"), "店长", 7).unwrap();
    assert_eq!(hints(&shop), ["上次拿的L,平时S:请问合不合身"]);
}
