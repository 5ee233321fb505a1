//! Ports for processes that cannot say which one they took.
//!
//! Below the range that the system draws from by itself, so that no outgoing connection takes one
//! between our look and the process's start; each test run begins somewhere else.
//!
//! Not here: ports that are taken by the test itself; those are 0.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 10_000;
const COUNT: u32 = 20_000;

/// A loopback address on which nobody listens.
pub(crate) fn free() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < COUNT, "no free port");
        let port = FIRST + (std::process::id().wrapping_mul(271).wrapping_add(step)) % COUNT;
        let port = u16::try_from(port).expect("below 30,000");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Whether somebody listens there; asked without a connection, which would be a job to the printer.
pub(crate) fn is_open(address: SocketAddr) -> bool {
    const LISTENING: &str = "0A";
    let port = format!(":{:04X}", address.port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    table.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        let is_here = words.next().is_some_and(|here| here.ends_with(&port));
        is_here && words.nth(1) == Some(LISTENING)
    })
}
