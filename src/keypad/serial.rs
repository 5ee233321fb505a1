//! A pad on a serial line, or on USB with a serial driver.
//!
//! Not here: what the bytes mean (`entry`).

use std::io::{self, ErrorKind, Read};

use serialport::{DataBits, Parity, StopBits};

use super::entry::Entry;
use super::{Keeper, Keyed, LOOK};

/// A serial line and its settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The device, e.g. `/dev/ttyUSB0`, `COM3`, or better one of `/dev/serial/by-id/`.
    pub path: String,
    /// Bits per second.
    pub baud: u32,
    /// Data bits, 7 or 8.
    pub data_bits: u8,
    /// Parity: `N`, `E` or `O`.
    pub parity: char,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

impl Default for Line {
    fn default() -> Self {
        Self { path: String::new(), baud: 9_600, data_bits: 8, parity: 'N', stop_bits: 1 }
    }
}

impl Line {
    /// `PATH[,BAUD[,8N1]]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let path = parts.next().filter(|path| !path.is_empty())?;
        let mut line = Self { path: path.into(), ..Self::default() };
        if let Some(baud) = parts.next() {
            line.baud = baud.parse().ok().filter(|baud| *baud > 0)?;
        }
        if let Some(frame) = parts.next() {
            let [data, parity, stop] = frame.as_bytes() else { return None };
            (line.data_bits, line.stop_bits) = (data.checked_sub(b'0')?, stop.checked_sub(b'0')?);
            line.parity = char::from(parity.to_ascii_uppercase());
        }
        let usable = matches!(line.data_bits, 7 | 8)
            && matches!(line.parity, 'N' | 'E' | 'O')
            && matches!(line.stop_bits, 1 | 2);
        (usable && parts.next().is_none()).then_some(line)
    }
}

/// Listens until the line is gone, or all is over.
pub(super) fn listen<K: Keyed>(line: &Line, keeper: &mut Keeper<K>) -> io::Result<()> {
    let mut port = opened(line)?;
    let (mut entry, mut bytes) = (Entry::default(), [0; 64]);
    while !keeper.is_over() {
        let read = port.read(&mut bytes);
        let now_ms = keeper.now_ms();
        let count = match read {
            Ok(0) => return gone(&mut entry, keeper, ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if is_silence(&error) => 0,
            Err(error) => return gone(&mut entry, keeper, error),
        };
        for byte in &bytes[..count] {
            keeper.tell(entry.byte(*byte, now_ms));
        }
        keeper.tell(entry.poll(now_ms));
    }
    Ok(())
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn gone<K: Keyed>(entry: &mut Entry, keeper: &mut Keeper<K>, error: io::Error) -> io::Result<()> {
    keeper.tell(entry.lost());
    Err(error)
}

fn opened(line: &Line) -> io::Result<Box<dyn serialport::SerialPort>> {
    let port = serialport::new(&line.path, line.baud)
        .data_bits(if line.data_bits == 7 { DataBits::Seven } else { DataBits::Eight })
        .parity(match line.parity {
            'E' => Parity::Even,
            'O' => Parity::Odd,
            _ => Parity::None,
        })
        .stop_bits(if line.stop_bits == 2 { StopBits::Two } else { StopBits::One })
        .timeout(LOOK)
        .open()?;
    let _ = port.clear(serialport::ClearBuffer::Input); // what came before we listened is nobody's
    Ok(port)
}
