//! Tills of one store that see each other share the day's customers.
//!
//! ```text
//! till 1 ── Met (number, name, this sale) ──▶ till 2      as it happens, over UDP on the shop's LAN
//!        ── Have (so many today) ───────────▶             every minute, and at the start
//!        ◀── Want ──────────────────────────              what was lost is told again
//! ```
//!
//! Every datagram is sealed under a key that HQ gives to the tills of one store and changes with the
//! month. It is a help for the day: what counts is what HQ folds.
//!
//! # Invariants
//!
//! - A sale counts once, whoever tells it and however often: it is known by its place (terminal,
//!   epoch, seq), and HQ's mark of that terminal passes it.
//! - Of two words on one sale the later stands, in whatever order they arrive.
//! - What does not open under the store's key is nobody's: no answer, no log line.
//!
//! Not here: what is written down of it (`agent::peers`), HQ.

pub mod serve;

use std::net::SocketAddr;

use minicbor::{Decode, Encode};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Deserialize;
use sync::event::{Epoch, Name, Seq, TerminalId};
use sync::money::Minor;
use sync::phone::Phone;
use sync::random::random;

const AAD: &[u8] = b"huitou peers v1";

/// The largest datagram that every LAN takes whole.
pub const DATAGRAM_MAX: usize = 1_200;

/// The store's other tills.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeersConfig {
    /// Where this till hears them; nothing is shared without it.
    pub listen: Option<SocketAddr>,
    /// Where they are, or the LAN's broadcast address.
    pub to: Vec<SocketAddr>,
}

/// What one till tells the others.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum Message {
    /// A sale was hers, or is no longer.
    #[n(0)]
    Met(#[n(0)] Met),
    /// So many sales of today are known to be somebody's.
    #[n(1)]
    Have(#[n(0)] Have),
    /// Tell me those of this terminal's day again.
    #[n(2)]
    Want(#[n(0)] Want),
}

/// A sale and whose it is.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Met {
    /// Whose till.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which life of its outbox.
    #[n(1)]
    pub epoch: Epoch,
    /// The sale's event.
    #[n(2)]
    pub seq: Seq,
    /// The event that says whose it is; the later one stands.
    #[n(3)]
    pub said: Seq,
    /// The day on its paper.
    #[n(4)]
    pub day: i32,
    /// What it came to, net.
    #[n(5)]
    pub amount: Minor,
    /// Her number; none takes the sale back from whose it was.
    #[n(6)]
    pub phone: Option<Phone>,
    /// How she is addressed.
    #[n(7)]
    pub name: Option<Name>,
    /// The day on which it was printed, by the till's own clock.
    #[n(8)]
    pub taken: i32,
}

/// How much a till has told today.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Have {
    /// Whose till.
    #[n(0)]
    pub terminal: TerminalId,
    /// The local day.
    #[n(1)]
    pub day: i32,
    /// How many sales it knows to be somebody's.
    #[n(2)]
    pub count: u32,
    /// The last event that it told of, in this life of its outbox.
    #[n(3)]
    pub last: Seq,
}

/// Who is to tell its day again.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Want {
    /// Whose till.
    #[n(0)]
    pub terminal: TerminalId,
    /// The local day.
    #[n(1)]
    pub day: i32,
}

/// The store's keys: the month's, and the one of the month before.
pub struct PeerKeys(Vec<LessSafeKey>);

impl PeerKeys {
    /// Takes keys of 32 bytes, the current one first.
    #[must_use]
    pub fn new(keys: &[[u8; 32]]) -> Self {
        let key = |key: &[u8; 32]| {
            LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the length is its own"))
        };
        Self(keys.iter().map(key).collect())
    }

    /// Seals a message; `None` without a key, or if it would not fit a datagram.
    #[must_use]
    pub fn seal(&self, message: &Message) -> Option<Vec<u8>> {
        let plain = zeroize::Zeroizing::new(minicbor::to_vec(message).ok()?);
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = plain.to_vec();
        let nonce_once = Nonce::assume_unique_for_key(nonce);
        self.0.first()?.seal_in_place_append_tag(nonce_once, Aad::from(AAD), &mut sealed).ok()?;
        let datagram = [&nonce[..], &sealed].concat();
        (datagram.len() <= DATAGRAM_MAX).then_some(datagram)
    }

    /// Opens a datagram of one of this store's tills.
    #[must_use]
    pub fn open(&self, datagram: &[u8]) -> Option<Message> {
        let (nonce, sealed) = datagram.split_first_chunk::<NONCE_LEN>()?;
        self.0.iter().find_map(|key| {
            let mut plain = zeroize::Zeroizing::new(sealed.to_vec());
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let plain = key.open_in_place(nonce, Aad::from(AAD), &mut plain).ok()?;
            minicbor::decode(plain).ok()
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn met(seq: u64, said: u64, phone: Option<&str>) -> Met {
        Met {
            terminal: TerminalId([4; 16]),
            epoch: Epoch([5; 16]),
            seq: Seq(seq),
            said: Seq(said),
            day: 20_778,
            amount: Minor::new(129_900),
            phone: phone.map(|phone| Phone::parse(phone).unwrap()),
            name: Some(Name { surname: "李".into(), title: "女士".into() }),
            taken: 20_778,
        }
    }

    #[test]
    fn only_the_stores_own_tills_understand_each_other() {
        let store = PeerKeys::new(&[[1; 32], [0; 32]]);
        let message = Message::Met(met(1, 1, Some("13800006721")));
        let datagram = store.seal(&message).unwrap();
        assert_eq!(store.open(&datagram), Some(message.clone()));
        let holds = |text: &str| datagram.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!holds("13800006721") && !holds("李"), "nothing in clear on the LAN");
        assert_eq!(PeerKeys::new(&[[2; 32]]).open(&datagram), None, "another store's");
        let next_month = PeerKeys::new(&[[3; 32], [1; 32]]);
        assert_eq!(next_month.open(&datagram), Some(message.clone()), "the month has changed");
        assert_eq!(PeerKeys::new(&[]).seal(&message), None, "no key, no word");
    }

    proptest! {
        /// Whatever comes over the LAN, nothing that was not sealed by the store is taken.
        #[test]
        fn a_changed_datagram_is_nobodys(at in 0usize..200, flip in 1u8..=255) {
            let store = PeerKeys::new(&[[1; 32]]);
            let mut datagram = store.seal(&Message::Met(met(1, 1, Some("13800006721")))).unwrap();
            let at = at % datagram.len();
            datagram[at] ^= flip;
            prop_assert_eq!(store.open(&datagram), None);
        }
    }
}
