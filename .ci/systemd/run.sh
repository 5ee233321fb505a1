#!/usr/bin/env bash
# The units of firmware-bridge/systemd under a real systemd: boots a small Debian in a throw-away guest,
# installs agent and bridge in it as an administrator would, and runs drive.rs there.
#
#   .ci/systemd/run.sh [SCENARIO...]     all scenarios, or those named
#
# HUITOU and HUITOU_BRIDGE name programs to be used instead of the release build. The guest is QEMU
# without acceleration, with Debian's kernel, a root of its essential packages and systemd (both kept in
# ~/.cache/huitou-ci), and no network. Where one of them cannot be had, this says so and ends with status
# 0: nothing was tested, nothing is known to be wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
place=$target/systemd
what=systemd
limit=240 # seconds for the guest; it needs about 90
mkdir -p "$place"
. .ci/usb/guest.sh

need_guest mmdebstrap:mmdebstrap e2fsprogs:mke2fs
# The programs are built here, so the guest's C library has to be that of this system.
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
disk=$cache/systemd-$suite.ext4
if [ ! -e "$disk" ]; then
  [ "$(id -u)" = 0 ] || skip "needs root to make a Debian root"
  unpacked=$cache/systemd-$suite
  rm -rf "$unpacked"
  mmdebstrap --mode=root --variant=essential --include=systemd "$suite" "$unpacked" >"$place/mmdebstrap.log" 2>&1 ||
    skip "mmdebstrap cannot make a root of $suite (see $place/mmdebstrap.log)"
  rm -rf "$unpacked"/var/cache/apt/* "$unpacked"/usr/share/{doc,locale,man}/*
  /sbin/mke2fs -q -t ext4 -d "$unpacked" "$disk.new" 512M
  mv "$disk.new" "$disk" && rm -rf "$unpacked"
fi

[ -n "${HUITOU:-}" ] || cargo build --release --quiet -p huitou
[ -n "${HUITOU_BRIDGE:-}" ] || cargo build --release --quiet -p firmware-bridge
rustc --edition 2024 -O -o "$place/drive" .ci/systemd/drive.rs

root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,proc,sys,dev,disk} "$root"/new/etc/{huitou/bridge,systemd/system} "$root/new/usr/lib/sysusers.d"
cp "$(command -v busybox)" "$root/bin/busybox"
put_modules "$root" virtio_pci virtio_blk crc32c_generic ext4
install -D "${HUITOU:-$target/release/huitou}" "$root/new/usr/bin/huitou"
install -D "${HUITOU_BRIDGE:-$target/release/huitou-bridge}" "$root/new/usr/bin/huitou-bridge"
install -D "$place/drive" "$root/new/usr/bin/drive"
cp firmware-bridge/systemd/*.service "$root/new/etc/systemd/system/"
cp firmware-bridge/systemd/huitou.sysusers.conf "$root/new/usr/lib/sysusers.d/huitou.conf"
cp .ci/systemd/huitou.toml "$root/new/etc/huitou/"
echo 0123456789abcdef0123456789abcdef > "$root/new/etc/machine-id"
cat > "$root/new/etc/systemd/system/drive.service" <<UNIT
[Service]
Type=exec
ExecStart=/usr/bin/drive $*
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
UNIT
# A machine on which somebody looks for crashes: the units have to say no by themselves.
mkdir "$root/new/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultLimitCORE=infinity\n' > "$root/new/etc/systemd/system.conf.d/core.conf"

cat > "$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
while read -r module; do insmod "$module"; done < /modules
mount -t ext4 /dev/vda /disk
cp -a /new/. /disk/
chroot /disk systemd-sysusers
for it in proc sys dev; do mount --move /$it /disk/$it; done
exec switch_root /disk /lib/systemd/systemd
INIT
chmod +x "$root/init"
append="systemd.unit=drive.service systemd.getty_auto=0 systemd.show_status=0"
# The second serial line is a printer.
boot "$root" "$limit" -serial mon:stdio -serial null -m 512 -smp 2 -snapshot -drive "file=$disk,format=raw,if=virtio"
