//! The only way text gets into a page: escaped.
//!
//! # Invariants
//!
//! - [`Html`] holds markup of ours and escaped text, nothing else.
//!
//! Not here: the frame (`frame`), what a page says (`pages`).

pub(super) use crate::language::Language as Lang;

/// Finished markup.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of our own, taken as it is.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text from anywhere, escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for symbol in text.chars() {
            match symbol {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                control if control.is_control() => self.0.push(' '),
                plain => self.0.push(plain),
            }
        }
        self
    }

    /// A number of ours.
    pub(super) fn number(&mut self, number: impl Into<i64>) -> &mut Self {
        self.0.push_str(&number.into().to_string());
        self
    }

    /// How many there are.
    pub(super) fn count(&mut self, count: usize) -> &mut Self {
        self.0.push_str(&count.to_string());
        self
    }

    /// What was drawn elsewhere.
    pub(super) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// `<tag>text</tag>`.
    pub(super) fn tag(&mut self, tag: &'static str, text: &str) -> &mut Self {
        self.raw("<").raw(tag).raw(">").text(text).raw("</");
        // An end tag has no attributes.
        self.raw(tag.split(' ').next().unwrap_or(tag)).raw(">")
    }

    /// A link to a path of ours.
    pub(super) fn link(&mut self, path: &str, text: &str) -> &mut Self {
        self.raw("<a href=\"").text(path).raw("\">").text(text).raw("</a>")
    }

    /// The page's heading.
    pub(super) fn h1(&mut self, text: &str) -> &mut Self {
        self.tag("h1", text)
    }

    /// The beginning of a form that changes something: with what shows that it is ours.
    pub(super) fn form(&mut self, path: &str, token: &str) -> &mut Self {
        self.raw("<form method=post action=\"").text(path);
        self.raw("\"><input type=hidden name=form value=\"").text(token).raw("\">")
    }

    /// A field with its label; `attributes` are ours.
    pub(super) fn field(
        &mut self,
        label: &str,
        name: &'static str,
        attributes: &'static str,
        value: &str,
    ) -> &mut Self {
        self.raw("<label>").text(label).raw("<input name=\"").raw(name).raw("\" ");
        self.raw(attributes).raw(" value=\"").text(value).raw("\"></label>")
    }

    /// A choice with its label.
    pub(super) fn choice(
        &mut self,
        label: &str,
        name: &'static str,
        options: &[(String, String)],
        chosen: &str,
    ) -> &mut Self {
        self.raw("<label>").text(label).raw("<select name=\"").raw(name).raw("\">");
        for (value, text) in options {
            self.raw("<option value=\"").text(value);
            self.raw(if value == chosen { "\" selected>" } else { "\">" }).text(text);
        }
        self.raw("</select></label>")
    }

    /// What sends a form.
    pub(super) fn button(&mut self, text: &str) -> &mut Self {
        self.tag("button", text)
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_off_paper_cannot_become_markup() {
        let mut html = Html::default();
        html.text("<script>alert('\"&\u{1b}')</script>");
        assert_eq!(html.0, "&lt;script&gt;alert(&#39;&quot;&amp; &#39;)&lt;/script&gt;");
        let mut html = Html::default();
        html.link("/x\"onclick=\"y", "<b>").field("<i>", "a", "", "\">");
        assert!(
            !html.0.contains("<b>") && !html.0.contains("<i>") && !html.0.contains("\"onclick")
        );
        assert!(html.0.contains("value=\"&quot;&gt;\""), "{}", html.0);
    }
}
