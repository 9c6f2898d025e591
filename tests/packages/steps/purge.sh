# shellcheck shell=bash source-path=SCRIPTDIR
# A purge leaves nothing: no user, no settings, no unit that is enabled.
source "${0%/*}/common.sh"
wanted=/etc/systemd/system/multi-user.target.wants
mkdir -p $wanted
ln -s /lib/systemd/system/esteira-host@.service $wanted/esteira-host@enrich.service
apt-get purge -y -q esteira esteira-sdk
fails getent passwd esteira
fails getent group esteira
same '' "$(find / -xdev -name '*esteira*' -not -path "$PWD/*" -not -path '/home/*')"
