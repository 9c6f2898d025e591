#!/usr/bin/env bash
# mistakes.sh: plants mistakes in a copy of rules, dashboards, runbook and golden files. monitoring.sh must find each.
# shellcheck disable=SC2016  # $stage is Grafana's
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tools/processes.sh
source "$top/tools/processes.sh"
copy=$(mktemp -d)
trap 'rm -r "$copy"' EXIT

rules=compose/rules.yaml
object=k8s/components/rules/prometheusrule.yaml
board=k8s/components/dashboards/stage.json
cases=tests/rules/alerts_test.yaml
golden=tests/e2e/golden/api_metrics.txt
runbook=docs/runbook.md

fresh_copy() {
  local path
  for path in tools/monitoring.sh tools/monitoring tools/processes.sh "$rules" "$object" "${board%/*}" tests/rules "${golden%/*}" "$runbook"; do
    mkdir -p "$copy/$(dirname "$path")"
    rm -rf "${copy:?}/$path"
    cp -r "$top/$path" "$copy/$path"
  done
}

planted=0
# expect FILE REPLACED: the check must print REPLACED after the change of FILE.
expect() {
  local said
  ! cmp -s "$top/$1" "$copy/$1" || die "a mistake was not planted: $2"
  [ "$1" != "$rules" ] || [ "$2" = differs ] || "$copy/tools/monitoring.sh" write
  said=$("$copy/tools/monitoring.sh" check 2>&1) && die "a planted mistake was not found: $2"
  grep -qF -- "$2" <<<"$said" || die "a planted mistake was not named: $2; the check said: $said"
  planted=$((planted + 1))
}
# in_text FILE SED TEXT and in_board JQ TEXT: plant one mistake, and expect a text.
in_text() {
  fresh_copy
  sed -i "$2" "$copy/$1"
  expect "$1" "$3"
}
in_board() {
  fresh_copy
  jq "$1" "$top/$board" >"$copy/$board"
  expect "$board" "$2"
}
# in_query EXPRESSION TEXT: the mistake is in a query of the dashboard.
in_query() { in_board ".panels[1].targets[0].expr = \"$1\"" "$2"; }

fresh_copy
"$copy/tools/monitoring.sh" check || die "the copy has problems without a planted mistake."

in_text $rules 's/(esteira_stage_hosts) == 0/(esteira_stage_host) == 0/' 'EsteiraStageWithoutHosts: there is no metric esteira_stage_host'
in_text $rules 's/(esteira_stage_hosts) == 0/(stage_hosts) == 0/' 'EsteiraStageWithoutHosts: there is no metric stage_hosts'
in_text $rules 's/{cause="crash"}/{reason="crash"}/' 'EsteiraHostsCrash: esteira_redelivered_total has no label reason'
in_text $rules 's/(esteira_stage_hosts) == 0/(esteira_stage_hosts{state="ready"}) == 0/' 'esteira_stage_hosts has no label state'
in_text $rules 's/max by (namespace, stage) (esteira_dead/max by (namespace, queue) (esteira_dead/' 'EsteiraDeadLettersOld: no metric here has the label queue'
in_text $rules 's/ratio_rate2h > 3/ratio_rate3h > 3/' 'there is no metric esteira:rejected_orders:ratio_rate3h'
in_text $rules 's/> 80000/> 80001/' 'differs'
in_text $rules 's/absent(esteira/absent((esteira/' 'is not valid'
in_text $rules 's/#esteirastageslow/#slow/' 'EsteiraStageSlow: runbook_url is not'
in_text $rules '0,/severity: critical/s//severity: page/' 'severity is neither critical nor warning'
in_text $rules '/summary: No API is scraped/d' 'EsteiraApiAbsent has no summary'
in_text $rules 's/alert: EsteiraStageSlow/alert: EsteiraSlow/' 'EsteiraSlow has no section'
in_text $runbook 's/^### EsteiraStageSlow/### EsteiraSlow/' 'describes EsteiraSlow, and no rule has that name'
in_text $runbook 's/esteira_publish_blocked/esteira_blocked/' 'there is no metric esteira_blocked'
in_text $cases 's/EsteiraStageSlow: series missing/EsteiraStageSlow: missing/' "no test case 'EsteiraStageSlow: series missing'"
in_text $cases '/EsteiraStageSlow: fires/,/eval_time/s/alertname="EsteiraStageSlow"/alertname="EsteiraHostsCrash"/' "no test case 'EsteiraStageSlow: fires'"
in_text $cases "s/series: 'esteira_publish_blocked/series: 'esteira_blocked/" 'tests/rules: there is no metric esteira_blocked'
in_text $golden '/^esteira_stage_hosts/d' 'Hosts: there is no metric esteira_stage_hosts'
in_text $golden 's/^\(esteira_stage_messages.*\),state/\1/' 'esteira_stage_messages has no label state'

in_query 'max(esteira_stage_host{stage=\"$stage\"})' 'Hosts: there is no metric esteira_stage_host'
in_query 'max(esteira_stage_hosts{stages=\"$stage\"})' 'Hosts: esteira_stage_hosts has no label stages'
in_query 'max by (queue) (esteira_stage_hosts{stage=\"$stage\"})' 'Hosts: no metric here has the label queue'
in_query 'max(esteira_stage_hosts{stage=\"$stage\"}' 'unclosed left parenthesis'
in_query 'max(esteira_stage_hosts{stage=\"$step\"})' 'there is no variable step'
in_query '' 'an empty query'
in_board '.panels[2].id = 2' 'the id 2 is used by'
in_board '.panels[2].title = .panels[1].title' 'two panels have the title'
in_board '.panels[2].gridPos.x = 1' 'lies over'
in_board '.panels[2].gridPos.x = 23' 'outside the grid'
in_board '.panels[2].datasource.uid = "prometheus"' 'another datasource'
in_board '.panels[2].targets = []' 'no query'
in_board 'del(.panels[2].description)' 'no description'
in_board 'del(.panels[2].fieldConfig.defaults.unit)' 'no unit'
in_board '.panels[2].targets += [.panels[2].targets[0]]' 'the refId A is used twice'
in_board '.templating.list += [{name: "queue", type: "custom"}]' 'the variable queue is not used'
in_board 'del(.uid)' 'uid, title or schemaVersion is missing'
say "$planted planted mistakes are found"
