//! A day is a file, whole, the same again, and says nobody's number.

use super::nightly::{Nightly, export_if_due};
use super::*;
use crate::hq::arrivals::{Moment, Watch};
use crate::hq::import::{self, Kind};
use crate::hq::store::Founding;
use crate::hq::{Hq, customer, enrol};
use crate::phone::Phone;
use crate::tier::TierPolicy;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

/// 2026-11-15.
const DAY: i32 = 20_772;
const LI: &str = "13800006721";

const SALES: &str = "日期,门店,小票号,手机,金额,品名,款号,数量,行金额,导购\n\
    2026-11-15 10:05,湖滨店,A1,13800006721,1000.00,\"=1+1,\"\"围巾\"\"\",SC1,1.5,600.00,\n\
    2026-11-15 10:05,湖滨店,A1,13800006721,1000.00,连衣裙,DR1,1,400.00,\n\
    2026-11-15,湖滨店,R1,,-12.50,,,,,@小张\n\
    2026-11-16,湖滨店,A3,13800006721,1.00,,,,,\n";

fn founded(dir: &Path) -> Hq {
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let mut hq = Hq::create(dir, &founding).unwrap();
    enrol::store_named(&hq.db, "湖滨店").unwrap();
    import::import(&mut hq, Kind::Sales, "x", SALES.as_bytes(), &[], Some(1)).unwrap();
    hq
}

#[test]
fn a_day_as_csv_opens_in_a_spreadsheet_and_nothing_in_it_is_a_formula() {
    let root = tempfile::tempdir().unwrap();
    let hq = founded(&root.path().join("hq"));
    assert_eq!(day(&hq.db, root.path(), What::Sales, DAY, Format::Csv).unwrap(), 2);
    assert_eq!(day(&hq.db, root.path(), What::Items, DAY, Format::Csv).unwrap(), 2);
    let sales = fs::read(root.path().join("sales-2026-11-15.csv")).unwrap();
    assert!(sales.starts_with(MARK));
    let member = customer::id_of(&hq.keys, &Phone::parse(LI).unwrap()).to_string();
    let text = String::from_utf8(sales[MARK.len()..].to_vec()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let sale = format!(
        "2026-11-15,湖滨店,import,,import-1,2,sale,A1,2026-11-15 10:05,1000.00,2,,,,,,{member},\
         given,consistent,false,true,"
    );
    assert!(lines.contains(&sale.as_str()), "{text}");
    let back = "2026-11-15,湖滨店,import,,import-1,4,return,R1,,-12.50,0,,,,,'@小张,,\
                not_asked,consistent,false,true,";
    assert!(lines.contains(&back), "{text}");
    let items = fs::read_to_string(root.path().join("items-2026-11-15.csv")).unwrap();
    assert!(items.contains(",1,\"'=1+1,\"\"围巾\"\"\",SC1,,,1.500,600.00,,,true\r\n"), "{items}");
    for text in [text, items] {
        assert!(!text.contains(LI) && !text.contains("6721"));
    }
}

#[test]
fn a_day_as_parquet_has_its_types() {
    let root = tempfile::tempdir().unwrap();
    let hq = founded(&root.path().join("hq"));
    day(&hq.db, root.path(), What::Sales, DAY, Format::Parquet).unwrap();
    let path = root.path().join("sales-2026-11-15.parquet");
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    let of = |name: &str| {
        let sale = rows
            .iter()
            .find(|row| row.get_column_iter().any(|(_, field)| *field == Field::Str("A1".into())));
        let mut columns = sale.unwrap().get_column_iter();
        columns.find(|(column, _)| *column == name).unwrap().1.clone()
    };
    assert_eq!(of("day"), Field::Date(DAY));
    let printed_ms = (i64::from(DAY) * 86_400 + 10 * 3_600 + 5 * 60) * 1_000;
    assert_eq!(of("printed_at"), Field::TimestampMillis(printed_ms));
    assert_eq!((of("counts"), of("tax")), (Field::Bool(true), Field::Null));
    assert_eq!(of("terminal"), Field::Null, "no till printed it");
    assert_eq!(of("total").to_string(), "1000.00");
}

#[test]
fn the_same_day_again_is_the_same_file_and_no_part_of_one_is_left() {
    for format in [Format::Csv, Format::Parquet] {
        let root = tempfile::tempdir().unwrap();
        let hq = founded(&root.path().join("hq"));
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        let path = file_of(&out, What::Sales, DAY, format).unwrap();
        fs::write(path.with_extension(format!("{}.part", format.ending())), b"torn").unwrap();
        day(&hq.db, &out, What::Sales, DAY, format).unwrap();
        let first = fs::read(&path).unwrap();
        day(&hq.db, &out, What::Sales, DAY, format).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first, "{format:?}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "{format:?}");
        let nowhere = day(&hq.db, &root.path().join("none"), What::Sales, DAY, format);
        assert!(matches!(nowhere, Err(ExportError::Io { .. })));
    }
}

#[test]
fn who_was_erased_is_nobody() {
    let root = tempfile::tempdir().unwrap();
    let mut hq = founded(&root.path().join("hq"));
    let phone = Phone::parse(LI).unwrap();
    crate::hq::erasure::erase(&mut hq, &phone, "test", 0).unwrap();
    day(&hq.db, root.path(), What::Sales, DAY, Format::Csv).unwrap();
    let text = fs::read_to_string(root.path().join("sales-2026-11-15.csv")).unwrap();
    assert!(text.contains("A1") && !text.contains(&customer::id_of(&hq.keys, &phone).to_string()));
}

#[test]
fn a_night_writes_the_days_that_are_over_once() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("hq");
    drop(founded(&dir));
    let to = root.path().join("out");
    let watch = Watch::default();
    let nightly = Nightly { hq: dir, to: to.clone(), format: Format::Csv, watch };
    let at = |day: i32, hour: i64| Moment {
        now_ms: (i64::from(day) * 24 + hour) * 3_600_000,
        zone_ms: 0,
    };
    assert_eq!(export_if_due(&nightly, at(DAY + 1, 5)).unwrap(), 8, "up to the 14th");
    assert!(!to.join("sales-2026-11-15.csv").exists(), "the 15th is not due yet");
    assert_eq!(export_if_due(&nightly, at(DAY + 1, 7)).unwrap(), 8);
    assert!(to.join("sales-2026-11-15.csv").exists());
    assert!(!to.join("sales-2026-11-16.csv").exists());
    assert_eq!(export_if_due(&nightly, at(DAY + 1, 21)).unwrap(), 0, "once is enough");
    fs::remove_file(to.join("items-2026-11-15.csv")).unwrap();
    assert_eq!(
        export_if_due(&nightly, at(DAY + 1, 21)).unwrap(),
        8,
        "and what is gone comes again"
    );
}
