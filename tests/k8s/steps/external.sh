# shellcheck shell=bash disable=SC2154
# The stage is a folder as in k8s/README.md ("To add a stage", "A plugin in an image of its own"). Its plugin is that of sdk/example. It
# comes by init container, which every version of Kubernetes has.
write_loyalty_stage() {
  local stage=$work/stages/loyalty
  mkdir -p "$work/stages"
  cp -r "$top/k8s/components/stages/enrich" "$stage"
  sed -i "s/enrich/loyalty/g; s|- .*base/host|- $(realpath --relative-to="$stage" "$top/k8s/base/host")|" "$stage/kustomization.yaml"
  cat >>"$stage/kustomization.yaml" <<END
components:
  - $(realpath --relative-to="$stage" "$top/k8s/components/external-plugin-init")
images:
  - name: esteira-plugin
    newName: ${plugin_image%:*}
    newTag: ${plugin_image##*:}
END
  printf 'ESTEIRA_PLUGIN=loyalty\nLOYALTY_CENTS_PER_POINT=50\n' >"$stage/settings.env"
}
step_external() {
  write_loyalty_stage
  apply
  await_rollout deployment/esteira-loyalty
  complete 1
  await_in_order "$(cat "$work/placed")" '"loyalty":{"points":50}'
  say "  the order has its data"
  rm -r "$work/stages/loyalty"
  k delete deployment,poddisruptionbudget,configmap,serviceaccount -l app.kubernetes.io/component=loyalty >/dev/null
  k wait pod -l app.kubernetes.io/component=loyalty --for=delete --timeout=120s >/dev/null
  esteira_in_pod stage forget loyalty --yes >"$work/forget" || die "The stage is not forgotten: $(cat "$work/forget")"
}
