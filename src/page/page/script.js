"use strict";
const $ = id => document.getElementById(id);
let desk = document;                       // where the field lives: here, or in the strip on top
const at = id => desk.getElementById(id) || $(id);
function el(tag, text, cls) { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; }
const fill = (text, values) => text.replace(/\$(\w)/g, (_, name) => values[name]);
const till = () => $("till").value || undefined;
async function post(path, body) {
  let answer;
  try { answer = await fetch(path, { method:"POST", headers:{ "content-type":"application/json" }, body:JSON.stringify({ ...body }) }); }
  catch { throw new Error(T.down); }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const error = new Error(ERRORS[said.code] || (answer.status === 429 ? ERRORS.rate : said.error || answer.status));
  error.code = said.code; error.status = answer.status;
  throw error;
}
const ours = (path, body) => post(path, { till:till(), ...body });

// ---- the desk: one field, and a mode that says what its digits and keys mean
let state = null, seen, now = {}, mode = "number", lunar = false, page = 0, found = { candidates:[] }, newcomer = null, choices = [], undoSure = 0, sequence = 0;
const field = () => at("number");
function say(text, bad) { const p = at("said"); p.textContent = text || ""; p.classList.toggle("bad", !!bad); }
const sorry = error => say(error.message, true);
const serving = () => now.serving === "number" ? now.guest : null;
const subject = () => serving() || (now.serving === "nobody" ? now.last : null);

function go(to, keep) {
  mode = to; page = 0; forgetSure = null; lunar = false; choices = []; undoSure = 0;
  if (!keep) { field().value = ""; say(""); }
  field().maxLength = to === "words" ? 200 : to === "address" ? 60 : 20; field().inputMode = FREE.has(to) ? "text" : "numeric";
  if (to === "number" && !keep) { found = { candidates:[] }; sequence++; forgetTyped(); }
  draw(); field().focus();
}
function who(text, soft, badge) {
  const box = at("who"); box.replaceChildren(...(text || "").split(/(?<= )(?=·)/).map(part => el("span", part))); box.classList.toggle("soft", !!soft);
  if (badge) box.append(el("span", badge, "badge"));
}
function choose(list, wide) {              // list: [label, small, action]; pressed by number
  choices = list;
  const box = el("div", "", "choices" + (wide === "two" ? " two" : wide ? " wide" : ""));
  list.forEach(([label, small], i) => { const b = el("button"); b.type = "button"; b.append(el("kbd", String((i + 1) % 10)), el("span", label)); if (small) b.append(el("small", small)); b.onclick = () => list[i][2](); box.append(b); });
  return box;
}
const panel = (...parts) => at("panel").replaceChildren(...parts.filter(Boolean));
const heading = text => el("h3", text);

function draw() {
  const digits = field().value, guest = serving();
  at("mode").textContent = mode === "birthday" ? (lunar ? T.lunar : T.solar) : "";
  desk.body.classList.toggle("listing", TASK_MODES.includes(mode)); field().classList.toggle("prose", FREE.has(mode));
  at("consent").classList.toggle("now", mode === "surname" || mode === "title");
  for (const key of at("keys").children) key.classList.toggle("on", key.dataset.key === "*" && !!now.quiet);
  const lists = { number:drawNumber, pick:drawNumber, surname:drawSurname, title:drawTitle, menu:drawMenu, levels:drawLevels, refer:drawRefer, referpick:drawRefer, merge:drawRefer, mergepick:drawRefer, size:drawSize, channel:drawChannel, handout:drawHandOut, tasks:drawTasks, task:drawTask, question:drawQuestion, style:drawStyle, words:drawWords, reason:drawReason, when:drawWhen };
  (lists[mode] || drawAsk)(digits, guest);
  drawHints(mode === "number" && digits ? null : guest);
}
function drawNumber(digits, guest) {
  const typing = digits || (now.typed && now.typed.digits ? "·" : "");
  if (!digits && now.typed && now.typed.digits) found = now.typed;
  const list = typing ? found.candidates : [];
  if (list.length > 1) {
    who(list[0].line, mode === "number"); say(mode === "pick" ? T.pick : fill(T.several, { n:list.length }));
    return panel(choose(list.map(c => [c.line, c.phone, () => take(c)]), true));
  }
  panel(); choices = [];
  if (list.length === 1) return who(list[0].line);
  if (digits.length >= 4 && found.whole) return who(T.fresh, true);
  if (digits.length >= 4) { who(""); return say(found.partial ? T.partial : T.none); }
  const badge = now.quiet ? T.gift : "";
  if (guest) return who(guest.line, false, badge);
  if (now.serving === "refused") return who(T.refused, true, badge);
  who(now.last ? T.last + " · " + now.last.line : "", true, badge);
}
function drawHints(guest) {
  const list = guest ? guest.hints.map(h => el("li", h.text, h.kind)) : [];
  const asked = subject();
  const togo = guest && guest.next && !list.some(h => h.classList.contains("gap")) && !(guest.why || "").includes(guest.next[1]) && fill(T.togo, { t:guest.next[0], g:guest.next[1] });
  const tier = guest ? [guest.why, togo, guest.brings && fill(T.brings, { t:guest.tier, b:guest.brings })].filter(Boolean).join(" · ") : "";
  if (tier) list.push(el("li", tier, "soft"));
  if (mode === "number" && !field().value && asked && asked.ask && list.length < 4) list.push(el("li", T["a_" + asked.ask], "ask"));
  at("hints").replaceChildren(...list);
}
// The field is free at once for what is pressed next; the answer changes what is shown, not what is
// being typed.
async function act(asking, after) {
  const answer = asking(), typed = field().value;
  go("number");
  try { const said = await answer, words = after(said); draw(); if (words !== undefined) say(words); }
  catch (error) { if (!field().value && mode === "number" && error.status === 422) field().value = typed; sorry(error); }
}
const take = candidate => act(() => ours("/api/choose", { row:candidate.row, took_ms:took() }), show);
function show(guest) { now = { ...now, serving:"number", guest, typed:null }; return T.ready; }
const noted = guest => { refreshGuest(guest); return T.typed; };

let lookUp = Promise.resolve(), told = false, began = null;
const took = () => began === null ? null : Math.round(performance.now() - began);   // S98: what she costs the cashier
function typing() {
  say("");
  if (!field().value) began = null; else if (began === null) began = performance.now();
  const digits = field().value.replace(/\D/g, ""), mine = ++sequence;
  if (digits.length < 4) { found = { candidates:[] }; forgetTyped(); return draw(); }
  told = true;
  const peek = mode !== "number" && mode !== "pick";
  lookUp = ours("/api/typing", { digits, peek }).then(answer => { if (mine === sequence) { found = answer; if (mode === "pick") mode = "number"; draw(); } }).catch(sorry);
}
function forgetTyped() { if (told) ours("/api/typing", { digits:"" }).catch(() => {}); told = false; now.typed = null; }
async function enter() {
  const value = field().value.trim();
  await lookUp;
  const list = found.candidates || [];
  switch (mode) {
    case "number": case "pick": {
      if (!value && !(now.typed && now.typed.digits)) return;
      const digits = value.replace(/\D/g, "");
      const ends = list.filter(c => c.phone.endsWith(digits));
      if (list.length === 1) return take(list[0]);
      if (digits.length === 4 && ends.length === 1) return take(ends[0]);
      if (list.length > 1 && !found.whole) { mode = "pick"; return draw(); }
      if (found.whole && !list.length) { newcomer = { number:digits }; return go("surname", true); }
      return act(() => ours("/api/number", { number:value, took_ms:took() }), show);
    }
    case "surname": if (value && !/^\d+$/.test(value)) return named(value); return;
    case "refer": if (list.length === 1) return refer(list[0]); if (list.length) { mode = "referpick"; draw(); } return;
    case "merge": if (list.length === 1) return merge(list[0]); if (list.length) { mode = "mergepick"; draw(); } return;
    case "birthday": {
      const d = value.replace(/\D/g, ""); if (d.length !== 4) return say(ERRORS.no_answer, true);
      return answer((lunar ? "lunar " : "") + d.slice(0, 2) + "-" + d.slice(2));
    }
    case "size": case "channel": case "address": if (value) return answer(value); return;
    case "receipt": if (value) { newcomer = { receipt_no:value }; go("receiptnumber"); } return;
    case "receiptnumber": return act(() => ours("/api/link", { ...newcomer, number:value }), guest => T.done + " · " + guest.line);
    case "unmerge": return unmerge(value);
    case "renumber": return act(() => ours("/api/new-number", { number:value }), guest => { refreshGuest(guest); return T.typed + " · " + guest.line; });
  }
}
// ---- a newcomer: surname and title by number
function drawSurname() {
  who(T.fresh, true); say("");
  const list = SURNAMES.slice(page * 9, page * 9 + 9);
  const more = el("button"); more.type = "button"; more.append(el("kbd", "0"), el("span", "…")); more.onclick = nextPage;
  const box = choose(list.map(s => [s, "", () => named(s)])); box.append(more);
  const other = el("input", "", "small"); other.placeholder = T.other; other.maxLength = 16; other.onkeydown = e => { e.stopPropagation(); if (e.key === "Enter" && other.value.trim()) named(other.value.trim()); };
  const row = el("div", "", "row"); row.append(other);
  panel(heading(T.surname), box, row);
}
function nextPage() { page = (page + 1) % Math.ceil(SURNAMES.length / 9); draw(); }
function named(surname) { newcomer = { ...newcomer, surname }; mode = "title"; draw(); field().focus(); }
function drawTitle() {
  who(newcomer.surname + "…", true);
  panel(heading(T.title), choose(TITLES.map(t => [newcomer.surname + t, "", () => meet(t)])));
}
function meet(title) {
  const person = newcomer.person, said = { ...newcomer, title }; delete said.person;
  return act(() => person ? ours("/api/person", { surname:said.surname, title }) : ours("/api/number", said), guest => person ? noted(guest) : show(guest));
}
// ---- more
function drawMenu() {
  const guest = subject(), list = [];
  if (!guest) list.push([T.tasks, state && state.tasks ? fill(T.today, { n:state.tasks }) : "", openTasks]);
  const offers = guest && guest.known ? guest.offers : [], due = offers.filter(o => !o.had);
  if (offers.length) list.push([T.handout, due.length ? due[0].text : T.had, () => go("handout")]);
  if (guest && guest.known && guest.tell) list.push([T["m_" + guest.tell], "", () => go(guest.tell)]);
  if (guest) { list.push(guest.came ? [T.unrefer, "", () => refer(null)] : [T.refer, "", () => go("refer")]); if (guest.known) list.push([T.renumber, "", () => go("renumber")], [T.family, "", () => { newcomer = { person:true }; go("surname"); }]); for (const other of guest.persons.slice(0, 2)) list.push([fill(T.person, { n:other.shown }), "", () => act(() => ours("/api/choose", { row:guest.row, surname:other.surname, title:other.title }), show)]); }
  if ((!guest || !guest.known) && state && state.levels.length) list.push([T.levels, "", () => go("levels")]);
  list.push([T.attach, "", () => go("receipt")]);
  if (guest && guest.known && guest.next) list.push([guest.gap_on_paper ? T.ungap : T.gap, "", () => agree("gap_on_paper", !guest.gap_on_paper)]);
  list.push([state && state.rain ? T.dry : T.rain, "", () => { const rain = !state.rain; return act(() => post("/api/weather", { rain }), () => T.typed); }]);
  list.push([T.test, "", () => act(() => ours("/api/print-test", {}), () => T.printed)]);
  if (!guest) list.push([T.sync, "", () => act(() => post("/api/sync", {}).catch(() => { throw new Error(T.failed); }), () => T.synced_now)]);
  if (guest && guest.known) list.push([T.merge, "", () => manager(() => go("merge"))], [guest.is_staff ? T.unstaff : T.staff, "", () => manager(() => staff(!guest.is_staff))], [T.unmerge, "", () => manager(() => go("unmerge"))], [forgetSure === guest.row ? T.forgetsure : T.forget, "", () => forget(guest)]);
  // Ten keys: where there are more, the last one turns the page.
  const each = list.length > 10 ? 9 : 10, from = page % Math.ceil(list.length / each) * each, shown = list.slice(from, from + each);
  if (each < 10) shown.push([T.next, "", () => { page++; drawMenu(); }]);
  panel(heading(T.menu), choose(shown, "two"));
}
// What the paper promises: she asks, and a person at headquarters deletes her file. Twice, as it ends all care.
let forgetSure = null;
function forget(guest) { if (forgetSure !== guest.row) { forgetSure = guest.row; return draw(); } forgetSure = null; return act(() => ours("/api/forget-me", { row:guest.row }), said => { refreshGuest(said); return T.forgotten; }); }
// The levels, what each asks and brings, for who wants to know (S14).
function drawLevels() {
  const list = el("ul", "", "levels"); for (const level of state.levels) list.append(el("li", level));
  panel(heading(T.levels), list);
}
// What she may be handed today (S63): one digit ticks it off, the same digit takes it back.
function drawHandOut() {
  const guest = subject(); if (!guest) return go("number");
  who(guest.line, true);
  panel(heading(T.handout), choose(guest.offers.slice(0, 10).map(o => [(o.had ? "✓ " : "") + o.text, o.had ? T.had : "", () => handOut(o)]), true));
}
const handOut = o => act(() => ours("/api/hand-out", { kind:o.kind, id:o.id, undone:o.had }), guest => { refreshGuest(guest); return (o.had ? T.undone : T.typed) + " · " + o.text; });
const agree = (purpose, given) => act(() => ours("/api/consent", { purpose, given }), noted);
function refreshGuest(guest) { if (now.serving === "number") now.guest = guest; else now.last = guest; }
function drawRefer() {
  const guest = subject(), list = field().value ? found.candidates : [], merging = mode.startsWith("merge");
  who(guest ? guest.line : "", true);
  panel(heading(merging ? T.othertail : T.refertail), list.length && choose(list.map(c => [c.line, c.phone, () => merging ? merge(c) : refer(c)]), true));
}
const refer = candidate => act(() => ours("/api/referrer", { row:candidate ? candidate.row : null }), noted);
const merge = candidate => { const kept = subject().row; return act(() => post("/api/merge", { kept, absorbed:candidate.row }), () => T.typed); };
const staff = is_staff => { const row = subject().row; return act(() => post("/api/staff", { row, is_staff }), () => is_staff ? T.typed : T.undone); };
const unmerge = number => act(() => post("/api/unmerge", { number }), () => T.undone);
function answer(value) {
  const field = mode;
  return act(() => ours("/api/told", { field, value }).catch(error => { if (mode === "number" && error.code === "no_answer") go(field); throw error; }), noted);
}
function drawSize() { panel(heading(T.q_size), choose(["XS","S","M","L","XL","XXL","3XL","4XL",T.onesize].map(s => [s, "", () => answer(s)])), refusal()); }
function drawChannel() { panel(heading(T.q_channel), choose([[T.phone,"phone"],[T.sms,"sms"],[T.wechat,"wechat"]].map(([words, value]) => [words, "", () => answer(value)])), refusal()); }
function refusal() { const row = el("div", "", "row"), no = el("button"); no.type = "button"; no.append(el("kbd", "/"), " " + T.rather); no.onclick = () => answer(null); row.append(no); return row; }
function drawAsk() {
  const words = { birthday:T.q_birthday, address:T.q_address, receipt:T.receipt, receiptnumber:T.itsnumber, renumber:T.newnumber, unmerge:T.othernumber }[mode];
  const guest = subject(); who(guest ? guest.line : "", true);
  panel(heading(words || ""), (mode === "birthday" || mode === "address") && refusal());
}
// ---- keys: the numeric pad alone is enough
const FREE = new Set(["address", "receipt", "words"]);
async function key(k) {
  if (k !== "-") undoSure = 0;
  if (taskKey(k)) return;
  if (k === "Enter") return enter();
  if (k === ".") return mode === "number" && !field().value ? clearAll() : go("number");
  if (k === "+") return mode === "menu" ? go("number") : go("menu");
  if (k === "/") { if (["birthday","size","channel","address"].includes(mode)) return answer(null); return set({ serving:"refused" }); }
  if (k === "*") { if (mode === "birthday") { lunar = !lunar; return draw(); } return gift(); }
  if (k === "-") return undo();
}
function set(body) { now = { ...now, serving:body.serving, guest:null, typed:null, preview:[] }; return act(() => ours("/api/serving", body), () => body.serving === "refused" ? T.ready : ""); }
const clearAll = () => set({ serving:"nobody" });
async function gift() { const quiet = !now.quiet; try { await ours("/api/quiet", { quiet }); now.quiet = quiet; draw(); field().focus(); } catch (error) { sorry(error); } }
async function undo() {
  if (mode !== "number" || field().value) return go("number");
  if (now.serving !== "nobody") return clearAll();
  const last = state && state.papers.find(p => p.asked === "given");
  if (!last) return say(T.nothing, true);
  if (!undoSure) { undoSure = 1; return say(T.again + " · " + [last.at, last.total].filter(Boolean).join(" ")); }
  undoSure = 0;
  try { await post("/api/papers/" + last.id + "/unlink", {}); say(T.undone); } catch (error) { sorry(error); }
}
const inOther = event => event.target !== field() && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName || "");
function keydown(event) {
  if (inOther(event) || event.ctrlKey || event.metaKey || event.altKey || at("dialog").open) return;
  const k = event.key === "Decimal" || event.key === "," ? "." : event.key;
  const digit = /^[0-9]$/.test(k);
  if (digit && mode === "levels") go("number");
  if (digit && choices.length && mode !== "number" && mode !== "refer" && mode !== "merge") {
    event.preventDefault();
    if (k === "0" && mode === "surname") return nextPage();
    const chosen = choices[(Number(k) + 9) % 10]; if (chosen) return chosen[2]();
    if (k === "0" && mode === "pick") go("number", true);
    return;
  }
  if (k === "Escape") { event.preventDefault(); return key("."); }
  const text = FREE.has(mode) && field().value;
  if (["Enter", "+", "-", "*", "/", "."].includes(k) && !(text && k !== "Enter")) { event.preventDefault(); return key(k); }
  if (digit && desk.activeElement !== field()) { event.preventDefault(); field().focus(); field().value += k; changed(); }
}
const changed = () => ["number", "pick", "refer", "referpick", "merge", "mergepick"].includes(mode) ? typing() : undefined;
document.addEventListener("keydown", keydown);
$("number").addEventListener("input", changed);
for (const button of document.querySelectorAll("[data-key]")) button.onclick = () => { key(button.dataset.key); field().focus(); };

// ---- what only a manager may do
function dialog() { const box = at("dialog") || $("dialog"); if (box.ownerDocument !== desk) desk.body.append(box); return box; }
function manager(then) {
  const box = dialog(), pin = el("input", "", "small"), go = el("button", T.open, "main"), note = el("p", "", "tag bad"), close = el("button", T.close);
  pin.type = "password"; pin.inputMode = "numeric"; pin.maxLength = 12; pin.placeholder = T.pin;
  const row = el("div", "", "row"); row.append(pin, go, close);
  const tryIt = () => post("/api/manager", { pin:pin.value }).then(() => { box.close(); then(); }).catch(error => { note.textContent = error.message; pin.select(); });
  go.onclick = tryIt; close.onclick = () => box.close(); pin.onkeydown = e => { if (e.key === "Enter") tryIt(); if ("-.".includes(e.key) || e.key === "Decimal") { e.preventDefault(); box.close(); } };
  box.replaceChildren(heading(T.pinwhy), row, note); box.showModal(); pin.focus();
}
// ---- a phone as second screen
$("phone").onclick = () => manager(pairing);
async function pairing() {
  const box = dialog(), close = el("button", T.close); close.onclick = () => box.close();
  try {
    const said = await post("/api/second-screen/pair", {});
    const code = el("div"); code.append(new DOMParser().parseFromString(said.qr, "image/svg+xml").documentElement);
    const list = el("div"), screens = await (await fetch("/api/second-screen")).json();
    for (const screen of screens.screens || screens) { const row = el("div", "", "row"), away = el("button", T.revoke); away.onclick = () => post("/api/second-screen/revoke", { id:screen.id }).then(() => row.remove()); row.append(el("span", [screen.name, screen.expires].filter(Boolean).join(" · "), "tag"), away); list.append(row); }
    box.replaceChildren(heading(T.pair), code, el("p", T.once, "tag"), el("code", said.fingerprint || ""), list, close);
  } catch (error) { box.replaceChildren(heading(T.nocode), el("p", error.message, "tag bad"), close); }
  if (!box.open) box.showModal();
}
// ---- a strip that stays on top of the till's own window
const strip = new URLSearchParams(location.search).has("strip");
document.body.classList.toggle("strip", strip);
if (!strip && "documentPictureInPicture" in window) {
  $("float").hidden = false;
  $("float").onclick = async () => {
    const box = await documentPictureInPicture.requestWindow({ width:900, height:92 }), home = document.querySelector("main");
    box.document.head.append(document.querySelector("style").cloneNode(true)); box.document.body.className = "strip"; box.document.title = document.title;
    const main = box.document.createElement("main"); main.append($("desk")); box.document.body.append(main);
    desk = box.document; box.document.addEventListener("keydown", keydown);
    box.addEventListener("pagehide", () => { home.prepend(main.firstChild); document.body.append(at("dialog")); desk = document; field().focus(); });
    field().focus();
  };
}
