//! Many seeds: on every core, counted, and each failure with all that it takes to see it again.
//!
//! A worker is a process: SQLite's random numbers are one stream per process, and a run has to be
//! alone with them.
//!
//! Not here: one run (`world`).

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::headquarters::founded;
use crate::plan::{Plan, Plant};
use crate::world::{Tally, World};

/// How many seeds are run if nobody asks for more: a few seconds of them.
const SEEDS: u64 = 30;

/// Seeds that are run again, in this process and in others.
const SAME_SEEDS: u64 = 6;

/// How soon a planted fault has to be found.
const PLANTED_SEEDS: u64 = 1_000;

/// After so many a worker stops: more would tell nothing new.
const FAILURES_MAX: usize = 10;

static ALONE: Mutex<()> = Mutex::new(());

/// Runs one seed; alone in this process.
fn run(seed: u64, plant: Option<Plant>, tell: bool) -> Result<Tally, String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    founded();
    let plan = Plan::of(seed, plant);
    if tell {
        eprintln!("{plan:#?}");
    }
    World::new(plan, tell).run().map_err(|(breach, plan)| {
        format!("seed {seed}: {}\n{plan:?}\nsee it: HUITOU_SIM_SEED={seed} cargo test --test simulator one_seed -- --nocapture", breach.0)
    })
}

impl Tally {
    fn add(&mut self, other: &Self) {
        for (own, other) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *own = own.wrapping_add(other);
        }
    }

    fn numbers_mut(&mut self) -> [&mut u64; 11] {
        let Self {
            runs,
            cuts,
            kills,
            sales,
            deeds,
            erased,
            requests,
            spoiled,
            restored,
            forked,
            traces,
        } = self;
        [runs, cuts, kills, sales, deeds, erased, requests, spoiled, restored, forked, traces]
    }

    fn numbers(mut self) -> [u64; 11] {
        self.numbers_mut().map(|number| *number)
    }
}

/// Runs `first..first + count` and tells how it went, a line for the one who waits.
fn work(first: u64, count: u64) -> Result<Tally, String> {
    let (mut tally, mut failed) = (Tally::default(), Vec::new());
    for seed in first..first + count {
        match run(seed, None, false) {
            Ok(one) => tally.add(&one),
            Err(words) => failed.push(words),
        }
        if failed.len() == FAILURES_MAX {
            break;
        }
    }
    if failed.is_empty() { Ok(tally) } else { Err(failed.join("\n\n")) }
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Shares the seeds out among as many processes as there are cores.
fn on_every_core(first: u64, count: u64) -> Result<Tally, String> {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get() as u64).min(count);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let begin = |worker: u64| {
        let from = first + count * worker / workers;
        let to = first + count * (worker + 1) / workers;
        Command::new(&program)
            .args(["--exact", "many::a_worker_of_many_seeds", "--nocapture", "--test-threads=1"])
            .env("HUITOU_SIM_WORKER", format!("{from} {}", to - from))
            .env_remove("HUITOU_SIM_SEEDS")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| error.to_string())
    };
    let children = (0..workers).map(begin).collect::<Result<Vec<_>, _>>()?;
    let mut tally = Tally::default();
    for child in children {
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.split_once("counted: ").map(|(_, rest)| rest));
        let Some(line) = line.filter(|_| output.status.success()) else { return Err(text) };
        let mut part = Tally::default();
        for (number, word) in part.numbers_mut().into_iter().zip(line.split(' ')) {
            *number = word.parse().map_err(|_| text.clone())?;
        }
        tally.add(&part);
    }
    Ok(tally)
}

fn report(tally: &Tally, began: Instant) -> String {
    let seconds = began.elapsed().as_secs_f64();
    let Tally {
        runs,
        cuts,
        kills,
        sales,
        deeds,
        erased,
        requests,
        spoiled,
        restored,
        forked,
        traces,
    } = tally;
    format!(
        "{runs} seeds in {seconds:.0} s ({:.0} a second): {sales} sales and {deeds} other deeds \
         acknowledged, {cuts} power cuts, {kills} kills, {requests} requests ({spoiled} times the line \
         failed), {erased} customers erased, HQ restored {restored} times, {forked} forks; lost 0, \
         doubled 0, readable 0 (fingerprint {traces:016x})",
        *runs as f64 / seconds
    )
}

/// Not a test of its own: what the other processes of [`many_seeds`] do.
#[test]
fn a_worker_of_many_seeds() {
    let Ok(asked) = std::env::var("HUITOU_SIM_WORKER") else { return };
    let (first, count) = asked.split_once(' ').unwrap();
    let tally = work(first.parse().unwrap(), count.parse().unwrap()).unwrap_or_else(|failed| {
        println!("{failed}");
        panic!("{failed}")
    });
    println!("counted: {}", tally.numbers().map(|number| number.to_string()).join(" "));
}

#[test]
fn whatever_happens_each_sale_counts_once_and_nothing_can_be_read() {
    if std::env::var_os("HUITOU_SIM_WORKER").is_some() {
        return;
    }
    let began = Instant::now();
    let first = asked("HUITOU_SIM_FIRST").unwrap_or_default();
    let count = asked("HUITOU_SIM_SEEDS").unwrap_or(SEEDS);
    match on_every_core(first, count) {
        Ok(tally) => println!("{}", report(&tally, began)),
        Err(failed) => panic!("{failed}"),
    }
}

#[test]
fn one_seed_is_told_as_a_story() {
    let Some(seed) = asked("HUITOU_SIM_SEED") else { return };
    if let Err(failed) = run(seed, None, true) {
        panic!("{failed}");
    }
}

#[test]
fn the_same_seed_is_the_same_run_bit_for_bit() {
    let traces = |seed| run(seed, None, false).unwrap().traces;
    let once: Vec<u64> = (0..SAME_SEEDS).map(traces).collect();
    let again: Vec<u64> = (0..SAME_SEEDS).map(traces).collect();
    assert_eq!(again, once, "in one process");
    let sum = once.iter().fold(0_u64, |sum, trace| sum.wrapping_add(*trace));
    assert_eq!(on_every_core(0, SAME_SEEDS).unwrap().traces, sum, "in processes of their own");
    assert!((1..once.len()).all(|at| once[at] != once[at - 1]), "each seed is another run");
}

#[test]
fn every_planted_fault_is_found() {
    for plant in Plant::ALL {
        let found =
            (0..PLANTED_SEEDS).find_map(|seed| Some((seed, run(seed, Some(plant), false).err()?)));
        let Some((seed, words)) = found else { panic!("{plant:?} was not found") };
        println!("{plant:?} found by seed {seed}: {}", words.lines().next().unwrap_or_default());
    }
}
