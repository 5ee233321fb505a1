//! Sales of before, beside those that tills send.

use super::*;

pub(super) struct Till {
    pub(super) place: Place,
}

impl Till {
    pub(super) fn of(hq: &Hq) -> Self {
        let store = enrol::store_named(&hq.db, "湖滨店").unwrap();
        let (terminal, epoch) = (TerminalId([1; 16]), Epoch([1; 16]));
        hq.db
            .execute(
                "INSERT INTO terminal
                 (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
                 VALUES (?1, ?2, '', zeroblob(32), 1, zeroblob(32), '', 'active', ?3)",
                params![terminal, store, i64::from(TODAY) * 86_400_000],
            )
            .unwrap();
        let (stream, _) = crate::hq::ledger::sqlite::begun(&hq.db, &terminal, &epoch).unwrap();
        Self {
            place: Place {
                stream,
                seq: Seq::NONE,
                said_ms: 0,
                received_ms: 0,
                terminal,
                epoch,
                store,
            },
        }
    }

    pub(super) fn fold(&mut self, hq: &Hq, body: Body) {
        let printed_at = match &body {
            Body::Sale(sale) => sale.printed_at,
            _ => None,
        };
        self.fold_at(hq, body, printed_at.unwrap_or(at_noon(TODAY)).0 * 1_000);
    }

    pub(super) fn fold_at(&mut self, hq: &Hq, body: Body, wall_ms: i64) {
        self.place.seq = self.place.seq.next();
        self.place.said_ms = wall_ms;
        let event = Event { at: When { wall_ms, boot: 1, mono_ms: 1 }, body };
        fold::fold(&hq.db, &hq.keys, self.place, &event, &mut BTreeSet::new()).unwrap();
    }
}

fn at_noon(day: i32) -> LocalSeconds {
    LocalSeconds(i64::from(day) * 86_400 + 43_200)
}

/// A sale on paper, `days` after [`TODAY`].
pub(super) fn sale(no: &str, units: i64, days: i32) -> Sale {
    Sale {
        kind: if units < 0 { SaleKind::Return } else { SaleKind::Sale },
        slip: SlipId { boot: 1, slip: 1 },
        total: Minor::new(units),
        known: Known::Proved,
        asked: Asked::Pending,
        noted: false,
        items: Vec::new(),
        tenders: Vec::new(),
        receipt_no: Some(no.into()),
        printed_at: Some(at_noon(TODAY + days)),
        till: None,
        cashier: None,
        associate: None,
        item_count: None,
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: None,
        who: None,
        typing_ds: None,
    }
}

fn hers(sale: Sale) -> Body {
    Body::Sale(Box::new(Sale { phone: Phone::parse(LI).ok(), asked: Asked::Given, ..sale }))
}

fn spent(hq: &Hq, number: &str) -> i64 {
    let policy = store::own(&hq.db).unwrap().policy;
    spend(&hq.db, &id(hq, number), &policy, TODAY).unwrap().iter().map(|d| d.amount.units()).sum()
}

const SALES: &str = "日期,门店,小票号,手机,金额,品名,款号,数量\n\
    2026-11-10 10:00,湖滨店,A1,13800006721,1000.00,连衣裙,DR1,1\n\
    2026-11-10 10:00,湖滨店,A1,13800006721,1000.00,围巾,SC1,2\n\
    2026-11-15,湖滨店,A2,13800006721,500.00,,,\n\
    2026-11-20,湖滨店,A3,13800006721,300.00,,,\n\
    2026-11-20 09:00,湖滨店,A4,13911118888,200.00,,,\n\
    2026-11-21,没有这家,A5,13800006721,200.00,,,\n";

#[test]
fn past_sales_count_from_day_one_and_only_once() {
    let mut hq = founded();
    let report = done(&mut hq, Kind::Sales, SALES);
    assert_eq!(counts(&report), [4, 0, 0, 1]);
    assert_eq!(report.problems[0].why, Why::NoStore);
    assert_eq!((spent(&hq, LI), spent(&hq, WANG)), (180_000, 20_000));
    let items: i64 = hq.db.query_row("SELECT count(*) FROM sale_item", [], |r| r.get(0)).unwrap();
    assert_eq!(items, 2);
    let again = done(&mut hq, Kind::Sales, SALES);
    assert_eq!((counts(&again), again.import), ([0, 0, 4, 1], None));
    let differs = "日期,门店,小票号,手机,金额\n2026-11-15,湖滨店,A2,13800006721,501.00\n";
    let differs = done(&mut hq, Kind::Sales, differs);
    assert_eq!(differs.problems[0].why, Why::ImportedOtherwise(1));
    let rows = listing::customers(&hq.db, &hq.keys, listing::Masking::Clear, TODAY).unwrap();
    assert_eq!((rows[0].phone.as_str(), rows[0].sales), (LI, 3));
}

#[test]
fn a_sale_with_a_number_typed_to_get_on_is_nobodys_and_a_broken_number_is_told() {
    let mut hq = founded();
    let list = "日期,门店,小票号,手机,金额\n2026-11-10,湖滨店,A1,13800000000,10.00\n\
                2026-11-10,湖滨店,A2,1.38E+10,10.00\n";
    let report = done(&mut hq, Kind::Sales, list);
    assert_eq!((counts(&report), report.notes.len()), ([1, 0, 0, 1], 1));
    assert_eq!(report.problems[0].why, Why::Scientific);
    let sql = "SELECT count(*), count(customer) FROM sale";
    let found = hq.db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(found, Ok((1, 0)));
}

#[test]
fn imported_sales_end_where_the_tills_own_begin() {
    let mut hq = founded();
    let mut till = Till::of(&hq);
    done(&mut hq, Kind::Sales, SALES);
    till.fold(&hq, hers(sale("A3", 30_000, 0)));
    // At noon of the 20th: A3, whose time is not known, is the till's own now; A4 of 09:00 is not.
    assert_eq!((spent(&hq, LI), spent(&hq, WANG)), (180_000, 20_000));
    till.fold(&hq, hers(sale("B1", 7_000, 1)));
    assert_eq!(spent(&hq, LI), 187_000);
    // A batch that was late brings the store's own sales of the 15th.
    till.fold(&hq, hers(sale("A2", 50_000, -5)));
    assert_eq!((spent(&hq, LI), spent(&hq, WANG)), (187_000, 0));
    let late = "日期,门店,小票号,手机,金额\n2026-11-18,湖滨店,Z1,13800006721,100.00\n";
    let report = done(&mut hq, Kind::Sales, late);
    assert_eq!((counts(&report), report.notes.len()), ([1, 0, 0, 0], 1));
    assert_eq!(spent(&hq, LI), 187_000, "kept, and does not count");
}

#[test]
fn the_order_of_list_and_tills_makes_no_difference() {
    let steps: [&[(&str, i64, i32)]; 3] =
        [&[("A3", 30_000, 0), ("A2", 50_000, -5)], &[("A2", 50_000, -5)], &[("A3", 30_000, 0)]];
    for step in steps {
        let after = {
            let mut hq = founded();
            let mut till = Till::of(&hq);
            done(&mut hq, Kind::Sales, SALES);
            step.iter().for_each(|(no, units, day)| till.fold(&hq, hers(sale(no, *units, *day))));
            [spent(&hq, LI), spent(&hq, WANG)]
        };
        let before = {
            let mut hq = founded();
            let mut till = Till::of(&hq);
            step.iter().for_each(|(no, units, day)| till.fold(&hq, hers(sale(no, *units, *day))));
            done(&mut hq, Kind::Sales, SALES);
            [spent(&hq, LI), spent(&hq, WANG)]
        };
        assert_eq!(after, before, "{step:?}");
    }
}

#[test]
fn a_clock_that_is_off_does_not_throw_a_stores_history_away() {
    let mut hq = founded();
    let mut till = Till::of(&hq);
    done(&mut hq, Kind::Sales, SALES);
    // The paper misread by ten years, and the till's clock at its battery's end: neither moves it.
    let misread = Body::Sale(Box::new(sale("X1", 1, -3_650)));
    till.fold_at(&hq, misread, at_noon(TODAY).0 * 1_000);
    let lost_clock = Body::Sale(Box::new(Sale { printed_at: None, ..sale("X2", 1, 0) }));
    till.fold_at(&hq, lost_clock, 0);
    assert_eq!(spent(&hq, LI), 150_000, "without the day on which the till began, by its clock");
    till.fold_at(&hq, Body::Sale(Box::new(sale("X3", 1, -7))), 0);
    assert_eq!(spent(&hq, LI), 100_000, "the paper is believed where the clock cannot be");
}

#[test]
fn past_sales_go_out_again_with_what_followed_them() {
    let mut hq = founded();
    let mut till = Till::of(&hq);
    let back = |hq: &Hq, till: &mut Till| {
        till.fold(hq, Body::Sale(Box::new(sale("R1", -30_000, 2))));
        let here = SaleRef::Here { epoch: till.place.epoch, seq: till.place.seq };
        let original = SaleRef::Receipt { no: "A1".into() };
        till.fold(hq, Body::ReturnLink(ReturnLink { return_sale: here, original }));
    };
    back(&hq, &mut till);
    let before = everything(&hq);
    done(&mut hq, Kind::Sales, SALES);
    assert_eq!(spent(&hq, LI), 180_000 - 30_000, "what she bought before can come back now");
    let undone = undo(&mut hq, 1, 0).unwrap();
    assert_eq!((undone.rows, undone.files), (6, 2));
    assert_eq!(everything(&hq), before);
}

#[test]
fn an_import_that_was_cut_off_is_listed_and_can_be_undone() {
    let mut hq = founded();
    let before = everything(&hq);
    done(&mut hq, Kind::Sales, SALES);
    hq.db.execute("UPDATE import SET done_ms = NULL", []).unwrap();
    assert!(!imports(&hq.db).unwrap()[0].done);
    undo(&mut hq, 1, 0).unwrap();
    assert_eq!(everything(&hq), before);
    assert!(imports(&hq.db).unwrap()[0].undone);
}
