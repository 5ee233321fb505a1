#!/usr/bin/env bash
# The bridge on real USB: boots a throw-away Linux guest whose kernel plays two USB printers on an
# emulated bus, and runs drive.rs in it with the release build of huitou-bridge.
#
#   .ci/usb/run.sh [SCENARIO...]     all scenarios, or those named
#
# The guest is Debian's kernel under QEMU without acceleration, with an initramfs that holds busybox,
# the bridge and the driver; it sees no disk and no network. Where QEMU or the kernel cannot be had, this
# says so and ends with status 0: nothing was tested, nothing is known to be wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=${CARGO_TARGET_DIR:-target}/usb
limit=150 # seconds for the guest; it needs about 40
mkdir -p "$place"

skip() { echo "skipped: USB: $*"; exit 0; }

has() { command -v "$1" >/dev/null || [ -x "/sbin/$1" ]; }
if ! { has qemu-system-x86_64 && has busybox && has cpio && has modprobe; }; then
  has apt-get || skip "QEMU, busybox, cpio or kmod is missing, and there is no apt-get to install them"
  [ "$(id -u)" = 0 ] || skip "needs root: apt-get install --no-install-recommends qemu-system-x86 busybox-static kmod cpio"
  apt-get install -y -qq --no-install-recommends qemu-system-x86 busybox-static kmod cpio >"$place/apt.log" 2>&1 ||
    skip "apt-get cannot install QEMU (see $place/apt.log)"
fi
[ "$(uname -m)" = x86_64 ] || skip "the guest is x86-64, and so has to be the bridge; this is $(uname -m)"
if ldd "$(command -v busybox)" >/dev/null 2>&1; then skip "busybox needs shared libraries; install busybox-static"; fi

# The guest's kernel is the distribution's own, unpacked once.
if [ ! -e "$place/kernel/ready" ]; then
  rm -rf "$place/kernel" && mkdir -p "$place/kernel/deb"
  has apt-cache || skip "the kernel comes from Debian's packages, and there is no apt here"
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends:/{print $2; exit}')
  [ -n "$package" ] || skip "apt knows no linux-image-amd64; try apt-get update"
  (cd "$place/kernel/deb" && apt-get download -qq -o APT::Sandbox::User=root "$package") ||
    skip "the kernel package $package cannot be downloaded"
  dpkg -x "$place"/kernel/deb/*.deb "$place/kernel"
  /sbin/depmod -b "$place/kernel" "$(ls "$place/kernel/lib/modules")"
  rm -rf "$place/kernel/deb" && touch "$place/kernel/ready"
fi
release=$(ls "$place/kernel/lib/modules")

if [ -n "${HUITOU_BRIDGE:-}" ]; then
  bridge=$HUITOU_BRIDGE
else
  cargo build --release --quiet -p firmware-bridge --bin huitou-bridge
  bridge=${CARGO_TARGET_DIR:-target}/release/huitou-bridge
fi
rustc --edition 2024 -O -o "$place/drive" .ci/usb/drive.rs

root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,lib/modules,proc,sys,dev,tmp,app}
cp "$(command -v busybox)" "$root/bin/busybox"
for program in "$bridge" "$place/drive"; do
  cp "$program" "$root/app/"
  # With the shared libraries that it names.
  ldd "$program" | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$root$(dirname "$library")" && cp -Ln "$library" "$root$library"
  done
done
for module in configfs dummy_hcd usb_f_printer usblp; do
  /sbin/modprobe -d "$place/kernel" -S "$release" --show-depends "$module" 2>/dev/null |
    awk '$1 == "insmod" {print $2}' || true
done | awk '!seen[$0]++' > "$root/app/modules"
grep -q usb_f_printer "$root/app/modules" || skip "the kernel has no USB gadget printer"
while read -r module; do
  cp "$module" "$root/lib/modules/"
done < "$root/app/modules"
sed -i 's:.*/:/lib/modules/:' "$root/app/modules"

cat > "$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /tmp
while read -r module; do
  case $module in *dummy_hcd*) insmod "$module" num=2 ;; *) insmod "$module" ;; esac
done < /app/modules
mount -t configfs c /sys/kernel/config
echo GUEST-BEGIN
/app/drive SCENARIOS
echo "GUEST-END $?"
poweroff -f
INIT
sed -i "s/SCENARIOS/$*/" "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) > "$place/initrd.gz"

console=$place/console.log
status=0
timeout "$limit" qemu-system-x86_64 -accel tcg -cpu max -m 256 -nographic -no-reboot -nic none \
  -kernel "$place"/kernel/boot/vmlinuz-* -initrd "$place/initrd.gz" \
  -append "console=ttyS0 panic=-1 loglevel=3 edd=off" < /dev/null > "$console" 2>&1 || status=$?
tr -d '\r' < "$console" | sed -n '/GUEST-BEGIN/,/GUEST-END/p' | grep -av -e GUEST- || true
[ "$status" != 124 ] || { echo "USB: the guest did not end within $limit s; see $console" >&2; exit 1; }
end=$(grep -ao 'GUEST-END [0-9]*' "$console" | tail -1 || true)
[ -n "$end" ] || { echo "USB: the guest gave no answer; see $console" >&2; exit 1; }
exit "${end#GUEST-END }"
