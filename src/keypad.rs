//! Keypads, pin-pads and scanners beside a till: they work without the page having the focus.
//!
//! ```text
//! serial:/dev/ttyUSB0,9600        ─ bytes ─▶ entry ─┐
//! input:/dev/input/by-id/…-kbd    ─ keys ──▶ keys ──┴▶ Keyed (so far, entered, cleared)
//! ```
//!
//! One thread for each device. A device that is pulled out is looked for again; a keyboard is
//! grabbed, so that its keys do not reach the till's software.
//!
//! # Invariants
//!
//! - No digit reaches a log: what is said of a device is its path and what the system says.
//! - A device that fails, or never was there, stops nothing else.
//!
//! Not here: what digits mean (`entry`, `keys`), whom they belong to (`agent`).

pub mod entry;
mod input;
pub mod keys;
mod serial;
mod serving;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::config::BridgeConfig;
use entry::Typed;
pub use serial::Line;
pub use serving::Serves;

/// How long one look at a device waits, so that the end of the program is seen.
const LOOK: Duration = Duration::from_millis(200);

/// Pauses before a device that is not there is looked for again.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// One keypad or scanner.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeypadConfig {
    /// Whose sales it is for: the bridge's name.
    pub till: String,
    /// Where it is.
    pub device: Device,
}

/// Where a keypad is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub enum Device {
    /// A serial line.
    Serial(Line),
    /// A Linux input device.
    Input(String),
}

/// Why a text names no keypad.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no keypad; write serial:PATH[,BAUD[,8N1]] or input:/dev/input/by-id/…-event-kbd")]
pub struct DeviceError(String);

impl TryFrom<String> for Device {
    type Error = DeviceError;

    fn try_from(text: String) -> Result<Self, DeviceError> {
        let device = match text.split_once(':') {
            Some(("serial", rest)) => Line::parse(rest).map(Self::Serial),
            Some(("input", path)) if !path.is_empty() => Some(Self::Input(path.into())),
            _ => None,
        };
        device.ok_or(DeviceError(text))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(line) => f.write_str(&line.path),
            Self::Input(path) => f.write_str(path),
        }
    }
}

/// The key that is wrong, and what is allowed.
pub(crate) fn checked(
    keypads: &[KeypadConfig],
    bridges: &[BridgeConfig],
) -> Result<(), (String, String)> {
    let has_till = |keypad: &KeypadConfig| bridges.iter().any(|bridge| bridge.name == keypad.till);
    match keypads.iter().position(|keypad| !has_till(keypad)) {
        None => Ok(()),
        Some(at) => {
            Err((format!("keypad {}: till", at + 1), "write the name of a [[bridge]]".into()))
        }
    }
}

/// Who is told what is typed.
pub trait Keyed: Send {
    /// Digits of a number that is being typed.
    fn so_far(&mut self, till: &str, digits: &str);
    /// A whole number, or a scanner's member code with letters in it.
    fn entered(&mut self, till: &str, digits: &str);
    /// Nothing is typed any more; the person or 15 s of silence said so.
    fn cleared(&mut self, till: &str);
}

/// Listens to every device of `config` until `stop` says so: a thread for each.
pub fn keep_all<K>(config: &[KeypadConfig], keyed: &K, stop: &Arc<AtomicBool>)
where
    K: Keyed + Clone + 'static,
{
    for keypad in config.iter().cloned() {
        let (stop, keyed) = (Arc::clone(stop), keyed.clone());
        std::thread::spawn(move || Keeper { keypad, keyed, stop, began: Instant::now() }.keep());
    }
}

/// One device's thread.
struct Keeper<K> {
    keypad: KeypadConfig,
    keyed: K,
    stop: Arc<AtomicBool>,
    began: Instant,
}

impl<K: Keyed> Keeper<K> {
    fn keep(mut self) {
        let (mut pause, mut said) = (PAUSE, false);
        while !self.is_over() {
            let tried = Instant::now();
            let Err(error) = self.listen() else { return };
            if tried.elapsed() > PAUSE_MAX {
                (pause, said) = (PAUSE, false);
            }
            if !std::mem::replace(&mut said, true) {
                let (till, device) = (&self.keypad.till, &self.keypad.device);
                eprintln!("huitou: keypad of {till}: {device}: {error}; it is looked for again");
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Until the device is gone, or all is over.
    fn listen(&mut self) -> io::Result<()> {
        match self.keypad.device.clone() {
            Device::Serial(line) => serial::listen(&line, self),
            Device::Input(path) => input::listen(&path, self),
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Milliseconds that never go back.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn tell(&mut self, typed: Option<Typed>) {
        let till = &self.keypad.till;
        match typed {
            Some(Typed::SoFar(digits)) => self.keyed.so_far(till, &digits),
            Some(Typed::Entered(digits)) => self.keyed.entered(till, &digits),
            Some(Typed::Cleared) => self.keyed.cleared(till),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(text: &str) -> Result<Device, DeviceError> {
        Device::try_from(text.to_owned())
    }

    #[test]
    fn a_pad_belongs_to_a_till_that_there_is() {
        let pad = "[[keypad]]\ntill = \"till-9\"\ndevice = \"serial:/dev/ttyUSB0\"\n";
        let text = format!("{}{pad}", crate::config::EXAMPLE);
        let error = crate::config::Config::parse(&text, std::path::Path::new("a")).unwrap_err();
        assert!(error.to_string().contains("keypad 1: till"), "{error}");
        let right = text.replace("till-9", "till-1");
        assert!(crate::config::Config::parse(&right, std::path::Path::new("a")).is_ok());
    }

    #[test]
    fn a_device_is_written_like_a_port() {
        let line = Line { path: "/dev/ttyUSB0".into(), ..Line::default() };
        assert_eq!(device("serial:/dev/ttyUSB0"), Ok(Device::Serial(line.clone())));
        let slow = Line { baud: 1_200, data_bits: 7, parity: 'E', ..line };
        assert_eq!(device("serial:/dev/ttyUSB0,1200,7E1"), Ok(Device::Serial(slow)));
        let path = "/dev/input/by-id/usb-a-event-kbd";
        assert_eq!(device(&format!("input:{path}")), Ok(Device::Input(path.into())));
        for wrong in [
            "",
            "serial:",
            "input:",
            "usb:/dev/x",
            "serial:/dev/x,fast",
            "serial:/dev/x,9600,9N1",
            "serial:/dev/x,9600,8N1,rts",
        ] {
            let error = device(wrong).unwrap_err().to_string();
            assert!(error.contains("serial:PATH") && error.contains("input:"), "{error}");
        }
    }
}
