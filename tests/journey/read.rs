//! `huitou read`: cuts, encodings and sales of recorded jobs, without a running agent.
//!
//! Not here: the fields of a sale; the reader's own tests hold them against real layouts.

use std::path::Path;

use serde_json::Value;

use crate::corpus::{self, Recorded};
use crate::programs::done;

#[test]
fn cuts_and_sales_of_every_job_are_what_they_are_known_to_be() {
    let dir = tempfile::tempdir().unwrap();
    for job in corpus::jobs() {
        let Some(truth) = &job.truth else { continue };
        let groups = groups(&job, dir.path());
        let cuts: Vec<u64> = groups
            .iter()
            .flat_map(|group| group["slips"].as_array().unwrap())
            .filter_map(|slip| slip["cut"].as_u64())
            .collect();
        assert_eq!(cuts, truth.cuts, "{}: cuts", job.name);
        let sales = groups.iter().filter(|group| group["kind"] == "sale").count();
        assert_eq!(sales, truth.sales, "{}: sales in {groups:#?}", job.name);
        let sale = groups.iter().find(|group| group["kind"] == "sale");
        let encoding = sale.map(|group| group["encoding"].as_str().unwrap_or_default());
        assert!(
            encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case(&truth.encoding)),
            "{}: {encoding:?} is not {}",
            job.name,
            truth.encoding
        );
    }
}

#[test]
fn every_job_is_read_without_a_failure_and_its_slips_lie_within_it() {
    let dir = tempfile::tempdir().unwrap();
    for job in corpus::jobs() {
        let mut end = 0;
        for group in groups(&job, dir.path()) {
            for slip in group["slips"].as_array().unwrap() {
                let span = [&slip["start"], &slip["end"]].map(|offset| offset.as_u64().unwrap());
                assert!(end <= span[0] && span[0] <= span[1], "{}: {slip}", job.name);
                end = span[1];
            }
        }
        assert!(end <= u64::try_from(job.bytes.len()).unwrap(), "{}", job.name);
    }
}

/// What the command prints for a job.
fn groups(job: &Recorded, dir: &Path) -> Vec<Value> {
    let path = job.path.clone().unwrap_or_else(|| {
        let path = dir.join(format!("{}.bin", job.name));
        std::fs::write(&path, &job.bytes).unwrap();
        path
    });
    let said = done("huitou", &["read", "--format", "escpos", path.to_str().unwrap()]);
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
