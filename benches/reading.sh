#!/usr/bin/env bash
# Reads the development sets of receipt text, scores them, and times one pass over each.
#
#   cargo build --release -p huitou && benches/reading.sh FOLDER
#
# FOLDER holds data/*.dev.jsonl and score.py (ICDAR-2019 SROIE, WildReceipt and others; not part of
# this project).
set -euo pipefail
folder=${1:?the folder with data/ and score.py}
huitou=$(cd "$(dirname "$0")/.." && pwd)/target/release/huitou
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
score() { # rule, set
  local truth=$folder/data/$2.jsonl out=$work/$2.jsonl began ended
  began=$(date +%s%N); "$huitou" read --format lines "$truth" > "$out"; ended=$(date +%s%N)
  printf '\n#### %s: %s receipts, %s ms each on average\n' "$2" "$(wc -l < "$truth")" \
    "$(awk "BEGIN{printf \"%.2f\", ($ended-$began)/1e6/$(wc -l < "$truth")}")"
  python3 "$folder/score.py" "$1" "$truth" "$out"
}
score items zh_synth.dev
score sroie sroie.dev
score wildreceipt wildreceipt.dev
score items cord_silver.dev
score items us_receipts_silver.dev
