"""A till that was off for a year, with its clock at 1970: the first round brings everything, once.

Run by run.sh, which says where libfaketime is.
"""

import os
from collections import Counter

from shop import Shop, Till, receipt, until

LIBRARY = os.environ["LIBFAKETIME"]
AT_1970 = "@1970-01-01 00:07:00"
A_YEAR_ON = "+400d"


def clock(says=None):
    """What programs that are started from now on take for the time."""
    for name in ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC"):
        os.environ.pop(name, None)
    if says:
        os.environ.update(LD_PRELOAD=LIBRARY, FAKETIME=says, FAKETIME_DONT_FAKE_MONOTONIC="1")


def waiting(shop, count):
    until(f"{count} events to wait", lambda: shop.state()["waiting"] == count)


def main():
    with Shop("debug", Till("1"), store="一年未开机", road="127.0.0.1") as shop:
        till = shop.tills["1"]
        for number in range(3):
            till.print(receipt(f"A{number}", 10_000))
        until("three sales at HQ", lambda: len(shop.sales()) == 3)
        shop.kill_hq()
        for number in range(3, 5):
            till.print(receipt(f"A{number}", 10_000))
        until("two to wait", lambda: shop.state()["waiting"] >= 2)
        shop.kill_agent()

        clock(A_YEAR_ON)
        shop.start_hq()
        clock(AT_1970)
        shop.start_agent()
        shop.wait_for_bridges()
        # What waits is more than the two sales: that nobody asked for a number is told, too.
        before = shop.state()["waiting"]
        till.print(receipt("A5", 10_000))
        until("the sixth sale to wait", lambda: shop.state()["waiting"] > before)
        shop.sync()  # one try; an answer that is not good raises
        waiting(shop, 0)
        seen = Counter(sale["receipt_no"] for sale in shop.sales())
        assert seen == Counter(f"A{number}" for number in range(6)), seen
        clock()
    print("a year off, clock at 1970, certificate expired: synced on the first try, six sales, each once")


main()
