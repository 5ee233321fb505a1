//! The bridge on a POS box: ports, the link's socket, and the loop that joins them to the core.
//!
//! ```text
//! POS port ⇄ ┐                ┌ ⇄ printer port
//!            ├ one thread, poll(2) ┤
//! agent    ⇄ ┘  (the core)    └ (deadlines)
//! ```
//!
//! # Invariants
//!
//! - Bytes from the printer go to the POS before anything else is done with them.
//! - What the printer does not take is not read from the POS: back-pressure is the printer's own.
//! - Without an agent, or with one that hangs, bytes go on as they came.
//!
//! Not here: what the bytes are (the core); Windows (its ports need another loop over the same core).

mod boot_id;
mod link_socket;
mod pipe;
mod port;
mod remembered;
mod serial;
mod stream;
mod usb;

pub use link_socket::{LinkAddress, LinkSocketError};
pub use pipe::{Options, RunError, run};
pub use port::{Flow, Parity, PortError, PortSpec, SerialSpec, UsbId};
pub use remembered::{LastGoodError, last_good};
pub use stream::OpenError;
