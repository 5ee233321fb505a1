#!/usr/bin/env python3
"""What a till's agent needs while it sends a long backlog to HQ over TLS.

    python3 benches/agent_backlog.py [EVENTS]     1,000,000 unless told; release builds of all programs

Enrols a till, fills its outbox while the agent is away, starts the agent and has it send everything. Says how
long that took, what the agent and HQ held at most, and that HQ has each event once. Exits with 1 if the agent
held more than 25 MiB.

Needs: cargo build --release --workspace --all-features --bins --examples
"""

import sys
import threading
import time
from pathlib import Path

from shop import Shop, Till

ROOT = Path(__file__).resolve().parent.parent
BAR_MIB = 25


def most_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no such process")


def until_sent(shop):
    while shop.state()["waiting"]:
        try:
            shop.sync()
        except OSError:  # it takes longer than whoever asks waits; the round goes on
            time.sleep(0.2)


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with Shop("release", Till("till-1"), road="127.0.0.1") as shop:
        shop.kill_agent()
        fill = ROOT / "target" / "release" / "examples" / "append"
        shop.done(fill, "fill", shop.folder / "till", str(events))
        shop.start_agent()
        shop.wait_for_bridges()
        rested = most_mib(shop.agent.pid)
        began = time.monotonic()
        # A round ends with the care list, which waits for HQ to open what came: the sending is timed alone.
        asked = threading.Thread(target=until_sent, args=(shop,), daemon=True)
        asked.start()
        while shop.state()["waiting"]:
            time.sleep(0.05)
        took = time.monotonic() - began
        asked.join()
        agent, hq = most_mib(shop.agent.pid), most_mib(shop.hq_process.pid)
        print(f"{events} events in {took:.1f} s: {events / took:.0f} a second")
        print(f"agent: {rested:.1f} MiB at rest, {agent:.1f} MiB at most; HQ at most {hq:.1f} MiB")
        until = time.monotonic() + 600
        while (known := len(shop.done("huitou-hq", "sales", "--csv", "--dir", shop.folder / "hq").splitlines()) - 1) < events:
            if time.monotonic() > until:
                break
            time.sleep(5)
        print(f"HQ has {known} of {events}")
    if agent > BAR_MIB or known != events:
        sys.exit(1)


if __name__ == "__main__":
    main()
