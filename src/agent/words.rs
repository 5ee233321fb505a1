//! Texts that events name by number, so that a day's sales are small on the road.
//!
//! ```text
//! HQ's page: "羊毛大衣 comes up often" ─▶ event: "from now on 羊毛大衣 is 7" ─▶ the next sale says 7
//! ```
//!
//! # Invariants
//!
//! - A number is told in the epoch that uses it, before it is used.
//! - On disk the words are sealed: they are names of goods and staff.
//!
//! Not here: packing (`sync::words`), which words are worth it (HQ).

use minicbor::bytes::ByteVec;
use rusqlite::params;
use sync::event::{Body, Epoch, WordList};
use sync::words::Words;

use super::{Agent, RoadError};

/// Words per event: some 30 KiB.
const PER_EVENT: usize = 1_000;

impl Agent {
    /// Reads the words of the current epoch.
    pub(super) fn read_words(&mut self) -> rusqlite::Result<()> {
        let mut words = Words::default();
        for word in self.words_of(self.outbox.epoch())? {
            words.add(&word);
        }
        self.outbox.words = words;
        Ok(())
    }

    /// The words of an epoch in their order, up to one that does not open: numbers behind it would be off.
    pub(super) fn words_of(&self, epoch: Epoch) -> rusqlite::Result<Vec<ByteVec>> {
        let mut select = self
            .connection
            .prepare_cached("SELECT number, sealed FROM word WHERE epoch = ?1 ORDER BY number")?;
        let rows = select
            .query_map([epoch.0], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let open = |(number, sealed): (u32, Vec<u8>)| {
            self.local.open(&place(epoch, number), &sealed).ok().map(ByteVec::from)
        };
        Ok(rows.into_iter().map_while(open).collect())
    }

    /// Tells HQ the numbers of those of `told` that have none yet, within the open transaction; returns
    /// what events are packed with once that is committed. `as_in`: they had the same ones in that epoch.
    pub(super) fn tell_words(
        &self,
        told: &[ByteVec],
        as_in: Option<Epoch>,
    ) -> Result<Words, RoadError> {
        let mut words = self.outbox.words.clone();
        let first = words.len();
        let fresh: Vec<ByteVec> = told.iter().filter(|word| words.add(word)).cloned().collect();
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO word (epoch, number, sealed) VALUES (?1, ?2, ?3)")?;
        let epoch = self.outbox.epoch();
        for (number, word) in (first..).zip(&fresh) {
            let sealed = self.local.seal(&place(epoch, number), word);
            insert.execute(params![epoch.0, number, sealed])?;
        }
        let mut first = first;
        for words in fresh.chunks(PER_EVENT) {
            let list = WordList { first, words: words.to_vec(), as_in };
            self.append_on_road(Body::Words(list))?;
            first += u32::try_from(words.len()).unwrap_or(u32::MAX);
        }
        Ok(words)
    }
}

fn place(epoch: Epoch, number: u32) -> Vec<u8> {
    [b"word", &epoch.0[..], &number.to_be_bytes()].concat()
}
