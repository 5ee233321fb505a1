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
thrown away with its connections. Those must be missing on the paper, and not one more.

Without it the paper must be the jobs, byte for byte and in order, each with or without the one note
that this shop prints. Each receipt must be one sale at HQ. Status 1 if anything is lost, doubled or
changed.
"""
import argparse, contextlib, os, pathlib, random, sys, tempfile, threading, time

from printer import CABLE, CRASH, POWER, LinePrinter, Printer
from shop import END, AgentTrouble, Shop, Till, receipt, until

BYTES_PER_S = 200_000
# A connection whose packets were lost time and again tries again after pauses that double.
BACK_S_MAX = 90


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
        while not self._over.wait(self.dice.uniform(0.02, 1)):
            how = self.dice.choice(list(self.count))
            self.count[how] += 1
            self.printer.pull(how, drain=not self.unread)
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


def first_wrong(paper, jobs, note, ends):
    """Where the paper leaves the jobs, and how."""
    at = ends[-1] if ends else 0
    if len(ends) == len(jobs):
        return f"{len(paper) - at} bytes too many behind the last job"
    job = list(jobs.values())[len(ends)]
    body = job.removesuffix(END)
    same = lambda want: len(os.path.commonprefix([want, paper[at:]]))
    want = max((body + note + END, job), key=same)
    there = same(want)
    rest = paper[at + there :]
    more, less = rest.find(want[there:][:24]), want.find(rest[:24], there)
    how = "the rest missing" if not rest or more < 0 > less else f"{more} bytes too many" if more >= 0 else f"{less - there} bytes missing"
    return f"job {len(ends)}, byte {there} of {len(want)} (body {len(body)}, note {len(note)}): {how}"


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
    if chosen.unread and chosen.agent:
        arguments.error("--unread counts bytes: it needs every note, and so an agent that is left alone")
    dice = random.Random(chosen.seed)
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="huitou-unplug-") as folder, contextlib.ExitStack() as stack:
        link = pathlib.Path(folder, "ttyUSB")
        printer = LinePrinter(link, BYTES_PER_S) if chosen.serial else Printer(bytes_per_s=BYTES_PER_S, receive_buffer=4096)
        till = Till("t", printer=printer.port)
        shop = stack.enter_context(Shop("release", till, store="unplug"))

        def printed(no):
            until("a whole receipt", lambda: (paper := printer.paper()).endswith(END) and no.encode() in paper, BACK_S_MAX)

        first = receipt("R000000", 100)
        till.print(first)
        printed("R000000")
        note = printer.paper().removeprefix(first.removesuffix(END)).removesuffix(END)
        assert note and b"R000000" not in note, "the first receipt has no note"

        jobs, prices, took = {"R000000": first}, {"R000000": 100}, []
        agent = stack.enter_context(AgentTrouble(shop, random.Random(chosen.seed + 1))) if chosen.agent else None
        trouble = Trouble(printer, random.Random(chosen.seed + 2), chosen.unread)
        stuck = None
        try:
            for n in range(chosen.receipts):
                no = f"S{n:06}"
                jobs[no], prices[no] = picture(dice) + receipt(no, 10_000 + n), 10_000 + n
                # Not within the feed and cut: after a pause there the note stands after the feed.
                began, cut = time.monotonic(), dice.randrange(len(jobs[no]) - len(END))
                with till.connect() as pos:
                    pos.sendall(jobs[no][:cut])
                    time.sleep(dice.choice([0, 0, 0.01, 0.2]))
                    pos.sendall(jobs[no][cut:])
                # Some tills wait for the paper, others go on to the next customer.
                if chosen.unread:
                    time.sleep(0.3)  # it may never come whole
                elif dice.random() < 0.5:
                    printed(no)
                    took.append(time.monotonic() - began)
        except AssertionError as failure:
            stuck = failure
        trouble.stop()
        if agent:
            agent.stop()
        shop.wait_for_bridges()
        if not stuck:
            until("the last receipt", lambda: shop.state()["waiting"] >= len(jobs), BACK_S_MAX)
            until("the last byte", printer.is_done, BACK_S_MAX)
        paper, sales = printer.paper(), shop.sales()

    ends, noted = whole(paper, jobs, note)
    exact = len(ends) == len(jobs) and ends[-1] == len(paper)
    lost, doubled, changed = count(paper, jobs, note)
    ways = "the adapter" if chosen.serial else ", ".join(f"{how} {times}" for how, times in trouble.count.items())
    print(f"{len(jobs)} receipts, {len(paper)} bytes; printer away {len(trouble.at)} times ({ways})")
    print(f"acknowledged but not yet read when it went: {printer.drained} bytes read and counted as printed, {printer.forgotten} thrown away")
    if agent:
        print(f"agent killed {agent.killed} times, stopped {agent.stopped} times")
    print(f"receipts lost {len(lost)}, doubled {len(doubled)}, changed {len(changed)}")
    if exact:
        middle = len([at for at in trouble.at if at not in ends])
        print(f"the paper is the jobs, byte for byte and in order, {noted} with a note; {middle} faults in the middle of a receipt")
    elif chosen.unread:
        missing = sum(len(job) + len(note) for job in jobs.values()) - len(paper)
        exact = missing == printer.forgotten
        print(f"missing on the paper: {missing} bytes")
    else:
        print(f"the paper is wrong: {first_wrong(paper, jobs, note, ends)}")
    if stuck:
        print(f"{stuck}; gave up after {len(jobs)} of {chosen.receipts + 1} receipts")
    numbers = [sale["receipt_no"] for sale in sales]
    wrong = sum(sale["total"] != prices.get(sale["receipt_no"]) for sale in sales)
    missing, twice = len(set(prices) - set(numbers)), len(numbers) - len(set(numbers))
    print(f"at HQ: sales lost {missing}, doubled {twice}, with a wrong total {wrong}")
    if took:
        took.sort()
        print(f"a job took {took[len(took) // 2] * 1000:.0f} ms (median), {took[-1] * 1000:.0f} ms at most")
    return bool(stuck or missing or twice or wrong or not exact)


if __name__ == "__main__":
    sys.exit(main())
