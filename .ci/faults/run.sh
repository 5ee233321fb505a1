#!/usr/bin/env bash
# Disks that do not do their part, under the real agent and the real HQ: full ones and read-only ones
# (tmpfs and a loop device, as root), and fsync, fdatasync and writes that fail at random (libfiu).
#
#   .ci/faults/run.sh [RECEIPTS]     400 under failing calls unless told
#
# Installs Debian's fiu-utils when it is missing and we are root. What cannot run here says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONPATH=benches PYTHONDONTWRITEBYTECODE=1

mounts() { # whether file systems can be mounted here, without leaving anything
  [ "$(id -u)" = 0 ] && command -v mkfs.ext4 >/dev/null || return 1
  local at; at=$(mktemp -d)
  truncate -s 8M "$at.image" && mkfs.ext4 -q "$at.image" &&
    mount -o loop "$at.image" "$at" 2>/dev/null && umount "$at" &&
    mount -t tmpfs -o size=1m tmpfs "$at" 2>/dev/null && umount "$at"
  local status=$?
  rm -rf "$at" "$at.image"
  return $status
}

echo "-- full disks, and read-only ones"
if mounts; then
  python3 .ci/faults/full.py
else
  echo "skipped: full disks: this needs root, mkfs.ext4, and a kernel that mounts tmpfs and loop devices"
fi

echo "-- calls that fail at random"
if ! command -v fiu-run >/dev/null && [ "$(id -u)" = 0 ]; then
  (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends fiu-utils) \
    >/dev/null 2>&1 || true
fi
if command -v fiu-run >/dev/null; then
  python3 .ci/faults/errors.py "${1:-400}"
else
  echo "skipped: failing calls: fiu-utils is not installed and cannot be"
fi
