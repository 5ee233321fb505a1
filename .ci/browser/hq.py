"""HQ's pages as a manager walks through them, and a task's way to the store's page and back.

    log-in ─▶ last night ─▶ one who slips away ─▶ her task ─▶ (sync) the till's page, HQ off the line
                                                                  └─ what she said ─▶ (sync) HQ's page

On the way each page is kept in light, in the dark and as on a phone.

Not here: the till's own page (states.py).
"""

import csv
import random
import re
import time
from datetime import date, timedelta

from playwright.sync_api import expect

from counter import PATIENCE_MS, PIN, Desk, Store, until

SEED = 118
MANAGER, PASSWORD = "lihua", "seven green umbrellas"
WALK_S_MAX = 150

SURNAMES = {
    "zh": ["李", "王", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"],
    "en": ["Lee", "Wang", "Jones", "Smith", "Chen", "Young", "Brown", "King", "Moore", "Wood"],
}
TITLES = {"zh": ["女士", "先生"], "en": ["Ms", "Mr"]}
ITEMS = {
    "zh": [("真丝连衣裙", "DR2301", 1299), ("羊毛大衣", "CT1108", 2699), ("亚麻衬衫", "SH3310", 459), ("丝巾", "SC9001", 199)],
    "en": [("Silk dress", "DR2301", 1299), ("Wool coat", "CT1108", 2699), ("Linen shirt", "SH3310", 459), ("Silk scarf", "SC9001", 199)],
}  # fmt: skip
STAFF = {"zh": ["小陈", "小周", "小林"], "en": ["Chen", "Zoe", "Lin"]}


def made_up(language):
    """160 customers and what they bought within two years; a third has stayed away for months."""
    dice = random.Random(SEED)
    people, past, today = [], [], date.today()
    for at in range(160):
        number = f"139{11_000_000 + at * 137:08}"
        surname, title = dice.choice(SURNAMES[language]), dice.choice(TITLES[language])
        people.append((number, surname, title))
        gap = dice.choice([14, 21, 35, 60])
        day = today - timedelta(days=dice.randrange(1, 25) if at % 3 else dice.randrange(100, 600))
        for _ in range(dice.randrange(1, 9)):
            item, style, price = dice.choice(ITEMS[language])
            past.append((day, number, dice.choice(STAFF[language]), item, style, price))
            day -= timedelta(days=dice.randrange(gap // 2, gap * 2))
    return people, past


class Chain(Store):
    """A chain with a past, a manager who may log in, and one store whose till is on the line."""

    def __init__(self, arguments, language, people, past):
        super().__init__(arguments, language)
        self._people, self._past, self._filled = people, past, False

    def done(self, program, *arguments, inside=()):
        if arguments[0] == "init":
            name = "云裳坊" if self.language == "zh" else "Cloud Dress"
            arguments = (*arguments, "--language", self.language, "--name", name)
        return super().done(program, *arguments, inside=inside)

    def start_hq(self):
        if not self._filled:
            self._fill_hq()
            self._filled = True
        super().start_hq()

    @property
    def office(self):
        return f"http://127.0.0.1:{self._hq_ports[0]}"

    def _bring(self, what, header, rows):
        path = self.folder / f"{what}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        self.done("huitou-hq", "import", what, "--dir", self._hq, "--yes", path)

    def _fill_hq(self):
        self._bring("stores", ["name", "region"], [[self._store, "East"]])
        agreed = time.strftime("%Y-%m-%d")
        members = [[*person, self._store, "yes", "paper form", agreed, "c-1"] for person in self._people]
        header = ["phone", "surname", "title", "store", "care", "consent_source", "consent_date", "consent_text"]
        self._bring("members", header, members)
        header = ["date", "store", "receipt", "amount", "phone", "associate", "item", "style"]
        sales = [
            [day.isoformat(), self._store, f"P{at:05}", f"{price}.00", number, staff, item, style]
            for at, (day, number, staff, item, style, price) in enumerate(self._past)
        ]
        self._bring("sales", header, sales)
        add = ["user", "add", "--dir", self._hq, MANAGER, "--role", "hq", "--language", self.language]
        self.done_with(f"{PASSWORD}\n", "huitou-hq", *add, "--no-totp", "--password-stdin")


class Office:
    """HQ's pages as the manager has them before her."""

    def __init__(self, browser, store):
        self.store, self.zh = store, store.language == "zh"
        locale = "zh-CN" if self.zh else "en-GB"
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, locale=locale)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page, self.seen = self.context.new_page(), []

    def say(self, chinese, english):
        return chinese if self.zh else english

    def text(self, selector):
        return " ".join(self.page.locator(selector).all_inner_texts())

    def open(self, path):
        answer = self.page.goto(self.store.office + path)
        assert answer.ok, f"{path}: {answer.status}"

    def press(self, chinese, english):
        self.page.get_by_role("button", name=self.say(chinese, english), exact=True).first.click()

    def follow(self, chinese, english):
        self.page.get_by_role("link", name=self.say(chinese, english)).first.click()

    def see(self, chinese, english):
        expect(self.page.locator("main")).to_contain_text(self.say(chinese, english))


def log_in(office, album):
    office.open(office.say("/log-in", "/log-in?lang=en"))
    album.keep_whole(office, "log-in")
    office.page.fill("input[name=name]", MANAGER)
    office.page.fill("input[name=password]", PASSWORD)
    office.page.locator("main button").click()
    office.see("店已到", "stores came in")


def slipping(office, album):
    """From last night to one who slips away, and her task; gives its path and her last four."""
    until("tasks", lambda: office.open("/") or office.say("件任务", "tasks") in office.text("main"))
    album.keep_whole(office, "last-night")
    office.open("/tasks")
    album.keep_whole(office, "tasks")
    office.open("/win-back?show=called")
    album.keep_whole(office, "win-back")
    office.page.locator("tbody a").first.click()
    office.see("久未光顾", "stays away")
    office.see("周内会再来", "Comes again in")
    album.keep_whole(office, "customer")
    office.follow("她的回访任务", "The task to call her")
    office.see("可以这样说", "What to say")
    album.keep_whole(office, "task")
    tail = re.search(r"\*{4}(\d{4})", office.text("h1")).group(1)
    return office.page.url.removeprefix(office.store.office), tail


def on_the_tills_page(browser, store, album, tail):
    """HQ is off the line: the manager calls her from the till's page and enters what she said."""
    store.sync()
    store.kill_hq()
    desk = Desk(browser, store)
    desk.press("+")
    choose(desk, desk.say("今天的事", "Today's tasks"))
    # Her PIN is asked for, or was just now; until either shows, the menu's own heading stands there.
    there = desk.page.locator("#panel h3", has_text=desk.say("今天的事", "Today's tasks"))
    asked = desk.page.locator("#dialog[open] input").or_(there)
    expect(asked.filter(visible=True).first).to_be_visible()
    if desk.page.locator("#dialog[open] input").count():
        desk.press(PIN + " Enter")
    desk.see("#panel h3", desk.say("今天的事", "Today's tasks"))
    hers = desk.page.locator(".choices button", has_text=tail)
    for _ in range(30):
        if hers.count():
            break
        desk.press("0")  # nine at a time
    assert hers.count(), f"no task for …{tail} on the till's page"
    album.keep(desk, "hq-task-list")
    choose(desk, tail)
    album.keep(desk, "hq-task", dark=True)
    desk.press("1")
    choose(desk, desk.say("去了别家", "Another shop"))
    desk.see("#said", desk.say("记下", "Noted"))
    in_her_own_words(desk, album)
    desk.close()
    store.start_hq()
    store.sync()


def in_her_own_words(desk, album):
    """One who was reached and does not like it: of which style, and what she said."""
    choose(desk, desk.say("回访:喜欢", "Call: likes it"))
    choose(desk, desk.say("打通了", "She answered"))
    choose(desk, desk.say("不太喜欢", "Not much"))
    choose(desk, desk.say("舒服", "Yes"))
    choose(desk, desk.say("没有疑问", "None"))
    if desk.page.locator("#panel h3", has_text=desk.say("哪一款", "Which style")).count():
        desk.press("1")
    desk.see("#panel h3", desk.say("她怎么说", "What did she say"))
    desk.page.fill("#number", desk.say("领口有点紧,袖子太长 - 别的都好", "The neck is tight + the sleeves long"))
    album.keep(desk, "hq-her-words", dark=True)
    desk.press("Enter")
    desk.see("#said", desk.say("记下", "Noted"))


def choose(desk, label):
    """Presses the number that stands before `label`, as one does who reads it."""
    button = desk.page.locator(".choices button", has_text=label).first
    desk.press(button.locator("kbd").inner_text())


def came_back(office, album, path):
    done = office.say("已联系上", "reached")
    until("her answer at HQ", lambda: office.open(path) or done in office.text("main"))
    office.see("竞争对手", "another shop")
    album.keep_whole(office, "task-done")
    office.follow("她的档案", "Her file")
    office.see("打电话 · 已联系上", "call · reached")
    office.open("/win-back/report")
    office.see("竞争对手", "another shop")
    album.keep_whole(office, "win-back-report")


def complaint(office, album):
    office.open("/customers")
    album.keep_whole(office, "customers")
    office.page.locator("tbody a").first.click()
    office.page.locator("summary", has_text=office.say("记一件投诉", "Open a complaint")).click()
    office.press("开始处理", "Open a case")
    office.page.fill("textarea", office.say("拉链第二天就坏了", "The zip broke on the second day"))
    album.keep_whole(office, "complaint")
    office.press("这一步做好了", "This step is done")
    office.press("这一步做好了", "This step is done")
    office.page.fill("textarea", office.say("真对不起,让您白跑一趟", "I am sorry that you had to come twice"))
    office.press("这一步做好了", "This step is done")
    office.page.select_option("select[name=verified]", "yes")
    album.keep_whole(office, "complaint-analyse")
    office.open("/complaints")
    album.keep_whole(office, "complaints")


def figures(office, album):
    """The customers in figures, from the chain's numbers to who is in a class."""
    until("figures", lambda: office.open("/numbers") or office.say("三步走到哪了", "The three steps") in office.text("main"))
    for name, path in [("figures", "/figures"), ("class-gold", "/classes"), ("class-lost", "/classes?class=lost"), ("stores", "/stores"), ("potential", "/potential")]:
        office.open(path)
        album.keep_whole(office, name)
    office.open("/numbers")
    office.follow("可能流失", "at risk")
    office.see("顾客分类", "Customers by class")
    assert office.page.locator("tbody tr").count(), "nobody is at risk, though a third has stayed away"


def staff(office, album):
    """Facts about staff, a file that is checked, and a leaver whose customers are handed over and back."""
    for name in ["follow-ups", "new-customers", "contest", "cases"]:
        office.open(f"/{name}")
        album.keep_whole(office, name)
    office.open("/checks")
    album.keep_whole(office, "checks-undrawn")
    office.page.fill("input[name=seed]", office.say("桂花", "marigold"))
    office.press("抽", "Draw")
    office.see("桂花", "marigold")
    if office.page.locator("tbody a").count():  # in a quarter's first days nobody is new
        office.page.locator("tbody a").first.click()
        album.keep_whole(office, "check")
        office.press("属实", "True")
        office.see("属实", "true")
    album.keep_whole(office, "checks")
    office.open("/hand-over")
    album.keep_whole(office, "hand-over")
    leaver, successor = STAFF[office.store.language][:2]
    office.page.get_by_role("link", name=leaver, exact=True).first.click()
    office.see("现在还什么都没变", "Nothing has changed yet")
    album.keep_whole(office, "hand-over-plan")
    office.page.select_option("select[name=to]", successor)
    office.press("看看会怎样", "See what would happen")
    office.see("接手人", "Who takes over")
    album.keep_whole(office, "hand-over-one")
    office.press("登记离职并交接", "Note that she or he leaves, and hand over")
    office.see("登记了离职", "Noted as gone")
    album.keep_whole(office, "hand-over-done")
    office.press("撤回交接", "Take it back")
    office.see("现在还什么都没变", "Nothing has changed yet")


def survey(office, album):
    """A survey from its making to its publishing: staff first, sensitive questions one by one."""
    office.open("/surveys")
    office.page.locator("summary").first.click()
    office.page.fill("input[name=title]", office.say("面料", "Fabric"))
    office.page.fill("textarea", office.say("这件穿着舒服吗?\n您的月收入是多少?", "Is it comfortable?\nWhat is your income?"))
    office.press("新建", "Make it")
    office.see("敏感:收入", "sensitive: income")
    album.keep_whole(office, "survey")
    office.page.fill("input[name=a1]", office.say("很舒服", "Very"))
    office.page.fill("input[name=a2]", office.say("不想说", "I would rather not say"))
    office.press("我填好了", "Done")
    office.see("不想说", "I would rather not say")
    office.press("仍然要问", "Ask it all the same")
    office.press("发布", "Publish")
    office.see("已发布", "Published")
    album.keep_whole(office, "survey-published")
    office.open("/surveys")
    album.keep_whole(office, "surveys")


def regulars(office, album):
    """What is done for regulars, a text that the checker objects to, and a wish by its three checks."""
    office.open("/vip")
    for summary in office.page.locator("main summary").all():
        summary.click()
    album.keep_whole(office, "vip")
    office.page.fill("form[action='/vip/event'] input[name=day]", "2026-12-01")
    office.page.fill("form[action='/vip/event'] input[name=theme]", office.say("冬季茶会", "Winter tea"))
    office.page.locator("form[action='/vip/event'] button").click()
    office.open("/texts")
    office.page.locator("summary").first.click()
    office.page.select_option("select[name=language]", office.store.language)
    office.page.fill("textarea", office.say("{name}生日快乐,全场八折,欢迎选购", "{name}, happy birthday: 20 % off, come and buy"))
    office.press("检查并记下", "Check and keep")
    office.see("检查器有话说", "The checker objects")
    album.keep_whole(office, "text-objection")
    office.page.fill("textarea", office.say("{name},生日快乐,愿您安康", "{name}, happy birthday and all the best"))
    office.press("检查并记下", "Check and keep")
    office.see("请别人审", "somebody else reviews it")
    album.keep_whole(office, "texts")
    office.open("/questions")
    office.page.locator("summary").first.click()
    office.page.select_option("select[name=kind]", "wish")
    office.page.fill("input[name=text]", office.say("想学围巾的系法", "To learn to tie a scarf"))
    office.press("记下", "Keep")
    office.see("合品牌吗", "suit the brand")
    album.keep_whole(office, "wish")
    for check in ["suits", "feasible", "no_conflict", "does"]:
        office.page.select_option(f"select[name={check}]", "yes")
    office.page.fill("input[name=why]", office.say("周六下午教", "Saturday afternoon"))
    office.press("定下来", "Decide")
    office.open("/customers")
    office.page.locator("tbody a").last.click()
    office.page.locator("summary", has_text=office.say("删除她的资料", "Delete her file")).click()
    album.keep_whole(office, "file-to-delete")
    office.page.locator("form[action$='/erase'] input[name=reason]").fill(office.say("她要求的", "she asked for it"))
    office.press("销毁,不能恢复", "Destroy for good")
    office.see("凭证号", "Certificate")
    album.keep_whole(office, "deleted")


def the_rest(office, album):
    for name in ["numbers", "standards", "questions", "styles", "tills", "sales", "staff", "days", "users", "audit", "me"]:
        office.open(f"/{name}")
        album.keep_whole(office, name)


def play(browser, store, album):
    began = time.monotonic()
    office = Office(browser, store)
    log_in(office, album)
    path, tail = slipping(office, album)
    on_the_tills_page(browser, store, album, tail)
    came_back(office, album, path)
    complaint(office, album)
    figures(office, album)
    staff(office, album)
    survey(office, album)
    regulars(office, album)
    the_rest(office, album)
    office.context.close()
    took = time.monotonic() - began
    print(f"  {store.language}: log-in, her task to the till and back, a complaint, {took:.0f} s", flush=True)
    assert took <= WALK_S_MAX, f"the walk took {took:.0f} s"
    return "\n".join(office.seen).encode()
