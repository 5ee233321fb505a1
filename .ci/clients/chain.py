"""A small chain in a temporary folder: HQ, one agent, and a bridge with a virtual printer for each
way in which a till can be connected.

    client ─ TCP / serial line / pty ─▶ huitou-bridge ─▶ huitou paper
                                             ⇅
                                        huitou run ═══▶ huitou-hq serve

Not here: the clients (drive.py).
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import tty
import urllib.request
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parents[2] / "target" / "debug"
PATIENCE_S = 30


def until(what, look):
    """Looks again and again until `look` gives something true, and gives that."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            seen = look()
        except OSError:  # not there yet
            seen = None
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}")


class SerialLine:
    """Two serial ports with a cable between them, made of two ptys."""

    def __init__(self):
        ends = [os.openpty(), os.openpty()]
        for _, port in ends:
            tty.setraw(port)
        # The ports stay open here: a pty whose last user closes it hangs up.
        self._ports = [port for _, port in ends]
        self.paths = [os.ttyname(port) for port in self._ports]
        wires = [wire for wire, _ in ends]
        for source, target in (wires, wires[::-1]):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    @staticmethod
    def _carry(source, target):
        while piece := os.read(source, 4096):
            while piece:
                piece = piece[os.write(target, piece) :]


class Till:
    """One bridge: where the client prints to, and the paper it comes out on."""

    def __init__(self, name, pos):
        self.name, self.pos = name, pos
        self.printer = self.web = None

    def slips(self):
        """What is on the paper, oldest first."""
        state = json.loads(get(f"http://{self.web}/state.json"))
        return sorted(state["slips"], key=lambda slip: slip["number"])

    def wait_for(self, count):
        """Waits until so many slips are on the paper, and gives their text."""
        until(f"slip {count} at {self.name}", lambda: len(self.slips()) >= count)
        return [slip["text"] for slip in self.slips()]


class Chain:
    """Everything that runs; ended by `with`."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="huitou-clients-")
        self.folder = Path(self._folder.name)
        self._running = []
        self.line = SerialLine()
        # A loopback address of our own: some clients know port 9100 only.
        self.host = "127.%d.%d.9" % divmod(os.getpid() % 60_000 + 300, 250)
        self.tills = {
            "tcp": Till("tcp", f"tcp-listen:{self.host}:9100"),
            "serial": Till("serial", f"serial:{self.line.paths[1]}"),
            "pty": Till("pty", f"pty:{self.folder / 'receipt-printer'}"),
        }

    def __enter__(self):
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
        hq = str(self.folder / "hq")
        done("huitou-hq", "init", "--dir", hq)
        url = self._spawn("huitou-hq", "serve", "--dir", hq, "--listen", "127.0.0.1:0")[0]
        for till in self.tills.values():
            said = self._spawn("huitou", "paper", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
            till.web = said[0]
            till.printer = re.search(r"printer: (127\S+)", said[1]).group(1)
        said = done("huitou-hq", "enrol-code", "--dir", hq, "--store", "云裳坊 湖滨店")
        code = max(said.split(), key=lambda word: word.count("-"))
        config = str(self.folder / "huitou.toml")
        Path(config).write_text(self._config(), encoding="utf-8")
        done("huitou", "enrol", "--config", config, "--hq", f"http://{url}", "--code", code)
        self.page = self._spawn("huitou", "run", "--config", config)[0]
        until("all bridges", lambda: all(till["line_up"] for till in self.state()["tills"]))

    def _config(self):
        text = (
            f'state_dir = "{self.folder / "till"}"\n'
            '[store]\nname = "云裳坊 湖滨店"\nservice_phone = "400-800-1234"\n'
            '[page]\nlisten = "127.0.0.1:0"\n[sync]\nautomatic = false\n'
        )
        for till in self.tills.values():
            text += (
                f'[[bridge]]\nname = "{till.name}"\npos = "{till.pos}"\n'
                f'printer = "tcp:{till.printer}"\n'
            )
        return text

    def _spawn(self, program, *arguments):
        """Starts a program; gives the address that it says it listens on, and all it said."""
        log = self.folder / f"log-{len(self._running)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [PROGRAMS / program, *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        self._running.append(process)

        def address():
            said = log.read_text(encoding="utf-8")
            found = re.search(r"http://([\d.]+:\d+)", said)
            if process.poll() is not None:
                raise AssertionError(f"{program} ended: {said}")
            return found and (found.group(1), said)

        return until(f"{program} to listen", address)

    def _bridge_pid(self, name):
        try:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self.folder / "till" / "link" / f"{name}.sock"))
                said = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                return struct.unpack("3i", said)[0]
        except OSError:
            return None  # it never started

    def state(self):
        """What the cashier's page shows."""
        return json.loads(get(f"http://{self.page}/api/state"))

    def sales(self):
        """What HQ shows after a sync, by receipt number."""
        post(f"http://{self.page}/api/sync")
        said = done("huitou-hq", "sales", "--json", "--dir", str(self.folder / "hq"))
        return {sale["receipt_no"]: sale for sale in map(json.loads, said.splitlines())}


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read()


def post(url):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=b"{}", headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return answer.read()


def done(program, *arguments):
    """Runs a program to its end and gives what it printed."""
    command = [PROGRAMS / program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
