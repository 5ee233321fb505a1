//! A pad or scanner that is a keyboard: a Linux input device, kept from the till's software.
//!
//! Not here: what the keys mean (`keys`).

#[cfg(target_os = "linux")]
pub(super) use linux::listen;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use evdev::{Device, EventSummary};
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::super::keys::Keys;
    use super::super::{Keeper, Keyed, LOOK};

    /// Listens until the device is gone, or all is over.
    pub(crate) fn listen<K: Keyed>(path: &str, keeper: &mut Keeper<K>) -> io::Result<()> {
        let mut device = Device::open(path)?;
        device.grab()?;
        device.set_nonblocking(true)?;
        let mut keys = Keys::default();
        while !keeper.is_over() {
            if let Err(error) = take(&mut device, &mut keys, keeper) {
                keeper.tell(keys.lost());
                return Err(error);
            }
            let now_ms = keeper.now_ms();
            keeper.tell(keys.poll(now_ms));
        }
        Ok(())
    }

    fn take<K: Keyed>(
        device: &mut Device,
        keys: &mut Keys,
        keeper: &mut Keeper<K>,
    ) -> io::Result<()> {
        let wait = Timespec::try_from(LOOK).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&*device, PollFlags::IN)];
        match poll(&mut fds, Some(&wait)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let now_ms = keeper.now_ms();
        let events = match device.fetch_events() {
            Ok(events) => events,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        for event in events {
            if let EventSummary::Key(_, code, value) = event.destructure() {
                keeper.tell(keys.key(code.code(), value, now_ms));
            }
        }
        Ok(())
    }
}

/// Other systems do not let a keyboard be kept from the till's software this way.
#[cfg(not(target_os = "linux"))]
pub(super) fn listen<K: super::Keyed>(
    _path: &str,
    _keeper: &mut super::Keeper<K>,
) -> std::io::Result<()> {
    Err(std::io::Error::other("input: works on Linux only; set the device to a serial port"))
}
