# shellcheck shell=bash disable=SC2154 # build, quick and measurements are bench.sh's
# Sourced by bench.sh: the measurements. A part leaves the queues empty and may leave programs running.

choose_sizes() {
  runs=5 orders=10000 seconds=10 overload_seconds=60 waiting_orders=20000 many_rows=3000000
  backlogs=(1000 10000 100000) hosts_backlog=30000 turns=5 turn_orders=20000
  if [ -n "$quick" ]; then
    runs=1 orders=2000 seconds=5 overload_seconds=20 waiting_orders=5000 many_rows=100000
    backlogs=(1000 5000) hosts_backlog=5000 turns=3 turn_orders=5000
  fi
}

# Runs orders that are not measured, because the first ones after a start meet cold caches.
warm_up() {
  start_all
  fresh_tables
  load throughput --orders 1000 >/dev/null
}

measure_fresh() {
  fresh_tables
  load "$@"
}

part_throughput() {
  local connections
  warm_up
  for connections in 32 128; do
    repeat "throughput/$connections connections" measure_fresh throughput --orders "$orders" --connections "$connections"
  done
}

part_latency() {
  warm_up
  repeat "latency/100 orders a second" measure_fresh latency --rate 100 --seconds "$seconds"
  stop_programs
  local orders=$((100 * seconds))
  repeat "latency/bare loops" measure_ceiling latency 100
}

part_reads() {
  local connections
  start_all
  measure_fresh throughput --orders "$orders" >/dev/null
  for connections in 32 256; do
    repeat "reads/10 orders, $connections connections" load reads --ids 10 --connections "$connections" --seconds "$seconds"
    repeat "reads/$orders orders, $connections connections" load reads --ids "$orders" --connections "$connections" \
      --seconds "$seconds"
  done
}

# Four times the throughput of this run; measures the throughput first if it was not measured.
part_overload() {
  local rate
  # Draining the accepted orders takes minutes, so together with all other parts there is only one run.
  [ ${#parts[@]} -lt ${#all_parts[@]} ] || local runs=1
  warm_up
  rate=$({ grep '"throughput/' "$measurements" || measure_fresh throughput --orders "$orders" --connections 128; } |
    jq -s 'map(.metrics.orders_per_s) | sort | .[length / 2 | floor] * 4 | round')
  say "overload with $rate orders a second"
  repeat "overload/4 times the throughput" measure_fresh overload --rate "$rate" --seconds "$overload_seconds" \
    --connections 8000
}

# measure_waiting DELAY: all orders wait in one enrich host for a supplier that takes DELAY.
measure_waiting() {
  local delay=$1
  shift
  stop_programs enrich
  fresh_tables
  load place --orders "$waiting_orders" >/dev/null
  until [ "$(sql -c "select count(*) from order_events where stage = 'process'")" -eq "$waiting_orders" ]; do sleep 0.2; done
  launch enrich-1 ENRICH_DELAY="$delay" ESTEIRA_PREFETCH="$waiting_orders"
  load drain "$@"
}

part_waiting() {
  local delay
  start_all
  for delay in 2s 0s; do repeat "waiting/$waiting_orders orders for $delay" measure_waiting "$delay"; done
  stop_programs enrich
}

# measure_backlog HOSTS ORDERS: places orders while the hosts are suspended, then measures how fast they drain. The hosts
# process other orders before, so their start-up is not measured.
measure_backlog() {
  local hosts=$1 backlog=$2
  shift 2
  stop_programs "${stages[@]}"
  start_all "$hosts"
  load throughput --orders 1000 >/dev/null
  fresh_tables
  signal_hosts STOP
  load place --orders "$backlog" >/dev/null
  signal_hosts CONT
  load drain "$@"
}

measure_grown() {
  fresh_tables
  sql -v rows="$1" -f "$top/bench/fill.sql"
  shift
  load throughput --orders "$orders" "$@"
}

part_scaling() {
  local backlog hosts
  start_all
  for backlog in "${backlogs[@]}"; do
    repeat "scaling/backlog of $backlog" measure_backlog 1 "$backlog"
  done
  # In turns, because the machine's speed drifts.
  local turns=$runs turn
  for ((turn = 1; turn <= turns; turn++)); do
    for hosts in 1 2 4; do
      runs=1 repeat "scaling/hosts a stage: $hosts, backlog of $hosts_backlog" measure_backlog "$hosts" "$hosts_backlog"
    done
  done
  stop_programs "${stages[@]}"
  start_all
  repeat "scaling/1000 orders in the table" measure_grown 1000
  say "filling the tables with $many_rows orders"
  fresh_tables
  sql -v rows="$many_rows" -f "$top/bench/fill.sql"
  # The tables are not filled again: each run adds few rows.
  repeat "scaling/$many_rows orders in the table" load throughput --orders "$orders"
  fresh_tables
}

# resume_with_driver: resumes the hosts when the driver of a drain measures, so that it misses none of their work.
resume_with_driver() {
  local tick drivers="select count(*) from pg_stat_activity where application_name = 'esteira-bench'"
  for ((tick = 0; tick < 300; tick++)); do
    [ "$(sql -c "$drivers")" = 0 ] || break
    sleep 0.1
  done
  sleep 0.5
  signal_hosts CONT
}

# measure_hops WORKFLOW --point POINT: places orders while the hosts are suspended, so that what is measured is only what
# the stages cause: no POST, no first event.
measure_hops() {
  local workflow=$1 resumer
  shift
  fresh_tables
  signal_hosts STOP
  load place --workflow "$workflow" --orders "$turn_orders" --connections 128 >/dev/null
  until [ "$(sql -c 'select count(*) from outbox')" -eq 0 ]; do sleep 0.1; done
  resume_with_driver &
  resumer=$!
  load drain "$@"
  wait "$resumer"
}

# Both workflows on the same API and the same hosts, in turns, because the machine's speed drifts.
part_checkout() {
  local turn workflow stages
  # shellcheck disable=SC2034 # start_all and launch_hosts read them
  local workflows=("ESTEIRA_WORKFLOWS=default=order.created,checkout=checkout.created") priced=(ESTEIRA_PRICED_WORKFLOWS=checkout)
  mapfile -t stages < <(shipped_stages && checkout_stages)
  stop_programs
  start_all
  for workflow in default checkout; do measure_fresh throughput --workflow "$workflow" --orders 1000 >/dev/null; done
  for ((turn = 1; turn <= turns; turn++)); do
    say "turn $turn of $turns"
    for workflow in default checkout; do
      runs=1 repeat "checkout/$workflow, 128 connections" measure_fresh throughput --workflow "$workflow" \
        --orders "$turn_orders" --connections 128
    done
    for workflow in default checkout; do
      runs=1 repeat "checkout/$workflow, backlog of $turn_orders" measure_hops "$workflow"
    done
  done
  # The other parts measure an API and hosts that know one workflow.
  stop_programs
}

# measure_ceiling KIND BATCH|RATE --point POINT: runs esteira-ceiling on empty tables.
measure_ceiling() {
  fresh_tables
  timeout -k 5 600 "$build/bench/esteira-ceiling" "$1" "$4" "$orders" "$2" "$(recorded_pid "$servers/postgres.pid")" \
    "$(recorded_pid "$servers/rabbitmq.pid")"
}

part_ceilings() {
  local kind batch
  stop_programs
  for kind in postgresql rabbitmq both; do
    for batch in 32 128 256; do repeat "ceilings/$kind, batches of $batch" measure_ceiling "$kind" "$batch"; done
  done
}

part_micro() {
  local file=$state/micro.json
  stop_programs
  say "micro-benchmarks"
  "$build/bench/esteira-micro" --benchmark_repetitions="$runs" --benchmark_out="$file" --benchmark_out_format=json >&2
  jq -c '.benchmarks[] | select(.run_type == "iteration")
    | {point: ("micro/" + .run_name), metrics: {cpu_ns: .cpu_time, real_ns: .real_time}}' "$file" >>"$measurements"
}
