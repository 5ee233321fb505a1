// What a page of another origin tries on the page at `target`. Each try gives what it could read, or ""
// if it could read nothing.
async target => {
  const said = {}, body = JSON.stringify({ serving:"refused" });
  const attempt = async (name, act) => { try { said[name] = await act(); } catch (error) { said[name] = ""; } };
  const post = (path, mode, type, what) => async () => (await fetch(target + path, { method:"POST", mode, headers:{ "content-type":type }, body:what || body, credentials:"include" })).text();
  const made = (tag, set) => new Promise(done => { const e = document.createElement(tag); e.onload = () => done(e.naturalWidth ? "a picture, " + e.naturalWidth + " wide" : tag === "img" ? "" : "loaded"); e.onerror = () => done(""); set(e); document.body.append(e); });
  await attempt("post, no-cors, text/plain", post("/api/serving", "no-cors", "text/plain"));
  await attempt("post, no-cors, application/json", post("/api/serving", "no-cors", "application/json"));
  await attempt("post, cors, application/json", post("/api/serving", "cors", "application/json"));
  await attempt("post, cors, text/plain", post("/api/serving", "cors", "text/plain"));
  await attempt("post of digits", post("/api/typing", "no-cors", "text/plain", JSON.stringify({ digits:"6721" })));
  await attempt("beacon", async () => { navigator.sendBeacon(target + "/api/serving", new Blob([body], { type:"text/plain" })); return ""; });
  await attempt("beacon of JSON", async () => { navigator.sendBeacon(target + "/api/serving", new Blob([body], { type:"application/json" })); return ""; });
  await attempt("get, cors", async () => (await fetch(target + "/api/state")).text());
  await attempt("get, no-cors", async () => (await fetch(target + "/api/state", { mode:"no-cors" })).text());
  await attempt("event source", () => new Promise(done => { const source = new EventSource(target + "/api/wait"); source.onmessage = e => done(e.data); source.onopen = () => done("open"); source.onerror = () => { source.close(); done(""); }; }));
  await attempt("picture of the state", () => made("img", e => { e.src = target + "/api/state"; }));
  await attempt("picture of a receipt", () => made("img", e => { e.src = target + window.receipt; }));
  await attempt("script of the state", () => made("script", e => { e.src = target + "/api/state"; }).then(how => typeof state === "undefined" && how !== "loaded" ? "" : "loaded"));
  await attempt("style of the page", () => made("link", e => { e.rel = "stylesheet"; e.href = target + "/"; }).then(() => [...document.styleSheets].some(sheet => { try { return sheet.cssRules.length; } catch { return false; } }) ? "rules" : ""));
  await attempt("frame", () => new Promise(done => { const e = document.createElement("iframe"); e.src = target + "/"; e.onload = () => { try { done(e.contentDocument.body.innerText); } catch { done(""); } }; document.body.append(e); }));
  await attempt("window", async () => { const other = open(target + "/"); await new Promise(next => setTimeout(next, 300)); try { return other.document.body.innerText; } catch { return ""; } finally { other && other.close(); } });
  return said;
}
