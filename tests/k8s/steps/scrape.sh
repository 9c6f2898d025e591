# shellcheck shell=bash disable=SC2154
# The targets are what the annotations of the pods say. Prometheus could find them by itself, but Debian's build of it has no
# discovery of Kubernetes.
targets() {
  k get pods -o jsonpath='{range .items[?(@.metadata.annotations.prometheus\.io/scrape=="true")]}{.metadata.name} {.status.podIP}:{.metadata.annotations.prometheus\.io/port} {.metadata.annotations.prometheus\.io/path}{"\n"}{end}'
}
write_configuration() {
  local pod address path
  printf 'global: {scrape_interval: 2s}\nscrape_configs:\n'
  while read -r pod address path; do
    printf '  - {job_name: %s, metrics_path: %s, static_configs: [{targets: ["%s"], labels: {pod: %s}}]}\n' "$pod" "$path" "$address" "$pod"
  done < <(targets)
}
prometheus() { k exec client -- curl -s -m 10 -G "http://$(address_of prometheus):9090/api/v1/$1" --data-urlencode "$2"; }
# missing_series POD FILE: the metrics of a golden file that Prometheus does not have of the pod.
missing_series() {
  prometheus series "match[]={pod=\"$1\"}" | grep -o '"__name__":"[^"]*"' | cut -d'"' -f4 | sort -u >"$work/series"
  awk '{ print $1 ($2 == "histogram" ? "_bucket" : "") }' "$2" | sort | comm -23 - "$work/series"
}
# await_series FILE POD...
await_series() {
  local file=$1 pod missing count
  shift
  for pod in "$@"; do
    for ((count = 0; count < 60; count++)); do
      missing=$(missing_series "$pod" "$file")
      [ -n "$missing" ] || break
      sleep 1
    done
    [ -z "$missing" ] || die "Prometheus has no $(tr '\n' ' ' <<<"$missing") of $pod."
  done
}
step_scrape() {
  local golden=$top/tests/e2e/golden hosts
  write_configuration >"$work/prometheus.yml"
  k create configmap prometheus --from-file="$work/prometheus.yml" >/dev/null
  sed "s|PROMETHEUS_IMAGE|$prometheus_image|" "$here/prometheus.yaml" | k apply -f - >/dev/null
  await_pod prometheus "see --prometheus-image."
  complete 5
  mapfile -t hosts < <(pods process && pods enrich)
  # Only the last stage sees how long an order took.
  grep -v '^esteira_order_duration_seconds ' "$golden/host_metrics.txt" >"$work/host_metrics"
  # shellcheck disable=SC2046 # names of pods have no spaces
  await_series "$golden/api_metrics.txt" $(pods api)
  # shellcheck disable=SC2046
  await_series "$golden/host_metrics.txt" $(pods finalize)
  await_series "$work/host_metrics" "${hosts[@]}"
  say "  $(prometheus query 'query=count(up{pod=~"esteira-.*"} == 1)' | grep -o '"[0-9]*"\]' | tr -d '"]') pods of Esteira are scraped, and every series of the golden files is there"
  k delete pod prometheus --wait=false >/dev/null
}
