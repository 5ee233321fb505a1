//! The manager's PIN: set on this box, tried on the page.
//!
//! Not here: what it opens on a phone (`second_screen`).

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

use crate::access::{JSON, Said, ask, mode};
use crate::http;
use crate::programs::{output, program};
use crate::shop::Shop;

pub(crate) const PIN: &str = "739518";
const WRONG: &str = "739519";

fn set_pin(shop: &Shop, pin: &str) -> bool {
    let mut setting = Command::new(program("huitou"))
        .args(["pin", "set", "--stdin", "--config", &shop.config()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(setting.stdin.take().unwrap(), "{pin}").unwrap();
    setting.wait().unwrap().success()
}

/// Sets the usual PIN.
pub(crate) fn with_pin(shop: &Shop) {
    assert!(set_pin(shop, PIN));
}

pub(crate) fn open(shop: &Shop, pin: &str) -> Said {
    ask(shop.page(), "POST /api/manager", &[JSON], &json!({ "pin": pin }).to_string())
}

fn standing(shop: &Shop, cookie: &str) -> Value {
    ask(shop.page(), "GET /api/manager", &[("Cookie", cookie)], "").json()
}

#[test]
fn the_managers_pin_opens_for_one_browser_until_it_is_closed() {
    let shop = Shop::open();
    assert_eq!(standing(&shop, "")["set"], false);
    let unset = open(&shop, PIN);
    assert_eq!(unset.code(), (403, "pin_unset".into()));
    assert!(unset.body.contains("huitou pin set"), "{}", unset.body);
    assert!(!set_pin(&shop, "123456") && !set_pin(&shop, "12345") && !set_pin(&shop, ""));
    with_pin(&shop); // the agent runs on meanwhile
    let wrong = open(&shop, WRONG);
    assert_eq!((wrong.code(), &wrong.json()["left"]), ((403, "pin_wrong".into()), &json!(4)));
    assert_eq!(wrong.header("set-cookie"), None);
    let opened = open(&shop, PIN);
    assert_eq!((opened.status, &opened.json()["idle_s"]), (200, &json!(300)));
    let line = opened.header("set-cookie").unwrap();
    assert!(line.contains("; HttpOnly") && line.contains("; SameSite=Strict"), "{line}");
    let cookie = opened.cookie();
    assert_eq!(standing(&shop, cookie)["open"], true);
    assert_eq!(standing(&shop, "")["open"], false, "another browser");
    let closed = ask(shop.page(), "POST /api/manager/close", &[JSON, ("Cookie", cookie)], "{}");
    assert!(closed.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(standing(&shop, cookie)["open"], false);
    let file = shop.state_dir().join("manager-pin.toml");
    assert_eq!(mode(&file), 0o600);
    assert!(std::fs::read_to_string(file).unwrap().contains("$argon2id$"));
    let said = shop.agent_said();
    assert!(!said.contains(PIN) && !said.contains(WRONG) && !said.contains(cookie), "{said}");
}

#[test]
fn five_wrong_pins_lock_it_and_a_restart_does_not_open_it() {
    let mut shop = Shop::open();
    with_pin(&shop);
    let cookie = open(&shop, PIN).cookie().to_owned();
    let codes: Vec<u16> = (0..5).map(|_| open(&shop, WRONG).status).collect();
    assert_eq!(codes, [403, 403, 403, 403, 429]);
    shop.kill_agent();
    shop.start_agent();
    let locked = open(&shop, PIN);
    assert_eq!(locked.code(), (429, "pin_locked".into()));
    let wait_s: u32 = locked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait_s));
    assert!(standing(&shop, "")["locked_s"].is_u64());
    assert_eq!(standing(&shop, &cookie)["open"], false, "a restart closes what was open");
}

#[test]
fn checking_a_pin_keeps_nobody_waiting() {
    let shop = Shop::open();
    with_pin(&shop);
    let page = shop.page();
    let trying = std::thread::spawn(move || {
        let body = json!({ "pin": PIN }).to_string();
        (0..5).map(|_| ask(page, "POST /api/manager", &[JSON], &body).status).collect::<Vec<_>>()
    });
    let mut looks = 0;
    while !trying.is_finished() {
        assert_eq!(http::get(shop.page(), "/api/state").unwrap().status, 200);
        looks += 1;
    }
    assert_eq!(trying.join().unwrap(), [200; 5]);
    assert!(looks >= 5, "the page answered {looks} times meanwhile");
}

/// A terminal: our end, and theirs as a program's input.
fn terminal() -> (File, Stdio) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = ptsname(&ours, Vec::new()).unwrap();
    let theirs = File::options().read(true).write(true).open(theirs.to_str().unwrap()).unwrap();
    (File::from(ours), theirs.into())
}

#[test]
fn a_pin_is_asked_for_twice_and_not_shown() {
    let shop = Shop::open();
    for (second, good) in [(WRONG, false), (PIN, true)] {
        let (mut ours, theirs) = terminal();
        let mut asked = Command::new(program("huitou"))
            .args(["pin", "set", "--config", &shop.config()])
            .stdin(theirs)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut heard = asked.stderr.take().unwrap();
        for (typed, question) in [(PIN, "新密码"), (second, "再输一次")] {
            let mut said = String::new();
            while !said.contains(question) || !said.ends_with(": ") {
                let mut byte = [0; 64];
                let count = heard.read(&mut byte).unwrap();
                assert!(count > 0, "{said}");
                said += &String::from_utf8_lossy(&byte[..count]);
            }
            writeln!(ours, "{typed}").unwrap();
        }
        assert_eq!(asked.wait().unwrap().success(), good);
        drop(heard);
        let mut shown = Vec::new();
        let _ = ours.read_to_end(&mut shown); // a terminal that nobody holds ends with an error
        let shown = String::from_utf8_lossy(&shown);
        assert!(!shown.contains(PIN) && !shown.contains(second), "{shown}");
    }
    assert_eq!(open(&shop, PIN).status, 200);
    let no_terminal = output("huitou", &["pin", "set", "--config", &shop.config()]);
    assert!(String::from_utf8_lossy(&no_terminal.stderr).contains("--stdin"));
}

/// What a process has in memory, in KiB.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn what_a_pin_needs_in_memory_is_given_back() {
    let shop = Shop::open();
    with_pin(&shop);
    let before = resident_kib(shop.agent_pid());
    for _ in 0..3 {
        assert_eq!(open(&shop, PIN).status, 200);
    }
    let more = resident_kib(shop.agent_pid()).saturating_sub(before);
    assert!(more < 6 * 1024, "{more} KiB stayed");
}
