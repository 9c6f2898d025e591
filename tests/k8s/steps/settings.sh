# shellcheck shell=bash disable=SC2154
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
