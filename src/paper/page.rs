//! Page mode: a page is laid out in any order and burnt as a whole.
//!
//! ```text
//! ┌ page ─────────────┐   ESC W  the area on the page
//! │   ┌ area ──────┐  │   ESC T  its direction: 0 as usual, 1 up, 2 on its head, 3 down
//! │   │ y ▸ ground │  │   GS $   the ground line on which the next line stands
//! │   └────────────┘  │   CAN    empties the area      FF  burns the page
//! └───────────────────┘
//! ```
//!
//! # Invariants
//!
//! - A page has at most [`PAGE_ROWS_MAX`] rows, whatever `ESC W` says.
//!
//! Not here: lines (`line`), `ESC $` within a line (`printer`).
//!
//! Source: Epson ESC/POS command reference, `ESC L`, `ESC W`, `ESC T`, `GS $`.

use super::glyph::FONT_A;
use super::picture::Picture;

/// Rows of a page: 300 mm.
pub(crate) const PAGE_ROWS_MAX: usize = 2_400;

/// Part of the page, in dots.
#[derive(Clone, Copy, Debug)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// The page that is laid out; see the module's text.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    sheet: Picture,
    area: Area,
    direction: u8,
    /// What stands in the area, upright, as wide as a line is long.
    field: Picture,
    ground: usize,
}

impl Page {
    /// An empty page of `width` dots.
    pub(crate) fn new(width: usize) -> Self {
        let area = Area { x: 0, y: 0, width, height: PAGE_ROWS_MAX };
        let mut page = Self {
            sheet: Picture::new(width, 0),
            area,
            direction: 0,
            field: Picture::default(),
            ground: 0,
        };
        page.open_field();
        page
    }

    /// How long a line is, in the direction in force. Dots.
    pub(crate) const fn line_width(&self) -> usize {
        if self.direction % 2 == 1 { self.area.height } else { self.area.width }
    }

    const fn field_height(&self) -> usize {
        if self.direction % 2 == 1 { self.area.width } else { self.area.height }
    }

    /// `ESC W xL xH yL yH dxL dxH dyL dyH`: moves on to another area.
    pub(crate) fn set_area(&mut self, args: [u8; 8]) {
        let [x, y, width, height] =
            [0, 2, 4, 6].map(|at| usize::from(u16::from_le_bytes([args[at], args[at + 1]])));
        if width == 0 || height == 0 || x >= self.sheet.width() || y >= PAGE_ROWS_MAX {
            return; // the printer ignores it
        }
        self.close_field();
        self.area = Area {
            x,
            y,
            width: width.min(self.sheet.width() - x),
            height: height.min(PAGE_ROWS_MAX - y),
        };
        self.sheet.grow(self.area.y + self.area.height);
        self.open_field();
    }

    /// `ESC T n`: turns the area.
    pub(crate) fn set_direction(&mut self, n: u8) {
        self.close_field();
        self.direction = n % 48 % 4;
        self.open_field();
    }

    /// `GS $`: where the next line stands. Dots from the top of the area.
    pub(crate) const fn set_ground(&mut self, y: usize) {
        self.ground = y;
    }

    /// `GS \`: moves the ground line.
    pub(crate) fn move_ground(&mut self, by: i16) {
        self.ground = self.ground.saturating_add_signed(isize::from(by));
    }

    /// Stands a line on the ground and moves on by `feed` rows.
    pub(crate) fn put(&mut self, line: &Picture, feed: usize) {
        // The first line may be too high for its place: it moves down rather than lose its head.
        let bottom = self.ground.max(line.height());
        self.field.grow(bottom.min(self.field_height()));
        self.field.overlay(line, 0, bottom - line.height());
        self.ground = bottom.saturating_add(feed).min(usize::from(u16::MAX));
    }

    /// CAN: empties the area.
    pub(crate) fn clear_area(&mut self) {
        self.open_field();
        let Area { x, y, width, height } = self.area;
        self.sheet = Picture::from_fn(self.sheet.width(), self.sheet.height(), |column, row| {
            let inside = (x..x + width).contains(&column) && (y..y + height).contains(&row);
            if inside { 0 } else { self.sheet.ink(column, row) }
        });
    }

    /// The page as it goes on the paper.
    pub(crate) fn picture(&self) -> Picture {
        let mut page = self.clone();
        page.close_field();
        page.sheet
    }

    fn open_field(&mut self) {
        self.field = Picture::new(self.line_width(), 0);
        self.ground = FONT_A.height;
    }

    fn close_field(&mut self) {
        let mut field = std::mem::take(&mut self.field);
        if field.height() == 0 {
            return;
        }
        let Area { x, y, width, height } = self.area;
        if self.direction != 0 {
            field.grow(self.field_height());
        }
        let turned = match self.direction {
            0 => field,
            1 => field.turned_right().upside_down(),
            2 => field.upside_down(),
            _ => field.turned_right(),
        };
        self.sheet.grow(y + turned.height().min(height));
        self.sheet.overlay(&turned.columns(width), x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner(direction: u8) -> Picture {
        let mut page = Page::new(384);
        page.set_area([10, 0, 20, 0, 100, 0, 50, 0]);
        page.set_direction(direction);
        let mut line = Picture::new(page.line_width(), 24);
        line.burn(0, 0, 255);
        page.put(&line, 30);
        page.picture()
    }

    #[test]
    fn the_first_dot_lies_in_the_corner_that_the_direction_begins_in() {
        assert_eq!(corner(0).ink(10, 20), 255);
        assert_eq!(corner(1).ink(10, 69), 255);
        assert_eq!(corner(2).ink(109, 69), 255);
        assert_eq!(corner(3).ink(109, 20), 255);
    }

    #[test]
    fn cancelling_empties_only_the_area() {
        let mut page = Page::new(384);
        page.put(&Picture::from_fn(384, 24, |_, _| 255), 30);
        page.set_area([0, 0, 0, 0, 100, 0, 24, 0]);
        page.clear_area();
        let picture = page.picture();
        assert_eq!((picture.ink(99, 0), picture.ink(100, 0)), (0, 255));
    }

    #[test]
    fn a_page_ends_at_its_greatest_length() {
        let mut page = Page::new(384);
        page.set_area([0, 0, 0, 0, 255, 255, 255, 255]);
        page.set_ground(60_000);
        page.put(&Picture::from_fn(384, 24, |_, _| 255), 30);
        assert_eq!(page.picture().height(), PAGE_ROWS_MAX);
    }
}
