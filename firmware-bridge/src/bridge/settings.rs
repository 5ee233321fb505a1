//! How long the bridge waits, and what it is told about the printer.
//!
//! Not here: the command line (`src/bin`).

use crate::dialect::Dialect;
use crate::time::Millis;

/// Whether the printer cuts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cutter {
    /// Not known: it has one as soon as the stream cuts.
    #[default]
    Auto,
    /// It cuts.
    Yes,
    /// It does not: three blank lines or more end a slip.
    No,
}

/// How the bridge behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a run of feeds may wait for a cut.
    pub feed_hold: Millis,
    /// How long a cut may wait for a note.
    pub hold_max: Millis,
    /// A slip without a cut ends after a pause this long.
    pub idle: Millis,
    /// An agent that was silent for this long is away.
    pub agent_away: Millis,
    /// Whether the printer cuts.
    pub cutter: Cutter,
    /// The command language, where it is not to be told from the stream.
    pub dialect: Option<Dialect>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            feed_hold: Millis(50),
            hold_max: Millis(300),
            idle: Millis(20_000),
            agent_away: Millis(3_000),
            cutter: Cutter::Auto,
            dialect: None,
        }
    }
}
