//! What pages show is what the sales say, whatever changed meanwhile.

use super::*;
use crate::hq::store::Founding;
use crate::phone::Phone;
use crate::tier::TierPolicy;

const TODAY: i32 = 20_000;

struct Shop {
    hq: Hq,
    store: StoreId,
    seq: i64,
}

impl Shop {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let policy = TierPolicy::default();
        let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
        let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
        let store = crate::hq::enrol::store_named(&hq.db, "湖滨店").unwrap();
        hq.db
            .execute(
                "INSERT INTO terminal (id, store, till, signing, sealing_id, sealing, software,
                     status, enrolled_ms) VALUES (x'01', ?1, '1', x'', 1, x'', '', 'active', 0)",
                [store],
            )
            .unwrap();
        hq.db
            .execute(
                "INSERT INTO stream (id, terminal, epoch, mark, hash) VALUES (1, x'01', x'', 0, x'')",
                [],
            )
            .unwrap();
        Self { hq, store, seq: 0 }
    }

    fn customer(&self, number: &str) -> CustomerId {
        let phone = Phone::parse(number).unwrap();
        customer::of_phone(&self.hq.db, &self.hq.keys, &phone).unwrap().unwrap()
    }

    fn sale(&mut self, day: i32, total: i64, customer: Option<&CustomerId>) {
        self.seq += 1;
        let kind = if total < 0 { "return" } else { "sale" };
        let asked = if customer.is_some() { "given" } else { "refused" };
        self.hq
            .db
            .execute(
                "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total,
                     own_known, own_asked, own_counts, total, known, asked, customer, counts, cashier)
                 VALUES (1, ?1, ?2, ?3, 0, ?4, 0, 0, '', '', 1, ?5, 'proved', ?6, ?7, 1, '小周')",
                params![self.seq, self.store, kind, day, total, asked, customer],
            )
            .unwrap();
    }

    fn sum(&mut self) {
        while step(&mut self.hq, TODAY).unwrap() {}
    }

    fn person(&self, id: &CustomerId) -> Option<(i64, i64, Option<String>)> {
        let sql = "SELECT spend, sales, tier FROM person WHERE customer = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.hq.db.query_row(sql, [id], row).optional().unwrap()
    }
}

#[test]
fn a_day_is_summed_anew_when_a_sale_of_it_changes() {
    let mut shop = Shop::new();
    let li = shop.customer("13800006721");
    shop.sale(TODAY, 10_000, Some(&li));
    shop.sale(TODAY, 5_000, None);
    shop.sale(TODAY, -2_000, Some(&li));
    shop.sum();
    let sums = |shop: &Shop| -> (i64, i64, i64, i64, i64, i64) {
        let sql = "SELECT sales, returns, net, given, refused, member_net FROM day_sum";
        let get = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        };
        shop.hq.db.query_row(sql, [], get).unwrap()
    };
    assert_eq!(sums(&shop), (2, 1, 13_000, 1, 1, 8_000));
    shop.hq.db.execute("UPDATE sale SET voided = 1, counts = 0 WHERE seq = 2", []).unwrap();
    shop.sum();
    assert_eq!(sums(&shop), (1, 1, 8_000, 1, 0, 8_000));
    let staff: (String, i64, i64) = shop
        .hq
        .db
        .query_row("SELECT cashier, given, refused FROM day_staff", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(staff, ("小周".into(), 1, 0));
}

#[test]
fn a_person_is_one_row_with_all_her_numbers_and_none_when_erased() {
    let mut shop = Shop::new();
    let (old, new) = (shop.customer("13800006721"), shop.customer("13911118888"));
    shop.sale(TODAY - 1, 300_000, Some(&old));
    shop.sale(TODAY, 200_000, Some(&new));
    shop.sum();
    assert_eq!(shop.person(&old), Some((300_000, 1, Some("银卡".into()))));
    shop.hq.db.execute("UPDATE customer SET root = ?1 WHERE id = ?2", [new, old]).unwrap();
    shop.sum();
    assert_eq!(shop.person(&old), None);
    assert_eq!(shop.person(&new), Some((500_000, 2, Some("金卡".into()))));
    shop.hq.db.execute("UPDATE customer SET root = NULL WHERE id = ?1", [old]).unwrap();
    shop.sum();
    assert_eq!(shop.person(&new), Some((200_000, 1, Some("银卡".into()))));
    let (keys, said) = (&shop.hq.keys, ("taste", "素色"));
    assert!(entry::write(&shop.hq.db, keys, &old, said, "li", 1).unwrap());
    let written = entry::written(&shop.hq.db, keys, &old).unwrap();
    assert_eq!((written[0].value.as_str(), written[0].author.as_str()), ("素色", "li"));
    shop.sum();
    let soft: i64 = shop
        .hq
        .db
        .query_row("SELECT soft FROM person WHERE customer = ?1", [old], |row| row.get(0))
        .unwrap();
    assert_eq!(soft, 1);
    let phone = Phone::parse("13800006721").unwrap();
    crate::hq::erasure::erase(&mut shop.hq, &phone, "test", 0).unwrap();
    let left = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table} WHERE customer = ?1");
        shop.hq.db.query_row(&sql, [old], |row| row.get(0)).unwrap()
    };
    for table in ["person", "person_store", "tail", "file_entry"] {
        assert_eq!(left(table), 0, "{table}, at once");
    }
    assert!(
        !entry::write(&shop.hq.db, &shop.hq.keys, &old, said, "li", 1).unwrap(),
        "and for good"
    );
}

#[test]
fn the_walk_moves_windows_and_the_figures_are_those_of_a_small_list() {
    let mut shop = Shop::new();
    let people: Vec<CustomerId> =
        (0..10).map(|n| shop.customer(&format!("139000010{n:02}"))).collect();
    // One buys for 900, nine for 100 each / 9; two of ten buy twice; three in both quarters.
    shop.sale(TODAY - 5, 90_000, Some(&people[0]));
    for person in &people[1..] {
        shop.sale(TODAY - 6, 1_000, Some(person));
    }
    shop.sale(TODAY - 7, 500, Some(&people[1]));
    for person in &people[2..5] {
        shop.sale(TODAY - 100, 100, Some(person));
    }
    shop.sum();
    let figures = figures(&shop.hq.db).unwrap().unwrap();
    assert_eq!((figures.persons, figures.buyers, figures.repeaters), (10, 10, 4));
    assert_eq!((figures.before, figures.retained), (3, 3));
    assert_eq!(figures.curve[1], 90_000, "the top 10 % is one person");
    assert_eq!(figures.curve[POINTS - 1], figures.net);
    let recent = |shop: &Shop| -> i64 {
        shop.hq.db.query_row("SELECT sum(recent) FROM person", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(recent(&shop), 11);
    while step(&mut shop.hq, TODAY + 200).unwrap() {}
    assert_eq!(recent(&shop), 0, "a night later, without a single sale, windows have moved");
}

/// Whose, spend and tier, then what the year, the last ninety days and the ninety before hold.
type Row = (Vec<u8>, i64, Option<String>, i64, i64, i64, i64);

/// Every person's windows as they stand.
fn windows(db: &Connection) -> Vec<Row> {
    let sql = "SELECT customer, spend, tier, year_net, year_sales, recent, before FROM person
               ORDER BY customer";
    let mut select = db.prepare(sql).unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        let sums = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, sums.0, sums.1, sums.2, sums.3))
    };
    select.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// Nobody is computed anew before a window's edge reaches her, and then on that very night.
#[test]
fn nights_that_compute_only_the_due_ones_tell_the_same_as_nights_that_compute_all() {
    let keep = crate::tier::Keep::Term { days: 200, then: crate::tier::Then::OneDown };
    for policy in [TierPolicy::default(), TierPolicy { keep, ..TierPolicy::default() }] {
        let mut shop = Shop::new();
        let policy = crate::event::to_cbor(&policy);
        shop.hq.db.execute("UPDATE hq SET policy = ?1", [policy]).unwrap();
        for n in 0..12 {
            let her = shop.customer(&format!("139000010{n:02}"));
            for back in [3, 40 + n, 89, 90, 91 + 7 * n, 180, 364, 500 - n] {
                let total = if back % 5 == 1 { -40_000 } else { 180_000 + 9_000 * i64::from(n) };
                shop.sale(TODAY - back, total, Some(&her));
            }
        }
        shop.sum();
        let mut moved = 0;
        for today in TODAY + 1..TODAY + 420 {
            let before = windows(&shop.hq.db);
            while step(&mut shop.hq, today).unwrap() {}
            let due_ones = windows(&shop.hq.db);
            moved += u32::from(due_ones != before);
            shop.hq.db.execute_batch("UPDATE person SET next_day = 0; DELETE FROM walk").unwrap();
            while step(&mut shop.hq, today).unwrap() {}
            assert_eq!(due_ones, windows(&shop.hq.db), "{} days later", today - TODAY);
        }
        assert!(moved > 20, "only {moved} nights changed anything");
    }
}

/// Bringing something back is not buying again, and not having bought.
#[test]
fn a_day_of_returns_alone_is_no_day_of_buying() {
    let mut shop = Shop::new();
    let [li, wang] = ["13800006721", "13900001234"].map(|number| shop.customer(number));
    shop.sale(TODAY - 100, 5_000, Some(&li));
    shop.sale(TODAY - 80, -5_000, Some(&li));
    shop.sale(TODAY - 95, -100, Some(&wang));
    shop.sale(TODAY - 10, 5_000, Some(&wang));
    shop.sum();
    let days = |her: &CustomerId| -> (i64, i64) {
        let sql = "SELECT before, recent FROM person WHERE customer = ?1";
        shop.hq.db.query_row(sql, [her], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!((days(&li), days(&wang)), ((1, 0), (0, 1)));
}

/// A clock that was ahead leaves windows of a day to come: they are computed anew.
#[test]
fn after_a_clock_was_put_back_windows_are_those_of_today() {
    let mut shop = Shop::new();
    let li = shop.customer("13800006721");
    shop.sale(TODAY - 5, 300_000, Some(&li));
    shop.sum();
    let right = windows(&shop.hq.db);
    while step(&mut shop.hq, TODAY + 500).unwrap() {}
    assert_ne!(windows(&shop.hq.db), right);
    shop.sum();
    assert_eq!(windows(&shop.hq.db), right);
}

use super::figures::POINTS;

/// What a change of tiers would do, before it is done; and after it the next night says the same.
#[test]
fn a_change_of_tiers_is_counted_before_it_is_made_and_stands_after_a_night() {
    let mut shop = Shop::new();
    let numbers = ["13800006721", "13900001234", "13700002468"];
    let [li, wang, sun] = numbers.map(|number| shop.customer(number));
    for (her, total) in [(li, 120_000), (wang, 600_000), (sun, 40_000)] {
        shop.sale(TODAY - 3, total, Some(&her));
        shop.sale(TODAY - 2, total / 10, Some(&her));
    }
    shop.sum();
    let own = "window_days = 365\n[[tier]]\nname = \"金卡\"\nspend_min = \"1300.00\"";
    let policy = crate::hq::tiers::read(own, 2).unwrap();
    let moves = crate::hq::tiers::moves(&shop.hq.db, &policy, TODAY).unwrap();
    let named = |(from, to): (&str, &str), count| ((from.to_owned(), to.to_owned()), count);
    assert_eq!(moves.into_iter().collect::<Vec<_>>(), [named(("银卡", "金卡"), 1)]);
    crate::hq::tiers::set(&mut shop.hq, &policy, "test", 0).unwrap();
    shop.sum();
    let tier = |her| shop.person(her).unwrap().2;
    assert_eq!([tier(&li), tier(&wang)], [Some("金卡".into()), Some("金卡".into())]);
    assert_eq!(tier(&sun), None);
}
