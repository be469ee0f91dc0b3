#!/bin/sh
# Build the portal into portal/dist, or do nothing where it was built from these very sources.
#
#   scripts/portal.sh [--strict | --packages]
#
# Needs Node 20.19 or later with npm: from PATH, else the pinned wheel in an environment of its own (.venv-node). Where
# there is neither, or no registry answers, this says so and is no failure: Waymark runs without the portal. Sources that
# cannot be built are a failure with --strict alone. --packages installs what a build and `make dev` need, and stops there.
set -eu
cd "$(dirname "$0")/.."
dist=portal/dist
kept_days=30

if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum="shasum -a 256"; fi
# Of all that the build reads; `schema.d.ts` is made from the schema, for editors and `tsc`.
hash_of_sources() {
    find portal schema.graphql scripts/portal.sh \( -name node_modules -o -name dist \) -prune -o -type f -print |
        grep -v '/schema\.d\.ts$' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 $sum | $sum | cut -d ' ' -f 1
}
without() {
    echo "$1 The portal is not built; Waymark runs without it." >&2
    [ "${2:-}" = --strict ] && exit 1
    exit 0
}
is_node_enough() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}

wanted=
if [ "${1:-}" != --packages ]; then
    wanted=$(hash_of_sources)
    if [ -f "$dist/.built" ] && [ "$(cat "$dist/.built")" = "$wanted" ]; then
        exit 0
    fi
fi

if ! is_node_enough; then
    scripts/environment.sh scripts/node.lock .venv-node ||
        without "There is no Node 20.19 or later with npm, and its wheel cannot be installed."
    PATH=$PWD/.venv-node/bin:$PATH
    is_node_enough || without "The wheel of Node does not run here. Install Node 20.19 or later with npm."
fi

packages="$(node --version) $($sum portal/package-lock.json | cut -d ' ' -f 1)"
if ! [ -f portal/node_modules/.installed ] || [ "$(cat portal/node_modules/.installed)" != "$packages" ]; then
    echo "Installing what portal/package-lock.json pins (checked by hash) ..."
    rm -f portal/node_modules/.installed
    (cd portal && npm ci --silent --no-audit --no-fund --ignore-scripts --fetch-retries=1 --fetch-timeout=60000) ||
        without "npm ci failed: the packages of portal/package-lock.json are not to be had."
    mkdir -p portal/node_modules
    echo "$packages" >portal/node_modules/.installed
fi
if [ "${1:-}" = --packages ]; then
    exit 0
fi

echo "Building the portal ..."
# Assets stay for some days after the build that came without them, for pages that are open: of those that the last
# build wrote, the days begin now.
if [ -d "$dist/assets" ]; then
    if [ -f "$dist/.began" ]; then find "$dist/assets" -type f -newer "$dist/.began" -exec touch {} +; fi
    rm -f "$dist/.built"
fi
mkdir -p "$dist"
touch "$dist/.began"
if ! said=$(cd portal && npm run build --silent 2>&1); then
    echo "$said" >&2
    without "The sources in portal/ cannot be built." "${1:-}"
fi
find "$dist/assets" -type f ! -name '*.br' ! -name '*.gz' -mtime "+$kept_days" -exec rm -f {} +
for compressed in "$dist"/assets/*.br "$dist"/assets/*.gz; do
    [ -e "${compressed%.*}" ] || rm -f "$compressed"
done
echo "$wanted" >"$dist/.built"
