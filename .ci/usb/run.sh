#!/usr/bin/env bash
# The bridge on real USB: boots a throw-away Linux guest whose kernel plays three USB printers on an
# emulated bus, and runs drive.rs in it with the release build of huitou-bridge.
#
#   .ci/usb/run.sh [SCENARIO...]     all scenarios, or those named
#   HUITOU_USB_SEED=N .ci/usb/run.sh counted     the counted run as it was with the seed that it printed
#
# The guest is Debian's kernel under QEMU without acceleration, with an initramfs that holds busybox,
# the bridge and the driver; it sees no disk and no network. Where QEMU or the kernel cannot be had, this
# says so and ends with status 0: nothing was tested, nothing is known to be wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
place=$target/usb
what=USB
limit=240 # seconds for the guest; it needs about 110
seed=${HUITOU_USB_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
mkdir -p "$place"
. .ci/usb/guest.sh

need_guest
cargo build --release --quiet -p firmware-bridge # the driver speaks the link with the crate's own words
rustc --edition 2024 -O -o "$place/drive" -L "dependency=$target/release/deps" \
  --extern "firmware_bridge=$target/release/libfirmware_bridge.rlib" .ci/usb/drive.rs

root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,proc,sys,dev,tmp}
cp "$(command -v busybox)" "$root/bin/busybox"
put "$root" "${HUITOU_BRIDGE:-$target/release/huitou-bridge}" /app/huitou-bridge
put "$root" "$place/drive" /app/drive
put_modules "$root" configfs dummy_hcd usb_f_printer usblp
grep -q usb_f_printer "$root/modules" || skip "the kernel has no USB gadget printer"

cat > "$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
while read -r module; do
  case \$module in *dummy_hcd*) insmod "\$module" num=3 ;; *) insmod "\$module" ;; esac
done < /modules
mount -t configfs c /sys/kernel/config
echo GUEST-BEGIN
SEED=$seed /app/drive $*
echo "GUEST-END \$?"
poweroff -f
INIT
chmod +x "$root/init"
boot "$root" "$limit" -m 256
