#!/usr/bin/env bash
# Builds the command-line program and streams a story from the model that comes with the sources.
# Installs what a Debian or Ubuntu machine lacks; works without root when everything is there.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${SKALD_BUILD:-$top/build-demo}

packages=(g++ cmake pkg-config libeigen3-dev libxsimd-dev rapidjson-dev libpcre2-dev libutf8proc-dev)
missing=()
if command -v dpkg-query >/dev/null; then
  for p in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "== Installing: ${missing[*]}"
    as_root=()
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null || { echo "Not root and no sudo: install ${missing[*]} first." >&2; exit 1; }
      as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
else
  echo "== This is no Debian: it takes a C++20 compiler, CMake, pkg-config, Eigen 3.4, xsimd 8.1, RapidJSON, PCRE2 and utf8proc."
fi

mkdir -p "$build"
echo "== Configuring and building the program skald in $build (about a minute)"
cmake -S "$top" -B "$build" -DCMAKE_BUILD_TYPE=Release -DSKALD_TESTS=OFF -DSKALD_EXAMPLES=ON >"$build/demo.log" 2>&1 ||
  { cat "$build/demo.log" >&2; exit 1; }
cmake --build "$build" --target skald_program -j "$(nproc)" >>"$build/demo.log" 2>&1 || { tail -40 "$build/demo.log" >&2; exit 1; }


echo "== skald generate examples/models/skald-tales \"Once upon a time\" --seed ${1:-42}"
exec "$build/examples/skald" generate "$top/examples/models/skald-tales" "Once upon a time" --seed "${1:-42}"
