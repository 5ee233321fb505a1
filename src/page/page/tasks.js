// ---- the manager's morning list: every step is a digit
let morning = null, task = null, said = {}, looked = null, sure = 0;
const TASK_MODES = ["tasks", "task", "question", "style", "words", "reason", "when"];
async function getTasks() {
  const answer = await fetch("/api/tasks");
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = new Error(ERRORS[body.code] || body.error || answer.status); error.code = body.code; throw error;
}
async function openTasks() {
  try { morning = await getTasks(); leaveTask(); go("tasks"); }
  catch (error) { if (error.code === "pin_closed") return manager(openTasks); sorry(error); }
}
function leaveTask() { task = null; said = {}; looked = null; sure = 0; }
function drawTasks() {
  who(morning.date + " · " + fill(T.today, { n:morning.tasks.length }), true);
  const list = morning.tasks.slice(page * 9, page * 9 + 9).map(t => [t.line, [t.late_days ? fill(T.late, { n:t.late_days }) : "", t.at, t.why, t.assignee].filter(Boolean).join(" · "), () => openTask(t)]);
  if (morning.tasks.length > 9) { while (list.length < 9) list.push(["", "", () => {}]); list.push(["…", "", () => { page = (page + 1) % Math.ceil(morning.tasks.length / 9); draw(); }]); }
  const y = morning.yesterday, foot = [fill(T.yesterday, { s:y.sales, g:y.given, r:y.refused, n:y.not_asked }), morning.later ? fill(T.later, { n:morning.later }) : "", T.printlist];
  panel(heading(morning.tasks.length ? T.tasks : T.notasks), list.length && choose(list, true), el("p", foot.filter(Boolean).join(" · "), "tag"));
}
function openTask(chosen) { leaveTask(); task = chosen; go("task"); }
function drawTask() {
  who(task.line); say("");
  const box = el("div");
  box.append(el("p", [task.at, task.why, task.wears].filter(Boolean).join(" · "), "tag"), el("pre", task.words, "roll words"));
  if (looked) { const code = el("div", "", "tel"); if (looked.qr) code.append(new DOMParser().parseFromString(looked.qr, "image/svg+xml").documentElement); box.append(el("p", looked.number.replace(/^(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3"), "digits"), code); }
  const list = [[T.t_reached, "", ask], [T.t_noanswer, "", () => close("no_answer")], [T.t_when, "", () => go("when")], [T.t_sent, "", () => task.needs_reason ? finish("sent") : close("sent")], [T.t_copy, "", copyWords], [T.t_number, T.t_minute, look], [sure ? T.t_sure : T.t_declined, "", decline]];
  panel(box, choose(list, "two"));
}
// The three questions (S30), one digit each; then which style, and why she had stayed away.
const QUESTIONS = [["likes", T.q_likes, [T.y_likes, T.n_likes]], ["comfortable", T.q_comfortable, [T.y_comfortable, T.n_comfortable]], ["washing", T.q_washing, [T.y_washing, T.n_washing]]];
let at_question = 0;
function ask() { said = { outcome:"reached", answers:{} }; at_question = 0; task.questions ? go("question") : finish("reached"); }
function drawQuestion() {
  const [field, words, [yes, no]] = QUESTIONS[at_question];
  const put = value => { if (value !== null) said.answers[field] = value; at_question++; if (at_question < QUESTIONS.length) return draw(); styleOrFinish(); };
  who(task.line, true);
  panel(heading(words), choose([[yes, "", () => put(true)], [no, "", () => put(false)], [T.unsaid, "", () => put(null)]], true));
}
// What is wrong is asked after: of which style, and in her own words (S78, S129); Enter alone leaves them out.
function styleOrFinish() {
  const { likes, comfortable, washing } = said.answers, bad = likes === false || comfortable === false;
  if (bad && task.styles.length > 1) return go("style");
  if (bad && task.styles.length === 1) said.style = task.styles[0];
  return bad || washing === false ? go("words") : finish("reached");
}
function drawStyle() { who(task.line, true); panel(heading(T.q_style), choose(task.styles.slice(0, 9).map(s => [s, "", () => { said.style = s; go("words"); }]).concat([[T.allstyles, "", () => go("words")]]), "two")); }
function drawWords() { who(task.line, true); panel(heading(T.q_words), el("p", T.wordsfree, "tag")); choices = []; }
function finish(outcome) { said.outcome = outcome; return task.needs_reason && !said.reason ? go("reason") : close(outcome); }
function drawReason() { who(task.line, true); panel(heading(T.q_reason), choose(Object.entries(REASONS).map(([word, words]) => [words, "", () => { said.reason = word; close(said.outcome); }]), "two")); }
function drawWhen() { who(task.line, true); panel(heading(T.q_when)); choices = []; }
async function close(outcome, more) {
  const id = task.id;
  try { await post("/api/tasks/" + id + "/outcome", { ...said, ...more, outcome }); morning.tasks = morning.tasks.filter(t => t.id !== id); leaveTask(); go("tasks"); say(T.typed); }
  catch (error) { if (error.code === "pin_closed") return manager(() => close(outcome, more)); sorry(error); }
}
function decline() { if (!sure) { sure = 1; return draw(); } return finish("declined"); }
async function copyWords() {
  try { await navigator.clipboard.writeText(task.words); say(T.copied); }
  catch { const roll = desk.querySelector(".words"), range = desk.createRange(); range.selectNodeContents(roll); const marked = desk.defaultView.getSelection(); marked.removeAllRanges(); marked.addRange(range); say(desk.execCommand("copy") ? T.copied : T.marked); }
}
// A number for one task, for a minute; whoever looks is written down first.
async function look() {
  const mine = task;
  try {
    const shown = await post("/api/tasks/" + mine.id + "/number", { who:mine.assignee || "manager" });
    if (task !== mine) return;
    looked = shown; draw();
    setTimeout(() => { if (looked === shown) { looked = null; if (mode === "task") draw(); } }, shown.left_s * 1000);
  } catch (error) { if (error.code === "pin_closed") return manager(look); sorry(error); }
}
function taskKey(k) {
  if (!TASK_MODES.includes(mode)) return false;
  if (k === "Enter" && mode === "when") { close("rescheduled", { next:field().value }); return true; }
  if (k === "Enter" && mode === "words") { said.note = field().value.trim() || undefined; finish("reached"); return true; }
  if (k === "*" && mode === "tasks") { ours("/api/tasks/print", {}).then(() => say(T.listprinted)).catch(sorry); return true; }
  if (k === "-" || k === ".") { if (mode === "tasks") { leaveTask(); go("number"); } else if (mode === "task") { leaveTask(); go("tasks"); } else { said = {}; go("task"); } return true; }
  return k !== "+";
}
