#!/bin/sh
# Install the Lighthouse that bench/portal.py judges pages with, as its lock file pins it, or do nothing where it is there.
set -eu
cd "$(dirname "$0")/../bench/lighthouse"
wanted=$(cksum <package-lock.json)
if [ -f node_modules/.installed ] && [ "$(cat node_modules/.installed)" = "$wanted" ]; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "Lighthouse needs npm. Debian, Ubuntu: sudo apt install npm" >&2
    exit 1
fi
echo "Installing what bench/lighthouse/package-lock.json pins (checked by hash) ..." >&2
npm ci --silent
echo "$wanted" >node_modules/.installed
