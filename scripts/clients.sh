#!/bin/sh
# Install the outside clients of tests/clients as their lock file pins them, or do nothing where they are there.
# Without npm this says so and is no failure: the tests that need them are skipped with the same reason.
set -eu
cd "$(dirname "$0")/.."
# Clients for Python in an environment of their own: some pin what Waymark's own dependencies have in other versions.
scripts/environment.sh tests/clients/requirements.lock .venv-clients
cd tests/clients

wanted=$(cksum <package-lock.json)
stamp=node_modules/.installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "No npm on PATH: tests of outside GraphQL clients will be skipped. Debian, Ubuntu: sudo apt install npm" >&2
    exit 0
fi
echo "Installing the outside clients of tests/clients (checked by hash) ..."
if ! npm ci --silent; then
    echo "npm ci failed: tests of outside GraphQL clients will be skipped." >&2
    exit 0
fi
echo "$wanted" >"$stamp"
