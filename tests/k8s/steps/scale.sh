# shellcheck shell=bash disable=SC2154
# done_of POD: how many messages its host has finished.
done_of() {
  metrics_of "$1" | awk '/^esteira_messages_total\{.*outcome="done"/ { sum += $NF } END { print sum + 0 }'
}

step_scale() {
  local pod count
  k scale deployment/esteira-enrich --replicas=3 >/dev/null
  await_rollout deployment/esteira-enrich
  complete 150
  for pod in $(pods enrich); do
    count=$(done_of "$pod")
    say "  $pod finished $count"
    [ "$count" -gt 0 ] || die "$pod got no work."
  done
  k scale deployment/esteira-enrich --replicas=1 >/dev/null
  await_rollout deployment/esteira-enrich
}
