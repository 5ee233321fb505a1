"""Another site in the same browser: it gets nothing of the page and changes nothing in the shop.

    http://strange.example:PORT   its own page, with scripts that try
    http://rebound.example:PAGE   the cashier's page under the stranger's name (DNS rebinding)

Both names lead to this box, as a stranger's name server can have it. What the browser itself keeps
from a stranger counts too; what arrived at the page is looked up on the wire.

Not here: the page's own guard against other hosts, header by header (tests/journey).
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from counter import free_port, get

STRANGE, REBOUND = "strange.example", "rebound.example"
RULES = f"MAP {STRANGE} 127.0.0.1, MAP {REBOUND} 127.0.0.1"

TRIES = (Path(__file__).parent / "strangers.js").read_text(encoding="utf-8")

FORM = """<form id=f method=post action="%s/api/serving" enctype="text/plain"><input name='{"serving":"refused","x":"' value='"}'></form>"""


class Stranger(BaseHTTPRequestHandler):
    """Serves an empty page, which may do what it likes."""

    def do_GET(self):
        page = b"<!doctype html><title>strange</title><body>strange"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def standing(store):
    """What a stranger could have changed."""
    state = json.loads(get(f"http://{store.page}/api/state"))
    return {key: state[key] for key in ("tills", "papers", "waiting", "customers", "rain")}


def play(browser, store):
    picture = next(paper["id"] for paper in store.state()["papers"] if paper["kind"] == "unread")
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    before = standing(store)
    asked = len(store.wire.requests())
    got = {}
    for target in (f"http://127.0.0.1:{store.wire.port}", f"http://localhost:{store.wire.port}", f"http://{REBOUND}:{store.wire.port}"):
        for home in (f"http://{STRANGE}:{port}", f"http://127.0.0.1:{port}"):
            got |= {f"{what}: {home} of {target}": text for what, text in tried(browser, home, target, picture).items()}
    got |= rebound(browser, store)
    asked = len(store.wire.requests()) - asked
    server.shutdown()
    leaked = {what: text[:80] for what, text in got.items() if text}
    assert not leaked, f"a stranger reads: {leaked}"
    assert standing(store) == before, "a stranger changed the shop"
    assert asked > len(got) / 3, f"only {asked} of {len(got)} tries reached the page at all"
    print(f"  {len(got)} tries of strangers, {asked} of them arrived at the page: nothing read, nothing changed", flush=True)


def tried(browser, home, target, picture):
    context = browser.new_context()
    page = context.new_page()
    page.goto(home)
    page.evaluate("path => { window.receipt = path; }", f"/api/papers/{picture}/picture")
    said = page.evaluate(TRIES, target)
    page.evaluate("html => { document.body.innerHTML = html; }", FORM % target)
    with page.expect_navigation():
        page.evaluate("document.getElementById('f').submit()")
    said["form"] = "" if "refused" not in page.inner_text("body") else page.inner_text("body")
    context.close()
    return said


def rebound(browser, store):
    """The stranger's own name leads to the page's port: its script would be of the same origin."""
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(f"http://{REBOUND}:{store.wire.port}/")
    assert answer.status == 403, f"the page under another name: {answer.status}"
    status = page.evaluate(
        """async () => Promise.all([fetch("/api/state"), fetch("/api/wait"), fetch("/api/papers/1/explain"),
        fetch("/api/serving", { method:"POST", headers:{ "content-type":"application/json" }, body:'{"serving":"refused"}' })]
        .map(async asked => { const answer = await asked; return answer.status + (/tills|rows|marks/.test(await answer.text()) ? " with content" : ""); }))"""
    )
    context.close()
    return {f"rebound {at}": "" if said == "403" else said for at, said in enumerate(status)}
