#!/usr/bin/env bash
# HQ's API against its own document: schemathesis asks what the document allows, and much that it does
# not, of an HQ with a made-up chain in it. No answer may be a 5xx, and each has to look as documented.
#
#   .ci/api/run.sh [examples per operation]
#
# Python's schemathesis lies in target/api/venv. Where it cannot be had, this says so and ends with 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
examples=${1:-60}
mkdir -p target/api
place=$PWD/target/api

skip() { echo "skipped: HQ's API: $*"; exit 0; }

if ! "$place/venv/bin/python" -c 'import schemathesis' 2> /dev/null; then
  if ! python3 -m venv "$place/venv" 2> /dev/null; then
    [ "$(id -u)" = 0 ] || skip "python3 -m venv does not work here (Debian: apt-get install python3-venv)"
    apt-get install -y -q python3-venv > "$place/apt.log" 2>&1 || skip "python3-venv cannot be installed"
    python3 -m venv "$place/venv"
  fi
  "$place/venv/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4,<5' > "$place/pip.log" 2>&1 ||
    skip "schemathesis cannot be installed: $(tail -1 "$place/pip.log")"
fi

cargo build --quiet -p huitou-sync --all-features --bin huitou-hq --example hq_fill
built=$(realpath "${CARGO_TARGET_DIR:-target}")/debug
hq=$place/hq
rm -rf "$hq"
"$built/huitou-hq" init --dir "$hq" --name 云裳坊 > "$place/init.log"
"$built/examples/hq_fill" "$hq" 3 10 6
password=$(head -c 18 /dev/urandom | base64)
echo "$password" | "$built/huitou-hq" user add --dir "$hq" ci --role hq --no-totp --password-stdin
"$built/huitou-hq" serve --dir "$hq" --listen 127.0.0.1:0 > "$place/serve.log" 2>&1 &
server=$!
trap 'kill "$server"' EXIT
for _ in $(seq 50); do grep -q listening "$place/serve.log" && break; sleep 0.1; done
address=$(sed -n 's/^listening on //p' "$place/serve.log")

PASSWORD=$password "$place/venv/bin/python" - "$address" > "$place/cookie" << 'EOF'
"""Logs in as a browser would and prints the session's cookie."""
import http.cookiejar, os, re, sys, urllib.parse, urllib.request

jar = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
page = browser.open(sys.argv[1] + "/log-in").read().decode()
form = re.search(r'name=form value="([0-9a-f]+)"', page).group(1)
typed = {"form": form, "name": "ci", "password": os.environ["PASSWORD"]}
browser.open(sys.argv[1] + "/log-in", urllib.parse.urlencode(typed).encode())
print("; ".join(f"{cookie.name}={cookie.value}" for cookie in jar if cookie.name == "huitou_hq"))
EOF
cookie=$(cat "$place/cookie")
[ -n "$cookie" ] || { echo "nobody could log in"; exit 1; }

"$place/venv/bin/python" - "$address/api/v1/openapi.json" "$cookie" > "$place/openapi.json" << 'EOF'
import sys, urllib.request

asked = urllib.request.Request(sys.argv[1], headers={"Cookie": sys.argv[2]})
print(urllib.request.urlopen(asked).read().decode())
EOF
cd "$place"
# As the document's own security scheme: what is sent beside it would count as sent by mistake.
printf '[auth.openapi.session]\napi_key = "%s"\n' "${cookie#*=}" > schemathesis.toml
"$place/venv/bin/schemathesis" run "$place/openapi.json" --url "$address" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection \
  --phases examples,coverage,fuzzing --max-examples "$examples" --seed 20261121 --no-color
echo "HQ's API is as its document says"
