//! The frame of a page, and the only way text gets into one: escaped.
//!
//! # Invariants
//!
//! - [`Html`] holds markup of ours and escaped text, nothing else.
//! - No script, no foreign address: the policy sent with each page forbids both.
//!
//! Not here: what a page says (`pages`).

pub(super) use crate::language::Language as Lang;
use axum::http::header;
use axum::response::{IntoResponse, Response};

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

    /// A table; columns whose header ends in `#` hold numbers.
    pub(super) fn table(&mut self, header: &[&str], rows: &[Vec<String>]) -> &mut Self {
        self.raw("<div class=scroll><table><thead><tr>");
        for name in header {
            self.cell("th", name.strip_suffix('#').unwrap_or(name), name.ends_with('#'));
        }
        self.raw("</tr></thead><tbody>");
        for row in rows {
            self.raw("<tr>");
            for (name, content) in header.iter().zip(row) {
                self.cell("td", content, name.ends_with('#'));
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>")
    }

    fn cell(&mut self, tag: &'static str, content: &str, number: bool) {
        self.raw("<").raw(tag);
        if number {
            self.raw(" class=n");
        }
        self.raw(">").text(content).raw("</").raw(tag).raw(">");
    }

    /// Upright bars with a label and a value each; heights in hundredths of the largest.
    pub(super) fn bars(&mut self, title: &str, bars: &[(String, String, u32)]) -> &mut Self {
        self.raw("<figure role=img aria-label=\"").text(title).raw("\"><div class=bars>");
        for (label, value, height) in bars {
            self.raw("<div><b>").text(value).raw("</b><i style=\"height:");
            self.text(&height.to_string()).raw("%\"></i><span>").text(label).raw("</span></div>");
        }
        self.raw("</div><figcaption>").text(title).raw("</figcaption></figure>")
    }
}

/// A page: frame, navigation, `body`.
pub(super) struct Page<'a> {
    pub(super) lang: Lang,
    pub(super) chain: &'a str,
    /// The path of this page, for the navigation and the other language.
    pub(super) path: &'static str,
    pub(super) body: Html,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'",
            ),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (headers, self.render().0).into_response()
    }
}

impl Page<'_> {
    fn render(self) -> Html {
        let mut page = Html::default();
        page.raw("<!doctype html><html lang=").raw(match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        });
        page.raw("><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>");
        page.text(self.chain).raw(" · ").text(self.lang.of("回头", "Huitou"));
        page.raw("</title><style>").raw(STYLE).raw("</style><header><strong>");
        page.text(self.chain).raw("</strong><nav>");
        let links = [
            ("/", "昨夜", "Last night"),
            ("/sales", "小票", "Sales"),
            ("/customers", "会员", "Members"),
            ("/arrivals", "到达", "Arrivals"),
        ];
        for (path, zh, en) in links {
            self.link(&mut page, path, self.lang, self.lang.of(zh, en), path == self.path);
        }
        let (other, name) = match self.lang {
            Lang::Zh => (Lang::En, "English"),
            Lang::En => (Lang::Zh, "中文"),
        };
        self.link(&mut page, self.path, other, name, false);
        page.raw("</nav></header><main>");
        page.0.push_str(&self.body.0);
        page.raw("</main></html>");
        page
    }

    fn link(&self, page: &mut Html, path: &'static str, lang: Lang, name: &str, here: bool) {
        page.raw("<a href=\"").raw(path).raw(match lang {
            Lang::Zh => "\"",
            Lang::En => "?lang=en\"",
        });
        page.raw(if here { " aria-current=page>" } else { ">" }).text(name).raw("</a>");
    }
}

/// Reads in the dark and in the light, on a phone and on a wall.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:light-dark(#1d2321,#e7ece9);--soft:light-dark(#5d6a65,#9fb0a9);
--paper:light-dark(#fbfaf7,#141917);--card:light-dark(#fff,#1c2320);--line:light-dark(#e3e1da,#2d3733);
--mark:light-dark(#0d6b4f,#5cc8a1);--warn:light-dark(#a4441b,#f0a27a)}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}
header{display:flex;flex-wrap:wrap;gap:.5rem 2rem;align-items:baseline;padding:1rem 1.5rem;
border-bottom:1px solid var(--line)}nav{display:flex;gap:1.25rem}a{color:var(--soft);text-decoration:none}
a:hover,a:focus-visible{color:var(--mark);text-decoration:underline}a[aria-current]{color:var(--mark);font-weight:600}
main{max-width:76rem;margin:0 auto;padding:1.5rem}h1{font-size:1.7rem;margin:.5rem 0 1rem}
h1 b{color:var(--mark)}.warn{color:var(--warn)}.soft{color:var(--soft)}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;white-space:nowrap}th,td{padding:.5rem .9rem;text-align:left}
th{font-weight:600;color:var(--soft);font-size:.85rem}tbody tr{border-top:1px solid var(--line)}
.n{text-align:right;font-variant-numeric:tabular-nums}figure{margin:0 0 1.5rem}
.bars{display:flex;gap:.5rem;align-items:end;height:12rem;padding:1rem;background:var(--card);
border:1px solid var(--line);border-radius:.6rem}.bars div{flex:1;display:flex;flex-direction:column;
justify-content:end;align-items:center;height:100%;min-width:0;font-size:.75rem}
.bars i{width:100%;max-width:3rem;background:var(--mark);border-radius:.25rem .25rem 0 0;min-height:2px}
.bars b{font-weight:500;font-variant-numeric:tabular-nums}.bars span{color:var(--soft)}
figcaption{color:var(--soft);font-size:.85rem;margin-top:.4rem}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_off_paper_cannot_become_markup() {
        let mut html = Html::default();
        html.text("<script>alert('\"&\u{1b}')</script>");
        assert_eq!(html.0, "&lt;script&gt;alert(&#39;&quot;&amp; &#39;)&lt;/script&gt;");
    }
}
