//! `huitou-bridge`: carries a till's bytes to its printer and tells the agent.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use firmware_bridge::bridge::{Cutter, Settings};
use firmware_bridge::dialect::Dialect;
use firmware_bridge::host::{LinkAddress, Options, PortSpec, last_good, run};
use firmware_bridge::time::Millis;
use lexopt::prelude::{Long, Short, ValueExt};

const HELP: &str = "\
huitou-bridge --pos PORT --printer PORT [--link ADDRESS]

  --pos PORT         where the till prints to
  --printer PORT     the printer
                     PORT: tcp-listen:HOST:PORT  tcp:HOST:PORT  usb:PATH  pty:LINK
                           usb:VENDOR:PRODUCT[:SERIAL]  e.g. usb:04b8:0202:X2AB01
                           serial:PATH[,BAUD,8N1,FLOW]  (FLOW: none, rts, dtr, xon)
  --link ADDRESS     where the agent finds this bridge: unix:PATH
                     without it: a plain pipe, no notes
  --feed-hold MS     how long blank lines may wait for a cut (50)
  --hold-max MS      how long a cut may wait for a note (300)
  --cutter HOW       auto, yes or no (auto)
  --dialect NAME     escpos or star (told from the stream)
  --remember FILE    writes the ports there once they were opened
  --last-good FILE   a plain pipe on the ports that FILE remembers; nothing else is read
";

fn main() -> ExitCode {
    let result = options().and_then(|options| match options {
        Some(options) => run(&options).map_err(|error| error.to_string()),
        None => {
            eprint!("{HELP}");
            Ok(())
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huitou-bridge: {error}");
            ExitCode::from(2)
        }
    }
}

/// Reads the command line; `None` if help is asked for.
fn options() -> Result<Option<Options>, String> {
    let mut arguments = lexopt::Parser::from_env();
    let (mut pos, mut printer, mut link, mut remember) = (None, None, None, None);
    let mut settings = Settings::default();
    while let Some(argument) = arguments.next().map_err(said)? {
        let name = match argument {
            Short('h') | Long("help") => return Ok(None),
            Long(name) => name.to_owned(),
            other => return Err(said(other.unexpected())),
        };
        let value = arguments.value().map_err(said)?.string().map_err(said)?;
        match name.as_str() {
            "pos" => pos = Some(parsed::<PortSpec>(&value)?),
            "printer" => printer = Some(parsed::<PortSpec>(&value)?),
            "link" => link = Some(parsed::<LinkAddress>(&value)?),
            "remember" => remember = Some(PathBuf::from(value)),
            "last-good" => return last_good(Path::new(&value)).map(Some).map_err(said),
            "feed-hold" => settings.feed_hold = Millis(parsed(&value)?),
            "hold-max" => settings.hold_max = Millis(parsed(&value)?),
            "cutter" => settings.cutter = cutter(&value)?,
            "dialect" => settings.dialect = Some(dialect(&value)?),
            _ => return Err(format!("there is no option --{name}; see --help")),
        }
    }
    match (pos, printer) {
        (Some(pos), Some(printer)) => {
            Ok(Some(Options { pos, printer, link, settings, remember, mark: None }))
        }
        _ => Err("--pos and --printer are needed; see --help".into()),
    }
}

fn said(error: impl ToString) -> String {
    error.to_string()
}

fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn cutter(text: &str) -> Result<Cutter, String> {
    match text {
        "auto" => Ok(Cutter::Auto),
        "yes" => Ok(Cutter::Yes),
        "no" => Ok(Cutter::No),
        _ => Err(format!("`{text}` is no cutter setting; write auto, yes or no")),
    }
}

fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "escpos" => Ok(Dialect::EscPos),
        "star" => Ok(Dialect::Star),
        _ => Err(format!("`{text}` is no dialect; write escpos or star")),
    }
}
