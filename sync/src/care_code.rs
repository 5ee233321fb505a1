//! A garment's own care code: which symbols its label has, and what each says.
//!
//! ```text
//! 30|no-bleach|no-tumble|iron1|dryclean-P
//!  └ 30度内洗,不漂白,不烘干,低温熨,可干洗(P)
//! ```
//!
//! The symbols are those of ISO 3758 and GB/T 8685: washing, bleaching, drying, ironing,
//! professional care, in that order.
//!
//! # Invariants
//!
//! - A code that is kept has known symbols only, at most one for each of the five but for drying,
//!   where a tumble dryer and a line are two things.
//!
//! Not here: which garment has which code (`styles` on the till, `hq::style`), rows of paper (`note`).

/// What a symbol is about; the order of the label.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum About {
    /// Washing.
    Wash,
    /// Bleaching.
    Bleach,
    /// A tumble dryer.
    Tumble,
    /// Drying without one.
    Dry,
    /// Ironing.
    Iron,
    /// Dry cleaning.
    DryClean,
    /// Professional wet cleaning.
    WetClean,
}

/// One symbol: its code, how else it may be written, and its words.
struct Symbol {
    about: About,
    code: &'static str,
    also: &'static str,
    zh: &'static str,
    en: &'static str,
}

const fn symbol(
    about: About,
    code: &'static str,
    also: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Symbol {
    Symbol { about, code, also, zh, en }
}

use About as A;

const SYMBOLS: [Symbol; 44] = [
    symbol(A::Wash, "95", "95度", "95度内洗", "wash at 95C"),
    symbol(A::Wash, "70", "70度", "70度内洗", "wash at 70C"),
    symbol(A::Wash, "60", "60度", "60度内洗", "wash at 60C"),
    symbol(A::Wash, "60-gentle", "60度轻柔", "60度内轻柔洗", "gentle at 60C"),
    symbol(A::Wash, "50", "50度", "50度内洗", "wash at 50C"),
    symbol(A::Wash, "50-gentle", "50度轻柔", "50度内轻柔洗", "gentle at 50C"),
    symbol(A::Wash, "40", "40度", "40度内洗", "wash at 40C"),
    symbol(A::Wash, "40-gentle", "40度轻柔", "40度内轻柔洗", "gentle at 40C"),
    symbol(A::Wash, "40-very-gentle", "40度极轻柔", "40度内极轻柔洗", "very gentle at 40C"),
    symbol(A::Wash, "30", "30度", "30度内洗", "wash at 30C"),
    symbol(A::Wash, "30-gentle", "30度轻柔", "30度内轻柔洗", "gentle at 30C"),
    symbol(A::Wash, "30-very-gentle", "30度极轻柔", "30度内极轻柔洗", "very gentle at 30C"),
    symbol(A::Wash, "hand", "手洗", "40度内手洗", "hand wash"),
    symbol(A::Wash, "hand-30", "30度手洗", "30度内手洗", "hand wash at 30C"),
    symbol(A::Wash, "no-wash", "不可水洗 不水洗", "不可水洗", "do not wash"),
    symbol(A::Bleach, "bleach", "可漂白", "可漂白", "bleach allowed"),
    symbol(A::Bleach, "oxygen-bleach", "氧漂", "只用含氧漂白", "oxygen bleach only"),
    symbol(A::Bleach, "no-bleach", "不漂白 不可漂白", "不漂白", "no bleach"),
    symbol(A::Tumble, "tumble", "可烘干", "可烘干", "tumble dry"),
    symbol(A::Tumble, "tumble-low", "低温烘干", "低温烘干", "tumble dry low"),
    symbol(A::Tumble, "no-tumble", "不烘干 不可烘干 不可翻转干燥", "不烘干", "no tumble dry"),
    symbol(A::Dry, "line", "悬挂晾干", "悬挂晾干", "line dry"),
    symbol(A::Dry, "line-shade", "悬挂阴干 阴干", "悬挂阴干", "line dry in shade"),
    symbol(A::Dry, "drip", "悬挂滴干 滴干", "不拧,滴干", "drip dry"),
    symbol(A::Dry, "drip-shade", "阴凉滴干", "不拧,阴处滴干", "drip dry in shade"),
    symbol(A::Dry, "flat", "平摊晾干 平铺晾干", "平铺晾干", "dry flat"),
    symbol(A::Dry, "flat-shade", "平摊阴干 平铺阴干", "平铺阴干", "dry flat in shade"),
    symbol(A::Dry, "flat-drip", "平摊滴干", "不拧,平铺滴干", "drip dry flat"),
    symbol(A::Iron, "iron3", "高温熨", "高温熨,200度内", "hot iron 200C"),
    symbol(A::Iron, "iron2", "中温熨", "中温熨,150度内", "warm iron 150C"),
    symbol(A::Iron, "iron1", "低温熨", "低温熨,110度内", "cool iron 110C"),
    symbol(A::Iron, "iron1-no-steam", "低温熨无蒸汽", "低温熨,不用蒸汽", "cool iron, no steam"),
    symbol(A::Iron, "no-iron", "不熨 不可熨烫", "不可熨", "no iron"),
    symbol(A::DryClean, "dryclean-A", "干洗A", "可干洗", "dry clean"),
    symbol(A::DryClean, "dryclean-P", "干洗P 可干洗 干洗", "可干洗(P)", "dry clean (P)"),
    symbol(A::DryClean, "dryclean-P-gentle", "缓和干洗P", "缓和干洗(P)", "gentle dry clean (P)"),
    symbol(A::DryClean, "dryclean-F", "干洗F", "可干洗(F)", "dry clean (F)"),
    symbol(A::DryClean, "dryclean-F-gentle", "缓和干洗F", "缓和干洗(F)", "gentle dry clean (F)"),
    symbol(A::DryClean, "dryclean-only", "只可干洗", "只可干洗", "dry clean only"),
    symbol(A::DryClean, "no-dryclean", "不干洗 不可干洗", "不可干洗", "no dry clean"),
    symbol(A::WetClean, "wetclean", "专业湿洗", "可专业湿洗", "wet clean"),
    symbol(A::WetClean, "wetclean-gentle", "缓和湿洗", "缓和专业湿洗", "gentle wet clean"),
    symbol(
        A::WetClean,
        "wetclean-very-gentle",
        "非常缓和湿洗",
        "非常缓和湿洗",
        "very gentle wet clean",
    ),
    symbol(A::WetClean, "no-wetclean", "不湿洗", "不可湿洗", "no wet clean"),
];

/// What a label says; places in the list of symbols, in the order of the label.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CareCode(Vec<usize>);

/// Why a care code is none.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CareCodeError {
    /// A symbol that there is not.
    #[error("care code: no symbol is called \"{word}\"; allowed: {allowed}")]
    Unknown {
        /// It.
        word: String,
        /// All there are.
        allowed: String,
    },
    /// Two symbols that say the same thing differently.
    #[error("care code: \"{0}\" and \"{1}\" contradict each other")]
    Twice(&'static str, &'static str),
}

impl CareCode {
    /// Reads symbols parted by `|`, `/`, `;` or commas; an empty text is an empty code.
    ///
    /// # Errors
    ///
    /// [`CareCodeError`], with what is allowed.
    pub fn parse(text: &str) -> Result<Self, CareCodeError> {
        let parts = text.split(['|', '/', ';', ',', '、', '\u{FF1B}', '\u{FF0C}']).map(str::trim);
        let mut found = Vec::new();
        for word in parts.filter(|word| !word.is_empty()) {
            let at = SYMBOLS.iter().position(|symbol| symbol.is_called(word)).ok_or_else(|| {
                let all: Vec<&str> = SYMBOLS.iter().map(|symbol| symbol.code).collect();
                CareCodeError::Unknown { word: word.to_owned(), allowed: all.join(" ") }
            })?;
            let same = |other: &&usize| SYMBOLS[**other].about == SYMBOLS[at].about;
            match found.iter().find(same) {
                Some(&other) if other == at => {}
                Some(&other) => {
                    return Err(CareCodeError::Twice(SYMBOLS[other].code, SYMBOLS[at].code));
                }
                None => found.push(at),
            }
        }
        found.sort_by_key(|&at| SYMBOLS[at].about);
        Ok(Self(found))
    }

    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is written in files, e.g. `30|no-bleach|iron1`.
    #[must_use]
    pub fn written(&self) -> String {
        let codes: Vec<&str> = self.0.iter().map(|&at| SYMBOLS[at].code).collect();
        codes.join("|")
    }

    /// What it says, in the order of the label: Chinese and English.
    pub fn words(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.0.iter().map(|&at| (SYMBOLS[at].zh, SYMBOLS[at].en))
    }

    /// As much of it as is about one of these.
    #[must_use]
    pub fn only(&self, about: &[About]) -> Self {
        let named = |at: &usize| about.contains(&SYMBOLS[*at].about);
        Self(self.0.iter().copied().filter(named).collect())
    }

    /// Every symbol alone.
    pub fn symbols() -> impl Iterator<Item = Self> {
        (0..SYMBOLS.len()).map(|at| Self(vec![at]))
    }
}

impl Symbol {
    fn is_called(&self, word: &str) -> bool {
        self.code.eq_ignore_ascii_case(word) || self.also.split(' ').any(|also| also == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_one_way_however_it_was_read() {
        let code = CareCode::parse("30|no-bleach|no-tumble|iron1|dryclean-P").unwrap();
        let chinese = CareCode::parse("干洗P、30度;不漂白,低温熨/不烘干").unwrap();
        assert_eq!((chinese.written(), chinese), (code.written(), code.clone()));
        let said: Vec<&str> = code.only(&[About::Wash, About::Iron]).words().map(|w| w.1).collect();
        assert_eq!(said, ["wash at 30C", "cool iron 110C"]);
    }

    #[test]
    fn an_unknown_or_contradicting_symbol_is_named() {
        let said = |text| CareCode::parse(text).unwrap_err().to_string();
        assert!(said("30|swim").contains("\"swim\"; allowed: 95 70"));
        assert!(said("30|hand").contains("\"30\" and \"hand\""));
        assert!(CareCode::parse("30||30").is_ok_and(|code| code.written() == "30"));
        assert!(CareCode::parse(" ").unwrap().is_empty());
    }

    #[test]
    fn every_symbol_is_read_by_each_of_its_names() {
        for symbol in &SYMBOLS {
            for name in symbol.also.split(' ').chain([symbol.code]) {
                assert_eq!(CareCode::parse(name).unwrap().written(), symbol.code, "{name}");
            }
        }
    }
}
