# shellcheck shell=bash source-path=SCRIPTDIR
# A removal keeps the settings.
source "${0%/*}/common.sh"
apt-get remove -y -q esteira
fails test -e /usr/bin/esteira
fails test -e /lib/systemd/system/esteira-api.service
grep -x 'ENRICH_DELAY=2s' /etc/esteira/enrich.env
test -e /etc/esteira/loyalty.env
getent passwd esteira
