#!/bin/sh
# Install the outside clients of tests/clients, and what judges pages in tests/portal, as their lock files pin them, or do
# nothing where they are there.
# Without npm this says so and is no failure: the tests that need them are skipped with the same reason.
set -eu
cd "$(dirname "$0")/.."
# Clients for Python in an environment of their own: some pin what Waymark's own dependencies have in other versions.
scripts/environment.sh tests/clients/requirements.lock .venv-clients
if ! command -v npm >/dev/null 2>&1; then
    echo "No npm on PATH: tests of outside GraphQL clients and of the portal in a browser will be skipped." >&2
    echo "Debian, Ubuntu: sudo apt install npm" >&2
    exit 0
fi
for folder in tests/clients tests/portal; do
    wanted=$(cksum <"$folder/package-lock.json")
    stamp=$folder/node_modules/.installed
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        continue
    fi
    echo "Installing what $folder/package-lock.json pins (checked by hash) ..."
    if (cd "$folder" && npm ci --silent); then
        echo "$wanted" >"$stamp"
    else
        echo "npm ci failed in $folder: its tests will be skipped." >&2
    fi
done
