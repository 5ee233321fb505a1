"""Drives real POS clients through a running chain and holds HQ against what they printed.

    drive.py NODE_FOLDER [--without-node REASON]

Not here: the processes (chain.py), what is installed (run.sh).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from escpos.printer import Network, Serial
from PIL import Image, ImageDraw

from chain import Chain

HERE = Path(__file__).resolve().parent
BEGAN = time.monotonic()
NOTE = "400-800-1234"
PROFILE = "TM-T88III"
IMAGE_MODES = ["bitImageRaster", "graphics", "bitImageColumn"]

# receiptio asks thrice and waits for each answer; that and its own pauses take this long.
RECEIPTIO_MS_MAX = 500


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
    said = node(folder, "receiptio.js", day.chain.host, "RIO1")
    assert said["result"] == "success", f"receiptio says {said}"
    say(f"receiptio reports success after {said['ms']} ms")
    day.printed("tcp", "RIO1", 129_900, 100)
    assert said["ms"] <= RECEIPTIO_MS_MAX, f"receiptio took {said['ms']} ms"


def with_node_thermal_printer(day, folder):
    said = node(folder, "node_thermal_printer.js", day.chain.host, "NTP1")
    assert said["connected"], "node-thermal-printer finds no printer"
    day.printed("tcp", "NTP1", 24_200, 800)


def hold_hq_against(day):
    sales = day.chain.sales()
    shown = {no: (sale["total"], sale["change"]) for no, sale in sales.items()}
    wrong = {no: (want, shown.get(no)) for no, want in day.expected.items() if shown.get(no) != want}
    assert not wrong, f"(printed, shown) in fen: {wrong}"
    assert len(shown) == len(day.expected), f"sales that nobody made: {shown.keys() - day.expected}"
    say(f"HQ shows {len(shown)} sales of {yuan(sum(total for total, _ in shown.values()))} yuan, as printed")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("node_folder")
    arguments.add_argument("--without-node", metavar="REASON")
    arguments = arguments.parse_args()
    with Chain() as chain:
        day = Day(chain)
        with_python_escpos(day, "tcp", Network(chain.host, port=9100, timeout=5, profile=PROFILE))
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
        hold_hq_against(day)
    say("real clients: all good")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        sys.exit(f"real clients: {failure}")
