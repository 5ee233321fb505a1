// ---- the papers, newest first
let drawn = "";
function drawPaper(paper) {
  const box = el("details", "", "paper"); box.dataset.id = paper.id;
  const head = el("summary"); head.append(el("span", paper.at, "tag"), el("span", KINDS[paper.kind] || paper.kind));
  if (paper.receipt_no) head.append(el("span", paper.receipt_no, "tag"));
  if (paper.asked) head.append(el("span", ASKED[paper.asked], "tag " + paper.asked));
  if (paper.review) head.append(el("span", T.check, "tag bad"));
  if (paper.total) head.append(el("span", paper.total, "total"));
  const roll = el("pre", "", "roll"); roll.append(paper.rows.join("\n"));
  if (paper.note.length) { roll.append("\n"); roll.append(el("b", paper.note.join("\n"))); }
  box.append(head, roll);
  if (paper.kind === "unread") box.append(...picture(paper));
  const why = el("button", T.why); why.onclick = () => explain(paper, roll, why); box.append(why);
  paper.maybe.forEach((guest, i) => { const pick = el("button", [guest.name, guest.phone, guest.tier].filter(Boolean).join(" · "));
    pick.onclick = () => post("/api/papers/" + paper.id + "/maybe", { maybe:i, phone:guest.phone, name:guest.name }).then(() => say(T.done)).catch(sorry); if (!i) box.append(el("div", T.maybe, "tag")); box.append(" ", pick); });
  if (paper.asked === "given") { const undo = el("button", T.undo); undo.onclick = () => post("/api/papers/" + paper.id + "/unlink", {}).then(() => say(T.undone)).catch(sorry); box.append(" ", undo);
  } else if (paper.asked) { const row = el("div", "", "row"), number = el("input", "", "small"), link = el("button", T.link);
    number.placeholder = T.number; number.inputMode = "tel"; number.maxLength = 20;
    const attach = () => post("/api/papers/" + paper.id + "/link", { number:number.value }).then(guest => { number.blur(); say(T.done + " · " + guest.line); }).catch(sorry);
    link.onclick = attach; number.onkeydown = e => { if (e.key === "Enter") attach(); };
    row.append(number, link); box.append(row); }
  return box;
}
function picture(paper) {
  const look = el("img"); look.src = "/api/papers/" + paper.id + "/picture"; look.alt = ""; look.loading = "lazy"; look.style.maxWidth = "100%"; look.onerror = () => look.remove();
  const row = el("div", "", "row"), typed = el("input", "", "small"), take = el("button", T.amount); typed.placeholder = "88.00"; typed.inputMode = "decimal"; typed.maxLength = 12;
  take.onclick = () => post("/api/papers/" + paper.id + "/amount", { amount:typed.value }).then(() => say(T.typed)).catch(sorry); row.append(typed, take);
  return [look, el("div", T.driver, "tag"), row];
}
// What each row was taken for; a row can be said to be something else, which this till then remembers.
async function explain(paper, roll, why) {
  why.disabled = true;
  const answer = await fetch("/api/papers/" + paper.id + "/explain"); if (!answer.ok) return;
  const said = await answer.json(), table = el("table", "", "why"), part = el("select"); part.append(el("option", ""));
  for (const [value, words] of Object.entries(PARTS)) { const option = el("option", words); option.value = value; part.append(option); }
  let chosen = -1; const sure = el("button", T.sure), settle = () => { sure.disabled = chosen < 0 || !part.value; }; part.onchange = settle; settle();
  paper.rows.forEach((text, row) => { const line = el("tr"), marks = said.marks.filter(m => m.row === row);
    const cell = el("td"); cell.append(el("pre", text || " ")); line.append(cell, el("td", marks.map(m => m.words).join("{{、|, }}"), marks.some(m => m.unclear) ? "tag bad" : "tag"));
    line.onclick = () => { for (const other of table.rows) other.classList.toggle("chosen", other === line); chosen = row; settle(); };
    table.append(line); });
  const note = el("div", "", "tag bad"), ask = el("div", T.teach, "tag"); ask.append(part, sure);
  sure.onclick = () => post("/api/papers/" + paper.id + "/review", { row:chosen, part:part.value })
    .then(() => { say(T.learned); table.remove(); drawn = ""; }).catch(error => { note.textContent = error.message; });
  roll.replaceWith(el("div", said.known, "tag"), table, ...said.equations.map(e => el("div", "= " + e, "tag")), ...said.doubts.map(d => el("div", "? " + d, "tag bad")), ask, note);
}
function drawPapers() {
  const key = JSON.stringify(state.papers), busy = document.activeElement && $("papers").contains(document.activeElement) && document.activeElement.tagName === "INPUT";
  if (key === drawn || busy) return;
  drawn = key;
  const newest = state.papers[0] && String(state.papers[0].id), before = document.querySelector(".paper");
  const open = new Set([...document.querySelectorAll(".paper[open]")].map(p => p.dataset.id)), fresh = !before || before.dataset.id !== newest;
  const kept = new Map([...document.querySelectorAll(".paper")].filter(p => p.querySelector("table.why")).map(p => [p.dataset.id, p])); // somebody is at it
  const boxes = state.papers.map(paper => kept.get(String(paper.id)) || drawPaper(paper));
  boxes.forEach((box, i) => { box.open = fresh ? i === 0 || kept.has(box.dataset.id) : open.has(box.dataset.id); });
  $("papers").replaceChildren(...(boxes.length ? boxes : [el("p", T.nopaper, "tag")]));
}
// ---- printer and sync in one line
function drawStatus() {
  const bad = now.plain_pipe ? T.pipe : !now.line_up ? T.line : now.paper_out ? T.paper : now.cover_open ? T.cover : now.offline || !now.printer_connected ? T.off : "";
  const disk = state.disk ? T["disk_" + state.disk] : "";
  const road = state.sync_failed ? T.failed : state.last_sync ? fill(T.synced, { t:state.last_sync }) : T.never;
  const parts = [disk, bad || T.ok, state.waiting ? fill(T.waiting, { n:state.waiting }) : "", road];
  const box = $("status"); box.textContent = parts.filter(Boolean).join(" · "); box.className = bad || disk ? "bad" : state.sync_failed ? "warn" : "";
  const missing = state.tills.flatMap(t => t.missing.map(words => state.tills.length > 1 ? t.name + ": " + words : words));
  $("gaps").hidden = !missing.length; $("gaps").textContent = missing.join(" · ");
  $("phone").hidden = !state.second_screen;
}
// What is being printed, with its note; before that, the greeting that will be printed.
function drawPreview() {
  const live = now.live || [], rows = live.length ? live : now.preview || [], roll = $("preview").querySelector("pre");
  $("preview").hidden = !rows.length; $("preview").querySelector("h2").textContent = live.length ? T.printing : T.greeting;
  $("preview").classList.toggle("live", live.length > 0); roll.replaceChildren(rows.join("\n"));
  if (live.length && now.live_note.length) roll.append("\n", el("b", now.live_note.join("\n")));
}
function take_in(said) {
  state = said.state; seen = said.version;
  $("store").textContent = state.store;
  if (state.tills.length > 1 && !$("till").options.length) { for (const t of state.tills) $("till").append(el("option", t.name)); $("till").hidden = false; $("till").onchange = () => { settle(); go("number"); }; }
  settle();
}
function settle() {
  const before = now.serving;
  now = state.tills.find(t => t.name === till()) || state.tills[0] || {};
  if (before && before !== "nobody" && now.serving === "nobody" && mode === "number") say("");
  drawStatus(); drawPreview(); drawPapers();
  if (mode === "number" && !field().value) draw();
}
async function follow() {
  for (;;) {
    try {
      const answer = await fetch("/api/wait" + (seen === undefined ? "" : "?seen=" + seen));
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      take_in(await answer.json());
    } catch { $("status").textContent = T.down; $("status").className = "bad"; seen = undefined; await new Promise(done => setTimeout(done, 1000)); }
  }
}
field().focus();
follow();
