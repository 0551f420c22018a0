#!/usr/bin/env bash
# Builds skald and runs every test: unit tests, golden models, examples, package, negative and sanitiser tests.
#   tests/run.sh [--long] [ctest arguments...]
# --long runs every folder under the address sanitiser, the fuzzers for real (clang needed), and the kernels for ARM in
# an emulator (skipped where there is none). Missing packages are installed where apt-get can do so; without the cross
# compilers and emulators that firmware is tested with, its tests are skipped.
set -euo pipefail
exec < /dev/null
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${SKALD_BUILD_DIR:-$root/build-tests}
jobs=$(nproc 2> /dev/null || echo 2)
long=OFF
if [[ ${1-} == --long ]]; then long=ON; shift; fi

say() { printf '== %s\n' "$*"; }

# Whether a C++ text compiles as far as its #include lines.
includes() { printf '%s\n' "$1" | "${CXX:-c++}" -E -x c++ -I/usr/include/eigen3 - > /dev/null 2>&1; }

# What is needed: Debian's package (several: the first that exists), what it is, and how to see that it is there.
missing=() names=()
need() {  # need <packages> <name> <command...>
  if ! "${@:3}" > /dev/null 2>&1; then missing+=("$1") names+=("$2"); fi
}
want() {  # as need, but the tests go on without it
  if ! "${@:3}" > /dev/null 2>&1; then wished+=("$1"); fi
}
check_packages() {
  missing=() names=() wished=()
  need g++ "a C++20 compiler (GCC >= 12 or clang >= 16)" command -v "${CXX:-c++}"
  need cmake "CMake >= 3.25" command -v cmake
  need "ninja-build" "Ninja" command -v ninja
  need pkg-config "pkg-config" command -v pkg-config
  need libeigen3-dev "Eigen >= 3.4" includes '#include <Eigen/Core>'
  need libxsimd-dev "xsimd >= 8.1" includes '#include <xsimd/xsimd.hpp>'
  need rapidjson-dev "RapidJSON" includes '#include <rapidjson/reader.h>'
  need libpcre2-dev "PCRE2 (8 bit)" includes $'#define PCRE2_CODE_UNIT_WIDTH 8\n#include <pcre2.h>'
  need libutf8proc-dev "utf8proc" includes '#include <utf8proc.h>'
  need "libboost1.81-dev libboost-dev" "Boost >= 1.81 (Boost.Test's headers)" \
    includes $'#include <boost/version.hpp>\n#include <boost/test/unit_test.hpp>\n#if BOOST_VERSION < 108100\n#error\n#endif'
  want gcc-arm-none-eabi "Cortex-M's compiler" command -v arm-none-eabi-g++
  want libstdc++-arm-none-eabi-newlib "its C++ headers" \
    arm-none-eabi-g++ -std=c++20 -mcpu=cortex-m3 -mthumb -fsyntax-only -x c++ -include span /dev/null
  want qemu-system-arm "Cortex-M's emulator" command -v qemu-system-arm
  want g++-aarch64-linux-gnu "a compiler" command -v aarch64-linux-gnu-g++
  want g++-arm-linux-gnueabihf "a compiler" command -v arm-linux-gnueabihf-g++
  want g++-riscv64-linux-gnu "a compiler" command -v riscv64-linux-gnu-g++
  want qemu-user-static "their emulators" command -v qemu-riscv64-static
}

check_packages
if ((${#missing[@]} + ${#wished[@]})); then
  if ((${#missing[@]})); then say "missing: ${names[*]}"; fi
  sudo=()
  if ((EUID)); then sudo=(sudo -n); fi
  if command -v apt-get > /dev/null && { ((EUID == 0)) || sudo -n true 2> /dev/null; }; then
    export DEBIAN_FRONTEND=noninteractive
    "${sudo[@]}" apt-get update -q || ((${#missing[@]} == 0))
    install() {
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
    }
    chosen=()
    for names_of_one in ${missing[@]+"${missing[@]}"}; do
      for package in $names_of_one; do
        if apt-cache show "$package" > /dev/null 2>&1; then chosen+=("$package"); break; fi
      done
    done
    if ((${#chosen[@]})); then
      say "installing: ${chosen[*]}"
      install "${chosen[@]}"
    fi
    if ((${#wished[@]})); then
      say "installing for the tests of firmware: ${wished[*]}"
      install "${wished[@]}" || say "going on without: ${wished[*]}"
    fi
    check_packages
    if ((${#missing[@]})); then say "still missing: ${names[*]}"; exit 1; fi
  elif ((${#missing[@]})); then
    say "install these and run again. Debian's names: ${missing[*]}"
    exit 1
  else
    say "some tests of firmware are skipped. Debian's names: ${wished[*]}"
  fi
fi

say "configuring in $build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSKALD_LONG_TESTS=$long -DSKALD_UNITY_TESTS=ON
say "building with $jobs jobs"
cmake --build "$build" -j "$jobs"
say "testing"
cd "$build"
exec ctest --output-on-failure -j "$jobs" "$@"
