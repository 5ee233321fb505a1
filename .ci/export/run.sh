#!/usr/bin/env bash
# What HQ writes for other programs, read by them: a list in, sales out as CSV and Parquet, metrics.
# Installs pyarrow and Prometheus's own parser below target/export; the rest is read.py's.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=target/export
mkdir -p "$place"

built=${CARGO_TARGET_DIR:-target}/debug
[ -x "$built/huitou-hq" ] || cargo build -p huitou-sync --all-features

if ! "$place/venv/bin/python" -c 'import pyarrow, prometheus_client' 2>/dev/null; then
  python3 -m venv "$place/venv"
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check 'pyarrow==26.*' prometheus-client
fi

export PYTHONDONTWRITEBYTECODE=1
"$place/venv/bin/python" .ci/export/read.py "$built/huitou-hq"
