#!/usr/bin/env bash
# The cashier's page and HQ's in a real browser: Chromium opens them, a number pad types, and a whole
# shop stands behind. What she saw lies in target/browser/shots afterwards.
#
#   .ci/browser/run.sh [part ...]        parts: states words speed shift strangers hq; all without one
#
# The browser is Debian's chromium, installed here if we are root; Python's playwright drives it, from
# target/browser/venv. Where one of them cannot be had, this says so and ends with status 0.
# HUITOU_BROWSER_CROWD=0 leaves out the store of 100,000 customers (see speed.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
place=target/browser
mkdir -p "$place/shots"

skip() { echo "skipped: the cashier's page in a browser: $*"; exit 0; }

chromium=$(command -v chromium || command -v chromium-browser || true)
if [ -z "$chromium" ] || ! fc-list :lang=zh 2> /dev/null | grep -q .; then
  [ "$(id -u)" = 0 ] || skip "chromium or a Chinese font is missing and we are not root (Debian: apt-get install chromium fontconfig fonts-wqy-zenhei)"
  command -v apt-get > /dev/null || skip "there is no apt-get here for chromium"
  { apt-get update -q && apt-get install -y -q --no-install-recommends chromium fontconfig fonts-wqy-zenhei; } > "$place/apt.log" 2>&1 ||
    skip "chromium cannot be installed: $(tail -1 "$place/apt.log")"
  chromium=$(command -v chromium) || skip "chromium was installed and is not there"
fi

if ! "$place/venv/bin/python" -c 'import playwright' 2> /dev/null; then
  if ! python3 -m venv "$place/venv" 2> /dev/null; then
    [ "$(id -u)" = 0 ] || skip "python3 -m venv does not work here (Debian: apt-get install python3-venv)"
    apt-get install -y -q python3-venv > "$place/apt.log" 2>&1 || skip "python3-venv cannot be installed"
    python3 -m venv "$place/venv"
  fi
  # No `playwright install`: the browser is Debian's.
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check 'playwright==1.65.2' > "$place/pip.log" 2>&1 ||
    skip "playwright cannot be installed: $(tail -1 "$place/pip.log")"
fi

# The programs, and the libraries of the same build, with which customers are sealed into a store.
built=${CARGO_TARGET_DIR:-target}/debug
cargo build --quiet --workspace --all-features
rustc --edition 2024 -O -o "$place/fill" -L "dependency=$built/deps" \
  --extern "huitou=$built/libhuitou.rlib" --extern "sync=$built/libsync.rlib" .ci/browser/fill.rs

export PYTHONDONTWRITEBYTECODE=1
"$place/venv/bin/python" .ci/browser/drive.py --chromium "$chromium" --fill "$place/fill" --shots "$place/shots" "$@"
