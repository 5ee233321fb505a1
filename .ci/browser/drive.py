"""Drives the cashier's page in a real browser, part by part; run.sh installs what it needs.

    drive.py --chromium PATH --fill PATH --shots FOLDER [part ...]

Not here: each part (states.py, speed.py, shift.py, strangers.py, hq.py), the shop (counter.py).
"""

import argparse
import os
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

import hq
import secrets_kept
import shift
import speed
import states
import strangers
from counter import Store
from looks import Album

PARTS = ["states", "words", "speed", "shift", "strangers", "hq"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--chromium", required=True)
    arguments.add_argument("--fill", type=lambda path: Path(path).resolve(), required=True)
    arguments.add_argument("--shots", required=True)
    arguments.add_argument("parts", nargs="*", metavar="part", help=" ".join(PARTS))
    arguments = arguments.parse_args()
    parts = set(arguments.parts or PARTS)
    assert parts <= set(PARTS), f"the parts are {' '.join(PARTS)}"
    began = time.monotonic()
    album = Album(arguments.shots, states.NUMBERS)
    answers, numbers = [], []
    with sync_playwright() as playwright:
        # One process group, no sandbox: CI is root.
        flags = ["--no-sandbox", f"--host-resolver-rules={strangers.RULES}"]
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=flags)
        print(f"  {browser.browser_type.name} {browser.version}, load {os.getloadavg()[0]:.1f}", flush=True)
        if parts & {"states", "strangers"}:
            with Store(arguments, "zh", customers=states.CUSTOMERS["zh"], second_screen=True) as store:
                states.play(browser, store, album)
                if "strangers" in parts:
                    strangers.play(browser, store)
                answers.append(store.wire.answers())
                numbers += states.NUMBERS
        if "words" in parts:
            with Store(arguments, "en", customers=states.CUSTOMERS["en"], second_screen=True) as store:
                states.play(browser, store, album)
                answers.append(store.wire.answers())
                numbers += states.NUMBERS
        if "speed" in parts:
            people = speed.regulars(speed.REPEATED)
            with Store(arguments, "zh", customers=people) as store:
                speed.play(browser, store, people)
                answers.append(store.wire.answers())
            numbers += [number for number, *_ in people]
            if crowd := speed.play_crowd(browser, arguments):
                answers.append(crowd[0])
                numbers += crowd[1]
        if "shift" in parts:
            people = shift.customers()
            with Store(arguments, "zh", customers=people) as store:
                numbers += shift.play(browser, store, people)
                answers.append(store.wire.answers())
        if "hq" in parts:
            for language in ["zh", "en"]:
                people, past = hq.made_up(language)
                album.also([number for number, *_ in people])
                with hq.Chain(arguments, language, people, past) as store:
                    answers.append(hq.play(browser, store, album))
                    answers.append(store.wire.answers())
                numbers += [number for number, *_ in people]
        browser.close()
    looked, known = secrets_kept.hold(b"\n".join(answers), set(numbers))
    print(f"  {looked // 1024} KiB of answers hold none of {known} numbers in clear", flush=True)
    for what, where in album.found.items():
        print(f"  looks: {where}: {what}")
    print(f"  {album.count} screenshots in {arguments.shots}, {time.monotonic() - began:.0f} s", flush=True)
    print("the cashier's page in a browser: all good")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        sys.exit(f"the cashier's page in a browser: {failure}")
