//! Finds a USB printer by what it says of itself.
//!
//! ```text
//! /sys/class/usbmisc/lp3/device   the printer's interface
//! /sys/class/usbmisc/lp3/device/../idVendor, idProduct, serial   the device
//! ```
//!
//! Not here: opening it (`stream`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::port::UsbId;

/// Where Linux lists USB printers (Documentation/ABI/stable/sysfs-class-usbmisc).
pub(super) const CLASS: &str = "/sys/class/usbmisc";

/// The device node of the printer that is `id`, among those that `class` lists.
pub(super) fn node(id: &UsbId, class: &Path) -> io::Result<PathBuf> {
    let mut names: Vec<PathBuf> =
        fs::read_dir(class)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    names.sort();
    let found = names.iter().find(|entry| is(id, entry));
    let name = found.and_then(|entry| entry.file_name());
    let absent = || io::Error::new(io::ErrorKind::NotFound, "no such printer is plugged in");
    name.map(|name| Path::new("/dev/usb").join(name)).ok_or_else(absent)
}

fn is(id: &UsbId, entry: &Path) -> bool {
    let device = entry.join("device").join("..");
    let read = |name: &str| fs::read_to_string(device.join(name)).unwrap_or_default();
    let number = |name: &str| u16::from_str_radix(read(name).trim(), 16).ok();
    let printer = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lp"));
    printer
        && number("idVendor") == Some(id.vendor)
        && number("idProduct") == Some(id.product)
        && id.serial.as_ref().is_none_or(|serial| read("serial").trim() == serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_is_found_by_serial_number_whatever_its_node_is_called() {
        let root = std::env::temp_dir().join(format!("huitou-usb-{}", std::process::id()));
        for (node, serial) in [("lp0", "AAA"), ("lp7", "BBB")] {
            let device = root.join("devices").join(node);
            let interface = device.join("1-1:1.0");
            fs::create_dir_all(&interface).unwrap();
            for (name, text) in [("idVendor", "04b8"), ("idProduct", "0202"), ("serial", serial)] {
                fs::write(device.join(name), format!("{text}\n")).unwrap();
            }
            fs::create_dir_all(root.join("class").join(node)).unwrap();
            let link = root.join("class").join(node).join("device");
            std::os::unix::fs::symlink(&interface, link).unwrap();
        }
        let class = root.join("class");
        let wanted = |serial: Option<&str>| UsbId {
            vendor: 0x04b8,
            product: 0x0202,
            serial: serial.map(str::to_owned),
        };
        assert_eq!(node(&wanted(Some("BBB")), &class).unwrap(), Path::new("/dev/usb/lp7"));
        assert_eq!(node(&wanted(None), &class).unwrap(), Path::new("/dev/usb/lp0"));
        assert!(node(&wanted(Some("CCC")), &class).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
