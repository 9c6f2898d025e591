# shellcheck shell=bash source-path=SCRIPTDIR
# What the units need, installed and not started.
source "${0%/*}/common.sh"
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
apt-get install -y -q --no-install-recommends systemd-sysv dbus postgresql rabbitmq-server jq curl
rm /usr/sbin/policy-rc.d
# RabbitMQ wants to find its machine by name.
echo '127.0.0.1 localhost esteira-test' >/etc/hosts
