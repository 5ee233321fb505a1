#!/usr/bin/env bash
# HQ's nights over a large chain in SQLite: the first (all is due), the next day's, and one after which
# one customer in a hundred had bought.
#
#   benches/night.sh [CUSTOMERS SALES]     1,000,000 and 20,000,000 unless told; builds what it needs (release)
#
# Takes 10 GB in $HQ_CROWD (made if it is not there, kept if it was given) or a temporary folder, which is
# deleted at the end. PROFILE=simulated takes a build without link-time optimisation.
set -euo pipefail
cd "$(dirname "$0")/.."
customers=${1:-1000000}
sales=${2:-20000000}
profile=${PROFILE:-release}
bin=${CARGO_TARGET_DIR:-target}/$profile
[ -n "${NO_BUILD:-}" ] ||
  cargo build --profile "$profile" --quiet -p huitou-sync --all-features --bin huitou-hq --example hq_crowd
crowd=$bin/examples/hq_crowd
dir=${HQ_CROWD:-}
if [ -z "$dir" ]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
load() { echo "load: $(cut -d' ' -f1 /proc/loadavg) on $(nproc) cores"; }

if [ ! -e "$dir/hq.db" ]; then
  "$bin/huitou-hq" init --dir "$dir" >/dev/null
  echo "== filling"
  time "$crowd" fill "$dir" "$customers" "$sales"
  du -sh "$dir"
fi
echo "== the first night: every day and every person is due"
load
"$crowd" night "$dir" 0
echo "== one customer in a hundred bought, the same day"
"$crowd" change "$dir" 1
"$crowd" night "$dir" 0
load
echo "== the next night: one in a hundred bought, and the day moved on for all"
"$crowd" change "$dir" 1
"$crowd" night "$dir" 1
load
