//! Commands that print bar codes and two-dimensional codes.
//!
//! # Invariants
//!
//! - What does not fit on the paper is not printed.
//!
//! Not here: how codes are made (`bar_code`, `symbol`), Star's bytes (`star`).
//!
//! Source: Epson ESC/POS command reference, `GS k`, `GS ( k`.

use super::Printer;
use super::commands::word;
use crate::paper::bar_code::{self, BarStyle, Symbology};
use crate::paper::symbol::{self, QrStyle};
use crate::receipt::code_page::decode;

/// Codes other than QR, by the first argument of `GS ( k`.
const OTHERS: [(u8, &str); 6] = [
    (48, "PDF417"),
    (50, "MaxiCode"),
    (51, "GS1 DataBar"),
    (52, "Composite"),
    (53, "Aztec"),
    (54, "DataMatrix"),
];

/// Characters of a code's content that the slip's text shows.
const LABEL_MAX: usize = 200;

/// What `GS ( k` has stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Symbols {
    pub(super) qr: QrStyle,
    pub(super) bytes: Vec<u8>,
}

impl Printer {
    pub(super) fn run_symbol(&mut self, command: &[u8]) -> bool {
        match command {
            [0x1D, b'k', 97, _, level, _, _, bytes @ ..] => {
                let module = self.modes.bars.module();
                self.put_qr(bytes, QrStyle { module, correction: level.saturating_sub(1) });
            }
            [0x1D, b'k', m @ 0..=6, bytes @ ..] => {
                self.put_bar_code(*m, bytes.strip_suffix(b"\0").unwrap_or(bytes));
            }
            [0x1D, b'k', m, _, bytes @ ..] => self.put_bar_code(*m, bytes),
            [0x1D, b'(', b'k', _, _, code, function, args @ ..] => {
                self.code(*code, *function, args)
            }
            _ => return false,
        }
        true
    }

    fn put_bar_code(&mut self, m: u8, bytes: &[u8]) {
        match (Symbology::from_byte(m), m) {
            (Some(symbology), _) => self.put_bars(symbology, bytes, self.modes.bars),
            (None, 75..=78) => self.put_placeholder("GS1 DataBar", bytes.len()),
            _ => {}
        }
    }

    pub(super) fn put_bars(&mut self, symbology: Symbology, bytes: &[u8], style: BarStyle) {
        let Ok(bars) = bar_code::encode(symbology, bytes) else { return };
        let picture = style.draw(&bars);
        if picture.width() <= self.area() {
            self.put_block(&picture, Some(&format!("[{} {}]", symbology.name(), bars.text)));
        }
    }

    /// `GS ( k`: `code` 49 is QR; `function` 67 and 69 set, 80 stores, 81 prints.
    fn code(&mut self, code: u8, function: u8, args: &[u8]) {
        match (code, function, args) {
            (49, 67, [module, ..]) => self.symbols.qr.module = *module,
            (49, 69, [level, ..]) => self.symbols.qr.correction = level % 48,
            (_, 80, [_, bytes @ ..]) => self.symbols.bytes = bytes.to_vec(),
            (49, 81, _) => {
                let bytes = std::mem::take(&mut self.symbols.bytes);
                self.put_qr(&bytes, self.symbols.qr);
                self.symbols.bytes = bytes; // it may be printed again
            }
            (_, 81, _) => {
                let name = OTHERS.iter().find(|(known, _)| *known == code);
                let name = name.map_or("2D code", |(_, name)| name);
                self.put_placeholder(name, self.symbols.bytes.len());
            }
            _ => {}
        }
    }

    pub(super) fn put_qr(&mut self, bytes: &[u8], style: QrStyle) {
        let Some(picture) = symbol::qr(bytes, style) else { return };
        if !bytes.is_empty() && picture.width() <= self.area() {
            let charset = self.modes.code_pages.charset(self.charset);
            let content =
                String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| decode(charset, bytes));
            let content: String =
                content.chars().filter(|c| !c.is_control()).take(LABEL_MAX).collect();
            self.put_block(&picture, Some(&format!("[QR {content}]")));
        }
    }

    fn put_placeholder(&mut self, name: &str, len: usize) {
        let label = format!("{name} {len} bytes");
        let picture = symbol::placeholder(&label);
        if len > 0 && picture.width() <= self.area() {
            self.put_block(&picture, Some(&format!("[{label}]")));
        }
    }

    /// `GS 1D … nL nH`: a counted body, as far as it came.
    pub(super) fn counted(low: u8, high: u8, bytes: &[u8]) -> &[u8] {
        &bytes[..word(low, high).min(bytes.len())]
    }
}
