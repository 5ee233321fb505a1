//! What the road to HQ needs of the agent: where the outbox stands, and what HQ said.
//!
//! # Invariants
//!
//! - A page of the care list and the cursor behind it are written in one transaction.
//! - A mark is HQ's signed word; it may go down after HQ was restored.
//!
//! Not here: when to talk (`nightly`), what to say (`sync::uplink`).

use sync::batch::Kept;
use sync::care_list::{CarePage, Held, Version};
use sync::chain::Hash;
use sync::event::{Body, Epoch, Forgotten, Seq};
use sync::receiver::HighWater;
use sync::uplink::{Identity, Local};

use super::{Agent, MEMO_CONTACT, MEMO_CURSOR, MEMO_POLICY, MEMO_SEALING, sealing, with_contact};
use crate::customers::CustomersError;
use crate::outbox::OutboxError;
use crate::styles::from_hq;
use crate::{keys, outbox, store};

/// Why HQ's word could not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoadError {
    /// The database refused.
    #[error("the store's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The customers' memory.
    #[error(transparent)]
    Customers(#[from] CustomersError),
    /// A value that cannot be encoded.
    #[error("a value cannot be remembered")]
    Encode,
}

impl Agent {
    /// Who we are to HQ.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let keys = &self.keys;
        Identity {
            terminal: keys.terminal,
            signing: sync::sign::SigningKey::from_seed(*keys.signing.seed()),
            sealing: sync::seal::SealingSecret::from_bytes(
                keys.sealing.id(),
                *keys.sealing.to_bytes(),
            ),
            hq: keys.hq,
        }
    }

    /// Where HQ is.
    #[must_use]
    pub fn hq_url(&self) -> &str {
        &self.keys.hq_url
    }

    /// A number that spreads terminals over the night.
    #[must_use]
    pub fn spread(&self) -> u64 {
        let digest = Hash::of(keys::hex(&self.keys.terminal.0).as_bytes());
        u64::from_le_bytes(digest.0[..8].try_into().expect("a hash has 32 bytes"))
    }

    /// Where we stand.
    ///
    /// # Errors
    ///
    /// [`RoadError`].
    pub fn local(&self) -> Result<Local, RoadError> {
        let standing = outbox::standing(&self.connection, self.keys.terminal)?;
        let cursor = store::remembered(&self.connection, MEMO_CURSOR)?
            .and_then(|bytes| minicbor::decode(&bytes).ok())
            .unwrap_or(Version::NONE);
        let (epoch, last, acknowledged) = match standing {
            Some(standing) => (standing.epoch, standing.last, standing.acknowledged),
            None => (self.outbox.epoch(), Seq::NONE, Seq::NONE),
        };
        let held = outbox::held(&self.connection, self.keys.terminal)?;
        Ok(Local { epoch, last, acknowledged, cursor, held })
    }

    /// Sealed events behind `after`.
    ///
    /// # Errors
    ///
    /// [`RoadError`].
    pub fn events(&self, epoch: Epoch, after: Seq, bytes_max: usize) -> Result<Kept, RoadError> {
        Ok(outbox::read_from(&self.connection, epoch, after, bytes_max)?)
    }

    /// Takes HQ's mark.
    ///
    /// # Errors
    ///
    /// [`RoadError`].
    pub fn acknowledged(
        &mut self,
        epoch: Epoch,
        mark: HighWater,
        same_to: Option<Seq>,
    ) -> Result<(), RoadError> {
        Ok(outbox::take_mark(&self.connection, epoch, mark, same_to)?)
    }

    /// HQ knows another history under this epoch's numbers: it keeps ours up to `up_to` for a person to
    /// decide about, and we go on under numbers that nobody has used.
    ///
    /// # Errors
    ///
    /// [`RoadError`].
    pub fn set_aside(&mut self, epoch: Epoch, up_to: Seq) -> Result<(), RoadError> {
        outbox::acknowledge(&self.connection, epoch, up_to)?;
        if epoch == self.outbox.epoch() {
            self.begin_new_epoch()?;
            let words = self.config.language.pick(
                "本机记录与总部的接不上(磁盘克隆,或从备份恢复?):已另存,并开始新的编号段,请总部查看",
                "our events do not follow those of HQ (a cloned disk, or one restored?): it keeps them aside, a new epoch begins, HQ has to look",
            );
            eprintln!("huitou: {words}");
        }
        Ok(())
    }

    /// Applies a page of the care list.
    ///
    /// # Errors
    ///
    /// [`RoadError`]; nothing of it is applied then, but for what HQ lacks.
    pub fn apply(&mut self, page: &CarePage) -> Result<(), RoadError> {
        // First: a till that went on in HQ's new life with marks of the old one would begin another.
        self.refill(page.lacks.as_deref().unwrap_or_default())?;
        let transaction = self.connection.unchecked_transaction()?;
        let applied = self.memory().apply(&transaction, page)?;
        super::tasks::take(&transaction, &self.local, page, self.now().day())?;
        super::hand_out::take(&transaction, page)?;
        let has_styles = from_hq::apply(&transaction, page)?;
        let mut memos = vec![(MEMO_CURSOR, encoded(&page.to)?)];
        if let Some(policy) = &page.policy {
            memos.push((MEMO_POLICY, encoded(policy)?));
        }
        if !page.contact.is_empty() {
            memos.push((MEMO_CONTACT, encoded(&page.contact)?));
        }
        if let Some(sealing) = &page.sealing {
            memos.push((MEMO_SEALING, encoded(sealing)?));
        }
        for &(customer, proof) in &applied.forgotten {
            self.append_on_road(Body::Forgotten(Forgotten { customer, proof }))?;
        }
        let words = match &page.words {
            Some(told) => Some(self.tell_words(told, None)?),
            None => None,
        };
        for (name, value) in memos {
            store::remember(&transaction, name, &value)?;
        }
        transaction.commit()?;
        if has_styles {
            let hq = from_hq::read(&self.connection)?;
            self.books.styles = core::mem::take(&mut self.books.styles).with_hq(hq);
        }
        if let Some(words) = words {
            self.outbox.words = words;
        }
        for (phone, row, day) in applied.changed {
            self.directory.borrow_mut().add(&phone, row, day);
        }
        self.changed();
        if let Some(policy) = &page.policy {
            self.policy = policy.clone();
        }
        self.store = with_contact(self.config.store.clone(), &page.contact);
        if let Some(keys) = &page.peers {
            let keys: Vec<[u8; 32]> = keys.iter().map(|key| **key).collect();
            self.set_peer_keys(&keys)?;
        }
        if let Some(key) = page.sealing {
            self.outbox.key = key;
            let kept = sealing::keep(&self.config.state_dir, self.keys.hq, key);
            let _ = kept.inspect_err(|error| eprintln!("huitou: HQ's sealing key: {error}"));
        }
        let keep_days = self.config.outbox.keep_days;
        // A disk that cannot, can when HQ speaks again.
        let _ = outbox::forget_old(&self.connection, self.now().wall_ms, keep_days);
        Ok(())
    }

    /// HQ was restored from a backup: what it lacks is sent again, as far as it is still here.
    fn refill(&self, lacks: &[Held]) -> Result<(), RoadError> {
        for held in lacks {
            if !outbox::refill(&self.connection, held)? {
                let words = self.config.language.pick(
                    "总部恢复到了很早的备份:还在本机的记录会补传,更早的已不再保存,请告知总部",
                    "HQ was restored from an old backup: what is still kept here is sent again, older events are gone; tell HQ",
                );
                eprintln!("huitou: {words}");
            }
        }
        Ok(())
    }

    pub(super) fn append_on_road(&self, body: Body) -> Result<Seq, RoadError> {
        self.append(self.now(), body).map_err(|error| match error {
            OutboxError::Sqlite(error) => RoadError::Sqlite(error),
            OutboxError::Seal(_) => RoadError::Encode,
        })
    }

    /// How a round with HQ ended.
    pub fn synced(&mut self, good: bool) {
        if good {
            self.sync.last_good_ms = Some(self.now().wall_ms);
        }
        self.sync.last_failed = !good;
        self.changed();
    }

    /// Whether a day report was printed since the last call.
    pub fn take_report_printed(&mut self) -> bool {
        core::mem::take(&mut self.sync.report_printed)
    }

    /// Minutes since the last sale, if there was one since the start.
    #[must_use]
    pub fn idle_minutes(&self) -> Option<u64> {
        let last = self.sync.last_sale_mono_ms?;
        Some(self.now().mono_ms.saturating_sub(last) / 60_000)
    }

    /// The time now, for the nightly window.
    #[must_use]
    pub fn moment(&self) -> crate::clock::Moment {
        self.now()
    }
}

/// Remembers the tiers that HQ gave at enrolment.
///
/// # Errors
///
/// [`RoadError`].
pub fn remember_policy(
    connection: &rusqlite::Connection,
    policy: &sync::tier::TierPolicy,
) -> Result<(), RoadError> {
    Ok(store::remember(connection, MEMO_POLICY, &encoded(policy)?)?)
}

fn encoded<T: minicbor::Encode<()>>(value: &T) -> Result<Vec<u8>, RoadError> {
    minicbor::to_vec(value).map_err(|_| RoadError::Encode)
}
