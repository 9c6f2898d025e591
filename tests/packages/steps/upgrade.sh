# shellcheck shell=bash source-path=SCRIPTDIR
# An upgrade keeps what an administrator has changed.
source "${0%/*}/common.sh"
apt-get purge -y -q esteira
apt-get install -y -q ./old/esteira_*.deb
same 0.0.1-1 "$(version)"
echo 'ENRICH_DELAY=2s' >>/etc/esteira/enrich.env
echo 'ESTEIRA_LISTEN=127.0.0.1:8081' >>/etc/esteira/esteira-api.env
echo 'ESTEIRA_ADMIN_LISTEN=127.0.0.1:9099' >/etc/esteira/loyalty.env
chmod 0600 /etc/esteira/process.env

apt-get install -y -q -o Dpkg::Options::=--force-confold ./esteira_*.deb
fails same 0.0.1-1 "$(version)"
grep -x 'ENRICH_DELAY=2s' /etc/esteira/enrich.env
# Changed by the administrator and by the package: the administrator's stays, the package's is beside it.
grep -x 'ESTEIRA_LISTEN=127.0.0.1:8081' /etc/esteira/esteira-api.env
grep -x '# An older text.' /etc/esteira/esteira-api.env
[ -e /etc/esteira/esteira-api.env.dpkg-dist ]
# Not changed by the administrator: the new text, with the rights of before.
fails grep 'An older text' /etc/esteira/esteira.env
same '640 root:esteira' "$(rights /etc/esteira/esteira.env)"
same '600 root:esteira' "$(rights /etc/esteira/process.env)"
[ -e /etc/esteira/loyalty.env ]
esteira --version
