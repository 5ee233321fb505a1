"""From the fourth digit to her name on the screen: at most 150 ms, in a small store and in one with
100,000 customers, where ten have the same four digits.

HUITOU_BROWSER_CROWD says how many customers the large store has; 0 leaves it out.

Not here: what is shown (states.py).
"""

import os
import random
import time

from counter import Desk, Store

REPEATED = 50
SHOWN_MS_MAX = 150
CROWD = int(os.environ.get("HUITOU_BROWSER_CROWD", "100000"))

_dice = random.Random(150)
_surnames = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高梁"


def regulars(count, dice=_dice):
    """Invented numbers, each with a last four of its own that begins no number (1381 could mean two)."""
    tails = dice.sample([tail for tail in range(10_000) if tail // 1_000 != 1], count)
    number = lambda tail: f"{dice.choice(['138', '139', '137', '150', '188'])}{dice.randrange(10_000):04}{tail:04}"
    return [(number(tail), _surnames[at % len(_surnames)], "女士" if at % 3 else "先生", 1 + at % 60)
            for at, tail in enumerate(tails)]  # fmt: skip


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def spread(values):
    return f"p50 {share(values, 0.5):.0f}, p95 {share(values, 0.95):.0f}, max {max(values):.0f}"


def measure(desk, people):
    """Her four digits, her name, the field cleared; once for each, after one that warms up."""
    took = []
    for at in range(-1, REPEATED):
        number, surname, title, _ = people[at]
        ms = desk.timed(number[-4:], "#who", "^" + surname + title)
        if at >= 0:
            took.append(ms)
        desk.press(".")
        desk.see_blank("#who")
    return took


def hold(what, took):
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"  four digits to her name, {what}: {spread(took)} ms of {len(took)} ({load})", flush=True)
    assert share(took, 0.95) <= SHOWN_MS_MAX, f"{what}: 95 % take up to {share(took, 0.95):.0f} ms ({load})"


def play(browser, store, people):
    desk = Desk(browser, store)
    hold(f"{len(people)} customers", measure(desk, people))
    desk.close()


def play_crowd(browser, arguments):
    """A store as large as a busy one gets; the ones who are typed were here last."""
    if not CROWD:
        print("  skipped: the large store: HUITOU_BROWSER_CROWD is 0", flush=True)
        return None
    people = regulars(REPEATED, random.Random(100))
    began = time.monotonic()
    # Those of the crowd who end alike were never here: the one who was stands first.
    with Store(arguments, "zh", customers=people, crowd=CROWD) as store:
        print(f"  {CROWD} customers sealed in {store.filled_s:.1f} s; store open after {time.monotonic() - began:.1f} s", flush=True)
        desk = Desk(browser, store)
        known = store.state()["customers"]
        assert known == CROWD + len(people), f"{known} customers are in the memory"
        hold(f"{known} customers", measure(desk, people))
        desk.close()
        return store.wire.answers(), [number for number, *_ in people]
