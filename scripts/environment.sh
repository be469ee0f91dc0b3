#!/bin/sh
# Make the virtual environment from a lock file, or do nothing where it is there already.
#
#   scripts/environment.sh requirements.lock [.venv]
#
# PYTHON names an interpreter to use; else the first of python3, python3.14 … python3.11 that is new enough.
set -eu

lock=$1
venv=${2:-.venv}
stamp=$venv/.installed

hash_of() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# The development lock holds all of the other one, so that `make run` after `make test` finds what it needs.
for candidate in "$lock" requirements-dev.lock; do
    if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$candidate $(hash_of "$candidate")" ]; then
        exit 0
    fi
done

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if is_new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Waymark needs Python 3.11 or later; ${PYTHON:-python3} is $(${PYTHON:-python3} --version 2>&1 || true)." >&2
    echo "Install one, or name one that is not on PATH: make run PYTHON=/path/to/python3.12" >&2
    exit 1
fi

# A broken or half-made environment starts anew; a whole one is only brought to the lock's state.
if ! [ -f "$stamp" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$(command -v "$python") (Python $version) cannot make virtual environments: ensurepip is missing." >&2
        echo "Debian, Ubuntu:  sudo apt install python$version-venv   (or python3-venv)" >&2
        echo "Alpine:          sudo apk add py3-pip" >&2
        echo "Others:          install the distribution's pip and venv packages for Python $version" >&2
        echo "Or name another interpreter: make run PYTHON=/path/to/python3" >&2
        exit 1
    fi
    echo "Making $venv with $("$python" --version) ..."
    "$python" -m venv --clear "$venv"
fi

echo "Installing what $lock pins (checked by hash) ..."
rm -f "$stamp"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --no-deps --requirement "$lock"
echo "$lock $(hash_of "$lock")" >"$stamp"
