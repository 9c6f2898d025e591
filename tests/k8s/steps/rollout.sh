# shellcheck shell=bash disable=SC2154
bring_next_image() {
  image=$next_image
  apply
  k wait job/esteira-migrate --for=condition=complete --timeout=300s >/dev/null || die "The migration did not complete."
  await_rollout "${programs[@]}"
}
step_rollout() {
  local before=$image others
  under_load bring_next_image
  # Pods of before may still be ending.
  others=$(for component in api process enrich finalize; do pods "$component"; done |
    while read -r pod; do k get pod "$pod" -o jsonpath='{.spec.containers[0].image}{"\n"}'; done | sort -u)
  [ "$others" = "$next_image" ] || die "There are pods with another image than $next_image: $others"
  audit >"$work/audit" || die "The audit has findings: $(cat "$work/audit")"
  say "  from $before to $next_image; $(tail -n 1 "$work/audit")"
}
