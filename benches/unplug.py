#!/usr/bin/env python3
"""Receipts on a printer that is pulled out and put back at random moments.

    cargo build --release --workspace --all-features
    python3 benches/unplug.py [RECEIPTS] [SEED] [--agent] [--serial] [--unread]

A slow network printer is away for 0.2 to 2 s, in the middle of receipts and between them, in one of
three ways (benches/printer.py says how each is made): its cable is out, its power is off, or it resets
its connections. What it had acknowledged counts as printed; the bridge holds the rest. `--agent`: the
agent is killed (SIGKILL) or stopped (SIGSTOP) as well. `--serial`: a serial line on a USB adapter that
is pulled out.

`--unread` is the fault that no sender can see: bytes that the printer's kernel had acknowledged are
thrown away with its connections. It shows what that costs and fails nothing.

The paper must be the jobs, byte for byte and in order, each with or without the one note that this
shop prints, and each must be one sale at HQ. Status 1 if anything is lost, doubled or changed.
"""
import argparse, contextlib, pathlib, random, sys, tempfile, threading, time

from printer import CABLE, CRASH, POWER, LinePrinter, Printer
from shop import END, AgentTrouble, Shop, Till, receipt, until

BYTES_PER_S = 200_000
BACK_S_MAX = 30  # a network printer's connection may have backed off


def picture(dice):
    """A logo of noise, 0 to 16 KB: so much may be on its way when the printer goes."""
    rows = dice.choice([0, 1, 20, 40, 220])
    return b"\x1b@\x1dv0\x00" + bytes([72, 0, rows, 0]) + dice.randbytes(72 * rows) if rows else b""


class Trouble:
    """Pulls the printer out and puts it back, until told to stop."""

    def __init__(self, printer, dice, unread):
        self.printer, self.dice, self.unread = printer, dice, unread
        self.count = dict.fromkeys((CABLE, POWER, CRASH), 0)
        self.at = []  # how much was on the paper
        self._over = threading.Event()
        self._maker = threading.Thread(target=self._make, daemon=True)
        self._maker.start()

    def _make(self):
        while not self._over.wait(self.dice.uniform(0.02, 0.6)):
            how = self.dice.choice(list(self.count))
            self.count[how] += 1
            self.printer.pull(how, *[False] if self.unread else [])
            self.at.append(len(self.printer.paper()))
            time.sleep(self.dice.uniform(0.2, 2))
            self.printer.plug()

    def stop(self):
        self._over.set()
        self._maker.join()


def whole(paper, jobs, note):
    """The places at which each job ends on the paper, as far as all is well; and how many are noted."""
    at, ends, noted = 0, [], 0
    for job in jobs.values():
        body = job.removesuffix(END)
        for printed in (body + note + END, job):
            if paper.startswith(printed, at):
                at += len(printed)
                noted += printed is not job
                break
        else:
            break
        ends.append(at)
    return ends, noted


def count(paper, jobs, note):
    """Receipts lost, doubled and changed, by their numbers on the paper."""
    seen = {no: paper.count(no.encode()) for no in jobs}
    lost = [no for no, times in seen.items() if not times]
    doubled = [no for no, times in seen.items() if times > 1]
    as_sent = lambda job: job in paper or job.removesuffix(END) + note + END in paper
    changed = [no for no, job in jobs.items() if seen[no] == 1 and not as_sent(job)]
    return lost, doubled, changed


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("receipts", nargs="?", type=int, default=200)
    arguments.add_argument("seed", nargs="?", type=int, default=random.randrange(10_000))
    for flag in ("--agent", "--serial", "--unread"):
        arguments.add_argument(flag, action="store_true")
    chosen = arguments.parse_args()
    dice = random.Random(chosen.seed)
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="huitou-unplug-") as folder, contextlib.ExitStack() as stack:
        link = pathlib.Path(folder, "ttyUSB")
        printer = LinePrinter(link, BYTES_PER_S) if chosen.serial else Printer(bytes_per_s=BYTES_PER_S, receive_buffer=4096)
        till = Till("t", printer=printer.port)
        shop = stack.enter_context(Shop("release", till, store="unplug"))

        def printed(job, no):
            until("a whole receipt", lambda: (paper := printer.paper()).endswith(END) and no.encode() in paper, BACK_S_MAX)

        first = receipt("R0", 100)
        till.print(first)
        printed(first, "R0")
        note = printer.paper().removeprefix(first.removesuffix(END)).removesuffix(END)
        assert note and b"R0" not in note, "the first receipt has no note"

        jobs, prices, took = {"R0": first}, {"R0": 100}, []
        agent = stack.enter_context(AgentTrouble(shop, random.Random(chosen.seed + 1))) if chosen.agent else None
        trouble = Trouble(printer, random.Random(chosen.seed + 2), chosen.unread)
        for n in range(chosen.receipts):
            no = f"S{n:06}"
            jobs[no], prices[no] = picture(dice) + receipt(no, 10_000 + n), 10_000 + n
            began, cut = time.monotonic(), dice.randrange(len(jobs[no]))
            with till.connect() as pos:
                pos.sendall(jobs[no][:cut])
                time.sleep(dice.choice([0, 0, 0.01, 0.2]))
                pos.sendall(jobs[no][cut:])
            if not chosen.unread:
                printed(jobs[no], no)
            took.append(time.monotonic() - began)
        trouble.stop()
        if agent:
            agent.__exit__()
        shop.wait_for_bridges()
        time.sleep(3)
        paper, sales = printer.paper(), shop.sales()

    ends, noted = whole(paper, jobs, note)
    lost, doubled, changed = count(paper, jobs, note)
    middle = len([at for at in trouble.at if at not in ends])
    ways = "the adapter" if chosen.serial else ", ".join(f"{how} {times}" for how, times in trouble.count.items())
    print(f"{len(jobs)} receipts, {len(paper)} bytes; printer away {len(trouble.at)} times ({ways}), {middle} of them in the middle of a receipt")
    print(f"acknowledged but not yet read when it went, {'lost with it' if chosen.unread else 'read and counted as printed'}: {printer.drained} bytes")
    if agent:
        print(f"agent killed {agent.killed} times, stopped {agent.stopped} times")
    print(f"receipts lost {len(lost)}, doubled {len(doubled)}, changed {len(changed)}; with a note {noted}")
    exact = len(ends) == len(jobs) and ends[-1] == len(paper)
    print(f"the paper is {'the jobs, byte for byte and in order' if exact else f'wrong from job {len(ends)} on'}")
    numbers = [sale["receipt_no"] for sale in sales]
    wrong = sum(sale["total"] != prices.get(sale["receipt_no"]) for sale in sales)
    missing, twice = len(set(prices) - set(numbers)), len(numbers) - len(set(numbers))
    print(f"at HQ: sales lost {missing}, doubled {twice}, with a wrong total {wrong}")
    took.sort()
    print(f"a job took {took[len(took) // 2] * 1000:.0f} ms (median), {took[-1] * 1000:.0f} ms at most")
    return bool(missing or twice or wrong or not (exact or chosen.unread))


if __name__ == "__main__":
    sys.exit(main())
