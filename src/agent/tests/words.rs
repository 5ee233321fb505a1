//! Words that HQ sends become numbers, in this epoch and the next; what is kept until it has spoken.

use super::*;
use crate::outbox;
use std::collections::BTreeMap;
use sync::care_list::{CarePage, HqEpoch, Version};

fn page(words: &[&str]) -> CarePage {
    CarePage {
        from: Version::NONE,
        to: Version { hq_epoch: HqEpoch([1; 16]), n: 1 },
        snapshot: false,
        more: false,
        entries: Vec::new(),
        policy: None,
        contact: BTreeMap::new(),
        sealing: None,
        peers: None,
        tasks: None,
        words: Some(words.iter().map(|text| sync::words::text_item(text).into()).collect()),
        styles: None,
        lacks: None,
        counted: None,
    }
}

/// Bytes of the last event, sealed.
fn last_event(till: &Till) -> usize {
    let sql = "SELECT length(sealed) FROM outbox WHERE epoch = ?1 ORDER BY seq DESC LIMIT 1";
    let epoch = till.agent.outbox.epoch().0;
    till.agent.connection.query_row(sql, [epoch], |row| row.get::<_, u32>(0)).unwrap() as usize
}

#[test]
fn a_word_is_told_once_and_later_sales_are_smaller() {
    let mut till = Till::new();
    till.agent.clock = Clock::warm();
    till.print(&receipt("A1", "88.00"));
    let before = last_event(&till);
    till.agent.apply(&page(&["羊毛大衣", "1003"])).unwrap();
    assert_eq!(till.events(), 2, "the sale, and what the numbers mean");
    till.agent.apply(&page(&["羊毛大衣"])).unwrap();
    assert_eq!(till.events(), 2, "nothing new");
    till.print(&receipt("A2", "88.00"));
    let after = last_event(&till);
    assert!(after + 10 < before, "{after} of {before}");
    let mut till = till.restart();
    till.agent.clock = Clock::warm();
    till.print(&receipt("A3", "88.00"));
    assert_eq!(last_event(&till), after, "and after a restart");
    till.agent.begin_new_epoch().unwrap();
    till.print(&receipt("A4", "88.00"));
    assert_eq!(last_event(&till), after, "and in a new epoch");
    let first = outbox::last_of(&till.agent.connection, till.agent.outbox.epoch()).unwrap();
    assert_eq!(first, Seq(2), "where they were told first");
}

#[test]
fn what_hq_has_stays_while_hq_is_silent() {
    let mut till = Till::new();
    till.agent.config.outbox.keep_days = 0;
    till.print(&receipt("A1", "88.00"));
    let (epoch, events) = (till.agent.outbox.epoch(), till.events());
    outbox::acknowledge(&till.agent.connection, epoch, Seq(events)).unwrap();
    let kept = |till: &Till| {
        let sql = "SELECT count(*) FROM outbox WHERE seq <= ?1";
        let count = till.agent.connection.query_row(sql, [events.cast_signed()], |row| row.get(0));
        count.unwrap_or(-1_i64)
    };
    till.agent.forget_old().unwrap();
    assert_eq!(kept(&till), events.cast_signed(), "it may come back from a backup without them");
    till.agent.apply(&page(&[])).unwrap();
    assert_eq!(kept(&till), 0, "it has spoken, and lacks nothing");
}

#[test]
fn no_word_lies_readable_on_the_disk() {
    let till = Till::new();
    till.agent.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut till = till;
    till.agent.apply(&page(&["羊毛大衣"])).unwrap();
    for file in std::fs::read_dir(till._dir.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes.windows(12).any(|window| window == "羊毛大衣".as_bytes());
        assert!(!found, "{}", path.display());
    }
}
