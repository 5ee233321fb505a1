//! The agent's side of the loop.
//!
//! Not here: what is said (`bridge::talk`), who may connect (`link_socket`).

use super::Pipe;
use crate::host::link_socket::LinkSocket;
use crate::time::Tick;

impl Pipe<'_> {
    pub(super) fn accept_agent(&mut self) {
        let Some(agent) = self.link_socket.as_ref().and_then(LinkSocket::accept) else { return };
        self.agent = Some(agent);
        self.to_agent.clear();
        self.bridge.handle_link_opened(self.now());
    }

    pub(super) fn read_agent(&mut self) {
        let now = self.now();
        let Some(agent) = &self.agent else { return };
        match agent.read(&mut self.buffer, false) {
            Ok(Some(0)) | Err(_) => self.lose_agent(now),
            Ok(Some(len)) => {
                let out = &mut self.to_printer;
                self.bridge.handle_link(&self.buffer[..len], now, &mut |bytes| out.push(bytes));
            }
            Ok(None) => {}
        }
    }

    fn lose_agent(&mut self, now: Tick) {
        self.agent = None;
        self.to_agent.clear();
        let out = &mut self.to_printer;
        self.bridge.handle_link_closed(now, &mut |bytes| out.push(bytes));
    }

    pub(super) fn write_agent(&mut self, now: Tick) {
        // Only what the agent takes: a hung one leaves the rest in the ring.
        while let Some(agent) = self.agent.as_ref().filter(|_| self.to_agent.is_empty()) {
            let len = self.bridge.poll_link(&mut self.buffer, now);
            if len == 0 {
                return;
            }
            self.to_agent.push(&self.buffer[..len]);
            if self.to_agent.write_to(agent).is_err() {
                self.lose_agent(now);
            }
        }
        if let Some(agent) = &self.agent
            && self.to_agent.write_to(agent).is_err()
        {
            self.lose_agent(now);
        }
    }
}
