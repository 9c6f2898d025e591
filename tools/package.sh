#!/usr/bin/env bash
# package.sh [--test]: makes the Debian packages in build/packages from the preset package, and checks them with lintian.
# With --test it also installs, upgrades, removes and purges them in a bare Debian (tests/packages/run.sh).
# package.sh --check: the same from ESTEIRA_BUILD_DIR, or build/dev, without debug information: ./dev lint packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
cd "$top"

# cpack_deb BUILD_DIR OPTION...: the packages, in BUILD_DIR/packages.
cpack_deb() {
  local build=$1 log=$1/cpack.log
  shift
  rm -rf "$build/packages"
  SOURCE_DATE_EPOCH=$(dpkg-parsechangelog --file cmake/debian/changelog --show-field Timestamp)
  export SOURCE_DATE_EPOCH
  cpack -G DEB --config "$build/CPackConfig.cmake" "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    die "CPack could not make the packages; its output is above."
  }
}

# CPack's package of debug information has md5sums of other paths, no documentation, and a type that apt does not install.
finish_dbgsym() {
  local ddeb=$1 deb=${1%.ddeb}.deb work
  work=$(mktemp -d)
  dpkg-deb --raw-extract "$ddeb" "$work"
  mkdir -p "$work/usr/share/doc"
  ln -s esteira "$work/usr/share/doc/esteira-dbgsym"
  sed -i '/^Package-Type:/d' "$work/DEBIAN/control"
  (cd "$work" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2 >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -Zxz -z1 --build "$work" "$deb" >/dev/null
  rm -rf "$work" "$ddeb"
}

# check_contents ROOT: what a list elsewhere names is in the package.
check_contents() {
  local root=$1 file stage
  while IFS= read -r stage; do
    [ -f "$root/usr/lib/esteira/plugins/$stage.so" ] || die "The package esteira lacks the plugin $stage."
    grep -q '^ESTEIRA_ADMIN_LISTEN=' "$root/etc/esteira/$stage.env" || die "The package esteira lacks $stage.env."
  done < <(shipped_stages && checkout_stages)
  for file in sql/*.sql sdk/scaffold/*; do
    cmp -s "$file" "$root/usr/share/esteira/${file#sdk/}" || die "The package esteira lacks $file."
  done
  for file in sdk/include/esteira/*; do
    cmp -s "$file" "$root/usr/include/esteira/$(basename "$file")" || die "The package esteira-sdk lacks $file: see sdk/CMakeLists.txt."
  done
}

# check_units ROOT: systemd reads the units, and finds their sandbox tight: at most 2.0 of 10.
check_units() {
  local root=$1 units=(esteira-api.service esteira-host@process.service esteira-migrate.service)
  if ! command -v systemd-analyze >/dev/null; then
    say "not checked, because this machine has no systemd: the units"
    return
  fi
  cp -rn /lib/systemd/system/. "$root/lib/systemd/system"
  systemd-analyze verify --man=no --root="$root" "${units[@]}" || die "systemd refuses a unit; the reason is above."
  systemd-analyze security --offline=yes --root="$root" --threshold=20 esteira-{api,host@,migrate}.service >"$root/security.txt" 2>&1 || {
    cat "$root/security.txt" >&2
    die "A unit allows more than it needs: see cmake/debian/hardening.conf."
  }
}

# check_packages PACKAGE...
check_packages() {
  local root package
  lintian --allow-root --fail-on error,warning "$@" || die "lintian has found what is above."
  root=$(mktemp -d)
  for package in "$@"; do dpkg-deb --extract "$package" "$root"; done
  check_contents "$root"
  check_units "$root"
  rm -rf "$root"
}

check_build() {
  local build=${ESTEIRA_BUILD_DIR:-$top/build/dev}
  if [ -z "${ESTEIRA_BUILD_DIR:-}" ]; then "$here/build.sh" dev esteira-api esteira-host esteira shipped_stages; fi
  cmake --build "$build" --target debian_files >"$build/debian_files.log" || {
    cat "$build/debian_files.log" >&2
    die "The files of cmake/debian could not be made."
  }
  cpack_deb "$build" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip -D CPACK_DEBIAN_ESTEIRA_DEBUGINFO_PACKAGE=OFF -D CPACK_STRIP_FILES=ON
  check_packages "$build"/packages/*.deb
}

make_packages() {
  "$here/build.sh" package all debian_files
  say "making the packages"
  cpack_deb build/package
  finish_dbgsym build/package/packages/*.ddeb
  check_packages build/package/packages/*.deb
  rm -rf build/packages
  mkdir build/packages
  cp build/package/packages/*.deb build/packages
  say "made $(cd build/packages && echo *)"
  say "Install them with: sudo apt install ./build/packages/esteira*.deb"
}

[ $# -le 1 ] || die "usage: ./dev package [--test]"
"$here/packages.sh" help2man lintian
case ${1:-} in
  '') make_packages ;;
  --test)
    make_packages  # not before &&, where bash goes on after an error
    exec tests/packages/run.sh build/packages
    ;;
  --check) check_build ;;
  *) die "usage: ./dev package [--test]" ;;
esac
