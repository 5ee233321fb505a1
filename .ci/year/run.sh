#!/usr/bin/env bash
# A till that was off for a year syncs on the first try: clock at 1970, certificate expired, HQ's clock a
# year on. The programs are the real ones; libfaketime tells each its own time.
set -euo pipefail
cd "$(dirname "$0")/../.."
library=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -1)
if [ -z "$library" ]; then
  apt-get install -y --no-install-recommends libfaketime >/dev/null 2>&1 \
    || sudo apt-get install -y --no-install-recommends libfaketime >/dev/null
  library=$(find /usr/lib -name libfaketime.so.1 | head -1)
fi
LIBFAKETIME=$library PYTHONPATH=benches python3 .ci/year/year.py
