#!/usr/bin/env bash
# down.sh [--purge]: stops everything that up.sh started; --purge also deletes its data.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=$(dirname "$here")/.dev
# shellcheck source=tools/processes.sh
source "$here/processes.sh"

case ${1:-} in '' | --purge) ;; *) die "usage: ./dev down [--purge]" ;; esac
[ -d "$state/run" ] || {
  say "nothing is running"
  exit 0
}
exec 8>"$state/run/up.lock"
flock -n 8 || die "Another ./dev up or ./dev down is running in this directory. Wait for it to end."
say "stopping the programs"
for name in api $(shipped_stages) $(checkout_stages); do stop_process "$state/run/$name.pid" TERM 30 & done
wait
say "stopping the servers"
"$here/servers.sh" stop "$state/servers"
if [ "${1:-}" = --purge ]; then
  # .dev/test belongs to ./dev test, which may be running.
  find "$state" -mindepth 1 -maxdepth 1 ! -name test -exec rm -rf {} +
  say "data deleted"
fi
