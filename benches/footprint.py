#!/usr/bin/env python3
"""Size, memory and idle load of a till's programs, on a release build.

    cargo build --release -p huitou -p firmware-bridge && cargo build --release -p huitou-sync --features hq
    python3 benches/footprint.py [RECEIPTS] [IDLE_SECONDS]

Starts HQ, paper, agent and bridge in a temporary folder, prints RECEIPTS (1000) receipts through the
bridge, then reads /proc. Prints a table; exit status 1 if a bar is missed.
"""
import os, sys, time

from shop import Shop, Till, programs, until

BIN = programs("release")
MIB = 1024 * 1024
receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
idle_s = int(sys.argv[2]) if len(sys.argv) > 2 else 30


def receipt(n):
    text = (f"云裳坊 湖滨店\n单号:XS{n:08}\n日期:{time.strftime('%Y-%m-%d')} 10:26:31\n收银员:1003\n" + "-" * 32 +
            f"\n品名        数量  单价    金额\n羊毛大衣       1  1299.00  1299.00\n真丝围巾       2   199.50   399.00\n" +
            "-" * 32 + f"\n合计: 1698.00\n现金: 1700.00\n找零: 2.00\n会员手机:138{n % 100:08}\n")
    return b"\x1b@\x1c&" + text.encode("gb18030") + b"\x1bd\x03\x1dVB\x00"


def memory(pid, key="VmRSS"):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


with Shop("release", Till("t"), store="bench") as shop:
    agent, bridge = shop.agent.pid, shop.bridge("t")
    began = time.time()
    for n in range(receipts):
        shop.tills["t"].print(receipt(n))
    until("the last receipt", lambda: shop.state()["waiting"] >= receipts, 120)
    took = time.time() - began
    sales = len(shop.sales())
    assert sales == receipts, f"HQ shows {sales} sales of {receipts}"

    time.sleep(2)
    before = cpu_s(agent), cpu_s(bridge), time.time()
    time.sleep(idle_s)
    elapsed = time.time() - before[2]
    load = 100 * (cpu_s(agent) - before[0]) / elapsed, 100 * (cpu_s(bridge) - before[1]) / elapsed
    rows = [
        ("huitou-bridge, stripped", (BIN / "huitou-bridge").stat().st_size / MIB, 2, "MiB"),
        ("huitou, stripped", (BIN / "huitou").stat().st_size / MIB, 15, "MiB"),
        ("huitou-bridge, resident (ring included)", memory(bridge) / MIB, 5 + 8, "MiB"),
        (f"huitou, resident after {receipts} receipts", memory(agent) / MIB, 25, "MiB"),
        ("huitou, peak", memory(agent, "VmHWM") / MIB, None, "MiB"),
        ("huitou, idle", load[0], 0.5, "% of a core"),
        ("huitou-bridge, idle", load[1], None, "% of a core"),
        ("receipts through bridge, agent and disk", receipts / took, None, "/s"),
    ]
    bad = False
    for name, value, bar, unit in rows:
        missed = bar is not None and value > bar
        bad |= missed
        print(f"{name:45} {value:9.2f} {unit:12} {'' if bar is None else f'bar {bar}'}{'  MISSED' if missed else ''}")
    sys.exit(bad)
