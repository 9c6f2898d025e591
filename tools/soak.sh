#!/usr/bin/env bash
# soak.sh [--minutes N] [--seed S]: puts load on two replicas of every program while servers, programs, connections and
# the provider of payments fail, for about N minutes (10), then checks every order and its money. The same minutes and seed give the same faults.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$top"
minutes=10
seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:-} ;;
    --seed) seed=${2:-} ;;
    *) die "$(sed -n '2,/^set/s/^# //p' "${BASH_SOURCE[0]}")" ;;
  esac
  [[ ${2:-} =~ ^[0-9]+$ ]] || die "$1 needs a whole number."
  shift 2
done

"$here/packages.sh"
"$here/build.sh" dev faults_test
state=$top/.dev/soak
mkdir -p "$state"
exec 8>"$state/lock"
flock -n 8 || die "Another ./dev soak is running in this directory. Wait for it to end."
trap '"$here/servers.sh" stop "$state/faults" 8>&-' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export ESTEIRA_SOURCE_DIR=$top ESTEIRA_SERVERS_DIR=$state
export ESTEIRA_FAULTS_SECONDS=$((minutes * 60)) ESTEIRA_FAULTS_SEED=$seed
say "soak of $minutes minutes, seed $seed"
result=passed
build/dev/tests/faults/faults_test "random faults under load*" 8>&- || result=failed
say "soak $result; to repeat it: ./dev soak --minutes $minutes --seed $seed"
say "logs of programs and servers: $state/faults/*.log"
[ $result = passed ]
