# shellcheck shell=bash disable=SC2154,SC2034
checkout_stages=(payment shipping delivery refund)
# place_checkout SKU COUNT: their ids.
place_checkout() {
  local sku=$1
  orders_sh place "checkout-$RANDOM$RANDOM" "$2" 0
}

deploy_checkout() {
  overlay=checkout
  apply
  await_rollout deployment/esteira-api "${checkout_stages[@]/#/deployment/esteira-}"
  esteira_in_pod workflow check >"$work/check" || die "The workflows have faults: $(cat "$work/check")"
  esteira_in_pod doctor >"$work/doctor" || die "The installation has faults: $(cat "$work/doctor")"
  say "  $(head -n 1 "$work/check")"
}

ends() {
  local order
  order=$(place_checkout ABC 1)
  await_in_order "$order" '"status":"completed"'
  order=$(place_checkout SHIPPING-REFUSE 1)
  await_in_order "$order" '"compensation":"done"'
  await_in_order "$order" '"status":"failed"'
  say "  an order was delivered, another one was refused by the carrier and refunded"
}

# await_breaker STAGE TEXT: waits until `esteira stage list` has the text in the column `breaker`.
await_breaker() {
  local count
  for ((count = 0; count < 60; count++)); do
    esteira_in_pod stage list >"$work/stage_list"
    if grep -q "^$1 .* $2 " "$work/stage_list"; then return; fi
    sleep 1
  done
  die "The stage $1 is not shown as $2: $(cat "$work/stage_list")"
}

# While shipping is paused, an order waits for it after it was paid.
cancel_paused() {
  local order
  esteira_in_pod stage pause shipping --reason "tests/k8s" >/dev/null
  sleep 3 # one heartbeat of its hosts
  order=$(place_checkout ABC 1)
  await_in_order "$order" '"status":"paid"'
  await_breaker shipping paused
  sleep 2
  grep -q '"status":"paid"' <<<"$(orders_sh show "$order")" || die "A paused stage ran: $(orders_sh show "$order")"
  [[ $(orders_sh cancel "$order") = *202 ]] || die "The order was not cancelled: $(orders_sh show "$order")"
  await_in_order "$order" '"status":"cancelled"'
  await_in_order "$order" '"compensation":"done"'
  order=$(place_checkout ABC 1)
  esteira_in_pod stage resume shipping >/dev/null
  await_in_order "$order" '"status":"completed"'
  say "  an order that waited for a paused stage was cancelled and refunded; the next one completed after the pause"
}

# opened STAGE: how often the circuit breaker of its host has opened.
opened() { metrics_of "$(pods "$1")" | sed -n 's/^esteira_breaker_transitions_total{.*to="open".*} //p'; }
break_payment() {
  tuned=payment
  # Nobody listens there.
  apply PAYMENT_URL=http://127.0.0.1:9
  await_rollout deployment/esteira-payment
  place_checkout ABC 20 >"$work/outage"
  await_breaker payment open
  [ "$(opened payment)" -gt 0 ] || die "The metrics of payment do not show that its circuit breaker opened."
  apply
  await_rollout deployment/esteira-payment
  await_orders "$work/outage" 120
  await_breaker payment closed
  say "  payment was away: its circuit breaker opened, and the 20 orders of the outage completed after it"
}

restart_checkout() {
  k rollout restart "${checkout_stages[@]/#/deployment/esteira-}" >/dev/null
  await_rollout "${checkout_stages[@]/#/deployment/esteira-}"
}

# Only the last stage sees how long an order took.
metrics_of_checkout() {
  local stage missing
  for stage in "${checkout_stages[@]}"; do
    metrics_of "$(pods "$stage")" | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort >"$work/series"
    missing=$(awk '$1 != "esteira_order_duration_seconds" { print $1 }' "$top/tests/e2e/golden/host_metrics.txt" | sort | comm -23 - "$work/series")
    [ -z "$missing" ] || die "The host of $stage has no $missing."
  done
}

step_checkout() {
  local workflow=checkout
  deploy_checkout
  ends
  cancel_paused
  break_payment
  under_load restart_checkout
  metrics_of_checkout
  audit >"$work/audit" || die "The audit has findings: $(cat "$work/audit")"
  say "  $(tail -n 1 "$work/audit")"
}
