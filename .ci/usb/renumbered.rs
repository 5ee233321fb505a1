//! A printer that comes back under another number, while a stranger has taken its own.
//!
//! ```text
//! before   lp0 till   lp1 printer
//! away     lp0 till   lp1 stranger
//! after    lp0 till   lp1 stranger   lp2 printer
//! ```
//!
//! Not here: how a printer is found by its serial number (the bridge's `host/usb.rs`).

use super::*;

pub(super) fn renumbered(shop: &mut Shop) -> Outcome {
    let jobs: Vec<Vec<u8>> = (0..4).map(|number| receipt(number, 40)).collect();
    make_gadget(2);
    let stranger = Printer::start(2);
    shop.stop_bridge();
    shop.start_bridge_to("usb:04b8:0202:PAPER1", &[]);
    shop.till.print(&jobs[0]);
    shop.paper_is_so_far(&jobs[0])?;

    let before = number(1);
    unplug(1);
    plug(2);
    if number(2) != before {
        return Err(format!("the stranger has number {:?}, the printer had {before:?}", number(2)));
    }
    shop.till.print(&jobs[1]); // the stranger alone is there
    pause(1_500);
    plug(1);
    let after = number(1);
    if after == before {
        return Err("the printer came back under its own number; this test tests nothing".into());
    }
    shop.paper_is_so_far(&jobs[..2].concat())?;
    shop.till.print(&jobs[2]);
    shop.paper_is_so_far(&jobs[..3].concat())?;

    unplug(2);
    unplug(1);
    plug(1);
    shop.till.print(&jobs[3]);
    shop.paper_is(&jobs.concat())?;
    match locked(&stranger.paper).len() {
        0 => {}
        len => return Err(format!("{len} bytes went to another printer")),
    }
    shop.stop_bridge();
    shop.start_bridge();
    Ok(format!("lp{} → lp{} and back, 4 receipts on the right printer", said(before), said(after)))
}

fn said(number: Option<usize>) -> String {
    number.map_or_else(|| "?".into(), |number| number.to_string())
}
