# Throw-away PostgreSQL servers, for scripts: source it, then `start_server NAME PORT`.
# Not here: what runs against them.

what=${what:-postgres}
skip() { echo "skipped: $what: $1"; exit 0; }

need_postgres() {
  binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
  if [ -z "$(binaries)" ]; then
    [ "$(id -u)" = 0 ] || skip "PostgreSQL is not installed, and only root could"
    (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql) \
      >/dev/null 2>&1 || skip "PostgreSQL cannot be installed"
  fi
  bin=$(binaries)
  [ -x "$bin/initdb" ] || skip "PostgreSQL is not installed"
  place=$(mktemp -d)
  chmod 711 "$place"
  # The server refuses to run as root.
  as=()
  if [ "$(id -u)" = 0 ]; then
    getent passwd postgres >/dev/null || skip "there is no user postgres"
    chown postgres "$place"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  fi
  trap stop_servers EXIT
}

stop_servers() {
  for data in "$place"/*/; do
    [ -f "$data/postmaster.pid" ] && "${as[@]}" "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1
  done
  rm -rf "$place"
}

# A server on a socket in $place and on loopback. Its disk is really synced: a receipt rests on that.
start_server() {
  "${as[@]}" "$bin/initdb" -D "$place/$1" -U huitou -A trust --no-sync >/dev/null ||
    skip "initdb fails here"
  cat <<END | "${as[@]}" tee -a "$place/$1/postgresql.conf" >/dev/null
port = $2
listen_addresses = '127.0.0.1'
unix_socket_directories = '$place'
max_wal_size = '4GB'
shared_buffers = '256MB'
END
  (cd "$place" && "${as[@]}" "$bin/pg_ctl" -D "$place/$1" -l "$place/$1.log" -w start >/dev/null) ||
    { cat "$place/$1.log"; skip "the server does not start"; }
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# sql PORT DATABASE < statements
sql() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$1" -U huitou -d "$2"; }
