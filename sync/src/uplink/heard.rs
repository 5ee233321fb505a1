//! What an answer of HQ means, once its signature is checked.
//!
//! Not here: what to do next (`uplink`).

use super::Identity;
use crate::care_list::{CarePage, CareRequest};
use crate::event::{Epoch, Seq};
use crate::message::{Receipt, Refusal, RefusalReason};
use crate::receiver::HighWater;

/// What the driver is to store or to show.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Heard {
    /// HQ holds this epoch up to the mark. Store it as it is: after HQ was restored it is lower than
    /// before, and the outbox sends again from there.
    Mark {
        /// Which life of the outbox.
        epoch: Epoch,
        /// Where HQ stands.
        mark: HighWater,
        /// The last event of ours that HQ has compared with what it holds; none if it holds less.
        same_to: Option<Seq>,
    },
    /// A verified page: apply entries and cursor in one transaction.
    Page(Box<CarePage>),
    /// HQ knows other events under these numbers. It keeps what was sent up to `up_to` for a person to
    /// decide about: store it as sent, and go on in a new epoch.
    SetAside {
        /// Which life of the outbox.
        epoch: Epoch,
        /// The last event that HQ keeps so.
        up_to: Seq,
    },
    /// HQ refused for a reason that a person has to settle. The uplink goes on asking, slowly.
    Refused(RefusalReason),
    /// HQ is busy or broken, or the answer was not HQ's. The uplink asks again.
    Failed {
        /// The HTTP status.
        status: u16,
    },
    /// Nobody had asked: an answer that came too late.
    Nothing,
}

pub(super) fn upload(
    identity: &Identity,
    epoch: Epoch,
    last: Seq,
    status: u16,
    body: &[u8],
) -> Heard {
    if status == 200 {
        let receipt = Receipt::verify(&identity.hq, identity.terminal, epoch, body);
        return receipt.map_or(Heard::Failed { status }, |receipt| Heard::Mark {
            epoch,
            mark: receipt.mark,
            same_to: Some(last),
        });
    }
    match refusal(identity, epoch, body) {
        Some(Refusal { reason: RefusalReason::MarkMismatch, mark: Some(mark), .. }) => {
            Heard::Mark { epoch, mark, same_to: None }
        }
        Some(Refusal { reason: RefusalReason::Fork { .. }, mark: Some(mark), .. }) => {
            Heard::SetAside { epoch, up_to: mark.seq }
        }
        Some(refusal) => Heard::Refused(refusal.reason),
        None => Heard::Failed { status },
    }
}

pub(super) fn page(identity: &Identity, request: &CareRequest, status: u16, body: &[u8]) -> Heard {
    if status == 200 {
        let page =
            CarePage::open(&identity.hq, &identity.terminal, &identity.sealing, request, body);
        return page.map_or(Heard::Failed { status }, |page| Heard::Page(Box::new(page)));
    }
    // A refusal that concerns the till as a whole names no epoch.
    let refused = refusal(identity, Epoch([0; 16]), body);
    refused.map_or(Heard::Failed { status }, |refusal| Heard::Refused(refusal.reason))
}

fn refusal(identity: &Identity, epoch: Epoch, body: &[u8]) -> Option<Refusal> {
    Refusal::verify(&identity.hq, identity.terminal, epoch, body).ok()
}
