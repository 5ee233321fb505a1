//! The cables: gadget printers of the kernel, and the numbers that the host gives them.
//!
//! ```text
//! wire 1 = dummy_udc.1:  /dev/usb/lpN (N is the lowest that is free) ═══ /dev/g_printer1
//! ```
//!
//! Not here: who writes and who reads (`lab.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use super::wait_for;

/// Makes a printer that says of itself `04b8:0202:PAPER<wire>`; its cable is not plugged in yet.
pub(super) fn make_gadget(wire: usize) {
    let gadget = gadget(wire);
    let function = gadget.join(format!("functions/printer.{wire}"));
    for folder in ["strings/0x409", "configs/c.1"] {
        fs::create_dir_all(gadget.join(folder)).expect("configfs makes folders");
    }
    fs::create_dir(&function).expect("the kernel has a gadget printer");
    let serial = format!("PAPER{wire}\n");
    let pnp = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;\n";
    for (file, text) in [
        (gadget.join("idVendor"), "0x04b8\n"),
        (gadget.join("idProduct"), "0x0202\n"),
        (gadget.join("strings/0x409/serialnumber"), &serial),
        (function.join("pnp_string"), pnp),
    ] {
        fs::write(file, text).expect("configfs takes settings");
    }
    std::os::unix::fs::symlink(&function, gadget.join(format!("configs/c.1/printer.{wire}")))
        .expect("configfs takes functions");
}

fn gadget(wire: usize) -> PathBuf {
    PathBuf::from(format!("/sys/kernel/config/usb_gadget/wire{wire}"))
}

/// Which `/dev/usb/lpN` the host has made of a wire, if any.
pub(super) fn number(wire: usize) -> Option<usize> {
    (0..8).find(|number| {
        let serial = format!("/sys/class/usbmisc/lp{number}/device/../serial");
        fs::read_to_string(serial).is_ok_and(|serial| serial.trim() == format!("PAPER{wire}"))
    })
}

/// Plugs the cable in and waits for both of its ends.
pub(super) fn plug(wire: usize) {
    fs::write(gadget(wire).join("UDC"), format!("dummy_udc.{wire}\n")).expect("plugs in");
    let has = |end: String| Path::new(&end).exists();
    let host = || number(wire).is_some_and(|number| has(format!("/dev/usb/lp{number}")));
    let there = wait_for(|| host() && has(format!("/dev/g_printer{wire}")));
    assert!(there, "the kernel does not make both ends of wire {wire}");
}

pub(super) fn unplug(wire: usize) {
    let _ = fs::write(gadget(wire).join("UDC"), "\n"); // it may be out already
    assert!(wait_for(|| number(wire).is_none()), "wire {wire} stays");
}
