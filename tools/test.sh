#!/usr/bin/env bash
# test.sh [LABEL...]: builds, starts servers for the tests, runs ctest, stops the servers.
#   unit          one class at a time, without servers
#   integration   modules with real PostgreSQL, RabbitMQ and Redis
#   conformance   what every plugin of this tree must do
#   e2e           all programs together, with crashes and outages
#   faults        random faults under load: five minutes when named, otherwise one
#   lint          formatting, shell scripts, test names, manifests, alert rules, packages, clang-tidy
#   sanitize      unit and integration under AddressSanitizer and UndefinedBehaviorSanitizer, then under ThreadSanitizer
#   all           all of the above
#   fuzz          new inputs from libFuzzer, ESTEIRA_FUZZ_SECONDS (20) for each target; never part of another label
# Without a label: unit, integration, conformance, e2e, faults and lint.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$top"
state=$top/.dev/test
plain=()
sanitize=
fuzz=
fault_seconds=60
for label in "${@:-default}"; do
  case $label in
    default) plain=(unit integration conformance e2e faults lint) ;;
    all) plain=(unit integration conformance e2e faults lint) sanitize=yes ;;
    sanitize) sanitize=yes ;;
    fuzz) fuzz=yes ;;
    faults) plain+=(faults) fault_seconds=270 ;;
    unit | integration | conformance | e2e | lint) plain+=("$label") ;;
    *) die "$(sed -n '2,/^set/s/^# //p' "${BASH_SOURCE[0]}")" ;;
  esac
done

"$here/packages.sh"
if [[ " ${plain[*]} " = *" lint "* ]]; then "$here/packages.sh" doxygen help2man lintian npm; fi
mkdir -p "$state"
exec 8>"$state/lock"
flock -n 8 || die "Another ./dev test is running in this directory. Wait for it to end."
servers=$state/servers
private=$state/private
finish() {
  local dir
  for dir in "$servers" "$private"/*; do
    if [ -d "$dir" ]; then "$here/servers.sh" stop "$dir" 8>&-; fi
  done
  rm -rf "$servers"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_servers() {
  POSTGRES_FSYNC=off "$here/servers.sh" start "$servers" postgres rabbitmq redis 8>&-
  local name value
  while IFS='=' read -r name value; do export "ESTEIRA_TEST_$name=$value"; done < <("$here/servers.sh" env "$servers")
  export ESTEIRA_SOURCE_DIR=$top ESTEIRA_SERVERS_DIR=$private ESTEIRA_FAULTS_SECONDS=$fault_seconds
}

# run_ctest PRESET JOBS LABEL...
run_ctest() {
  local preset=$1 jobs=$2 labels
  shift 2
  labels=$(IFS='|' && echo "$*")
  say "testing $preset: $*"
  "${wrapper[@]}" ctest --test-dir "build/$preset" -L "^($labels)\$" -j "$jobs" --output-on-failure --no-tests=error \
    2>&1 8>&- | tee "$state/$preset.log"
}

# summarize PRESET: what failed, once more: after a long run the output of the tests is far above.
summarize() {
  local log=$state/$1.log
  say "failed in $1; the whole output is in .dev/test/$1.log:"
  { grep -E -A8 ': FAILED:$|Sanitizer: |runtime error: ' "$log" || true; } | head -60 >&2
  sed -n '/The following tests FAILED/,/Errors while running/p' "$log" >&2
}

failed=()
wrapper=()
if [ -n "$sanitize" ]; then
  for preset in asan tsan; do "$here/build.sh" "$preset"; done
fi
if [ -n "$fuzz" ]; then "$here/build.sh" fuzz; fi
if [ ${#plain[@]} -gt 0 ]; then "$here/build.sh" dev; fi
if [ ${#plain[@]} -gt 0 ] || [ -n "$sanitize" ]; then start_servers; fi
if [ -n "$sanitize" ]; then
  export ASAN_OPTIONS=detect_leaks=1
  export LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=suppressions=$top/tests/tsan.supp
  run_ctest asan 2 unit integration || failed+=(asan)
  # ThreadSanitizer cannot place its shadow memory when the kernel spreads addresses widely.
  wrapper=(setarch -R)
  run_ctest tsan 2 unit integration || failed+=(tsan)
  wrapper=()
fi
if [ -n "$fuzz" ]; then run_ctest fuzz 2 fuzz || failed+=(fuzz); fi
if [ ${#plain[@]} -gt 0 ]; then run_ctest dev 3 "${plain[@]}" || failed+=(dev); fi
for preset in "${failed[@]}"; do summarize "$preset"; done
[ ${#failed[@]} -eq 0 ] || die "Some tests failed."
