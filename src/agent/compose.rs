//! The note for a slip, in words and in the receipt's own bytes.
//!
//! Not here: what a note says (`note`), whether it is printed in time (`firmware_bridge`).

use super::Agent;
use super::take::Read;
use crate::config::Language;
use crate::note::{self, EncodedNote, NoteRow, Scene};
use crate::receipt::code_page::Charset;
use crate::sale::Kind;

impl Agent {
    /// Prints a test page between two jobs of the till: an installer sees that all is joined.
    /// `false` if no bridge answers.
    pub fn print_test(&mut self, bridge: &str) -> bool {
        let now = self.now();
        let language = self.config.language;
        let texts = [
            language.pick("回头 打印测试", "Huitou test page").to_owned(),
            self.keys.store_name.clone(),
            format!("{} {}", crate::clock::today(), now.hour_minute()),
            language
                .pick("汉字、字母、数字都清楚就好", "If you can read this, all is well")
                .to_owned(),
        ];
        let rows = texts.into_iter().flat_map(|text| note::wrap(&text, 32));
        let rows: Vec<NoteRow> = rows.map(|text| NoteRow { text, bold: false }).collect();
        let default = self.charset(bridge).unwrap_or(Charset::Gb18030);
        let Some(encoded) = note::encode(&rows, None, default) else { return false };
        let till = self.till(bridge);
        let job = till.last_own_job.0.wrapping_add(1);
        if till.line_up {
            (till.last_own_job, till.own_job) = ((job, false), Some((job, encoded)));
        }
        till.line_up
    }

    /// The note, in words and in the receipt's own code page: on the customer's copy of a sale, and
    /// the service rows on a return. In English where the code page has no Chinese.
    pub(super) fn compose(
        &self,
        bridge: &str,
        read: &Read,
        guest: Option<&note::Guest>,
    ) -> Option<(Vec<NoteRow>, EncodedNote)> {
        let is_return = read.summary.kind == Kind::Return;
        let wanted = is_return || read.summary.kind == Kind::Sale;
        // A gift: care for the thing, and nobody's name.
        let quiet = self.tills.get(bridge).is_some_and(|till| till.quiet);
        let guest = guest.filter(|_| !quiet);
        if !self.config.note.enabled || !wanted {
            return None;
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
        let default = self.charset(bridge).unwrap_or(Charset::Gb18030);
        let encode = |rows: &[NoteRow]| note::encode(rows, read.receipt.charset, default);
        let mut rows = note::compose(&scene, &self.advice);
        if encode(&rows).is_none() {
            let english = Scene { language: Language::English, ..scene };
            rows = note::compose(&english, &self.advice);
            // What still cannot be written, such as a name, is left out; the rest is worth printing.
            rows.retain(|row| encode(core::slice::from_ref(row)).is_some());
        }
        let encoded = encode(&rows).filter(|note| !note.rows.is_empty())?;
        Some((rows, encoded))
    }
}
