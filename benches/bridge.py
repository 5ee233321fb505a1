#!/usr/bin/env python3
"""What huitou-bridge costs beside socat and beside a bare wire, in one run, and how fast a note is.

    cargo build --release -p firmware-bridge      # and `cargo build --release --workspace --all-features`
    python3 benches/bridge.py [RUNS]              #     for the lines with the real agent

RUNS (9) of each, taking turns: direct, socat as it comes (8 KiB at once; the bars are about this one),
socat -b 65536, bridge. The bridge has a link with a live agent on it, which beats, takes every slip
and acknowledges it.

    till ── 64 bytes of text ──▶ bridge | socat | nothing ──▶ printer      round trip: until the
         ◀─────────────────────────────────────── 1 byte ───               printer's byte is back

Added latency is the round trip less that of `direct`. A text line ends with one LF: a chunk in a run
of feeds waits up to 50 ms on purpose. "Cut" is the time from the till's write of the cut until the
note and the cut have reached the printer and its byte is back.

socat is installed by apt where it is missing and we are root. Prints a table of medians over the runs;
exit status 1 if a bar is missed.
"""
import ctypes, gc, multiprocessing, os, pathlib, pty, select, shutil, signal, socket, statistics, struct
import subprocess, sys, tempfile, time, tty, zlib

from shop import Shop, Till, programs

BIN = programs("release")
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
PINGS, TURN, WARM_UP, RECEIPTS = 3000, 100, 20, 120
MIB = 1024 * 1024
SOCATS = {"socat": 8192, "socat64k": 65536}  # bytes at once: as it comes, and as much as the bridge
TCP_BYTES, PTY_BYTES = 64 * MIB, 8 * MIB

CHUNK = b"text of a receipt, 64 bytes long, as a till writes it: 1 299.00\n"
END_OF_SLIP = b"." * (64 - 4) + b"\n\x1dV\x00"
RECEIPT = (b"\x1b@Cloud Garments, Lakeside\nNo. XS00000042\n" + b"wool coat       1  1299.00  1299.00\n" * 12 +
           b"total: 15588.00\n", b"\n\n\x1bd\x03\x1dV\x00")
assert len(CHUNK) == len(END_OF_SLIP) == 64

fork = multiprocessing.get_context("fork")
folder = pathlib.Path(tempfile.mkdtemp(prefix="huitou-bench-"))
children = []


# --- the link: COBS over message and CRC-32 (firmware-bridge/src/link.rs)

def frame(message):
    body, out = message + struct.pack("<I", zlib.crc32(message)), bytearray()
    for block in body.split(b"\0"):
        while len(block) >= 254:
            out += b"\xff" + block[:254]
            block = block[254:]
        out += bytes([len(block) + 1]) + block
    return bytes(out) + b"\0"


def message(wire):
    body, at = bytearray(), 0
    while at < len(wire):
        code = wire[at]
        body += wire[at + 1:at + code]
        at += code
        if code < 255 and at < len(wire):
            body += b"\0"
    return bytes(body[:-4])


def note(slip):
    rows = b"".join(bytes([0, len(text)]) + text for text in (b"Gold member, 12th visit", b"Ask about the scarf"))
    return frame(b"\x83" + struct.pack("<IBH", slip, 0, len(rows)) + rows)


def agent(path, notes):
    """Answers at once: a note (or none) for a held slip, then the acknowledgement."""
    while True:
        try:
            link = socket.socket(socket.AF_UNIX)
            link.connect(path)
            break
        except OSError:
            time.sleep(0.02)
    link.sendall(frame(b"\x81\x01") + frame(b"\x85"))
    rest, beat_at = b"", time.monotonic() + 1
    while True:
        if select.select([link], [], [], max(0, beat_at - time.monotonic()))[0]:
            *frames, rest = (rest + link.recv(MIB)).split(b"\0")
            for wire in frames:
                got = message(wire) if len(wire) < 40 else b""
                if got[:1] == b"\x05":  # SlipEnd
                    slip, _end, held = struct.unpack_from("<IB?", got, 1)
                    answer = note(slip) if notes else frame(b"\x84" + struct.pack("<I", slip))
                    link.sendall((answer if held else b"") + frame(b"\x82" + struct.pack("<I", slip)))
        if time.monotonic() >= beat_at:
            link.sendall(frame(b"\x85"))
            beat_at += 1


# --- the printer: one byte back for every `need` bytes, or for every cut

def printed(read, write, need):
    got = 0
    while piece := read(MIB):
        got += len(piece)
        if got >= need.value:
            got -= need.value
            write(b"\x12")


def cuts(read, write, need):
    """Answers `N` where more than the till's bytes came before the cut, else `-`."""
    got = b""
    while piece := read(MIB):
        got += piece
        if got.endswith(b"\x1dV\x00"):
            write(b"N" if len(got) > need.value else b"-")
            got = b""


def tcp_printer(listener, each, need):
    while True:
        wire, _ = listener.accept()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            each(wire.recv, wire.sendall, need)
        except OSError:
            pass
        wire.close()


def pty_printer(fd, each, need):
    each(lambda size: os.read(fd, size), lambda back: os.write(fd, back), need)


# --- processes

def beside(target, *args):
    child = fork.Process(target=target, args=args, daemon=True)
    child.start()
    children.append(child)


def spawn(*args, **more):
    with open(folder / "log", "ab") as log:
        child = subprocess.Popen([str(arg) for arg in args], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
    children.append(child)
    return child


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, ready, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.02)
    sys.exit(f"waited {seconds} s for {what}; see {folder}/log")


class Way:
    """A till's end of the wire: over TCP a connection for each run, over a pty one for all of them."""

    def __init__(self, need, port=None, path=None, host="127.0.0.1"):
        self.need, self.host, self.port, self.wire = need, host, port, None
        if path:
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            self.write, self.read = (lambda out: os.write(fd, out)), (lambda: os.read(fd, 1))

    def open(self):
        if self.port:
            wire = self.wire = socket.create_connection((self.host, self.port))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.write, self.read = wire.sendall, lambda: wire.recv(1)

    def close(self, end=END_OF_SLIP):
        if end:
            self.need.value = len(end)
            self.write(end)
            self.read()
        if self.wire:
            self.wire.close()
            self.wire = None
            time.sleep(0.05)

    def send(self, stream):
        """Writes all of it, whatever the port takes at once."""
        rest = memoryview(stream)
        while len(rest):
            rest = rest[self.write(rest[:64 * 1024]) or 64 * 1024:]


def bridge(pos, printer, name, notes=False):
    link = f"{folder}/{name}/link.sock"
    spawn(BIN / "huitou-bridge", "--pos", pos, "--printer", printer, "--link", f"unix:{link}")
    beside(agent, link, notes)


def tcp_ways(each, notes=False):
    ways = {}
    for name in ("direct", *SOCATS, "bridge"):
        listener, need = socket.create_server(("127.0.0.1", 0)), fork.Value(ctypes.c_long, 64, lock=False)
        beside(tcp_printer, listener, each, need)
        printer, till = listener.getsockname()[1], free_port()
        if name == "direct":
            till = printer
        elif name in SOCATS:
            spawn("socat", "-b", SOCATS[name], f"TCP-LISTEN:{till},bind=127.0.0.1,reuseaddr,fork,nodelay",
                  f"TCP:127.0.0.1:{printer},nodelay", start_new_session=True)
        else:
            bridge(f"tcp-listen:127.0.0.1:{till}", f"tcp:127.0.0.1:{printer}", f"tcp-{each.__name__}", notes)
        until("a port", lambda: socket.create_connection(("127.0.0.1", till)).close() or True)
        ways[name] = Way(need, till)
    time.sleep(0.5)
    return ways


def pty_ways():
    ways = {}
    for name in ("direct", *SOCATS, "bridge"):
        need = fork.Value(ctypes.c_long, 64, lock=False)
        master, slave = pty.openpty()
        tty.setraw(slave)
        beside(pty_printer, master, printed, need)
        path, till = os.ttyname(slave), f"{folder}/till-{name}"
        if name == "direct":
            till = path
        elif name in SOCATS:
            spawn("socat", "-b", SOCATS[name], f"PTY,link={till},rawer", f"OPEN:{path},rawer,noctty", start_new_session=True)
        else:
            bridge(f"pty:{till}", f"usb:{path}", "pty")
        until("a pty", lambda: os.path.exists(till))
        time.sleep(0.2)
        ways[name] = Way(need, path=till)
    time.sleep(0.5)
    return ways


# --- measurements

def pings_us(ways):
    """One run: p50 and p99 of each way, in short turns, so that a busy moment of the machine hits all."""
    took = {name: [] for name in ways}
    for way in ways.values():
        way.open()
        way.need.value = 64
    for _ in range(PINGS // TURN):
        for name, way in ways.items():
            write, read, clock = way.write, way.read, time.perf_counter_ns
            for n in range(WARM_UP + TURN):
                began = clock()
                write(CHUNK)
                read()
                if n >= WARM_UP:
                    took[name].append((clock() - began) / 1000)
    for way in ways.values():
        way.close()
    took = {name: sorted(each) for name, each in took.items()}
    return {name: (each[len(each) // 2], each[len(each) * 99 // 100]) for name, each in took.items()}


def stream_mb_s(way, stream):
    way.open()
    way.need.value = len(stream)
    began = time.perf_counter()
    way.send(stream)
    way.read()
    took = time.perf_counter() - began
    way.close()
    return len(stream) / took / 1e6,


def cut_ms(way, receipt=lambda _: RECEIPT):
    """Percentiles of the time to the cut, and the share of receipts with a note."""
    way.open()
    took, noted = [], 0
    for n in range(RECEIPTS):
        body, end = receipt(n)
        way.need.value = len(body) + len(end)
        way.write(body)
        time.sleep(0.004)
        began = time.perf_counter_ns()
        way.write(end)
        noted += way.read() == b"N"
        took.append((time.perf_counter_ns() - began) / 1e6)
        time.sleep(0.003)
    way.close(end=b"")
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100], 100 * noted / RECEIPTS


def one_by_one(measure):
    """One run of a figure for which each way has the machine to itself, in another order each time."""
    turn = iter(range(RUNS))

    def run(ways):
        first, names = next(turn) % len(ways), list(ways)
        found = {name: measure(ways[name]) for name in names[first:] + names[:first]}
        return {name: found[name] for name in names}
    return run


def medians(ways, run):
    """Medians over the runs, of each figure of each way."""
    gc.disable()
    runs = [run(ways) for _ in range(RUNS)]
    gc.enable()
    return {name: [statistics.median(column) for column in zip(*(run[name] for run in runs))] for name in ways}


def filled(unit, size):
    return unit * (size // len(unit))


def real_agent():
    """A whole shop but for the paper: HQ, agent and the bridge that it starts. Its cut, or None."""
    if not all((BIN / name).exists() for name in ("huitou", "huitou-hq")):
        return None
    listener = socket.create_server(("127.0.0.1", 0))
    need = fork.Value(ctypes.c_long, 0, lock=False)
    beside(tcp_printer, listener, cuts, need)
    till = Till("t", printer=f"tcp:127.0.0.1:{listener.getsockname()[1]}")
    numbers = iter(range(10**9))

    def receipt(_):
        n = next(numbers)
        text = (f"云裳坊 湖滨店\n单号:XS{n:08}\n日期:{time.strftime('%Y-%m-%d %H:%M:%S')}\n收银员:1003\n" + "-" * 32 +
                "\n品名        数量  单价    金额\n羊毛大衣       1  1299.00  1299.00\n" + "-" * 32 +
                f"\n合计: 1299.00\n现金: 1300.00\n找零: 1.00\n会员手机:138{n % 40:08}\n")
        return b"\x1b@\x1c&" + text.encode("gb18030"), b"\x1bd\x03\x1dV\x00"
    with Shop("release", till, store="bench"):
        way = Way(need, 9100, host=till.host)
        cut_ms(way, receipt)
        return medians({"agent": way}, one_by_one(lambda way: cut_ms(way, receipt)))["agent"]


# --- the table

missed = []


def row(name, *cells, bar="", ok=True):
    if not ok:
        missed.append(name)
    print(f"| {name} | " + " | ".join(f"{c:.3g}" if isinstance(c, float) and c < 100 else
                                      f"{c:.0f}" if isinstance(c, float) else str(c) for c in cells) +
          f" | {bar}{'' if ok else ' **MISSED**'} |", flush=True)


def latency_rows(kind, ways):
    found = medians(ways, pings_us)
    (d50, d99), (s50, s99), (t50, t99), (b50, b99) = found.values()
    ratio = (b50 - d50) / (s50 - d50)
    row(f"{kind}, round trip of a chunk, p50 µs", d50, s50, t50, b50, f"{b50 / s50:.2f}")
    row(f"{kind}, added latency, p50 µs", "", s50 - d50, t50 - d50, b50 - d50, f"{ratio:.2f}", bar="≤ 1.2 × socat", ok=ratio <= 1.2)
    row(f"{kind}, round trip, p99 µs", d99, s99, t99, b99, f"{b99 - s99:+.0f} µs", bar="≤ socat + 200 µs", ok=b99 <= s99 + 200)


def stream_rows(kind, ways, size):
    band = b"\x1dv0\x00\x48\x00\x00\x01" + bytes((7 * i + i // 251) % 256 for i in range(72 * 256))
    for what, unit in (("text", CHUNK), ("raster", band)):
        stream = filled(unit, size)
        (d,), (s,), (t,), (b,) = medians(ways, one_by_one(lambda way: stream_mb_s(way, stream))).values()
        row(f"{kind}, {size // MIB} MiB of {what}, MB/s", d, s, t, b, f"{b / s:.2f}", bar="≥ 0.5 × socat", ok=b >= 0.5 * s)


def cut_rows(ways):
    found = medians({name: ways[name] for name in ("socat", "bridge")}, one_by_one(cut_ms))
    (s50, s99, _), (b50, b99, noted) = found.values()
    row(f"cut to note and cut out, agent answers at once, p50 ms ({noted:.0f} % noted)", "", s50, "", b50, "")
    row("the same, p99 ms", "", s99, "", b99, "", bar="≤ 30 ms, all noted", ok=b99 <= 30 and noted == 100)


def main():
    if not (BIN / "huitou-bridge").exists():
        sys.exit("build first: cargo build --release -p firmware-bridge")
    if not shutil.which("socat"):
        if os.geteuid() != 0:
            sys.exit("socat is missing and we are not root: install it first")
        quiet = {"stdout": subprocess.DEVNULL, "check": True}
        subprocess.run(["apt-get", "update"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "socat"], **quiet)
    print(f"Medians of {RUNS} runs, taking turns. {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| | direct | socat | socat -b 65536 | bridge | bridge to socat | bar |\n" + "|---" * 7 + "|", flush=True)
    for kind, ways, size in (("TCP", tcp_ways(printed), TCP_BYTES), ("pty", pty_ways(), PTY_BYTES)):
        latency_rows(kind, ways)
        stream_rows(kind, ways, size)
    cut_rows(tcp_ways(cuts, notes=True))
    found = real_agent()
    if found:
        p50, p99, noted = found
        row(f"cut to cut out, real agent and disk, p50 ms ({noted:.0f} % noted)", "", "", "", p50, "")
        row("the same, p99 ms", "", "", "", p99, "", bar="≤ 30 ms", ok=p99 <= 30)
    else:
        print("\nskipped: the real agent (huitou and huitou-hq are not built)")
    print(f"\n{len(missed)} bars missed; load now {os.getloadavg()[0]:.1f}")
    return bool(missed)


try:
    status = main()
finally:
    if multiprocessing.current_process().name == "MainProcess":
        for child in children:
            if isinstance(child, subprocess.Popen) and child.args[0] == "socat" and child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)  # with the copies it made of itself
            else:
                child.terminate()
        time.sleep(0.3)
        shutil.rmtree(folder, ignore_errors=True)
sys.exit(status)
