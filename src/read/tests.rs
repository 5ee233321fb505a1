//! What `huitou read` writes.

use super::*;
use serde_json::Value;

fn objects(format: Format, files: &[PathBuf]) -> Vec<Value> {
    let mut out = Vec::new();
    run(&format.into(), files, &mut out).unwrap();
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The folder of recorded jobs, if this machine has it.
fn corpus() -> Option<PathBuf> {
    let near = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("HUITOU_CORPUS").map_or(near, PathBuf::from);
    let there = folder.is_dir();
    if !there {
        println!("skipped: no corpus in {}; set HUITOU_CORPUS", folder.display());
    }
    there.then_some(folder)
}

fn jobs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "bin"));
    found.sort();
    found
}

#[test]
fn two_receipts_and_a_reprint_are_two_sales() {
    let folder = std::env::temp_dir().join(format!("huitou-read-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("job.bin");
    let slip = |head: &str| format!("\x1B@{head}\nCoat 1 88.00\nTotal 88.00\n\n\x1DV\x00");
    let job =
        [slip("Receipt: A-42"), slip("Receipt: A-43"), slip("REPRINT\nReceipt: A-43")].concat();
    std::fs::write(&file, &job).unwrap();
    let seen = objects(Format::Escpos, std::slice::from_ref(&file));
    let kinds: Vec<&str> = seen.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sale", "sale", "reprint"]);
    let end = seen.last().unwrap()["slips"][0]["end"].as_u64().unwrap();
    assert_eq!(usize::try_from(end).unwrap(), job.len());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_bad_line_is_named_without_its_text() {
    let folder = std::env::temp_dir().join(format!("huitou-lines-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bad.jsonl");
    std::fs::write(&file, "{\"id\":1,\"lines\":[\"Total 1.00\"]}\n{\"phone\":13800006721}\n")
        .unwrap();
    let error = run(&Format::Lines.into(), &[file], &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("line 2") && !error.contains("13800006721"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn adversarial_jobs_have_the_cuts_sales_and_encodings_of_their_manifest() {
    let Some(folder) = corpus() else { return };
    let folder = folder.join("adversarial");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    for (job, truth) in manifest.as_object().unwrap() {
        let seen = objects(Format::Escpos, &[folder.join(format!("{job}.bin"))]);
        let sales = seen.iter().filter(|object| object["kind"] == "sale").count();
        assert_eq!(sales as u64, truth["sales"].as_u64().unwrap(), "{job}");
        let spans = seen.iter().flat_map(|object| object["slips"].as_array().unwrap());
        let cuts: Vec<&Value> =
            spans.map(|span| &span["cut"]).filter(|cut| !cut.is_null()).collect();
        let true_cuts: Vec<&Value> = truth["cuts"].as_array().unwrap().iter().collect();
        assert_eq!(cuts, true_cuts, "{job}");
        assert!(seen.iter().all(|object| object["encoding"] == truth["encoding"]), "{job}");
    }
}

/// `job|no|time|total|change|phone|items`, read off the printed rows by a person.
const TRUTH: &str = "\
adversarial/args-equal-control-bytes|XS20261121-0042||1104.15|95.85|13800006721|羊毛大衣=1104.15
adversarial/no-cut-tearoff|XS20261121-0042||1104.15|95.85|13800006721|羊毛大衣=1104.15
adversarial/nul-padded-lines|||1104.15||138****6721|羊毛大衣=1104.15
adversarial/page-mode|||88.00|||
adversarial/raster-gsv0-cut-lookalikes|XS20261121-0042||1104.15|95.85|13800006721|羊毛大衣=1104.15
adversarial/realtime-interleaved|XS20261121-0042||1104.15|95.85|13800006721|羊毛大衣=1104.15
adversarial/truncated|XS20261121-0042||1104.15|95.85||羊毛大衣=1104.15
adversarial/two-copy-with-foreign-prefix|2210710030|13:52|17000|||예제도서 가나다라=17000
adversarial/utf8-esc9|XS20261121-0043||88.00||13900001234|
clients/ntp-epson|20261121-77||89.90|10.10||Denim Jacket=89.90
clients/ntp-zh-epson|20261121000042||1104.15|95.85|13800006721|羊毛大衣=1104.15
clients/pyescpos-en-88v|INV-000931|15:44|7.00|||Latte=7.00
clients/pyescpos-zh-58|XS20261121-0042|15:42|1921.65|0.00|138****6721|羊毛大衣 驼色/M=1104.15,直筒牛仔裤 深蓝/29=718.00,真丝围巾=99.50
clients/pyescpos-zh-80|XS20261121-0042|15:42|1921.65|0.00|138****6721|羊毛大衣 驼色/M=1104.15,直筒牛仔裤 深蓝/29=718.00,真丝围巾=99.50
clients/pyescpos-zh-80-nocut|XS20261121-0042|15:42|1921.65|0.00|138****6721|羊毛大衣 驼色/M=1104.15,直筒牛仔裤 深蓝/29=718.00,真丝围巾=99.50
clients/receiptline-escpos-big5|20261121000042||1822.15||138****6721|羊毛大衣 ?色=1104.15,直筒牛仔?=718.00
clients/receiptline-generic-gb18030|20261121000042||1822.15||138****6721|羊毛大衣 驼色=1104.15,直筒牛仔裤=718.00
clients/rpe-esc-pos|000-4711||99.70|||Robe été=59.90,Ceinture=39.80
clients/rust-escpos-crate|R-0007||19.90|||Scarf=19.90
real/cn-restaurant-gbk|0012|21:32|68.00|||健怡雪碧=40.00,鲟龙鱼=28.00
real/preview-tools-receipt|12345|14:30|41.49|||Item 1=10.00,Item 2 with a long name=25.50,Item 3=5.99
real/snaildev-receipt-with-logo||14:56|14.25|||Example item #1=4.00,Another thing=3.50,Something else=1.00,A final item=4.45
real/escpos-php-receipt-with-logo||14:56|14.25|||Example item #1=4.00,Another thing=3.50,Something else=1.00,A final item=4.45
";

#[test]
fn every_text_receipt_of_the_corpus_reads_as_a_person_reads_it() {
    let Some(folder) = corpus() else { return };
    for line in TRUTH.lines() {
        let truth: Vec<&str> = line.split('|').collect();
        let job = truth[0];
        let seen = objects(Format::Escpos, &[folder.join(format!("{job}.bin"))]);
        assert_eq!(seen[0]["kind"], "sale", "{job}");
        let sale = &seen[0]["sale"];
        let fields = ["receipt_no", "time", "total", "change", "member_phone"];
        for (field, wanted) in fields.iter().zip(&truth[1..]) {
            assert_eq!(sale[field].as_str().unwrap_or(""), *wanted, "{job} {field}");
        }
        let items = sale["items"].as_array().unwrap().iter();
        let items: Vec<String> = items
            .map(|item| {
                format!("{}={}", item["name"].as_str().unwrap(), item["price"].as_str().unwrap())
            })
            .collect();
        assert_eq!(items.join(","), truth[6], "{job}");
    }
}

#[test]
fn no_demo_page_of_the_corpus_is_a_sale_and_pictures_stay_unread() {
    let Some(folder) = corpus() else { return };
    let sales = ["cn-restaurant-gbk", "receipt-with-logo", "preview-tools-receipt"];
    for job in jobs(&folder.join("real")) {
        let name = job.file_stem().unwrap().to_string_lossy().into_owned();
        if !sales.iter().any(|sale| name.contains(sale)) {
            let seen = objects(Format::Escpos, &[job]);
            assert!(seen.iter().all(|object| object["kind"] != "sale"), "{name}");
        }
    }
    for job in [
        "real/cn-clothing-raster",
        "clients/cups-rastertozj-zh-58",
        "clients/pyescpos-img-graphics",
    ] {
        let seen = objects(Format::Escpos, &[folder.join(format!("{job}.bin"))]);
        assert_eq!(seen[0]["kind"], "unread", "{job}");
        assert!(seen[0]["sale"].is_null(), "{job}");
    }
}
