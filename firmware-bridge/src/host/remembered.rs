//! The ports that worked last, for the day when the bridge keeps failing.
//!
//! A service manager then starts a plain pipe on them: no link, no notes, receipts print.
//!
//! Not here: when that is (`systemd/`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::pipe::Options;
use super::port::{PortError, PortSpec};
use crate::bridge::Settings;

/// Why the last good ports cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LastGoodError {
    /// No bridge ran here yet.
    #[error("{path}: no ports are remembered here: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A line is missing.
    #[error("{0}: two lines are expected, the till's port and the printer's")]
    Short(PathBuf),
    /// A line is no port.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Where a plain pipe on the ports of `file` says that it runs.
fn mark(file: &Path) -> PathBuf {
    file.with_extension("pipe")
}

/// Says that this process is a plain pipe, for the agent's page.
pub(super) fn write_mark(mark: &Path) -> io::Result<()> {
    fs::write(mark, std::process::id().to_string())
}

/// Writes the ports down: the whole file or nothing. No plain pipe runs on them any more.
pub(super) fn write(file: &Path, options: &Options) -> io::Result<()> {
    let _ = fs::remove_file(mark(file)); // there seldom is one
    let new = file.with_extension("new");
    fs::write(&new, format!("{}\n{}\n", options.pos, options.printer))?;
    fs::rename(new, file)
}

/// A plain pipe on the ports that `file` remembers.
///
/// # Errors
///
/// [`LastGoodError`] if there is no such file or it is none of ours.
pub fn last_good(file: &Path) -> Result<Options, LastGoodError> {
    let failed = |source| LastGoodError::Io { path: file.into(), source };
    let text = fs::read_to_string(file).map_err(failed)?;
    let mut lines = text.lines();
    let (Some(pos), Some(printer)) = (lines.next(), lines.next()) else {
        return Err(LastGoodError::Short(file.into()));
    };
    let (pos, printer): (PortSpec, PortSpec) = (pos.parse()?, printer.parse()?);
    let (settings, mark) = (Settings::default(), Some(mark(file)));
    Ok(Options { pos, printer, link: None, settings, remember: None, mark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_come_back_as_they_were_with_all_their_settings() {
        let file = std::env::temp_dir().join(format!("huitou-ports-{}", std::process::id()));
        let options = Options {
            pos: "serial:/dev/ttyS1,19200,7E2,rts".parse().unwrap(),
            printer: "usb:04b8:0202:AB".parse().unwrap(),
            link: None,
            settings: Settings::default(),
            remember: None,
            mark: None,
        };
        assert!(matches!(last_good(&file), Err(LastGoodError::Io { .. })));
        write(&file, &options).unwrap();
        let found = last_good(&file).unwrap();
        assert_eq!((&found.pos, &found.printer), (&options.pos, &options.printer));
        let mark = found.mark.unwrap();
        write_mark(&mark).unwrap();
        write(&file, &options).unwrap();
        assert!(!mark.exists(), "a bridge runs again");
        fs::write(&file, "tcp:1.2.3.4:9100\n").unwrap();
        assert!(matches!(last_good(&file), Err(LastGoodError::Short(_))));
        fs::remove_file(file).unwrap();
    }
}
