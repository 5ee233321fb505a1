"""Disks that are full, or that nobody may write to any more, under the real agent and the real HQ.

    full.py [SCENARIO...]      all, or those named

Each scenario prints receipts all the while. In the end HQ has every one of them once, and whoever could
not write has said so and says when it is over. Needs root (to mount) and the programs' debug build.
"""

import json
import sys
import urllib.error
import urllib.request
from collections import Counter

from disk import ShopOnDisks, ext4, tmpfs
from shop import receipt, until

PATIENCE_S = 60
BALLAST = 64 << 20


class Day:
    """Receipts that were printed, numbered."""

    def __init__(self, shop):
        self.shop, self.count = shop, 0
        self.jobs = shop.tills["1"]

    def print(self, count):
        for _ in range(count):
            self.count += 1
            self.jobs.print(receipt(f"A{self.count:05}", 10_000 + self.count, member="13800006721"))

    def waits(self, count):
        """Until so many events are on the till's disk and not at HQ."""
        until(f"{count} to wait", lambda: self.shop.state()["waiting"] >= count, PATIENCE_S)

    def ends_well(self):
        """Every receipt is one sale at HQ, to the fen."""
        shop = self.shop

        def all_there():
            try:
                shop.sync()
            except urllib.error.HTTPError:
                return False
            return shop.state()["waiting"] == 0 and len(said()) >= self.count

        def said():
            lines = shop.done("huitou-hq", "sales", "--json", "--dir", shop._hq).splitlines()
            return [json.loads(line) for line in lines]

        until("all at HQ", all_there, PATIENCE_S)
        sales = said()
        seen = Counter(sale["receipt_no"] for sale in sales)
        wanted = {f"A{number:05}": 10_000 + number for number in range(1, self.count + 1)}
        assert seen == Counter(list(wanted)), f"lost or doubled: {seen - Counter(list(wanted))} {Counter(list(wanted)) - seen}"
        assert all(sale["total"] == wanted[sale["receipt_no"]] for sale in sales), "a wrong total"


def disk_is(shop, word):
    until(f"the page to say {word}", lambda: shop.state()["disk"] == word, PATIENCE_S)


def well_again(shop):
    until("the page to be silent", lambda: shop.state()["disk"] is None, PATIENCE_S)


def a_tills_small_disk_is_full():
    """No room for ballast: the bridge keeps the slips until a person has made room."""
    with ShopOnDisks(till=tmpfs("6m")) as shop:
        day, disk = Day(shop), shop.disks["till"]
        day.print(10)
        day.waits(10)
        assert not (shop.state_dir / "ballast").exists(), "there was no room for it"
        disk.fill()
        for _ in range(200):
            day.print(1)
            if shop.state()["disk"]:
                break
        disk_is(shop, "full")
        assert "磁盘满了" in shop.said()
        day.print(20)
        assert shop.agent.poll() is None, "the agent ended"
        disk.make_room()
        well_again(shop)
        assert "磁盘恢复正常" in shop.said()
        day.ends_well()
        return day.count


def an_agent_whose_log_lies_on_the_full_disk_goes_on():
    """Nobody can read what it says then; it says it on its page."""
    with ShopOnDisks(till=tmpfs("6m")) as shop:
        day, disk = Day(shop), shop.disks["till"]
        page = shop.page
        shop.kill_agent()
        shop.log_folder = disk.at
        shop.config.write_text(shop.config.read_text().replace('127.0.0.1:0"', f'{page}"'))
        shop.start_agent()
        shop.wait_for_bridges()
        disk.fill()
        for _ in range(200):
            day.print(1)
            if shop.state()["disk"]:
                break
        disk_is(shop, "full")
        day.print(10)
        assert shop.agent.poll() is None, "the agent ended"
        disk.make_room()
        well_again(shop)
        day.ends_well()
        return day.count


def a_till_gives_its_ballast_for_its_sales():
    """The ballast goes first; sales are written; it comes back when there is room."""
    with ShopOnDisks(till=tmpfs("340m")) as shop:
        day, disk, ballast = Day(shop), shop.disks["till"], shop.state_dir / "ballast"
        until("the ballast", lambda: ballast.exists() and ballast.stat().st_size == BALLAST, PATIENCE_S)
        day.print(5)
        day.waits(5)
        disk.fill()
        printed = day.count
        for _ in range(200):
            day.print(1)
            if not ballast.exists():
                break
        until("the ballast to go", lambda: not ballast.exists(), PATIENCE_S)
        disk_is(shop, "full")
        day.print(30)
        day.waits(day.count)
        assert day.count > printed + 30, "sales are written while the page says that the disk is full"
        disk.make_room()
        well_again(shop)
        until("the ballast again", lambda: ballast.exists() and ballast.stat().st_size == BALLAST, PATIENCE_S)
        day.ends_well()
        return day.count


def a_tills_disk_becomes_read_only():
    """The kernel gives the disk up: slips stay in the bridge, the page says so, and after a repair all is told."""
    with ShopOnDisks(till=ext4(32 << 20)) as shop:
        day, disk = Day(shop), shop.disks["till"]
        day.print(10)
        day.waits(10)
        disk.fail()
        day.print(20)
        until("the page to say it", lambda: shop.state()["disk"] in ("read_only", "io"), PATIENCE_S)
        assert "请检查硬盘" in shop.said()
        assert shop.agent.poll() is None, "the agent ended"
        shop.kill_agent()
        disk.mend()
        shop.start_agent()
        shop.wait_for_bridges()
        day.ends_well()
        return day.count


def hqs_disk_is_full():
    """Tills keep what they have; HQ says so on its log and at /health, and goes on by itself."""
    with ShopOnDisks(hq=tmpfs("5m")) as shop:
        day, disk = Day(shop), shop.disks["hq"]
        day.print(10)
        day.waits(10)
        shop.sync()
        disk.fill()
        refused = until("HQ to be full", lambda: full_at_hq(shop, day), PATIENCE_S)
        assert shop.state()["waiting"] > 0, "what HQ did not take waits here"
        status, health = asked(shop, "/health")
        assert status == 503 and health["trouble"]["taking"] == "full" and not health["ok"], (status, health)
        assert "the disk is full" in shop.hq_said(), shop.hq_said()
        day.print(20)
        assert shop.hq_process.poll() is None, "HQ ended"
        disk.make_room()
        day.ends_well()
        until("HQ to be well", lambda: asked(shop, "/health")[0] == 200, PATIENCE_S)
        assert "well again" in shop.hq_said()
        assert refused
        return day.count


def full_at_hq(shop, day):
    """Prints and syncs once more; whether HQ refused it."""
    shop.disks["hq"].fill()
    day.print(5)
    day.waits(1)
    try:
        shop.sync()
    except urllib.error.HTTPError as refused:
        return refused.code


def hqs_disk_becomes_read_only():
    with ShopOnDisks(hq=ext4(48 << 20)) as shop:
        day, disk = Day(shop), shop.disks["hq"]
        day.print(10)
        day.waits(10)
        shop.sync()
        disk.fail()
        day.print(10)
        day.waits(1)
        try:
            shop.sync()
            raise AssertionError("HQ took what it cannot write")
        except urllib.error.HTTPError:
            pass
        status, health = asked(shop, "/health")
        assert status == 503, (status, health)
        assert "the disk" in shop.hq_said(), shop.hq_said()
        shop.kill_hq()
        disk.mend()
        shop.start_hq()
        day.ends_well()
        return day.count


def asked(shop, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{shop.hq_port}{path}", timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        body = refused.read()
        return refused.code, json.loads(body) if body.startswith(b"{") else body


SCENARIOS = [
    a_tills_small_disk_is_full,
    an_agent_whose_log_lies_on_the_full_disk_goes_on,
    a_till_gives_its_ballast_for_its_sales,
    a_tills_disk_becomes_read_only,
    hqs_disk_is_full,
    hqs_disk_becomes_read_only,
]

if __name__ == "__main__":
    for scenario in SCENARIOS:
        if not sys.argv[1:] or scenario.__name__ in sys.argv[1:]:
            print(f"{scenario.__name__}: {scenario()} receipts, each one sale", flush=True)
