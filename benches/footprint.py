#!/usr/bin/env python3
"""Size, memory and idle load of a till's programs, on a release build.

    cargo build --release -p huitou -p firmware-bridge && cargo build --release -p huitou-sync --features hq
    python3 benches/footprint.py [RECEIPTS] [IDLE_SECONDS]

Starts HQ, paper, agent and bridge in a temporary folder, prints RECEIPTS (1000) receipts through the
bridge, then reads /proc. Prints a table; exit status 1 if a bar is missed.
"""
import json, os, pathlib, shutil, signal, socket, struct, subprocess, sys, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / "target" / "release"
MIB = 1024 * 1024
receipts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
idle_s = int(sys.argv[2]) if len(sys.argv) > 2 else 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, data=None):
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def until(what, ready, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"waited {seconds} s for {what}")


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


work = pathlib.Path(tempfile.mkdtemp(prefix="huitou-footprint-"))
children = []


def spawn(*args):
    log = open(work / "log", "ab")
    child = subprocess.Popen([str(a) for a in args], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    children.append(child)
    return child


bridge = None
try:
    hq, page, web, till, printer = (free_port() for _ in range(5))
    subprocess.run([BIN / "huitou-hq", "init", "--dir", work / "hq"], check=True, stdout=subprocess.DEVNULL)
    spawn(BIN / "huitou-hq", "serve", "--dir", work / "hq", "--listen", f"127.0.0.1:{hq}")
    spawn(BIN / "huitou", "paper", "--listen", f"127.0.0.1:{printer}", "--web", f"127.0.0.1:{web}")
    until("HQ", lambda: urllib.request.urlopen(f"http://127.0.0.1:{hq}/v1/keys").status == 200)
    out = subprocess.run([BIN / "huitou-hq", "enrol-code", "--dir", work / "hq", "--store", "bench"],
                         check=True, capture_output=True, text=True).stdout
    code = max(out.split(), key=lambda word: word.count("-"))
    config = work / "huitou.toml"
    config.write_text(f'state_dir = "{work}/till"\n[store]\nname = "bench"\nphone = "0571-8765-4321"\n[page]\nlisten = "127.0.0.1:{page}"\n'
                      f'[sync]\nautomatic = false\n[[bridge]]\nname = "t"\npos = "tcp-listen:127.0.0.1:{till}"\nprinter = "tcp:127.0.0.1:{printer}"\n')
    subprocess.run([BIN / "huitou", "enrol", "--config", config, "--hq", f"http://127.0.0.1:{hq}", "--code", code],
                   check=True, stdout=subprocess.DEVNULL)
    agent = spawn(BIN / "huitou", "run", "--config", config)
    state = lambda: get(f"http://127.0.0.1:{page}/api/state")
    until("the bridge", lambda: state()["tills"][0]["line_up"])
    bridge = state()["tills"][0]["pid"]

    began = time.time()
    for n in range(receipts):
        with socket.create_connection(("127.0.0.1", till)) as pos:
            pos.sendall(receipt(n))
    until("the last receipt", lambda: state()["waiting"] >= receipts, 120)
    took = time.time() - began
    get(f"http://127.0.0.1:{page}/api/sync", b"{}")
    sales = subprocess.run([BIN / "huitou-hq", "sales", "--json", "--dir", work / "hq"], check=True, capture_output=True, text=True).stdout
    assert sales.count("\n") == receipts, f"HQ shows {sales.count(chr(10))} sales of {receipts}"

    time.sleep(2)
    before = cpu_s(agent.pid), cpu_s(bridge), time.time()
    time.sleep(idle_s)
    elapsed = time.time() - before[2]
    load = 100 * (cpu_s(agent.pid) - before[0]) / elapsed, 100 * (cpu_s(bridge) - before[1]) / elapsed
    smaps = open(f"/proc/{bridge}/smaps_rollup").read()
    rows = [
        ("huitou-bridge, stripped", (BIN / "huitou-bridge").stat().st_size / MIB, 2, "MiB"),
        ("huitou, stripped", (BIN / "huitou").stat().st_size / MIB, 15, "MiB"),
        ("huitou-bridge, resident (ring included)", memory(bridge) / MIB, 5 + 8, "MiB"),
        (f"huitou, resident after {receipts} receipts", memory(agent.pid) / MIB, 25, "MiB"),
        ("huitou, peak", memory(agent.pid, "VmHWM") / MIB, None, "MiB"),
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
finally:
    for child in children:
        child.kill()
    if bridge:
        os.kill(bridge, signal.SIGTERM)
    shutil.rmtree(work, ignore_errors=True)
