//! The socket: what the agent wants told goes out, what comes in is opened and handed on.
//!
//! Not here: what a message means (`agent::peers`).

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

impl Wire {
    fn run(&self, outgoing: &Receiver<Message>, stop: &AtomicBool) {
        let mut said: Option<Instant> = None;
        let mut buffer = [0; DATAGRAM_MAX + 1];
        while !stop.load(Ordering::Relaxed) {
            if said.is_none_or(|at| at.elapsed() >= HAVE_EVERY) {
                said = Some(Instant::now());
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
            if let Ok((len, _)) = self.socket.recv_from(&mut buffer) {
                self.hear(&buffer[..len]);
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
