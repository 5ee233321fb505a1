//! What tills and HQ say to each other, from any bytes: nothing fails hard, and what is understood is
//! written back as something that is understood alike.
//!
//! Signatures and seals are checked before any of this in the product; here they are left out, so that
//! nothing has to forge one to reach the decoders behind them.
//!
//! Not here: files that people make (`lists`), the wire between bridge and agent (`link`).
#![no_main]

use huitou::peers::Message;
use libfuzzer_sys::fuzz_target;
use minicbor::{Decode, Encode};
use sync::batch::Batch;
use sync::care_list::{CarePage, CareRequest};
use sync::event::Event;
use sync::message::{
    EnrolCode, EnrolReply, EnrolRequest, HqKeys, Receipt, Refusal, ReleaseRequest,
};
use sync::sign;
use sync::tier::TierPolicy;
use sync::words::unpack;

fuzz_target!(|bytes: &[u8]| {
    event(bytes);
    batch(bytes);
    same::<CarePage>(bytes);
    same::<CareRequest>(bytes);
    same::<EnrolRequest>(bytes);
    same::<EnrolReply>(bytes);
    same::<HqKeys>(bytes);
    same::<Receipt>(bytes);
    same::<Refusal>(bytes);
    same::<ReleaseRequest>(bytes);
    same::<TierPolicy>(bytes);
    same::<Message>(bytes);
    let _ = sign::claimed(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        typed(text);
    }
});

/// As an event, packed and not: unpacking ends, and takes no number that was not told.
fn event(bytes: &[u8]) {
    if let Ok(event) = Event::decode(bytes) {
        assert_eq!(Event::decode(&event.encode()).ok(), Some(event), "read, written, read");
    }
    let told = |number: u32| (number < 64).then(|| vec![0x61, b'a' + (number % 26) as u8]);
    if let Ok(plain) = unpack(bytes, told) {
        let _ = Event::decode(&plain);
    }
    let _ = unpack(bytes, |_| None);
}

fn batch(bytes: &[u8]) {
    let Ok(batch) = minicbor::decode::<Batch>(bytes) else { return };
    let entries: Vec<_> =
        batch.entries().map(|entry| (entry.seq, entry.prev, entry.hash)).collect();
    assert!(
        entries.windows(2).all(|two| two[0].2 == two[1].1),
        "each begins where the one before ends"
    );
}

fn same<T>(bytes: &[u8])
where
    T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + std::fmt::Debug,
{
    if let Ok(value) = minicbor::decode::<T>(bytes) {
        let written = minicbor::to_vec(&value).expect("a Vec takes all");
        assert_eq!(
            minicbor::decode::<T>(&written).ok().as_ref(),
            Some(&value),
            "read, written, read"
        );
    }
}

/// What an installer types, or a phone number.
fn typed(text: &str) {
    if let Ok(code) = text.parse::<EnrolCode>() {
        assert_eq!(code.to_string().parse::<EnrolCode>().ok(), Some(code));
    }
    if let Ok(phone) = sync::phone::Phone::parse(text) {
        assert!(!format!("{phone:?}").contains(phone.clear()), "a number never shows itself");
    }
    if let Ok(care) = sync::care_code::CareCode::parse(text) {
        assert_eq!(sync::care_code::CareCode::parse(&care.written()), Ok(care));
    }
}
