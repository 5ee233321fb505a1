//! A till, a printer, an agent and a clock around one bridge, and what must be true of them.
//!
//! Not here: which step comes when (the parent).

use firmware_bridge::bridge::{Bridge, Settings};
use firmware_bridge::dialect::Tongue;
use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{Align, End, MESSAGE_MAX, NotePage, Row, Rows, ToAgent, ToBridge};
use firmware_bridge::modes::Modes;
use firmware_bridge::time::{Millis, Tick};
use firmware_bridge::token::{Kind, Tokenizer};

/// Small, so that it overflows.
const RING_BYTES: usize = 8 * 1024;

/// A command that stays half this long is given up by the bridge; how we read the stream and how
/// the bridge reads it may differ from there on.
const GIVE_UP: Millis = Millis(5 * 60 * 1_000);

pub(super) struct Shop<'a> {
    bridge: Bridge<Vec<u8>>,
    settings: Settings,
    stream: &'a [u8],
    /// Sent by the till; bytes of the stream.
    sent: usize,
    /// Taken by the bridge, of those.
    taken: usize,
    /// Printed, of those; notes are not counted.
    printed: usize,
    /// When a byte was taken that is not printed yet: where it ends, and when.
    ages: Vec<(usize, Tick)>,
    now: Tick,
    held_since: Option<Tick>,
    quiet_since: Tick,
    link_open: bool,
    /// We and the bridge may disagree on what is a command.
    doubtful: bool,
    agent: Agent,
}

/// What the agent was told.
#[derive(Default)]
struct Agent {
    decoder: Decoder,
    held: Option<u32>,
    open: Option<(u32, Vec<u8>)>,
    elided: bool,
}

impl<'a> Shop<'a> {
    pub(super) fn new(stream: &'a [u8]) -> Self {
        let settings = Settings::default();
        let mut shop = Self {
            bridge: Bridge::new(settings, 1, 0, vec![0; RING_BYTES]),
            settings,
            stream,
            sent: 0,
            taken: 0,
            printed: 0,
            ages: Vec::new(),
            now: Tick(0),
            held_since: None,
            quiet_since: Tick(0),
            link_open: false,
            doubtful: false,
            agent: Agent::default(),
        };
        shop.open_link();
        shop
    }

    // What the till does.

    pub(super) fn send(&mut self, many: usize) {
        self.sent += many.min(self.stream.len() - self.sent);
        self.settle();
    }

    pub(super) fn close(&mut self) {
        // A shell tells this only when the bridge has taken everything.
        if self.taken < self.sent || self.bridge.is_holding_cut() {
            return;
        }
        self.doubtful |= self.half_a_command();
        let out = collect(|print| self.bridge.handle_pos_closed(self.now, print));
        self.print(&out);
        assert!(
            self.printed == self.taken || self.bridge.is_holding_cut(),
            "half a command stays behind when the till is gone"
        );
        self.settle();
    }

    // What the clock does.

    /// Time passes, and whatever is due is done when it is due.
    pub(super) fn wait(&mut self, ms: u64) {
        let until = self.now + Millis(ms);
        while let Some(at) = self.bridge.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.time_out();
            self.nothing_is_late();
        }
        self.now = until;
        self.nothing_is_late();
    }

    /// Time passes and nobody wakes us: a machine that was busy.
    pub(super) fn sleep(&mut self, ms: u64) {
        self.now = self.now + Millis(ms);
        self.time_out();
        // What is late now is not the bridge's fault; it has to have gone out at once.
        for (_, since) in &mut self.ages {
            *since = self.now;
        }
        self.held_since = self.held_since.map(|_| self.now);
    }

    fn time_out(&mut self) {
        self.doubtful |= self.now - self.quiet_since >= GIVE_UP && self.half_a_command();
        for _ in 0..8 {
            let out = collect(|print| self.bridge.handle_timeout(self.now, print));
            self.print(&out);
            self.settle();
            if self.bridge.poll_timeout().is_none_or(|at| at > self.now) {
                return;
            }
        }
        panic!("a deadline stays in the past: the shell would spin");
    }

    // What the agent does.

    pub(super) fn beat(&mut self) {
        self.say(ToBridge::Beat);
    }

    pub(super) fn acknowledge(&mut self, argument: u8) {
        self.say(ToBridge::Ack { slip: u32::from(argument % 16) });
    }

    pub(super) fn no_note(&mut self, argument: u8) {
        let held = self.agent.held.filter(|_| argument < 192);
        self.say(ToBridge::NoNote { slip: held.unwrap_or(u32::from(argument % 8)) });
    }

    /// A note for the slip that is held, or for another.
    pub(super) fn note(&mut self, slip: Option<u32>, look: u8) {
        let slip = slip.or(self.agent.held).unwrap_or(1);
        let align = [Align::Left, Align::Centre, Align::Right][usize::from(look >> 3) % 3];
        let (bold, wide, high) = (look & 1 != 0, look & 2 != 0, look & 4 != 0);
        let row = Row { text: b"note", bold, wide, high, align };
        let rows = &[row, Row { text: b"", ..row }, Row::default()][..usize::from(look >> 5) % 4];
        let mut out = [0; 256];
        let rows = Rows::encode(rows, &mut out).expect("short rows");
        let page = if look & 64 == 0 { NotePage::AsPrinted } else { NotePage::Kanji };
        self.say(ToBridge::Note { slip, page, rows });
    }

    pub(super) fn noise(&mut self, argument: u8) {
        let noise = [argument, 3, 0x85, 0x82, argument.wrapping_mul(31), 0];
        self.hear(&noise[usize::from(argument % 5)..]);
    }

    pub(super) fn lose_link(&mut self) {
        self.link_open = false;
        self.agent = Agent::default();
        let out = collect(|print| self.bridge.handle_link_closed(self.now, print));
        self.print(&out);
        assert_eq!(self.printed, self.taken, "something waits for an agent that is gone");
        self.settle();
    }

    pub(super) fn open_link(&mut self) {
        self.link_open = true;
        self.agent = Agent::default();
        self.bridge.handle_link_opened(self.now);
        self.settle();
        self.say(ToBridge::Hello { version: 1 });
    }

    fn say(&mut self, message: ToBridge<'_>) {
        let (mut bytes, mut wire) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
        let len = message.encode(&mut bytes).expect("a message fits");
        let len = frame::encode(&bytes[..len], &mut wire).expect("a frame fits");
        self.hear(&wire[..len]);
    }

    fn hear(&mut self, wire: &[u8]) {
        if !self.link_open {
            return; // no shell gives bytes of a link that is closed
        }
        let held = self.bridge.is_holding_cut();
        let out = collect(|print| self.bridge.handle_link(wire, self.now, print));
        let kept = self.stream[self.printed..self.taken].to_vec();
        if !out.is_empty() {
            assert!(held, "printed at the agent's word, and nothing was held");
            let note = out.strip_suffix(&kept[..]).expect("held bytes changed, or not last");
            self.note_is_in_place(note);
            self.print(&kept);
        }
        self.settle();
    }

    // What the shell and the printer do.

    pub(super) fn queue_full(&mut self) {
        let out = collect(|print| self.bridge.handle_queue_full(self.now, print));
        self.print(&out);
        assert!(!self.bridge.is_holding_cut());
        self.settle();
    }

    pub(super) fn printer(&mut self, argument: u8) {
        self.bridge.handle_printer(&[argument, 0x12, 0x10 | argument]);
        self.bridge.handle_printer_connected(argument & 2 != 0);
        self.settle();
    }

    /// Everything arrives, however long it has to queue: each wait lets something go.
    pub(super) fn ends(&mut self) {
        while self.printed < self.stream.len() {
            let before = self.printed;
            self.wait((self.settings.feed_hold.0 + self.settings.hold_max.0) * 2);
            assert!(self.printed > before, "nothing will ever let it go");
        }
    }

    // What must be true.

    /// Offers what waits, as a shell does after everything that happens.
    fn settle(&mut self) {
        let stream = self.stream;
        let waiting = &stream[self.taken..self.sent];
        if !waiting.is_empty() {
            self.quiet_since = self.now;
        }
        let mut taken = 0;
        let out = collect(|print| taken = self.bridge.handle_pos(waiting, self.now, print));
        assert!(taken <= waiting.len());
        self.taken += taken;
        if taken > 0 {
            self.ages.push((self.taken, self.now));
        }
        self.print(&out);
        let holding = self.bridge.is_holding_cut();
        assert!(self.taken == self.sent || holding, "the till waits, and no cut is held");
        assert!(holding != self.bridge.wants_pos());
        assert!(self.link_open || self.printed == self.taken, "something waits for nobody");
        self.held_since = holding.then(|| self.held_since.unwrap_or(self.now));
        self.tell();
    }

    fn print(&mut self, out: &[u8]) {
        assert!(
            self.stream[self.printed..self.taken].starts_with(out),
            "changed, lost, doubled or out of order"
        );
        self.printed += out.len();
        self.ages.retain(|(end, _)| *end > self.printed);
        if !out.is_empty() && !self.bridge.is_holding_cut() {
            (self.held_since, self.agent.held) = (None, None); // the next has a time of its own
        }
    }

    fn nothing_is_late(&self) {
        let (run, cut) = (self.settings.feed_hold, self.settings.hold_max);
        if let Some(since) = self.held_since {
            assert!(since + cut > self.now, "a cut is held too long");
        }
        if let Some((_, since)) = self.ages.first() {
            assert!(*since + run + cut > self.now, "something taken is not printed in time");
        }
    }

    /// The note stands between two commands, and a printer is afterwards as it was before.
    fn note_is_in_place(&self, note: &[u8]) {
        if note.is_empty() || self.doubtful {
            return;
        }
        let (mut tokenizer, mut modes, mut at) = (Tokenizer::default(), Modes::default(), 0);
        let (mut before, mut spoken, mut mixed) = (None, None, false);
        tokenizer.push(&self.stream[..self.taken], |token, dialect| {
            if token.bytes == b"\x1b@" {
                (spoken, mixed) = (None, false);
            } else if matches!(token.kind, Kind::Command { .. }) {
                mixed |= spoken.is_some_and(|spoken| spoken != dialect);
                spoken = Some(dialect);
            }
            if at == self.printed && !matches!(token.kind, Kind::Payload { .. }) {
                before = before.or(Some(modes));
            }
            modes.apply(token, dialect);
            at += token.bytes.len();
        });
        assert!(tokenizer.pending().is_empty() && !tokenizer.in_body(), "held half a command");
        // Where no cut is held, only that something ends here.
        let before = before.or((at == self.printed).then_some(modes));
        let before = before.expect("the note stands inside a command");
        assert!(before.note_allowed(), "a note in page mode or a macro");
        let spoken = Tongue::pinned(tokenizer.dialect());
        let (mut after, mut reader) = (before, Tokenizer::new(spoken));
        reader.push(note, |token, dialect| {
            assert!(!token.is_cut(dialect), "a note that cuts: {note:02x?}");
            after.apply(token, dialect);
        });
        assert!(reader.pending().is_empty(), "a note ends in half a command");
        // What one language set, the other may have no word for.
        if mixed {
            return;
        }
        assert_eq!(after, before, "the note leaves a mode changed: {note:02x?}");
    }

    fn half_a_command(&self) -> bool {
        let mut tokenizer = Tokenizer::default();
        tokenizer.push(&self.stream[..self.taken], |_, _| {});
        tokenizer.in_body() || !tokenizer.pending().is_empty()
    }

    /// Gives the agent what there is to tell.
    fn tell(&mut self) {
        let mut out = vec![0; 2 * WIRE_MAX];
        loop {
            let len = self.bridge.poll_link(&mut out, self.now);
            if len == 0 {
                return;
            }
            assert!(self.link_open, "said to nobody");
            let Agent { decoder, held, open, elided } = &mut self.agent;
            let sent = &self.stream[..self.taken];
            decoder.push(&out[..len], |message| {
                match ToAgent::decode(message).expect("the agent can read what it is told") {
                    ToAgent::SlipStart { slip, .. } => {
                        (*open, *elided) = (Some((slip, Vec::new())), false);
                    }
                    ToAgent::SlipData { slip, bytes } => match open {
                        Some((of, text)) if *of == slip => text.extend_from_slice(bytes),
                        _ => panic!("a piece of a slip that did not begin"),
                    },
                    ToAgent::Elided { .. } => *elided = true,
                    ToAgent::SlipEnd { slip, end, held: waits, truncated, .. } => {
                        let (of, text) = open.take().expect("ends, and did not begin");
                        assert_eq!(of, slip);
                        assert!(end != End::Idle || !waits, "an idle slip holds nothing");
                        let whole = *elided || truncated || contains(sent, &text);
                        assert!(whole, "a slip that was never sent");
                        *held = waits.then_some(slip).or(*held);
                    }
                    _ => {}
                }
            });
            assert_eq!(decoder.noise, 0);
        }
    }
}

fn contains(stream: &[u8], piece: &[u8]) -> bool {
    piece.is_empty() || stream.windows(piece.len()).any(|window| window == piece)
}

type Print<'a> = &'a mut dyn FnMut(&[u8]);

/// Collects what is printed.
fn collect(act: impl FnOnce(&mut Print<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut print: Print<'_> = &mut |bytes| out.extend_from_slice(bytes);
    act(&mut print);
    out
}
