#!/usr/bin/env python3
"""A million customers in one store's memory: size on disk, look-ups warm and cold, the agent's memory.

    benches/customers.py [COUNT]        builds what it needs; the database stays in target/customers

Cold look-ups need root (the system's cache is dropped before each); without it they are left out.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
STATE = ROOT / "target" / "customers" / str(COUNT)


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, cwd=ROOT, **more)


def centile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def said(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    value = lambda key: next(int(line.split()[1]) for line in status.splitlines() if line.startswith(key))
    return value("VmRSS:") / 1024, value("VmHWM:") / 1024


def agent():
    port = free_port()
    config = STATE / "huitou.toml"
    config.write_text(f'state_dir = "{STATE}"\n[store]\nname = "x"\n[page]\nlisten = "127.0.0.1:{port}"\n[sync]\nautomatic = false\n')
    process = subprocess.Popen([ROOT / "target/release/huitou", "run", "--config", config], stderr=subprocess.DEVNULL)
    try:
        began = time.time()
        while True:
            try:
                if said(port, "/api/state")["customers"] >= COUNT:
                    break
            except OSError:
                pass
            if time.time() - began > 300:
                raise SystemExit("the directory did not come in")
            time.sleep(0.2)
        ready = time.time() - began
        times = []
        for number in range(400):
            start = time.perf_counter()
            said(port, "/api/typing", {"digits": f"{number * 37 % 10_000:04}"})
            times.append((time.perf_counter() - start) * 1e6)
        now, most = resident_mib(process.pid)
        print(f"agent: {ready:.1f} s until all are found by last digits; resident {now:.1f} MiB (most {most:.1f}; bar 60)")
        print(f"look-up by last four over HTTP: p50 {centile(times, .5):.2f} ms, p99 {centile(times, .99):.2f} ms")
    finally:
        process.terminate()
        process.wait()


def main():
    run("cargo", "build", "--release", "--quiet")
    run("cargo", "build", "--release", "--quiet", "--manifest-path", "benches/customers/Cargo.toml", "--target-dir", "target")
    program = ROOT / "target/release/bench-customers"
    if not (STATE / "store.db").exists():
        STATE.mkdir(parents=True, exist_ok=True)
        began = time.time()
        run(program, "fill", STATE, COUNT)
        print(f"filled in {time.time() - began:.0f} s")
    size = sum(path.stat().st_size for path in STATE.glob("store.db*")) / 1024 / 1024
    print(f"{COUNT} customers: {size:.0f} MiB on disk (bar 400 for a million)")
    found = json.loads(run(program, "look", STATE, 4000, capture_output=True).stdout)
    print(f"directory read in {found['directory_ms'] / 1000:.1f} s")
    for key, bar in (("number_warm_us", 5), ("ending_warm_us", 5), ("number_cold_us", 50), ("ending_cold_us", 50)):
        times = found[key]
        if times:
            print(f"{key[:-3]:12} p50 {centile(times, .5):7.3f} ms  p99 {centile(times, .99):7.3f} ms  (bar {bar} ms, {len(times)} look-ups)")
        else:
            print(f"{key[:-3]:12} skipped: the system's cache cannot be dropped here (root only)")
    agent()


if __name__ == "__main__":
    main()
