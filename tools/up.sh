#!/usr/bin/env bash
# up.sh [checkout]: builds the release preset, starts everything on this machine and sends one order through; with
# `checkout` also the stages of the checkout workflow, and an order of it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
build=$top/build/release
state=$top/.dev
case ${1:-} in '' | checkout) ;; *) die "usage: ./dev up [checkout]" ;; esac
mapfile -t stages < <(shipped_stages)
# What the programs know of the workflows, and what the API knows.
workflows=() priced=()
if [ "${1:-}" = checkout ]; then
  mapfile -t -O "${#stages[@]}" stages < <(checkout_stages)
  workflows=(ESTEIRA_WORKFLOWS="${ESTEIRA_WORKFLOWS:-default=order.created,checkout=checkout.created}")
  priced=(ESTEIRA_PRICED_WORKFLOWS="${ESTEIRA_PRICED_WORKFLOWS:-checkout}")
fi

# These settings belong to one program each, but ./dev up passes the settings of its environment to all.
for setting in PLUGIN STAGE CONSUMES PUBLISHES STATUS LISTEN ADMIN_LISTEN; do
  name=ESTEIRA_$setting
  [ -z "${!name:-}" ] || die "$name is set, and ./dev up chooses it for each program. Unset it; to start one more host" \
    "with it, see docs/writing-a-stage.md, section 5."
done

"$here/packages.sh"
mkdir -p "$state/run" "$state/log"
exec 8>"$state/run/up.lock"
flock -n 8 || die "Another ./dev up or ./dev down is running in this directory. Wait for it to end."

# own_port NAME [PREFERRED]: prints the port of a program. It is chosen at the first call: PREFERRED if that is free.
own_port() {
  local file=$state/run/$1.port
  if [ ! -s "$file" ]; then
    if [ -n "${2:-}" ] && ! port_open "$2"; then echo "$2" >"$file"; else free_port >"$file"; fi
  fi
  cat "$file"
}

write_env() {
  local stage
  [ -s "$state/run/token" ] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$state/run/token"
  {
    "$here/servers.sh" env "$state/servers"
    echo "SECRET_TOKEN=$(cat "$state/run/token")"
    echo "API_URL=http://127.0.0.1:$(own_port api 8080)"
    printf 'ESTEIRA_PLUGIN_DIR=%q\n' "$build/plugins"
    for stage in "${stages[@]}"; do echo "METRICS_PORT_${stage^^}=$(own_port "$stage")"; done
    # esteira workflow, doctor and audit read it as well.
    [ "${#workflows[@]}" -eq 0 ] || printf '%s\n' "${workflows[@]}"
  } >"$state/env.new"
  chmod 600 "$state/env.new"
  mv "$state/env.new" "$state/env"
}

# keep_running NAME PROGRAM PREFIX NAME=VALUE...: starts the program, or restarts it if its build or settings changed.
keep_running() {
  local name=$1 program=$2 prefix=$3 record=$state/run/$1.pid settings identity
  shift 3
  mapfile -t -d '' settings < <(given_settings "ESTEIRA|$prefix")
  set -- env -i PATH="$PATH" "${settings[@]}" "$@" "$program"
  identity=$(printf '%s\n' "$@" "$(stat -c '%n %i %s %y' "$program" "$build/plugins/"*.so)" | cksum)
  if recorded_pid "$record" >/dev/null && [ "$(cat "$state/run/$name.identity" 2>/dev/null)" = "$identity" ]; then
    return
  fi
  stop_process "$record" TERM 30
  say "starting $name"
  start_process "$record" "$state/log/$name.log" "$@" 8>&-
  echo "$identity" >"$state/run/$name.identity"
}

start_programs() {
  local stage port
  # shellcheck source=/dev/null
  source "$state/env"
  local connections=("DATABASE_URL=$DATABASE_URL" "RABBITMQ_URL=$RABBITMQ_URL" "REDIS_URL=$REDIS_URL" "${workflows[@]}")
  for stage in $(checkout_stages); do
    [ "${#priced[@]}" -gt 0 ] || stop_process "$state/run/$stage.pid" TERM 30
  done
  for stage in "${stages[@]}"; do
    port=METRICS_PORT_${stage^^}
    keep_running "$stage" "$build/bin/esteira-host" "${stage^^}" "${connections[@]}" ESTEIRA_PLUGIN="$stage" \
      ESTEIRA_PLUGIN_DIR="$ESTEIRA_PLUGIN_DIR" ESTEIRA_ADMIN_LISTEN="127.0.0.1:${!port}"
  done
  keep_running api "$build/bin/esteira-api" ESTEIRA "${connections[@]}" SECRET_TOKEN="$SECRET_TOKEN" \
    "${priced[@]}" ESTEIRA_LISTEN="${API_URL#http://}" ESTEIRA_DRAIN_DELAY="${ESTEIRA_DRAIN_DELAY:-0s}"
}

await_programs() {
  local stage port
  await_ready "$state/run/api.pid" "$state/log/api.log" "$API_URL"
  for stage in "${stages[@]}"; do
    port=METRICS_PORT_${stage^^}
    await_ready "$state/run/$stage.pid" "$state/log/$stage.log" "http://127.0.0.1:${!port}"
  done
}

# sample_order BODY: places it and shows how it goes on.
sample_order() {
  local order status='' tick body=$1
  say "placing a sample order"
  order=$(curl -fsS -X POST "$API_URL/orders" -H "Authorization: Bearer $SECRET_TOKEN" \
    -H 'Content-Type: application/json' -d "$body" | jq -er .order_id) || die "The API refused the sample order; see .dev/log/api.log"
  for ((tick = 0; tick < 600; tick++)); do
    local now
    now=$(curl -fsS "$API_URL/orders/$order" -H "Authorization: Bearer $SECRET_TOKEN" | jq -r .status)
    if [ "$now" != "$status" ]; then
      status=$now
      say "  $order is $status"
    fi
    case $status in completed | failed) break ;; esac
    sleep 0.1
  done
  curl -fsS "$API_URL/orders/$order" -H "Authorization: Bearer $SECRET_TOKEN" | jq .
  [ "$status" = completed ] || die "The sample order did not complete; see the logs in $state/log"
}

print_next_steps() {
  cat <<END

Esteira is running. API: $API_URL, logs: .dev/log, addresses and token: .dev/env. Next steps:
  set -a; source .dev/env; set +a
  curl -i \$API_URL/orders -H "Authorization: Bearer \$SECRET_TOKEN" -H 'Content-Type: application/json' \\
    -H 'X-Idempotency-Key: order-1' -d '{"customer_id":"123","items":[{"sku":"ABC","qty":2},{"sku":"XYZ","qty":1}]}'
  curl -s \$API_URL/orders/ORDER_ID -H "Authorization: Bearer \$SECRET_TOKEN" | jq
  curl -s \$API_URL/metrics
  curl -s localhost:\$METRICS_PORT_ENRICH/metrics
./dev down stops everything.
END
}

"$here/servers.sh" start "$state/servers" postgres rabbitmq redis 8>&- &
servers=$!
"$here/build.sh" release
wait "$servers" || die "The servers did not start; the errors are above."
write_env
# shellcheck source=/dev/null
source "$state/env"
env -i PATH="$PATH" DATABASE_URL="$DATABASE_URL" "$build/bin/esteira" migrate >&2
export ENRICH_DELAY=${ENRICH_DELAY:-2s}
start_programs
await_programs
sample_order '{"customer_id":"123","items":[{"sku":"ABC","qty":2},{"sku":"XYZ","qty":1}]}'
if [ "${#priced[@]}" -gt 0 ]; then
  sample_order '{"workflow":"checkout","customer_id":"123","items":[{"sku":"ABC","qty":2,"unit_price":"10.50"}]}'
fi
print_next_steps
