//! The modes that a stream sets, and `ESC @` puts back to how they were.
//!
//! Not here: how commands set them (`commands`), stored pictures and codes, which `ESC @` keeps.

use crate::paper::bar_code::BarStyle;
use crate::paper::line::Align;
use crate::paper::style::Style;
use crate::receipt::code_page::CodePageState;

/// What is in force for what comes next.
#[derive(Clone, Debug)]
pub(super) struct Modes {
    pub(super) style: Style,
    pub(super) code_pages: CodePageState,
    pub(super) align: Align,
    pub(super) upside_down: bool,
    /// Rows from one line to the next.
    pub(super) line_spacing: usize,
    /// Dots from the left edge.
    pub(super) margin: usize,
    /// Dots, if narrower than what the margin leaves.
    pub(super) area: Option<usize>,
    /// Tab stops, in columns.
    pub(super) tabs: Vec<u8>,
    pub(super) bars: BarStyle,
}

/// Rows from one line to the next, 3.75 mm.
pub(super) const LINE_SPACING: usize = 30;

impl Default for Modes {
    fn default() -> Self {
        Self {
            style: Style::default(),
            code_pages: CodePageState::default(),
            align: Align::Left,
            upside_down: false,
            line_spacing: LINE_SPACING,
            margin: 0,
            area: None,
            tabs: (1..=31).map(|stop| stop * 8).collect(),
            bars: BarStyle::default(),
        }
    }
}
