#!/usr/bin/env bash
# packages.sh [COMMAND...]: installs the missing packages of packages.txt, and those named like the COMMANDs where these are
# missing. When none is missing it prints nothing and needs no rights.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"

mapfile -t wanted < <(grep -v '^#' "$here/packages.txt")
for command in "$@"; do command -v "$command" >/dev/null || wanted+=("$command"); done
mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
  <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort))
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing ${#missing[@]} Debian packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "Packages are missing and only root can install them. As root run:" \
    "apt-get install ${missing[*]}"
  as_root=(sudo)
fi

# Debian starts a server when it is installed and at every boot. Esteira runs its own servers, so the new ones stay off:
# policy-rc.d tells the packages' scripts not to start anything.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
  die "apt-get could not install everything; the error is above. Fix it and run the same command again."
for service in pgbouncer postgresql prometheus rabbitmq-server redis-server; do
  if [ -d /run/systemd/system ] && [[ " ${missing[*]} " = *" $service"* ]]; then
    "${as_root[@]}" systemctl disable --quiet "$service" || true
  fi
done
