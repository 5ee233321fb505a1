//! A simulated till: keys, an outbox in memory, and the real uplink driven over real HTTP.

use crate::headquarters::{Answer, Headquarters, http};
use std::net::SocketAddr;
use sync::batch::{Builder, Kept};
use sync::care_list::{CareEntry, CustomerId, ErasureProof, Held, Profile, Task, Version};
use sync::chain::{self, Hash};
use sync::event::{
    Asked, Body, Epoch, Event, Item, Known, LocalSeconds, Name, Position, Sale, SaleKind, Seq,
    SlipId, Tender, TenderKind, TerminalId, When,
};
use sync::message::{EnrolCode, EnrolReply, EnrolRequest, HqKeys};
use sync::money::Minor;
use sync::phone::Phone;
use sync::random::random;
use sync::receiver::HighWater;
use sync::seal::{self, SealingPublic, SealingSecret};
use sync::sign::{SigningKey, VerifyingKey};
use sync::uplink::{Action, Heard, Identity, Local, Uplink};

/// 2026-11-21 10:00 on the shop's clock.
pub(crate) const MORNING: i64 = 1_795_255_200;

pub(crate) struct Till {
    pub(crate) terminal: TerminalId,
    pub(crate) epoch: Epoch,
    pub(crate) signing: SigningKey,
    pub(crate) outbox: Vec<(Vec<u8>, Hash)>,
    pub(crate) acknowledged: Seq,
    pub(crate) cursor: Version,
    pub(crate) care: Vec<Profile>,
    pub(crate) erased: Vec<CustomerId>,
    /// What HQ sent with each of them.
    pub(crate) proofs: Vec<ErasureProof>,
    /// What HQ asks this store's people to do.
    pub(crate) tasks: Vec<Task>,
    /// The store's own keys, this month's first.
    pub(crate) peers: Vec<[u8; 32]>,
    pub(crate) refused: Vec<String>,
    /// Every byte that crossed the wire, both ways.
    pub(crate) wire: Vec<u8>,
    sealing: SealingSecret,
    hq_signing: VerifyingKey,
    hq_sealing: SealingPublic,
    uplink: Uplink,
    now_ms: u64,
}

/// The request that enrols a till with these keys.
pub(crate) fn request(code: &EnrolCode, signing: &SigningKey, own: &SealingSecret) -> EnrolRequest {
    EnrolRequest {
        token: code.token.clone(),
        signing: signing.verifying(),
        sealing: own.public(),
        store: "湖滨店".into(),
        till: "1号".into(),
        software: "simulated till".into(),
    }
}

impl Till {
    pub(crate) fn enrol(hq: &Headquarters, store: &str) -> Self {
        Self::enrol_at(hq, store, &[])
    }

    /// As [`Self::enrol`], where the code's command needs more arguments.
    pub(crate) fn enrol_at(hq: &Headquarters, store: &str, more: &[&str]) -> Self {
        let code: EnrolCode = hq.code_with(store, more).parse().unwrap();
        let (signing, sealing) = (SigningKey::generate(), SealingSecret::generate(1));
        let keys = http(hq.address, "GET", "/v1/keys", &[]);
        let keys = HqKeys::verify(&code.fingerprint, &keys.body).unwrap();
        let hq_sealing = keys.current().unwrap();
        let sealed = request(&code, &signing, &sealing).seal(&hq_sealing).unwrap();
        let answer = http(hq.address, "POST", "/v1/enrol", &sealed);
        assert_eq!(answer.status, 200);
        let reply = EnrolReply::open(&keys.signing, &sealing, &answer.body).unwrap();
        assert_eq!((reply.store_name.as_str(), reply.currency_exponent), (store, 2));
        let identity = Identity {
            terminal: reply.terminal,
            signing: SigningKey::from_seed(*signing.seed()),
            sealing: sealing.clone(),
            hq: keys.signing,
        };
        Self {
            terminal: reply.terminal,
            epoch: Epoch(random()),
            signing,
            outbox: Vec::new(),
            acknowledged: Seq::NONE,
            cursor: Version::NONE,
            care: Vec::new(),
            erased: Vec::new(),
            proofs: Vec::new(),
            tasks: Vec::new(),
            peers: Vec::new(),
            refused: Vec::new(),
            wire: Vec::new(),
            sealing,
            hq_signing: keys.signing,
            hq_sealing,
            uplink: Uplink::new(identity, 1),
            now_ms: 0,
        }
    }

    pub(crate) fn last(&self) -> Seq {
        Seq(self.outbox.len() as u64)
    }

    /// Appends an event; returns its number.
    pub(crate) fn write(&mut self, body: Body) -> Seq {
        let minutes = i64::try_from(self.outbox.len()).unwrap();
        let wall_ms = (MORNING + minutes * 60) * 1_000;
        let event = Event { at: When { wall_ms, boot: 1, mono_ms: 1 }, body };
        self.append(&event.encode())
    }

    /// Appends bytes that may be no event at all.
    pub(crate) fn append(&mut self, plain: &[u8]) -> Seq {
        let seq = self.last().next();
        let position = Position { terminal: self.terminal, epoch: self.epoch, seq };
        let prev = self.chain_at(self.last());
        let sealed = seal::seal(&self.hq_sealing, &position, &prev, plain).unwrap();
        let hash = chain::next(&prev, &position, &sealed);
        self.outbox.push((sealed, hash));
        seq
    }

    pub(crate) fn chain_at(&self, seq: Seq) -> Hash {
        (seq.0 as usize).checked_sub(1).map_or(Hash::GENESIS, |at| self.outbox[at].1)
    }

    /// A signed batch of events `first..=last`, and its path.
    pub(crate) fn batch(&self, first: u64, last: u64) -> (String, Vec<u8>) {
        let after = Seq(first - 1);
        let prev = self.chain_at(after);
        let mut builder = Builder::new(self.terminal, self.epoch, after, prev, usize::MAX);
        for (sealed, _) in &self.outbox[first as usize - 1..last as usize] {
            builder.push(sealed.clone()).unwrap();
        }
        let path = format!("/v1/t/{}/{}/{first}-{last}", self.terminal, self.epoch);
        (path, builder.finish().unwrap().sign(&self.signing))
    }

    pub(crate) fn put(&self, hq: &Headquarters, first: u64, last: u64) -> Answer {
        let (path, body) = self.batch(first, last);
        http(hq.address, "PUT", &path, &body)
    }

    pub(crate) fn hq_key(&self) -> &VerifyingKey {
        &self.hq_signing
    }

    pub(crate) fn sealing(&self) -> &SealingSecret {
        &self.sealing
    }

    /// One whole round of the uplink. Stops early when HQ refuses.
    pub(crate) fn sync(&mut self, address: SocketAddr) {
        self.uplink.wake();
        let refused = self.refused.len();
        while self.refused.len() == refused {
            let local = Local {
                epoch: self.epoch,
                last: self.last(),
                acknowledged: self.acknowledged,
                cursor: self.cursor,
                held: self.held(),
            };
            match self.uplink.poll(self.now_ms, &local) {
                Action::Idle => return,
                Action::Wait { until_ms } => self.now_ms = until_ms,
                Action::NeedEvents { after, .. } => {
                    let events = self.outbox[after.0 as usize..].iter().map(|(e, _)| e.clone());
                    let (prev, events) = (self.chain_at(after), events.collect());
                    let run = Kept { after, prev, is_oldest: false, events };
                    self.uplink.handle_events(self.now_ms, self.epoch, run);
                }
                Action::Send(request) => {
                    self.wire.extend(&request.body);
                    let answer = http(address, request.method, &request.path, &request.body);
                    self.wire.extend(&answer.body);
                    self.hear(&answer);
                }
            }
        }
    }

    /// What it believes that HQ holds.
    fn held(&self) -> Vec<Held> {
        let mark = HighWater { seq: self.acknowledged, hash: self.chain_at(self.acknowledged) };
        let held = Held { epoch: self.epoch, mark };
        Vec::from_iter((mark.seq > Seq::NONE).then_some(held))
    }

    fn hear(&mut self, answer: &Answer) {
        let Answer { status, retry_after_s, body, .. } = answer;
        match self.uplink.handle_response(self.now_ms, *status, *retry_after_s, body) {
            Heard::Mark { mark, .. } => {
                assert_eq!(mark.hash, self.chain_at(mark.seq));
                self.acknowledged = mark.seq;
            }
            Heard::Page(page) => {
                if let Some(lacks) = page.lacks.iter().flatten().next() {
                    self.acknowledged = lacks.mark.seq;
                }
                self.cursor = page.to;
                self.hq_sealing = page.sealing.unwrap_or(self.hq_sealing);
                self.peers = page.peers.iter().flatten().map(|key| **key).collect();
                if page.snapshot {
                    self.care.clear();
                }
                if let Some(tasks) = page.tasks {
                    self.tasks = tasks.tasks;
                }
                page.entries.into_iter().for_each(|entry| self.learn(entry));
            }
            Heard::Refused(reason) => self.refused.push(format!("{reason:?}")),
            other => panic!("{other:?} after {status}"),
        }
    }

    fn learn(&mut self, entry: CareEntry) {
        let id = match &entry {
            CareEntry::Customer(profile) => profile.customer,
            CareEntry::Erased(id, _) => *id,
        };
        self.care.retain(|known| known.customer != id);
        match entry {
            CareEntry::Customer(profile) => self.care.push(profile),
            CareEntry::Erased(id, proof) => {
                self.erased.push(id);
                self.proofs.push(proof.unwrap());
            }
        }
    }
}

/// A sale of one item, paid by WeChat, by nobody in particular.
pub(crate) fn sale(no: &str, units: i64) -> Sale {
    let total = Minor::new(units);
    Sale {
        kind: if units < 0 { SaleKind::Return } else { SaleKind::Sale },
        slip: SlipId { boot: 7, slip: 1 },
        total,
        known: Known::Proved,
        asked: Asked::Pending,
        noted: true,
        items: vec![Item {
            name: "真丝连衣裙".into(),
            qty_milli: 1_000,
            amount: total,
            unit_price: None,
            discount: None,
            style: Some("DR2301".into()),
            colour: None,
            size: Some("M".into()),
        }],
        tenders: vec![Tender { kind: TenderKind::WeChat, amount: total, label: None }],
        receipt_no: Some(no.into()),
        printed_at: Some(LocalSeconds(MORNING)),
        till: Some("01".into()),
        cashier: Some("=HYPERLINK(\"x\")".into()),
        associate: None,
        item_count: Some(1),
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: None,
        who: None,
        typing_ds: None,
    }
}

/// As [`sale`], hers.
pub(crate) fn sale_to(no: &str, units: i64, phone: &str) -> Body {
    let who = Some(Name { surname: "李".into(), title: "女士".into() });
    let phone = Some(Phone::parse(phone).unwrap());
    Body::Sale(Box::new(Sale { phone, who, asked: Asked::Given, ..sale(no, units) }))
}

/// As [`sale`], nobody's.
pub(crate) fn sale_of(no: &str, units: i64) -> Body {
    Body::Sale(Box::new(sale(no, units)))
}
