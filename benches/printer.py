"""A network printer that can be ill: slow, dumb, busy, off, or pulled out in the middle of a job.

    printer = Printer(answer=...)        # listens on a port of its own
    printer.pull(CABLE); printer.plug()  # the printer goes away, and is back
    printer.paper()                      # all bytes that it printed, in the order in which they came

How a printer goes away, each exactly at one byte:

    CABLE  no packet comes in any more. Then packets come again and the connection goes on.
    POWER  the same, but the printer has forgotten its connections: it resets them when it is back.
    CRASH  connections are reset at once, and new ones are refused until it is back.

A process cannot give back what its kernel has acknowledged, so at the moment of the fault: (1) a
packet filter on each socket (`ret 0`) drops whatever comes in from now on; (2) an acknowledgement
that the kernel was putting off is sent; (3) what the kernel had is read, and counts as printed. So
the bytes that were printed are those that were acknowledged, and the sender holds the rest.

`LinePrinter` is one on a serial line that goes away as a USB adapter does: the line is stopped, what
was in it is read and counts as printed, then the device is gone; when it is back it is a new device
under the same name.

Not here: what should have been printed.
"""

import ctypes
import fcntl
import os
import select
import socket
import struct
import termios
import threading
import time
import tty

CABLE, POWER, CRASH = "cable", "power", "crash"

_SO_ATTACH_FILTER, _SO_DETACH_FILTER, _TCP_QUICKACK, _SIOCOUTQ = 26, 27, 12, 0x5411
_DROP = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: ret 0
_RESET = struct.pack("ii", 1, 0)


def deafen(sock):
    """From now on the kernel drops what comes in for this socket, and acknowledges none of it."""
    program = struct.pack("HL", 1, ctypes.addressof(_DROP))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def reset(sock):
    """Closes without a goodbye: the peer gets RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


def unacknowledged(sock):
    """Bytes that were sent and that the peer has not acknowledged."""
    return struct.unpack("i", fcntl.ioctl(sock, _SIOCOUTQ, b"\0" * 4))[0]


class Printer:
    """One printer on the network."""

    def __init__(self, host="127.0.0.1", port=0, answer=None, bytes_per_s=None, idle_s=None,
                 alone=False, receive_buffer=None, on=True):  # fmt: skip
        """`answer` gives what is sent back for what came; `idle_s` without a byte ends a connection;
        an `alone` one refuses a second connection while it has one; `on` is whether it is on."""
        self._answer, self._bytes_per_s, self._idle_s = answer, bytes_per_s, idle_s
        self._alone, self._receive_buffer = alone, receive_buffer
        self._lock = threading.RLock()
        self._peers, self._away = {}, None
        self._printed = bytearray()
        self.jobs, self.drained, self.forgotten = [], 0, 0
        self._listen((host, port))
        self.address = self._listener.getsockname()
        if not on:
            self.pull(CRASH)
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def port(self):
        """As a bridge's printer is written."""
        return "tcp:%s:%d" % self.address

    def paper(self):
        with self._lock:
            return bytes(self._printed)

    def is_done(self):
        """Whether no connection has been open for a second: a bridge closes it when all is delivered."""
        before = len(self.jobs)
        time.sleep(1)
        return not self._peers and len(self.jobs) == before

    def _listen(self, address):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        listener.bind(address)
        listener.listen(16)
        listener.setblocking(False)
        self._listener = listener

    def _hush(self):
        self._listener.close()
        self._listener = None

    def _run(self):
        size = 65_536 if not self._bytes_per_s else max(1, self._bytes_per_s // 200)
        while True:
            with self._lock:
                at_work = [] if self._away else [*self._peers, *filter(None, [self._listener])]
            ready = select.select(at_work, [], [], 0.005)[0] if at_work else time.sleep(0.005) or []
            with self._lock:
                if self._away:
                    continue
                for sock in ready:
                    if sock is self._listener:
                        self._accept()
                    elif sock in self._peers:
                        self._read(sock, size)
                self._drop_idle()
            if self._bytes_per_s:
                time.sleep(0.005)

    def _accept(self):
        try:
            peer, _ = self._listener.accept()
        except BlockingIOError:
            return
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.jobs.append(bytearray())
        self._peers[peer] = [self.jobs[-1], time.monotonic()]
        if self._alone:
            self._hush()

    def _read(self, peer, size):
        """Prints what is there; gives whether there may be more."""
        try:
            got = peer.recv(size)
        except BlockingIOError:
            return False
        except OSError:
            got = b""
        if not got:
            self._close(peer)
            return False
        job = self._peers[peer]
        job[0] += got
        job[1] = time.monotonic()
        self._printed += got
        if self._answer and (said := self._answer(got)):
            try:
                peer.sendall(said)
            except OSError:
                pass  # it has gone: found by the next read
        return True

    def _close(self, peer):
        peer.close()
        del self._peers[peer]
        if self._alone and not self._listener:
            self._listen(self.address)

    def _drop_idle(self):
        for peer, (_, at) in list(self._peers.items()):
            if self._idle_s and at + self._idle_s < time.monotonic():
                self._close(peer)

    def pull(self, how, drain=True):
        """The printer goes away; without `drain` what its kernel had taken goes with its connections."""
        with self._lock:
            self._away = how
            if self._listener:
                deafen(self._listener)
                self._accept_all()
            for peer in self._peers:
                deafen(peer)
            time.sleep(0.002)  # a packet that was past the filter already
            before = len(self._printed)
            for peer in list(self._peers):
                peer.setsockopt(socket.IPPROTO_TCP, _TCP_QUICKACK, 1)
                while self._read(peer, 65_536):
                    pass
            if drain or how == CABLE:
                self.drained += len(self._printed) - before
            else:
                self.forgotten += len(self._printed) - before
                del self._printed[before:]
            if how == CRASH:
                self._forget()
                if self._listener:
                    self._hush()

    def _accept_all(self):
        count = -1
        while count < len(self._peers):
            count = len(self._peers)
            self._accept()

    def _forget(self):
        for peer in self._peers:
            reset(peer)
        self._peers.clear()

    def plug(self):
        """The printer is back."""
        with self._lock:
            if self._away == POWER:
                self._forget()
            for peer in self._peers:
                peer.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
            if self._listener:
                self._listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
            else:
                self._listen(self.address)
            self._away = None


class LinePrinter:
    """One printer on a serial line, at the path `link`."""

    def __init__(self, link, bytes_per_s=None):
        self._link, self._bytes_per_s = link, bytes_per_s
        self._lock = threading.RLock()
        self._printed = bytearray()
        self._ends = None
        self.drained = self.forgotten = 0
        self.plug()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def port(self):
        return f"serial:{self._link}"

    def paper(self):
        with self._lock:
            return bytes(self._printed)

    def is_done(self):
        """Whether nothing came for a second: a line has no other end."""
        before = len(self._printed)
        time.sleep(1)
        return len(self._printed) == before

    def _run(self):
        while True:
            with self._lock:
                self._read(0, max(1, (self._bytes_per_s or 2**20) // 200))
            time.sleep(0.005)

    def _read(self, wait_s, size):
        if not self._ends or not select.select(self._ends[:1], [], [], wait_s)[0]:
            return False
        self._printed += os.read(self._ends[0], size)
        return True

    def pull(self, _how, drain=True):
        with self._lock:
            before = len(self._printed)
            termios.tcflow(self._ends[1], termios.TCOOFF)
            while self._read(0.02, 65_536):  # the kernel carries bytes across a little later
                pass
            if drain:
                self.drained += len(self._printed) - before
            else:
                self.forgotten += len(self._printed) - before
                del self._printed[before:]
            os.unlink(self._link)
            for end in self._ends[::-1]:
                os.close(end)
            self._ends = None

    def plug(self):
        with self._lock:
            self._ends = os.openpty()
            tty.setraw(self._ends[1])
            os.symlink(os.ttyname(self._ends[1]), self._link)
