//! What is exported: columns, and the statement that gives them.
//!
//! # Invariants
//!
//! - Columns are appended, never moved or given another meaning: programs read these files.
//! - The statement gives its columns in this order, and its rows always in the same.
//!
//! Not here: how they are written (`export`, `parquet_file`).

/// What a file has a row of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum What {
    /// Receipts: sales, returns and unread pictures.
    Sales,
    /// Their lines.
    Items,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Holds {
    Text,
    Whole,
    Truth,
    /// Days since 1970-01-01 on the shop's calendar.
    Day,
    /// Seconds since then on the shop's own clock.
    Time,
    /// Minor units.
    Amount,
    Thousandths,
}

/// One column.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
}

const fn column(name: &'static str, holds: Holds) -> Column {
    Column { name, holds }
}

const SALES: &[Column] = &[
    column("day", Holds::Day),
    column("store", Holds::Text),
    column("source", Holds::Text),
    column("terminal", Holds::Text),
    column("epoch", Holds::Text),
    column("seq", Holds::Whole),
    column("kind", Holds::Text),
    column("receipt_no", Holds::Text),
    column("printed_at", Holds::Time),
    column("total", Holds::Amount),
    column("pieces", Holds::Whole),
    column("discount", Holds::Amount),
    column("tax", Holds::Amount),
    column("till", Holds::Text),
    column("cashier", Holds::Text),
    column("associate", Holds::Text),
    column("member", Holds::Text),
    column("asked", Holds::Text),
    column("known", Holds::Text),
    column("voided", Holds::Truth),
    column("counts", Holds::Truth),
    column("takes_back", Holds::Text),
];

const ITEMS: &[Column] = &[
    column("day", Holds::Day),
    column("store", Holds::Text),
    column("source", Holds::Text),
    column("terminal", Holds::Text),
    column("epoch", Holds::Text),
    column("seq", Holds::Whole),
    column("line", Holds::Whole),
    column("name", Holds::Text),
    column("style", Holds::Text),
    column("colour", Holds::Text),
    column("size", Holds::Text),
    column("quantity", Holds::Thousandths),
    column("amount", Holds::Amount),
    column("unit_price", Holds::Amount),
    column("discount", Holds::Amount),
    column("counts", Holds::Truth),
];

/// A merged number leads to the one she is found under; who was erased is nobody.
const SALES_SQL: &str = "
    SELECT s.day, st.name, CASE WHEN s.stream < 0 THEN 'import' ELSE 'till' END,
        CASE WHEN m.id IS NOT NULL THEN lower(hex(m.terminal)) END,
        CASE WHEN s.stream < 0 THEN 'import-' || (s.stream + 1099511627776)
                                     ELSE lower(hex(m.epoch)) END, s.seq,
        s.kind, s.receipt_no, s.printed_at, s.total,
        coalesce(s.item_count, (SELECT count(*) FROM sale_item i
                                WHERE i.stream = s.stream AND i.seq = s.seq)),
        s.discount, s.tax, s.till, s.cashier, s.associate,
        CASE WHEN r.identity IS NOT NULL THEN lower(hex(r.id)) END,
        s.asked, s.known, s.voided, s.counts, o.receipt_no
    FROM sale s JOIN store st ON st.id = s.store
        LEFT JOIN stream m ON m.id = s.stream
        LEFT JOIN customer c ON c.id = s.customer
        LEFT JOIN customer r ON r.id = coalesce(c.root, c.id)
        LEFT JOIN sale o ON o.stream = s.original_stream AND o.seq = s.original_seq
    WHERE s.day = ?1
    ORDER BY st.name, coalesce(s.printed_at, s.wall_ms / 1000), s.stream, s.seq";

const ITEMS_SQL: &str = "
    SELECT s.day, st.name, CASE WHEN s.stream < 0 THEN 'import' ELSE 'till' END,
        CASE WHEN m.id IS NOT NULL THEN lower(hex(m.terminal)) END,
        CASE WHEN s.stream < 0 THEN 'import-' || (s.stream + 1099511627776)
                                     ELSE lower(hex(m.epoch)) END, s.seq,
        i.line, i.name, i.style, i.colour, i.size, i.qty_milli, i.amount, i.unit_price, i.discount,
        s.counts
    FROM sale s JOIN store st ON st.id = s.store
        JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
        LEFT JOIN stream m ON m.id = s.stream
    WHERE s.day = ?1
    ORDER BY st.name, coalesce(s.printed_at, s.wall_ms / 1000), s.stream, s.seq, i.line";

impl What {
    /// How its files' names begin.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Items => "items",
        }
    }

    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Sales => SALES,
            Self::Items => ITEMS,
        }
    }

    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Sales => SALES_SQL,
            Self::Items => ITEMS_SQL,
        }
    }
}
