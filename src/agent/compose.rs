//! The note for a slip, in words and in the receipt's own bytes.
//!
//! Not here: what a note says (`note`), whether it is printed in time (`firmware_bridge`).

use sync::event::{Body, Weather};
use sync::money::Minor;

use super::take::Read;
use super::{Agent, CONSENT_TEXT, Serving};
use crate::note::{self, Asked, EncodedNote, Item, Note, NoteRow, Scene};
use crate::outbox::OutboxError;
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
        self.print_own(bridge, &rows)
    }

    /// Prints rows of our own between two jobs of the till; `false` if no bridge answers, or the
    /// printer lacks the characters.
    pub(super) fn print_own(&mut self, bridge: &str, rows: &[NoteRow]) -> bool {
        let default = self.charset(bridge).unwrap_or(Charset::Gb18030);
        let Some(encoded) = note::encode(rows, None, default) else { return false };
        let till = self.till(bridge);
        let job = till.last_own_job.0.wrapping_add(1);
        if till.line_up {
            (till.last_own_job, till.own_job) = ((job, false), Some((job, encoded)));
        }
        till.line_up
    }

    /// The note, in words and in the receipt's own code page: on the customer's copy of a sale, and
    /// the service rows on a return.
    pub(super) fn compose(
        &self,
        bridge: &str,
        read: &Read,
        guest: Option<&note::Guest>,
    ) -> Option<(Note, EncodedNote)> {
        let is_return = read.summary.kind == Kind::Return;
        let wanted = is_return || read.summary.kind == Kind::Sale;
        if !self.config.note.enabled || !wanted {
            return None;
        }
        let till = self.tills.get(bridge);
        let refused = till.is_some_and(|till| till.serving == Serving::Refused);
        // A gift: care for the thing, and nobody's name.
        let guest = guest.filter(|_| !till.is_some_and(|till| till.quiet));
        let charset = self.charset(bridge).unwrap_or(Charset::Gb18030);
        let items = read.reading.items.iter();
        let items: Vec<Item<'_>> =
            items.map(|item| Item { name: &item.name, style: item.style.as_deref() }).collect();
        let scene = Scene {
            columns: read.receipt.columns_wide,
            charset: Some(read.receipt.charset.unwrap_or(charset)),
            associate: read.reading.associate.as_deref(),
            asked: if refused { Asked::Refused } else { Asked::NotAsked },
            items: &items,
            is_return,
            printed: &read.receipt.lines(),
            total: read.reading.total.map(|_| self.signed_total(read)),
            ..self.scene(bridge, guest)
        };
        let note = note::compose(&scene, &self.books);
        let encoded = note::encode(&note.rows, read.receipt.charset, charset);
        let encoded = encoded.filter(|note| !note.rows.is_empty())?;
        Some((note, encoded))
    }

    /// What the next receipt will say to whoever is being served, as far as it is known before the
    /// till prints: advice depends on what she takes.
    pub(super) fn preview(&self, bridge: &str) -> Vec<String> {
        let Some(till) = self.tills.get(bridge) else { return Vec::new() };
        let Serving::Number { phone, name, .. } = &till.serving else { return Vec::new() };
        if !self.config.note.enabled {
            return Vec::new();
        }
        let buyer = super::serving::Buyer::Known {
            phone: phone.clone(),
            name: name.clone(),
            typed: true,
            referrer: None,
            typing_ds: None,
        };
        let guest = self.guest(&buyer, Minor::ZERO, self.now()).filter(|_| !till.quiet);
        let scene = self.scene(bridge, guest.as_ref());
        note::compose(&scene, &self.books).rows.into_iter().map(|row| row.text).collect()
    }

    /// A note's scene before anything is printed.
    fn scene<'a>(&'a self, bridge: &str, guest: Option<&'a note::Guest>) -> Scene<'a> {
        let columns = self.tills.get(bridge).and_then(|till| till.columns);
        Scene {
            columns: columns.unwrap_or(32),
            lines_max: self.config.note.lines_max,
            language: self.config.language,
            charset: self.charset(bridge),
            store: &self.store,
            associate: None,
            guest,
            asked: Asked::NotAsked,
            items: &[],
            is_return: false,
            printed: &[],
            today: self.now().day(),
            rain: self.rains(),
            total: None,
            decimals: self.keys.currency_exponent,
            consent: guest.filter(|guest| guest.owes_consent).map(|_| CONSENT_TEXT),
        }
    }

    /// Whether the shop said today that it rains.
    pub(super) fn rains(&self) -> bool {
        self.rain_day == Some(self.now().day())
    }

    /// The shop says whether it rains today; HQ hears of it with the day's sales, so that it can thank
    /// who came in the rain (S34).
    ///
    /// # Errors
    ///
    /// [`OutboxError`] if it cannot be written down.
    pub fn set_rain(&mut self, rain: bool) -> Result<(), OutboxError> {
        let now = self.now();
        if rain == self.rains() {
            return Ok(());
        }
        let day = rain.then(|| now.day());
        let bytes = day.unwrap_or_default().to_be_bytes();
        let transaction = self.connection.unchecked_transaction()?;
        crate::store::remember(&transaction, super::MEMO_RAIN, &bytes)?;
        self.append(now, Body::Weather(Weather { day: now.day(), rains: rain }))?;
        transaction.commit()?;
        self.rain_day = day;
        self.changed();
        Ok(())
    }
}
