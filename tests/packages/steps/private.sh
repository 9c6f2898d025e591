# shellcheck shell=bash source-path=SCRIPTDIR
# Only root and the programs read the settings.
source "${0%/*}/common.sh"
same '640 root:esteira' "$(rights /etc/esteira/*.env)"
useradd --create-home --shell /bin/bash stranger
fails runuser -u stranger -- cat /etc/esteira/esteira.env
runuser -u esteira -- cat /etc/esteira/esteira.env
