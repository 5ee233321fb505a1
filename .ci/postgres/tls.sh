#!/usr/bin/env bash
# The ledger's way to PostgreSQL over TLS, against a real server and an authority made for the purpose:
# the right authority connects, a wrong one and a wrong name are refused before any log-in, and the server
# itself says that the session is encrypted.
set -euo pipefail
cd "$(dirname "$0")/../.."
what="PostgreSQL over TLS"
. .ci/postgres/cluster.sh

command -v openssl >/dev/null || skip "openssl is not installed"
need_postgres
made=$(mktemp -d "$place/made.XXXX"); chmod 755 "$made"
quiet() { "$@" >"$made/said" 2>&1 || { cat "$made/said"; exit 1; }; }

# authority NAME  makes NAME.key and NAME.pem
authority() {
  quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -keyout "$made/$1.key" -out "$made/$1.pem"
}
authority right; authority wrong
quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=db" \
  -keyout "$made/server.key" -out "$made/server.csr"
echo "subjectAltName=DNS:localhost" > "$made/names"
quiet openssl x509 -req -in "$made/server.csr" -CA "$made/right.pem" -CAkey "$made/right.key" -CAcreateserial \
  -days 2 -extfile "$made/names" -out "$made/server.pem"

port=$(free_port)
start_server tls "$port"
for file in server.key server.pem; do install -m 600 "$made/$file" "$place/tls/$file"; done
[ ${#as[@]} = 0 ] || chown postgres "$place"/tls/server.{key,pem}
cat <<END >> "$place/tls/postgresql.conf"
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
log_connections = on
END
# In clear only over its socket; over TCP a password, so that TLS comes before it.
cat <<END > "$place/tls/pg_hba.conf"
local all all trust
hostssl all all all scram-sha-256
END
sql_here() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$place" -p "$port" -U huitou -d "$1" "${@:2}"; }
(cd "$place" && "${as[@]}" "$bin/pg_ctl" -D "$place/tls" -m fast -w restart -l "$place/tls.log" >/dev/null) ||
  { cat "$place/tls.log"; skip "the server does not start with TLS"; }
echo "ALTER USER huitou PASSWORD 'one of its own'; CREATE DATABASE ledger" | sql_here postgres

cargo build --quiet -p huitou-sync --all-features --bin huitou-hq
hq=${CARGO_TARGET_DIR:-target}/debug/huitou-hq
export PGPASSWORD="one of its own"
export HOME=$place # with no ~/.postgresql/root.crt in it
"$hq" init --dir "$place/hq" >/dev/null
url() { echo "postgres://huitou@$1:$port/ledger?sslmode=$2${3:+&sslrootcert=$made/$3.pem}"; }

# connects NAME URL  /  refused NAME WORDS URL
failed=0
connects() {
  if said=$("$hq" enrol-code --dir "$place/hq" --store x --ledger "$2" 2>&1); then echo "connects: $1"
  else echo "FAILED  should connect: $1: $said"; failed=1; fi
}
refused() {
  if said=$("$hq" enrol-code --dir "$place/hq" --store x --ledger "$3" 2>&1); then
    echo "FAILED  should be refused: $1"; failed=1
  elif [[ $said != *"$2"* ]]; then echo "FAILED  another reason than \"$2\": $1: $said"; failed=1
  else echo "refused: $1: $said"; fi
}

connects "the right authority and name" "$(url localhost verify-full right)"
connects "the right authority, another name, which is not asked" "$(url 127.0.0.1 verify-ca right)"
connects "anybody, encrypted" "$(url localhost require)"
connects "over the socket, where nobody listens in" "postgres:///ledger?host=$place&port=$port&user=huitou&sslmode=verify-full"
refused "a wrong authority" "no authority" "$(url localhost verify-full wrong)"
refused "a wrong authority without a name" "no authority" "$(url 127.0.0.1 verify-ca wrong)"
refused "a root file makes require look" "no authority" "$(url localhost require wrong)"
refused "a wrong name" "not valid for name" "$(url 127.0.0.1 verify-full right)"
refused "in clear" "no encryption" "$(url 127.0.0.1 disable)"
refused "nobody to vouch" "needs sslrootcert" "$(url localhost verify-full)"
refused "a word that is none" "verify-ca and verify-full" "$(url localhost yes)"

# What the server says of a session that lasts: a process that takes batches.
"$hq" ingest-key --dir "$place/hq" >/dev/null
mkdir "$place/ingest" && mv "$place/hq/ingest.key" "$place/ingest/"
HUITOU_LEDGER=$(url localhost verify-full right) "$hq" serve --role ingest --dir "$place/ingest" \
  --listen 127.0.0.1:0 > "$place/ingest.log" 2>&1 & ingest=$!
for _ in $(seq 100); do
  at=$(grep -o 'http://[0-9.:]*' "$place/ingest.log" || true)
  [ -z "$at" ] || break
  sleep 0.1
done
python3 - "$at" <<'END'
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/health", timeout=20).read()
END
seen=$(sql_here postgres -tA -c "SELECT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
  WHERE application_name = 'huitou-hq'")
kill "$ingest"
echo "the server says of the session: $seen"
[[ $seen == "t|TLSv1."* ]] || { echo "FAILED  it is not encrypted"; failed=1; }
[ "$failed" = 0 ]
