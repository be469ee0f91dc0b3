#!/bin/sh
# `make dev`: Waymark as `make run` runs it, and the portal from its sources at http://127.0.0.1:5173, which shows each
# change at once. Ctrl-C stops both.
set -eu
python=${1:?usage: scripts/dev.sh PYTHON}
cd "$(dirname "$0")/.."
scripts/portal.sh --packages
if ! [ -f portal/node_modules/.installed ]; then
    exit 1
fi
if [ -d .venv-node/bin ]; then PATH=$PWD/.venv-node/bin:$PATH; fi

# Links and cookies are of the address that people open.
export WAYMARK_PUBLIC_URL="${WAYMARK_PUBLIC_URL:-http://127.0.0.1:5173}"
(cd portal && WAYMARK_API="http://127.0.0.1:${WAYMARK_PORT:-8000}" exec node node_modules/vite/bin/vite.js) &
vite=$!
trap : INT # the terminal tells both; this waits for them
trap 'kill "$vite" 2>/dev/null || true' EXIT
"$python" -m backend.cli run
