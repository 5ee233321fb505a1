//! The print buffer: one line of letters and pictures that has not been burnt yet.
//!
//! ```text
//!          pen ▼
//! │云裳 女装│▒▒│         things stand on a common ground line;
//! └──────────────────┘   the line is as high as the highest
//! ╰─── width: the area ──╯
//! ```
//!
//! # Invariants
//!
//! - Nothing is wider than the area, and memory is bounded by it, however often a stream moves back
//!   and prints over.
//! - The text reads from left to right, wherever the stream moved in between.
//!
//! Not here: when a line is burnt and how far the paper goes (`printer`), the paper (`roll`).

use super::glyph::FONT_A;
use super::picture::Picture;

/// Characters that a line's text keeps; a real one has 64 at most, and overprinting is rare.
const TEXT_MAX: usize = 1_024;

/// Where a line goes when it is narrower than the area.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

impl Align {
    /// From the argument of `ESC a`, or `None`.
    pub(crate) const fn from_byte(n: u8) -> Option<Self> {
        match n {
            0 | b'0' => Some(Self::Left),
            1 | b'1' => Some(Self::Centre),
            2 | b'2' => Some(Self::Right),
            _ => None,
        }
    }

    /// Dots to the left of something `width` wide, in `area`.
    pub(crate) const fn offset(self, width: usize, area: usize) -> usize {
        match self {
            Self::Left => 0,
            Self::Centre => area.saturating_sub(width) / 2,
            Self::Right => area.saturating_sub(width),
        }
    }
}

/// Letters that follow each other without a gap.
#[derive(Clone, Debug)]
struct Run {
    from: usize,
    to: usize,
    text: String,
}

/// The print buffer; see the module's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    canvas: Picture,
    pen: usize,
    extent: usize,
    runs: Vec<Run>,
    characters: usize,
    pictures: bool,
}

/// A line that is ready for the paper.
#[derive(Debug)]
pub(crate) struct Burnt {
    /// As wide as the area.
    pub(crate) picture: Picture,
    /// What a person reads.
    pub(crate) text: String,
    /// Whether it held a picture.
    pub(crate) pictures: bool,
}

impl Line {
    /// An empty line of `width` dots.
    pub(crate) fn new(width: usize) -> Self {
        Self { canvas: Picture::new(width, 0), ..Self::default() }
    }

    /// Whether nothing was put or moved yet.
    pub(crate) const fn is_empty(&self) -> bool {
        self.extent == 0 && self.pen == 0
    }

    /// Whether there is nothing to burn, though the pen may have moved.
    pub(crate) const fn is_blank(&self) -> bool {
        self.extent == 0
    }

    /// Where the next thing goes, from the left end of the area. Dots.
    pub(crate) const fn pen(&self) -> usize {
        self.pen
    }

    /// Whether something of `width` dots would stick out, and so belongs on the next line.
    pub(crate) const fn is_full_for(&self, width: usize) -> bool {
        self.pen > 0 && self.pen + width > self.canvas.width()
    }

    /// Moves the pen; a position outside of the area is ignored, as printers do.
    pub(crate) const fn move_to(&mut self, x: usize) {
        if x <= self.canvas.width() {
            self.pen = x;
        }
    }

    /// Puts a letter at the pen.
    pub(crate) fn put_letter(&mut self, character: char, picture: &Picture) {
        let from = self.pen;
        self.put(picture);
        self.note(from, character);
    }

    /// Puts a picture at the pen; what sticks out of the area is lost.
    pub(crate) fn put_picture(&mut self, picture: &Picture) {
        self.put(picture);
        self.pictures = true;
    }

    fn put(&mut self, picture: &Picture) {
        self.canvas.grow_up(picture.height());
        let top = self.canvas.height() - picture.height();
        self.canvas.overlay(picture, self.pen, top);
        self.pen = (self.pen + picture.width()).min(self.canvas.width());
        self.extent = self.extent.max(self.pen);
    }

    fn note(&mut self, from: usize, character: char) {
        self.characters += 1;
        if self.characters > TEXT_MAX {
            return;
        }
        match self.runs.last_mut() {
            Some(run) if run.to == from => {
                run.text.push(character);
                run.to = self.pen;
            }
            _ => self.runs.push(Run { from, to: self.pen, text: character.into() }),
        }
    }

    /// Ends the line and begins a new one.
    pub(crate) fn burn(&mut self, align: Align, upside_down: bool) -> Burnt {
        let width = self.canvas.width();
        let line = std::mem::replace(self, Self::new(width));
        let offset = align.offset(line.extent, width);
        let text = line.text(offset);
        let mut picture = line.canvas;
        if offset > 0 {
            let mut moved = Picture::new(width, picture.height());
            moved.overlay(&picture, offset, 0);
            picture = moved;
        }
        if upside_down {
            picture = picture.upside_down();
        }
        Burnt { picture, text, pictures: line.pictures }
    }

    /// Runs from left to right, gaps as spaces.
    fn text(&self, offset: usize) -> String {
        let mut runs: Vec<_> = self.runs.iter().collect();
        runs.sort_by_key(|run| run.from);
        let (mut text, mut end) = (String::new(), 0);
        for run in runs {
            let gap = (run.from + offset).saturating_sub(end);
            let spaces = (gap + FONT_A.width / 2) / FONT_A.width;
            text.extend(std::iter::repeat_n(' ', spaces));
            text.push_str(&run.text);
            end = end.max(run.to + offset);
        }
        text.truncate(text.trim_end().len());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Picture {
        Picture::from_fn(12, 24, |_, _| 255)
    }

    fn line(text: &str) -> Line {
        let mut line = Line::new(120);
        text.chars().for_each(|character| line.put_letter(character, &letter()));
        line
    }

    #[test]
    fn alignment_moves_the_ink_and_the_text() {
        let ink_from = |align| {
            let burnt = line("ab").burn(align, false);
            (burnt.picture.dots().iter().position(|&ink| ink > 0).unwrap(), burnt.text)
        };
        assert_eq!(ink_from(Align::Left), (0, "ab".into()));
        assert_eq!(ink_from(Align::Centre), (48, "    ab".into()));
        assert_eq!(ink_from(Align::Right), (96, "        ab".into()));
    }

    #[test]
    fn text_reads_from_left_to_right_wherever_the_pen_went() {
        let mut line = line("");
        line.move_to(96);
        line.put_letter('9', &letter());
        line.move_to(0);
        line.put_letter('a', &letter());
        assert_eq!(line.burn(Align::Left, false).text, "a       9");
    }

    #[test]
    fn small_things_stand_on_the_ground_line() {
        let mut line = line("A");
        line.put_picture(&Picture::from_fn(10, 8, |_, _| 255));
        let picture = line.burn(Align::Left, false).picture;
        assert_eq!((picture.ink(15, 15), picture.ink(15, 16)), (0, 255));
    }

    #[test]
    fn overprinting_takes_no_memory() {
        let mut line = line("");
        for _ in 0..100_000 {
            line.move_to(0);
            line.put_letter('x', &letter());
        }
        assert_eq!(line.burn(Align::Left, false).picture.dots().len(), 120 * 24);
    }
}
