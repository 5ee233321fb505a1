//! What HQ knows of a style number, for the note's washing advice.
//!
//! Not here: where HQ has it from (`hq::import`), what a till prints of it (`note`).

use minicbor::{Decode, Encode};

/// A style as HQ's newest list has it; one without any word is known no more.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct CareStyle {
    /// 款号, as receipts print it.
    #[n(0)]
    pub code: String,
    /// What it is, e.g. 连衣裙.
    #[n(1)]
    pub category: Option<String>,
    /// What it is made of, e.g. 真丝.
    #[n(2)]
    pub fibre: Option<String>,
    /// Its care code, as [`CareCode`](crate::care_code::CareCode) reads it.
    #[n(3)]
    pub care: Option<String>,
}

impl CareStyle {
    /// Whether HQ's list has it no more, or says nothing of it.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.category.is_none() && self.fibre.is_none() && self.care.is_none()
    }
}
