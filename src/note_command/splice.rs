//! Puts notes where they would stand on paper: the job goes through the bridge's own core.
//!
//! Not here: where that is (`firmware_bridge::bridge`).

use firmware_bridge::bridge::{Bridge, Settings};
use firmware_bridge::job::split;
use firmware_bridge::link::frame::{self, WIRE_MAX};
use firmware_bridge::link::{MESSAGE_MAX, Row, Rows, ToBridge};
use firmware_bridge::time::{Millis, Tick};

use crate::note::EncodedNote;

/// Bytes of a slip that the bridge keeps here; nobody fetches them.
const RING: usize = 1 << 16;

/// What reaches the printer when `note` says what each slip gets, by its first byte in `job`.
pub fn noted(job: &[u8], mut note: impl FnMut(u64) -> Option<EncodedNote>) -> Vec<u8> {
    let mut starts = Vec::new();
    split(job, |slip| starts.push((slip.start, slip.cut)));
    let mut bridge = Bridge::new(Settings::default(), 1, 0, vec![0; RING]);
    let (mut printed, mut now, mut taken) = (Vec::new(), Tick(0), 0);
    bridge.handle_link_opened(now);
    bridge.handle_link(&framed(ToBridge::Hello { version: 1 }), now, &mut |_| {});
    while taken < job.len() {
        taken += bridge.handle_pos(&job[taken..], now, &mut |bytes| printed.extend(bytes));
        if !bridge.is_holding_cut() {
            continue;
        }
        // The slip whose cut was taken last.
        let at = u64::try_from(taken).unwrap_or(u64::MAX);
        let is_cut = |(_, cut): &(u64, Option<u64>)| cut.is_some_and(|cut| cut < at);
        if let Some(place) = starts.iter().rposition(is_cut) {
            let slip = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let answer = answer(slip, note(starts[place].0).as_ref());
            bridge.handle_link(&answer, now, &mut |bytes| printed.extend(bytes));
        }
        now = now + Millis(1_000); // in doubt the cut goes
        bridge.handle_timeout(now, &mut |bytes| printed.extend(bytes));
    }
    bridge.handle_pos_closed(now, &mut |bytes| printed.extend(bytes));
    printed
}

fn answer(slip: u32, note: Option<&EncodedNote>) -> Vec<u8> {
    let mut room = [0; MESSAGE_MAX - 16];
    let rows = note.into_iter().flat_map(|note| &note.rows);
    let rows: Vec<Row<'_>> =
        rows.map(|(text, bold)| Row { text, bold: *bold, ..Row::default() }).collect();
    match (note, Rows::encode(&rows, &mut room)) {
        (Some(note), Ok(rows)) => framed(ToBridge::Note { slip, page: note.page, rows }),
        _ => framed(ToBridge::NoNote { slip }),
    }
}

fn framed(message: ToBridge<'_>) -> Vec<u8> {
    let (mut bytes, mut wire) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
    let framed = message.encode(&mut bytes).and_then(|len| frame::encode(&bytes[..len], &mut wire));
    framed.map_or_else(Vec::new, |len| wire[..len].to_vec())
}
