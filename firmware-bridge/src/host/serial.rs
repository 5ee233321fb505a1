//! Serial lines, and DTR/DSR flow control, which the kernel does not do.
//!
//! ```text
//! printer's DTR ──▶ our DSR   low: busy, nothing is written
//! our DTR       ──▶ POS's DSR low: we have no room, as the printer alone would say it
//! ```
//!
//! Not here: RTS/CTS and XON/XOFF, which the kernel does on both lines; reading and writing (`stream`).

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::port::{Flow, Parity, SerialSpec};

/// Bytes in our own kernel when the printer says that it is busy come all the same; it keeps room
/// for so many, and more.
const QUEUED_MAX: usize = 32;

/// A serial line beside its descriptor.
#[derive(Debug)]
pub(super) struct Serial {
    port: RefCell<TTYPort>,
    by_hand: bool,
    /// What we last told the other side, so that it is told once.
    ready: Cell<bool>,
}

/// Opens a line. The library sets it; bytes go over a descriptor of our own, so that nothing blocks.
pub(super) fn open(spec: &SerialSpec) -> io::Result<(OwnedFd, Serial)> {
    let mut port = serialport::new(&spec.path, spec.baud)
        .data_bits(if spec.data_bits == 7 {
            serialport::DataBits::Seven
        } else {
            serialport::DataBits::Eight
        })
        .parity(match spec.parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .stop_bits(if spec.stop_bits == 2 {
            serialport::StopBits::Two
        } else {
            serialport::StopBits::One
        })
        .flow_control(match spec.flow {
            Flow::None | Flow::DtrDsr => serialport::FlowControl::None,
            Flow::Hardware => serialport::FlowControl::Hardware,
            Flow::Software => serialport::FlowControl::Software,
        })
        .open_native()?;
    let _ = port.clear(ClearBuffer::Input); // what came before we listened is no job
    port.set_exclusive(false)?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = rustix::fs::open(spec.path.as_str(), flags, Mode::empty())?;
    let _ = port.set_exclusive(true); // a pty does not know it
    let by_hand = spec.flow == Flow::DtrDsr;
    Ok((fd, Serial { port: RefCell::new(port), by_hand, ready: Cell::new(true) }))
}

impl Serial {
    /// Whether the other side's DSR has to be asked before each write.
    pub(super) fn is_by_hand(&self) -> bool {
        self.by_hand
    }

    /// How many bytes may be written now.
    pub(super) fn room(&self) -> usize {
        if !self.by_hand {
            return usize::MAX;
        }
        let mut port = self.port.borrow_mut();
        // A line that cannot be asked (a pty) must not stop the shop.
        let is_ready = port.read_data_set_ready().unwrap_or(true);
        // A line that does not say what it still holds is given a little and asked again.
        let queued = port
            .bytes_to_write()
            .map_or(QUEUED_MAX - 1, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        room(is_ready, queued)
    }

    /// Tells the other side whether we have room.
    pub(super) fn say_ready(&self, ready: bool) {
        if self.by_hand && self.ready.replace(ready) != ready {
            let _ = self.port.borrow_mut().write_data_terminal_ready(ready); // a pty has no such line
        }
    }
}

fn room(is_ready: bool, queued: usize) -> usize {
    if is_ready { QUEUED_MAX.saturating_sub(queued) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_printer_gets_nothing_and_a_ready_one_a_little_at_a_time() {
        assert_eq!(room(false, 0), 0);
        assert_eq!(room(true, 0), QUEUED_MAX);
        assert_eq!(room(true, 20), QUEUED_MAX - 20);
        assert_eq!(room(true, 4_000), 0);
    }
}
