#!/usr/bin/env bash
# Installs what the build needs and is missing: a C++ compiler and libclang, for RocksDB and its bindings.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

if ! command -v cargo >/dev/null; then
  say "Rust is missing. Install it from https://rustup.rs (1.90 or later), then run this again."
  exit 1
fi

missing=()
command -v c++ >/dev/null || missing+=(g++)
command -v cc >/dev/null || missing+=(gcc)
if [ -z "${LIBCLANG_PATH:-}" ] && ! ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' \
  && ! ls /usr/lib/llvm-*/lib/libclang*.so* >/dev/null 2>&1; then
  missing+=(libclang-dev)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  say "Missing: ${missing[*]}. Install a C++ compiler and libclang with this system's package manager"
  say "(Fedora: dnf install gcc-c++ clang-devel; Arch: pacman -S gcc clang; Alpine: apk add g++ clang-dev;"
  say "macOS: xcode-select --install), then run this again. LIBCLANG_PATH names its folder where it is not found."
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "Missing: ${missing[*]}. Run as root: apt-get install ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi
say "Installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
