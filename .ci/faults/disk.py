"""A shop whose agent and HQ have disks of their own, small enough to be filled.

    with Shop_on_disks(till=tmpfs("6m"), hq=tmpfs("8m")) as shop: ...

Not here: what is expected (full.py).
"""

import os
import subprocess
import time

from shop import Shop, Till


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


def tmpfs(size):
    """A disk in memory, of this size."""
    return lambda at: run("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", at)


def ext4(size):
    """A real file system on a file, which can fail as a whole."""

    def mount(at):
        image = at.with_suffix(".image")
        with image.open("wb") as file:
            file.truncate(size)
        run("mkfs.ext4", "-q", image)
        run("mount", "-o", "loop", image, at)

    return mount


class Disk:
    """One of them."""

    def __init__(self, at, mount):
        self.at = at
        at.mkdir()
        mount(at)

    @property
    def free(self):
        """Bytes that may still be written."""
        stat = os.statvfs(self.at)
        return stat.f_bavail * stat.f_frsize

    def fill(self, leave=0):
        """Leaves no room, however often it is called: whoever gave some back has it taken again."""
        with (self.at / "filler").open("ab", buffering=0) as file:
            while self.free > leave:
                try:
                    file.write(bytes(min(1 << 20, self.free - leave)))
                except OSError:
                    return

    def make_room(self):
        (self.at / "filler").unlink()

    def fail(self):
        """The kernel gives the file system up and lets nobody write, whoever has files open."""
        run("mount", "-o", "remount,abort", self.at)

    def mend(self):
        """Looked through and mounted again, as after a new start of the machine."""
        run("umount", self.at)
        image = self.at.with_suffix(".image")
        subprocess.run(["e2fsck", "-p", image], capture_output=True, check=False)
        run("mount", "-o", "loop", image, self.at)

    def gone(self):
        for _ in range(50):
            if subprocess.run(["umount", self.at], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)


class ShopOnDisks(Shop):
    """A shop of one till."""

    def __init__(self, till=None, hq=None):
        super().__init__("debug", Till("1"), store="小硬盘")
        self._mounts, self.disks = {"till": till, "hq": hq}, {}

    def _start(self):
        for name, mount in self._mounts.items():
            if mount:
                self.disks[name] = Disk(self.folder / f"disk-{name}", mount)
        if self._mounts["till"]:
            # A bridge outlives the repair of a disk; its socket would keep that disk from being unmounted.
            (self.folder / "link").mkdir()
            self.state_dir.mkdir(mode=0o700)
            (self.state_dir / "link").symlink_to(self.folder / "link")
        super()._start()

    def __exit__(self, *what):
        # The folder goes last, and only an empty one is no mount point.
        cleanup, self._folder.cleanup = self._folder.cleanup, lambda: None
        super().__exit__(*what)
        for disk in self.disks.values():
            disk.gone()
        cleanup()

    @property
    def _hq(self):
        return (self.folder / "disk-hq" if self._mounts["hq"] else self.folder) / "hq"

    @property
    def state_dir(self):
        return (self.folder / "disk-till" if self._mounts["till"] else self.folder) / "till"

    def _configured(self):
        return super()._configured().replace(str(self.folder / "till"), str(self.state_dir))

    @property
    def _links(self):
        return self.folder / "link" if self._mounts["till"] else super()._links

    def said(self):
        """What the agent said since it was started."""
        return self._agent_log.read_text(encoding="utf-8")

    def hq_said(self):
        return self._hq_log.read_text(encoding="utf-8")

    @property
    def hq_port(self):
        return self._hq_ports[0]
