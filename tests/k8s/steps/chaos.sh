# shellcheck shell=bash disable=SC2154
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
