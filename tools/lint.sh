#!/usr/bin/env bash
# lint.sh [format] [shell] [names] [manifests] [rules] [packages] [doxygen] [tidy]: checks the sources; without a part all eight. `manifests` and
# `packages` build the programs that they ask and pack; the others build nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$top"

list_sources() { git ls-files -z --cached --others --exclude-standard "$@"; }

lint_format() {
  list_sources '*.cpp' '*.hpp' '*.h' | xargs -0 -r clang-format --dry-run -Werror || die "Some files are not formatted: run ./dev fmt."
}

lint_shell() {
  { list_sources '*.sh' && list_sources 'cmake/debian/esteira.p*' && printf 'dev\0.ci/run\0'; } | xargs -0 -r shellcheck -x
}

# Catch2 passes test names to ctest as one text, separated by semicolons. A name with a semicolon would become two ctest
# entries that run nothing and pass. A name that begins with a dash would be read as an option of the test program.
lint_names() {
  if git grep --untracked -nE '(TEST_CASE|SCENARIO)[A-Z_]*\(.*"[^"]*;[^"]*"' -- '*.cpp'; then
    die "A test name contains ';': replace it."
  fi
  if git grep --untracked -nE '(TEST_CASE|SCENARIO)[A-Z_]*\(.*"-' -- '*.cpp'; then
    die "A test name begins with '-': put a word before it."
  fi
  lint_metric_names
  lint_listed_tests
  lint_image_documents
}

# .dockerignore leaves documents out. An image whose build installs one cannot be built without it.
lint_image_documents() {
  local line document
  while IFS= read -r line; do
    document=$(dirname "${line%%:*}")/$(grep -oE '[A-Za-z_.-]+\.md' <<<"$line")
    grep -qxF "!$document" .dockerignore || die "The image installs $document: name it in .dockerignore."
  done < <(git grep --untracked -E '^install\(FILES [A-Za-z_.-]+\.md ' -- api cli host plugins runtime sdk)
}

# A test file that its CMakeLists.txt does not name is never built, and nobody notices.
lint_listed_tests() {
  local file
  while IFS= read -r -d '' file; do
    grep -qs "$(basename "$file")" "$(dirname "$file")/CMakeLists.txt" || die "$file is not in the CMakeLists.txt beside it: add it."
  done < <(list_sources 'tests/*_test.cpp')
}

# A metric that is defined in one place has one help text, also where several programs have it.
lint_metric_names() {
  local repeated
  repeated=$(git grep --untracked -hoE '"esteira_[a-z_]+"' -- 'runtime/*.cpp' 'host/*.cpp' 'api/*.cpp' 'cli/*.cpp' | sort | uniq -d)
  [[ -z $repeated ]] || die "Define each metric in one place: $repeated"
}

lint_manifests() { "$here/manifests.sh"; }
lint_doxygen() { "$here/docs.sh"; }
lint_packages() { "$here/package.sh" --check; }
lint_rules() { "$here/monitoring.sh" rules && "$here/monitoring/mistakes.sh"; }

# clang-tidy reads the unity sources, so that a header is parsed once for a dozen of them. Our sources are then included
# files: the header filter admits them, and the check against including a .cpp is off.
tidy_group() {
  local said
  if ! said=$(clang-tidy -p build/lint --quiet --checks=-bugprone-suspicious-include --header-filter="^$top/" \
    --extra-arg=-Wno-unknown-warning-option "$1" 2>&1); then
    printf '%s\n' "$said"
    return 1
  fi
  say "clean: ${1#"$top/build/lint/"}"
}

lint_tidy() {
  cmake --preset lint >"$top/build/lint.log" 2>&1 || {
    cat "$top/build/lint.log" >&2
    die "CMake could not configure build/lint."
  }
  jq -r '.[].file' build/lint/compile_commands.json | grep -v '\.c$' | sort -u |
    xargs -P "$(nproc)" -I{} "$here/lint.sh" group {}
}

if [ "${1:-}" = group ]; then
  tidy_group "$2"
  exit
fi
tools/packages.sh
mkdir -p build
[ $# -gt 0 ] || set -- format shell names manifests rules packages doxygen tidy
for part in "$@"; do
  case $part in
    format | shell | names | manifests | rules | packages | doxygen | tidy) "lint_$part" ;;
    *) die "usage: ./dev lint [format] [shell] [names] [manifests] [rules] [packages] [doxygen] [tidy]" ;;
  esac
done
