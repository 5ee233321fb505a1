//! This box's addresses in the shop's network.
//!
//! Not here: which of them a certificate names (`port`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// All addresses that others in the network reach; the one that a packet would leave from is first.
///
/// # Errors
///
/// What the system says.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let usual = usual();
    let up = if_addrs::get_if_addrs()?.into_iter().filter(if_addrs::Interface::is_oper_up);
    let mut found: Vec<IpAddr> = up
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect();
    found.sort_by_key(|address| (Some(*address) != usual, address.is_ipv6(), *address));
    found.dedup();
    Ok(found)
}

/// Where a packet to somewhere else would leave from. None is sent: the address is for documents
/// (RFC 5737).
fn usual() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_no_address_that_others_reach() {
        let found = addresses().unwrap();
        assert!(found.iter().all(|address| !address.is_loopback() && !address.is_unspecified()));
    }
}
