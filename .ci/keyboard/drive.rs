//! In the guest: plays a USB number pad, and listens to it as the agent does.
//!
//! ```text
//! report ─▶ /dev/hidg0 ═ emulated bus ═▶ usbhid ─▶ /dev/input/eventN ─▶ keypad (grabbed)
//!                                                                  └──▶ the till's software: nothing
//! ```
//!
//! Not here: what keys mean (`huitou::keypad::keys` and its tests).

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use huitou::keypad::{Device, KeypadConfig, Keyed, keep_all};

const GADGET: &str = "/sys/kernel/config/usb_gadget/pad";
const NAME: &str = "Huitou Pad";
/// Where the config looks: a link to whichever event device it is now, as `by-id` is.
const BY_ID: &str = "/dev/pad-event-kbd";
const NUMBER: &str = "13800006721";
const O_NONBLOCK: i32 = 0o4000;

/// A boot keyboard (HID 1.11, appendix B.1), without lamps.
const REPORT_DESCRIPTOR: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01,
    0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08,
    0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0,
];
const PAD_ENTER: u8 = 0x58;
const NUM_LOCK: u8 = 0x53;

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn add(&self, what: String) {
        self.0.lock().expect("no thread panicked").push(what);
    }

    fn count(&self, what: &str) -> usize {
        self.0.lock().expect("no thread panicked").iter().filter(|heard| *heard == what).count()
    }
}

impl Keyed for Heard {
    fn so_far(&mut self, till: &str, digits: &str) {
        self.add(format!("{till} so far {digits}"));
    }
    fn entered(&mut self, till: &str, digits: &str) {
        self.add(format!("{till} entered {digits}"));
    }
    fn cleared(&mut self, till: &str) {
        self.add(format!("{till} cleared"));
    }
}

fn put(path: &str, bytes: &[u8]) {
    fs::write(format!("{GADGET}/{path}"), bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn make_pad() {
    for dir in ["strings/0x409", "configs/c.1", "functions/hid.usb0"] {
        fs::create_dir_all(format!("{GADGET}/{dir}")).expect("configfs");
    }
    put("idVendor", b"0x1d6b");
    put("idProduct", b"0x0104");
    put("strings/0x409/product", NAME.as_bytes());
    put("strings/0x409/manufacturer", b"");
    put("functions/hid.usb0/protocol", b"1");
    put("functions/hid.usb0/subclass", b"1");
    put("functions/hid.usb0/report_length", b"8");
    put("functions/hid.usb0/report_desc", REPORT_DESCRIPTOR);
    symlink(format!("{GADGET}/functions/hid.usb0"), format!("{GADGET}/configs/c.1/hid.usb0")).expect("configfs");
}

fn plug() {
    put("UDC", b"dummy_udc.0\n");
    until("the pad's event device", link);
}

/// Links whichever event device it is now, as udev does.
fn link() -> Option<()> {
    let device = event_device()?;
    if fs::read_link(BY_ID).ok().as_ref() != Some(&device) {
        let _ = fs::remove_file(BY_ID); // the one from before
        symlink(&device, BY_ID).expect("a link");
    }
    Some(())
}

fn unplug() {
    put("UDC", b"\n");
    until("the pad to be gone", || event_device().is_none().then_some(()));
}

fn event_device() -> Option<PathBuf> {
    let events = fs::read_dir("/sys/class/input").ok()?.flatten();
    let mut named = events.filter(|entry| {
        let name = fs::read_to_string(entry.path().join("device/name")).unwrap_or_default();
        entry.file_name().to_string_lossy().starts_with("event") && name.contains(NAME)
    });
    let device = PathBuf::from("/dev/input").join(named.next()?.file_name());
    device.exists().then_some(device)
}

fn press(key: u8) {
    let mut pad = until("the gadget's side", || OpenOptions::new().write(true).open("/dev/hidg0").ok());
    for report in [[0, 0, key, 0, 0, 0, 0, 0], [0; 8]] {
        pad.write_all(&report).expect("the gadget takes reports");
        sleep(Duration::from_millis(20));
    }
}

fn digit(digit: u8) -> u8 {
    if digit == b'0' { 0x62 } else { 0x59 + digit - b'1' }
}

fn type_number(number: &str) {
    for byte in number.bytes() {
        press(NUM_LOCK); // as pads of laptops do
        press(digit(byte));
        press(NUM_LOCK);
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "waited for {what}");
        sleep(Duration::from_millis(20));
    }
}

/// The pad as the till's software opens it; nothing while it is not there.
fn listen() -> Option<File> {
    OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(event_device()?).ok()
}

/// What the till's software has read of its keyboard.
fn overheard(till: &mut File) -> usize {
    let mut bytes = [0; 4096];
    match till.read(&mut bytes) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => panic!("the till's software lost its keyboard: {error}"),
    }
}

/// A till's software that has heard one ungrabbed key. The kernel drops what a pad sends while it is
/// being opened and may enumerate a pad once more behind its first appearance, so both are tried again.
fn till_that_hears() -> File {
    let mut till = None;
    until("the till's software to see an ungrabbed key", || {
        let mut listening = till.take().or_else(listen)?;
        press(digit(b'7'));
        let mut bytes = [0; 4096];
        match listening.read(&mut bytes) {
            Ok(read) if read > 0 => return Some(listening),
            Err(error) if error.kind() != ErrorKind::WouldBlock => {} // gone: opened anew by the next look
            _ => till = Some(listening),
        }
        None
    })
}

fn main() -> ExitCode {
    make_pad();
    plug();
    let mut till = till_that_hears();

    let (heard, stop) = (Heard::default(), Arc::new(AtomicBool::new(false)));
    let device = Device::try_from(format!("input:{BY_ID}")).expect("a device");
    keep_all(&[KeypadConfig { till: "till-1".into(), device }], &heard, &stop);
    until("the grab", || {
        link()?;
        press(digit(b'9'));
        press(0x2A); // Backspace
        (heard.count("till-1 so far 9") > 0).then_some(())
    });
    sleep(Duration::from_millis(100));
    overheard(&mut till); // what came before the grab

    type_number(NUMBER);
    press(PAD_ENTER);
    let entered = format!("till-1 entered {NUMBER}");
    until("the number", || (heard.count(&entered) == 1).then_some(()));
    assert_eq!(overheard(&mut till), 0, "the till's software saw a key");
    println!("a number typed on a grabbed pad arrives, and nowhere else");

    type_number("137");
    let cleared = heard.count("till-1 cleared");
    unplug();
    until("half a number to be forgotten", || {
        (heard.count("till-1 cleared") == cleared + 1).then_some(())
    });
    plug();
    until("the pad to be heard again", || {
        link()?;
        press(0x29); // Esc
        (heard.count("till-1 cleared") > cleared + 1).then_some(())
    });
    type_number(NUMBER);
    press(PAD_ENTER);
    until("the number again", || (heard.count(&entered) == 2).then_some(()));
    println!("a pad that was pulled out is heard again under its name");
    ExitCode::SUCCESS
}
