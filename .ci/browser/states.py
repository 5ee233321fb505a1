"""Every state of the page, as a cashier comes to it with a number pad.

Not here: how fast it is (speed.py), a whole shift (shift.py).
"""

import os
import re
import struct
import time

from playwright.sync_api import expect

from counter import PIN, Desk, until
from shop import END

LI, ZHAO, LONG_AWAY = "13800006721", "13511112468", "13600007788"
SUN, WANG, ATTACHED, MOVED_TO = "13900001234", "13900005678", "13700009911", "13300004321"
TWIN = "13511117777"

# Number, surname, title, days since she was here.
CUSTOMERS = {
    "zh": [
        (LI, "李", "女士", 5), (ZHAO, "赵", "先生", 10), ("13700002468", "周", "女士", 3),
        (LONG_AWAY, "陈", "女士", 125), (TWIN, "赵", "先生", 40),
    ],
    "en": [
        (LI, "Li", "Ms", 5), (ZHAO, "Zhao", "Mr", 10), ("13700002468", "Zhou", "Ms", 3),
        (LONG_AWAY, "Chen", "Ms", 125), (TWIN, "Zhao", "Mr", 40),
    ],
}  # fmt: skip
NUMBERS = [LI, ZHAO, LONG_AWAY, SUN, WANG, ATTACHED, MOVED_TO, TWIN, "13700002468"]

FIRST_NO = 4001


class Scene:
    """A cashier at her page, and an album."""

    def __init__(self, browser, store, album):
        self.store, self.album = store, album
        self.browser, self.desk = browser, Desk(browser, store)
        self.say, self.press, self.see = self.desk.say, self.desk.press, self.desk.see
        self.page, self._no, self._fen = self.desk.page, FIRST_NO - 1, 20_000

    def shot(self, name, dark=False):
        self.album.keep(self.desk, name, dark)

    def sale(self, fen=None, member="", item=None):
        """Prints the next sale and waits until the page shows it."""
        self._no, self._fen = self._no + 1, self._fen + 100
        self.store.ring_up(str(self._no), fen or self._fen, member, item)
        return self.desk.see_paper(str(self._no))

    @property
    def paid(self):
        """What the last sale came to, in yuan, unless it was told what."""
        return self._fen / 100

    def choice(self, label):
        """Presses the number that stands before `label`, as one does who reads it."""
        button = self.page.locator(".choices button", has_text=label).first
        self.press(button.locator("kbd").inner_text())

    def menu(self, label):
        self.press("+")
        self.see("#panel h3", self.say("还可以", "More"))
        if not self.page.locator(".choices button", has_text=label).count():
            self.choice(self.say("下一页", "Next page"))
        self.choice(label)

    def serve(self, tail, name):
        self.desk.rest()
        self.press(tail)
        self.see("#who", name)
        self.press("Enter")
        self.see("#said", self.say("已就绪", "Ready"))

    def noted(self):
        """What was typed is taken: back at the field, and said so. (Who is being served is ready again.)"""
        self.desk.see_none("#panel h3")
        taken = self.say("已记下|已就绪", "Noted|Ready")
        expect(self.page.locator("#said")).to_have_text(re.compile(taken))


def looked_up(scene):
    """From nothing to one, several and nobody."""
    say, press, see = scene.say, scene.press, scene.see
    see("#papers", say("还没有小票", "No papers yet"))
    scene.shot("empty", dark=True)
    scene.menu(say("现在和总部同步", "Talk to headquarters"))
    see("#said", say("已同步", "Synced"))
    see("#status", say("已收", "HQ up to date"))
    press("672")
    scene.desk.see_blank("#who")
    press("1")
    see("#who", say("李女士", "Ms Li"))
    scene.shot("one-match", dark=True)
    press(". 2468")
    see("#said", say("2 位,按数字选", "2 match"))
    scene.shot("several", dark=True)
    press("Enter")
    see("#said", say("按数字选", "Press her number"))
    assert say("周女士", "Ms Zhou") in scene.desk.text(".choices button >> nth=0"), "the last visit comes first"
    press("2")
    see("#who", say("赵先生", "Mr Zhao"))
    see("#said", say("已就绪", "Ready"))
    press("-")
    scene.desk.rest()
    press("1351")
    see("#said", say("2 位", "2 match"))
    press("1117")
    see("#who", say("赵先生", "Mr Zhao"))
    scene.desk.see_none(".choices button")
    scene.shot("narrowed")
    press(". 0000")
    see("#said", say("没有这位", "Nobody yet"))
    scene.shot("nobody")
    press(". 139000012 Enter")
    see("#said", say("11 位", "11 digits"))
    scene.shot("mistyped")
    press(".")


def newcomer(scene):
    """A number that nobody has, her surname, her title, her first paper."""
    say, press, see = scene.say, scene.press, scene.see
    press(SUN)
    see("#who", say("新顾客", "New customer"))
    scene.shot("new-number", dark=True)
    press("Enter")
    see("#panel h3", say("贵姓", "Her surname"))
    expect(scene.page.locator("#consent")).to_have_class(re.compile("now"))
    scene.shot("surname", dark=True)
    press("0")
    see(".choices", say("吴", "Wu"))
    scene.shot("surname-second-page")
    press("3")
    see("#panel h3", say("怎么称呼", "How is she addressed"))
    scene.shot("title")
    press("1")
    see("#who", say("孙女士", "Ms Sun"))
    see("#said", say("已就绪", "Ready"))
    see("#preview", say("孙女士", "Ms Sun"))
    scene.shot("greeted", dark=True)
    paper = scene.sale()
    expect(paper.locator(".roll b")).to_contain_text(say("孙女士", "Ms Sun"))
    see("#who", say("刚才", "Just now"))
    expect(scene.page.locator("#preview")).to_be_hidden()
    scene.shot("paper-with-note", dark=True)


def regular(scene):
    """What is known of her, and the one thing that may be asked."""
    say, press, see = scene.say, scene.press, scene.see
    # Her first sale makes her silver: gold is what she comes near to.
    scene.sale(fen=129_900, member=LI)
    scene.serve("6721", say("李女士", "Ms Li"))
    see("#hints .gap", "3701.00")
    # She bought here for the first time today: nothing more is asked of her, but she may tell.
    scene.desk.see_none("#hints .ask")
    scene.shot("regular", dark=True)
    press("+")
    see("#panel", say("记生日", "Her birthday"))
    scene.shot("menu", dark=True)
    press("1")
    see("#panel h3", say("月日四位", "month and day"))
    see("#mode", say("公历", "solar"))
    press("1332 Enter")
    see("#said", say("请核对", "Please check"))
    scene.shot("birthday-mistyped")
    press(".")
    scene.menu(say("记生日", "Her birthday"))
    press(time.strftime("%m%d") + " Enter")
    scene.noted()
    see("#hints .birthday", say("今天是她生日", "Her birthday today"))
    scene.shot("birthday-today")
    scene.menu(say("记尺码", "Her size"))
    scene.shot("size")
    scene.choice("M")
    scene.noted()
    see("#who", say("常穿M", "wears M"))
    scene.menu(say("记联系方式", "How to reach her"))
    scene.shot("channel")
    press("3")
    scene.noted()
    scene.menu(say("记地址", "Her address"))
    scene.shot("address")
    press("/")
    scene.noted()
    scene.desk.see_none("#hints .ask")
    scene.menu(say("差额印小票", "Print the gap"))
    scene.noted()
    see("#preview", "3701.00")
    scene.shot("gap-agreed")
    press("+")
    see("#panel", say("差额不再印小票", "Stop printing the gap"))
    press("+")
    # Without care for the thing there is room for it on the paper.
    paper = scene.sale(item=say("发夹", "Hair clip"))
    expect(paper.locator(".roll b")).to_contain_text(f"{3701 - scene.paid:.2f}")


def long_away(scene):
    say, press, see = scene.say, scene.press, scene.see
    scene.serve("7788", say("陈女士", "Ms Chen"))
    see("#hints .away", say("4个月没来了", "Away for 4 months"))
    see("#hints .ask", say("生日是哪天", "when is her birthday"))
    scene.shot("long-away")
    scene.menu(say("记生日", "Her birthday"))
    press("*")
    see("#mode", say("农历", "lunar"))
    press("0815 Enter")
    scene.noted()
    scene.menu(say("记尺码", "Her size"))
    press("/")
    scene.noted()
    # Two answers are more than enough for one visit.
    scene.desk.see_none("#hints .ask")
    scene.shot("asked-once")
    scene.desk.rest()


def in_one_key(scene):
    """Refused, a gift, undone."""
    say, press, see = scene.say, scene.press, scene.see
    press("/")
    see("#who", say("本单谢绝留号", "She would rather not"))
    scene.shot("refused")
    expect(scene.sale().locator(".tag.refused")).to_contain_text(say("谢绝", "refused"))
    scene.serve("6721", say("李女士", "Ms Li"))
    press("*")
    see("#who .badge", say("送礼", "Gift"))
    expect(scene.page.locator("#keys .on")).to_have_count(1)
    expect(scene.page.locator("#preview")).not_to_contain_text(say("李女士", "Ms Li"))
    scene.shot("gift", dark=True)
    paper = scene.sale()
    expect(paper.locator(".roll")).not_to_contain_text(say("李女士", "Ms Li"))
    expect(paper.locator(".tag.given")).to_have_count(1)
    press("-")
    see("#said", say("再按一次", "Press − again"))
    scene.shot("undo-asked")
    press("-")
    see("#said", say("已撤销", "Undone"))
    expect(scene.page.locator("#papers .paper").first.locator(".tag.not_asked")).to_have_count(1)
    press("-")
    see("#said", say("再按一次", "Press − again"))
    press(".")


def more(scene):
    """Who brought her, a receipt from before, a family, another number."""
    say, press, see = scene.say, scene.press, scene.see
    press(WANG + " Enter")
    see("#panel h3", say("贵姓", "Her surname"))
    press("1 2")
    see("#who", say("王先生", "Mr Wang"))
    scene.menu(say("谁介绍来的", "Who brought her"))
    press("6721")
    see(".choices", say("李女士", "Ms Li"))
    scene.shot("referrer")
    press("Enter")
    scene.noted()
    scene.sale()
    scene.serve("6721", say("李女士", "Ms Li"))
    see("#hints .referral", say("带来过1位朋友", "brought 1"))
    scene.shot("three-hints", dark=True)
    scene.menu(say("同号的家人", "Family on this number"))
    see("#panel h3", say("贵姓", "Her surname"))
    press("3 2")
    scene.noted()
    scene.shot("family")
    scene.serve("7788", say("陈女士", "Ms Chen"))
    scene.menu(say("她换号码了", "She has a new number"))
    scene.shot("new-number-of-hers")
    press(MOVED_TO + " Enter")
    scene.noted()
    scene.serve("4321", say("陈女士", "Ms Chen"))
    scene.desk.rest()
    scene.sale()
    no = str(scene._no)
    scene.menu(say("补登小票", "Attach a receipt"))
    scene.shot("attach-which")
    press(no + " Enter")
    see("#panel h3", say("这张小票的手机号", "Her number"))
    press(ATTACHED + " Enter")
    see("#said", say("已登记", "Attached"))
    expect(scene.desk.see_paper(no).locator(".tag.given")).to_have_count(1)
    scene.shot("attached")
    scene.menu(say("今天下雨", "It rains today"))
    scene.noted()
    scene.menu(say("打印测试页", "Print a test page"))
    see("#said", say("测试页已送出", "test page is on its way"))


def manager(scene):
    """What takes the manager's PIN."""
    say, press, see = scene.say, scene.press, scene.see
    scene.serve("13511112468", say("赵先生", "Mr Zhao"))
    scene.menu(say("合并两份资料", "Join two files"))
    see("#dialog h3", say("要店长来", "takes the manager"))
    scene.shot("pin", dark=True)
    press("-")
    scene.desk.see_none("#dialog[open]")
    press(".")
    scene.menu(say("合并两份资料", "Join two files"))
    press("123456 Enter")
    see("#dialog .bad", say("密码不对", "Wrong PIN"))
    scene.shot("pin-wrong")
    press(PIN + " Enter")
    see("#panel h3", say("另一份资料的后四位", "Last four digits of the other"))
    press("7777")
    see(".choices", say("赵先生", "Mr Zhao"))
    scene.shot("merge")
    press("Enter")
    scene.noted()
    scene.desk.rest()
    press("7777")
    see("#said", say("没有这位", "Nobody yet"))
    press(".")


def forgets(scene):
    """She wants her file deleted, as the paper promises: two keys."""
    say, press, see = scene.say, scene.press, scene.see
    scene.sale(fen=8_800, member="13722220003")
    scene.menu(say("她要删除资料", "She wants her file deleted"))
    scene.shot("forget-sure")
    scene.choice(say("再按一次", "Again"))
    see("#said", say("总部会删除", "headquarters deletes"))
    scene.shot("forgotten")
    press(".")


def told_by_hq(scene):
    """What the chain set at HQ today: levels, what they bring, the gift of the day, her birthday's discount."""
    say, press, see, store = scene.say, scene.press, scene.see, scene.store
    levels = store.folder / "tiers.toml"
    names = say("银卡 金卡 钻石卡", "Silver Gold Diamond").split()
    brings = say("免费改裤", "free alterations")
    rows = [f'[[tier]]\nname = "{name}"\nspend_min = {least}\nbirthday_percent = 5\nbenefits = "{brings}"\n'
            for name, least in zip(names, (1_000, 5_000, 20_000))]  # fmt: skip
    levels.write_text("window_days = 365\n" + "".join(rows), encoding="utf-8")
    hq = ("--dir", store.folder / "hq")
    store.done("huitou-hq", "tiers", *hq, levels)
    store.done("huitou-hq", "vip", "gift", *hq, time.strftime("%m-%d"), "--zh", "桂花茶一包", "--en", "a bag of tea")
    scene.menu(say("现在和总部同步", "Talk to headquarters"))
    see("#said", say("已同步", "Synced"))
    scene.menu(say("会员等级和权益", "Levels and what they bring"))
    see("#panel .levels", brings)
    expect(scene.page.locator("#panel .levels li")).to_have_count(3)
    scene.shot("levels", dark=True)
    # Her name was never told to HQ, so what came down is without it.
    press("6721")
    see("#who", "6721")
    press("Enter")
    see("#hints", say("权益:", "brings: ") + brings)
    see("#hints .birthday", "5")
    scene.shot("what-her-tier-brings", dark=True)
    scene.menu(say("给她的礼物和服务", "For her today"))
    see(".choices", say("桂花茶", "a bag of tea"))
    scene.shot("hand-out", dark=True)
    scene.choice(say("桂花茶", "a bag of tea"))
    scene.noted()
    scene.menu(say("给她的礼物和服务", "For her today"))
    see(".choices", "✓ " + say("桂花茶一包", "a bag of tea"))
    scene.shot("handed-out")
    scene.choice(say("生日", "birthday"))
    scene.noted()
    expect(scene.page.locator("#hints .birthday")).not_to_contain_text(say("勾掉", "tick it off"))
    scene.desk.rest()


def printing(scene):
    """A till that prints slowly: the sale is seen while it comes."""
    say, see, store = scene.say, scene.see, scene.store
    scene.serve("6721", say("李女士", "Ms Li"))
    scene._no += 1
    job = store.sale(str(scene._no), 23_400)
    half = job.rindex(b"\n", 0, len(job) * 2 // 3) + 1
    with store.till.connect() as pos:
        pos.sendall(job[:half])
        see("#preview h2", say("正在打印", "Printing now"))
        see("#preview", str(scene._no))
        see("#preview b", say("李女士", "Ms Li"))
        scene.shot("printing", dark=True)
        pos.sendall(job[half:])
    scene.desk.see_paper(str(scene._no))
    expect(scene.page.locator("#preview")).to_be_hidden()


def papers(scene):
    """A receipt that is missing, one that is a picture, and how one was read."""
    say, see = scene.say, scene.see
    expect(scene.page.locator("#gaps")).to_be_hidden()
    scene._no += 1
    lost = str(scene._no)
    for _ in range(3):
        scene.sale()
    see("#gaps", lost)
    scene.shot("receipts-missing", dark=True)
    scene.store.till.print(picture())
    see("#papers .paper >> nth=0", say("图片", "Picture"))
    look = scene.page.locator("#papers .paper img").first
    until("the picture", lambda: look.evaluate("e => e.complete && e.naturalWidth > 100"))
    scene.shot("picture", dark=True)
    row = scene.page.locator("#papers .paper").first
    row.locator("input[placeholder='88.00']").fill("88.00")
    row.locator("button", has_text=say("记下金额", "Note the amount")).click()
    see("#said", say("已记下", "Noted"))
    paper = scene.sale()
    expect(scene.page.locator("#papers .paper").nth(1).locator("summary")).to_contain_text("88.00")
    paper.locator("button", has_text=say("怎么看懂的", "How it was read")).click()
    expect(paper.locator("table.why tr").first).to_be_visible()
    paper.locator("table.why tr").nth(1).click()
    paper.locator("table.why").scroll_into_view_if_needed()
    scene.shot("explained", dark=True)
    scene.page.evaluate("scrollTo(0, 0)")


def picture():
    """A receipt that a driver drew: 384 × 240 dots, nothing that could be read."""
    rows = b"".join((b"\xff" if (row // 8) % 3 else b"\x0f") * 48 for row in range(240))
    return b"\x1b@\x1dv0\x00" + struct.pack("<HH", 48, 240) + rows + b"\n" + END


def trouble(scene):
    """Printer, bridge and agent go away, each alone, and come back."""
    say, see, store = scene.say, scene.see, scene.store
    store.pull_printer()
    store.till.print(store.sale(str(scene._no + 1), 12_300))
    see("#status", say("打印机没有应答", "Printer does not answer"))
    scene.shot("printer-away", dark=True)
    store.plug_printer()
    scene._no += 1
    scene.desk.see_paper(str(scene._no))
    see("#status", say("打印正常", "Printing works"))
    with store.bridge_away():
        see("#status", say("打印桥未连接", "Bridge not connected"))
        scene.shot("bridge-away")
    see("#status", say("打印正常", "Printing works"))
    store.kill_agent()
    see("#status", say("会员暂时查不到", "members cannot be looked up"))
    scene.press("6721")
    see("#said", say("请继续收银", "Please go on"))
    scene.shot("agent-away", dark=True)
    store.start_agent()
    see("#status", say("打印正常", "Printing works"))
    scene.press(". 6721")
    see("#who", say("李女士", "Ms Li"))
    scene.press(".")


def screens(scene):
    """A phone as second screen, a phone's size, the strip."""
    say, press, see = scene.say, scene.press, scene.see
    scene.page.locator("#phone").click()
    see("#dialog h3", say("要店长来", "takes the manager"))
    press(PIN + " Enter")
    see("#dialog h3", say("用手机扫码", "Scan with a phone"))
    expect(scene.page.locator("#dialog svg")).to_be_visible()
    scene.shot("second-screen", dark=True)
    scene.page.locator("#dialog button", has_text=say("关闭", "Close")).click()
    for name, size, path in [("phone", (390, 844), "/"), ("strip", (900, 92), "/?strip=1")]:
        other = Desk(scene.browser, scene.store, path, size=size)
        scene.album.keep(other, f"{name}-empty")
        other.press("6721")
        other.see("#who", say("李女士", "Ms Li"))
        other.press("Enter")
        other.see("#hints", say("今天是她生日", "Her birthday today"))
        scene.album.keep(other, f"{name}-regular", dark=True)
        other.press(". 2468")
        other.see(".choices button:nth-of-type(2):visible", say("先生", "Mr"))
        scene.album.keep(other, f"{name}-several")
        other.rest()
        other.press(SUN[:-1] + "5 Enter")
        # A strip shows the surnames themselves, not the question.
        other.see(".choices button:first-child:visible", say("王", "Wang"))
        scene.album.keep(other, f"{name}-surname")
        other.rest()
        other.close()


def strip_on_top(scene):
    """The strip in a window of its own that stays above the till's (Document Picture-in-Picture)."""
    say, press, page = scene.say, scene.press, scene.page
    if not page.evaluate("'documentPictureInPicture' in window"):
        print(f"    {scene.store.language}: skipped: this browser has no window that stays on top", flush=True)
        return
    with scene.desk.context.expect_page() as opened:
        page.locator("#float").click()
    window = opened.value
    window.set_viewport_size({"width": 900, "height": 92})
    pad = scene.desk.context.new_cdp_session(window)
    expect(window.locator("#number")).to_be_focused()
    expect(page.locator("#desk")).to_have_count(0)
    press("6721", pad)
    expect(window.locator("#who")).to_contain_text(say("李女士", "Ms Li"))
    press("Enter", pad)
    expect(window.locator("#said")).to_contain_text(say("已就绪", "Ready"))
    scene.album.picture(window, f"{scene.store.language}-strip-on-top")
    window.close()
    expect(page.locator("main #desk")).to_have_count(1)
    scene.desk.rest()


def play(browser, store, album):
    scene = Scene(browser, store, album)
    for part in (looked_up, newcomer, regular, long_away, in_one_key, more, manager, forgets, printing, papers, trouble, screens, strip_on_top, told_by_hq):
        began = time.monotonic()
        part(scene)
        print(f"    {store.language} {part.__name__}: {time.monotonic() - began:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    return scene
