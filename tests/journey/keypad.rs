//! A pad beside the till: a serial line that comes, goes and comes back, up to the sale at HQ.
//!
//! The line is a pseudo-terminal. Not here: keys of an input device (`.ci/keyboard`).

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::shop::Shop;
use crate::till::Receipt;
use crate::wait::until_true;

const NUMBER: &str = "13900001234";
const MASKED: &str = "139****1234";

/// A pad: our end of its line, which is linked where the config looks for it.
struct Pad(File);

impl Pad {
    fn plug_in(at: &Path) -> Self {
        let ours: OwnedFd =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let theirs = ptsname(&ours, Vec::new()).unwrap();
        let _ = std::fs::remove_file(at); // the one that was plugged in before
        std::os::unix::fs::symlink(theirs.to_str().unwrap(), at).unwrap();
        Self(File::from(ours))
    }

    fn press(&mut self, keys: &str) {
        self.0.write_all(keys.as_bytes()).unwrap();
    }
}

/// A shop with a pad.
fn shop_with_pad() -> (Shop, Pad) {
    let mut shop = Shop::open();
    shop.kill_agent();
    let place = shop.path("pad");
    shop.add_config(&format!(
        "[[keypad]]\ntill = \"till-1\"\ndevice = \"serial:{}\"\n",
        place.display()
    ));
    let pad = Pad::plug_in(&place);
    shop.start_agent();
    (shop, pad)
}

fn is_served(shop: &Shop, masked: &str) -> bool {
    shop.state()["tills"][0]["guest"]["phone"] == json!(masked)
}

/// What is typed before the line is opened is nobody's: types until it is taken.
fn type_until_taken(shop: &Shop, pad: &mut Pad, keys: &str, masked: &str) {
    until_true("the pad to be heard", || {
        pad.press(keys);
        std::thread::sleep(std::time::Duration::from_millis(50));
        is_served(shop, masked)
    });
}

#[test]
fn a_number_from_the_pad_belongs_to_the_sale_being_rung_up() {
    let (shop, mut pad) = shop_with_pad();
    type_until_taken(&shop, &mut pad, &format!("*{NUMBER}#"), MASKED);
    shop.ring_up(&Receipt::of("6801", "羊毛大衣", 129_900));
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "the sale took it");
    shop.sync();
    assert_eq!(shop.sale("6801")["member"], MASKED);
}

#[test]
fn a_pad_that_was_pulled_out_is_heard_again_and_no_digit_is_in_the_log() {
    let (shop, mut pad) = shop_with_pad();
    type_until_taken(&shop, &mut pad, &format!("\x02{NUMBER}\x03"), MASKED);
    pad.press("1370000"); // half a number, and out
    drop(pad);
    until_true("a word about it", || shop.agent_said().contains("keypad of till-1"));
    let mut pad = Pad::plug_in(&shop.path("pad"));
    type_until_taken(&shop, &mut pad, "13700002468\r\n", "137****2468");
    let said = shop.agent_said();
    assert_eq!(said.matches("keypad of").count(), 1, "once for each outage: {said}");
    for digits in [NUMBER, "1370000"] {
        assert!(!said.contains(digits), "{said}");
    }
}
