#!/usr/bin/env bash
# Tries Esteira on a Kubernetes cluster: the one of KUBECONFIG, in a namespace that it creates and deletes.
#   tests/k8s/run.sh [OPTION...] [STEP...]
#     --image NAME:TAG             the image of Esteira (default esteira:dev)
#     --next-image NAME:TAG        the image that `rollout` brings (default esteira:next)
#     --plugin-image NAME:TAG      an image with the plugin of sdk/example and cp (default esteira-loyalty:dev)
#     --client-image IMAGE         an image with a POSIX shell and curl (default curlimages/curl:8.11.1)
#     --prometheus-image IMAGE     (default prom/prometheus:v2.42.0, the version of Debian 12)
#     --namespace NAME             the namespace; it must not exist (default esteira-test-<number>)
#     --orders N                   orders placed while pods are deleted (default 600)
#     --seed N                     seed for the choice of the pods that are deleted (default: printed)
#     --keep                       leave the namespace
# The nodes must have the images or be able to pull them.
# Steps, in this order; without a name all of them. `deploy` comes first in any case.
#   deploy    apply k8s/overlays/dev; the migration completes, everything becomes ready, an order completes
#   settings  change ENRICH_DELAY: only the hosts of enrich are replaced
#   plugin    name a plugin that does not exist: its host says so in one line, and orders complete all the same
#   external  add a stage whose plugin is not in Esteira's image; its data is in the next order; take it away again
#   scale     three hosts of enrich share the work
#   scrape    Prometheus scrapes every pod that its annotations name, and every series is there
#   rollout   bring a new image under load: no request fails, every order completes
#   drain     evict the pods of the API under load: no request fails, every order completes
#   restore   lose RabbitMQ's volume and restore an earlier dump of PostgreSQL: the audit sends the orders on
#   chaos     delete pods at random under load: every accepted order completes, and `esteira audit` finds nothing
#   checkout  apply k8s/overlays/checkout: orders are delivered, refused and refunded, and cancelled while a stage is paused; an
#             outage of payment opens its circuit breaker and costs no order; restarts of the stages under load lose none
# It needs bash, kubectl 1.29 or later (its kustomize knows components), and the right to create a namespace.
# shellcheck disable=SC2034 # the steps use these variables
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
all_steps=(deploy settings plugin external scale scrape rollout drain restore chaos checkout)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "run.sh: $*"
  exit 1
}
usage() {
  sed -n '2,/^# It needs/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

image=esteira:dev
next_image=esteira:next
plugin_image=esteira-loyalty:dev
client_image=curlimages/curl:8.11.1
prometheus_image=prom/prometheus:v2.42.0
namespace=esteira-test-$RANDOM
orders=600
seed=$RANDOM
keep=
wanted=()
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes ;;
    --*)
      [ $# -gt 1 ] || usage
      case $1 in
        --image) image=$2 ;;
        --next-image) next_image=$2 ;;
        --plugin-image) plugin_image=$2 ;;
        --client-image) client_image=$2 ;;
        --prometheus-image) prometheus_image=$2 ;;
        --namespace) namespace=$2 ;;
        --orders) orders=$2 ;;
        --seed) seed=$2 ;;
        *) usage ;;
      esac
      shift
      ;;
    *)
      [[ " ${all_steps[*]} " = *" $1 "* ]] || usage
      wanted+=("$1")
      ;;
  esac
  shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${all_steps[@]}")

work=$(mktemp -d)
k() { kubectl --namespace "$namespace" "$@"; }
finish() {
  local code=$?
  if [ "$code" -ne 0 ] && [ -e "$work/created" ]; then
    say "the pods at the time of the failure:"
    k get pods -o wide >&2 || true
    k get events --sort-by=.lastTimestamp 2>/dev/null | tail -n 15 >&2 || true
  fi
  if [ -e "$work/created" ] && [ -z "$keep" ]; then
    kubectl delete namespace "$namespace" --wait=false >/dev/null || true
  fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT

# shellcheck source=tests/k8s/installation.sh
source "$here/installation.sh"
for step in "${all_steps[@]}"; do
  # shellcheck disable=SC1090
  source "$here/steps/$step.sh"
done

look_at_cluster
report=()
for step in "${all_steps[@]}"; do
  [[ $step = deploy || " ${wanted[*]} " = *" $step "* ]] || continue
  say "$step"
  began=$SECONDS
  "step_$step"
  report+=("$(printf '%-10s passed   %4d s' "$step" $((SECONDS - began)))")
done
printf '%s\n' "Kubernetes $server, image $image" "${report[@]}"
