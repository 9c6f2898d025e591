#!/usr/bin/env bash
# bench.sh [--quick] [PART...]: measures the release build on separate servers, prints a table and stores it as JSON.
# Parts: throughput latency reads overload waiting scaling checkout ceilings micro; without a part all of them.
# Each point is measured five times; --quick: once, with fewer orders.
# bench.sh --compare BEFORE.json AFTER.json: compares two results.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
# shellcheck source=tools/bench-parts.sh
source "$here/bench-parts.sh"
build=$top/build/release
state=$top/.dev/bench
servers=$state/servers
mapfile -t stages < <(shipped_stages)
all_parts=(throughput latency reads overload waiting scaling checkout ceilings micro)
# What the programs know of the workflows, and what the API knows.
workflows=() priced=()

build_bench() {
  "$here/build.sh" release
  if ! grep -qs '^ESTEIRA_BUILD_BENCH:BOOL=ON' "$build/CMakeCache.txt"; then
    cmake -S "$top" -B "$build" -DESTEIRA_BUILD_BENCH=ON >/dev/null
  fi
  "$here/build.sh" release bench
}

# launch NAME SETTING...: starts a program if it is not running. NAME is api, or a stage with a number: enrich-1.
launch() {
  local name=$1 settings stage=${1%-*} program=$build/bin/esteira-host port=$state/run/$1.port
  shift
  ! recorded_pid "$state/run/$name.pid" >/dev/null || return 0
  [ -s "$port" ] || free_port >"$port"
  mapfile -t -d '' settings < <(given_settings "ESTEIRA|${stage^^}")
  if [ "$name" = api ]; then
    program=$build/bin/esteira-api
    set -- SECRET_TOKEN="$SECRET_TOKEN" ESTEIRA_LISTEN="127.0.0.1:$(cat "$port")" "$@"
  else
    set -- ESTEIRA_PLUGIN="$stage" ESTEIRA_PLUGIN_DIR="$build/plugins" ESTEIRA_ADMIN_LISTEN="127.0.0.1:$(cat "$port")" "$@"
  fi
  start_process "$state/run/$name.pid" "$state/log/$name.log" env -i PATH="$PATH" DATABASE_URL="$DATABASE_URL" \
    RABBITMQ_URL="$RABBITMQ_URL" REDIS_URL="$REDIS_URL" "${settings[@]}" "$@" "$program" 8>&-
}

# at_once STAGE: prints the settings with which its simulation does not wait, unless the environment has others.
at_once() {
  case $1 in
    enrich) echo "ENRICH_DELAY=${ENRICH_DELAY:-0ms}" ;;
    payment) echo "PAYMENT_DELAY=${PAYMENT_DELAY:-0ms}" ;;
    shipping) echo "SHIPPING_DELAY=${SHIPPING_DELAY:-0ms}" ;;
    delivery) printf '%s\n' "DELIVERY_DELAY=${DELIVERY_DELAY:-0ms}" "DELIVERY_TRANSIT=${DELIVERY_TRANSIT:-0ms}" ;;
    refund) echo "REFUND_DELAY=${REFUND_DELAY:-0ms}" ;;
  esac
}

# launch_hosts NUMBER: starts that many hosts of each stage. The last stage is first, because work reaches it last.
launch_hosts() {
  local number stage waits
  for ((number = 1; number <= $1; number++)); do
    for stage in $(printf '%s\n' "${stages[@]}" | tac); do
      mapfile -t waits < <(at_once "$stage")
      launch "$stage-$number" "${workflows[@]}" "${waits[@]}"
    done
  done
}

# start_all [HOSTS]: starts the API and HOSTS hosts of each stage (default 1), and waits until all are ready.
start_all() {
  local record name
  launch api "${workflows[@]}" "${priced[@]}"
  launch_hosts "${1:-1}"
  API_URL=http://127.0.0.1:$(cat "$state/run/api.port")
  export API_URL
  for record in "$state/run/"*.pid; do
    name=$(basename "$record" .pid)
    await_ready "$record" "$state/log/$name.log" "http://127.0.0.1:$(cat "$state/run/$name.port")"
  done
}

# signal_hosts SIGNAL: sends it to every host.
signal_hosts() {
  local record pid
  for record in "$state/run"/*-[0-9]*.pid; do
    if pid=$(recorded_pid "$record"); then kill -s "$1" "$pid"; fi
  done
}

# stop_programs [PREFIX...]: stops the programs whose names begin with a prefix; without one, all.
stop_programs() {
  local name record
  for name in "${@:-}"; do
    for record in "$state/run/$name"*.pid; do
      [ ! -e "$record" ] || stop_process "$record" TERM 30
    done
  done
}

pid_list() {
  local record pids=
  for record in "$@"; do pids+=,$(recorded_pid "$record" || true); done
  printf '%s' "${pids#,}"
}

# Prints the --group arguments of esteira-load. The enrich hosts are first in their group.
groups() {
  local run=$state/run hosts=()
  local record
  for record in "$run"/*-[0-9]*.pid; do
    case $record in
      */enrich-*) hosts=("$record" "${hosts[@]}") ;;
      *) [ ! -e "$record" ] || hosts+=("$record") ;;
    esac
  done
  printf '%s\n' --group "api=$(pid_list "$run/api.pid")" --group "hosts=$(pid_list "${hosts[@]}")" \
    --group "postgresql=$(pid_list "$servers/postgres.pid")" --group "rabbitmq=$(pid_list "$servers/rabbitmq.pid")" \
    --group "redis=$(pid_list "$servers/redis.pid")"
}

sql() { psql -qAt -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

fresh_tables() {
  sql -c 'truncate orders, order_items, order_events, order_enrichments, idempotency_keys, outbox, scheduled_messages, poison_candidates, dead_letter_messages' -c checkpoint
}

# load MEASUREMENT ARGUMENT...: runs one measurement and prints its line. The time limit is for a hang.
load() {
  local arguments
  mapfile -t arguments < <(groups)
  (ulimit -n "$(ulimit -Hn)" && exec timeout -k 5 1800 "$build/bench/esteira-load" "$@" "${arguments[@]}") ||
    die "A measurement failed; the error is above, the logs are in $state/log."
}

# repeat POINT COMMAND...: runs the measurement $runs times and stores the results under the name POINT.
repeat() {
  local point=$1 run
  shift
  for ((run = 1; run <= runs; run++)); do
    say "$(date +%H:%M:%S) $point, $run of $runs"
    "$@" --point "$point" >>"$measurements"
  done
}

# With autogroup, the kernel shares the processors between sessions. Each process of PostgreSQL is a session, so one
# connection would get as much CPU as the whole API. In a control group, as in a container, it shares between threads.
enter_group() {
  local root
  sharing="by session"
  if [ "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null)" != 1 ]; then sharing="by thread"; fi
  for root in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
    if [ "$sharing" = "by thread" ] || [ ! -w "$root/cgroup.procs" ]; then continue; fi
    group=$root/esteira-bench-$$
    mkdir "$group"
    if [ -e "$group/cpu.shares" ] || [ -e "$group/cpu.weight" ]; then
      echo $$ >"$group/cgroup.procs"
      sharing="by thread"
    else
      leave_group
    fi
  done
  [ "$sharing" = "by thread" ] || say "The processors are shared by session, which slows the API under load. To measure as in" \
    "a container, run sudo $0, or sysctl kernel.sched_autogroup_enabled=0"
}
leave_group() {
  [ -n "$group" ] || return 0
  echo $$ >"${group%/*}/cgroup.procs"
  rmdir "$group"
  group=
}

start_everything() {
  "$here/servers.sh" start "$servers" postgres rabbitmq redis 8>&-
  local name value
  while IFS='=' read -r name value; do export "$name=$value"; done < <("$here/servers.sh" env "$servers")
  export SECRET_TOKEN=bench-token
  env -i PATH="$PATH" DATABASE_URL="$DATABASE_URL" "$build/bin/esteira" migrate >&2
}

finish() {
  signal_hosts CONT # if the script ended while the hosts were suspended
  stop_programs
  "$here/servers.sh" stop "$servers" 8>&-
  rm -rf "$servers" "$state/run"
  mkdir -p "$state/run"
  leave_group
}

write_results() {
  local results given stages
  results=$state/$(date -u +%Y%m%d-%H%M%S).json
  mapfile -t stages < <(shipped_stages && checkout_stages)
  given=$(given_settings "ESTEIRA$(printf '|%s' "${stages[@]^^}")" | tr '\0' ' ')
  "$build/bench/esteira-report" make "date=$(date -u +%FT%TZ)" \
    "commit=$(git -C "$top" describe --always --dirty 2>/dev/null || echo unknown)" \
    "machine=$(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(free -g | awk '/^Mem/ { print $2 }') GB" \
    "kernel=$(uname -r), processors shared $sharing" "load_before=$load_before" "load_after=$(cut -d' ' -f1 /proc/loadavg)" "settings=${given:-defaults}" \
    "postgresql=fsync on, synchronous_commit on" "rabbitmq=quorum queues, one node" \
    "runs=$runs${quick:+ (quick)}" <"$measurements" >"$results"
  "$build/bench/esteira-report" table "$results"
  say "stored in ${results#"$top/"}"
}

quick=
group=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --compare)
      [ $# -eq 3 ] || die "usage: ./dev bench --compare BEFORE.json AFTER.json"
      build_bench
      exec "$build/bench/esteira-report" compare "$2" "$3"
      ;;
    *)
      [[ " ${all_parts[*]} " = *" $1 "* ]] || die "$(sed -n '2,/^set/s/^# //p' "${BASH_SOURCE[0]}")"
      parts+=("$1")
      ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=("${all_parts[@]}")

build_bench
mkdir -p "$state/log"
exec 8>"$state/lock"
flock -n 8 || die "Another ./dev bench is running in this directory. Wait for it to end."
load_before=$(cut -d' ' -f1 /proc/loadavg)
measurements=$state/measurements
: >"$measurements"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Cleans up after an earlier run that was killed.
finish
choose_sizes
enter_group
start_everything
for part in "${parts[@]}"; do "part_$part"; done
write_results
