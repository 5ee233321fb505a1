#!/usr/bin/env bash
# Builds the bridge's core for a microcontroller without std and alloc, and tells its RAM.
#
# The toolchain of this project has no core library for thumbv7m-none-eabi, so that core is built
# from source by Debian's rustc-web, cargo-web and rust-web-src, which are installed here if we are
# root. Where that cannot be, says so and ends well: only a build that fails is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/bare-metal"
target=thumbv7m-none-eabi
ram_max=$((16 * 1024))
packages=(rustc-web cargo-web rust-web-src)

skip() { echo "skipped: bare metal: $*"; exit 0; }

# Debian's cargo is no rustup proxy: these would send it to the wrong compiler.
unset RUSTUP_TOOLCHAIN RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER CARGO_BUILD_TARGET

ready() {
  [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] &&
    [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/core" ]
}

if ! ready; then
  [ "$(id -u)" = 0 ] || skip "${packages[*]} are missing and we are not root"
  command -v apt-get > /dev/null || skip "no apt-get here for ${packages[*]}"
  { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; } > /dev/null 2>&1 ||
    skip "${packages[*]} cannot be installed"
  ready || skip "${packages[*]} are installed but hold no source of core"
fi
minor=$(/usr/bin/rustc --version | cut -d. -f2)
wanted=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' Cargo.toml)
[ "$minor" -ge "$wanted" ] || skip "Debian's rustc is 1.$minor, older than 1.$wanted"

# Core's own lock file names crates of std's that we do not use and cargo wants all the same. Without
# the registry there is nothing to learn here.
build=(/usr/bin/cargo build -Zbuild-std=core --target "$target" --release)
library=$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library
for manifest in "$library/Cargo.toml" Cargo.toml; do
  /usr/bin/cargo fetch --locked --quiet --manifest-path "$manifest" > /dev/null 2>&1 ||
    skip "the crates of $manifest cannot be fetched"
done

"${build[@]}" --quiet --package firmware-bridge --no-default-features
echo "bare metal: firmware-bridge builds for $target with $(/usr/bin/rustc --version | cut -d' ' -f1,2), no std, no alloc"

# A static as large as the state: its size in the object file is the RAM. No linker, no board.
probe=$(mktemp -d); trap 'rm -rf "$probe"' EXIT
mkdir "$probe/src"
cat > "$probe/Cargo.toml" << MANIFEST
[workspace]
[package]
name = "ram-probe"
version = "0.0.0"
edition = "2024"
[dependencies]
firmware-bridge = { path = "$PWD/firmware-bridge", default-features = false }
MANIFEST
cat > "$probe/src/lib.rs" << 'PROBE'
#![no_std]
use core::mem::size_of;
use firmware_bridge::bridge::Bridge;
#[unsafe(no_mangle)]
pub static HUITOU_RAM: [u8; size_of::<Bridge<&mut [u8]>>() - size_of::<&mut [u8]>()] =
    [1; size_of::<Bridge<&mut [u8]>>() - size_of::<&mut [u8]>()];
PROBE
cp Cargo.lock "$probe/"
"${build[@]}" --quiet --manifest-path "$probe/Cargo.toml"
command -v readelf > /dev/null || skip "the size of the state: no readelf (binutils) here"
ram=$(readelf -sW "$CARGO_TARGET_DIR/$target/release/libram_probe.rlib" 2> /dev/null |
  awk '$8 == "HUITOU_RAM" { print $3; exit }')
[ -n "$ram" ] || skip "the size of the state: the object file does not tell it"
if [ "$ram" -le "$ram_max" ]; then verdict="within"; else verdict="MISSED:"; fi
echo "bare metal: RAM of the state beside the ring: $ram bytes, $verdict $ram_max"
