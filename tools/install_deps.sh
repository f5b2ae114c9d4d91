#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing. run: to build and run; all: to test, lint, fuzz and measure too.
set -eu

run="gcc libc6-dev make meson ninja-build pkg-config python3 \
libmicrohttpd-dev libjansson-dev libssl-dev libsqlite3-dev libcurl4-openssl-dev libc-ares-dev \
libxml2-dev libseccomp-dev python3-hatchling"
test="libcmocka-dev git clang clang-format clang-tidy libclang-rt-14-dev \
python3-pytest python3-pytest-xdist python3-venv python3-jsonschema python3-yaml python3-requests python3-aiosmtpd \
black mypy python3-typeshed universal-ctags curl jq wrk sqlite3 openssl procps util-linux e2fsprogs iproute2 \
nginx-light prometheus python3-dnspython systemd lintian binutils fish zsh groff-base \
chromium chromium-headless-shell fonts-liberation"

# Others package node with npm in it, which the distribution's npm would fight.
command -v npm >/dev/null || run="$run nodejs npm"

case "${1:-}" in
run) packages=$run ;;
all) packages="$run $test" ;;
*)
    echo "usage: tools/install_deps.sh run|all" >&2
    exit 2
    ;;
esac

missing=""
for package in $packages; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
echo "Installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >&2

# The tests start one of their own; the package's service would listen on the network from now on.
case "$missing " in
*" prometheus "*)
    $as_root update-rc.d prometheus disable >/dev/null 2>&1 || true
    $as_root service prometheus stop >/dev/null 2>&1 || true
    ;;
esac
