//! Printers: is each one there, and does it say that it can print?
//!
//! Not here: starting bridges (`bridges`).

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use super::Findings;
use crate::config::BridgeConfig;

/// A printer on the shop's own network answers sooner.
const PRINTER_WAIT: Duration = Duration::from_secs(2);

pub(super) fn ports(findings: &mut Findings, bridge: &BridgeConfig, running: bool) {
    let name = &bridge.name;
    match bridge.printer.split_once(':') {
        // A printer takes one client at a time: while the agent runs, its page says how it is.
        Some(("tcp", address)) if !running => printer(findings, name, address),
        Some(("tcp", _)) => {}
        Some((_, path)) => {
            let device = path.split(',').next().unwrap_or_default();
            let there = Path::new(device).exists();
            findings.say(
                there,
                &format!("{name}:打印机 {device} {}", if there { "在" } else { "不在;请检查插头" }),
                &format!(
                    "{name}: printer {device} {}",
                    if there { "is there" } else { "is not there; check the plug" }
                ),
            );
        }
        None => findings.say(
            false,
            &format!("{name}:printer 写法不对"),
            &format!("{name}: printer is no port"),
        ),
    }
}

fn printer(findings: &mut Findings, name: &str, address: &str) {
    let asked = address.to_socket_addrs().ok().and_then(|mut found| found.next()).map(|address| {
        TcpStream::connect_timeout(&address, PRINTER_WAIT).and_then(|mut stream| {
            stream.set_read_timeout(Some(PRINTER_WAIT))?;
            stream.write_all(b"\x10\x04\x01")?; // DLE EOT 1: printer status
            let mut status = [0];
            stream.read_exact(&mut status).map(|()| status[0])
        })
    });
    match asked {
        Some(Ok(status)) if status & 0x08 == 0 => {
            findings.say(
                true,
                &format!("{name}:打印机在线"),
                &format!("{name}: printer is on line"),
            );
        }
        Some(Ok(_)) => findings.say(
            false,
            &format!("{name}:打印机脱机;请检查纸和盖"),
            &format!("{name}: printer is off line; check paper and cover"),
        ),
        Some(Err(error)) if error.kind() != std::io::ErrorKind::ConnectionRefused => findings.say(
            true,
            &format!("{name}:打印机可以连上,但不回答状态"),
            &format!("{name}: printer takes jobs but does not tell its state"),
        ),
        _ => findings.say(
            false,
            &format!("{name}:打印机 {address} 连不上;请检查电源、网线和地址"),
            &format!("{name}: printer {address} cannot be reached; check power, cable and address"),
        ),
    }
}
