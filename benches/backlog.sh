#!/usr/bin/env bash
# A till's backlog into HQ over loopback: SQLite over TLS and PostgreSQL, and opening afterwards.
#
#   benches/backlog.sh [EVENTS [PART…]]   1,000,000 unless told; builds what it needs (release)
#
# Parts: one, four, open, postgres; all of them unless told. PROFILE=simulated takes a build without
# link-time optimisation. Between processes of PostgreSQL's part there is plain HTTP, as behind a proxy.
#
# PostgreSQL is measured beside pgbench with the statements of taking a batch, on the same server in the
# same run; pgbench's rows lie in a table of the server and do not cross a wire. The database server and
# everything else share this machine's cores. Without PostgreSQL that part is skipped and says so.
set -euo pipefail
cd "$(dirname "$0")/.."
events=${1:-1000000}
tills=4
parts=" ${*:2} "; [ $# -gt 1 ] || parts=" one four open postgres "
profile=${PROFILE:-release}
bin=${CARGO_TARGET_DIR:-target}/$profile
[ -n "${NO_BUILD:-}" ] || cargo build --profile "$profile" --quiet -p huitou-sync --all-features --bin huitou-hq --example backlog
hq=$bin/huitou-hq
backlog=$bin/examples/backlog
what="backlog in PostgreSQL"
state=$(mktemp -d)
pids=()
ended() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  if [ -n "${place:-}" ]; then stop_servers; fi
  rm -rf "$state"
}

wanted() { [[ $parts == *" $1 "* ]]; }

# serve NAME DIR ARGUMENTS…: its address in $address, for tills over TLS in $secure, its number in $served
serve() {
  local log=$state/$1.log
  : >"$log"  # a busy machine opens it late
  "$hq" serve --dir "$2" --listen 127.0.0.1:0 --tills 127.0.0.1:0 "${@:3}" >"$log" &
  served=$!
  pids+=("$served")
  for _ in $(seq 100); do
    address=$(sed -n 's|^listening on http://||p' "$log")
    secure=tls:$(sed -n 's|^tills on https://||p' "$log")
    [ -n "$address" ] && [ "$secure" != tls: ] && return
    sleep 0.1
  done
  echo "HQ does not start"; exit 1
}

memory() { awk '/^VmHWM/ {printf "%.1f MiB\n", $2 / 1024}' "/proc/$1/status"; }
resident() { awk '/^VmRSS/ {printf "%.1f MiB\n", $2 / 1024}' "/proc/$1/status"; }
rate() { awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN {printf "%.0f\n", n / (to - from)}'; }
now() { date +%s.%N; }

# made HQDIR NAME EVENTS LEDGER…: a till with a backlog at $address
made() {
  "$hq" enrol-code --dir "$1" --store s "${@:4}" | "$backlog" make "$state/$2" "$address" "$3"
}

# all_at_once EVENTS ADDRESS… : four tills, each a quarter, dealt out to the addresses
all_at_once() {
  local began at=0 sent=()
  began=$(now)
  for till in $(seq $tills); do
    local to=$((at % ($# - 1) + 2)); at=$((at + 1))
    "$backlog" send "$state/$name.$till" "${!to}" >/dev/null &
    sent+=($!)
  done
  for pid in "${sent[@]}"; do wait "$pid"; done
  rate "$1" "$began" "$(now)"
}

trap ended EXIT
quarter=$((events / tills))

cpu() { awk '{print ($14 + $15) / 100}' "/proc/$1/stat"; }
stop() { kill "$1"; wait "$1" 2>/dev/null || true; }
echo "cores: $(nproc), load before: $(cut -d' ' -f1 /proc/loadavg)"

one() {
  echo "== SQLite, one till with $events events over TLS; HQ opens what arrives beside it"
  "$hq" init --dir "$state/one" >/dev/null
  serve one "$state/one"
  made "$state/one" one_till "$events"
  worked=$(cpu "$served")
  echo "HQ before: $(resident "$served")"
  "$backlog" send "$state/one_till" "$secure"
  echo "HQ at most: $(memory "$served"); $(rate "$events" "$worked" "$(cpu "$served")") events a second of a core of HQ's, opening included"
  stop "$served"
}

four() {
  echo "== SQLite, $tills tills with $quarter events each, at once, over TLS"
  "$hq" init --dir "$state/four" >/dev/null
  "$hq" ingest-key --dir "$state/four" >/dev/null
  serve four "$state/four"
  name=four
  for till in $(seq $tills); do made "$state/four" "four.$till" "$quarter" >/dev/null; done
  stop "$served"
  # Batches alone: what the opener would take of the cores is measured below.
  serve four_alone "$state/four" --role ingest
  worked=$(cpu "$served")
  echo "$(all_at_once $((quarter * tills)) "$secure") events/s; HQ at most: $(memory "$served"); $(rate $((quarter * tills)) "$worked" "$(cpu "$served")") events a second of a core of HQ's; load $(cut -d' ' -f1 /proc/loadavg)"
  stop "$served"
  rm -rf "$state/four"
}

opening() {
  echo "== opening and folding, one thread"
  few=$((events < 60000 ? events : 60000))
  "$hq" init --dir "$state/few" >/dev/null
  "$hq" ingest-key --dir "$state/few" >/dev/null
  serve few "$state/few"
  made "$state/few" few_till "$few" >/dev/null
  stop "$served"
  serve few_alone "$state/few" --role ingest
  "$backlog" send "$state/few_till" "$secure" >/dev/null
  stop "$served"
  "$backlog" open "$state/few"
}

if wanted one; then one; fi
if wanted four; then four; fi
if wanted open; then opening; fi
wanted postgres || exit 0

. .ci/postgres/cluster.sh
need_postgres
trap ended EXIT
port=$(free_port); start_server one "$port"
echo "CREATE DATABASE hq; CREATE DATABASE bench" | sql "$port" postgres
url="postgres://huitou@/hq?host=$place&port=$port"

echo "== PostgreSQL"
"$hq" init --dir "$state/pg" >/dev/null
"$hq" ingest-key --dir "$state/pg" >/dev/null
mkdir -p "$state/ingest" && mv "$state/pg/ingest.key" "$state/ingest/"
serve desk "$state/pg" --ledger "$url"
desk=$served
for run in one two; do
  name=$run
  for till in $(seq $tills); do made "$state/pg" "$run.$till" "$quarter" --ledger "$url" >/dev/null; done
done
# Opening is another process's work, on another machine: it is not measured here.
stop "$desk"
serve first "$state/ingest" --ledger "$url" --role ingest; first=$address; first_pid=$served
serve second "$state/ingest" --ledger "$url" --role ingest; second=$address
name=one; alone=$(all_at_once $((quarter * tills)) "$first")
echo "one ingest: $alone events/s; at most $(memory "$first_pid")"
echo "CHECKPOINT" | sql "$port" hq
name=two; beside=$(all_at_once $((quarter * tills)) "$first" "$second")
echo "two ingests: $beside events/s"

layout=sync/src/hq/ledger/postgres
batch=800
cat "$layout/layout_1.sql" "$layout/partitions.sql" "$layout/layout_2.sql" | sql "$port" bench
sql "$port" bench <<END
CREATE TABLE sample AS
  SELECT array_agg(sha256(n::text::bytea)) AS hashes,
         array_agg((SELECT string_agg(sha256((n || ':' || m)::bytea), '') FROM generate_series(1, 10) m)) AS sealed
  FROM generate_series(1, $batch) n;
INSERT INTO terminal (terminal, store, store_name, till, signing, sealing_id, sealing, software, status, enrolled_ms, changed_ms)
  SELECT md5(n::text)::uuid, md5('s')::uuid, 's', '1', '', 1, '', '', 'active', 0, 0 FROM generate_series(0, $((tills - 1))) n;
INSERT INTO stream SELECT terminal, md5('e')::uuid, 0, sha256(''), 0 FROM terminal;
END
cat >"$state/bench.sql" <<END
BEGIN;
UPDATE terminal SET seen_ms = 5, changed_ms = greatest(changed_ms, 5) WHERE terminal = md5((:client_id)::text)::uuid RETURNING status;
SELECT mark, hash, fork_at FROM stream WHERE terminal = md5((:client_id)::text)::uuid AND epoch = md5('e')::uuid \gset
INSERT INTO ledger (terminal, epoch, seq, received_ms, hash, sealed)
  SELECT md5((:client_id)::text)::uuid, md5('e')::uuid, :mark::bigint + n, 5, h, s
  FROM sample, unnest(hashes, sealed) WITH ORDINALITY AS u (h, s, n) ON CONFLICT DO NOTHING;
UPDATE stream SET mark = :mark::bigint + $batch, hash = sha256('x') WHERE terminal = md5((:client_id)::text)::uuid AND epoch = md5('e')::uuid;
COMMIT;
END
echo "CHECKPOINT" | sql "$port" bench
best=0
for clients in 1 $tills; do
  transactions=$((events / batch / clients))
  tps=$("$bin/pgbench" -n -M prepared -h 127.0.0.1 -p "$port" -U huitou -c "$clients" -j 1 -t "$transactions" -f "$state/bench.sql" bench 2>/dev/null |
    sed -n 's/^tps = \([0-9.]*\).*/\1/p')
  rows=$(awk -v tps="$tps" -v batch=$batch 'BEGIN {printf "%.0f", tps * batch}')
  echo "pgbench, $clients clients: $rows rows/s"
  [ "$rows" -gt "$best" ] && best=$rows
done
awk -v a="$alone" -v b="$beside" -v p="$best" 'BEGIN {
  printf "ratio: one ingest %.2f of pgbench, two %.2f of pgbench, two %.2f of one\n", a / p, b / p, b / a }'
