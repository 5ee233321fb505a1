"""A shop in a temporary folder: HQ, one agent, and for each till a bridge and its printer.

    till ─ TCP / serial line / pty ─▶ huitou-bridge ─▶ huitou paper, or a printer of the caller's
                                          ⇅
                                     huitou run ═══▶ huitou-hq serve

Used by what measures here and by the real clients in .ci/clients.

Not here: what is measured or expected.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

PATIENCE_S = 30
PHONE = "400-800-1234"

# What ends a receipt of `receipt`: a note goes before it.
END = b"\x1bd\x03\x1dVB\x00"


def programs(build):
    """Where a `debug` or `release` build has put the programs."""
    root = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("CARGO_TARGET_DIR", root / "target")).resolve() / build


def until(what, look, seconds=PATIENCE_S):
    """Looks again and again until `look` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            seen = look()
        except OSError:  # not there yet
            seen = None
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def free_port(host):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read()


def post(url):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=b"{}", headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def receipt(no, fen, member=""):
    """A sale as a till prints it: text in GB18030, a feed, a cut."""
    yuan = f"{fen // 100}.{fen % 100:02}"
    rule = "-" * 32
    text = (
        f"云裳坊\n单号:{no}\n日期:{time.strftime('%Y-%m-%d')} 10:26:31\n{rule}\n"
        f"品名        数量  单价    金额\n羊毛大衣       1  {yuan}  {yuan}\n{rule}\n"
        f"合计: {yuan}\n现金: {yuan}\n找零: 0.00\n"
    )
    text += f"会员手机:{member}\n" if member else ""
    return b"\x1b@\x1c&" + text.encode("gb18030") + END


class Till:
    """One till: where it prints to (a TCP port of its own), and its printer (a virtual one)."""

    def __init__(self, name, pos=None, printer=None):
        self.name, self.pos, self.printer = name, pos, printer
        self.host = self.web = None

    def connect(self):
        """A connection as a till makes it."""
        return socket.create_connection((self.host, 9100), timeout=PATIENCE_S)

    def print(self, job):
        with self.connect() as pos:
            pos.sendall(job)


class Shop:
    """Everything that runs; ended by `with`."""

    def __init__(self, build, *tills, store="云裳坊 湖滨店", road=None):
        """`road`: the address on which HQ takes tills over TLS; without it they come in clear."""
        self._programs, self._store, self._road = programs(build), store, road
        self._folder = tempfile.TemporaryDirectory(prefix="huitou-shop-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._running, self._logs = [], 0
        self.log_folder = self.folder  # where what programs say is kept
        self.inside = {}  # for each program what it is started by, e.g. a command that makes its disk fail
        self.agent = self._agent_log = None
        self.tills = {till.name: till for till in tills}
        for number, till in enumerate(tills):
            # A loopback address for each till: some clients know port 9100 only.
            till.host = "127.%d.%d.%d" % (*divmod(os.getpid() % 60_000 + 300, 250), 9 + number)
            till.pos = till.pos or f"tcp-listen:{till.host}:9100"

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        bridges = [self._bridge_pid(name) for name in self.tills]
        for process in self._running:
            process.kill()
            process.wait()
        for pid in filter(None, bridges):  # a bridge outlives its agent on purpose
            os.kill(pid, signal.SIGKILL)
        self._folder.cleanup()

    def _start(self):
        self.done("huitou-hq", "init", "--dir", self._hq)
        self._hq_ports = [free_port("127.0.0.1")] + ([free_port(self._road)] if self._road else [])
        self.start_hq()
        url = f"https://{self._road}:{self._hq_ports[1]}" if self._road else f"http://127.0.0.1:{self._hq_ports[0]}"
        for till in self.tills.values():
            if not till.printer:
                said = self._listening("huitou", "paper", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
                till.web = said[0]
                till.printer = "tcp:" + re.search(r"printer: (127\S+)", said[1]).group(1)
        said = self.done("huitou-hq", "enrol-code", "--dir", self._hq, "--store", self._store)
        code = max(said.split(), key=lambda word: word.count("-"))
        self.config.write_text(self._configured(), encoding="utf-8")
        self.done("huitou", "enrol", "--config", self.config, "--hq", url, "--code", code)
        self.start_agent()
        self.wait_for_bridges()

    @property
    def _hq(self):
        return self.folder / "hq"

    @property
    def _links(self):
        return self.folder / "till" / "link"

    @property
    def config(self):
        return self.folder / "huitou.toml"

    def _configured(self):
        text = (
            f'state_dir = "{self.folder / "till"}"\n'
            f'[store]\nname = "{self._store}"\nservice_phone = "{PHONE}"\n'
            '[page]\nlisten = "127.0.0.1:0"\n[sync]\nautomatic = false\n'
        )
        for till in self.tills.values():
            text += f'[[bridge]]\nname = "{till.name}"\npos = "{till.pos}"\nprinter = "{till.printer}"\n'
        return text

    def start_agent(self):
        """Starts the agent and does not wait for it."""
        self.agent, self._agent_log = self._spawn("huitou", "run", "--config", self.config)

    def kill_agent(self):
        self.agent.kill()
        self.agent.wait()
        self._running.remove(self.agent)

    def start_hq(self):
        """Starts HQ, and waits until it listens."""
        listen = ["--listen", f"127.0.0.1:{self._hq_ports[0]}"]
        listen += ["--tills", f"{self._road}:{self._hq_ports[1]}"] if self._road else []
        self.hq_process, self._hq_log = self._spawn("huitou-hq", "serve", "--dir", self._hq, *listen)
        self._address(self.hq_process, self._hq_log)

    def kill_hq(self):
        self.hq_process.kill()
        self.hq_process.wait()
        self._running.remove(self.hq_process)

    def wait_for_bridges(self):
        until("all bridges", lambda: all(till["line_up"] for till in self.state()["tills"]))

    def _spawn(self, program, *arguments):
        self._logs += 1
        log = self.log_folder / f"log-{self._logs}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*self.inside.get(program, ()), self._programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        process.huitou = program
        self._running.append(process)
        return process, log

    def _listening(self, program, *arguments):
        """Starts a program; gives the address that it says it listens on, and all it said."""
        return self._address(*self._spawn(program, *arguments))

    @staticmethod
    def _address(process, log):
        def address():
            said = log.read_text(encoding="utf-8")
            found = re.search(r"http://([\d.]+:\d+)", said)
            if process.poll() is not None:
                raise AssertionError(f"{process.huitou} ended: {said}")
            return found and (found.group(1), said)

        return until(f"{process.huitou} to listen", address)

    def done(self, program, *arguments, inside=()):
        """Runs a program to its end, in a namespace if need be, and gives what it printed."""
        command = [*inside, self._programs / program, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _bridge_pid(self, name):
        try:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self._links / f"{name}.sock"))
                said = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                return struct.unpack("3i", said)[0]
        except OSError:
            return None  # it never started

    @property
    def page(self):
        """Where the cashier's page is: a port of its own for each agent that was started."""
        return self._address(self.agent, self._agent_log)[0]

    def state(self):
        """What the cashier's page shows."""
        return json.loads(get(f"http://{self.page}/api/state"))

    def bridge(self, name):
        """The process of a till's bridge."""
        return next(till["pid"] for till in self.state()["tills"] if till["name"] == name)

    def sync(self):
        post(f"http://{self.page}/api/sync")

    def sales(self):
        """What HQ shows after a sync, oldest first."""
        self.sync()
        said = self.done("huitou-hq", "sales", "--json", "--dir", self._hq)
        return [json.loads(line) for line in said.splitlines()]


class AgentTrouble:
    """Kills or stops a shop's agent at random moments, for as long as `with` lasts."""

    def __init__(self, shop, dice):
        self._shop, self._dice = shop, dice
        self.killed = self.stopped = 0
        self._over = threading.Event()
        self._maker = threading.Thread(target=self._make, daemon=True)

    def __enter__(self):
        self._maker.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._over.set()
        self._maker.join()

    def _make(self):
        shop, dice = self._shop, self._dice
        while not self._over.is_set():
            time.sleep(dice.uniform(0.02, 0.6))
            if dice.random() < 0.5:
                shop.kill_agent()
                self.killed += 1
                time.sleep(dice.uniform(0, 0.3))
                shop.start_agent()
            else:
                shop.agent.send_signal(signal.SIGSTOP)
                self.stopped += 1
                time.sleep(dice.uniform(0.01, 0.8))
                shop.agent.send_signal(signal.SIGCONT)
