#!/usr/bin/env python3
"""A thousand receipts while the agent is killed or stopped at random moments.

    cargo build --release --workspace --all-features
    python3 benches/soak.py [RECEIPTS] [SEED]

Every job must reach the printer byte for byte, with at most one note in one place, and be exactly one
sale at HQ, to the fen. Prints what was done to the agent and how long jobs took; status 1 if anything
is lost, changed or doubled.
"""
import json, os, pathlib, random, shutil, signal, socket, subprocess, sys, tempfile, threading, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / "target" / "release"
receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
dice = random.Random(seed)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, ready, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if ready():
                return
        except (OSError, KeyError, ValueError):
            pass
        time.sleep(0.02)
    sys.exit(f"waited {seconds} s for {what}")


def receipt(n):
    price = 10_000 + n
    yuan = f"{price // 100}.{price % 100:02}"
    text = (f"云裳坊\n单号:S{n:06}\n日期:{time.strftime('%Y-%m-%d')} 10:26:31\n" + "-" * 32 +
            f"\n品名        数量  单价    金额\n羊毛大衣       1  {yuan}  {yuan}\n" + "-" * 32 +
            f"\n合计: {yuan}\n现金: {yuan}\n找零: 0.00\n会员手机:138{n % 100:08}\n")
    return b"\x1b@\x1c&" + text.encode("gb18030") + b"\x1bd\x03\x1dVB\x00", price


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


work = pathlib.Path(tempfile.mkdtemp(prefix="huitou-soak-"))
children, bridge = [], None


def spawn(*args):
    child = subprocess.Popen([str(a) for a in args], stdout=subprocess.DEVNULL, stderr=open(work / "log", "ab"),
                             stdin=subprocess.DEVNULL)
    children.append(child)
    return child


try:
    hq, page, till = free_port(), free_port(), free_port()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=printer, args=(listener,), daemon=True).start()
    subprocess.run([BIN / "huitou-hq", "init", "--dir", work / "hq"], check=True, stdout=subprocess.DEVNULL)
    spawn(BIN / "huitou-hq", "serve", "--dir", work / "hq", "--listen", f"127.0.0.1:{hq}")
    until("HQ", lambda: urllib.request.urlopen(f"http://127.0.0.1:{hq}/v1/keys").status == 200)
    out = subprocess.run([BIN / "huitou-hq", "enrol-code", "--dir", work / "hq", "--store", "soak"],
                         check=True, capture_output=True, text=True).stdout
    code = max(out.split(), key=lambda word: word.count("-"))
    config = work / "huitou.toml"
    config.write_text(f'state_dir = "{work}/till"\n[store]\nname = "soak"\nphone = "0571-8765-4321"\n[page]\nlisten = "127.0.0.1:{page}"\n'
                      f'[sync]\nautomatic = false\n[[bridge]]\nname = "t"\npos = "tcp-listen:127.0.0.1:{till}"\n'
                      f'printer = "tcp:127.0.0.1:{listener.getsockname()[1]}"\n')
    subprocess.run([BIN / "huitou", "enrol", "--config", config, "--hq", f"http://127.0.0.1:{hq}", "--code", code],
                   check=True, stdout=subprocess.DEVNULL)
    state = lambda: json.loads(urllib.request.urlopen(f"http://127.0.0.1:{page}/api/state", timeout=5).read())
    agent = spawn(BIN / "huitou", "run", "--config", config)
    until("the bridge", lambda: state()["tills"][0]["line_up"])
    bridge = state()["tills"][0]["pid"]

    done = {"killed": 0, "stopped": 0}

    def trouble():
        global agent
        while not over.is_set():
            time.sleep(dice.uniform(0.02, 0.6))
            if dice.random() < 0.5:
                agent.kill(); agent.wait(); done["killed"] += 1
                time.sleep(dice.uniform(0, 0.3))
                agent = spawn(BIN / "huitou", "run", "--config", config)
            else:
                agent.send_signal(signal.SIGSTOP); done["stopped"] += 1
                time.sleep(dice.uniform(0.01, 0.8))
                agent.send_signal(signal.SIGCONT)

    over = threading.Event()
    troublemaker = threading.Thread(target=trouble, daemon=True); troublemaker.start()
    sent, prices, took = [], {}, []
    for n in range(receipts):
        job, price = receipt(n)
        sent.append(job); prices[f"S{n:06}"] = price
        began = time.time()
        with socket.create_connection(("127.0.0.1", till)) as pos:
            cut = dice.randrange(len(job))
            pos.sendall(job[:cut]); time.sleep(dice.choice([0, 0, 0.01])); pos.sendall(job[cut:])
        until(f"job {n}", lambda: len(jobs) > n)
        took.append(jobs[n][1] - began)
    over.set(); troublemaker.join()
    until("the agent", lambda: state()["tills"][0]["line_up"])
    time.sleep(3)
    until("a sync", lambda: urllib.request.urlopen(urllib.request.Request(
        f"http://127.0.0.1:{page}/api/sync", data=b"{}", headers={"content-type": "application/json"}), timeout=60).status == 200)
    lines = subprocess.run([BIN / "huitou-hq", "sales", "--json", "--dir", work / "hq"], check=True, capture_output=True, text=True).stdout
    sales = [json.loads(line) for line in lines.splitlines()]

    changed = sum(not adds_one_block(a, b) for a, (b, _) in zip(sent, jobs))
    noted = sum(len(b) > len(a) for a, (b, _) in zip(sent, jobs))
    numbers = [sale["receipt_no"] for sale in sales]
    lost = len(set(prices) - set(numbers))
    doubled = len(numbers) - len(set(numbers))
    wrong = sum(sale["total"] != prices.get(sale["receipt_no"]) for sale in sales)
    took.sort()
    print(f"{receipts} receipts, seed {seed}: agent killed {done['killed']} times, stopped {done['stopped']} times")
    print(f"jobs changed or cut short: {changed}; printed with a note: {noted}")
    print(f"sales lost {lost}, doubled {doubled}, with a wrong total {wrong}")
    print(f"a job took {took[len(took) // 2] * 1000:.0f} ms (median), {took[int(len(took) * .99)] * 1000:.0f} ms (p99), {took[-1] * 1000:.0f} ms at most")
    sys.exit(bool(changed or lost or doubled or wrong or len(jobs) != receipts))
finally:
    for child in children:
        child.kill()
    if bridge:
        os.kill(bridge, signal.SIGTERM)
    shutil.rmtree(work, ignore_errors=True)
