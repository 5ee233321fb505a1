//! The socket: what the agent wants told goes out, what comes in is opened and handed on.
//!
//! Not here: what a message means (`agent::peers`).

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use super::{DATAGRAM_MAX, Message, PeersConfig};
use crate::agent::{self, Shared};

/// How long one look at the socket waits.
const LOOK: Duration = Duration::from_millis(100);
/// How often a till says how much it has told today.
const HAVE_EVERY: Duration = Duration::from_secs(60);
/// How soon it says so again where somebody is heard who was silent before.
const HAVE_AGAIN: Duration = Duration::from_secs(1);
/// Addresses that are remembered.
const HEARD_MAX: usize = 64;

/// Shares the day with the store's other tills until `stop`; does nothing unless it is configured.
pub fn keep(config: &PeersConfig, agent: &Shared, stop: &Arc<AtomicBool>) {
    let Some(listen) = config.listen else { return };
    let (agent, stop, to) = (Arc::clone(agent), Arc::clone(stop), config.to.clone());
    let outgoing = agent::lock(&agent).tell_peers();
    std::thread::spawn(move || {
        let socket = match bind(listen) {
            Ok(socket) => socket,
            Err(error) => {
                eprintln!("huitou: other tills are not heard: {listen}: {error}");
                return;
            }
        };
        let wire = Wire { socket, to, agent };
        wire.run(&outgoing, &stop);
    });
}

fn bind(listen: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(listen)?;
    socket.set_broadcast(true)?;
    socket.set_read_timeout(Some(LOOK))?;
    Ok(socket)
}

struct Wire {
    socket: UdpSocket,
    to: Vec<SocketAddr>,
    agent: Shared,
}

/// Whether nothing came from there for a while: a till that was off heard nothing of us either.
fn is_new(heard: &mut BTreeMap<SocketAddr, Instant>, from: SocketAddr, now: Instant) -> bool {
    if heard.len() >= HEARD_MAX {
        heard.retain(|_, at| now.duration_since(*at) < HAVE_EVERY);
    }
    if heard.len() >= HEARD_MAX && !heard.contains_key(&from) {
        return false; // a crowd that shouts is not hurried for
    }
    let before = heard.insert(from, now);
    before.is_none_or(|at| now.duration_since(at) > 2 * HAVE_EVERY)
}

impl Wire {
    fn run(&self, outgoing: &Receiver<Message>, stop: &AtomicBool) {
        let (mut said, mut every): (Option<Instant>, _) = (None, HAVE_EVERY);
        let mut heard = BTreeMap::new();
        let mut buffer = [0; DATAGRAM_MAX + 1];
        while !stop.load(Ordering::Relaxed) {
            if said.is_none_or(|at| at.elapsed() >= every) {
                (said, every) = (Some(Instant::now()), HAVE_EVERY);
                let have = agent::lock(&self.agent).have();
                self.tell(&have);
            }
            loop {
                match outgoing.try_recv() {
                    Ok(message) => self.tell(&message),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            if let Ok((len, from)) = self.socket.recv_from(&mut buffer) {
                self.hear(&buffer[..len]);
                if is_new(&mut heard, from, Instant::now()) {
                    every = HAVE_AGAIN;
                }
            }
        }
    }

    fn hear(&self, datagram: &[u8]) {
        let answers = agent::lock(&self.agent).hear_peer(datagram);
        answers.iter().for_each(|message| self.tell(message));
    }

    /// A till that is off, or a LAN that is down, hears it later: see `Have`.
    fn tell(&self, message: &Message) {
        let Some(datagram) = agent::lock(&self.agent).sealed_for_peers(message) else { return };
        for address in &self.to {
            let _ = self.socket.send_to(&datagram, address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_heard_after_a_silence_is_told_again_what_there_is() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (mut heard, now) = (BTreeMap::new(), Instant::now());
        assert!(is_new(&mut heard, at(1), now) && !is_new(&mut heard, at(1), now));
        let later = now + 3 * HAVE_EVERY;
        assert!(is_new(&mut heard, at(1), later), "it was off");
        for port in 2..=64 {
            assert!(is_new(&mut heard, at(port), later));
        }
        assert!(!is_new(&mut heard, at(99), later), "a crowd");
        assert_eq!(heard.len(), HEARD_MAX);
    }
}
