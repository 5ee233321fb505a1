//! Charts drawn here, as SVG within the page: bars, a curve, shares in one bar.
//!
//! # Invariants
//!
//! - Colours come from the style by class, so that they follow light, dark and print.
//! - Each chart says in words what it shows, for whom cannot see it.
//!
//! Not here: what is drawn (`pages`).

use super::html::Html;

const WIDTH: i64 = 960;
const HEIGHT: i64 = 260;
/// Room for labels below and values above.
const FOOT: i64 = 34;
const HEAD: i64 = 26;

fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One bar: a label, its value as read, its value as drawn, and a part of it that is told apart.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) height: i64,
    pub(super) part: i64,
}

/// Upright bars.
pub(super) fn bars(body: &mut Html, title: &str, bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    let largest = bars.iter().map(|bar| bar.height).max().unwrap_or(0).max(1);
    let step = WIDTH / int(bars.len());
    let width = (step * 7 / 10).clamp(2, 64);
    open(body, title, HEIGHT);
    for (at, bar) in (0..).zip(bars) {
        let scale = |value: i64| {
            let room = i128::from(HEIGHT - HEAD - FOOT);
            (i128::from(value.max(0)) * room / i128::from(largest)) as i64
        };
        let (middle, left) = (at * step + step / 2, at * step + (step - width) / 2);
        let (tall, part) = (scale(bar.height).max(1), scale(bar.part.min(bar.height)));
        rect(body, "bar", (left, HEIGHT - FOOT - tall), (width, tall));
        rect(body, "part", (left, HEIGHT - FOOT - part), (width, part));
        // Values that would run into each other are left to the table.
        if step >= 60 || bar.height == largest {
            label(body, "value", middle, HEIGHT - FOOT - tall - 7, &bar.value);
        }
        label(body, "label", middle, HEIGHT - 12, &bar.label);
    }
    close(body, title);
}

/// A curve from the lower left, `points` in thousandths of the height at equal steps, beside the line of
/// equal shares.
pub(super) fn curve(body: &mut Html, title: &str, points: &[i64], marks: &[(usize, String)]) {
    const SIDE: i64 = 360;
    const LEFT: i64 = 20;
    let place = |at: usize, share: i64| {
        let x = LEFT + (SIDE * 2 * int(at)) / int(points.len().max(1));
        (x, 20 + SIDE - SIDE * share.clamp(0, 1_000) / 1_000)
    };
    body.raw(
        "<figure class=narrow><svg class=chart viewBox=\"0 0 760 400\" role=img aria-label=\"",
    )
    .text(title);
    body.raw("\"><path class=area d=\"M20 380");
    for (at, share) in points.iter().enumerate() {
        let (x, y) = place(at + 1, *share);
        body.raw(" L").number(x).raw(" ").number(y);
    }
    body.raw(" L740 380Z\"/><path class=even d=\"M20 380 L740 20\"/>");
    for (at, words) in marks {
        let Some(share) = points.get(at.saturating_sub(1)) else { continue };
        let (x, y) = place(*at, *share);
        body.raw("<circle class=dot r=6 cx=\"").number(x).raw("\" cy=\"").number(y).raw("\"/>");
        body.raw("<text class=mark x=\"").number(x + 12).raw("\" y=\"").number(y + 22).raw("\">");
        body.text(words).raw("</text>");
    }
    body.raw("<path class=axis d=\"M20 20V380H740\"/>");
    close(body, title);
}

/// Shares of a whole in one lying bar, each with its words below.
pub(super) fn shares(body: &mut Html, title: &str, shares: &[(String, u64)]) {
    let whole: u64 = shares.iter().map(|(_, count)| count).sum();
    if whole == 0 {
        return;
    }
    const CLASSES: [&str; 5] = ["s1", "s2", "s3", "s4", "s5"];
    body.raw("<figure><svg class=\"chart shares\" viewBox=\"0 0 960 40\" preserveAspectRatio=none role=img aria-label=\"");
    body.text(title).raw("\">");
    let mut left = 0_u64;
    for (class, (_, count)) in CLASSES.into_iter().zip(shares) {
        let place = |count: u64| (u128::from(count) * 960 / u128::from(whole)) as i64;
        let (from, to) = (place(left), place(left + count));
        rect(body, class, (from, 0), (to - from, 40));
        left += count;
    }
    body.raw("</svg><ul class=legend>");
    for (class, (words, count)) in CLASSES.into_iter().zip(shares) {
        let percent = (u128::from(*count) * 1_000 / u128::from(whole) + 5) / 10;
        body.raw("<li><i class=").raw(class).raw("></i>").text(words).raw(" <b>");
        body.number(i64::try_from(*count).unwrap_or(i64::MAX)).raw("</b> ");
        body.number(i64::try_from(percent).unwrap_or(100)).raw(" %</li>");
    }
    body.raw("</ul><figcaption>").text(title).raw("</figcaption></figure>");
}

/// A QR code, dark on light in every mode: a camera reads it.
pub(super) fn qr(body: &mut Html, title: &str, text: &str) {
    let Ok(code) = qrcode::QrCode::new(text) else { return };
    let side = code.width();
    body.raw("<svg class=qr role=img aria-label=\"").text(title).raw("\" viewBox=\"-4 -4 ");
    body.number(int(side) + 8).raw(" ").number(int(side) + 8);
    body.raw("\" shape-rendering=crispEdges><rect x=-4 y=-4 width=100% height=100% fill=#fff /><path fill=#000 d=\"");
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            body.raw("M").number(int(at % side)).raw(" ").number(int(at / side)).raw("h1v1h-1z");
        }
    }
    body.raw("\"/></svg>");
}

fn open(body: &mut Html, title: &str, height: i64) {
    body.raw("<figure class=roll><svg class=chart viewBox=\"0 0 ")
        .number(WIDTH)
        .raw(" ")
        .number(height);
    body.raw("\" role=img aria-label=\"").text(title).raw("\">");
}

fn close(body: &mut Html, title: &str) {
    body.raw("</svg><figcaption>").text(title).raw("</figcaption></figure>");
}

fn rect(body: &mut Html, class: &'static str, (x, y): (i64, i64), (width, height): (i64, i64)) {
    body.raw("<rect class=").raw(class).raw(" x=\"").number(x).raw("\" y=\"").number(y);
    body.raw("\" width=\"").number(width).raw("\" height=\"").number(height).raw("\"/>");
}

fn label(body: &mut Html, class: &'static str, x: i64, y: i64, text: &str) {
    body.raw("<text class=").raw(class).raw(" text-anchor=middle x=\"").number(x).raw("\" y=\"");
    body.number(y).raw("\">").text(text).raw("</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_of_nothing_and_one_of_very_much_are_drawn() {
        let mut body = Html::default();
        bars(&mut body, "none", &[]);
        shares(&mut body, "none", &[("a".into(), 0)]);
        assert_eq!(body.into_string(), "");
        let mut body = Html::default();
        let bar = |height| Bar { label: "<b>".into(), value: "1".into(), height, part: height };
        bars(&mut body, "t", &[bar(i64::MAX), bar(i64::MIN), bar(0)]);
        shares(&mut body, "t", &[("a".into(), u64::MAX / 2), ("b".into(), 1)]);
        curve(&mut body, "t", &[400, 1_000], &[(1, "<i>".into()), (9, "x".into())]);
        let drawn = body.into_string();
        assert!(!drawn.contains("<b>1") || !drawn.contains("\"-1\""));
        assert!(drawn.contains("&lt;b&gt;") && drawn.contains("&lt;i&gt;"));
    }
}
