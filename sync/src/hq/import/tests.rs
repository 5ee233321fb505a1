//! A list comes in once, says what it did, and goes out again.

mod past;

use past::{Till, sale};

use super::*;
use crate::event::{
    Asked, Body, Consent, Epoch, Event, Fact, Known, LocalSeconds, Name, Purpose, ReturnLink, Said,
    Sale, SaleKind, SaleRef, Seq, SlipId, TerminalId, When,
};
use crate::hq::customer::{File, fact, file, id_of, spend};
use crate::hq::fold::{self, Place};
use crate::hq::store::{self, Founding};
use crate::hq::{enrol, forecast, listing};
use crate::money::Minor;
use crate::phone::Phone;
use crate::tier::TierPolicy;

const LI: &str = "13800006721";
const WANG: &str = "13911118888";
/// 2026-11-20 on the shop's calendar.
const TODAY: i32 = 20_777;

fn founded() -> Hq {
    let dir = tempfile::tempdir().unwrap();
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    enrol::store_named(&hq.db, "湖滨店").unwrap();
    hq
}

fn told(hq: &mut Hq, kind: Kind, text: &str) -> Report {
    import(hq, kind, "list.csv", text.as_bytes(), &[], None).unwrap()
}

fn done(hq: &mut Hq, kind: Kind, text: &str) -> Report {
    import(hq, kind, "list.csv", text.as_bytes(), &[], Some(9_000)).unwrap()
}

fn counts(report: &Report) -> [usize; 4] {
    [report.added, report.changed, report.same, report.problems.len()]
}

fn id(hq: &Hq, number: &str) -> CustomerId {
    id_of(&hq.keys, &Phone::parse(number).unwrap())
}

/// Every row of every table but the imports' own list, the care list's numbers, HQ's life, and the sums
/// that are made from the rest.
fn everything(hq: &Hq) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
               AND name NOT IN ('import', 'hq', 'customer_store', 'desk_dirty', 'due_person', 'due_day',
                   'figure_due', 'figure_day_due', 'message_look', 'person',
                   'person_store', 'day_sum', 'day_staff', 'figure', 'walk', 'tail',
                   'style') ORDER BY name";
    let mut tables = hq.db.prepare(sql).unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let mut all = Vec::new();
    for name in names {
        let mut select = hq.db.prepare(&format!("SELECT * FROM {name} ORDER BY 1")).unwrap();
        let columns = select.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            // What is closed is closed under a fresh nonce each time.
            let is_closed = |at: usize| {
                matches!(row.as_ref().column_name(at), Ok("identity" | "wrapped_key" | "value"))
            };
            let cell = |at| match is_closed(at) {
                true => "closed".into(),
                false => format!("{:?}", row.get_ref(at).unwrap()),
            };
            Ok((0..columns).map(cell).collect::<Vec<String>>().join(" "))
        };
        let rows = select.query_map([], row).unwrap().map(Result::unwrap);
        all.extend(rows.map(|row| format!("{name}: {row}")));
    }
    all.sort();
    all
}

const MEMBERS: &str = "手机号,姓名,性别,生日,尺码,会员等级,积分,入会日期,导购,门店,营销同意,凭证\r\n\
    13800006721,李晓明,女,1990-05-20,M,金卡,1200,2024-03-01,小张,湖滨店,是,\r\n\
    13911118888,欧阳修,男,农历八月十五,,,,,,,是,签名表 17 页\r\n";

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let mut hq = founded();
    let before = everything(&hq);
    let report = told(&mut hq, Kind::Members, MEMBERS);
    assert_eq!(counts(&report), [2, 0, 0, 0]);
    assert_eq!((report.import, report.rows), (None, 2));
    assert_eq!(report.notes.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(everything(&hq), before);
    assert_eq!(imports(&hq.db).unwrap(), []);
}

#[test]
fn members_come_in_once_and_go_out_without_a_trace() {
    let mut hq = founded();
    let before = everything(&hq);
    let first = done(&mut hq, Kind::Members, MEMBERS);
    assert_eq!((counts(&first), first.import), ([2, 0, 0, 0], Some(1)));
    let li = id(&hq, LI);
    let File::Known(identity) = file(&hq.db, &hq.keys, &li).unwrap() else { panic!() };
    assert_eq!(identity.name, Some(Name { surname: "李".into(), title: "女士".into() }));
    let told = fact::told(&hq.db, &hq.keys, &li).unwrap();
    let told: Vec<_> = told.iter().map(|told| told.value.as_deref().unwrap()).collect();
    assert_eq!(told, ["05-20", "M", "小张"]);
    let kept = member::as_told(&hq.db, &hq.keys, &li).unwrap();
    assert_eq!((kept["tier"].as_str(), kept["points"].as_str()), ("金卡", "1200"));
    assert_eq!(kept["joined"], "19783");

    let after = everything(&hq);
    let second = done(&mut hq, Kind::Members, MEMBERS);
    assert_eq!((counts(&second), second.import), ([0, 0, 2, 0], None));
    assert_eq!(everything(&hq), after, "the same list twice changes nothing");

    let life = store::own(&hq.db).unwrap().epoch;
    let undone = undo(&mut hq, 1, 9_001).unwrap();
    assert_eq!((undone.files, undone.snapshot), (2, true));
    assert_eq!(everything(&hq), before);
    assert_ne!(store::own(&hq.db).unwrap().epoch, life, "a till forgets her by a snapshot");
    assert!(matches!(undo(&mut hq, 1, 9_002), Err(UndoError::Already(1))));
    assert_eq!(counts(&done(&mut hq, Kind::Members, MEMBERS)), [2, 0, 0, 0], "and in again");
}

#[test]
fn a_list_goes_out_again_after_a_night_has_looked_at_it() {
    let mut hq = founded();
    done(&mut hq, Kind::Members, MEMBERS);
    let li = id(&hq, LI);
    forecast::run(&mut hq, 20_000).unwrap();
    let sql = "INSERT INTO message (customer, kind, subject, day, from_minute, key, state, reason,
                   made_ms) VALUES (?1, 'season', 'x', 20000, 0, x'', 'held', 'no_consent', 0)";
    hq.db.execute(sql, [li]).unwrap();
    let persons = |hq: &Hq| -> i64 {
        hq.db.query_row("SELECT count(*) FROM person", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(persons(&hq), 2);
    assert_eq!(undo(&mut hq, 1, 9_001).unwrap().files, 2);
    assert_eq!((persons(&hq), customer::is_erased(&hq.db, &li).unwrap()), (0, None));
}

#[test]
fn what_stood_before_a_later_list_stands_again() {
    let mut hq = founded();
    done(&mut hq, Kind::Members, "手机,姓,称呼,尺码\n13800006721,李,女士,M\n");
    let before = everything(&hq);
    let changed = "手机,姓,称呼,尺码,生日\n13800006721,黎,女士,L,05-20\n13911118888,王,,,\n";
    assert_eq!(counts(&done(&mut hq, Kind::Members, changed)), [1, 1, 0, 0]);
    let li = id(&hq, LI);
    assert_eq!(member::as_told(&hq.db, &hq.keys, &li).unwrap()["size"], "L");
    assert!(matches!(undo(&mut hq, 1, 0), Err(UndoError::Later(2))), "the newest goes first");
    undo(&mut hq, 2, 0).unwrap();
    assert_eq!(everything(&hq), before);
    let File::Known(identity) = file(&hq.db, &hq.keys, &li).unwrap() else { panic!() };
    assert_eq!(identity.name.unwrap().surname, "李");
    assert!(matches!(undo(&mut hq, 7, 0), Err(UndoError::None(7))));
}

#[test]
fn marketing_without_proof_is_kept_and_counts_for_nothing() {
    let mut hq = founded();
    let header = "手机,营销同意,同意来源,同意日期,文本版本,凭证\n";
    let rows = "13800006721,是,旧系统,2025-01-02,v3,\n13911118888,是,纸质表,2025-01-02,v3,表17\n\
                13611112222,否,,,,\n\
                13711112222,是,旧系统,2025-01-02,v3,无\n13811112222,是,旧系统,2025-01-02,v3,--\n\
                13911112222,是,旧系统,2025-01-02,v3,N/A\n";
    done(&mut hq, Kind::Members, &format!("{header}{rows}"));
    let said = |number: &str| {
        let sql = "SELECT given FROM consent WHERE customer = ?1 AND purpose = 'marketing'";
        hq.db.query_row(sql, [id(&hq, number)], |row| row.get::<_, bool>(0)).optional().unwrap()
    };
    assert_eq!([said(LI), said(WANG), said("13611112222")], [None, Some(true), Some(false)]);
    assert_eq!(["13711112222", "13811112222", "13911112222"].map(said), [None; 3], "said in words");
    let sql = "SELECT source, day, text_version, proof FROM import_consent WHERE customer = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, i32>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    };
    let kept = hq.db.query_row(sql, [id(&hq, LI)], row).unwrap();
    assert_eq!(kept, ("旧系统".into(), 20_090, "v3".into(), None), "where it came from is kept");
    let kept = hq.db.query_row(sql, [id(&hq, WANG)], row).unwrap();
    assert_eq!(kept.3.as_deref(), Some("表17"));
}

#[test]
fn what_a_till_said_stands_over_any_list() {
    let mut hq = founded();
    let mut till = Till::of(&hq);
    let phone = || Phone::parse(LI).unwrap();
    let who = Some(Name { surname: "李".into(), title: "女士".into() });
    till.fold(&hq, Body::Sale(Box::new(Sale { phone: Some(phone()), who, ..sale("1", 100, 0) })));
    let said = Said::Told("M".into());
    till.fold(&hq, Body::Fact(Fact { phone: phone(), field: crate::event::Field::Size, said }));
    let consent = Consent {
        phone: phone(),
        purpose: Purpose::Marketing,
        given: false,
        text_version: "v1".into(),
        cashier: None,
    };
    till.fold(&hq, Body::Consent(consent));
    done(&mut hq, Kind::Members, "手机,姓,尺码,营销同意,凭证\n13800006721,黎,XL,是,表 1\n");
    let li = id(&hq, LI);
    let File::Known(identity) = file(&hq.db, &hq.keys, &li).unwrap() else { panic!() };
    assert_eq!(identity.name.unwrap().surname, "李");
    let told = fact::told(&hq.db, &hq.keys, &li).unwrap();
    assert_eq!(told[0].value.as_deref(), Some("M"));
    let sql = "SELECT id FROM store LIMIT 1";
    let store = hq.db.query_row(sql, [], |row| row.get(0)).unwrap();
    let card = customer::card::card(&hq.db, &hq.keys, &li, &store).unwrap();
    assert_eq!((card.agreed, card.declined), (Vec::new(), vec![Purpose::Marketing]));
    let before_files = undo(&mut hq, 1, 0).unwrap().files;
    assert_eq!(before_files, 0, "she bought here: her file stays");
}

#[test]
fn a_bad_line_is_told_by_its_number_and_shows_nobodys_number() {
    let mut hq = founded();
    let list = "手机,姓,生日\n1.38E+10,李,\n138****6721,王,\n,赵,\n13911118888,钱,13-45\n\
                13911118888,钱,\n13911118888,孙,\n13800000000,周,\n1391111888,吴,\n13611112222,郑,\n";
    let report = done(&mut hq, Kind::Members, list);
    let lines: Vec<u64> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 7, 8, 9]);
    assert_eq!(counts(&report), [2, 0, 0, 7]);
    for problem in &report.problems {
        let text = problem.to_string();
        assert!(text.starts_with(&format!("line {}: ", problem.line)), "{text}");
        assert!(!["1391111", "13800000000", "6721"].iter().any(|part| text.contains(part)));
    }
    assert_eq!(report.problems[0].why, Why::Scientific);
    assert_eq!(report.problems[4].why, Why::SaidOtherwise(6));
}

#[test]
fn who_was_erased_is_not_brought_back() {
    let mut hq = founded();
    done(&mut hq, Kind::Members, MEMBERS);
    crate::hq::erasure::erase(&mut hq, &Phone::parse(LI).unwrap(), "test", 0).unwrap();
    for table in ["import_fact", "import_consent", "consent", "fact"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE customer = ?1");
        let left: i64 = hq.db.query_row(&sql, [id(&hq, LI)], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
    let report = done(&mut hq, Kind::Members, MEMBERS);
    assert_eq!(counts(&report), [0, 0, 1, 1]);
    assert_eq!(report.problems[0].why, Why::Erased);
    undo(&mut hq, 1, 0).unwrap();
    assert_eq!(file(&hq.db, &hq.keys, &id(&hq, LI)).unwrap(), File::Erased, "the tombstone stays");
}

#[test]
fn a_member_goes_down_to_the_store_that_the_list_names() {
    let mut hq = founded();
    done(&mut hq, Kind::Members, MEMBERS);
    let sql = "SELECT customer FROM customer_store";
    let known: Vec<CustomerId> = hq
        .db
        .prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(known, [id(&hq, LI)]);
    let report = told(&mut hq, Kind::Members, "手机,门店\n13611112222,没有这家\n");
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    assert_eq!(report.notes.len(), 1, "no till gets her yet, and that is said");
}

#[test]
fn staff_stores_and_styles_come_in_once_and_go_out_again() {
    let lists = [
        (Kind::Staff, "工号,姓名,门店,手机\nS1,张三,湖滨店,13800006721\n", "工号,姓名\nS1,张四\n"),
        (
            Kind::Stores,
            "门店,门店编号,城市,门店电话\n新店,N1,杭州,0571-1\n",
            "门店,门店编号,门店电话\n新店,N2,0571-2\n",
        ),
        (
            Kind::Styles,
            "款号,品类,面料,洗涤代码\nDR2301,连衣裙,100%桑蚕丝,手洗\n",
            "款号,品类,面料\nDR2301,裙,真丝\n",
        ),
    ];
    for (kind, first, second) in lists {
        let mut hq = founded();
        let start = everything(&hq);
        assert_eq!(counts(&done(&mut hq, kind, first)), [1, 0, 0, 0], "{kind:?}");
        let between = everything(&hq);
        assert_eq!(counts(&done(&mut hq, kind, first)), [0, 0, 1, 0], "{kind:?}");
        assert_eq!(counts(&done(&mut hq, kind, second)), [0, 1, 0, 0], "{kind:?}");
        assert_ne!(everything(&hq), between);
        undo(&mut hq, 2, 0).unwrap();
        assert_eq!(everything(&hq), between, "{kind:?}");
        undo(&mut hq, 1, 0).unwrap();
        assert_eq!(everything(&hq), start, "{kind:?}");
    }
}

#[test]
fn styles_are_found_by_their_code_and_their_version_moves() {
    let mut hq = founded();
    assert_eq!(style::version(&hq.db).unwrap(), 0);
    done(
        &mut hq,
        Kind::Styles,
        "款号,品类,面料,洗涤\nA1,大衣,羊毛,干洗\nA1,大衣,羊毛,干洗\nB2,裙,,\n",
    );
    assert_eq!(style::styles(&hq.db).unwrap().len(), 2);
    let found = style::style_of(&hq.db, "A1").unwrap().unwrap();
    assert_eq!((found.fibre.as_deref(), found.care.as_deref()), (Some("羊毛"), Some("dryclean-P")));
    assert_eq!(style::version(&hq.db).unwrap(), 1);
    undo(&mut hq, 1, 5).unwrap();
    assert_eq!(
        (style::version(&hq.db).unwrap(), style::style_of(&hq.db, "A1").unwrap()),
        (2, None)
    );
}

#[test]
fn a_number_of_staffs_counts_for_no_tier() {
    let mut hq = founded();
    done(&mut hq, Kind::Staff, "工号,姓名,手机\nS1,张三,13800006721\n");
    let phone = Phone::parse(LI).unwrap();
    let held = customer::held_out(&hq.db, &id(&hq, LI), &phone).unwrap();
    assert_eq!(held, Some(crate::tier::HeldOut::Staff));
}

#[test]
fn a_text_that_a_person_set_is_not_replaced_by_a_list() {
    let mut hq = founded();
    let store = enrol::store_named(&hq.db, "湖滨店").unwrap();
    crate::hq::care::set_contact(&hq.db, &store, "store_phone", "0571-0").unwrap();
    done(&mut hq, Kind::Stores, "门店,门店电话,客服电话\n湖滨店,0571-9,400-1\n");
    let sql = "SELECT group_concat(value, ' ') FROM (SELECT value FROM contact ORDER BY key)";
    let texts = |hq: &Hq| hq.db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(texts(&hq), "400-1 0571-0");
    undo(&mut hq, 1, 0).unwrap();
    assert_eq!(texts(&hq), "0571-0");
}
