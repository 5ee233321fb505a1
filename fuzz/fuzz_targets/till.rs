//! What a till hears from HQ and from the store's other tills: care pages and datagrams. Whatever is in
//! them, the till goes on: it finds customers, shows its page, and keeps or refuses a page as a whole.
//!
//! Signature and seal are left out, as in `messages`. The first byte chooses: a page as it stands, or one
//! made field by field from the rest, so that numbers and dates may be any.
//!
//! Not here: what a cashier's browser sends (`page`).
#![no_main]

use std::cell::RefCell;

use huitou::agent::Agent;
use huitou::clock::Clock;
use huitou::config::Config;
use huitou::keys::TerminalKeys;
use huitou::peers::{Have, Message, Met, PeerKeys, Want};
use libfuzzer_sys::fuzz_target;
use sync::care_list::{CareEntry, CarePage, CustomerId, Held, HqEpoch, Mark, Profile, Version};
use sync::chain::Hash;
use sync::event::{Epoch, How, Name, Seq, TerminalId};
use sync::money::Minor;
use sync::phone::Phone;
use sync::receiver::HighWater;
use sync::seal::SealingSecret;
use sync::sign::SigningKey;
use sync::tier::DatedAmount;

/// After so many pages a till is made anew.
const PAGES: u32 = 2_000;
const STORE_KEY: [u8; 32] = [9; 32];
const NUMBERS: [&str; 4] = ["13800006721", "13900001234", "13700002468", "+4915112345678"];

struct Till {
    agent: Agent,
    _dir: tempfile::TempDir,
    left: u32,
}

thread_local! {
    static TILL: RefCell<Option<Till>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    TILL.with_borrow_mut(|till| {
        if till.as_ref().is_none_or(|till| till.left == 0) {
            *till = Some(made());
        }
        let till = till.as_mut().expect("made");
        till.left -= 1;
        match choice % 4 {
            0 => heard_page(&mut till.agent, minicbor::decode(rest).ok()),
            1 | 2 => {
                let epoch = till.agent.local().expect("a sound disk").epoch;
                heard_page(&mut till.agent, Some(page(&mut Input(rest), epoch)));
            }
            _ => heard_peer(&mut till.agent, &mut Input(rest)),
        }
    });
});

fn made() -> Till {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let text = format!(
        "state_dir = {:?}\n[store]\nname = \"x\"\n[[bridge]]\nname = \"t\"\n\
         pos = \"tcp-listen:127.0.0.1:1\"\nprinter = \"tcp:127.0.0.1:2\"\n",
        dir.path()
    );
    let config = Config::parse(&text, dir.path()).expect("a fixed text");
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
    let mut agent = Agent::open(config, keys, Clock::start()).expect("a new folder");
    let keys = CarePage { peers: Some(vec![STORE_KEY.into()]), ..empty(1) };
    agent.apply(&keys).expect("a page with a key");
    Till { agent, _dir: dir, left: PAGES }
}

fn heard_page(agent: &mut Agent, page: Option<CarePage>) {
    let Some(page) = page else { return };
    let before = agent.local().expect("a sound disk").cursor;
    let applied = agent.apply(&page).is_ok();
    let now = agent.local().expect("a sound disk").cursor;
    assert!(now == if applied { page.to } else { before }, "a page is taken whole or not at all");
    goes_on(
        agent,
        page.entries.iter().find_map(|entry| match entry {
            CareEntry::Customer(profile) => Some(profile.phone.clone()),
            CareEntry::Erased(..) => None,
        }),
    );
}

/// Whatever was heard: she is found, the page is shown, and no number is in it.
fn goes_on(agent: &mut Agent, phone: Option<Phone>) {
    if let Some(phone) = phone {
        agent.look_up(&phone).expect("a sound disk");
        let _ = agent.serve("t", phone.clear(), None, How::Cashier);
    }
    let state = agent.state().expect("a sound disk");
    let shown = serde_json::to_string(&state).expect("a state is JSON");
    assert!(NUMBERS.iter().all(|number| !shown.contains(number)), "a number in clear");
}

fn heard_peer(agent: &mut Agent, input: &mut Input<'_>) {
    let terminal = TerminalId([input.byte() % 3 + 2; 16]);
    let message = match input.byte() % 3 {
        0 => Message::Met(Met {
            terminal,
            epoch: Epoch([input.byte(); 16]),
            seq: Seq(input.number().unsigned_abs()),
            said: Seq(input.number().unsigned_abs()),
            day: input.day(),
            amount: Minor::new(input.number()),
            phone: (input.byte() % 2 == 0).then(|| input.phone()),
            name: input.name(),
            taken: input.day(),
        }),
        1 => Message::Have(Have {
            terminal,
            day: input.day(),
            count: u32::from(input.byte()),
            last: Seq(input.number().unsigned_abs()),
        }),
        _ => Message::Want(Want { terminal, day: input.day() }),
    };
    let phone = match &message {
        Message::Met(met) => met.phone.clone(),
        _ => None,
    };
    if let Some(datagram) = PeerKeys::new(&[STORE_KEY]).seal(&message) {
        agent.hear_peer(&datagram);
    }
    agent.hear_peer(input.0);
    goes_on(agent, phone);
}

fn empty(n: u64) -> CarePage {
    let version = |n| Version { hq_epoch: HqEpoch([5; 16]), n };
    CarePage {
        from: version(0),
        to: version(n),
        snapshot: false,
        more: false,
        entries: Vec::new(),
        policy: None,
        contact: std::collections::BTreeMap::new(),
        sealing: None,
        peers: None,
        words: None,
        styles: None,
        lacks: None,
        tasks: None,
        counted: None,
    }
}

/// What HQ says that it holds: of this till's epoch, of another one's, of one that nobody has.
fn held(input: &mut Input<'_>, epoch: Epoch) -> Held {
    let seq = Seq(input.number().unsigned_abs());
    let epoch = if input.byte() % 2 == 0 { epoch } else { Epoch([input.byte(); 16]) };
    Held { epoch, mark: HighWater { seq, hash: Hash([input.byte() % 2; 32]) } }
}

fn mark(input: &mut Input<'_>, epoch: Epoch) -> Mark {
    let Held { epoch, mark } = held(input, epoch);
    Mark { terminal: TerminalId([input.byte() % 3; 16]), epoch, seq: mark.seq }
}

/// A page field by field: any day, any amount, any version.
fn page(input: &mut Input<'_>, epoch: Epoch) -> CarePage {
    let mut page = empty(input.number().unsigned_abs());
    page.lacks = Some((0..input.byte() % 3).map(|_| held(input, epoch)).collect());
    page.counted = (input.byte() % 4 == 0)
        .then(|| (0..input.byte() % 3).map(|_| mark(input, epoch)).collect());
    page.snapshot = input.byte() % 8 == 0;
    for _ in 0..input.byte() % 5 {
        let customer = CustomerId([input.byte() % 4; 16]);
        page.entries.push(match input.byte() % 4 {
            0 => CareEntry::Erased(customer, None),
            _ => CareEntry::Customer(Profile {
                customer,
                phone: input.phone(),
                spend: (0..input.byte() % 4)
                    .map(|_| DatedAmount { day: input.day(), amount: Minor::new(input.number()) })
                    .collect(),
                marks: Vec::new(),
                tier: input.name().map(|name| name.surname),
                name: input.name(),
                card: None,
            }),
        });
    }
    // A policy of HQ's own, as bytes.
    page.policy = minicbor::decode(input.0).ok();
    page
}

/// What is left of the input; zeros behind its end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    /// Small ones and the ends of the range are the likely ones.
    fn number(&mut self) -> i64 {
        match self.byte() % 6 {
            0 => i64::from(self.byte()),
            1 => -i64::from(self.byte()),
            2 => i64::MAX - i64::from(self.byte()),
            3 => i64::MIN + i64::from(self.byte()),
            4 => i64::from(self.byte()) << (self.byte() % 56),
            _ => 129_900,
        }
    }

    fn day(&mut self) -> i32 {
        match self.byte() % 4 {
            0 => 20_778 - i32::from(self.byte()),
            1 => i32::MAX - i32::from(self.byte()),
            2 => i32::MIN + i32::from(self.byte()),
            _ => i32::from(self.byte()),
        }
    }

    fn phone(&mut self) -> Phone {
        let number = NUMBERS[usize::from(self.byte()) % NUMBERS.len()];
        Phone::parse(number).expect("a number")
    }

    fn name(&mut self) -> Option<Name> {
        let len = usize::from(self.byte() % 16).min(self.0.len());
        let (text, rest) = self.0.split_at(len);
        self.0 = rest;
        // Digits in a name would be looked for as a number.
        let surname = String::from_utf8_lossy(text).replace(|symbol: char| symbol.is_numeric(), "");
        (len > 0).then(|| Name { surname, title: "女士".into() })
    }
}
