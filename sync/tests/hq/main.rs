//! The road to HQ and back, with the real `huitou-hq` and a simulated till, over real HTTP.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by where it stops")]

mod arrival;
mod arrivals;
mod backup;
mod desk;
mod erasure;
mod export;
mod exposure;
mod file;
mod headquarters;
#[cfg(feature = "postgres")]
mod in_postgres;
mod journey;
mod keys;
mod searched;
mod till;
mod tls;

use headquarters::Headquarters;
use sync::event::{
    Attribution, Body, Consent, How, LinkChange, Purpose, ReturnLink, SaleRef, Void,
};
use sync::phone::Phone;
use till::{Till, sale_of, sale_to};

const LI: &str = "13800006721";
const WANG: &str = "13911118888";

fn phone(number: &str) -> Phone {
    Phone::parse(number).unwrap()
}

fn by_receipt(no: &str) -> SaleRef {
    SaleRef::Receipt { no: no.into() }
}

fn attribution(sale: SaleRef, change: LinkChange) -> Body {
    Body::Attribution(Attribution { sale, change, by: How::Afterwards, cashier: None })
}

fn linked(number: &str) -> LinkChange {
    LinkChange::Linked { phone: phone(number), who: None }
}

/// Six receipts: 李 buys for 6000, 1000 of it comes back; 王 is linked afterwards; one refuses, one
/// sale is voided, one link is undone.
fn a_small_day(till: &mut Till) {
    let here = |till: &Till, seq| SaleRef::Here { epoch: till.epoch, seq };
    till.write(sale_to("A1", 600_000, LI));
    till.write(sale_of("A2", 129_900));
    let refused = till.write(sale_of("A3", 9_900));
    till.write(attribution(here(till, refused), LinkChange::Refused));
    let voided = till.write(sale_to("A4", 50_000, LI));
    till.write(Body::Void(Void { sale: here(till, voided) }));
    let undone = till.write(sale_to("A5", 70_000, LI));
    till.write(attribution(here(till, undone), LinkChange::Unlinked));
    let back = till.write(sale_of("R1", -100_000));
    let return_sale = here(till, back);
    till.write(Body::ReturnLink(ReturnLink { return_sale, original: by_receipt("A1") }));
    till.write(attribution(by_receipt("A2"), linked(WANG)));
    till.write(Body::Consent(Consent {
        phone: phone(WANG),
        purpose: Purpose::Care,
        given: true,
        text_version: "care-1".into(),
        cashier: None,
    }));
}

fn of_receipt<'a>(sales: &'a [serde_json::Value], no: &str) -> &'a serde_json::Value {
    sales.iter().find(|sale| sale["receipt_no"] == no).unwrap()
}

fn spend(hq: &Headquarters) -> Vec<(String, i64)> {
    let row = |row: serde_json::Value| {
        (row["phone"].as_str().unwrap().to_owned(), row["spend"].as_i64().unwrap())
    };
    hq.customers().into_iter().map(row).collect()
}
