//! Lists a page at a time: each row once, in the order of the whole, by an index.

use super::*;
use crate::hq::desk::complaint::page::{self, After, Which};
use crate::hq::desk::late::{self, Asked as Whose};
use crate::hq::desk::{feedback, standing};
use crate::hq::store::plan;
use proptest::prelude::*;
use rusqlite::params;

const NOW_MS: i64 = 20_000 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A task, question and case: so many hours old, in the first store or the second, settled or not.
type Row = (u8, i64, bool, bool);

fn fill(world: &World, rows: &[Row]) {
    let db = &world.hq.db;
    let stores = ["湖滨店", "远店"].map(|name| enrol::store_named(db, name).unwrap());
    let phone = Phone::parse("13800006721").unwrap();
    let her = customer::of_phone(db, &world.hq.keys, &phone).unwrap().unwrap();
    for (kind, hours, second, settled) in rows {
        let (store, opened) = (stores[usize::from(*second)], NOW_MS - hours * HOUR_MS);
        let answered = settled.then_some(opened + 1);
        match kind % 3 {
            0 => db.execute(
                "INSERT INTO task (customer, store, scope, kind, due, made_day, state)
                 VALUES (?1, ?2, 'store', 'call', ?3, 0, ?4)",
                params![her, store, 20_000 - hours / 24, if *settled { "done" } else { "open" }],
            ),
            1 => db.execute(
                "INSERT INTO feedback (store, kind, scope, opened_ms, answered_ms)
                 VALUES (?1, 'question', 'store', ?2, ?3)",
                params![store, opened, answered],
            ),
            _ => db.execute(
                "INSERT INTO complaint (store, scope, opened_ms, closed_ms, state)
                 VALUES (?1, 'store', ?2, ?3, ?4)",
                params![store, opened, answered, if *settled { "closed" } else { "open" }],
            ),
        }
        .unwrap();
        if kind % 3 == 2 && hours % 5 == 3 {
            let sql = "INSERT INTO complaint_step (complaint, step, at_ms, done_by, by_day)
                       VALUES (last_insert_rowid(), 'handle', ?1, 'x', ?2)";
            db.execute(sql, params![opened, 20_000 - hours / 48]).unwrap();
        }
    }
}

/// All numbers of a list, read in pages of `limit`.
fn walked<T, A: Copy>(
    limit: usize,
    mut page: impl FnMut(Option<A>) -> Vec<T>,
    place: impl Fn(&T) -> A,
) -> Vec<T> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let found = page(after);
        let more = found.len() == limit;
        after = found.last().map(&place);
        all.extend(found);
        if !more {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_read_in_pages_is_what_is_read_at_once(
        rows in prop::collection::vec((0..3_u8, 0..400_i64, any::<bool>(), any::<bool>()), 0..40),
        limit in 1..7_u32,
    ) {
        let world = World::new();
        fill(&world, &rows);
        let (db, rules, pages) = (&world.hq.db, Rules::shipped(), limit as usize);
        let everywhere = |_: &str| "1".to_owned();
        let asked = Whose { rules: &rules, today: 20_000, now_ms: NOW_MS, with_tasks: true, within: &everywhere };
        let worst = walked(pages, |after| late::page(db, &asked, after, limit).unwrap(), |late| late.at);
        let mut once = standing::breaches(db, &rules, 20_000, NOW_MS).unwrap();
        prop_assert!(worst.windows(2).all(|two| two[0].at.late_ms >= two[1].at.late_ms));
        let mut paged: Vec<_> = worst.into_iter().map(|late| late.breach).collect();
        let key = |of: &standing::Breach| (of.standard, of.of);
        once.sort_by_key(key);
        paged.sort_by_key(key);
        prop_assert_eq!(paged, once);
        let cases = walked(
            pages,
            |after| page::page(db, "1", Which::All, after, limit, NOW_MS).unwrap(),
            |case| After { closed: case.state == "closed", opened_ms: case.opened_ms, id: case.id },
        );
        let numbers: Vec<i64> = cases.iter().map(|case| case.id).collect();
        let whole: Vec<i64> = page::list(db, NOW_MS).unwrap().iter().map(|case| case.id).collect();
        prop_assert_eq!(numbers, whole);
        let asked = walked(
            pages,
            |after| feedback::page(db, "1", after, limit).unwrap(),
            |row| (row.answered_ms.is_some(), row.opened_ms, row.id),
        );
        let numbers: Vec<i64> = asked.iter().map(|row| row.id).collect();
        let whole: Vec<i64> = feedback::list(db).unwrap().iter().map(|row| row.id).collect();
        prop_assert_eq!(numbers, whole);
    }
}

#[test]
fn overdue_cases_are_those_that_break_a_standard() {
    let world = World::new();
    fill(
        &world,
        &[(2, 0, false, false), (2, 2, false, false), (2, 100, true, false), (2, 100, true, true)],
    );
    let standards = Rules::shipped().standards;
    let which = Which::Overdue {
        unanswered_ms: NOW_MS - (standards.complaint_reply_minutes + 1) * 60_000,
        open_ms: NOW_MS - (standards.complaint_close_days * 24 + 1) * HOUR_MS,
    };
    let ids = |within: &str| {
        let rows = page::page(&world.hq.db, within, which, None, 9, NOW_MS).unwrap();
        rows.iter().map(|case| case.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("1"), [3, 2]);
    let far = enrol::store_named(&world.hq.db, "远店").unwrap();
    assert_eq!(ids(&format!("c.store = x'{far}'")), [3]);
}

#[test]
fn no_list_of_the_desk_goes_through_a_table_or_sorts_it() {
    let world = World::new();
    let db = &world.hq.db;
    let store = "x'00000000000000000000000000000001'";
    for (sql, index) in [
        (
            "SELECT 1 FROM complaint c WHERE c.state = 'open' AND 1
             AND (c.opened_ms, c.id) > (1, 2) ORDER BY c.opened_ms, c.id LIMIT 9"
                .to_owned(),
            "complaint_by_opening",
        ),
        (
            format!(
                "SELECT 1 FROM complaint c WHERE c.state = 'closed' AND c.store = {store}
                     AND (c.opened_ms, c.id) > (1, 2) ORDER BY c.opened_ms, c.id LIMIT 9"
            ),
            "complaint_by_store",
        ),
        (
            "SELECT 1 FROM feedback f WHERE f.answered_ms IS NULL
             AND (f.opened_ms, f.id) > (1, 2) ORDER BY f.opened_ms, f.id LIMIT 9"
                .to_owned(),
            "feedback_unanswered",
        ),
        (
            "SELECT 1 FROM feedback f WHERE f.answered_ms IS NOT NULL
             AND (f.opened_ms, f.id) > (1, 2) ORDER BY f.opened_ms, f.id LIMIT 9"
                .to_owned(),
            "feedback_answered",
        ),
        (
            "SELECT 1 FROM task t WHERE t.state = 'open' AND t.due < 9
             AND (t.due, t.id) > (1, 2) ORDER BY t.due, t.id LIMIT 9"
                .to_owned(),
            "task_by_due",
        ),
        (
            format!(
                "SELECT 1 FROM task t WHERE t.store IS {store} AND t.closed_day BETWEEN 1 AND 9
                     AND t.closed_day IS NOT NULL"
            ),
            "task_by_store_and_closing",
        ),
    ] {
        let plan = plan(db, &sql);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}
