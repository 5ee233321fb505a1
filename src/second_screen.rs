//! A phone as second screen: the cashier's page over TLS, for phones that were paired at the till.
//!
//! ```text
//! till   POST /api/second-screen/pair ─▶ url as QR, 2 minutes, once ─┐
//! phone  GET  /pair/TOKEN ◀─────────────────────────────────────────┘
//!            └▶ __Host- cookie, 256 bits ─▶ the page's own routes, behind `guard`
//! till   GET  /api/second-screen, POST /api/second-screen/revoke {"id"}; as a page: /second-screen
//! ```
//!
//! # Invariants
//!
//! - Off unless the configuration says so: the port is closed then.
//! - Who is not paired gets nothing of the page; who was revoked, nothing from that moment on.
//! - Of a token a hash is kept; it is in no log and in no list.
//!
//! Not here: TLS and time limits (`page::access::port`), what the page does (`page`).

mod device;
mod guard;
pub mod paired;
mod routes;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Deserializer};
use tokio::net::TcpListener;

use crate::clock::Moment;
use crate::page::access::port::{Port, PortError};
use crate::page::access::secret::{self, SecretError, Token};
use crate::page::access::{Access, Refusal, locked};
use paired::{Paired, Screen};

pub(crate) use guard::manager_on_a_phone;
pub(crate) use routes::{keep, routes};

const FILE: &str = "second-screens.toml";

/// So long a pairing code is good.
pub const OFFER_MS: u64 = 2 * 60_000;

/// When a phone was last here is written down no oftener.
const NOTED_EVERY_MS: i64 = 5 * 60_000;

/// The second screen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecondScreenConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it listens.
    pub listen: SocketAddr,
    /// After so many hours a phone has to be paired anew, 1 to 720.
    #[serde(deserialize_with = "hours")]
    pub hours: u32,
    /// The till's address in the shop's network, where it cannot be found out.
    pub address: Option<IpAddr>,
}

impl Default for SecondScreenConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: SocketAddr::from(([0, 0, 0, 0], 8643)),
            hours: 12,
            address: None,
        }
    }
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let hours = u32::deserialize(deserializer)?;
    let allowed = (1..=720).contains(&hours).then_some(hours);
    allowed.ok_or_else(|| serde::de::Error::custom("write 1 to 720 hours"))
}

/// The phones that are paired, and the code that is on the till's screen.
pub struct SecondScreen {
    port: Arc<Port>,
    hours: u32,
    file: PathBuf,
    paired: Mutex<Paired>,
    /// When `paired` was last written, in ms since 1970.
    noted_ms: Mutex<i64>,
    offer: Mutex<Option<Offer>>,
}

/// A pairing code that was not used yet.
struct Offer {
    hash: String,
    until_ms: u64,
}

/// Why there is no second screen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecondScreenError {
    /// The port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The paired phones.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl SecondScreen {
    /// Takes the port, if the configuration wants it; what keeps it from that is said, and the till
    /// goes on without.
    pub(crate) async fn open(
        config: &SecondScreenConfig,
        access: &Access,
    ) -> Option<(Arc<Self>, TcpListener)> {
        if !config.enabled {
            return None;
        }
        match Self::opened(config, access).await {
            Ok(open) => Some(open),
            Err(error) => {
                let chinese = format!("✗ 手机副屏打不开:{error}");
                let english = format!("✗ the second screen cannot be opened: {error}");
                eprintln!("huitou: {}", access.language().pick(&chinese, &english));
                None
            }
        }
    }

    async fn opened(
        config: &SecondScreenConfig,
        access: &Access,
    ) -> Result<(Arc<Self>, TcpListener), SecondScreenError> {
        let now_s = access.now().wall_ms / 1_000;
        let file = access.state_dir().join(FILE);
        let paired = Mutex::new(secret::read(&file)?);
        let dir = access.state_dir();
        let (port, listener) = Port::open(config.listen, config.address, false, dir, now_s).await?;
        let screen = Self {
            port,
            hours: config.hours,
            file,
            paired,
            noted_ms: Mutex::default(),
            offer: Mutex::default(),
        };
        Ok((Arc::new(screen), listener))
    }

    /// Makes a pairing code; the one before it is void.
    fn offer(&self, now: Moment) -> Result<Token, Refusal> {
        if locked(&self.paired).is_full(now.wall_ms) {
            return Err(Refusal::ScreensFull);
        }
        let token = Token::random::<16>();
        let until_ms = now.mono_ms.saturating_add(OFFER_MS);
        *locked(&self.offer) = Some(Offer { hash: token.hash(), until_ms });
        Ok(token)
    }

    /// Takes a pairing code, once, and gives the phone's own secret.
    fn pair(&self, token: &str, name: String, now: Moment) -> Result<Token, Refusal> {
        let hash = secret::hash(token);
        let fits = |offer: &mut Offer| offer.hash == hash && now.mono_ms < offer.until_ms;
        locked(&self.offer).take_if(fits).ok_or(Refusal::PairingOver)?;
        let mut paired = locked(&self.paired);
        let before = paired.clone();
        let secret = paired.add(name, self.hours, now.wall_ms).ok_or(Refusal::ScreensFull)?;
        self.keep(&paired).inspect_err(|_| *paired = before)?;
        Ok(secret)
    }

    /// Whether this is the secret of a phone that is paired.
    fn is_paired(&self, secret: &str, now: Moment) -> bool {
        let mut paired = locked(&self.paired);
        if !paired.visit(secret, now.wall_ms) {
            return false;
        }
        let mut noted_ms = locked(&self.noted_ms);
        // Set back or forward, the clock is no reason to write at every request.
        if noted_ms.abs_diff(now.wall_ms) > NOTED_EVERY_MS.unsigned_abs() {
            *noted_ms = now.wall_ms;
            let _ = self.keep(&paired); // a time in a list; what fails was said
        }
        true
    }

    fn revoke(&self, id: &str) -> Result<(), Refusal> {
        let mut paired = locked(&self.paired);
        match paired.revoke(id) {
            false => Err(Refusal::NoScreen),
            true => self.keep(&paired),
        }
    }

    fn screens(&self, now: Moment) -> Vec<Screen> {
        locked(&self.paired).listed(now.wall_ms)
    }

    fn keep(&self, paired: &Paired) -> Result<(), Refusal> {
        secret::write(&self.file, paired).map_err(|error| {
            eprintln!("huitou: second screen: {error}");
            Refusal::Storage
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mono_ms: u64) -> Moment {
        let wall_ms = 1_795_269_900_000 + i64::try_from(mono_ms).unwrap();
        Moment { wall_ms, mono_ms, boot: 0, offset_s: 0 }
    }

    async fn opened(dir: &std::path::Path) -> SecondScreen {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let (port, _) = Port::open(listen, None, false, dir, 1_795_269_900).await.unwrap();
        let (paired, file) = (Mutex::default(), dir.join(FILE));
        SecondScreen {
            port,
            hours: 1,
            file,
            paired,
            noted_ms: Mutex::default(),
            offer: Mutex::default(),
        }
    }

    #[test]
    fn a_phone_is_paired_for_an_hour_to_a_month() {
        let config = |text: &str| toml::from_str::<SecondScreenConfig>(text);
        assert_eq!(config("").unwrap().hours, 12);
        assert_eq!(config("hours = 720").unwrap().hours, 720);
        for wrong in ["hours = 0", "hours = 721", "hours = \"12\""] {
            assert!(config(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_code_is_good_for_two_minutes_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let screen = opened(dir.path()).await;
        let pair =
            |token: &Token, now| screen.pair(token.clear(), "iPhone".into(), at(now)).map(drop);
        let late = screen.offer(at(0)).unwrap();
        assert_eq!(pair(&late, OFFER_MS), Err(Refusal::PairingOver));
        let code = screen.offer(at(0)).unwrap();
        assert_eq!(pair(&late, 1), Err(Refusal::PairingOver), "void since there is a newer one");
        assert_eq!(pair(&code, OFFER_MS - 1), Ok(()), "another's wrong try does not use it up");
        assert_eq!(pair(&code, OFFER_MS - 1), Err(Refusal::PairingOver));
        assert_eq!(screen.screens(at(0)).len(), 1);
    }

    #[tokio::test]
    async fn a_phone_that_cannot_be_written_down_is_not_paired() {
        let dir = tempfile::tempdir().unwrap();
        let screen = opened(dir.path()).await;
        let code = screen.offer(at(0)).unwrap();
        std::fs::create_dir(dir.path().join(FILE)).unwrap(); // no file can take its place
        let paired = screen.pair(code.clear(), "iPhone".into(), at(0)).map(drop);
        assert_eq!(paired, Err(Refusal::Storage));
        assert_eq!(screen.screens(at(0)), []);
    }

    #[tokio::test]
    async fn there_is_no_code_when_as_many_are_paired_as_may_be() {
        let dir = tempfile::tempdir().unwrap();
        let screen = opened(dir.path()).await;
        for _ in 0..paired::SCREENS_MAX {
            let code = screen.offer(at(0)).unwrap();
            screen.pair(code.clear(), "iPhone".into(), at(0)).unwrap();
        }
        assert_eq!(screen.offer(at(0)).map(drop), Err(Refusal::ScreensFull));
        assert!(screen.offer(at(3_600_000)).is_ok(), "their hour is over");
    }
}
