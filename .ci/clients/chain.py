"""The shop that the clients print in: a till for each way in which one can be connected, each with a
virtual printer.

    client ─ TCP / serial line / pty ─▶ huitou-bridge ─▶ huitou paper

Not here: the clients (drive.py), the shop's processes (benches/shop.py).
"""

import json
import os
import sys
import tempfile
import threading
import tty
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "benches"))

from shop import Shop, Till, get, until  # noqa: E402


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


class PaperTill(Till):
    """A till of which we can read the paper."""

    def slips(self):
        """What is on the paper, oldest first."""
        state = json.loads(get(f"http://{self.web}/state.json"))
        return sorted(state["slips"], key=lambda slip: slip["number"])

    def wait_for(self, count):
        """Waits until so many slips are on the paper, and gives their text."""
        until(f"slip {count} at {self.name}", lambda: len(self.slips()) >= count)
        return [slip["text"] for slip in self.slips()]


class Chain(Shop):
    """The shop, with a serial line to the till whose bridge listens on one."""

    def __init__(self, *more):
        self.line = SerialLine()
        self._place = tempfile.TemporaryDirectory(prefix="huitou-clients-")
        super().__init__(
            "debug",
            PaperTill("tcp"),
            PaperTill("serial", f"serial:{self.line.paths[1]}"),
            PaperTill("pty", f"pty:{self._place.name}/receipt-printer"),
            *more,
        )

    def __exit__(self, *error):
        super().__exit__(*error)
        self._place.cleanup()
