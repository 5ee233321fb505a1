"""The counter: a whole shop, a browser that shows its page, and the pad that types on it.

    pad ─▶ Chromium ─▶ Wire (keeps every answer) ─▶ huitou run ⇄ huitou-bridge ─▶ huitou paper
                                                        ╚═══▶ huitou-hq

Not here: what is done at it (states.py, speed.py, shift.py, strangers.py).
"""

import asyncio
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

sys.path.append(str(Path(__file__).resolve().parents[2] / "benches"))

from shop import END, Shop, Till, get, until  # noqa: E402

SIZE = (1024, 768)
PATIENCE_MS = 20_000
PIN = "502917"

expect.set_options(timeout=PATIENCE_MS)

_places = itertools.count(1)


class Wire:
    """A plain wire to the agent's page that keeps what the page was asked and all that was answered:
    nothing that a browser got can be missed."""

    def __init__(self, upstream):
        self._upstream, self.asked, self.answered = upstream, [], []
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._carry_both, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    def close(self):
        """Nobody can connect any more."""
        self._loop.call_soon_threadsafe(self._server.close)

    async def _carry_both(self, reader, writer):
        asked, answered = bytearray(), bytearray()
        self.asked.append(asked)
        self.answered.append(answered)
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._carry(reader, up_writer, asked), self._carry(up_reader, writer, answered)
        )

    @staticmethod
    async def _carry(reader, writer, kept):
        try:
            while piece := await reader.read(65_536):
                kept += piece
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass  # one of them went away
        writer.close()

    def answers(self):
        return b"\n".join(bytes(answer) for answer in self.answered)

    def requests(self):
        """First lines of all that was asked."""
        lines = b"\n".join(bytes(asked) for asked in self.asked)
        return re.findall(rb"^(?:GET|POST|PUT|OPTIONS|HEAD) \S+ HTTP/1\.1", lines, re.M)


def free_port():
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        return port.getsockname()[1]


class Store(Shop):
    """A shop in one language, with customers from before today."""

    def __init__(self, arguments, language, *more, customers=(), crowd=0, second_screen=False):
        self.language = language
        self.name = "云裳坊 湖滨店" if language == "zh" else "Lakeside"
        super().__init__("debug", Till("till-1"), *more, store=self.name)
        for number, till in enumerate(self.tills.values()):
            # A second shop of this process needs other addresses than the first.
            till.host = "127.%d.%d.%d" % (*divmod(os.getpid() % 60_000 + 300, 250), 20 + 10 * next(_places) + number)
            till.pos = f"tcp-listen:{till.host}:9100"
        self._fill, self._crowd, self._customers = arguments.fill, crowd, customers
        self._second_screen = second_screen
        self._page_port, self._phone_port = free_port(), free_port()
        self.wire = None

    @property
    def till(self):
        return self.tills["till-1"]

    def _configured(self):
        zh = self.language == "zh"
        text = super()._configured()
        text = text.replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{self._page_port}"')
        more = 'phone = "0571-8765-4321"\nassociate = "%s"\n' % ("小陈" if zh else "Chen")
        text = text.replace("service_phone", f"{more}service_phone")
        text = f'language = "{"zh-CN" if zh else "en"}"\n' + text
        if self._second_screen:
            phone = f'enabled = true\nlisten = "127.0.0.1:{self._phone_port}"\naddress = "127.0.0.1"\n'
            text = text.replace("[sync]", f"[second_screen]\n{phone}[sync]")
        return text

    def start_agent(self):
        if not self.wire:  # the first time: nothing runs yet that has the store open
            self._seal_customers()
            self.done_with(f"{PIN}\n", "huitou", "--config", self.config, "pin", "set", "--stdin")
            self.wire = Wire(("127.0.0.1", self._page_port))
        super().start_agent()

    def _seal_customers(self):
        began = time.monotonic()
        rows = "".join(f"{number} {surname} {title} {days}\n" for number, surname, title, days in self._customers)
        command = [self._fill, self.folder / "till", str(self._crowd)]
        subprocess.run(command, input=rows, check=True, text=True)
        self.filled_s = time.monotonic() - began

    def done_with(self, said, program, *arguments):
        command = [self._programs / program, *arguments]
        ended = subprocess.run(command, input=said, text=True, capture_output=True)
        assert ended.returncode == 0, f"{program} {arguments[2]}: {ended.stderr}"

    def wait_for_page(self):
        until("the page", lambda: get(f"http://127.0.0.1:{self._page_port}/api/state"))

    # ---- the printer
    def pull_printer(self):
        """The virtual printer goes away."""
        self._paper = next(p for p in self._running if p.args[1] == "paper")
        self._paper.kill()
        self._paper.wait()
        self._running.remove(self._paper)

    def plug_printer(self):
        address = self.till.printer.removeprefix("tcp:")
        self._listening("huitou", "paper", "--listen", address, "--web", "127.0.0.1:0")

    @contextmanager
    def bridge_away(self):
        """The bridge was killed, and as long as `with` lasts its port is another's."""
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            os.kill(self.bridge("till-1"), signal.SIGKILL)
            until("the bridge's port", lambda: other.bind((self.till.host, 9100)) or True)
            other.listen()
            yield

    # ---- what the till prints
    def sale(self, no, fen, member="", item=None):
        """A sale as a till of this shop's language prints it."""
        if self.language == "zh":
            return receipt(no, fen, member, item or "羊毛大衣")
        yuan, item = f"{fen // 100}.{fen % 100:02}", item or "Wool coat"
        rows = [
            "Lakeside", f"Receipt no: {no}", time.strftime("Date: %Y-%m-%d 10:26:31"), "-" * 32,
            f"{item:<20}{yuan:>12}", "-" * 32, f"Total{yuan:>27}", f"Cash{yuan:>28}", f"Change{'0.00':>26}",
        ]  # fmt: skip
        rows += [f"Member: {member}"] if member else []
        return b"\x1b@" + "\n".join(rows).encode() + b"\n" + END

    def ring_up(self, no, fen, member="", item=None):
        """Prints a sale; gives its number."""
        self.till.print(self.sale(no, fen, member, item))
        return no

    def hq(self, what):
        said = self.done("huitou-hq", what, "--json", "--dir", self._hq)
        return [json.loads(line) for line in said.splitlines()]


def receipt(no, fen, member, item):
    yuan, rule = f"{fen // 100}.{fen % 100:02}", "-" * 32
    text = (
        f"云裳坊 湖滨店\n单号:{no}\n日期:{time.strftime('%Y-%m-%d')} 10:26:31\n{rule}\n"
        f"品名        数量  单价    金额\n{item}       1  {yuan}  {yuan}\n{rule}\n"
        f"合计: {yuan}\n现金: {yuan}\n找零: 0.00\n"
    )
    text += f"会员手机:{member}\n" if member else ""
    return b"\x1b@\x1c&" + text.encode("gb18030") + END


# What a number pad sends, with Num Lock on: key and code (UI Events, "KeyboardEvent code values").
PAD = {str(digit): f"Numpad{digit}" for digit in range(10)} | {
    "Enter": "NumpadEnter", "+": "NumpadAdd", "-": "NumpadSubtract",
    "*": "NumpadMultiply", "/": "NumpadDivide", ".": "NumpadDecimal",
}  # fmt: skip

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")


class Desk:
    """The page as a cashier has it before her."""

    def __init__(self, browser, store, path="/", scheme="light", size=SIZE):
        self.store, self.keys = store, 0
        self.zh = store.language == "zh"
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,
            locale="zh-CN" if self.zh else "en-GB",
        )  # fmt: skip
        context.add_init_script(PROBE)
        context.set_default_timeout(PATIENCE_MS)
        self.context, self.page = context, context.new_page()
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(f"http://127.0.0.1:{store.wire.port}{path}")
        self._pad = context.new_cdp_session(self.page)
        # The strip has it too, and does not show it.
        working = self.say("打印正常", "Printing works")
        expect(self.page.locator("#status")).to_contain_text(working)

    def close(self):
        assert not self.faults, f"the page's script failed: {self.faults}"
        self.context.close()

    def say(self, chinese, english):
        return chinese if self.zh else english

    # ---- hands
    def press(self, keys, pad=None):
        """Keys of the number pad: `"6721 Enter / *"`; a word of digits is pressed digit by digit, and a
        word waits until the page has done what the last one asked for, as a person does who looks."""
        for word in keys.split():
            until("the page to take in what it asked", lambda: self.page.evaluate("window.busy === 0"))
            for key in [word] if word in PAD else word:
                self._key(pad or self._pad, key)
                self.keys += 1

    @staticmethod
    def _key(pad, key):
        text = "\r" if key == "Enter" else key
        place = {"key": key, "code": PAD[key], "location": 3, "isKeypad": True}
        pad.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **place})
        pad.send("Input.dispatchKeyEvent", {"type": "keyUp", **place})

    def timed(self, keys, selector, text):
        """Presses, and gives the ms from the last key until `text` (`^`: at its start) is painted in
        `selector`."""
        self.page.evaluate("([selector, text]) => window.arm(selector, text)", [selector, text])
        self.press(keys)
        ms = until(f"{text!r} in {selector} after {keys!r}", lambda: self.page.evaluate("window.shown"))
        assert ms != "early", f"{text!r} stood in {selector} before {keys!r} was pressed"
        return ms

    # ---- eyes
    def see(self, selector, text):
        expect(self.page.locator(selector).filter(visible=True)).to_contain_text(text)

    def see_none(self, selector):
        expect(self.page.locator(selector)).to_have_count(0)

    def see_blank(self, selector):
        expect(self.page.locator(selector)).to_have_text("")

    def text(self, selector):
        return " ".join(self.page.locator(selector).all_inner_texts())

    def see_paper(self, no):
        """The newest paper is this one."""
        expect(self.page.locator("#papers .paper").first).to_contain_text(no)
        return self.page.locator("#papers .paper").first

    def rest(self):
        """Nobody is served and the field is empty."""
        self.press(". .")
        expect(self.page.locator("#number")).to_have_value("")
        until("nobody to be served", lambda: self.page.evaluate("window.busy === 0 && now.serving === 'nobody'"))
