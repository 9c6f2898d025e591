# The installation under test and its cluster: to render, apply, look at it, and call its API. run.sh sets the variables.
# shellcheck shell=bash disable=SC2154,SC2034

look_at_cluster() {
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
}

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

# render SETTING...: the overlay $overlay in our namespace with our image, and the stages of $work/stages. A SETTING is for
# the ConfigMap of the stage $tuned.
overlay=dev
tuned=enrich
render() {
  local setting stage dir=$work/overlay
  mkdir -p "$dir" "$work/stages"
  {
    cat <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
images: [{name: esteira, newName: "${image%:*}", newTag: "${image##*:}"}]
resources:
  - "$(realpath --relative-to="$dir" "$top/k8s/overlays/$overlay")"
END
    for stage in "$work"/stages/*/; do
      [ ! -d "$stage" ] || printf '  - "%s"\n' "$(realpath --relative-to="$dir" "$stage")"
    done
    if [ $# -gt 0 ]; then
      printf 'configMapGenerator: [{name: esteira-%s, behavior: merge, literals: [' "$tuned"
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

# pods COMPONENT: the names of its pods, without those that are being deleted.
pods() {
  k get pods -l "app.kubernetes.io/name=esteira,app.kubernetes.io/component=$1" \
    -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.deletionTimestamp}{"\n"}{end}' | awk 'NF == 1 { print $1 }' | sort
}
address_of() { k get pod "$1" -o jsonpath='{.status.podIP}'; }
await_rollout() {
  local object
  for object in "$@"; do
    k rollout status "$object" --timeout=300s >"$work/rollout" 2>&1 || die "$object is not ready: $(tail -n 1 "$work/rollout")"
  done
}
# await_pod NAME REMEDY
await_pod() {
  k wait "pod/$1" --for=condition=Ready --timeout=120s >/dev/null || die "The pod $1 does not start; $2 $(k logs "$1" --tail=3 2>&1)"
}
programs=(deployment/esteira-api deployment/esteira-process deployment/esteira-enrich deployment/esteira-finalize)
# metrics_of POD: what its host says at /metrics.
metrics_of() { k exec client -- curl -s -m 10 "http://$(address_of "$1"):9090/metrics"; }
everything=(statefulset/postgres statefulset/rabbitmq statefulset/redis "${programs[@]}")

# orders_sh ARGUMENT...: orders.sh in the client's pod. Its orders have the workflow $workflow and the SKU $sku.
workflow=default
sku=ABC
orders_sh() {
  k exec -i client -- sh -c "cat >/tmp/orders.sh && workflow=$workflow sku=$sku sh /tmp/orders.sh $*" <"$here/orders.sh"
}
# complete COUNT: COUNT orders are accepted through the Service, and complete. Their ids are in $work/placed.
complete() {
  orders_sh place "$(date +%s)-$RANDOM" "$1" 0 >"$work/placed"
  await_orders "$work/placed" 120
}
# await_orders FILE SECONDS
await_orders() {
  local unfinished
  ! grep refused "$1" >&2 || die "The API refused orders."
  unfinished=$(k exec -i client -- sh /tmp/orders.sh await "$2" <"$1")
  [ -z "$unfinished" ] || die "Orders did not complete: $(head -n 5 <<<"$unfinished")"
}
# await_in_order ID TEXT: waits until the order, as the API shows it, has the text.
await_in_order() {
  local count order
  for ((count = 0; count < 60; count++)); do
    order=$(orders_sh show "$1")
    if grep -qF "$2" <<<"$order"; then return; fi
    sleep 1
  done
  die "The order does not have $2: $order"
}
# under_load COMMAND...: runs the command while the client places orders, each with one request. All are accepted and complete.
under_load() {
  local load
  orders_sh load >"$work/load" &
  load=$!
  sleep 5
  "$@"
  sleep 5
  k exec client -- touch /tmp/stop
  wait "$load" || die "The client failed."
  await_orders "$work/load" 120
  say "  $(grep -c . "$work/load") requests meanwhile: every one was accepted, and its order completed"
}

esteira_in_pod() { k exec deployment/esteira-api -- esteira "$@"; }
# audit: runs the CronJob of the overlay once, or the same command where the cluster has no CronJob of version batch/v1.
audit() {
  if ! grep -qx batch/v1/CronJob "$work/kinds"; then
    esteira_in_pod audit
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
