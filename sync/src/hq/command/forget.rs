//! `huitou-hq erase`: forgets a member and says what that destroyed.
//!
//! Not here: forgetting (`erasure`).

use super::{CommandError, Dir, open};
use crate::hq::{clock, erasure};
use crate::phone::Phone;
use std::io::{self, Write};

pub(super) fn erase(dir: &Dir, by: &str, out: &mut impl Write) -> Result<(), CommandError> {
    let mut typed = zeroize::Zeroizing::new(String::new());
    io::stdin().read_line(&mut typed)?;
    let phone = Phone::parse(typed.trim())?;
    let mut hq = open(dir)?;
    let Some(done) = erasure::erase(&mut hq, &phone, by, clock::now_ms())? else {
        return Err(CommandError::NoMember);
    };
    Ok(writeln!(
        out,
        "forgotten ({}): {} files, {} facts, {} consents destroyed; {} sales stay as nobody's; \
         the tills are told with their next care list: huitou-hq erasures",
        done.id, done.files, done.facts, done.consents, done.sales_kept
    )?)
}
