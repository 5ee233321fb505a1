"""The real agent and the real HQ while fsync, fdatasync and writes fail at random (libfiu).

    errors.py [RECEIPTS]      400 unless told

Receipts are printed all the while. What dies is started again, as a supervisor would. Then the disk is
well again, and: no sale is lost, none is doubled, both databases are sound, and the errors were noticed.
"""

import json
import re
import sqlite3
import sys
import time
import urllib.error
from collections import Counter

from shop import Shop, Till, receipt, until

# What fails, and how often. SQLite writes by `pwrite`. By `write` go a runtime's wake-ups and what a program
# says, which no disk would refuse: a program may end by that, and is started again.
POINTS = {
    "posix/io/sync/fsync": 0.03,
    "posix/io/sync/fdatasync": 0.03,
    "posix/io/rw/pwrite": 0.01,
    "posix/io/rw/pwrite/reduce": 0.01,
    "posix/io/rw/write": 0.001,
}
EIO, ENOSPC = 5, 28
PATIENCE_S = 90


def failing(errno):
    """A command before a program that makes its calls fail."""
    command = ["fiu-run", "-x", "-f", ""]
    for name, chance in POINTS.items():
        command += ["-c", f"enable_random name={name},probability={chance},failinfo={errno}"]
    return command


class Trouble:
    """Keeps both programs running, and counts."""

    def __init__(self, shop):
        self.shop, self.restarts, self.said = shop, Counter(), ""

    def tend(self):
        shop = self.shop
        if shop.agent.poll() is not None:
            self.restarts["agent"] += 1
            self._heard(shop.agent, shop._agent_log)
            shop.start_agent()
        if shop.hq_process.poll() is not None:
            self.restarts["HQ"] += 1
            self._heard(shop.hq_process, shop._hq_log)
            self._start_hq()

    def _heard(self, process, log):
        self.said += log.read_text(encoding="utf-8", errors="replace")
        self.shop._running.remove(process)

    def _start_hq(self):
        for _ in range(50):
            try:
                return self.shop.start_hq()
            except AssertionError:  # it ended before it listened
                self.restarts["HQ"] += 1
                self._heard(self.shop.hq_process, self.shop._hq_log)
        raise AssertionError("HQ does not come up")

    def end(self):
        shop = self.shop
        for process, log, kill in (
            (shop.agent, shop._agent_log, shop.kill_agent),
            (shop.hq_process, shop._hq_log, shop.kill_hq),
        ):
            self.said += log.read_text(encoding="utf-8", errors="replace")
            kill()


def tried(what):
    try:
        what()
        return True
    except (OSError, AssertionError, urllib.error.HTTPError):
        return False


def main():
    receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with Shop("debug", Till("1"), store="坏硬盘") as shop:
        shop.kill_agent()  # its bridge goes on, and is to be spared
        shop.kill_hq()
        prices, rounds = {}, Counter()
        trouble = Trouble(shop)
        shop.inside = {"huitou": failing(EIO), "huitou-hq": failing(EIO)}
        trouble._start_hq()
        shop.start_agent()
        for number in range(receipts):
            if number == receipts // 2:  # the second half of the day: no room instead of errors
                trouble.end()
                shop.inside = {"huitou": failing(ENOSPC), "huitou-hq": failing(ENOSPC)}
                trouble._start_hq()
                shop.start_agent()
            no, fen = f"F{number:05}", 10_000 + number
            prices[no] = fen
            shop.tills["1"].print(receipt(no, fen, member=f"138{number % 50:08}"))
            trouble.tend()
            time.sleep(0.02)
            if number % 10 == 9:
                rounds[tried(shop.sync)] += 1
        trouble.end()

        shop.inside = {}
        shop.start_hq()
        shop.start_agent()
        until("the page", lambda: tried(shop.state), PATIENCE_S)
        shop.wait_for_bridges()

        def sales():
            said = shop.done("huitou-hq", "sales", "--json", "--dir", shop._hq)
            return [json.loads(line) for line in said.splitlines()]

        def settled():
            return tried(shop.sync) and shop.state()["waiting"] == 0 and len(sales()) >= receipts

        whole = tried(lambda: until("all at HQ", settled, PATIENCE_S))
        told = sales()
        numbers = Counter(sale["receipt_no"] for sale in told)
        lost = len(set(prices) - set(numbers))
        doubled = sum(count - 1 for count in numbers.values())
        wrong = sum(sale["total"] != prices.get(sale["receipt_no"]) for sale in told)
        shop.kill_agent()
        shop.kill_hq()
        unsound = [path.name for path in databases(shop) if not is_sound(path)]
        aside = [path.name for path in (shop.folder / "till").glob("*.damaged-*")]
        noticed = len(re.findall("磁盘读写出错|磁盘满了|the disk fails|the disk is full", trouble.said))
        print(f"{receipts} receipts; restarted: {dict(trouble.restarts)}; rounds with HQ that failed: "
              f"{rounds[False]} of {rounds[False] + rounds[True]}; disk trouble said {noticed} times")
        print(f"sales lost {lost}, doubled {doubled}, with a wrong total {wrong}; "
              f"databases that are not sound: {unsound or 'none'}, set aside: {aside or 'none'}")
        if not noticed:
            print("no error was noticed: nothing was tested")
        sys.exit(bool(lost or doubled or wrong or unsound or aside or not noticed or not whole))


def databases(shop):
    return [shop.folder / "till" / "store.db", *(shop.folder / "hq").glob("*.db")]


def is_sound(path):
    with sqlite3.connect(path) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


main()
