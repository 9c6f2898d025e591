# shellcheck shell=bash disable=SC2154
# evict POD: what `kubectl drain` does with each pod of a node. A PodDisruptionBudget may refuse it for a while.
evict() {
  local version=policy/v1 count
  [ "$minor" -ge 22 ] || version=policy/v1beta1
  for ((count = 0; count < 60; count++)); do
    if printf '{"apiVersion":"%s","kind":"Eviction","metadata":{"name":"%s","namespace":"%s"}}' "$version" "$1" "$namespace" |
      k create --raw "/api/v1/namespaces/$namespace/pods/$1/eviction" -f - >/dev/null 2>"$work/evict"; then
      return
    fi
    sleep 2
  done
  die "The pod $1 cannot be evicted: $(cat "$work/evict")"
}
evict_api() {
  local pod
  for pod in $(pods api); do
    evict "$pod"
    k wait "pod/$pod" --for=delete --timeout=120s >/dev/null || die "The pod $pod does not end."
    await_rollout deployment/esteira-api
  done
}
step_drain() {
  local before after
  before=$(pods api)
  under_load evict_api
  after=$(pods api)
  [ -z "$(comm -12 <(echo "$before") <(echo "$after"))" ] || die "A pod of before is still there: $before / $after"
  say "  evicted: $(tr '\n' ' ' <<<"$before")"
}
