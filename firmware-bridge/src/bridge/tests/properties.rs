//! What holds whatever the till sends and the agent does.

use super::*;

/// Pieces of receipts that the hold has opinions on.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(0x20u8..0x7F, 1..30),
        Just(b"\n".to_vec()),
        Just(b"\r\n\r\n\r\n\r\n".to_vec()),
        Just(b"\x1bd\x03".to_vec()),
        Just(b"\x1b@".to_vec()),
        Just(b"\x1bp\x00\x19\xfa".to_vec()),
        Just(b"\x10\x04\x01".to_vec()),
        Just(b"\x1dV\x00".to_vec()),
        Just(b"\x1dVB\x00".to_vec()),
        Just(b"\x1b".to_vec()),
        Just(b"\x1dv0\x00\x02\x00\x02\x00\x1dV\x00\x1b".to_vec()),
        Just(b"\x1dD1234567A\x1dV\x00".to_vec()),
        Just(b"\x1dC;1\x1bi".to_vec()),
        Just(b"\x1b\x1d\x1bi".to_vec()),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Pos(Vec<u8>),
    Wait(u64),
    Close,
    Beat,
    NoNote(u32),
    LinkLost,
    LinkOpened,
    Noise(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => piece().prop_map(Step::Pos),
        2 => (0u64..400).prop_map(Step::Wait),
        1 => Just(Step::Close),
        2 => Just(Step::Beat),
        1 => (1u32..6).prop_map(Step::NoNote),
        1 => Just(Step::LinkLost),
        1 => Just(Step::LinkOpened),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Noise),
    ]
}

proptest! {
    /// Without a note the printer cannot tell that we are there: whatever the POS sends, however
    /// it pauses and whatever the agent does, every byte arrives, in order and in time.
    #[test]
    fn silence_is_transparent(steps in prop::collection::vec(step(), 1..60)) {
        let mut shop = Shop::with_agent();
        let mut sent = Vec::new();
        for step in steps {
            match step {
                Step::Pos(bytes) => { sent.extend(&bytes); shop.pos(&bytes); }
                Step::Wait(ms) => shop.wait(ms),
                Step::Close => shop.close(),
                Step::Beat => shop.say(ToBridge::Beat),
                Step::NoNote(slip) => shop.say(ToBridge::NoNote { slip }),
                Step::LinkLost => {
                    let printed = &mut shop.printed;
                    shop.bridge.handle_link_closed(shop.now, &mut |bytes| printed.extend(bytes));
                    shop.agent_hears = Decoder::default();
                    shop.settle();
                }
                Step::LinkOpened => {
                    shop.bridge.handle_link_opened(shop.now);
                    shop.agent_hears = Decoder::default();
                    shop.say(ToBridge::Beat);
                }
                Step::Noise(bytes) => {
                    let printed = &mut shop.printed;
                    shop.bridge.handle_link(&bytes, shop.now, &mut |bytes| printed.extend(bytes));
                    shop.settle();
                }
            }
            prop_assert!(sent.starts_with(&shop.printed), "changed, or out of order");
            let due = shop.bridge.poll_timeout();
            prop_assert!(shop.printed == sent || due.is_some(), "nothing will ever let it go");
        }
        let mut waited = 0;
        while shop.printed != sent && waited < 70 {
            shop.wait(300);
            waited += 1;
        }
        prop_assert_eq!(shop.printed, sent);
    }

    /// With notes on, what is printed is what was sent with whole notes in between, and each slip's
    /// bytes reach the agent as they were.
    #[test]
    fn a_note_only_adds(bodies in prop::collection::vec("[a-z]{1,20}", 1..6), split in 1usize..9) {
        let mut shop = Shop::with_agent();
        let mut sent = Vec::new();
        for (index, body) in bodies.iter().enumerate() {
            let job = std::format!("\x1b@{body}\n\n\x1bd\x02\x1dVB\x01");
            for piece in job.as_bytes().chunks(split) {
                sent.extend(piece);
                shop.pos(piece);
            }
            shop.note(u32::try_from(index).unwrap() + 1, b"NOTE");
        }
        let note = b"\x1bE\x01NOTE\n\x1bE\x00\x1bE\x00";
        let text = String::from_utf8_lossy(&shop.printed).replace(&*String::from_utf8_lossy(note), "");
        prop_assert_eq!(text.as_bytes(), &sent[..]);
        prop_assert_eq!(shop.slips.len(), bodies.len());
    }
}
