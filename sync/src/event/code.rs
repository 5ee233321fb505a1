//! Small closed sets that may grow: one byte on the wire, a word for people and tables.
//!
//! Not here: the sets themselves; each stands beside the event that carries it.

/// Declares an enum whose unknown codes read as a careful fall-back instead of failing.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        $name:ident, unknown reads as $fallback:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $code:literal $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// The number on the wire; never reused.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The value of a code; one from a newer version reads as the careful fall-back.
            #[must_use]
            pub const fn from_code(code: u8) -> Self {
                match code { $($code => Self::$variant,)+ _ => Self::$fallback }
            }

            /// The value of a word; an unknown one reads as the careful fall-back.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word { $($word => Self::$variant,)+ _ => Self::$fallback }
            }

            /// The word that tables and CSV use.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u8(self.code())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                d.u8().map(Self::from_code)
            }
        }
    };
}
pub(crate) use codes;
