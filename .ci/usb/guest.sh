# What a guest is made of: QEMU, the distribution's kernel, and a root that the kernel unpacks into
# memory. For the scripts that boot one; they say in $what which test they are.
# shellcheck shell=bash disable=SC2154

cache=${XDG_CACHE_HOME:-$HOME/.cache}/huitou-ci
kernel=$cache/kernel

# Nothing was tested, and nothing is known to be wrong.
skip() { echo "skipped: $what: $*"; exit 0; }

has() { command -v "$1" >/dev/null || [ -x "/sbin/$1" ]; }

# need PACKAGE:PROGRAM...  installs the packages whose program is missing
need() {
  local pair missing=()
  for pair in "$@"; do has "${pair#*:}" || missing+=("${pair%%:*}"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  has apt-get || skip "there is no ${missing[*]} here, and no apt-get to install it"
  [ "$(id -u)" = 0 ] || skip "needs root: apt-get install --no-install-recommends ${missing[*]}"
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$place/apt.log" 2>&1 ||
    skip "apt-get cannot install ${missing[*]} (see $place/apt.log)"
}

need_guest() {
  [ "$(uname -m)" = x86_64 ] || skip "the guest is x86-64, and so have to be its programs; this is $(uname -m)"
  need qemu-system-x86:qemu-system-x86_64 busybox-static:busybox kmod:modprobe cpio:cpio "$@"
  if ldd "$(command -v busybox)" >/dev/null 2>&1; then skip "busybox needs shared libraries; install busybox-static"; fi
  need_kernel
}

# The distribution's own, unpacked once.
need_kernel() {
  [ ! -e "$kernel/ready" ] || return 0
  has apt-cache || skip "the kernel comes from Debian's packages, and there is no apt here"
  local package
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends:/{print $2; exit}')
  [ -n "$package" ] || skip "apt knows no linux-image-amd64; try apt-get update"
  rm -rf "$kernel" && mkdir -p "$kernel/deb"
  (cd "$kernel/deb" && apt-get download -qq -o APT::Sandbox::User=root "$package") ||
    skip "the kernel package $package cannot be downloaded"
  dpkg -x "$kernel"/deb/*.deb "$kernel"
  /sbin/depmod -b "$kernel" "$(ls "$kernel/lib/modules")"
  rm -rf "$kernel/deb" && touch "$kernel/ready"
}

# put ROOT FILE TO  copies a program, with the shared libraries that it names
put() {
  mkdir -p "$1$(dirname "$3")" && cp -L "$2" "$1$3"
  { ldd "$2" 2>/dev/null || true; } | { grep -oE '/[^ ]+' || true; } | while read -r library; do
    mkdir -p "$1$(dirname "$library")" && cp -Ln "$library" "$1$library"
  done
}

# put_modules ROOT MODULE...  copies kernel modules; ROOT/modules says in which order to load them
put_modules() {
  local root=$1 module release
  release=$(ls "$kernel/lib/modules")
  mkdir -p "$root/lib/modules"
  for module in "${@:2}"; do
    /sbin/modprobe -d "$kernel" -S "$release" --show-depends "$module" 2>/dev/null |
      awk '$1 == "insmod" {print $2}' || true
  done | awk '!seen[$0]++' | while read -r module; do
    cp "$module" "$root/lib/modules/"
    echo "/lib/modules/${module##*/}"
  done > "$root/modules"
}

# boot ROOT SECONDS [QEMU'S OPTION]...  boots, prints what the guest says between its lines GUEST-BEGIN
# and `GUEST-END STATUS`, and ends with that status
boot() {
  local console=$place/console.log status=0 end
  (cd "$1" && find . | cpio -o -H newc 2>/dev/null | gzip -1) > "$place/initrd.gz"
  timeout "$2" qemu-system-x86_64 -accel tcg -cpu max -nographic -no-reboot -nic none \
    -kernel "$kernel"/boot/vmlinuz-* -initrd "$place/initrd.gz" \
    -append "console=ttyS0 panic=-1 loglevel=3 edd=off ${append:-}" "${@:3}" < /dev/null > "$console" 2>&1 || status=$?
  tr -d '\r' < "$console" | sed -n '/GUEST-BEGIN/,/GUEST-END/p' | grep -av -e GUEST- || true
  [ "$status" != 124 ] || { echo "$what: the guest did not end within $2 s; see $console" >&2; exit 1; }
  end=$(grep -ao 'GUEST-END [0-9]*' "$console" | tail -1 || true)
  [ -n "$end" ] || { echo "$what: the guest gave no answer; see $console" >&2; exit 1; }
  exit "${end#GUEST-END }"
}
