//! The local socket on which the agent finds its bridge.
//!
//! # Invariants
//!
//! - A Unix socket stands in a directory that only its owner and group may enter, and a peer of
//!   another user (root aside) is turned away: who can write a note can read receipts.
//! - A new agent takes the place of the old one, which may be hung.
//!
//! Not here: what is said (`link`).

use std::fmt;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::stream::Stream;

/// Where the bridge waits for the agent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkAddress {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP port on loopback, for tests only: it knows no users.
    Tcp(String),
}

/// Why the link cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkSocketError {
    /// The text is no address.
    #[error("`{0}` is no link address; write unix:PATH (or tcp:127.0.0.1:PORT in a test)")]
    Address(String),
    /// Another bridge has it.
    #[error("another bridge is running on {0}")]
    Taken(String),
    /// The system refused.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// The address.
        address: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl FromStr for LinkAddress {
    type Err = LinkSocketError;

    fn from_str(text: &str) -> Result<Self, LinkSocketError> {
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            Some(("tcp", address))
                if address.starts_with("127.") || address.starts_with("[::1]") =>
            {
                Ok(Self::Tcp(address.into()))
            }
            _ => Err(LinkSocketError::Address(text.into())),
        }
    }
}

impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

/// The bridge's end.
#[derive(Debug)]
pub(super) enum LinkSocket {
    Unix { listener: UnixListener, path: PathBuf, _lock: OwnedFd },
    Tcp(TcpListener),
}

impl LinkSocket {
    pub(super) fn listen(address: &LinkAddress) -> Result<Self, LinkSocketError> {
        let failed = |source| LinkSocketError::Io { address: address.to_string(), source };
        match address {
            LinkAddress::Tcp(tcp) => {
                let listener = TcpListener::bind(tcp).map_err(failed)?;
                listener.set_nonblocking(true).map_err(failed)?;
                Ok(Self::Tcp(listener))
            }
            LinkAddress::Unix(path) => {
                let lock = lock(path).map_err(failed)?;
                let lock =
                    lock.ok_or_else(|| LinkSocketError::Taken(path.display().to_string()))?;
                Self::bind(path.clone(), lock).map_err(failed)
            }
        }
    }

    fn bind(path: PathBuf, lock: OwnedFd) -> io::Result<Self> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o660))?;
        listener.set_nonblocking(true)?;
        Ok(Self::Unix { listener, path, _lock: lock })
    }

    /// Takes an agent that is waiting, if one is and it may.
    pub(super) fn accept(&self) -> Option<Stream> {
        match self {
            Self::Tcp(listener) => listener.accept().ok().map(|(stream, _)| stream.into()),
            Self::Unix { listener, .. } => {
                let (stream, _) = listener.accept().ok()?;
                stream.set_nonblocking(true).ok()?;
                let fd = OwnedFd::from(stream);
                let peer = rustix::net::sockopt::socket_peercred(&fd).ok()?.uid;
                let allowed = peer == rustix::process::geteuid() || peer.is_root();
                allowed.then(|| Stream::from_fd(fd))
            }
        }
    }
}

/// Takes the lock beside the socket; `None` if another bridge has it. To try the socket itself would
/// take that bridge's agent from it.
fn lock(path: &Path) -> io::Result<Option<OwnedFd>> {
    if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
        DirBuilder::new().recursive(true).mode(0o750).create(parent)?;
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path.with_extension("lock"), flags, Mode::RUSR | Mode::WUSR)?;
    match rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(fd)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl AsFd for LinkSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix { listener, .. } => listener.as_fd(),
            Self::Tcp(listener) => listener.as_fd(),
        }
    }
}

impl Drop for LinkSocket {
    fn drop(&mut self) {
        if let Self::Unix { path, .. } = self {
            let _ = fs::remove_file(path); // at exit; a left-over socket is replaced at the next start
        }
    }
}
