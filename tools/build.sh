#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: configures at the first call, then builds. Presets: dev, release, asan, tsan, fuzz.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$here/.."

preset=${1:-dev}
shift || true
"$here/packages.sh"
if [ ! -f "build/$preset/build.ninja" ]; then
  say "configuring $preset"
  options=()
  if command -v ccache >/dev/null; then options=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  log=$(mktemp)
  cmake --preset "$preset" "${options[@]}" >"$log" 2>&1 || {
    cat "$log" >&2
    die "CMake could not configure build/$preset; the output is above. ./dev build $preset tries again."
  }
  rm -f "$log"
fi
say "building $preset"
NINJA_STATUS="[%f/%t %es] " cmake --build --preset "$preset" ${1:+--target "$@"} >&2 ||
  die "The build of $preset failed; the first error is above."
