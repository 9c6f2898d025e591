# shellcheck shell=bash source-path=SCRIPTDIR
# systemd reads the units where everything that they name is.
source "${0%/*}/common.sh"
apt-get install -y -q --no-install-recommends systemd ./esteira_*.deb
systemd-analyze verify --man=no esteira-api.service esteira-host@enrich.service esteira-migrate.service
systemd-analyze security --offline=yes --threshold=20 esteira-api.service esteira-host@.service esteira-migrate.service
