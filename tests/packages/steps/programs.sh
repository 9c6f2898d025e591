# shellcheck shell=bash source-path=SCRIPTDIR
# The programs load their libraries, their plugins and their data.
source "${0%/*}/common.sh"
esteira --version
esteira-api --version
esteira-host --version
for plugin in /usr/lib/esteira/plugins/*.so; do esteira plugin inspect "$(basename "$plugin" .so)"; done
gzip -dc /usr/share/man/man1/esteira.1.gz | grep -c 'esteira dlq redrive'
bash -n /usr/share/bash-completion/completions/esteira

# A program without settings ends with one line.
fails esteira-host 2>/tmp/said
grep -x 'esteira-host: DATABASE_URL is required: .*' /tmp/said

# An address in use by nobody: the migrations are found, and only the server is missing.
fails env DATABASE_URL=postgresql://127.0.0.1:1/x esteira migrate 2>/tmp/said
grep -c 'Connection refused' /tmp/said
