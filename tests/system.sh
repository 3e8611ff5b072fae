#!/bin/sh
# What the tests need beside Python: a browser, Redis, PostgreSQL, Java for Spark. On Debian and Ubuntu, as root, they
# are installed; elsewhere what is missing is named, and only the tests that need it are skipped.
set -eu

missing=""
have() { command -v "$1" >/dev/null 2>&1; }
have chromium || have chromium-browser || have google-chrome || missing="$missing chromium"
have redis-server || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || missing="$missing postgresql"
java -version >/dev/null 2>&1 || missing="$missing java"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && have apt-get; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # The server's package would start a cluster of its own; the tests start what they need themselves.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    apt-get update -qq
    case "$missing" in *java*)
        # Spark needs Java 17 or newer; which of them a release of Debian or Ubuntu has differs.
        for version in 21 17 25; do
            [ -z "$(apt-cache madison "openjdk-$version-jre-headless")" ] || break
        done
        missing="${missing% java} openjdk-$version-jre-headless" ;;
    esac
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "Missing for some tests:$missing. Install them to run every test." >&2
