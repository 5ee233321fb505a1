#!/usr/bin/env bash
# Real POS clients against a real shop: they print, they ask for status, and HQ shows what was
# printed, to the fen; then printers and tills that misbehave. Installs the clients below
# target/clients; the rest is drive.py's and trouble.py's.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=target/clients
mkdir -p "$place/node"

built=${CARGO_TARGET_DIR:-target}/debug
if [ ! -x "$built/huitou" ] || [ ! -x "$built/huitou-bridge" ] || [ ! -x "$built/huitou-hq" ]; then
  cargo build --workspace --all-features
fi

if ! "$place/venv/bin/python" -c 'import escpos, PIL, serial' 2>/dev/null; then
  if ! python3 -m venv "$place/venv" 2>/dev/null; then
    [ "$(id -u)" = 0 ] || { echo "python3 -m venv does not work here (Debian: apt-get install python3-venv)" >&2; exit 1; }
    apt-get install -y -q python3-venv
    python3 -m venv "$place/venv"
  fi
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check 'python-escpos==3.1' pillow pyserial
fi

without_node=()
if ! command -v npm >/dev/null; then
  without_node=(--without-node "there is no npm on this machine")
elif [ ! -d "$place/node/node_modules/receiptio" ] || [ ! -d "$place/node/node_modules/node-thermal-printer" ]; then
  npm install --prefix "$place/node" --no-audit --no-fund --silent --ignore-scripts \
    receiptio@2.1.2 node-thermal-printer@4.6.1
fi

export PYTHONDONTWRITEBYTECODE=1
"$place/venv/bin/python" .ci/clients/drive.py "$place/node" "${without_node[@]}"
"$place/venv/bin/python" .ci/clients/trouble.py
