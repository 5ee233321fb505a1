#!/usr/bin/env python3
"""How long a cut waits for its note: reading, look-up, note and the durable append, on a release build.

    cargo build --release -p huitou -p firmware-bridge && cargo build --release -p huitou-sync --features hq
    python3 benches/note.py [RECEIPTS]

A whole shop in a temporary folder; each receipt (300) is a member's, who came before, and is printed by
itself. The time is the bridge's own: from the cut that is held until the note lets it go.
"""
import sys

from shop import Shop, Till, receipt, until

receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 300
BAR_MS = 30

with Shop("release", Till("t"), store="bench") as shop:
    held, taken = [], 0
    for number in range(receipts):
        shop.tills["t"].print(receipt(f"N{number:06}", 129_900 + number, f"138{number % 50:08}"))
        taken += 1
        until("the receipt", lambda: max((paper["id"] for paper in shop.state()["papers"]), default=0) >= taken, 60)
        held.append(shop.state()["tills"][0]["last_held_ms"])
        assert shop.state()["papers"][0]["note"], "a receipt without a note"
    held.sort()
    p50, p99 = held[len(held) // 2], held[min(len(held) - 1, len(held) * 99 // 100)]
    print(f"{receipts} receipts with a member's note: the cut waited p50 {p50} ms, p99 {p99} ms, most {held[-1]} ms (bar {BAR_MS} ms at p99)")
    sys.exit(p99 > BAR_MS)
