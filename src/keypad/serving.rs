//! A number from a keypad is the number of the sale that is being rung up.
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
    fn so_far(&mut self, _till: &str, _digits: &str) {} // half a number is nobody's

    fn entered(&mut self, till: &str, digits: &str) {
        // What is no number is nobody's; the customer types it again.
        let _ = lock(&self.0).serve(till, digits, None, How::Keypad);
    }

    fn cleared(&mut self, _till: &str) {} // what was entered is taken back on the page
}
