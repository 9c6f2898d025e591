#!/usr/bin/env bash
# docs.sh: makes the API reference of the SDK with Doxygen, in build/docs. Fails at a warning.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$here/.."
"$here/packages.sh" doxygen
mkdir -p build
doxygen sdk/Doxyfile || die "Doxygen has warnings; they are above."
say "made build/docs/sdk/index.html"
