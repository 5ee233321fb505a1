#!/usr/bin/env bash
# A keypad that is a real USB keyboard: boots a throw-away Linux guest whose kernel plays one on an
# emulated bus, and runs drive.rs in it with this project's `keypad`. The keys have to arrive, none may
# reach who else reads the device, and a pad that was pulled out has to be heard again.
#
#   .ci/keyboard/run.sh
#
# The guest is the one of .ci/usb; where it cannot be had, this says so and ends with status 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
place=$target/keyboard
what=keyboard
limit=120 # seconds for the guest; it needs about 20
mkdir -p "$place"
. .ci/usb/guest.sh

need_guest
cargo build --quiet -p huitou --lib
rustc --edition 2024 -o "$place/drive" -L "dependency=$target/debug/deps" \
  --extern "huitou=$target/debug/libhuitou.rlib" .ci/keyboard/drive.rs

root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,proc,sys,dev,tmp}
cp "$(command -v busybox)" "$root/bin/busybox"
put "$root" "$place/drive" /app/drive
put_modules "$root" configfs dummy_hcd usb_f_hid usbhid hid-generic evdev
grep -q usb_f_hid "$root/modules" || skip "the kernel has no USB gadget keyboard"

cat > "$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
while read -r module; do insmod "\$module"; done < /modules
mount -t configfs c /sys/kernel/config
echo GUEST-BEGIN
/app/drive
echo "GUEST-END \$?"
poweroff -f
INIT
chmod +x "$root/init"
boot "$root" "$limit" -m 256
