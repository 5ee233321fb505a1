//! A till, a bad line and an HQ in one struct: whatever is lost, doubled, late or restored, HQ ends
//! with every event once.

use super::*;
use crate::batch::{Batch, Kept};
use crate::care_list::{CarePage, Held, HqEpoch};
use crate::chain::Hash;
use crate::message::{Receipt, Refusal, RefusalReason};
use crate::receiver::{Decision, HighWater, receive};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

mod capped;

const TERMINAL: TerminalId = TerminalId([0x11; 16]);
const EPOCH: Epoch = Epoch([0x22; 16]);
const LIST: Version = Version { hq_epoch: HqEpoch([5; 16]), n: 1 };

/// What the line does to one request.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    RequestLost,
    AnswerLost,
    Doubled,
    /// The answer comes after the till gave up.
    AnswerLate,
    Busy,
    /// Someone in between answers with rubbish and status 200.
    Forged,
    /// HQ is restored from a backup that holds this share of its ledger, in eighths.
    Restored(usize),
}

struct World {
    uplink: Uplink,
    now_ms: u64,
    local: Local,
    outbox: Vec<(Vec<u8>, Hash)>,
    hq: SigningKey,
    till: VerifyingKey,
    till_sealing: crate::seal::SealingPublic,
    ledger: Vec<(Vec<u8>, Hash)>,
    requests: usize,
}

fn first_of(size: usize) -> Kept {
    let (after, prev) = (Seq::NONE, Hash::GENESIS);
    Kept { after, prev, is_oldest: false, events: vec![vec![1; size]] }
}

impl World {
    fn new(seed: u64, sizes: &[usize]) -> Self {
        let hq = SigningKey::from_seed([1; 32]);
        let sealing = SealingSecret::from_bytes(1, [3; 32]);
        let signing = SigningKey::from_seed([2; 32]);
        let (till, till_sealing) = (signing.verifying(), sealing.public());
        let identity = Identity { terminal: TERMINAL, signing, sealing, hq: hq.verifying() };
        let local = Local {
            epoch: EPOCH,
            last: Seq::NONE,
            acknowledged: Seq::NONE,
            cursor: Version::NONE,
            held: Vec::new(),
        };
        let mut world = Self {
            uplink: Uplink::new(identity, seed),
            now_ms: 1_000,
            local,
            outbox: Vec::new(),
            hq,
            till,
            till_sealing,
            ledger: Vec::new(),
            requests: 0,
        };
        sizes.iter().for_each(|size| world.write(*size));
        world
    }

    fn write(&mut self, size: usize) {
        let seq = self.local.last.next();
        let mut sealed = vec![0xEE; size];
        sealed.extend(seq.0.to_be_bytes());
        let prev = self.outbox.last().map_or(Hash::GENESIS, |(_, hash)| *hash);
        let position = crate::event::Position { terminal: TERMINAL, epoch: EPOCH, seq };
        self.outbox.push((sealed.clone(), crate::chain::next(&prev, &position, &sealed)));
        self.local.last = seq;
    }

    /// One step of the driver; `false` when the round is done.
    fn step(&mut self, fault: &mut impl FnMut() -> Fault) -> bool {
        match self.uplink.poll(self.now_ms, &self.local) {
            Action::Idle => return false,
            Action::Wait { until_ms } => {
                assert!(until_ms > self.now_ms, "a wait that is over");
                assert!(until_ms - self.now_ms <= PAUSE_MS_MAX.max(ANSWER_MS_MAX));
                self.now_ms = until_ms;
            }
            Action::NeedEvents { after, .. } => self.read(after),
            Action::Send(request) => self.carry(&request, fault()),
        }
        true
    }

    fn read(&mut self, after: Seq) {
        let at = after.0 as usize;
        let prev = at.checked_sub(1).map_or(Hash::GENESIS, |last| self.outbox[last].1);
        let events: Vec<_> = self.outbox[at..].iter().map(|(e, _)| e.clone()).collect();
        let run = Kept { after, prev, is_oldest: false, events };
        self.uplink.handle_events(self.now_ms, EPOCH, run);
    }

    fn read_ahead(&mut self) {
        if let Some((after, _)) = self.uplink.ahead(&self.local) {
            self.read(after);
            assert_eq!(self.uplink.ahead(&self.local), None, "it is ready");
        }
    }

    fn carry(&mut self, request: &Request, fault: Fault) {
        self.requests += 1;
        self.now_ms += 40;
        if !self.requests.is_multiple_of(3) {
            self.read_ahead();
        }
        match fault {
            Fault::None => self.answer(request),
            Fault::RequestLost => self.uplink.handle_failure(self.now_ms),
            Fault::AnswerLost => {
                self.hq_takes(request);
                self.uplink.handle_failure(self.now_ms);
            }
            Fault::Doubled => {
                self.hq_takes(request);
                self.answer(request);
            }
            Fault::AnswerLate => {
                let (status, body) = self.hq_takes(request);
                self.uplink.handle_failure(self.now_ms);
                self.hear(status, None, &body);
            }
            Fault::Busy => self.hear(503, Some(7), b"busy"),
            Fault::Forged => self.hear(200, None, b"\xd2\x84not hq"),
            Fault::Restored(eighths) => {
                self.ledger.truncate(self.ledger.len() * eighths / 8);
                self.answer(request);
            }
        }
    }

    fn answer(&mut self, request: &Request) {
        let (status, body) = self.hq_takes(request);
        self.hear(status, None, &body);
    }

    fn hear(&mut self, status: u16, retry_after_s: Option<u64>, body: &[u8]) {
        match self.uplink.handle_response(self.now_ms, status, retry_after_s, body) {
            Heard::Mark { mark, .. } => self.acknowledged(mark),
            Heard::Page(page) => {
                self.local.cursor = page.to;
                page.lacks.iter().flatten().for_each(|lacks| self.acknowledged(lacks.mark));
            }
            Heard::SetAside { .. } => panic!("set aside"),
            Heard::Refused(reason) => panic!("refused: {reason:?}"),
            Heard::Failed { .. } | Heard::Nothing => {}
        }
    }

    fn acknowledged(&mut self, mark: HighWater) {
        let at = (mark.seq.0 as usize).checked_sub(1);
        assert_eq!(mark.hash, at.map_or(Hash::GENESIS, |at| self.outbox[at].1));
        self.local.acknowledged = mark.seq;
        self.local.held = vec![Held { epoch: EPOCH, mark }];
    }

    fn hq_takes(&mut self, request: &Request) -> (u16, Vec<u8>) {
        if request.method == "POST" {
            return (200, self.hq_page(&request.body));
        }
        let batch = Batch::verify(&self.till, &request.body).unwrap();
        assert_eq!(
            request.path,
            format!("/v1/t/{TERMINAL}/{EPOCH}/{}-{}", batch.first, batch.last())
        );
        let mut mark = self.mark();
        let known = |seq: Seq| self.ledger.get(seq.0 as usize - 1).map(|(_, hash)| *hash);
        match receive(&batch, mark, known) {
            Decision::Append { first, mark: after } => {
                let new = batch.entries().filter(|entry| entry.seq >= first);
                self.ledger.extend(new.map(|entry| (entry.sealed.to_vec(), entry.hash)));
                mark = after;
            }
            Decision::Have => {}
            Decision::Gap => {
                let reason = RefusalReason::MarkMismatch;
                let refusal =
                    Refusal { terminal: TERMINAL, epoch: EPOCH, reason, mark: Some(mark) };
                return (409, refusal.sign(&self.hq));
            }
            Decision::Fork { at } => panic!("fork at {at}"),
            Decision::Stray => panic!("a stray"),
        }
        (200, Receipt { terminal: TERMINAL, epoch: EPOCH, mark }.sign(&self.hq))
    }

    fn mark(&self) -> HighWater {
        self.ledger.last().map_or(HighWater::START, |(_, hash)| HighWater {
            seq: Seq(self.ledger.len() as u64),
            hash: *hash,
        })
    }

    /// A list of three pages.
    fn hq_page(&self, body: &[u8]) -> Vec<u8> {
        let request = CareRequest::verify(&self.till, body).unwrap();
        let fresh = request.cursor.hq_epoch != LIST.hq_epoch;
        let n = if fresh { 1 } else { (request.cursor.n + 1).min(3) };
        let lacks = request.held.iter().flatten().filter(|held| held.mark.seq > self.mark().seq);
        let lacks = lacks.map(|held| Held { mark: self.mark(), ..*held }).collect();
        let page = CarePage {
            from: request.cursor,
            to: Version { n, ..LIST },
            snapshot: fresh,
            more: n < 3,
            entries: Vec::new(),
            policy: None,
            contact: BTreeMap::new(),
            sealing: None,
            peers: None,
            words: None,
            styles: None,
            lacks: Some(lacks),
            counted: None,
            tasks: None,
        };
        page.seal(&self.hq, &TERMINAL, &self.till_sealing, &request).unwrap()
    }

    fn round(&mut self, faults: impl IntoIterator<Item = Fault>) {
        let mut faults = faults.into_iter();
        self.uplink.wake();
        let mut steps = 0;
        while self.step(&mut || faults.next().unwrap_or(Fault::None)) {
            steps += 1;
            assert!(steps < 10_000, "the round never ends");
        }
    }
}

fn some_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::None),
        2 => Just(Fault::RequestLost),
        2 => Just(Fault::AnswerLost),
        1 => Just(Fault::Doubled),
        1 => Just(Fault::AnswerLate),
        1 => Just(Fault::Busy),
        1 => Just(Fault::Forged),
        1 => (0usize..8).prop_map(Fault::Restored),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the line does and whatever backup HQ wakes up from, after a quiet round HQ holds the
    /// till's history, each event once, and the till has the whole care list.
    #[test]
    fn every_event_is_counted_once(
        seed in any::<u64>(),
        sizes in vec(0usize..40_000, 0..30),
        days in vec(vec(some_fault(), 0..12), 1..4),
        cap in proptest::option::of(1_000u32..1_000_000),
    ) {
        let mut world = World::new(seed, &sizes);
        world.uplink = world.uplink.capped(cap.and_then(NonZeroU32::new));
        for faults in days {
            world.write(300);
            world.round(faults);
        }
        // HQ restored between rounds is noticed without any new event.
        world.round([]);
        prop_assert_eq!(&world.ledger, &world.outbox);
        prop_assert_eq!(world.local.acknowledged, world.local.last);
        prop_assert_eq!(world.local.cursor, Version { n: 3, ..LIST });
    }
}

#[test]
fn nothing_is_sent_before_a_round_begins_and_nothing_after_it() {
    let mut world = World::new(1, &[300; 5]);
    assert_eq!(world.uplink.poll(1_000, &world.local), Action::Idle);
    world.round([]);
    assert_eq!(world.requests, 1 + 3, "one batch, three pages");
    assert_eq!(world.uplink.poll(world.now_ms, &world.local), Action::Idle);
}

#[test]
fn a_long_backlog_travels_in_growing_batches() {
    let mut world = World::new(1, &[303; 10_000]);
    world.round([]);
    assert!(world.requests < 25, "{} requests for 3 MB", world.requests);
}

#[test]
fn what_was_made_ready_ahead_goes_at_once_and_only_where_hqs_answer_left_us() {
    let mut world = World::new(1, &[30_000; 20]);
    world.uplink.wake();
    world.read(Seq::NONE);
    let Action::Send(first) = world.uplink.poll(1_000, &world.local) else { panic!() };
    world.read_ahead();
    world.answer(&first);
    let Action::Send(second) = world.uplink.poll(1_000, &world.local) else {
        panic!("without reading once more");
    };
    assert!(world.local.acknowledged > Seq::NONE && second.path != first.path);
    world.read_ahead();
    world.ledger.clear(); // HQ wakes up from a backup
    world.answer(&second);
    assert_eq!(world.local.acknowledged, Seq::NONE);
    let next = world.uplink.poll(1_000, &world.local);
    assert!(matches!(next, Action::NeedEvents { after: Seq::NONE, .. }), "{next:?}");
}

#[test]
fn a_request_that_the_driver_forgot_is_given_up() {
    let mut world = World::new(1, &[]);
    world.uplink.wake();
    assert!(matches!(world.uplink.poll(0, &world.local), Action::Send(_)));
    assert_eq!(world.uplink.poll(5, &world.local), Action::Wait { until_ms: ANSWER_MS_MAX });
    let Action::Wait { until_ms } = world.uplink.poll(ANSWER_MS_MAX, &world.local) else {
        panic!("a failure ends in a timer");
    };
    assert!(matches!(world.uplink.poll(until_ms, &world.local), Action::Send(_)));
}

#[test]
fn a_named_pause_is_honoured_and_capped() {
    for (asked_s, least_ms, most_ms) in
        [(20, 20_000, 20_000), (86_400, PAUSE_MS_MAX, PAUSE_MS_MAX), (0, PAUSE_MS_MIN, 3_000)]
    {
        let mut world = World::new(1, &[]);
        world.uplink.wake();
        assert!(matches!(world.uplink.poll(0, &world.local), Action::Send(_)));
        world.uplink.handle_response(0, 429, Some(asked_s), b"");
        let Action::Wait { until_ms } = world.uplink.poll(0, &world.local) else { panic!() };
        assert!((least_ms..=most_ms).contains(&until_ms), "{until_ms}");
    }
}

#[test]
fn a_revoked_till_keeps_its_events_and_asks_on_slowly() {
    let mut world = World::new(1, &[300]);
    world.uplink.wake();
    assert!(matches!(world.uplink.poll(0, &world.local), Action::NeedEvents { .. }));
    world.uplink.handle_events(0, EPOCH, first_of(300));
    assert!(matches!(world.uplink.poll(0, &world.local), Action::Send(_)));
    let reason = RefusalReason::Revoked;
    let refusal = Refusal { terminal: TERMINAL, epoch: EPOCH, reason, mark: None };
    let heard = world.uplink.handle_response(0, 403, None, &refusal.sign(&world.hq));
    assert_eq!(heard, Heard::Refused(reason));
    assert!(matches!(world.uplink.poll(0, &world.local), Action::Wait { .. }));
}

#[test]
fn what_hq_cannot_take_behind_events_that_are_gone_is_sent_again_slowly() {
    let mut world = World::new(1, &[300; 9]);
    world.local.acknowledged = Seq(7);
    world.uplink.wake();
    let kept = Kept { after: Seq(7), is_oldest: true, ..first_of(300) };
    world.uplink.handle_events(0, EPOCH, kept);
    let Action::Send(request) = world.uplink.poll(0, &world.local) else { panic!() };
    assert_eq!(Batch::claimed(&request.body).unwrap().is_oldest, Some(true));
    // An HQ of the version before asks for what is gone.
    let mark = Some(HighWater { seq: Seq(2), hash: Hash([3; 32]) });
    let reason = RefusalReason::MarkMismatch;
    let refusal = Refusal { terminal: TERMINAL, epoch: EPOCH, reason, mark };
    world.uplink.handle_response(0, 409, None, &refusal.sign(&world.hq));
    assert!(matches!(world.uplink.poll(0, &world.local), Action::Wait { .. }), "not in a loop");
}

#[test]
fn what_hq_set_aside_counts_as_sent_and_the_rest_follows_at_once() {
    let mut world = World::new(1, &[300; 2]);
    world.uplink.wake();
    assert!(matches!(world.uplink.poll(0, &world.local), Action::NeedEvents { .. }));
    world.uplink.handle_events(0, EPOCH, first_of(300));
    assert!(matches!(world.uplink.poll(0, &world.local), Action::Send(_)));
    let mark = Some(HighWater { seq: Seq(1), hash: Hash([3; 32]) });
    let reason = RefusalReason::Fork { at: Seq(1) };
    let refusal = Refusal { terminal: TERMINAL, epoch: EPOCH, reason, mark };
    let heard = world.uplink.handle_response(0, 409, None, &refusal.sign(&world.hq));
    assert_eq!(heard, Heard::SetAside { epoch: EPOCH, up_to: Seq(1) });
    let local = Local { acknowledged: Seq(1), ..world.local.clone() };
    assert!(matches!(world.uplink.poll(0, &local), Action::NeedEvents { after: Seq(1), .. }));
}
