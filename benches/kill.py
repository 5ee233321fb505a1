#!/usr/bin/env python3
"""Nothing lost and nothing twice while agent and HQ are killed, beside syslog-ng under the same kills.

    cargo build --release -p huitou -p firmware-bridge && cargo build --release -p huitou-sync --features hq
    sudo apt-get install -y --no-install-recommends syslog-ng-core syslog-ng-mod-http
    python3 benches/kill.py [SALES [KILLS]]

Ours: a whole shop with two tills; SALES (200,000) receipts go through bridge, agent and outbox to HQ over
TLS, while agent and HQ are killed with SIGKILL, KILLS (500) times in all, by turns and at random moments.
HQ's sales are counted by receipt number at the end.

syslog-ng: as many records of a like size through a reliable disk buffer to an HTTP destination, which
counts them; the program and the counter are killed as often. The counter keeps what it answered on disk.
It asks for acknowledgement as the manual says to (reliable(yes), one record a request). Skipped, and said
so, where syslog-ng is not installed.
"""
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from shop import Shop, Till, free_port, receipt, until

SALES = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 500
TILLS = 2
# Receipts a second of each till, some hundred times what a shop prints: without a limit a till of ours prints
# a thousand, and the bridge's 8 MiB are full before a killed agent has started on a busy machine.
PACE = 150


class Printing(threading.Thread):
    """A till that prints its share, one receipt after the other."""

    def __init__(self, till, number):
        super().__init__(daemon=True)
        self.till, self.number, self.done = till, number, 0

    def run(self):
        with self.till.connect() as pos:
            pos.settimeout(600)
            began = time.monotonic()
            for at in range(self.number, SALES, TILLS):
                pos.sendall(receipt(f"K{at:07}", 10_000 + at % 90_000))
                self.done += 1
                time.sleep(max(0, began + self.done / PACE - time.monotonic()))


def ours():
    dice = random.Random(1)
    killed = Counter()
    with Shop("release", *(Till(f"t{n}") for n in range(TILLS)), store="bench", road="127.0.0.1") as shop:
        tills = [Printing(till, n) for n, till in enumerate(shop.tills.values())]
        began = time.monotonic()
        for till in tills:
            till.start()
        while sum(killed.values()) < KILLS:
            share = sum(till.done for till in tills) / SALES
            if share >= 1 or sum(killed.values()) >= KILLS * max(share, 0.002):
                if share >= 1 and not any(till.is_alive() for till in tills):
                    share = 1  # all is printed: the rest of the kills meet the road alone
                else:
                    time.sleep(0.01)
                    continue
            if killed["agent"] <= killed["HQ"]:
                shop.kill_agent()
                shop.start_agent()
                killed["agent"] += 1
            else:
                shop.kill_hq()
                shop.start_hq()
                killed["HQ"] += 1
            attempt(shop.sync)
            time.sleep(dice.uniform(0, 0.2))
        for till in tills:
            till.join()
        shop.wait_for_bridges()
        until("all to be taken and sent", lambda: attempt(shop.sync) and shop.state()["waiting"] == 0, 900)
        seconds = time.monotonic() - began
        until("HQ to open all", lambda: settled(shop), 900)
        seen = Counter(sale["receipt_no"] for sale in shop.sales())
    return killed, seconds, seen


def attempt(work):
    try:
        work()
        return True
    except (OSError, AssertionError):
        return False  # whom we asked is dead: that is the point


def settled(shop):
    before = len(shop.sales())
    time.sleep(2)
    return len(shop.sales()) == before >= SALES * 0.9


def told(name, killed, seconds, seen, wanted):
    lost = sum(1 for number in wanted if number not in seen)
    doubled = sum(count - 1 for count in seen.values() if count > 1)
    kills = " + ".join(f"{count} {what}" for what, count in killed.items())
    print(f"| {name} | {len(wanted)} | {kills} | {seconds:.0f} s | {lost} | {doubled} |", flush=True)
    return lost, doubled


SINK = """
import http.server, os, socketserver, sys
class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        os.write(FILE, body if body.endswith(b"\\n") else body + b"\\n")
        os.fdatasync(FILE)
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True; allow_reuse_address = True
FILE = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
Server(("127.0.0.1", int(sys.argv[1])), Sink).serve_forever()
"""


def syslog():
    program = shutil.which("syslog-ng") or shutil.which("/usr/sbin/syslog-ng")
    if not program:
        print("skipped: syslog-ng is not installed")
        return None
    with tempfile.TemporaryDirectory(prefix="huitou-syslog-") as folder:
        folder = Path(folder)
        source, sink = free_port("127.0.0.1"), free_port("127.0.0.1")
        (folder / "sink.py").write_text(SINK)
        (folder / "conf").write_text(
            f"""@version: 3.38
options {{ chain-hostnames(no); flush-lines(1); time-reopen(1); stats-freq(0); }};
source s {{ network(ip(127.0.0.1) port({source}) transport(tcp) flags(no-parse) log-iw-size(1000) max-connections(10)); }};
destination d {{ http(url("http://127.0.0.1:{sink}/") method("POST") body("$MSG") retries(100000)
  disk-buffer(reliable(yes) disk-buf-size(1073741824) mem-buf-size(67108864) dir("{folder}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""
        )
        running = {}

        def start(what):
            if what == "counter":
                command = [sys.executable, folder / "sink.py", str(sink), folder / "seen"]
            else:
                command = [program, "-F", "--no-caps", "-f", folder / "conf", "-R", folder / "persist", "-c", folder / "ctl", "-p", folder / "pid"]
            running[what] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            port = sink if what == "counter" else source
            until(what, lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)

        def kill(what):
            running[what].kill()
            running[what].wait()

        for what in ("counter", "syslog-ng"):
            start(what)
        filler = "x" * 240
        given = 0

        def give():
            # What a client of a plain TCP source can know: a write that fails is sent again.
            nonlocal given
            wire = None
            while given < SALES:
                try:
                    wire = wire or socket.create_connection(("127.0.0.1", source), 5)
                    wire.sendall(f"K{given:07} {filler}\n".encode())
                    given += 1
                    if given % 100 == 0:
                        time.sleep(0.001)
                except OSError:
                    wire = None
                    time.sleep(0.02)

        giver = threading.Thread(target=give, daemon=True)
        began = time.monotonic()
        giver.start()
        killed, dice = Counter(), random.Random(1)
        while sum(killed.values()) < KILLS:
            what = "syslog-ng" if killed["syslog-ng"] <= killed["counter"] else "counter"
            kill(what)
            start(what)
            killed[what] += 1
            time.sleep(dice.uniform(0, 0.4))
        giver.join()
        size = lambda: (folder / "seen").stat().st_size
        quiet, before = time.monotonic(), size()
        while time.monotonic() - quiet < 60:
            time.sleep(1)
            if size() != before:
                quiet, before = time.monotonic(), size()
        seconds = time.monotonic() - began
        for what in running:
            kill(what)
        seen = Counter(line.split(b" ")[0].decode(errors="replace") for line in (folder / "seen").open("rb"))
        return killed, seconds, seen


def main():
    wanted = [f"K{at:07}" for at in range(SALES)]
    print("| | records | kill -9 | start to last | lost | doubled |\n|---|---|---|---|---|---|")
    lost, doubled = told("Huitou, till to HQ's sales", *ours(), wanted)
    peer = syslog()
    if peer:
        told("syslog-ng, reliable disk buffer to HTTP", *peer, wanted)
    sys.exit(lost + doubled > 0)


main()
