# shellcheck shell=bash source-path=SCRIPTDIR
source "${0%/*}/common.sh"
apt-get update -q
apt-get install -y -q ./esteira*.deb
