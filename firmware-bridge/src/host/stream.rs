//! Open ports as file descriptors that never block.
//!
//! Not here: which port talks to which (`pipe`).

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::pty::OpenptFlags;
use rustix::termios;

use super::port::{PortSpec, SerialSpec};
use super::serial::{self, Serial};
use super::usb;

/// All USB packet sizes of printers are multiples of this (USB 2.0, 5.8.3).
const PACKET_BYTES: usize = 64;

/// What Linux's driver puts on the wire at once, and what its gadget's takes (usblp.c, f_printer.c).
const TRANSFER_BYTES: usize = 8_192;

/// What the kernel may hold for a network printer.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Why a port could not be opened. Names the port, never what went through it.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {port}: {source}")]
pub struct OpenError {
    /// The port as it was written.
    pub port: String,
    /// What the system says.
    #[source]
    pub source: io::Error,
}

/// An open port.
#[derive(Debug)]
pub(super) struct Stream {
    fd: OwnedFd,
    /// USB: an empty read is an empty packet, not the end, for so ends a transfer of full packets.
    packets: bool,
    /// What must stay open or be taken away with it.
    with: Option<With>,
}

#[derive(Debug)]
enum With {
    Serial(Serial),
    Pty { _till_side: OwnedFd, _link: Link },
}

/// A symbolic link that goes away with the port it points to, if it still does.
#[derive(Debug)]
struct Link {
    path: PathBuf,
    target: PathBuf,
}

impl Drop for Link {
    fn drop(&mut self) {
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target) {
            let _ = fs::remove_file(&self.path); // a left-over link is replaced at the next start
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        // A status byte must not wait for the next one; without it, all still works.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_nonblocking(true);
        // A till that lost power in the middle of a job must not keep the port for ever.
        let _ = rustix::net::sockopt::set_socket_keepalive(&stream, true);
        let _ = rustix::net::sockopt::set_tcp_keepidle(&stream, Duration::from_secs(30));
        Self { fd: stream.into(), packets: false, with: None }
    }
}

impl Stream {
    pub(super) fn from_fd(fd: OwnedFd) -> Self {
        Self { fd, packets: false, with: None }
    }

    /// Reads what is there: `None` if nothing is, 0 at the end; `hung_up` says what `poll` saw.
    pub(super) fn read(&self, buffer: &mut [u8], hung_up: bool) -> io::Result<Option<usize>> {
        match rustix::io::read(&self.fd, buffer) {
            Ok(0) if self.packets && !hung_up => Ok(None),
            Ok(len) => Ok(Some(len)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what is taken at once; 0 if nothing is.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.serial().map_or(usize::MAX, Serial::room);
        if room == 0 {
            return Ok(0);
        }
        let len = match bytes.len().min(room) {
            len if self.packets => short_of_full_packets(len),
            len => len,
        };
        match rustix::io::write(&self.fd, &bytes[..len]) {
            Ok(len) => Ok(len),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn serial(&self) -> Option<&Serial> {
        match &self.with {
            Some(With::Serial(serial)) => Some(serial),
            _ => None,
        }
    }

    /// Whether `poll` does not know when this port takes bytes: it has to be asked now and then.
    pub(super) fn is_paced_by_hand(&self) -> bool {
        self.serial().is_some_and(Serial::is_by_hand)
    }

    /// Tells the other side of a DTR/DSR line whether it may send; nothing on other ports.
    pub(super) fn say_ready(&self, ready: bool) {
        if let Some(serial) = self.serial() {
            serial.say_ready(ready);
        }
    }

    /// Tells a TCP peer that no more comes; nothing on other ports.
    pub(super) fn finish(&self) {
        let _ = rustix::net::shutdown(&self.fd, rustix::net::Shutdown::Write); // it may be gone
    }

    /// Bytes that the kernel has taken from us and the peer has not acknowledged; 0 if unknown.
    #[allow(unsafe_code)]
    pub(super) fn undelivered(&self) -> usize {
        /// `SIOCOUTQ`, the same number as `TIOCOUTQ` (Linux, asm-generic/ioctls.h).
        #[cfg(target_os = "linux")]
        const SIOCOUTQ: rustix::ioctl::Opcode = 0x5411;
        #[cfg(target_os = "linux")]
        // SAFETY: SIOCOUTQ writes one int, and fails on a descriptor that is no socket or line.
        let waiting = unsafe {
            rustix::ioctl::ioctl(
                &self.fd,
                rustix::ioctl::Getter::<SIOCOUTQ, core::ffi::c_int>::new(),
            )
        };
        #[cfg(not(target_os = "linux"))]
        let waiting: Result<core::ffi::c_int, Errno> = Ok(0);
        waiting.map_or(0, |bytes| usize::try_from(bytes).unwrap_or_default())
    }

    /// Opens a port that is no listener.
    pub(super) fn open(spec: &PortSpec) -> Result<Self, OpenError> {
        let opened = match spec {
            PortSpec::Tcp(address) | PortSpec::TcpListen(address) => connect(address),
            PortSpec::Serial(serial) => open_serial(serial),
            PortSpec::Pty(link) => open_pty(link),
            PortSpec::Usb(path) => open_device(path),
            PortSpec::UsbId(id) => {
                usb::node(id, Path::new(usb::CLASS)).and_then(|path| open_device(&path))
            }
        };
        opened.map_err(|source| OpenError { port: spec.to_string(), source })
    }
}

/// How much of `len` bytes to write at once, so that the last packet is not a full one.
///
/// Linux's driver sends no empty packet after a full one, and a device that reads whole transfers (a
/// Linux gadget does) then waits for more: the end of a receipt would come out with the next one. A whole transfer ends by itself.
fn short_of_full_packets(len: usize) -> usize {
    match len {
        len if len.is_multiple_of(TRANSFER_BYTES) => len,
        len if len.is_multiple_of(PACKET_BYTES) => len - 1,
        len => len,
    }
}

/// Starts to connect; the port is writable once it is.
fn connect(address: &str) -> io::Result<Stream> {
    let address: SocketAddr = address
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"))?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    rustix::net::sockopt::set_tcp_nodelay(&fd, true)?;
    // The POS shall feel a slow printer as it would without us, not megabytes later.
    rustix::net::sockopt::set_socket_send_buffer_size(&fd, SEND_BUFFER_BYTES)?;
    rustix::net::sockopt::set_socket_keepalive(&fd, true)?;
    match rustix::net::connect(&fd, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(Stream::from_fd(fd)),
        Err(error) => Err(error.into()),
    }
}

fn open_serial(spec: &SerialSpec) -> io::Result<Stream> {
    let (fd, serial) = serial::open(spec)?;
    Ok(Stream { with: Some(With::Serial(serial)), ..Stream::from_fd(fd) })
}

/// Makes a pty pair and links the till's side to `link`.
///
/// We keep the till's side open too: else every closing till would hang the line up.
fn open_pty(link: &Path) -> io::Result<Stream> {
    let fd = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&fd)?;
    rustix::pty::unlockpt(&fd)?;
    let name = rustix::pty::ptsname(&fd, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let till_side = rustix::fs::open(&name, flags, Mode::empty())?;
    let mut line = termios::tcgetattr(&till_side)?;
    line.make_raw();
    termios::tcsetattr(&till_side, termios::OptionalActions::Now, &line)?;
    rustix::fs::fcntl_setfl(&fd, OFlags::RDWR | OFlags::NONBLOCK)?;
    if link.is_symlink() {
        fs::remove_file(link)?;
    }
    let target = name.to_str().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    std::os::unix::fs::symlink(target, link)?;
    let link = Link { path: link.into(), target: target.into() };
    let with = With::Pty { _till_side: till_side, _link: link };
    Ok(Stream { with: Some(with), ..Stream::from_fd(fd) })
}

/// A printer's device node; one that cannot be read from is opened for writing.
fn open_device(path: &Path) -> io::Result<Stream> {
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let both = rustix::fs::open(path, OFlags::RDWR | flags, Mode::empty());
    let fd = match both {
        Err(Errno::ACCESS | Errno::PERM) => {
            rustix::fs::open(path, OFlags::WRONLY | flags, Mode::empty())
        }
        other => other,
    }?;
    Ok(Stream { packets: true, ..Stream::from_fd(fd) })
}

/// Listens for the POS.
pub(super) fn listen(address: &str) -> Result<TcpListener, OpenError> {
    let listening = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listening.map_err(|source| OpenError { port: format!("tcp-listen:{address}"), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_transfer_to_a_usb_printer_waits_for_more_and_all_is_written() {
        for len in 1..=20_000 {
            let first = short_of_full_packets(len);
            let last_transfer = first % TRANSFER_BYTES;
            assert!(last_transfer == 0 || !last_transfer.is_multiple_of(PACKET_BYTES), "{len}");
            assert!(len - first <= 1 && first > 0, "{len}");
        }
        assert_eq!(short_of_full_packets(0), 0);
    }

    #[test]
    fn a_usb_port_gives_a_full_packet_in_two_writes_and_others_in_one() {
        for (packets, first) in [(true, 511), (false, 512)] {
            let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
            let stream = Stream { packets, ..Stream::from_fd(ours.into()) };
            assert_eq!(stream.write(&[7; 512]).unwrap(), first);
        }
    }
}
