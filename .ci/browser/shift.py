"""A shift of 60 sales: every key that was pressed is counted, and HQ has to show what was played.

What a sale costs the cashier is keys × 0.28 s and what she waited for the page. 0.28 s is one key of
an average typist in the keystroke-level model (Card, Moran & Newell, "The keystroke-level model for
user performance time with interactive systems", CACM 23(7), 1980, p. 399; 0.20 s for a good one).
Talking to the customer is not in it.

Not here: how the page looks (states.py).
"""

import random
import statistics
from collections import Counter, defaultdict

from counter import Desk, until
from speed import regulars, share

KEY_S = 0.28
ADDED_S_MAX = 3
SEED = 98

# How often each kind of sale comes in 60.
KINDS = {
    "regular": 21, "regular, whole number": 4, "newcomer": 8, "gift of a regular": 3,
    "refused": 6, "not asked": 8, "the till knows her": 10,
}  # fmt: skip

# Digits of the number and the keys after them; a newcomer's surname may be on the second page.
KEYS = {
    "regular": {5}, "regular, whole number": {12}, "newcomer": {14, 15}, "gift of a regular": {6},
    "refused": {1}, "not asked": {0}, "the till knows her": {0},
}  # fmt: skip

# The page's first two pages of surnames, in its order.
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林"
TITLES = ["女士", "先生"]


class Shift:
    """Sales in random but seeded order, and what is expected of them."""

    def __init__(self, desk, store, people):
        self.desk, self.store, self.people = desk, store, list(people)
        self.dice = random.Random(SEED)
        self.expected, self.members = {}, {}
        self.added_s, self.waited_ms = defaultdict(list), defaultdict(list)
        self._fen = 10_000

    def play(self):
        kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
        self.dice.shuffle(kinds)
        for at, kind in enumerate(kinds):
            self._one(f"B{at + 1:05}", kind)

    def _one(self, no, kind):
        before = self.desk.keys
        waited_ms, member, printed, asked = self._served(kind)
        keys = self.desk.keys - before
        assert keys in KEYS[kind], f"{kind}: {keys} keys"
        self.added_s[kind].append(keys * KEY_S + waited_ms / 1000)
        self.waited_ms[kind].append(waited_ms)
        self._fen += 700
        self.store.ring_up(no, self._fen, printed)
        self.desk.see_paper(no)
        until("nobody to be served", lambda: not self.desk.page.locator("#preview").is_visible())
        self.expected[no] = (self._fen, asked, member and masked(member))

    def _served(self, kind):
        """Does what the cashier does; gives ms waited, whose it is, what the till prints, what was asked."""
        if kind == "refused":
            return self.desk.timed("/", "#who", "^本单谢绝留号"), None, "", "refused"
        if kind == "not asked":
            return 0, None, "", "not_asked"
        if kind == "newcomer":
            return self._newcomer()
        number, surname, title, _ = self.dice.choice(self.people)
        self.members[number] = surname + title
        if kind == "the till knows her":
            return 0, number, number, "given"
        whole = kind == "regular, whole number"
        digits = number if whole else number[-4:]
        # While a whole number is typed she may be there at its fourth digit already.
        waited_ms = 0
        if not whole:
            waited_ms += self.desk.timed(digits, "#who", "^" + surname + title)
        else:
            self.desk.press(digits)
            self.desk.see("#who", surname + title)
        waited_ms += self.desk.timed("Enter", "#said", "已就绪")
        if kind == "gift of a regular":
            waited_ms += self.desk.timed("*", "#who .badge", "送礼")
        return waited_ms, number, "", "given"

    def _new_number(self):
        """One whose last four nobody else has, and that begin nobody's number."""
        tails = {number[-4:] for number, *_ in self.people}
        numbers = iter(lambda: f"15{self.dice.randrange(10**9):09}", None)
        return next(number for number in numbers if number[-4:] not in tails and number[-4] != "1")

    def _newcomer(self):
        number = self._new_number()
        surname, title = self.dice.choice(SURNAMES), self.dice.choice(TITLES)
        page, place = divmod(SURNAMES.index(surname), 9)
        waited_ms = self.desk.timed(number, "#who", "^新顾客")
        waited_ms += self.desk.timed("Enter", "#panel h3", "贵姓")
        if page:
            waited_ms += self.desk.timed("0", ".choices", surname)
        waited_ms += self.desk.timed(str(place + 1), "#panel h3", "怎么称呼")
        waited_ms += self.desk.timed(str(TITLES.index(title) + 1), "#said", "已就绪")
        self.desk.see("#who", surname + title)
        self.people.append((number, surname, title, 0))
        self.members[number] = surname + title
        return waited_ms, number, "", "given"


def masked(number):
    return f"{number[:3]}****{number[-4:]}"


def told(shift):
    """The distribution, and what is asserted of it."""
    every = [s for kind in shift.added_s.values() for s in kind]
    print(f"  {'kind of sale':<24}{'sales':>6}{'keys':>8}{'s added: p50':>14}{'max':>7}{'waited ms: p50':>16}{'max':>6}")
    for kind in KINDS:
        seconds, ms, keys = shift.added_s[kind], shift.waited_ms[kind], "/".join(map(str, sorted(KEYS[kind])))
        print(f"  {kind:<24}{len(seconds):>6}{keys:>8}{share(seconds, 0.5):>14.2f}{max(seconds):>7.2f}{share(ms, 0.5):>16.0f}{max(ms):>6.0f}")
    median, mean = statistics.median(every), statistics.mean(every)
    deciles = " ".join(f"{share(every, part / 10):.1f}" for part in range(1, 11))
    print(f"  {len(every)} sales: median {median:.2f} s added, mean {mean:.2f} s, deciles {deciles}", flush=True)
    assert len(every) == sum(KINDS.values())
    assert median <= ADDED_S_MAX, f"the median sale takes {median:.2f} s longer"


def hold_hq_against(shift, store):
    shown = {sale["receipt_no"]: (sale["total"], sale["asked"], sale["member"]) for sale in store.sales()}
    # Whether the last one was asked is open until the next.
    last = max(shift.expected)
    fen, asked, member = shift.expected[last]
    shift.expected[last] = (fen, "pending" if asked == "not_asked" else asked, member)
    wrong = {no: (want, shown.get(no)) for no, want in shift.expected.items() if shown.get(no) != want}
    assert not wrong, f"(played, shown at HQ): {wrong}"
    assert len(shown) == len(shift.expected), f"sales that nobody made: {shown.keys() - shift.expected.keys()}"
    members = Counter(row["phone"] for row in store.hq("customers"))
    wanted = Counter(masked(number) for number in shift.members)
    assert members == wanted, f"members: {members - wanted} too many, {wanted - members} missing"
    kinds = Counter(asked for _, asked, _ in shift.expected.values())
    print(f"  HQ shows {len(shown)} sales, {dict(kinds)}, {sum(members.values())} members, as played", flush=True)


def customers():
    return regulars(30, random.Random(SEED))


def play(browser, store, people):
    desk = Desk(browser, store)
    shift = Shift(desk, store, people)
    shift.play()
    told(shift)
    hold_hq_against(shift, store)
    desk.close()
    return list(shift.members)
