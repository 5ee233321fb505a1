// What a program can tell of how the page looks, in words.
//
// Text that a person reads has this contrast with what is behind it (WCAG 2.2, success criterion
// 1.4.3): 4.5 to 1, large text 3 to 1. Disabled buttons and placeholders are left out there too.
() => {
  const found = [], root = document.scrollingElement, strip = document.body.classList.contains("strip");
  if (root.scrollWidth > root.clientWidth) found.push("the page is wider than the screen by " + (root.scrollWidth - root.clientWidth));
  const colour = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ r:top.r * top.a + under.r * (1 - top.a), g:top.g * top.a + under.g * (1 - top.a), b:top.b * top.a + under.b * (1 - top.a), a:1 });
  const behind = e => { const all = []; for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor); all.push(c); if (c.a === 1) break; }
    return all.reverse().reduce((under, top) => over(top, under), { r:255, g:255, b:255, a:1 }); };
  const light = c => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(c.r) + .7152 * f(c.g) + .0722 * f(c.b); };
  const kind = e => e.id ? "#" + e.id : e.tagName.toLowerCase() + (e.className ? "." + String(e.className).split(" ").join(".") : "");
  const name = e => kind(e) + " " + JSON.stringify(e.textContent.trim().slice(0, 40));
  for (const e of document.querySelectorAll("body *")) {
    if (!e.getClientRects().length || e.closest("svg") || ["SCRIPT", "OPTION", "INPUT"].includes(e.tagName)) continue;
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own) continue;
    const style = getComputedStyle(e), back = behind(e), front = over(colour(style.color), back), size = parseFloat(style.fontSize);
    const [a, b] = [light(front), light(back)], ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const wanted = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
    if (ratio < wanted && !e.closest(":disabled")) found.push("contrast " + ratio.toFixed(1) + " to 1: " + kind(e));
    if (e.scrollWidth > e.clientWidth + 1 && style.overflowX !== "visible" && style.overflowX !== "auto" && e.clientWidth) found.push("cut off: " + name(e));
  }
  if (strip) for (const e of document.querySelectorAll("#said, #panel button, #panel h3")) {
    const under = e.getBoundingClientRect().bottom - innerHeight;
    if (e.textContent && under > 1) found.push("below the strip: " + kind(e));
  }
  const desk = document.getElementById("desk"), low = desk && desk.getBoundingClientRect();
  if (low && !strip && innerWidth > 820 && low.bottom > innerHeight) found.push("the desk reaches " + Math.round(low.bottom - innerHeight) + " px below the screen");
  const head = document.querySelector("header").getBoundingClientRect();
  if (low && !strip && innerWidth > 820 && head.height > 60) found.push("the header is " + Math.round(head.height) + " px high: something in it wraps");
  for (const button of document.querySelectorAll("#keys button, .choices button")) {
    const line = parseFloat(getComputedStyle(button).lineHeight), box = button.getBoundingClientRect();
    if (box.height > 2 * line + 20) found.push("wraps: " + name(button));
  }
  return found;
}
