//! The line between tills and HQ: loses, repeats, delays, cuts short, and lets strangers answer.
//!
//! Not here: what an answer means to a till (`round`).

use sync::uplink::{ANSWER_MS_MAX, Request};

use super::{Breach, Message, What, World};
use crate::headquarters::MACHINE;
use crate::oracle;
use crate::plan::{DAY, HOUR};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Good,
    /// Gone; whoever waits hears of it.
    Lost,
    /// Gone, and nobody hears: the connection stays half open.
    Silent,
    /// Arrives, and later again.
    Twice,
    CutShort,
    /// A stranger answers in its place.
    Forged,
    Busy,
}

impl World {
    fn fate(&mut self, fates: &[Fate]) -> Fate {
        if self.calm || !self.chance.one_in(self.plan.bad_line) {
            return Fate::Good;
        }
        self.tally.spoiled += 1;
        self.chance.pick(fates)
    }

    /// A till sends.
    pub(super) fn send(&mut self, till: usize, request: Request) -> Result<(), Breach> {
        oracle::nothing_readable(&request.body, true, "a request")?;
        self.trace.bytes(&request.body);
        self.tally.requests += 1;
        self.entries += 1;
        let (life, number) = (self.tills[till].life, self.entries);
        self.tills[till].flight = Some(number);
        // The uplink gives up by itself, whatever else happens.
        self.poll_at(till, self.now + ANSWER_MS_MAX);
        let mut message = Message { till, life, number, request, repeated: false };
        let fate = self.fate(&[Fate::Lost, Fate::Silent, Fate::Twice, Fate::CutShort]);
        self.say(|| {
            let Message { request: Request { method, path, body }, .. } = &message;
            let path = path.rsplit('/').next().unwrap_or_default();
            format!("till {till} {method} {path}, {} bytes: {fate:?}", body.len())
        });
        let delay = self.chance.within(20, 2_000);
        match fate {
            Fate::Lost => self.soon(delay * 10, What::Failed(message)),
            Fate::Silent => {}
            Fate::CutShort => {
                let bytes = self.chance.below(message.request.body.len() as u64);
                message.request.body.truncate(bytes as usize);
                self.soon(delay, What::Arrive(message));
            }
            Fate::Twice => {
                let later = self.chance.pick(&[1, 5_000, HOUR, 2 * DAY]);
                let again = Message { repeated: true, ..message.clone() };
                self.soon(later, What::Arrive(again));
                self.soon(delay, What::Arrive(message));
            }
            _ => self.soon(delay, What::Arrive(message)),
        }
        Ok(())
    }

    /// A request reaches HQ, or where HQ should be.
    pub(super) fn arrive(&mut self, message: Message) -> Result<(), Breach> {
        let answer = self.hq.answer(self.now, &message.request);
        let stopped = self.look_after(MACHINE);
        self.after_hq()?;
        let delay = self.chance.within(20, 2_000);
        let Some((status, mut body)) = answer.filter(|_| !stopped || self.hq_had_answered()) else {
            self.say(|| format!("till {}: nobody answers", message.till));
            self.soon(delay, What::Failed(message));
            return Ok(());
        };
        oracle::nothing_readable(&body, true, "an answer")?;
        self.trace.bytes(&body);
        if !self.is_expected(|what| matches!(what, What::HqOpens)) {
            self.soon(300, What::HqOpens);
        }
        if message.repeated {
            return Ok(());
        }
        let fate = self.fate(&[Fate::Lost, Fate::Silent, Fate::CutShort, Fate::Forged, Fate::Busy]);
        self.say(|| format!("HQ answers till {} with {status}: {fate:?}", message.till));
        match fate {
            Fate::Lost => self.soon(delay, What::Failed(message)),
            Fate::Silent => {}
            Fate::CutShort => {
                body.truncate(self.chance.below(body.len() as u64) as usize);
                self.soon(delay, What::Answered(message, status, body));
            }
            Fate::Forged => self.soon(delay, What::Answered(message, 200, b"hello".to_vec())),
            Fate::Busy => self.soon(delay, What::Answered(message, 503, b"busy".to_vec())),
            _ => self.soon(delay, What::Answered(message, status, body)),
        }
        Ok(())
    }

    /// A machine that stopped after its program had answered has sent that answer all the same. Under
    /// the planted fault that is the point; else the answer was made after the last operation.
    fn hq_had_answered(&self) -> bool {
        self.plan.plant == Some(crate::plan::Plant::AckBeforeCommit)
    }
}
