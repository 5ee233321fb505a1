//! How a port is written on the command line and in the config.
//!
//! ```text
//! tcp-listen:127.0.0.1:9100      tcp:192.168.1.50:9100
//! serial:/dev/ttyUSB0,19200,8N1,rts      pty:/run/huitou/till      usb:/dev/usb/lp0
//! usb:04b8:0202:X2AB012345     by vendor, product and serial number, wherever it is plugged in
//! ```
//!
//! Not here: opening them (`stream`).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A place where bytes come from or go to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PortSpec {
    /// Waits for the POS to connect.
    TcpListen(String),
    /// Connects to a network printer.
    Tcp(String),
    /// A serial line.
    Serial(SerialSpec),
    /// A pseudo-terminal that we make and link here, for a POS that wants a serial line.
    Pty(PathBuf),
    /// A USB printer's device node, or on an inline box the gadget's.
    Usb(PathBuf),
    /// A USB printer by what it says of itself: its node's name changes when it is plugged in again.
    UsbId(UsbId),
}

/// What a USB printer says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UsbId {
    /// Vendor.
    pub vendor: u16,
    /// Product.
    pub product: u16,
    /// Serial number; without it any printer of this kind.
    pub serial: Option<String>,
}

/// A serial line and its settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SerialSpec {
    /// The device, e.g. `/dev/ttyS0`.
    pub path: String,
    /// Bits per second.
    pub baud: u32,
    /// Data bits, 7 or 8.
    pub data_bits: u8,
    /// Parity.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
    /// Flow control.
    pub flow: Flow,
}

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Flow control of a serial line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flow {
    /// None.
    None,
    /// RTS/CTS.
    Hardware,
    /// XON/XOFF.
    Software,
    /// DTR/DSR.
    DtrDsr,
}

/// Why a text is no port.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// It does not begin with a kind of port.
    #[error(
        "`{0}` is no port; write tcp-listen:HOST:PORT, tcp:HOST:PORT, serial:PATH[,BAUD,8N1,FLOW], pty:LINK or usb:PATH or usb:VENDOR:PRODUCT[:SERIAL]"
    )]
    Kind(String),
    /// A TCP port without its number.
    #[error("`{0}` is no HOST:PORT, e.g. 127.0.0.1:9100")]
    Address(String),
    /// A path is missing.
    #[error("`{0}` names no path")]
    Path(String),
    /// A serial setting that is none.
    #[error(
        "`{0}` is no serial setting; after the path come BAUD (e.g. 9600), 8N1 and none, rts, dtr or xon"
    )]
    Serial(String),
}

impl PortSpec {
    /// Whether it is a device that may come and go.
    #[must_use]
    pub const fn is_plugged_in(&self) -> bool {
        matches!(self, Self::Usb(_) | Self::UsbId(_) | Self::Serial(_))
    }
}

impl FromStr for PortSpec {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        let (kind, rest) = text.split_once(':').ok_or_else(|| PortError::Kind(text.into()))?;
        let path = || match rest {
            "" => Err(PortError::Path(text.into())),
            path => Ok(PathBuf::from(path)),
        };
        match kind {
            "tcp-listen" => Ok(Self::TcpListen(address(rest)?)),
            "tcp" => Ok(Self::Tcp(address(rest)?)),
            "serial" => rest.parse().map(Self::Serial),
            "pty" => path().map(Self::Pty),
            "usb" => match usb_id(rest) {
                Some(id) => Ok(Self::UsbId(id)),
                None => path().map(Self::Usb),
            },
            _ => Err(PortError::Kind(text.into())),
        }
    }
}

/// `04b8:0202[:SERIAL]`; anything else is a path.
fn usb_id(text: &str) -> Option<UsbId> {
    let mut parts = text.splitn(3, ':');
    let hex = |part: Option<&str>| {
        part.filter(|part| part.len() == 4).and_then(|part| u16::from_str_radix(part, 16).ok())
    };
    let (vendor, product) = (hex(parts.next())?, hex(parts.next())?);
    Some(UsbId { vendor, product, serial: parts.next().map(str::to_owned) })
}

fn address(text: &str) -> Result<String, PortError> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.into()),
        _ => Err(PortError::Address(text.into())),
    }
}

impl FromStr for SerialSpec {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        let mut parts = text.split(',');
        let path = parts.next().unwrap_or_default();
        if path.is_empty() {
            return Err(PortError::Path(format!("serial:{text}")));
        }
        let mut spec = Self {
            path: path.into(),
            baud: 9_600, // what most printers are set to when they leave the factory
            data_bits: 8,
            parity: Parity::None,
            stop_bits: 1,
            flow: Flow::None,
        };
        parts.try_for_each(|part| spec.set(part))?;
        Ok(spec)
    }
}

impl SerialSpec {
    fn set(&mut self, part: &str) -> Result<(), PortError> {
        match part {
            "none" => self.flow = Flow::None,
            "rts" | "rtscts" => self.flow = Flow::Hardware,
            "xon" | "xonxoff" => self.flow = Flow::Software,
            "dtr" | "dtrdsr" => self.flow = Flow::DtrDsr,
            _ => match (part.parse(), part.as_bytes()) {
                (Ok(baud @ 300..=4_000_000), _) => self.baud = baud,
                (_, [data @ b'7'..=b'8', parity, stop @ b'1'..=b'2']) => {
                    self.data_bits = data - b'0';
                    self.stop_bits = stop - b'0';
                    self.parity = match parity {
                        b'N' | b'n' => Parity::None,
                        b'E' | b'e' => Parity::Even,
                        b'O' | b'o' => Parity::Odd,
                        _ => return Err(PortError::Serial(part.into())),
                    };
                }
                _ => return Err(PortError::Serial(part.into())),
            },
        }
        Ok(())
    }
}

impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TcpListen(address) => write!(f, "tcp-listen:{address}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Serial(spec) => {
                let parity = match spec.parity {
                    Parity::None => 'N',
                    Parity::Even => 'E',
                    Parity::Odd => 'O',
                };
                let flow = match spec.flow {
                    Flow::None => "none",
                    Flow::Hardware => "rts",
                    Flow::Software => "xon",
                    Flow::DtrDsr => "dtr",
                };
                let SerialSpec { path, baud, data_bits, stop_bits, .. } = spec;
                write!(f, "serial:{path},{baud},{data_bits}{parity}{stop_bits},{flow}")
            }
            Self::Pty(path) => write!(f, "pty:{}", path.display()),
            Self::Usb(path) => write!(f, "usb:{}", path.display()),
            Self::UsbId(id) => {
                write!(f, "usb:{:04x}:{:04x}", id.vendor, id.product)?;
                id.serial.as_ref().map_or(Ok(()), |serial| write!(f, ":{serial}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_documented() {
        assert_eq!("tcp:10.0.0.9:9100".parse(), Ok(PortSpec::Tcp("10.0.0.9:9100".into())));
        assert_eq!("usb:/dev/usb/lp0".parse(), Ok(PortSpec::Usb("/dev/usb/lp0".into())));
        let id = UsbId { vendor: 0x04b8, product: 0x0202, serial: Some("A:1".into()) };
        assert_eq!("usb:04b8:0202:A:1".parse(), Ok(PortSpec::UsbId(id.clone())));
        assert_eq!(PortSpec::UsbId(id).to_string(), "usb:04b8:0202:A:1");
        let Ok(PortSpec::Serial(spec)) = "serial:/dev/ttyS0,19200,7E2,rts".parse() else {
            panic!("a serial port");
        };
        assert_eq!((spec.baud, spec.data_bits, spec.stop_bits), (19_200, 7, 2));
        assert_eq!((spec.parity, spec.flow), (Parity::Even, Flow::Hardware));
        for flow in ["none", "rts", "dtr", "xon"] {
            let text = format!("serial:/dev/ttyS0,9600,8N1,{flow}");
            assert_eq!(text.parse::<PortSpec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_port_says_what_is_allowed() {
        for wrong in ["", "9100", "tcp:9100", "tcp:h:x", "usb:", "serial:", "serial:/dev/x,fast"] {
            assert!(wrong.parse::<PortSpec>().is_err(), "{wrong}");
        }
        let error = "lpt:1".parse::<PortSpec>().unwrap_err().to_string();
        assert!(error.contains("tcp-listen:HOST:PORT"), "{error}");
    }
}
