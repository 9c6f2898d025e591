#!/usr/bin/env bash
# monitoring.sh: the alert rules and dashboards, and whether they fit the metrics that the programs have.
#   monitoring.sh write   make the object for Prometheus's operator from compose/rules.yaml
#   monitoring.sh check   check the rules and dashboards
#   monitoring.sh rules   the same, and run the tests of the rules
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$(dirname "$here")"

rules=compose/rules.yaml
rule_object=k8s/components/rules/prometheusrule.yaml
runbook=docs/runbook.md

# Labels that Prometheus adds to our metrics.
target_labels=(instance job le namespace pod)
# The metrics of kube-state-metrics and of Prometheus itself that are used, with their labels.
foreign_metrics() {
  cat <<'END'
kube_cronjob_created namespace,cronjob
kube_cronjob_status_last_successful_time namespace,cronjob
kube_job_failed namespace,job_name,condition
kube_job_status_start_time namespace,job_name
ALERTS alertname,alertstate,namespace
END
}

# Prometheus's operator wants the groups inside an object.
make_rule_object() {
  cat <<'END'
# Made from compose/rules.yaml by `tools/monitoring.sh write`: edit that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: esteira
  labels:
    app.kubernetes.io/part-of: esteira
spec:
END
  sed -n '/^groups:/,$p' "$rules" | sed 's/^\(.\)/  \1/'
}

# problem TEXT...: prints a line; the check fails at its end.
problems=0
problem() {
  printf '%s\n' "$*" >&2
  problems=$((problems + 1))
}

# known_metrics: the metrics of the golden files and the foreign ones, a line each: name and labels.
known_metrics() {
  awk '{ print $1, $3; if ($2 == "histogram") { print $1 "_bucket", $3; print $1 "_sum", $3; print $1 "_count", $3 } }' \
    tests/e2e/golden/api_metrics.txt tests/e2e/golden/host_metrics.txt
  foreign_metrics
  sed -n 's/^ *- record: \(.*\)/\1 namespace/p' "$rules"
}

# check_expressions: reads expressions, NAME and a tab and the expression in one line each, and names the metrics and
# labels in them that no program has.
check_expressions() {
  local unknown
  unknown=$(awk -F '\t' -v target="${target_labels[*]}" -f "$here/monitoring/expressions.awk" <(known_metrics) -)
  [[ -z $unknown ]] || problem "$unknown"
}

# rule_expressions: each rule of rules.yaml as NAME, tab, expression; comments and annotations are left out.
rule_expressions() {
  awk '
    /^ *#/ { next }
    /^ *- (alert|record): / { if (name) print name "\t" text; name = $3; text = ""; inside = 0; next }
    /^ *expr: / { inside = 1; sub(/^ *expr: *\|?/, ""); text = $0; next }
    /^ *(for|labels|annotations|keep_firing_for):/ || /^  - name:/ { inside = 0 }
    inside { text = text " " $0 }
    END { print name "\t" text }' "$rules"
}

# field ALERT KEY: the value of a key of an alert.
field() {
  awk -v alert="$1" -v key="$2:" '
    $1 == "-" { inside = ($2 == "alert:" && $3 == alert) }
    inside && $1 == key { $1 = ""; print substr($0, 2) }' "$rules"
}

check_alert() {
  local alert=$1 case
  grep -qx "### $alert" "$runbook" || problem "$alert has no section in $runbook."
  [[ $(field "$alert" runbook_url) == "$runbook#${alert,,}" ]] || problem "$alert: runbook_url is not $runbook#${alert,,}."
  [[ $(field "$alert" severity) =~ ^(critical|warning)$ ]] || problem "$alert: severity is neither critical nor warning."
  [[ -n $(field "$alert" summary) && -n $(field "$alert" description) ]] || problem "$alert has no summary or description."
  for case in fires 'does not fire' 'series missing'; do
    grep -qxF "$alert $case" <<<"$cases" || problem "$alert has no test case '$alert: $case' that asks for it."
  done
}

# test_cases: the cases that ask for the alert of their name, a line each: alert and case.
test_cases() {
  sed -nE -e 's/^  - name: "(Esteira[A-Za-z]+): (fires|does not fire|series missing).*"$/name \1 \2/p' \
    -e 's/^ *- expr: ALERTS\{alertname="([A-Za-z]+)".*/asks \1/p' tests/rules/*.yaml |
    awk '$1 == "name" { alert = $2; sub(/^name /, ""); name = $0 } $1 == "asks" && $2 == alert { print name }'
}

check_rules() {
  local alert cases
  cases=$(test_cases)
  promtool check rules --lint=all "$rules" >/dev/null || problem "$rules is not valid."
  diff <(make_rule_object) "$rule_object" >&2 || problem "$rule_object differs from $rules: run tools/monitoring.sh write."
  while IFS= read -r alert; do check_alert "$alert"; done < <(sed -n 's/^ *- alert: //p' "$rules")
  while IFS= read -r alert; do
    grep -qx " *- alert: $alert" "$rules" || problem "$runbook describes $alert, and no rule has that name."
  done < <(sed -n 's/^### \(Esteira[A-Za-z]*\)$/\1/p' "$runbook")
  check_expressions < <(rule_expressions && sed -n "s/.*{series: '\([^']*\)'.*/tests\/rules\t\1/p" tests/rules/*.yaml | sort -u)
  check_expressions < <(grep -oE 'esteira[a-z_:0-9]*:[a-z_:0-9]+|(esteira|kube)_[a-z_]+[a-z]' "$runbook" | sort -u | sed "s|^|$runbook\t|")
}

test_rules() { promtool test rules tests/rules/*.yaml >/dev/null || problem "A test in tests/rules failed."; }

# dashboard_expressions FILE: each query of a dashboard as in check_expressions, also those of its variables.
dashboard_expressions() {
  jq -r --arg name "$1" '(.panels[] | .title as $title | .targets[]? | [$name + ": " + $title, .expr] | @tsv),
    (.templating.list[] | select(.type == "query") | [$name + ": " + .name, .query.query] | @tsv)' "$1" | sed 's/\\\\/\\/g'
}

# as_rules: makes a file of rules of queries, so that promtool reads their syntax. Grafana puts values in for $variables.
as_rules() {
  printf 'groups:\n  - name: dashboards\n    rules:\n'
  awk -F '\t' '!/label_values/ { gsub(/\$__rate_interval/, "1m", $2); gsub("\047", "\047\047", $2)
    printf "      - {record: \"panel:n%d\", expr: \047%s\047}\n", NR, $2 }'
}

check_dashboard() {
  local file=$1 found rule_file
  found=$(jq -r --arg name "$file" -f "$here/monitoring/dashboards.jq" "$file") || problem "$file is not JSON."
  [[ -z $found ]] || problem "$found"
  check_expressions < <(dashboard_expressions "$file")
  rule_file=$(mktemp)
  dashboard_expressions "$file" | as_rules >"$rule_file"
  found=$(promtool check rules --lint=none "$rule_file" 2>&1) || problem "$file: $found"
  rm "$rule_file"
}

check_dashboards() {
  local file
  for file in k8s/components/dashboards/*.json; do check_dashboard "$file"; done
}

case ${1:-} in
  write) make_rule_object >"$rule_object" ;;
  check | rules)
    check_rules
    check_dashboards
    [ "$1" = check ] || test_rules
    ;;
  *) die "$(sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}")" ;;
esac
[ "$problems" -eq 0 ] || die "$problems problems in the ${1}; they are above."
