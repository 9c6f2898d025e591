# shellcheck shell=bash
# Sourced by the steps, which run in the bare Debian, in the folder with the packages. A step fails at the first command
# that fails.
set -euxo pipefail

# fails COMMAND...: it must fail.
fails() {
  if "$@"; then
    echo "This should have failed: $*" >&2
    exit 1
  fi
}

# same WANTED GOT
same() { [ "$1" = "$2" ]; }

version() { dpkg-query -W -f '${Version}' esteira; }
rights() { stat -c '%a %U:%G' "$@" | sort -u; }
