//! Lists of styles, good and bad.

use super::*;

fn read(text: &str) -> Result<Styles, String> {
    let imported = import(text.as_bytes(), Path::new("list.csv"));
    imported.map(|imported| imported.styles).map_err(|error| error.to_string())
}

const LIST: &str = "\u{FEFF}款号,品名,面料,洗标,价格\r\n\
    YS2611,连衣裙,真丝,30|no-bleach|no-tumble|iron1|dryclean-P,899\r\n\
    yw-88,\"大衣,双面\",羊绒,\"不可水洗,不漂白,干洗P\",2999\r\n";

#[test]
fn a_list_is_read_in_chinese_or_english_and_in_either_encoding() {
    let styles = read(LIST).unwrap();
    assert_eq!(styles.len(), 2);
    assert_eq!(styles.find("YW-88").unwrap().category, "大衣,双面");
    assert_eq!(styles.find("YW-88").unwrap().care.written(), "no-wash|no-bleach|dryclean-P");
    let (bytes, ..) = encoding_rs::GB18030.encode(LIST.trim_start_matches('\u{FEFF}'));
    let again = import(&bytes, Path::new("list.csv")).unwrap();
    assert_eq!((again.styles, again.encoding), (styles, "gb18030"));
    let english = read("SKU;Category;Fibre;Care\nA1;Dress;Silk;hand\n").unwrap();
    assert_eq!(english.find("a1").unwrap().fibre, "Silk");
}

#[test]
fn a_style_is_found_behind_its_colour_and_size() {
    let styles = read(LIST).unwrap();
    assert!(styles.find("ys2611-RED-M").is_some() && styles.find("YW-88/驼色").is_some());
    assert!(
        styles.find("YS26").is_none() && styles.find("YW").is_none() && styles.find("").is_none()
    );
}

#[test]
fn every_wrong_line_is_named_and_nothing_is_taken() {
    let error = read(
        "款号,面料,洗标\n,真丝,30\nA1,真丝,31\nA2,棉,30|hand\nA3,\u{202E}棉,30\nA4,棉,30\na4,麻,30\nA4,棉,30\n",
    )
    .unwrap_err();
    for expected in [
        "list.csv: line 2: the style number is missing",
        "line 3: care code: no symbol is called \"31\"; allowed: 95 70",
        "line 4: care code: \"30\" and \"hand\" contradict",
        "line 5: 面料: control",
        "line 7: this style number stands in line 6 too",
    ] {
        assert!(error.contains(expected), "{expected}\n{error}");
    }
    assert!(read("名,字\n1,2\n").unwrap_err().contains("款号, 款式编号"));
    assert!(read("款号\n1\n").unwrap_err().contains("what a style is"));
    assert!(read("").is_err());
    assert!(read("款号,面料\nA,\"棉\n").unwrap_err().contains("line 2: a quote"));
}

#[test]
fn what_is_kept_is_read_back_and_importing_again_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Styles::open(dir.path()).unwrap().is_empty());
    let mut styles = read(LIST).unwrap();
    styles.keep(dir.path()).unwrap();
    assert_eq!(Styles::open(dir.path()).unwrap(), styles);
    for (number, style) in read(LIST).unwrap().iter() {
        assert!(!styles.put(number, style.clone()), "{number}");
    }
}
