#!/usr/bin/env bash
# run.sh FOLDER: installs the packages of FOLDER in a bare Debian 12, works with them as a stranger would, upgrades, removes
# and purges them; then boots it, where systemd-nspawn can, and works with the units: steps/*.sh, in the order below. Needs root,
# Debian's archive and some minutes. Everything is in a temporary folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$(dirname "$here")")
# shellcheck source=tools/processes.sh
source "$top/tools/processes.sh"

packages=$(realpath "${1:?usage: run.sh FOLDER}")
[ "$(id -u)" = 0 ] || die "Only root can make a root file system: sudo ./dev package --test"
"$top/tools/packages.sh" mmdebstrap systemd-container
work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# in_root COMMAND...: runs it in the bare Debian, with mounts and processes of its own.
in_root() {
  # shellcheck disable=SC2016 # the inner shell expands it
  unshare --mount --pid --fork --kill-child sh -c '
    root=$1
    shift
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && exec chroot "$root" "$@"' in_root "$root" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root "$@" </dev/null
}

# run_step TEXT COMMAND...: its output is shown only when it fails.
run_step() {
  local text=$1
  shift
  "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    die "FAILED $text; its output is above."
  }
  say "ok     $text"
}
step() { run_step "$1" in_root sh -c "cd /packages && exec bash steps/$2.sh"; }
step_of_stranger() { run_step "$1" in_root runuser -l stranger -c "exec bash /packages/steps/$2.sh"; }

make_root() {
  local source=/etc/apt/sources.list.d/debian.sources
  [ -e "$source" ] || source=/etc/apt/sources.list
  # How this machine reaches Debian's archive.
  apt-config dump Acquire >"$work/acquire.conf" &&
    mmdebstrap --variant=minbase --aptopt="$work/acquire.conf" bookworm "$root" "$source" &&
    mkdir -p "$root/packages/old" &&
    cp -r "$packages"/*.deb "$here/steps" "$root/packages" &&
    chmod -R a+rX "$root/packages"
}

# An older version of the package esteira, with another text in esteira.env and esteira-api.env.
make_old_package() {
  local tree=$work/old
  dpkg-deb --raw-extract "$(echo "$packages"/esteira_*.deb)" "$tree" &&
    sed -i 's/^Version: .*/Version: 0.0.1-1/' "$tree/DEBIAN/control" &&
    sed -i '1i # An older text.' "$tree"/etc/esteira/esteira{,-api}.env &&
    dpkg-deb --root-owner-group -Zgzip --build "$tree" "$root/packages/old/esteira_0.0.1-1.deb"
}

# boot OPTION...: systemd boots the root, without the network of this machine.
boot() {
  local options=(--quiet --private-users=no --private-network --machine=esteira-test)
  # Without a systemd of its own, the machine has none that could register the container.
  if [ ! -d /run/systemd/system ]; then options+=(--register=no --keep-unit); fi
  timeout 900 systemd-nspawn -D "$root" "${options[@]}" "$@" </dev/null
}

# boot_step STEP: runs it as a service of the booted Debian, which is switched off at its end.
boot_step() {
  local units=$root/etc/systemd/system
  mkdir -p "$units/default.target.wants"
  ln -sf ../step.service "$units/default.target.wants/step.service"
  cat >"$units/step.service" <<END
[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
TimeoutStartSec=600
WorkingDirectory=/packages
ExecStart=/bin/bash steps/$1.sh
StandardOutput=file:/step.log
StandardError=inherit
END
  boot --boot || true
  cat "$root/step.log"
  [ "$(tail -n 1 "$root/step.log")" = 'the step passed' ]
}

run_step 'a bare Debian is made' make_root
run_step 'an older package is made' make_old_package
step 'apt installs the packages' install
step 'the programs run' programs
step 'only root and the programs read the settings' private
step_of_stranger 'a stranger writes, tests and tries a plugin' plugin
step 'an upgrade keeps changed settings' upgrade
step 'a removal keeps the settings' remove
step 'a purge leaves nothing' purge
step 'systemd accepts the units' units
if boot true >"$work/log" 2>&1; then
  step 'PostgreSQL and RabbitMQ are installed' servers
  run_step 'systemd runs the programs' boot_step systemd
else
  say "skipped 'systemd runs the programs': systemd-nspawn does not work here: $(tail -n 1 "$work/log")"
fi
