//! Files that people make, from any bytes: lists of members, staff, stores, styles and sales for HQ, a
//! shop's list of styles, and its configuration. Nothing fails hard; what is taken is written and taken again.
//!
//! Not here: messages (`messages`).
#![no_main]

use std::path::Path;

use huitou::config::Config;
use huitou::styles;
use libfuzzer_sys::fuzz_target;
use sync::hq::import::columns::Columns;
use sync::hq::import::{Kind, read, value};

fuzz_target!(|bytes: &[u8]| {
    spreadsheet(bytes);
    shop_styles(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Config::parse(text, Path::new("huitou.toml"));
    }
});

fn spreadsheet(bytes: &[u8]) {
    let Ok(sheet) = read::read(bytes) else { return };
    for kind in Kind::ALL {
        if let Ok(columns) = Columns::find(kind, &sheet.header, &[]) {
            let _ = columns.told(&sheet.header);
        }
    }
    for field in sheet.rows.iter().flat_map(|row| &row.fields) {
        let _ = value::bare(field);
    }
}

fn shop_styles(bytes: &[u8]) {
    let path = Path::new("styles.csv");
    let Ok(imported) = styles::import(bytes, path) else { return };
    let written = imported.styles.written();
    let again = styles::import(written.as_bytes(), path).expect("what is kept is taken again");
    assert_eq!(again.styles, imported.styles);
}
