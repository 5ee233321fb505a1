"""How a state of the page looks: a screenshot, and what a program can tell of it.

A page that is wider than the screen, or in two languages, fails. The rest is told: whether a cut-off
word matters a person has to say, with the screenshot before her.

Not here: which states there are (states.py), whether a number is in what was answered (secrets_kept.py).
"""

import re
from pathlib import Path

LOOK = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")

# All that a page holds besides the field in which a number is being typed.
HELD = """() => [document.documentElement.outerHTML, location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage),
  ...[...document.querySelectorAll("input")].filter(e => e.id !== "number").map(e => e.value)].join("\\n")"""

# A desk's screen, and a phone.
DESK, PHONE = (1366, 768), (390, 844)

HAN = re.compile("[\u3400-\u9fff]")


class Album:
    """Screenshots in a folder, and what was seen on each."""

    def __init__(self, folder, numbers):
        self._folder, self._numbers = Path(folder), numbers
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*.png"):
            old.unlink()
        self.count, self.found = 0, {}

    def also(self, numbers):
        """These must not stand on a page either."""
        self._numbers = [*self._numbers, *numbers]

    def keep(self, desk, name, dark=False):
        """The state as it is, in light and, if wanted, in the dark too."""
        for scheme in ["light", "dark"] if dark else ["light"]:
            desk.page.emulate_media(color_scheme=scheme)
            title = f"{desk.store.language}-{name}-{scheme}"
            self._look(desk, title)
            self.picture(desk.page, title)
        desk.page.emulate_media(color_scheme="light")

    def picture(self, page, title, whole=False):
        page.screenshot(path=self._folder / f"{title}.png", animations="disabled", full_page=whole)
        self.count += 1

    def keep_whole(self, office, name):
        """A page of HQ from its head to its foot: light and dark on a desk's screen, light on a phone."""
        for scheme, (width, height) in [("light", DESK), ("dark", DESK), ("phone", PHONE)]:
            office.page.set_viewport_size({"width": width, "height": height})
            office.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            title = f"hq-{office.store.language}-{name}-{scheme}"
            self._look(office, title)
            self.picture(office.page, title, whole=True)
        office.seen.append(office.page.content())
        office.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        office.page.emulate_media(color_scheme="light")

    def _look(self, desk, title):
        for what in desk.page.evaluate(LOOK):
            assert "wider than the screen" not in what, f"{title}: {what}"
            self.found.setdefault(what, title)
        held = desk.page.evaluate(HELD)
        shown = [number for number in self._numbers if number in held]
        assert not shown, f"{title}: a customer's number stands on the page"
        if not desk.zh:
            # The link to the other language; and what a tier is called is HQ's affair.
            words = re.sub("中文|银卡|金卡|钻石卡", "", desk.text("body"))
            assert not HAN.search(words), f"{title}: Chinese on the English page: {HAN.search(words)!r} in {words!r}"
