# shellcheck shell=bash disable=SC2154,SC2016 # the shell of the pod expands $POSTGRES_USER
# The commands are those of "Back up and restore" in docs/kubernetes.md.
on_postgres() { k exec -i postgres-0 -- sh -c "$1"; }
stop_programs() {
  k scale deployment -l app.kubernetes.io/name=esteira --replicas=0 >/dev/null
  k wait pod -l 'app.kubernetes.io/name=esteira,app.kubernetes.io/component notin (migrate,audit)' --for=delete --timeout=120s >/dev/null
}
lose_broker() {
  k delete statefulset/rabbitmq persistentvolumeclaim/data-rabbitmq-0 --timeout=120s >/dev/null
  k wait pod/rabbitmq-0 --for=delete --timeout=120s >/dev/null 2>&1 || true
}
step_restore() {
  local later
  # Orders that wait for a stage: their messages are in the broker that is lost.
  k scale deployment/esteira-enrich --replicas=0 >/dev/null
  orders_sh place "waiting-$RANDOM" 20 0 >"$work/waiting"
  sleep 3
  on_postgres 'pg_dump --format=custom --username "$POSTGRES_USER" "$POSTGRES_DB"' >"$work/esteira.dump"
  later=$(orders_sh place "later-$RANDOM" 1 0)

  stop_programs
  lose_broker
  on_postgres 'pg_restore --clean --if-exists --no-owner --single-transaction --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"' <"$work/esteira.dump"
  apply
  await_rollout "${everything[@]}"
  sleep 5 # the grace period
  ! esteira_in_pod audit --grace-period 5s >"$work/audit" 2>/dev/null || die "The audit finds nothing after the restore: $(cat "$work/audit")"
  say "  after the restore: $(grep -m 1 lost_message "$work/audit")"
  esteira_in_pod audit --grace-period 5s --repair >"$work/audit" 2>/dev/null || true
  say "  audit --repair: $(tail -n 1 "$work/audit")"
  await_orders "$work/waiting" 120
  audit >"$work/audit" || die "The audit has findings: $(cat "$work/audit")"
  grep -q '^404$' <<<"$(orders_sh show "$later")" || die "The order of after the dump is there."
  say "  the 20 orders of before the dump completed, the one of after it is unknown; $(tail -n 1 "$work/audit")"
}
