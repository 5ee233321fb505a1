//! Who came in: JSON and the metrics of a real HQ.

use crate::LI;
use crate::headquarters::{Headquarters, http, run};
use crate::till::{Till, sale_to};

#[test]
fn a_till_that_came_is_in_json_and_in_the_metrics() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖\"滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let metrics = http(hq.address, "GET", "/metrics", &[]);
    let metrics = String::from_utf8(metrics.body).unwrap();
    let samples: Vec<&str> = metrics.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(samples.iter().all(|line| line.rsplit_once(' ').unwrap().1.parse::<i64>().is_ok()));
    let figure = |name: &str| {
        let found = samples.iter().find(|line| line.split(['{', ' ']).next() == Some(name));
        found.unwrap().rsplit_once(' ').unwrap().1.parse::<i64>().unwrap()
    };
    assert_eq!(figure("huitou_till_events_total"), 1);
    assert_eq!(figure("huitou_till_broken_epochs"), 0);
    assert!(metrics.contains("store=\"湖\\\"滨店\""));
    assert!(metrics.contains(&format!("software=\"huitou {}\"", env!("CARGO_PKG_VERSION"))));
    let json = hq.command("arrivals", &["--json", "--check"]);
    let said: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(said["tills"][0]["events"], 1);
    for text in [metrics, json] {
        assert!(!text.contains(LI) && !text.contains("6721"), "nothing of a customer");
    }
    let csv = hq.command("arrivals", &["--csv", "--day-ends", "00:00", "--due", "23:59"]);
    assert!(csv.starts_with("store,standing,till,"));
    assert!(
        !run(&["arrivals", "--dir", hq.dir.to_str().unwrap(), "--due", "25:00"]).status.success()
    );
}
