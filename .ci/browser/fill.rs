//! Customers of a store from before today, sealed into its memory while the agent does not run.
//!
//! ```text
//! fill STATE_DIR CROWD < "13900001234 王 女士 120\n…"
//! ```
//!
//! Each row of the input is one: number, surname, title, and how many days ago she was last here (`-`
//! if never). `CROWD` more have invented numbers from 136 on and were never here.
//!
//! Not here: what they bought (nothing).

use std::io::BufRead;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use huitou::at_rest::LocalKey;
use huitou::customers::{Memory, Visit};
use huitou::store;
use sync::event::{Name, TerminalId};
use sync::phone::Phone;

const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵"];

/// Odd, and no multiple of 5: the numbers of the crowd are all different.
const STRIDE: u64 = 7_654_321;

type Fault = Box<dyn std::error::Error>;

/// A key of 32 bytes by its name in the file.
fn key(file: &str, name: &str) -> Result<[u8; 32], Fault> {
    let line = file.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such key")?;
    let digits = line.split('"').nth(1).ok_or("no digits")?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
    }
    Ok(bytes)
}

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, state_dir, crowd] = arguments.as_slice() else { return Err("STATE_DIR CROWD".into()) };
    let state_dir = Path::new(state_dir);
    // A till that was just enrolled has its keys in the file, as hexadecimal digits.
    let file = std::fs::read_to_string(state_dir.join(huitou::keys::KEY_FILE))?;
    let (index, local) = (key(&file, "index_key")?, key(&file, "local_key")?);
    let local = LocalKey::new(&local);
    let memory = Memory { index: &index, local: &local, terminal: TerminalId([0; 16]) };
    let connection = store::open(state_dir)?;
    connection.execute_batch("BEGIN")?;
    for row in std::io::stdin().lock().lines() {
        let row = row?;
        let [number, surname, title, days] = row.split(' ').collect::<Vec<_>>()[..] else {
            return Err("a row has four words".into());
        };
        let phone = Phone::parse(number).map_err(|_| "no number")?;
        let name = Name { surname: surname.into(), title: title.into() };
        let mut customer = memory.meet(&connection, &phone, Some(&name))?;
        if let Ok(days) = days.parse::<i32>() {
            customer.set_visit(Visit { day: today()? - days, ..Visit::default() });
            memory.keep(&connection, &customer)?;
        }
    }
    for at in 0..crowd.parse()? {
        let number = format!("136{:08}", at * STRIDE % 100_000_000);
        let phone = Phone::parse(&number).map_err(|_| "no number")?;
        let surname = SURNAMES[usize::try_from(at)? % SURNAMES.len()].to_owned();
        memory.meet(&connection, &phone, Some(&Name { surname, title: "女士".into() }))?;
    }
    // They were told in another epoch: a till forgets whom it alone knows once HQ has counted all that it said.
    let line = file.lines().find(|line| line.starts_with("terminal")).ok_or("no terminal")?;
    let terminal = line.split('"').nth(1).ok_or("no digits")?.replace('-', "");
    // A till that has said nothing yet begins with an epoch of its own, not with that one.
    connection.execute_batch(&format!(
        "INSERT INTO epoch (epoch, terminal, begun_ms, last_seq, last_hash, acknowledged)
         SELECT randomblob(16), x'{terminal}', 1, 0, zeroblob(32), 0
         WHERE EXISTS (SELECT 1 FROM customer) AND NOT EXISTS (SELECT 1 FROM epoch);
         INSERT INTO epoch (epoch, terminal, begun_ms, last_seq, last_hash, acknowledged)
         SELECT randomblob(16), x'{terminal}', 0, 1, zeroblob(32), 1
         WHERE EXISTS (SELECT 1 FROM customer); COMMIT"
    ))?;
    Ok(())
}

fn today() -> Result<i32, Fault> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i32::try_from(since.as_secs() / 86_400)?)
}
