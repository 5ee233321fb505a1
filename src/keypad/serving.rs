//! What is typed on a keypad is looked at like what is typed on the page.
//!
//! Not here: what the cashier sees of it (`page`).

use std::sync::Arc;

use sync::event::How;

use super::Keyed;
use crate::agent::{Shared, lock};

/// Tells the agent what is typed.
#[derive(Clone)]
pub struct Serves(Shared);

impl Serves {
    /// For all tills of `agent`.
    #[must_use]
    pub fn new(agent: &Shared) -> Self {
        Self(Arc::clone(agent))
    }
}

impl Keyed for Serves {
    fn so_far(&mut self, till: &str, digits: &str) {
        let _ = lock(&self.0).type_digits(till, digits); // a memory that cannot be read finds nobody
    }

    fn entered(&mut self, till: &str, digits: &str) {
        // What is no number is nobody's; the customer types it again.
        let _ = lock(&self.0).enter_digits(till, digits, How::Keypad);
    }

    fn cleared(&mut self, till: &str) {
        let _ = lock(&self.0).type_digits(till, "");
    }
}
