#!/usr/bin/env bash
# The ledger's suite on PostgreSQL: on one server, then on two that share the partitions (half of each
# table's lie on the other server, through postgres_fdw), then the program itself with two processes of
# role `ingest` beside each other, then over TLS with an authority made for the purpose.
#
#   .ci/postgres/run.sh [FILTER]     all promises, or those whose name has FILTER
#
# Installs Debian's postgresql when it is missing and we are root. Where that cannot be, it says so and
# ends with status 0: nothing was tested, nothing is known to be wrong. Citus is not tested: Debian has none.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/postgres/cluster.sh

need_postgres
one=$(free_port); start_server one "$one"
two=$(free_port); start_server two "$two"
echo "CREATE DATABASE plain; CREATE DATABASE shared; CREATE DATABASE served" | sql "$one" postgres
echo "CREATE DATABASE shared" | sql "$two" postgres

suite() {
  HUITOU_TEST_POSTGRES="postgres://huitou@127.0.0.1:$one/$1" \
    cargo test --quiet -p huitou-sync --all-features "${@:2}"
}

echo "-- one server"
suite plain --lib -- "ledger::tests::in_postgres::${1:-}"

echo "-- two servers: partitions 0 to 3 here, 4 to 7 there"
layout=sync/src/hq/ledger/postgres
tables="terminal enrol_code stream ledger quarantine"
# What is altered later is altered there first: a foreign table takes a column on trust.
cat "$layout/layout_1.sql" "$layout/partitions.sql" "$layout/layout_2.sql" | sql "$two" shared
{
  cat <<END
CREATE EXTENSION postgres_fdw;
CREATE SERVER two FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '$two', dbname 'shared');
CREATE USER MAPPING FOR huitou SERVER two OPTIONS (user 'huitou');
END
  # A table with partitions elsewhere can have no index of its own: each partition here gets its key,
  # each one there has it already.
  perl -0pe 's/,\s*PRIMARY KEY \([^)]*\)//g; s/CREATE INDEX[^;]*;//g' "$layout/layout_1.sql"
  for table in $tables; do
    key=$(perl -0ne "print \$1 if /CREATE TABLE $table \(.*?PRIMARY KEY (\([^)]*\))/s" "$layout/layout_1.sql")
    for at in 0 1 2 3; do
      echo "CREATE TABLE ${table}_$at PARTITION OF $table (PRIMARY KEY $key) FOR VALUES WITH (MODULUS 8, REMAINDER $at);"
    done
    for at in 4 5 6 7; do
      echo "CREATE FOREIGN TABLE ${table}_$at PARTITION OF $table FOR VALUES WITH (MODULUS 8, REMAINDER $at) SERVER two;"
    done
  done
  echo "CREATE TABLE huitou_layout (version integer PRIMARY KEY); INSERT INTO huitou_layout VALUES (1);"
} | sql "$one" shared
suite shared --lib -- "ledger::tests::in_postgres::${1:-}"
# Both servers hold events, or nothing was dealt out.
held() { echo "SELECT count(*) FROM $2" | "$bin/psql" -XqtA -h 127.0.0.1 -p "$1" -U huitou -d shared; }
if [ -z "${1:-}" ]; then
  [ "$(held "$one" ledger_0)" -gt 0 ] && [ "$(held "$two" ledger_7)" -gt 0 ] || { echo "a server holds nothing"; exit 1; }
fi

echo "-- the program: one process with the keys, two that only take batches"
[ -n "${1:-}" ] || HUITOU_TEST_POSTGRES_FILES="$place/one" suite served --test hq in_postgres

echo "-- over TLS"
[ -n "${1:-}" ] || .ci/postgres/tls.sh
