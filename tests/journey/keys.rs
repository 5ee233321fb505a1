//! The keys released from elsewhere: the till goes on as before, and its disk alone opens nothing.
//!
//! Not here: a power cut between the steps (`huitou::keys::protect`'s own tests).

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::programs::{done, output};
use crate::shop::{BridgeOf, Setting, Shop};
use crate::till::{self, Receipt};
use crate::wait::until_true;

const NUMBER: &str = "13800006721";

/// What lies in a key file in clear: names and 32 bytes in hex.
const LOCAL: [&str; 2] = ["index_key", "local_key"];
const IDENTITY: [&str; 2] = ["signing_seed", "sealing_secret"];

/// A shop whose keys can be moved; its bridge is the agent's.
fn shop() -> Shop {
    Shop::with(Setting { enrolled: false, bridge: BridgeOf::TheAgent, ..Setting::default() })
}

/// The secrets of a key file in clear.
fn secrets(shop: &Shop, names: &[&str]) -> Vec<[u8; 32]> {
    let text = std::fs::read_to_string(shop.state_dir().join("terminal.key")).unwrap();
    let value = |name: &&str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        bytes(line.split('"').nth(1).unwrap())
    };
    names.iter().map(value).collect()
}

fn bytes(hex: &str) -> [u8; 32] {
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    core::array::from_fn(byte)
}

fn keys(shop: &Shop, words: &[&str]) -> String {
    done("huitou", &[&["keys"], words, &["--config", &shop.config()]].concat())
}

fn refused(shop: &Shop, words: &[&str]) -> String {
    let output = output("huitou", &[&["keys"], words, &["--config", &shop.config()]].concat());
    assert!(!output.status.success(), "it did what it cannot do");
    String::from_utf8(output.stderr).unwrap()
}

fn check(shop: &Shop) -> String {
    let output = output("huitou", &["check", "--config", &shop.config()]);
    String::from_utf8(output.stdout).unwrap()
}

/// Writes more into the configuration's beginning, where tables have not begun, or at its end.
fn configure(shop: &Shop, head: &str, tail: &str) {
    let text = std::fs::read_to_string(shop.config()).unwrap();
    std::fs::write(shop.config(), format!("{head}{text}{tail}")).unwrap();
}

/// A member rings up, the agent is killed and started again, and knows her still.
fn remembers_over_a_restart(shop: &mut Shop) {
    shop.kill_agent();
    shop.start_agent();
    let before = shop.slips_taken();
    assert!(before > 0, "the day book does not open any more");
    let state = shop.post("/api/number", &json!({ "number": NUMBER }));
    assert!(state.to_string().contains("李"), "she is not known any more: {state}");
}

/// A shop with a member who bought something.
fn with_a_member() -> Shop {
    let mut shop = shop();
    shop.enrol();
    shop.start_agent();
    shop.post("/api/number", &json!({ "number": NUMBER, "surname": "李", "title": "女士" }));
    shop.ring_up(&Receipt::of("9001", "羊毛大衣", 129_900));
    shop
}

/// No file under `dir` holds one of the secrets, in binary or in hex of either case.
fn assert_silent(dir: &Path, secrets: &[[u8; 32]]) {
    let mut files = 0;
    visit(dir, &mut |path, content| {
        files += 1;
        assert!(!holds(content, secrets), "{} holds a secret", path.display());
    });
    assert!(files >= 2, "only {files} files were looked at");
}

fn holds(content: &[u8], secrets: &[[u8; 32]]) -> bool {
    let lower = |secret: &[u8; 32]| secret.iter().map(|byte| format!("{byte:02x}")).collect();
    secrets.iter().any(|secret| {
        let hex: String = lower(secret);
        let forms = [secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
        forms.iter().any(|form| content.windows(form.len()).any(|part| part == form))
    })
}

fn visit(path: &Path, see: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        match entry.metadata() {
            Ok(about) if about.is_dir() => visit(&entry.path(), see),
            Ok(about) if about.is_file() => {
                see(&entry.path(), &std::fs::read(entry.path()).unwrap());
            }
            _ => {} // a socket, or gone since
        }
    }
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    let secret: [u8; 32] = core::array::from_fn(|at| at as u8 + 0xA0);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(holds(&[&b"x"[..], &secret].concat(), &[secret]));
    assert!(holds(format!("key = {hex}").as_bytes(), &[secret]));
    assert!(holds(hex.to_uppercase().as_bytes(), &[secret]));
    assert!(!holds(&secret[1..], &[secret]));
}

/// A key store of a few lines: keeps what comes in, hands it out.
fn key_store(shop: &Shop) {
    let script = shop.path("store.sh");
    let kept = shop.path("kept-elsewhere");
    let text = format!("#!/bin/sh\ncase $1 in keep) cat > {kept:?};; give) cat {kept:?};; esac\n");
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    configure(
        shop,
        "",
        &format!("[keys]\nunlock = [{script:?}, \"give\"]\nstore = [{script:?}, \"keep\"]\n"),
    );
}

#[test]
fn a_key_store_releases_the_keys_and_the_disk_alone_does_not() {
    let mut shop = with_a_member();
    let all = secrets(&shop, &[LOCAL, IDENTITY].concat());
    let shown = keys(&shop, &["show"]);
    assert!(shown.starts_with("file: "), "{shown}");
    let said = refused(&shop, &["protect", "--with", "command"]);
    assert!(said.contains("[keys] unlock"), "{said}");
    key_store(&shop);
    let said = keys(&shop, &["protect", "--with", "command"]);
    assert!(said.starts_with("command: "), "{said}");
    let stored = bytes(&std::fs::read_to_string(shop.path("kept-elsewhere")).unwrap());
    let wrapped = [all.clone(), vec![stored]].concat();
    assert_silent(&shop.state_dir(), &wrapped);
    remembers_over_a_restart(&mut shop);
    shop.sync();
    assert_silent(&shop.state_dir(), &wrapped);
    let said = check(&shop);
    assert!(said.contains("✓ 密钥:由系统的钥匙库保管"), "{said}");
    // Without its store nothing opens; it is said, with what to do, and nothing secret.
    shop.kill_agent();
    std::fs::rename(shop.path("kept-elsewhere"), shop.path("kept-apart")).unwrap();
    let said = check(&shop);
    assert!(said.contains("✗ 密钥:现在打不开"), "{said}");
    let said = refused(&shop, &["protect", "--with", "file"]);
    assert!(said.contains("unlock"), "{said}");
    std::fs::rename(shop.path("kept-apart"), shop.path("kept-elsewhere")).unwrap();
    // And back again.
    keys(&shop, &["protect", "--with", "file"]);
    assert_eq!(secrets(&shop, &[LOCAL, IDENTITY].concat()), all);
    shop.start_agent();
    assert!(shop.slips_taken() > 0);
}

#[test]
fn a_store_that_is_not_ready_at_the_start_is_waited_for_while_receipts_print() {
    let mut shop = with_a_member();
    key_store(&shop);
    keys(&shop, &["protect", "--with", "command"]);
    shop.kill_agent();
    std::fs::rename(shop.path("kept-elsewhere"), shop.path("kept-apart")).unwrap();
    shop.start_agent_unwatched();
    let receipt = Receipt::of("9002", "真丝连衣裙", 239_900);
    till::print(shop.till, &receipt.bytes());
    assert!(shop.printer.job(2).bytes == receipt.bytes(), "as sent");
    until_true("the agent to say what it waits for", || {
        std::fs::read_to_string(shop.path("agent.log")).unwrap().contains("钥匙库命令")
    });
    std::fs::rename(shop.path("kept-apart"), shop.path("kept-elsewhere")).unwrap();
    shop.await_agent();
    shop.await_slips(2);
}

#[test]
fn hq_releases_the_keys_until_the_till_is_revoked() {
    let mut shop = with_a_member();
    let local = secrets(&shop, &LOCAL);
    let identity = secrets(&shop, &IDENTITY);
    let said = keys(&shop, &["protect", "--with", "hq"]);
    assert!(said.starts_with("hq: "), "{said}");
    assert_silent(&shop.state_dir(), &local);
    assert_eq!(secrets(&shop, &IDENTITY), identity, "what asks HQ stays, as it is said");
    remembers_over_a_restart(&mut shop);
    shop.sync();
    assert_silent(&shop.state_dir(), &local);
    let answers: Vec<_> = shop.listed("releases").iter().map(|row| row["answer"].clone()).collect();
    assert_eq!(answers, [json!("given"), json!("given"), json!("made")]);
    let said = check(&shop);
    assert!(said.contains("✓ 密钥:每次启动由总部放行"), "{said}");
    // HQ knows that it is stolen: what runs goes on, and the next start is locked.
    let terminal = shop.listed("tills")[0]["id"].as_str().unwrap().to_owned();
    let hq = shop.path("hq");
    done("huitou-hq", &["revoke", "--dir", hq.to_str().unwrap(), &terminal]);
    shop.ring_up(&Receipt::of("9002", "真丝连衣裙", 239_900));
    shop.kill_agent();
    let said = refused(&shop, &["protect", "--with", "file"]);
    assert!(said.contains("revoked"), "{said}");
    shop.start_agent_unwatched();
    until_true("the agent to say why it waits", || {
        std::fs::read_to_string(shop.path("agent.log")).unwrap().contains("总部已停用本机")
    });
    let receipt = Receipt::of("9003", "纯棉衬衫", 24_200);
    let jobs = shop.printer.jobs().len();
    till::print(shop.till, &receipt.bytes());
    assert!(shop.printer.job(jobs + 1).bytes == receipt.bytes(), "receipts print all the same");
    assert_eq!(shop.listed("releases")[0]["answer"], json!("revoked"));
    assert!(check(&shop).contains("总部已停用本机"));
}

#[test]
fn without_hq_at_the_start_receipts_print_and_are_taken_once_it_answers() {
    let mut shop = with_a_member();
    keys(&shop, &["protect", "--with", "hq"]);
    shop.kill_agent();
    shop.stop_hq();
    shop.start_agent_unwatched();
    until_true("the agent to say what it waits for", || {
        std::fs::read_to_string(shop.path("agent.log")).unwrap().contains("连不上")
    });
    let receipt = Receipt::of("9002", "真丝连衣裙", 239_900);
    till::print(shop.till, &receipt.bytes());
    assert!(shop.printer.job(2).bytes == receipt.bytes(), "as sent");
    let said = refused(&shop, &["protect", "--with", "file"]);
    assert!(said.contains("cannot be reached"), "{said}");
    shop.restart_hq();
    shop.await_agent();
    shop.await_slips(2);
    shop.sync();
    assert_eq!(shop.sale("9002")["total"], receipt.total());
}

/// Why systemd-creds cannot be tried here, if it cannot.
fn no_systemd_creds() -> Option<String> {
    let sealed = Command::new("systemd-creds")
        .args(["encrypt", "--with-key=host", "--name=huitou.test", "-", "-"])
        .stdin(Stdio::null())
        .output();
    match sealed {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

#[test]
#[allow(clippy::print_stdout)] // a test that tries nothing says so
fn systemd_releases_the_keys_by_its_program_or_as_a_loaded_credential() {
    if let Some(why) = no_systemd_creds() {
        println!("skipped: systemd-creds cannot seal with the host's key here: {why}");
        return;
    }
    let mut shop = with_a_member();
    let all = secrets(&shop, &[LOCAL, IDENTITY].concat());
    let said = keys(&shop, &["protect", "--with", "systemd-creds", "--key", "host"]);
    assert!(said.contains("没有用 TPM") && said.contains("LoadCredentialEncrypted="), "{said}");
    assert_silent(&shop.state_dir(), &all);
    remembers_over_a_restart(&mut shop);
    // Sealed anew, as after a TPM was added: the same key, another credential.
    let credential = shop.state_dir().join("local.cred");
    let before = std::fs::read(&credential).unwrap();
    keys(&shop, &["protect", "--with", "systemd-creds", "--key", "host"]);
    assert_ne!(std::fs::read(&credential).unwrap(), before);
    remembers_over_a_restart(&mut shop);
    // As systemd does for a service: the credential opened before the start, the program not needed.
    shop.kill_agent();
    let loaded = shop.path("credentials");
    std::fs::create_dir(&loaded).unwrap();
    let into = loaded.join("huitou.local");
    let words = ["decrypt", "--name=huitou.local"];
    let opened = Command::new("systemd-creds").args(words).args([&credential, &into]).status();
    assert!(opened.unwrap().success());
    std::fs::rename(&credential, shop.path("local.cred.apart")).unwrap();
    shop.start_agent_with("CREDENTIALS_DIRECTORY", &loaded);
    shop.await_agent();
    assert!(shop.slips_taken() > 0);
    shop.kill_agent();
    std::fs::rename(shop.path("local.cred.apart"), &credential).unwrap();
    assert_silent(&shop.state_dir(), &all);
    keys(&shop, &["protect", "--with", "file"]);
    assert!(!credential.exists(), "nothing needs it any more");
    assert_eq!(secrets(&shop, &[LOCAL, IDENTITY].concat()), all);
}
