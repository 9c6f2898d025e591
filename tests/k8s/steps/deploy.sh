# shellcheck shell=bash disable=SC2154
step_deploy() {
  if kubectl get namespace "$namespace" >/dev/null 2>&1; then die "The namespace $namespace exists: name another one."; fi
  touch "$work/created"
  apply
  cat "$work/left_out" >&2
  say "  $(grep -c . "$work/applied") objects applied"
  k wait job/esteira-migrate --for=condition=complete --timeout=300s >/dev/null || die "The migration did not complete."
  say "  $(k logs job/esteira-migrate --tail=1)"
  await_rollout "${everything[@]}"
  local secret
  secret=$(k get deployment esteira-api \
    -o jsonpath='{.spec.template.spec.containers[0].env[?(@.name=="SECRET_TOKEN")].valueFrom.secretKeyRef.name}')
  sed "s|CLIENT_IMAGE|$client_image|; s|TOKENS_SECRET|$secret|" "$here/client.yaml" | k apply -f - >/dev/null
  await_pod client "see --client-image."
  complete 1
  say "  an order completed through the Service"
}
