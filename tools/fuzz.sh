#!/usr/bin/env bash
# fuzz.sh TARGET: runs a target of tests/fuzz with new inputs for ESTEIRA_FUZZ_SECONDS (20). It starts from the inputs in
# tests/fuzz/seeds and those that earlier runs stored in build/fuzz/corpus.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$here/.."

target=${1:?name a target of tests/fuzz}
program=build/fuzz/tests/fuzz/fuzz_$target
corpus=build/fuzz/corpus/$target
findings=build/fuzz/findings/$target
log=build/fuzz/$target.log
mkdir -p "$corpus" "$findings"
options=("-max_total_time=${ESTEIRA_FUZZ_SECONDS:-20}" -timeout=10 -rss_limit_mb=2048 -max_len=1024 -print_final_stats=1
  "-artifact_prefix=$findings/")
if [ -f "tests/fuzz/dictionaries/$target" ]; then options+=("-dict=tests/fuzz/dictionaries/$target"); fi

# A report of UBSan and a leak are findings, too.
export UBSAN_OPTIONS=print_stacktrace=1
if "$program" "${options[@]}" "$corpus" "tests/fuzz/seeds/$target" >"$log" 2>&1; then
  say "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no finding"
  exit 0
fi
grep -v -E '^#[0-9]+[[:space:]]+(NEW|REDUCE|RELOAD|pulse|INITED|READ)' "$log" | tail -n 60
input=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -n 1)
die "$target: a finding in $input
  reproduce: $program $input
  minimize:  $program -minimize_crash=1 -max_total_time=60 $input
After the fix, keep the input: cp $input tests/fuzz/seeds/$target/"
