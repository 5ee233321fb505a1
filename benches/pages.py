#!/usr/bin/env python3
"""How long HQ's pages take on a large chain, for each role.

    HQ_CROWD=DIR benches/night.sh [CUSTOMERS SALES]     # fills DIR, sums it and keeps it
    python3 benches/pages.py DIR [TURNS]                # 20 turns unless told

Serves DIR, makes one user a role, logs in and follows what the pages themselves link to: every page that
stands in the head, the lists' next pages, the first entries of each, and the file of the customer with most
sales. Prints median and 95th percentile of each path and exits with 1 if one is above 200 ms. The release
build is used, or the one that HUITOU_HQ names.
"""

import http.client
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HQ = os.environ.get("HUITOU_HQ", str(ROOT / "target" / "release" / "huitou-hq"))
PASSWORD = "long-enough-for-a-bench"
BAR_MS = 200
LINK = re.compile(r'href="?(/[^" >]*)')
SKIPPED = ("/log-out", "/log-in", "/hq.css", "/set-up")


def user(folder, name, role, *scope):
    subprocess.run([HQ, "user", "add", "--dir", folder, name, "--role", role, "--no-totp", "--password-stdin", *scope],
                   input=PASSWORD + "\n", text=True, capture_output=True)  # there from a run before: fine


class Visitor:
    def __init__(self, address, name):
        self.address, self.cookies = address, {}
        token = re.search(r'name=form value="?([^" >]+)', self.ask("GET", "/log-in")[1]).group(1)
        form = urllib.parse.urlencode({"form": token, "lang": "zh", "name": name, "password": PASSWORD, "code": ""})
        status, _ = self.ask("POST", "/log-in", form)
        assert status == 303, f"{name} does not get in: {status}"

    def ask(self, method, path, body=None):
        line = http.client.HTTPConnection(self.address, timeout=120)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://{self.address}"
        line.request(method, path, body, headers)
        answer = line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        text = answer.read().decode(errors="replace")
        line.close()
        return answer.status, text

    def links(self, path):
        found = (link.replace("&amp;", "&") for link in LINK.findall(self.ask("GET", path)[1]))
        return [link for link in dict.fromkeys(found) if not link.startswith(SKIPPED)]


def kind(path):
    """Pages of one kind: identifiers and what is asked for left out."""
    plain, _, asked = path.partition("?")
    names = ",".join(sorted(part.split("=")[0] for part in asked.split("&") if part))
    return re.sub(r"/(-?\d+-\d+|[0-9a-f]{32})", "/…", plain) + (f"?{names}" if names else "")


def paths(visitor, most):
    """Two of each kind that can be reached by two clicks."""
    reached, kinds = {"/": None}, {}
    for start in [*visitor.links("/"), *(link for head in visitor.links("/") for link in visitor.links(head))]:
        if kinds.setdefault(kind(start), 0) < 2:
            kinds[kind(start)] += start not in reached
            reached[start] = None
    return [*reached, *([most] if visitor.ask("GET", most)[0] == 200 else [])]


def timed(visitor, path, turns):
    taken = []
    for _ in range(turns):
        began = time.perf_counter()
        status, text = visitor.ask("GET", path)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return status, len(text), taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))]


def main():
    folder, turns = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    file = sqlite3.connect(f"file:{folder}/hq.db?mode=ro", uri=True)
    most, count = file.execute("SELECT lower(hex(customer)), sales FROM person ORDER BY sales DESC LIMIT 1").fetchone()
    store = file.execute("SELECT s.name FROM person_store p JOIN store s ON s.id = p.store WHERE p.customer = "
                         f"x'{most}' ORDER BY p.sales DESC LIMIT 1").fetchone()[0]
    region = file.execute("SELECT name FROM region LIMIT 1").fetchone()[0]
    sales = file.execute("SELECT coalesce(sum(mark), 0) FROM stream").fetchone()[0]
    file.close()
    user(folder, "bench-hq", "hq")
    user(folder, "bench-region", "region", "--region", region)
    user(folder, "bench-store", "store", "--store", store)
    served = subprocess.Popen([HQ, "serve", "--dir", folder, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    slow = []
    try:
        address = served.stdout.readline().strip().removeprefix("listening on http://")
        time.sleep(float(os.environ.get("SETTLE_S", "30")))  # what the start opens, plans and sums
        print(f"{sales} sales; the customer with most has {count}; load {os.getloadavg()[0]:.1f}")
        print("| role | page | answer | median | p95 |\n|---|---|---|---|---|")
        for name in ("bench-hq", "bench-region", "bench-store"):
            visitor = Visitor(address, name)
            for path in paths(visitor, f"/customers/{most}"):
                status, size, median, p95 = timed(visitor, path, turns)
                shown = "/customers/(most)" if most in path else kind(path)
                print(f"| {name[6:]} | {shown} | {status}, {size / 1024:.0f} KiB | {median:.0f} ms | {p95:.0f} ms |", flush=True)
                if p95 > BAR_MS:
                    slow.append(f"{name[6:]} {shown} {p95:.0f} ms")
        for line in open(f"/proc/{served.pid}/status"):
            if line.startswith("VmHWM"):
                print(f"HQ at most {int(line.split()[1]) / 1024:.0f} MiB; load {os.getloadavg()[0]:.1f}")
    finally:
        served.terminate()
        served.wait()
    if slow:
        sys.exit(f"above {BAR_MS} ms: " + ", ".join(slow))


if __name__ == "__main__":
    main()
