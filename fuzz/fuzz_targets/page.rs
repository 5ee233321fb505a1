//! What reaches the counter: any bytes on the port of the cashier's page, and on a keypad's line.
//!
//! The first byte chooses: bytes for the socket as they are, a request whose head is in order, or a keypad
//! with pauses. The page is the real one on a loopback port, so HTTP itself is under test too.
//!
//! Not here: HQ's pages (`http`), the till's printer port (`tokenizer`, `hold`).
#![no_main]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use huitou::agent::{Agent, lock};
use huitou::clock::Clock;
use huitou::config::Config;
use huitou::keypad::entry::{Entry, LEN_MAX, Typed};
use huitou::keys::TerminalKeys;
use huitou::page;
use libfuzzer_sys::fuzz_target;
use sync::event::{How, TerminalId};
use sync::seal::SealingSecret;
use sync::sign::SigningKey;

const NUMBER: &str = "13800006721";
const PATHS: [&str; 16] = [
    "/api/number",
    "/api/serving",
    "/api/typing",
    "/api/choose",
    "/api/quiet",
    "/api/told",
    "/api/consent",
    "/api/person",
    "/api/referrer",
    "/api/new-number",
    "/api/merge",
    "/api/papers/1/link",
    "/api/link",
    "/api/staff",
    "/api/papers/1/review",
    "/api/v1/sale/number",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    match choice % 4 {
        0 => said(rest),
        1 => {
            let path = PATHS[usize::from(choice / 4) % PATHS.len()];
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
                 Connection: close\r\nContent-Length: {}\r\n\r\n",
                served(),
                rest.len()
            );
            said(&[head.as_bytes(), rest].concat());
        }
        2 => {
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else { return };
            let (path, more) = (&rest[..end], &rest[end + 1..]);
            let host = format!(" HTTP/1.1\r\nHost: {}\r\n", served());
            said(&[b"GET /", path, host.as_bytes(), more, b"\r\n\r\n"].concat());
        }
        _ => typed(rest),
    }
});

/// Where the page is: one agent for the whole run.
fn served() -> SocketAddr {
    static AT: OnceLock<SocketAddr> = OnceLock::new();
    *AT.get_or_init(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = page::bind(([127, 0, 0, 1], 0).into()).await.expect("a port");
                sender.send(listener.local_addr().expect("bound")).expect("somebody waits");
                let (wanted, _nobody) = tokio::sync::mpsc::channel(1);
                page::serve(listener, agent(), wanted).await.expect("it serves");
            });
        });
        receiver.recv().expect("it began")
    })
}

fn agent() -> Arc<Mutex<Agent>> {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let dir = dir.keep();
    let text = format!(
        "state_dir = {dir:?}\n[store]\nname = \"x\"\n[[bridge]]\nname = \"t\"\n\
         pos = \"tcp-listen:127.0.0.1:1\"\nprinter = \"tcp:127.0.0.1:2\"\n",
    );
    let config = Config::parse(&text, &dir).expect("a fixed text");
    let keys = TerminalKeys {
        terminal: TerminalId([3; 16]),
        signing: SigningKey::from_seed([1; 32]),
        sealing: SealingSecret::from_bytes(0, [2; 32]),
        hq: SigningKey::from_seed([4; 32]).verifying(),
        hq_sealing: SealingSecret::from_bytes(7, [5; 32]).public(),
        hq_url: "http://127.0.0.1:1".into(),
        store_name: "x".into(),
        currency_exponent: 2,
        index: [5; 32],
        local: [6; 32],
    };
    let agent = Agent::open(config, keys, Clock::start()).expect("a new folder");
    let agent = Arc::new(Mutex::new(agent));
    lock(&agent).serve("t", NUMBER, None, How::Cashier).expect("a number");
    agent
}

/// Whatever is said to the page: it answers or hangs up, and shows no number.
fn said(bytes: &[u8]) {
    let at = served();
    let Ok(mut stream) = TcpStream::connect(at) else { return };
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("not zero");
    let _refused = stream.write_all(bytes);
    let _gone = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _late = stream.read_to_end(&mut answer);
    let holds = |text: &str| answer.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!holds(NUMBER), "a number in clear");
    assert!(!answer.starts_with(b"HTTP/1.1 500"), "the page has a problem");
}

/// What is told of a keypad holds letters and digits only, and never more than an entry may have.
fn typed(bytes: &[u8]) {
    let (mut entry, mut now_ms) = (Entry::default(), 0_u64);
    for pair in bytes.chunks(2) {
        now_ms += u64::from(*pair.get(1).unwrap_or(&0)).pow(2);
        let told = [entry.poll(now_ms), entry.byte(pair[0], now_ms)];
        for told in told.into_iter().flatten() {
            let (text, digits_only) = match &told {
                Typed::SoFar(text) => (text.as_str(), true),
                Typed::Entered(text) => (text.as_str(), false),
                Typed::Cleared => ("", true),
            };
            assert!(text.len() <= LEN_MAX);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert!(!digits_only || text.bytes().all(|byte| byte.is_ascii_digit()));
            assert!(!format!("{told:?}").contains(text) || text.len() < 3, "it shows itself");
        }
    }
    let _ = entry.lost();
    assert_eq!(entry.poll_timeout(), None);
}
