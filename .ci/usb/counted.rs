//! A day's receipts, counted: 200, with the printer unplugged 32 times at random moments.
//!
//! ```text
//! plain    receipt, receipt, …
//! between  ═╪═ receipt            all that was sent is on the paper; then the cable comes out
//! within   rece ═╪═ ipt           the same, in the middle of a receipt
//! flowing  receipt, rec ═╪═ eipt  the cable comes out while bytes flow
//! ```
//!
//! Where the line was quiet, each receipt has to be on the paper once, whole and in its turn. One that
//! was in flow is excused for what `drive.rs` excuses, one piece at each unplug.
//!
//! Not here: what is excused and why (`drive.rs`).

use super::*;

const RECEIPTS: usize = 200;
const IN_FLOW: usize = 10;
const STEPS: [(Step, usize); 3] = [(Step::Between, 12), (Step::Within, 12), (Step::Flowing, 8)];
const AWAY_MS_MAX: usize = 900;

/// What happens to the next receipt.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Plain,
    Between,
    Within,
    Flowing,
}

/// Random numbers that a seed brings back (xorshift64*; Vigna 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

struct Day<'a> {
    shop: &'a mut Shop,
    dice: Dice,
    receipts: Vec<Vec<u8>>,
    /// Which receipts were sent while the cable came out.
    in_flow: Vec<usize>,
    /// What is on the paper since it was last torn off, if all is well.
    expected: Vec<u8>,
    /// All the paper that was torn off.
    torn: Vec<u8>,
    missing: Vec<usize>,
}

pub(super) fn counted(shop: &mut Shop) -> Outcome {
    let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut dice = Dice(seed << 1 | 1);
    let steps = shuffled(&mut dice);
    let receipts = Vec::new();
    let (in_flow, expected, torn, missing) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut day = Day { shop, dice, receipts, in_flow, expected, torn, missing };
    let walked = steps.iter().try_for_each(|&step| day.walk(step)).and_then(|()| day.tear());
    if walked.is_err() {
        day.torn.append(&mut *locked(&day.shop.printer.paper));
    }
    let (said, all_well) = day.count();
    let missing = &day.missing;
    let said = format!("seed {seed}: {said}; bytes missing at an unplug in flow {missing:?}");
    match walked {
        Ok(()) if all_well => Ok(said),
        Ok(()) => Err(said),
        Err(error) => Err(format!("{error}; {said}")),
    }
}

fn shuffled(dice: &mut Dice) -> Vec<Step> {
    let mut steps: Vec<Step> =
        STEPS.iter().flat_map(|&(step, times)| std::iter::repeat_n(step, times)).collect();
    let flowing = steps.iter().filter(|&&step| step == Step::Flowing).count();
    let plain = RECEIPTS - (steps.len() - flowing) - flowing * IN_FLOW;
    steps.extend(std::iter::repeat_n(Step::Plain, plain));
    for last in (1..steps.len()).rev() {
        steps.swap(last, dice.below(last + 1));
    }
    steps
}

impl Day<'_> {
    fn walk(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Plain => {
                let job = self.next();
                self.send(&job);
                Ok(())
            }
            Step::Between => self.quiet(0),
            Step::Within => {
                let before = 1 + self.dice.below(600);
                self.quiet(before)
            }
            Step::Flowing => self.flowing(),
        }
    }

    fn next(&mut self) -> Vec<u8> {
        let lines = 15 + self.dice.below(200);
        self.receipts.push(receipt(self.receipts.len(), lines));
        self.receipts[self.receipts.len() - 1].clone()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.shop.till.print(bytes);
        self.expected.extend_from_slice(bytes);
    }

    /// The cable comes out after so many bytes of the next receipt, when they are on the paper.
    fn quiet(&mut self, before: usize) -> Result<(), String> {
        let job = self.next();
        let (first, second) = job.split_at(before);
        self.send(first);
        self.shop.paper_is_so_far(&self.expected)?;
        unplug(1);
        let goes_on_without_printer = self.dice.below(2) == 0;
        if goes_on_without_printer {
            self.send(second);
        }
        pause(self.away_ms());
        plug(1);
        if !goes_on_without_printer {
            self.send(second);
        }
        self.shop.paper_is_so_far(&self.expected)
    }

    fn away_ms(&mut self) -> u64 {
        20 + self.dice.below(AWAY_MS_MAX) as u64
    }

    /// The cable comes out somewhere in a burst of receipts.
    fn flowing(&mut self) -> Result<(), String> {
        self.tear()?;
        let first = self.receipts.len();
        let mut burst: Vec<u8> = (0..IN_FLOW).flat_map(|_| self.next()).collect();
        self.in_flow.extend(first..self.receipts.len());
        let printing = self.shop.till.prints(&burst);
        self.shop.printer.has_at_least(1 + self.dice.below(burst.len() * 3 / 4))?;
        unplug(1);
        pause(self.away_ms());
        plug(1);
        printing.join().map_err(|_| "the till gave up")?;
        self.shop.till.print(b"LAST");
        burst.extend_from_slice(b"LAST");
        let hole = self.shop.paper_with_a_hole(&burst, QUEUE_BYTES + TRANSFER_BYTES)?;
        self.missing.push(hole.len());
        burst.drain(hole);
        self.torn.append(&mut burst); // byte for byte what was on the paper
        Ok(())
    }

    /// Sees that the paper is as expected, and that nothing more comes.
    fn tear(&mut self) -> Result<(), String> {
        self.shop.paper_is(&self.expected)?;
        self.torn.append(&mut self.expected);
        Ok(())
    }

    /// Looks for each receipt on all the paper of the day; whether only what may be is missing.
    fn count(&self) -> (String, bool) {
        let (mut whole, mut touched, mut gone) = (0, 0, 0);
        let (mut lost, mut doubled, mut changed, mut late) = (0, 0, 0, 0);
        let mut reached = 0;
        for (number, job) in self.receipts.iter().enumerate() {
            let places = places(&self.torn, job);
            let begun = format!("receipt {number:04} line");
            let traces =
                !places.is_empty() || !self::places(&self.torn, begun.as_bytes()).is_empty();
            match (places.len(), traces, self.in_flow.contains(&number)) {
                (1, ..) => {
                    whole += 1;
                    late += usize::from(places[0] < reached);
                    reached = places[0];
                }
                (2.., ..) => doubled += 1,
                (0, true, true) => touched += 1,
                (0, false, true) => gone += 1,
                (0, true, false) => changed += 1,
                (0, false, false) => lost += 1,
            }
        }
        let said = format!(
            "{} receipts: {whole} whole, {touched} touched by an unplug in flow and {gone} gone with it; \
             {lost} lost, {doubled} doubled, {changed} changed, {late} out of order",
            self.receipts.len()
        );
        (said, self.receipts.len() == RECEIPTS && lost + doubled + changed + late == 0)
    }
}

fn places(paper: &[u8], piece: &[u8]) -> Vec<usize> {
    let windows = paper.windows(piece.len()).enumerate();
    windows.filter(|(_, window)| *window == piece).map(|(place, _)| place).collect()
}
