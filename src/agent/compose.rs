//! The note for a slip, in words and in the receipt's own bytes.
//!
//! Not here: what a note says (`note`), whether it is printed in time (`firmware_bridge`).

use super::take::Read;
use super::{Agent, Serving};
use crate::config::Language;
use crate::note::{self, EncodedNote, NoteRow, Scene};
use crate::receipt::code_page::Charset;
use crate::sale::Kind;

impl Agent {
    /// The note: on the customer's copy of a sale, and the service rows on a return.
    pub(super) fn compose(
        &self,
        bridge: &str,
        read: &Read,
        guest: Option<&note::Guest>,
    ) -> Vec<NoteRow> {
        let is_return = read.summary.kind == Kind::Return;
        let wanted = is_return || read.summary.kind == Kind::Sale;
        let quiet = self.tills.get(bridge).is_some_and(|till| till.serving == Serving::Silent);
        if !self.config.note.enabled || !wanted || quiet {
            return Vec::new();
        }
        let items: Vec<String> = read.reading.items.iter().map(|item| item.name.clone()).collect();
        let printed = read.receipt.lines();
        let scene = Scene {
            columns: read.receipt.columns_wide,
            lines_max: self.config.note.lines_max,
            language: self.config.language,
            store: &self.store,
            guest,
            items: &items,
            is_return,
            printed: &printed,
        };
        note::compose(&scene, &self.advice)
    }

    /// In the receipt's own code page; in English where that has no Chinese.
    pub(super) fn encode(
        &self,
        bridge: &str,
        rows: &[NoteRow],
        read: &Read,
        guest: Option<&note::Guest>,
    ) -> Option<EncodedNote> {
        if rows.is_empty() {
            return None;
        }
        let default = self.reading_settings(bridge).charset.unwrap_or(Charset::Gb18030);
        note::encode(rows, read.receipt.charset, default).or_else(|| {
            let printed = read.receipt.lines();
            let scene = Scene {
                columns: read.receipt.columns_wide,
                lines_max: self.config.note.lines_max,
                language: Language::English,
                store: &self.store,
                guest,
                items: &[],
                is_return: read.summary.kind == Kind::Return,
                printed: &printed,
            };
            // What still cannot be written, such as a name, is left out; the rest is worth printing.
            let mut rows = note::compose(&scene, &self.advice);
            rows.retain(|row| {
                note::encode(core::slice::from_ref(row), read.receipt.charset, default).is_some()
            });
            note::encode(&rows, read.receipt.charset, default).filter(|note| !note.rows.is_empty())
        })
    }
}
