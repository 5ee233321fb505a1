#!/usr/bin/env python3
"""What a day's sales weigh on the road, and how long they take over a line of 40 kbit/s.

    cargo build --release -p huitou -p firmware-bridge && cargo build --release -p huitou-sync --features hq
    sudo python3 benches/road.py [SALES]

A whole shop; its till prints SALES (1000) ordinary clothing sales of five named items, half of them to
members. They are sent over TLS through a network namespace whose only way out is a token bucket (tbf) of
40 kbit/s each way. Counted are the bytes that the interface saw, so everything is in it: handshake, HTTP,
signatures, seals, TCP and IP headers, and the acknowledgements that came back. Once without a dictionary,
as on the first day, and once with the words that HQ sent since.

The sales are made from a fixed seed: the same set each time.

Needs root, iproute2 and the kernel's tbf; says so and ends with status 0 where it lacks one.
"""
import random
import subprocess
import sys
import time
from pathlib import Path

from shop import END, Shop, Till, until

SALES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
ITEMS = 5
NAMESPACE, OUTER, INNER = "huitou-road", "huitou-o", "huitou-i"
HQ, TILL = "10.213.7.1", "10.213.7.2"
BARS = {"without": 340, "with": 180}
SECONDS_BAR = 90

GOODS = "真丝连衣裙 羊毛大衣 棉麻衬衫 牛仔裤 针织开衫 羽绒服 半身裙 打底衫 风衣 西装外套 阔腿裤 吊带背心 雪纺上衣 羊绒围巾 短袖T恤".split()
COLOURS = "黑色 白色 米色 藏青 酒红 灰色".split()
SIZES = "S M L XL".split()


def catalogue(dice):
    """Sixty things that a shop has on its racks."""
    return [
        (dice.choice(GOODS), f"{dice.choice('DCSJKY')}{dice.choice('RTNX')}{2300 + number}", dice.randrange(99, 1999))
        for number in range(60)
    ]


def sale(dice, goods, no):
    rows, total = [], 0
    for name, style, yuan in dice.sample(goods, ITEMS):
        rows += [f"{name} {style} {dice.choice(COLOURS)}/{dice.choice(SIZES)}", f"              1  {yuan}.00  {yuan}.00"]
        total += yuan
    member = f"会员手机:138{dice.randrange(300):08}\n" if dice.random() < 0.5 else ""
    rule = "-" * 32
    body = "\n".join(rows)
    day = time.strftime("%Y-%m-%d")
    text = (
        f"云裳坊\n单号:XS{no:08}\n日期:{day} {9 + no % 12:02}:{no % 60:02}:31\n收银员:{dice.choice(['小陈', '小王'])}\n{rule}\n"
        f"品名        数量  单价    金额\n{body}\n{rule}\n合计: {total}.00\n微信: {total}.00\n{member}"
    )
    return b"\x1b@\x1c&" + text.encode("gb18030") + END


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


def line():
    """The namespace and its slow line; `None` if this machine cannot have one."""
    try:
        run("ip", "netns", "add", NAMESPACE)
        run("ip", "link", "add", OUTER, "type", "veth", "peer", "name", INNER, "netns", NAMESPACE)
        run("ip", "addr", "add", f"{HQ}/24", "dev", OUTER)
        run("ip", "link", "set", OUTER, "up")
        inside = ("ip", "netns", "exec", NAMESPACE)
        run(*inside, "ip", "addr", "add", f"{TILL}/24", "dev", INNER)
        run(*inside, "ip", "link", "set", INNER, "up")
        run(*inside, "ip", "link", "set", "lo", "up")
        slow = ("tbf", "rate", "40kbit", "burst", "1600", "latency", "2s")
        run("tc", "qdisc", "add", "dev", OUTER, "root", *slow)
        run(*inside, "tc", "qdisc", "add", "dev", INNER, "root", *slow)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", None) or str(error)
        print(f"skipped: the slow line cannot be made here: {why.strip()}")
        take_down()
        sys.exit(0)


def take_down():
    run("ip", "link", "del", OUTER, check=False)
    run("ip", "netns", "del", NAMESPACE, check=False)


def seen():
    """Bytes that went up and came down so far."""
    folder = Path(f"/sys/class/net/{OUTER}/statistics")
    return tuple(int((folder / name).read_text()) for name in ("rx_bytes", "tx_bytes"))


def printed(shop, dice, goods, first, count):
    till = shop.tills["t"]
    before = shop.state()["waiting"]
    with till.connect() as pos:
        for number in range(first, first + count):
            pos.sendall(sale(dice, goods, number))
    until("all sales to be taken", lambda: shop.state()["waiting"] - before >= count, 600)


def sent(shop):
    """Sends what waits, through the namespace; gives seconds and bytes up and down."""
    shop.kill_agent()
    up, down = seen()
    began = time.monotonic()
    shop.done("huitou", "sync", "--config", shop.config, inside=("ip", "netns", "exec", NAMESPACE))
    took = time.monotonic() - began
    after = seen()
    shop.start_agent()
    shop.wait_for_bridges()
    return took, after[0] - up, after[1] - down


def measured(shop, dice, goods, first, which):
    printed(shop, dice, goods, first, SALES)
    events = shop.state()["waiting"]
    took, up, down = sent(shop)
    bar = BARS[which]
    good = up / SALES <= bar and took <= SECONDS_BAR * SALES / 1000
    print(
        f"{which} dictionary: {SALES} sales ({events} events) in {took:.1f} s; {up / SALES:.0f} bytes up a sale "
        f"(bar {bar}), {down / SALES:.0f} down{'' if good else '  MISSED'}"
    )
    return good


def main():
    line()
    try:
        dice = random.Random(20261122)
        goods = catalogue(dice)
        with Shop("release", Till("t"), store="bench", road=HQ) as shop:
            good = measured(shop, dice, goods, 0, "without")
            until("HQ to open them", lambda: len(shop.sales()) == SALES, 120)
            shop.sync()  # brings the words, and what the till says of them goes with the next
            good &= measured(shop, dice, goods, SALES, "with")
        sys.exit(not good)
    finally:
        take_down()


main()
