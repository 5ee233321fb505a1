//! `/metrics`: how the stores stand, as Prometheus reads it (text format 0.0.4).
//!
//! # Invariants
//!
//! - Nothing of a customer; a store's and a till's own names are labels, escaped.
//!
//! Not here: the figures (`arrivals`), who may ask (`web`, this box only).

use super::{Desk, broken, door};
use crate::hq::arrivals::{self, Arrivals, TillState};
use crate::hq::clock;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::fmt::Write as _;

const TYPE: [(header::HeaderName, &str); 1] =
    [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];

pub(super) async fn metrics(
    State(desk): State<Desk>,
    from: door::From,
    headers: HeaderMap,
) -> Response {
    if !door::is_this_box(&from, &headers) {
        return (StatusCode::FORBIDDEN, "metrics are for this box only\n").into_response();
    }
    let watch = desk.watch;
    let now = desk.with(move |hq| arrivals::arrivals(&hq.db, watch, clock::moment())).await;
    match now {
        Some(Ok(arrivals)) => (TYPE, text(&arrivals)).into_response(),
        _ => broken(),
    }
}

type TillFigure = fn(&TillState) -> Option<i64>;

/// Name, kind, help, and the figure where there is one.
const TILL_FIGURES: [(&str, &str, &str, TillFigure); 9] = [
    ("huitou_till_seen_timestamp_seconds", "gauge", "When HQ last heard of the till.", |till| {
        till.seen_ms.map(|at| at.div_euclid(1_000))
    }),
    (
        "huitou_till_batch_timestamp_seconds",
        "gauge",
        "When the last batch came that counts.",
        |till| till.batch_ms.map(|at| at.div_euclid(1_000)),
    ),
    ("huitou_till_events_total", "counter", "Events in the ledger.", |till| count(till.events)),
    ("huitou_till_unopened_events", "gauge", "Events that are not folded yet.", |till| {
        count(till.unopened)
    }),
    ("huitou_till_set_aside_events", "gauge", "Events that could not be understood.", |till| {
        count(till.set_aside)
    }),
    ("huitou_till_broken_epochs", "gauge", "Epochs that lack events up to their mark.", |till| {
        count(till.broken)
    }),
    ("huitou_till_quarantined_batches", "gauge", "Batches that were set aside.", |till| {
        count(till.quarantined_batches)
    }),
    ("huitou_till_lag_seconds", "gauge", "From the newest sale to its arrival.", |till| till.lag_s),
    ("huitou_till_clock_error_seconds", "gauge", "How far the clock is ahead.", |till| {
        till.clock.map(|clock| clock.error_s)
    }),
];

fn count(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

pub(super) fn text(arrivals: &Arrivals) -> String {
    let mut text = String::new();
    stores(&mut text, arrivals);
    for (name, kind, help, figure) in TILL_FIGURES {
        head(&mut text, name, kind, help);
        for till in &arrivals.tills {
            if let Some(figure) = figure(till) {
                sample(&mut text, name, &labels(till), figure);
            }
        }
    }
    let name = "huitou_till_info";
    head(&mut text, name, "gauge", "The till's state and software.");
    for till in &arrivals.tills {
        let more = [("status", till.status.as_str()), ("software", till.software.as_str())];
        sample(&mut text, name, &[&labels(till)[..], &more].concat(), 1);
    }
    text
}

fn stores(text: &mut String, arrivals: &Arrivals) {
    let name = "huitou_stores_missing";
    head(text, name, "gauge", "Stores that should be in and are not.");
    sample(text, name, &[], i64::try_from(arrivals.missing()).unwrap_or(i64::MAX));
    let name = "huitou_store_standing";
    head(text, name, "gauge", "1 for how the store stands: in, waiting, missing or closed.");
    for store in &arrivals.stores {
        sample(text, name, &[("store", &store.store), ("standing", store.standing.word())], 1);
    }
}

fn labels(till: &TillState) -> [(&str, &str); 3] {
    [("store", &till.store), ("till", &till.till), ("terminal", &till.terminal)]
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _endless = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: i64) {
    text.push_str(name);
    for (at, (label, content)) in labels.iter().enumerate() {
        let open = if at == 0 { '{' } else { ',' };
        let _endless = write!(text, "{open}{label}=\"{}\"", escaped(content));
    }
    let close = if labels.is_empty() { "" } else { "}" };
    let _endless = writeln!(text, "{close} {value}");
}

fn escaped(content: &str) -> String {
    content.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::arrivals::{Standing, StoreState};
    use std::collections::BTreeMap;

    /// One line of the format as its description has it: name, labels, value.
    fn parsed(line: &str) -> (String, BTreeMap<String, String>, i64) {
        let (name, mut rest) = line.split_at(line.find(['{', ' ']).unwrap());
        let mut labels = BTreeMap::new();
        while rest.starts_with(['{', ',']) {
            let (label, quoted) = rest[1..].split_once("=\"").unwrap();
            let (mut content, mut symbols) = (String::new(), quoted.char_indices());
            let end = loop {
                match symbols.next().unwrap() {
                    (at, '"') => break at,
                    (_, '\\') => content.push(match symbols.next().unwrap().1 {
                        'n' => '\n',
                        other @ ('"' | '\\') => other,
                        other => panic!("no such escape: {other}"),
                    }),
                    (_, plain) => content.push(plain),
                }
            };
            labels.insert(label.to_owned(), content);
            rest = &quoted[end + 1..];
        }
        let value = rest.strip_prefix('}').unwrap_or(rest).strip_prefix(' ').unwrap();
        (name.to_owned(), labels, value.parse().unwrap())
    }

    #[test]
    fn whatever_a_store_is_called_its_name_comes_back() {
        let called = "湖\"滨\\店\n{x=\"1\"} 1";
        let store = StoreState {
            store: called.into(),
            standing: Standing::Missing,
            tills_in: 0,
            tills: 1,
            seen_ms: None,
        };
        let text = text(&Arrivals { day: 0, stores: vec![store], tills: Vec::new() });
        let samples: Vec<_> =
            text.lines().filter(|line| !line.starts_with('#')).map(parsed).collect();
        assert_eq!(samples.len(), 2);
        assert_eq!(samples[0], ("huitou_stores_missing".into(), BTreeMap::new(), 1));
        assert_eq!((samples[1].1["store"].as_str(), samples[1].2), (called, 1));
    }

    #[test]
    fn each_name_is_told_what_it_is_once_and_before_its_samples() {
        let text = text(&Arrivals { day: 0, stores: Vec::new(), tills: Vec::new() });
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!((names.len(), distinct.len()), (12, 12));
    }
}
