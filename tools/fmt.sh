#!/usr/bin/env bash
# fmt.sh: formats every C++ file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/packages.sh
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' '*.h' | xargs -0 -r clang-format -i
