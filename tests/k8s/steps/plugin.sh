# shellcheck shell=bash disable=SC2154
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
