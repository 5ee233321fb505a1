#!/usr/bin/env bash
# Cuts the power of a till in the middle of its work: boots a throw-away Linux guest with a disk of its
# own, whose outbox appends sales and says each one that is on disk; kills the guest at a random moment;
# boots it again from the same disk and demands that every sale it said is there, and that the chain is
# whole.
#
#   .ci/power/run.sh [CUTS]     3 unless told; 20 take about six minutes
#
# The guest's memory goes with it, and so does what it had not flushed to its disk. What it had flushed is
# in the host's page cache: a disk that lies is not shown by this (the simulator shows that).
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
place=$target/power
what="power cuts"
cuts=${1:-3}
mkdir -p "$place"
. .ci/usb/guest.sh

need_guest e2fsprogs:mkfs.ext4
cargo build --release --quiet --example append
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
disk=$work/disk.img
truncate -s 96M "$disk" && /sbin/mkfs.ext4 -q "$disk"

# root_for MODE  makes a root whose only work is `append MODE` on the disk
root_for() {
  local root=$work/$1
  mkdir -p "$root"/{bin,proc,sys,dev,tmp,mnt}
  cp "$(command -v busybox)" "$root/bin/busybox"
  put "$root" "$target/release/examples/append" /app/append
  put_modules "$root" virtio_pci virtio_blk crc32c_generic crc16 ext4
  cat > "$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
while read -r module; do insmod "\$module" 2>/dev/null; done < /modules
mount -t ext4 /dev/vda /mnt || echo NO-DISK
/app/append $1 /mnt/till
echo "ENDED \$?"
umount /mnt
poweroff -f
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) > "$work/$1.gz"
}

guest() {
  exec qemu-system-x86_64 -accel tcg -cpu max -nographic -no-reboot -nic none -m 256 \
    -kernel "$kernel"/boot/vmlinuz-* -initrd "$work/$1.gz" -drive "file=$disk,format=raw,if=virtio" \
    -append "console=ttyS0 panic=-1 loglevel=3 edd=off" < /dev/null > "$work/$1.log" 2>&1
}

last() { tr -d '\r' < "$1" | grep -ao "$2 [0-9]*$" | tail -1 | grep -o '[0-9]*$' || echo 0; }

root_for write
root_for verify
lost=0 said=0 failed=0
# begin  boots the guest until it writes; an emulated machine on a busy host may not get through its own boot
begin() {
  local waited
  for _ in 1 2 3 4 5; do
    : > "$work/write.log"
    (guest write) & pid=$!
    waited=0
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 600 ]; do
      grep -aq 'acked' "$work/write.log" && return
      sleep 0.2; waited=$((waited + 1))
    done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  echo "$what: the guest never began:"; tail -5 "$work/write.log"; exit 1
}

for cut in $(seq "$cuts"); do
  begin
  sleep "$((RANDOM % 4)).$((RANDOM % 10))$((RANDOM % 10))"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  acked=$(last "$work/write.log" acked)
  for _ in 1 2 3 4 5; do
    (guest verify) & pid=$!
    ( sleep 120; kill -9 "$pid" 2>/dev/null ) & watch=$!
    wait "$pid" || true
    kill "$watch" 2>/dev/null || true
    ! grep -aq 'ENDED' "$work/verify.log" || break
  done
  found=$(last "$work/verify.log" found)
  said=$acked
  if [ "$found" -lt "$acked" ] || [ "$found" = 0 ]; then
    failed=$((failed + 1)); lost=$((lost + acked - found))
    echo "FAILED  cut $cut: $acked were said to be on disk, $found are there"; tail -3 "$work/verify.log"
  fi
  echo "cut $cut: $acked said, $found there"
done
echo "$what: $cuts, $said sales said to be on disk at the last one, $lost lost"
[ "$failed" = 0 ]
