//! The road from the tills to HQ under everything that can go wrong, one seed at a time.
//!
//! ```text
//! seed ─▶ plan ─▶ world ─┬─ tills: store, outbox, customers, tasks, uplink    ┐ the code that is
//!                        ├─ HQ: ledger, opener, fold, desk, erasure, pages    ┘ shipped
//!                        ├─ people: sales, links, amendments, answers, outcomes ┐ ours
//!                        └─ clock, chance, line, disks                          ┘
//!              end ─▶ oracle: nothing lost, doubled, readable; nobody stuck; what HQ made of it is what
//!                     the events say; tills have what HQ would send anew; who was erased is nowhere
//! ```
//!
//! ```text
//! HUITOU_SIM_SEEDS=10000 cargo test --release --test simulator whatever -- --nocapture    many, on every core
//! HUITOU_SIM_SEED=42 cargo test --test simulator one_seed -- --nocapture                  one, told as a story
//! ```
//!
//! `HUITOU_SIM_FIRST` is the first of many seeds, 0 if it is not said. The same seed is the same run,
//! bit for bit.
//!
//! Not here: real processes, disks and lines (`tests/journey`, `benches`).

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod chance;
mod deed;
mod disk;
mod entropy;
mod headquarters;
mod many;
mod oracle;
mod plan;
mod till;
mod trace;
mod vfs;
mod world;
