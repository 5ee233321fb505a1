//! Reads what the gate needs to know of one person, and what her messages are filled with.
//!
//! # Invariants
//!
//! - All her numbers are one person.
//! - A till's word proves an opt-in by the version of the text that she read; a list's by the proof that
//!   came with it.
//!
//! Not here: what follows (`gate`), who is asked (`plan`).

use super::fill::Filling;
use super::gate::Standing;
use super::kind::{Kind, Stream};
use crate::care_list::CustomerId;
use crate::event::{Field, Purpose};
use crate::hq::customer::{self, File, card, fact, person};
use crate::hq::desk::facts;
use crate::hq::desk::rules::Rules;
use crate::hq::keys::Keys;
use crate::language::Language;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// All numbers of the person whom `?1` is found under.
const HERS: &str = "(SELECT id FROM customer WHERE id = ?1 OR root = ?1)";

/// Her standing now. `but` is a message that is not counted: the one in question.
pub(super) fn standing(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    of: &CustomerId,
    but: Option<i64>,
) -> rusqlite::Result<Standing> {
    let root = &person::root(db, of)?;
    let File::Known(identity) = customer::file(db, keys, root)? else {
        return Ok(Standing::default());
    };
    let (agreed, declined) = card::consents(db, root)?;
    let care = !declined.contains(&Purpose::Care)
        && (!rules.caps.needs_consent || agreed.contains(&Purpose::Care));
    let mut standing = Standing {
        known: true,
        held_out: customer::held_out(db, root, &identity.phone)?.is_some(),
        left_alone: left_alone(db, root)?,
        care,
        said_yes: agreed.contains(&Purpose::Marketing),
        ..Standing::default()
    };
    if standing.said_yes {
        standing.marketing_proof = proof(db, root)?;
    }
    opted(db, root, &mut standing)?;
    if minds(db, keys, root)? {
        standing.out.insert(Stream::Marketing);
    }
    standing.messages = messages(db, root, but)?;
    standing.touched = touched(db, root, but)?;
    Ok(standing)
}

/// Whether she ever agreed to marketing, or said a word at HQ: without either no campaign is hers.
pub(super) fn said_anything(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM message_opt WHERE customer IN {HERS}) OR EXISTS
             (SELECT 1 FROM consent WHERE customer IN {HERS} AND purpose = 'marketing' AND given)"
    ))?
    .query_row([root], |row| row.get(0))
}

fn left_alone(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached(&format!(
        "SELECT count(*) > 0 FROM desk_left_alone WHERE customer IN {HERS}"
    ))?
    .query_row([root], |row| row.get(0))
}

/// What proves her last yes to marketing, if anything does.
fn proof(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<String>> {
    let last = db
        .prepare_cached(&format!(
            "SELECT c.stream, c.text_version,
                 (SELECT i.proof FROM import_consent i WHERE i.customer = c.customer
                  AND i.purpose = c.purpose AND i.given AND i.counts ORDER BY i.import DESC LIMIT 1)
             FROM consent c WHERE c.customer IN {HERS} AND c.purpose = 'marketing' AND c.given
             ORDER BY c.said_ms DESC, c.stream DESC, c.seq DESC LIMIT 1"
        ))?
        .query_row([root], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((stream, version, listed)) = last else { return Ok(None) };
    let (stream, version, listed): (i64, String, Option<String>) = (stream, version, listed);
    let proof = if stream < 0 { listed } else { Some(version) };
    Ok(proof.filter(|proof| !proof.trim().is_empty()))
}

/// Whether somebody wrote into her file that she minds promotion (S5). In doubt she does: whoever is
/// wrongly left alone is asked, and who is wrongly written to is lost.
fn minds(db: &Connection, keys: &Keys, root: &CustomerId) -> rusqlite::Result<bool> {
    let written = customer::entry::written(db, keys, root)?;
    let mut said = written.into_iter().filter(|entry| entry.field == "promotion");
    Ok(said.next_back().is_some_and(|entry| is_no(&entry.value)))
}

fn is_no(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|symbol: char| !symbol.is_alphanumeric() && symbol != '\'');
    let no = ["no", "not", "none", "never", "don't", "dont", "stop", "minds", "dislikes"];
    text.contains(['不', '别', '勿', '拒', '烦']) || words.any(|word| no.contains(&word))
}

/// Her words at HQ, the last one on each stream and theme.
fn opted(db: &Connection, root: &CustomerId, standing: &mut Standing) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(&format!(
        "SELECT stream, theme, given, proof, at_ms FROM message_opt WHERE customer IN {HERS}
         ORDER BY id"
    ))?;
    let mut rows = select.query([root])?;
    let mut agreed_ms = None;
    while let Some(row) = rows.next()? {
        let word: String = row.get(0)?;
        let Some(stream) = Stream::ALL.into_iter().find(|stream| stream.word() == word) else {
            continue;
        };
        let (theme, given): (Option<String>, bool) = (row.get(1)?, row.get(2)?);
        match (given, theme) {
            (true, Some(theme)) if stream == Stream::Information => {
                standing.out.remove(&stream);
                standing.themes.insert(theme);
            }
            (true, _) => {
                standing.out.remove(&stream);
                standing.marketing_proof = row.get(3)?;
                agreed_ms = Some(row.get::<_, i64>(4)?);
            }
            (false, Some(theme)) => drop(standing.themes.remove(&theme)),
            (false, None) => drop(standing.out.insert(stream)),
        }
    }
    // What a till or a list heard since then takes back what she said to HQ.
    let declined_ms = declined_marketing(db, root)?;
    if agreed_ms.zip(declined_ms).is_some_and(|(agreed, declined)| agreed < declined) {
        standing.marketing_proof = None;
        standing.out.insert(Stream::Marketing);
    }
    Ok(())
}

/// When she last declined marketing, at a till or by a list, if that was her last word there.
fn declined_marketing(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<i64>> {
    let last = db
        .prepare_cached(&format!(
            "SELECT given, said_ms FROM consent WHERE customer IN {HERS} AND purpose = 'marketing'
             ORDER BY said_ms DESC, stream DESC, seq DESC LIMIT 1"
        ))?
        .query_row([root], |row| Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    Ok(last.filter(|(given, _)| !given).map(|(_, said_ms)| said_ms))
}

/// Messages that went to her, may have, or are on their way.
fn messages(
    db: &Connection,
    root: &CustomerId,
    but: Option<i64>,
) -> rusqlite::Result<Vec<(Kind, i32)>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT kind, day FROM message WHERE customer IN {HERS}
         AND state IN ('queued', 'sending', 'sent', 'unknown') AND id IS NOT ?2"
    ))?;
    let rows = select.query_map(params![root, but], |row| {
        Ok((Kind::from_word(&row.get::<_, String>(0)?), row.get(1)?))
    })?;
    let rows: Vec<(Option<Kind>, i32)> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_iter().filter_map(|(kind, day)| Some((kind?, day))).collect())
}

/// Days on which she was or will be touched, by a task or by a message; one that is a task counts as
/// the task.
fn touched(db: &Connection, root: &CustomerId, but: Option<i64>) -> rusqlite::Result<Vec<i32>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT closed_day FROM task WHERE customer IN {HERS} AND state = 'done'
             AND closed_day IS NOT NULL
         UNION ALL SELECT t.due FROM task t WHERE t.customer IN {HERS} AND t.state = 'open'
             AND NOT EXISTS (SELECT 1 FROM message m WHERE m.task = t.id AND m.id IS ?2)
         UNION ALL SELECT day FROM message WHERE customer IN {HERS} AND task IS NULL
             AND state IN ('queued', 'sending', 'sent', 'unknown') AND id IS NOT ?2"
    ))?;
    select.query_map(params![root, but], |row| row.get(0))?.collect()
}

/// Where she bought last, which is who writes to her; none if she never bought.
pub(super) fn home(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<StoreId>> {
    db.prepare_cached(&format!(
        "SELECT store FROM sale WHERE customer IN {HERS} AND counts AND kind = 'sale'
         ORDER BY day DESC, wall_ms DESC LIMIT 1"
    ))?
    .query_row([root], |row| row.get(0))
    .optional()
}

/// Who is closest to her in this store (S42); the manager, where nobody is.
pub(super) fn sender(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    store: &StoreId,
    language: Language,
    today: i32,
) -> rusqlite::Result<String> {
    let closest = facts::associate(db, keys, root, store, today)?;
    Ok(closest.unwrap_or_else(|| language.of("店长", "the manager").to_owned()))
}

/// What goes into the braces, and her number, as they stand at this moment.
pub(super) fn filling(
    db: &Connection,
    keys: &Keys,
    of: &CustomerId,
    store: &StoreId,
    sender: Option<String>,
) -> rusqlite::Result<Option<(Filling, crate::phone::Phone)>> {
    // Her number may be another than when it was planned.
    let root = &person::root(db, of)?;
    let File::Known(identity) = customer::file(db, keys, root)? else { return Ok(None) };
    let (name, title) = identity.name.map(|name| (name.surname, name.title)).unzip();
    let store = db
        .prepare_cached("SELECT name FROM store WHERE id = ?1")?
        .query_row([store], |row| row.get(0))
        .optional()?;
    Ok(Some((Filling { name, title, associate: sender, store }, identity.phone)))
}

/// Whether a theme is hers: she told it, somebody wrote it down, or she bought of it (S79).
pub(super) fn is_interested(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    theme: &str,
) -> rusqlite::Result<bool> {
    let told = fact::told(db, keys, root)?.into_iter().filter(|told| told.field == Field::Taste);
    let written = customer::entry::written(db, keys, root)?;
    let written = written.into_iter().filter(|entry| entry.field == "taste");
    let mut words = told.filter_map(|told| told.value).chain(written.map(|entry| entry.value));
    if words.any(|words| words.contains(theme)) {
        return Ok(true);
    }
    db.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM sale s
             JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
             LEFT JOIN import_style y ON y.code = i.style
             WHERE s.customer IN {HERS} AND s.counts AND s.kind = 'sale'
               AND (instr(i.name, ?2) OR instr(coalesce(y.category, ''), ?2)
                    OR instr(coalesce(y.fibre, ''), ?2)))"
    ))?
    .query_row(params![root, theme], |row| row.get(0))
}
