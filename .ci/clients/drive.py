"""Drives real POS clients through a running chain and holds HQ against what they printed.

    drive.py NODE_FOLDER [--without-node REASON]

Not here: the processes (chain.py), printers that misbehave (trouble.py), what is installed (run.sh).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from escpos.printer import Network, Serial
from PIL import Image, ImageDraw

from chain import Chain
from printer import Printer
from shop import Till

HERE = Path(__file__).resolve().parent
BEGAN = time.monotonic()
NOTE = "400-800-1234"
PROFILE = "TM-T88III"
IMAGE_MODES = ["bitImageRaster", "graphics", "bitImageColumn"]

# receiptio asks thrice and waits for each answer; that and its own pauses take this long.
RECEIPTIO_MS_MAX = 500

# How much longer or shorter a client may take to give up on a silent printer, with us in between.
GIVE_UP_TOLERANCE = 0.10

# What a printer answers to DLE EOT 1 to 4 (Epson's reference, DLE EOT), and what a client makes of it.
ILL = {
    "well": (b"\x16\x12\x12\x12", True, 2),
    "paper near its end": (b"\x16\x12\x12\x1e", True, 1),
    "out of paper": (b"\x1e\x32\x12\x7e", False, 0),
    "cover open": (b"\x1e\x16\x12\x12", False, 2),
}


class Day:
    """What was printed, and what HQ is to show of it."""

    def __init__(self, chain):
        self.chain = chain
        self.expected = {}
        self.slips = dict.fromkeys(chain.tills, 0)

    def printed(self, till, no, total, change, words=()):
        """A sale left the client: it is to be on the paper with a note, and at HQ later."""
        self.slips[till] += 1
        self.expected[no] = (total, change)
        text = self.chain.tills[till].wait_for(self.slips[till])[self.slips[till] - 1]
        for word in (no, NOTE, *words):
            assert word in text, f"{till}: {word!r} is not on the paper:\n{text}"
        assert text.index(no) < text.index(NOTE), f"{till}: the note stands before the sale"
        say(f"{till}: {no} is on the paper, with its note")


def say(text):
    print(f"  {time.monotonic() - BEGAN:5.1f} s  {text}", flush=True)


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02}"


def rows(no, item, fen, paid):
    rule = "-" * 32
    return [
        "云裳坊 湖滨店", f"单号:{no}", "日期:2026-11-21 10:26:31", rule,
        f"{item}  1  {yuan(fen)}  {yuan(fen)}", rule,
        f"合计:{yuan(fen):>27}", f"现金:{yuan(paid):>27}", f"找零:{yuan(paid - fen):>27}",
    ]  # fmt: skip


def picture():
    """A logo that is no letter."""
    image = Image.new("1", (128, 48), 1)
    ImageDraw.Draw(image).ellipse((8, 4, 120, 44), outline=0, width=3)
    return image


def with_python_escpos(day, till, printer):
    """Text as GB18030 with each way of sending a picture, and the status between."""
    for index, mode in enumerate(IMAGE_MODES):
        no, fen = f"PY{till.upper()}{index}", 129_900 + index
        assert printer.is_online(), f"{till}: the printer is not on line"
        assert printer.paper_status() == 2, f"{till}: no paper"
        printer.set(align="center", double_height=True, double_width=True)
        printer.image(picture(), impl=mode)
        printer.set(align="left", normal_textsize=True)
        for row in rows(no, "羊毛大衣", fen, 130_000):
            printer._raw(row.encode("gb18030") + b"\n")  # its own encoder knows no Chinese
        printer.cut()
        day.printed(till, no, fen, 130_000 - fen, words=["[picture]"])
    no = f"EN{till.upper()}1001"
    printer.text(f"Lakeside\nReceipt: {no}\n2026-11-21 10:31\n")
    printer.text("Cotton shirt            242.00\nTotal                   242.00\nCash                    250.00\n")
    printer.text("Change                    8.00\n")
    printer.cut()
    day.printed(till, no, 24_200, 800)
    printer.close()


def node(folder, script, *arguments):
    environment = {**os.environ, "NODE_PATH": str(Path(folder, "node_modules").resolve())}
    command = ["node", HERE / script, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, f"{script}: {ended.stderr}"
    return json.loads(ended.stdout.splitlines()[-1])


def with_receiptio(day, folder):
    said = node(folder, "receiptio.js", day.chain.tills["tcp"].host, "RIO1")
    assert said["result"] == "success", f"receiptio says {said}"
    say(f"receiptio reports success after {said['ms']} ms")
    day.printed("tcp", "RIO1", 129_900, 100)
    assert said["ms"] <= RECEIPTIO_MS_MAX, f"receiptio took {said['ms']} ms"


def with_node_thermal_printer(day, folder):
    said = node(folder, "node_thermal_printer.js", day.chain.tills["tcp"].host, "NTP1")
    assert said["connected"], "node-thermal-printer finds no printer"
    day.printed("tcp", "NTP1", 24_200, 800)


class SilentPrinter:
    """receiptio on a printer that takes everything and never answers, alone and through a bridge, both
    at the same time: it takes 12 s until it gives up."""

    def __init__(self):
        # receiptio knows port 9100 only.
        host = "127.%d.%d.200" % divmod(os.getpid() % 60_000 + 300, 250)
        self.alone, self.bridged = Printer(host, 9100), Printer()
        self.till = Till("silent", printer=self.bridged.port)
        self._said = None

    def begin(self, folder):
        self._both = ThreadPoolExecutor(2)
        hosts = self.alone.address[0], self.till.host
        self._said = [self._both.submit(node, folder, "receiptio.js", host, "SILENT") for host in hosts]

    def hold_against(self):
        alone, bridged = (said.result() for said in self._said)
        assert alone["result"] == bridged["result"] != "success", f"alone {alone}, bridged {bridged}"
        off = bridged["ms"] / alone["ms"] - 1
        assert abs(off) <= GIVE_UP_TOLERANCE, f"it gives up after {bridged['ms']} ms, alone after {alone['ms']} ms"
        # How often it asks in 12 s is its own affair.
        less, more = sorted((self.alone.paper(), self.bridged.paper()), key=len)
        assert less and more.startswith(less), "a silent printer got other bytes through the bridge"
        say(f"silent printer: receiptio says {bridged['result']} after {bridged['ms']} ms, alone after {alone['ms']} ms")


class AskedPrinter:
    """Status queries of python-escpos to printers that are ill, alone and through a bridge."""

    def __init__(self):
        self._status = b""
        self.printer = Printer(answer=self._answer)
        self.till = Till("asked", printer=self.printer.port)

    def _answer(self, got):
        return b"".join(self._status[n - 1 : n] for n in got.split(b"\x10\x04")[1:] for n in n[:1])

    def hold_against(self):
        for state, (self._status, online, paper) in ILL.items():
            alone, bridged = (self._ask(address) for address in (self.printer.address, (self.till.host, 9100)))
            assert alone == bridged, f"{state}: {bridged} through the bridge, {alone} alone"
            assert bridged == (online, paper, self._status), f"{state}: {bridged}"
        say(f"status: python-escpos is told of {len(ILL)} states of a printer as without the bridge")

    @staticmethod
    def _ask(address):
        printer = Network(address[0], port=address[1], timeout=5, profile=PROFILE)
        answers = b"".join(printer.query_status(b"\x10\x04" + bytes([n])) for n in range(1, 5))
        said = printer.is_online(), printer.paper_status(), answers
        printer.close()
        return said


def hold_hq_against(day):
    sales = day.chain.sales()
    shown = {sale["receipt_no"]: (sale["total"], sale["change"]) for sale in sales}
    wrong = {no: (want, shown.get(no)) for no, want in day.expected.items() if shown.get(no) != want}
    assert not wrong, f"(printed, shown) in fen: {wrong}"
    assert len(sales) == len(day.expected), f"sales that nobody made: {shown.keys() - day.expected}"
    say(f"HQ shows {len(shown)} sales of {yuan(sum(total for total, _ in shown.values()))} yuan, as printed")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("node_folder")
    arguments.add_argument("--without-node", metavar="REASON")
    arguments = arguments.parse_args()
    silent, asked = SilentPrinter(), AskedPrinter()
    with Chain(silent.till, asked.till) as chain:
        day = Day(chain)
        if not arguments.without_node:
            silent.begin(arguments.node_folder)
        asked.hold_against()
        with_python_escpos(day, "tcp", Network(chain.tills["tcp"].host, port=9100, timeout=5, profile=PROFILE))
        # It reads until 16 bytes have come or the time is over, and an answer is one byte.
        serial = {"timeout": 0.5, "dsrdtr": False, "profile": PROFILE}
        with_python_escpos(day, "serial", Serial(chain.line.paths[0], baudrate=9600, **serial))
        link = chain.tills["pty"].pos.removeprefix("pty:")
        with_python_escpos(day, "pty", Serial(link, **serial))
        if arguments.without_node:
            say(f"skipped: receiptio and node-thermal-printer: {arguments.without_node}")
        else:
            with_node_thermal_printer(day, arguments.node_folder)
            with_receiptio(day, arguments.node_folder)
            silent.hold_against()
        hold_hq_against(day)
    say("real clients: all good")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        sys.exit(f"real clients: {failure}")
