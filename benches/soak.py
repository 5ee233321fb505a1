#!/usr/bin/env python3
"""A thousand receipts while the agent is killed or stopped at random moments.

    cargo build --release --workspace --all-features
    python3 benches/soak.py [RECEIPTS] [SEED]

Every job must reach the printer byte for byte, with at most one note in one place, and be exactly one
sale at HQ, to the fen. Prints what was done to the agent and how long jobs took; status 1 if anything
is lost, changed or doubled.
"""
import random, socket, sys, threading, time

from shop import AgentTrouble, Shop, Till, receipt, until

receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
dice = random.Random(seed)
jobs = []


def printer(listener):
    while True:
        peer, _ = listener.accept()
        got = b""
        while chunk := peer.recv(65536):
            got += chunk
        peer.close()
        jobs.append((got, time.time()))


def adds_one_block(sent, got):
    if len(got) < len(sent):
        return False
    head = next((i for i, (a, b) in enumerate(zip(sent, got)) if a != b), len(sent))
    tail = next((i for i, (a, b) in enumerate(zip(reversed(sent), reversed(got))) if a != b), len(sent))
    return head + tail >= len(sent)


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=printer, args=(listener,), daemon=True).start()
till = Till("t", printer=f"tcp:127.0.0.1:{listener.getsockname()[1]}")
with Shop("release", till, store="soak") as shop:
    sent, prices, took = [], {}, []
    with AgentTrouble(shop, dice) as trouble:
        for n in range(receipts):
            no, price = f"S{n:06}", 10_000 + n
            job = receipt(no, price, member=f"138{n % 100:08}")
            sent.append(job); prices[no] = price
            began = time.time()
            with till.connect() as pos:
                cut = dice.randrange(len(job))
                pos.sendall(job[:cut]); time.sleep(dice.choice([0, 0, 0.01])); pos.sendall(job[cut:])
            until(f"job {n}", lambda: len(jobs) > n, 60)
            took.append(jobs[n][1] - began)
    shop.wait_for_bridges()
    time.sleep(3)
    sales = shop.sales()

    changed = sum(not adds_one_block(a, b) for a, (b, _) in zip(sent, jobs))
    noted = sum(len(b) > len(a) for a, (b, _) in zip(sent, jobs))
    numbers = [sale["receipt_no"] for sale in sales]
    lost = len(set(prices) - set(numbers))
    doubled = len(numbers) - len(set(numbers))
    wrong = sum(sale["total"] != prices.get(sale["receipt_no"]) for sale in sales)
    took.sort()
    print(f"{receipts} receipts, seed {seed}: agent killed {trouble.killed} times, stopped {trouble.stopped} times")
    print(f"jobs changed or cut short: {changed}; printed with a note: {noted}")
    print(f"sales lost {lost}, doubled {doubled}, with a wrong total {wrong}")
    print(f"a job took {took[len(took) // 2] * 1000:.0f} ms (median), {took[int(len(took) * .99)] * 1000:.0f} ms (p99), {took[-1] * 1000:.0f} ms at most")
    sys.exit(bool(changed or lost or doubled or wrong or len(jobs) != receipts))
