//! A backup's end: what it has to hash to, so that a copy on a tired disk is not taken for whole.
//!
//! ```text
//! database ‖ "huitou backup 1\n" ‖ SHA-256 of the database
//! ```
//!
//! Not here: whether it is a database at all (`check`).

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

const MARK: &[u8; 16] = b"huitou backup 1\n";
const END_BYTES: u64 = (MARK.len() + SHA256_OUTPUT_LEN) as u64;

/// Appends the end to a finished database and asks the disk to keep it.
pub(super) fn append(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let digest = copy(&mut file, u64::MAX, &mut io::sink())?;
    file.write_all(MARK)?;
    file.write_all(digest.as_ref())?;
    file.sync_all()
}

/// Copies the database without its end to `to`; `false` if it is not what the end says.
pub(super) fn copy_checked(from: &Path, to: &mut File) -> io::Result<bool> {
    let mut file = File::open(from)?;
    let Some(bytes) = file.metadata()?.len().checked_sub(END_BYTES) else { return Ok(false) };
    let digest = copy(&mut file, bytes, to)?;
    file.seek(SeekFrom::Start(bytes))?;
    let mut end = Vec::new();
    file.take(END_BYTES).read_to_end(&mut end)?;
    Ok(end == [MARK, digest.as_ref()].concat())
}

fn copy(from: &mut File, bytes: u64, to: &mut impl io::Write) -> io::Result<ring::digest::Digest> {
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    let mut rest = from.take(bytes);
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(context.finish()),
            read => {
                context.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
        }
    }
}
