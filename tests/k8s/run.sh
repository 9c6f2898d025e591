#!/usr/bin/env bash
# Tries Esteira on a Kubernetes cluster: the one of KUBECONFIG, in a namespace that it creates and deletes.
#   tests/k8s/run.sh [OPTION...] [STEP...]
#     --image NAME:TAG        the image of Esteira; the nodes must have it or be able to pull it (default esteira:dev)
#     --client-image IMAGE    an image with a POSIX shell and curl, for the client (default curlimages/curl:8.11.1)
#     --namespace NAME        the namespace; it must not exist (default esteira-test-<number>)
#     --orders N              orders placed while pods are deleted (default 600)
#     --seed N                seed for the choice of the pods that are deleted (default: printed)
#     --keep                  leave the namespace
# Steps, in this order; without a name all of them. `deploy` comes first in any case.
#   deploy    apply k8s/overlays/dev; the migration completes, everything becomes ready, an order completes
#   settings  change ENRICH_DELAY: only the hosts of enrich are replaced
#   plugin    name a plugin that does not exist: its host says so in one line, and orders complete all the same
#   scale     three hosts of enrich share the work
#   chaos     delete pods at random under load: every accepted order completes, and `esteira audit` finds nothing
# It needs bash, kubectl 1.29 or later (its kustomize knows components), and the right to create a namespace.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
overlay=$(cd "$here/../../k8s/overlays/dev" && pwd)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "run.sh: $*"
  exit 1
}
usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

image=esteira:dev
client_image=curlimages/curl:8.11.1
namespace=esteira-test-$RANDOM
orders=600
seed=$RANDOM
keep=
wanted=()
only_named=
while [ $# -gt 0 ]; do
  case $1 in
    --image) image=$2 && shift ;;
    --client-image) client_image=$2 && shift ;;
    --namespace) namespace=$2 && shift ;;
    --orders) orders=$2 && shift ;;
    --seed) seed=$2 && shift ;;
    --keep) keep=yes ;;
    settings | plugin | scale | chaos) wanted+=("$1") && only_named=yes ;;
    deploy) only_named=yes ;;
    *) usage ;;
  esac
  shift
done
[ -n "$only_named" ] || wanted=(settings plugin scale chaos)

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

# ---- the cluster -----------------------------------------------------------------------------------------------------
kubectl version >"$work/version" 2>&1 || die "No cluster answers: $(tail -n 1 "$work/version")"
server=$(sed -n 's/^Server Version: *v\([0-9.]*\).*/\1/p' "$work/version")
[ -n "$server" ] || server=$(sed -n 's/.*Server Version.*GitVersion:"v\([0-9.]*\).*/\1/p' "$work/version")
minor=$(cut -d. -f2 <<<"$server")
validate=strict
kubectl api-resources --no-headers 2>/dev/null | awk '{ print $(NF - 2) "/" $NF }' >"$work/kinds"
if [ "$minor" -lt 29 ]; then
  say "Kubernetes $server is older than 1.29: kinds and fields that it does not know are left out"
  validate=ignore
fi

# known_objects: passes on the objects whose kinds the cluster has, and names the others.
known_objects() {
  awk -v kinds="$work/kinds" '
    BEGIN { while ((getline line < kinds) > 0) known[line] = 1 }
    function flush_object() {
      if (text == "") return
      if ((version "/" kind) in known) printf "---\n%s", text
      else if (!told[version "/" kind]++) print "  left out, because the cluster does not have it: " version " " kind > "/dev/stderr"
      text = ""
    }
    /^---/ { flush_object(); next }
    /^apiVersion: / { version = $2 }
    /^kind: / { kind = $2 }
    { text = text $0 "\n" }
    END { flush_object() }'
}

# render SETTING...: the dev overlay in our namespace with our image. A SETTING is for the ConfigMap of the stage enrich.
render() {
  local setting dir=$work/overlay
  mkdir -p "$dir"
  {
    cat <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
resources: ["$(realpath --relative-to="$dir" "$overlay")"]
images: [{name: esteira, newName: "${image%:*}", newTag: "${image##*:}"}]
END
    if [ $# -gt 0 ]; then
      printf 'configMapGenerator: [{name: esteira-enrich, behavior: merge, literals: ['
      for setting in "$@"; do printf '"%s",' "$setting"; done
      printf ']}]\n'
    fi
  } >"$dir/kustomization.yaml"
  kubectl kustomize "$dir"
}
apply() {
  render "$@" | known_objects 2>"$work/left_out" >"$work/objects.yaml"
  # The Job of the migration cannot be changed; see k8s/base/migrate/job.yaml.
  k delete job esteira-migrate --ignore-not-found >/dev/null
  kubectl apply --validate="$validate" -f "$work/objects.yaml" >"$work/applied" || die "The cluster refused the objects."
}

# ---- what is looked at -----------------------------------------------------------------------------------------------
# pods COMPONENT: the names of its pods, without those that are being deleted.
pods() {
  k get pods -l "app.kubernetes.io/name=esteira,app.kubernetes.io/component=$1" \
    -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.deletionTimestamp}{"\n"}{end}' | awk 'NF == 1 { print $1 }' | sort
}
await_rollout() {
  local object
  for object in "$@"; do
    k rollout status "$object" --timeout=300s >"$work/rollout" 2>&1 || die "$object is not ready: $(tail -n 1 "$work/rollout")"
  done
}
everything=(statefulset/postgres statefulset/rabbitmq statefulset/redis deployment/esteira-api deployment/esteira-process
  deployment/esteira-enrich deployment/esteira-finalize)

orders_sh() { k exec -i client -- sh -c "cat >/tmp/orders.sh && sh /tmp/orders.sh $*" <"$here/orders.sh"; }
# complete COUNT: COUNT orders are accepted through the Service, and complete.
complete() {
  local placed=$work/placed
  orders_sh place "$(date +%s)-$RANDOM" "$1" 0 >"$placed"
  await_orders "$placed" 120
}
# await_orders FILE SECONDS
await_orders() {
  local unfinished
  ! grep refused "$1" >&2 || die "The API refused orders."
  unfinished=$(k exec -i client -- sh /tmp/orders.sh await "$2" <"$1")
  [ -z "$unfinished" ] || die "Orders did not complete: $(head -n 5 <<<"$unfinished")"
}
# audit: runs the CronJob of the overlay once, or the same command where the cluster has no CronJob of version batch/v1.
audit() {
  if ! grep -qx batch/v1/CronJob "$work/kinds"; then
    k exec deployment/esteira-api -- esteira audit
    return
  fi
  local job
  job=audit-$RANDOM
  k create job "$job" --from=cronjob/esteira-audit >/dev/null
  k wait job "$job" --for=condition=complete --timeout=120s >/dev/null || {
    k logs "job/$job"
    return 1
  }
  k logs "job/$job"
}

# ---- the steps -------------------------------------------------------------------------------------------------------
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
  k wait pod/client --for=condition=Ready --timeout=120s >/dev/null || die "The pod client does not start; see --client-image."
  complete 1
  say "  an order completed through the Service"
}

step_settings() {
  local before after old
  before=$(pods api && pods process && pods finalize)
  old=$(pods enrich)
  apply ENRICH_DELAY=1s
  await_rollout deployment/esteira-enrich
  after=$(pods api && pods process && pods finalize)
  [ "$before" = "$after" ] || die "Other pods changed, too: $before / $after"
  [ "$old" != "$(pods enrich)" ] || die "The hosts of enrich were not replaced."
  [ "$(k exec deployment/esteira-enrich -- printenv ENRICH_DELAY)" = 1s ] || die "The new host has another ENRICH_DELAY."
  complete 5
  say "  ENRICH_DELAY=1s: enrich was replaced, the other pods are the same"
}

step_plugin() {
  local before bad line='' count
  before=$(pods api && pods process && pods finalize && pods enrich)
  apply ESTEIRA_PLUGIN=no-such-plugin
  for ((count = 0; count < 60; count++)); do
    bad=$(comm -13 <(sort <<<"$before") <(pods enrich))
    if [ -n "$bad" ]; then
      line=$(k logs "$bad" 2>/dev/null || true)
      [ -z "$line" ] || break
    fi
    sleep 2
  done
  [ "$(grep -c . <<<"$line")" = 1 ] || die "The host of a plugin that does not exist says: $line"
  grep -q no-such-plugin <<<"$line" || die "The line does not name the plugin: $line"
  say "  its one line: $line"
  complete 20
  [ -z "$(comm -23 <(sort <<<"$before") <((pods api && pods process && pods finalize && pods enrich) | sort))" ] ||
    die "A pod of before is gone."
  apply
  await_rollout deployment/esteira-enrich
  say "  20 orders completed meanwhile; every pod of before stayed"
}

# done_of POD: how many messages its host has finished.
done_of() {
  local address
  address=$(k get pod "$1" -o jsonpath='{.status.podIP}')
  k exec client -- curl -s -m 10 "http://$address:9090/metrics" |
    awk '/^esteira_messages_total\{.*outcome="done"/ { sum += $NF } END { print sum + 0 }'
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

# delete_pods: until orders.sh is done, deletes a pod every few seconds. Programs get one second to end, which is a crash
# when they need longer. Servers end as they want to, because a volume must not have two of them, and are awaited: on a
# slow cluster they would be down all the time.
delete_pods() {
  local list pod
  RANDOM=$seed
  while [ ! -e "$work/placing_done" ]; do
    sleep $((2 + RANDOM % 4))
    mapfile -t list < <(k get pods -l 'app.kubernetes.io/part-of=esteira,app.kubernetes.io/component notin (migrate,audit)' -o name | sort)
    pod=${list[RANDOM % ${#list[@]}]}
    case $pod in
      pod/esteira-*)
        k delete "$pod" --grace-period=1 --wait=false >/dev/null 2>&1 || continue
        ;;
      *)
        k delete "$pod" --timeout=120s >/dev/null 2>&1 || continue
        k rollout status "statefulset/$(sed 's|pod/||; s|-0$||' <<<"$pod")" --timeout=120s >/dev/null 2>&1 || true
        ;;
    esac
    echo "${pod#pod/}" >>"$work/deleted"
  done
}
step_chaos() {
  local deleter
  say "  seed $seed"
  delete_pods &
  deleter=$!
  orders_sh place "chaos-$seed-$RANDOM" "$orders" 0.4 >"$work/chaos" || die "The client failed."
  touch "$work/placing_done"
  wait "$deleter"
  say "  $(wc -l <"$work/deleted") pods deleted while $orders orders were placed:" \
    "$(sed 's/-[0-9a-z]*-[0-9a-z]*$//; s/-0$//' "$work/deleted" | sort | uniq -c | awk '{ printf "%s %s  ", $1, $2 }')"
  await_rollout "${everything[@]}"
  await_orders "$work/chaos" 300
  [ "$(sort -u "$work/chaos" | wc -l)" = "$orders" ] || die "$orders orders were placed, but there are $(sort -u "$work/chaos" | wc -l) ids."
  say "  all $orders orders completed"
  audit >"$work/audit" || die "The audit has findings: $(cat "$work/audit")"
  say "  $(tail -n 1 "$work/audit")"
}

report=()
for step in deploy "${wanted[@]}"; do
  say "$step"
  began=$SECONDS
  "step_$step"
  report+=("$(printf '%-10s passed   %4d s' "$step" $((SECONDS - began)))")
done
printf '%s\n' "Kubernetes $server, image $image" "${report[@]}"
