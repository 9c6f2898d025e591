#!/usr/bin/env bash
# man.sh PROGRAM INCLUDE TARGET: the manual page of a program, made by help2man from what it prints for --help, and compressed.
# The page of `esteira` has the help of each of its commands as well; their names are those of its shell completion.
set -euo pipefail
program=$1 include=$2 target=$3
name=$(basename "$program")
page=$(basename "$target" .gz)

# Shown as it is printed. A backslash and a point at the begin of a line would mean something to man.
verbatim() { printf '.SS "%s"\n.nf\n' "$1" && sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\\&\1/" -e 's/-/\\-/g' && printf '.fi\n'; }

add_commands() {
  local commands command
  mapfile -t commands < <("$program" completion bash | sed -n "s/^ *'esteira \(.*\)') command=.*/\1/p")
  printf '\n[commands in detail]\n'
  for command in "${commands[@]}"; do
    # shellcheck disable=SC2086 # a command of several words
    "$program" help $command | verbatim "esteira $command"
  done
}

work=$(mktemp)
trap 'rm -f "$work"' EXIT
cat "$include" >"$work"
if [ "$name" = esteira ]; then add_commands >>"$work"; fi
help2man --no-info --section="${page##*.}" --include="$work" "$program" | gzip -9n >"$target"
