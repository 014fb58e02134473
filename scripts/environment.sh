#!/bin/sh
# Make a virtual environment from requirements-dev.lock, or bring one up to date, and install the
# project into it (editable).
#
#   usage: scripts/environment.sh DIRECTORY [3.11 | 3.12 | 3.13]
#
# Without a version: the newest suitable Python of this machine. Exit status 3: there is none.
# uv, from the lock file, does the work where it can (5 s instead of 40); pip does it where uv cannot.
set -eu
cd "$(dirname "$0")/.."
directory=$1
versions=${2:-3.13 3.12 3.11}

is_python() { # is_python COMMAND VERSION; it has to run: what a version manager puts on the PATH may not
    "$1" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$2')" 2>/dev/null
}

find_python() {
    for version in $versions; do
        for candidate in "python$version" python3 "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/bin/python; do
            if is_python "$candidate" "$version"; then
                echo "$candidate"
                return
            fi
        done
    done
    return 1
}

if ! "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || {
        echo "No Python $(echo "$versions" | sed 's/ / or /g') with venv here (Debian: apt install python3-venv)." >&2
        exit 3
    }
    echo "Making $directory with $("$python" --version) ..."
    rm -rf "$directory"
    "$python" -m venv "$directory"
fi
python=$directory/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1

with_uv() {
    uv=$directory/bin/uv
    wanted=$(sed -n 's/^uv==\([^ ]*\).*/uv \1/p' requirements-dev.lock)
    case "$("$uv" --version 2>/dev/null)" in
        "$wanted"*) ;;
        *)
            sed -n '/^uv==/,/# via/p' requirements-dev.lock >"$directory/uv.lock"
            "$python" -m pip install --quiet --require-hashes -r "$directory/uv.lock" || return 1
            ;;
    esac
    index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi
    "$uv" pip install --quiet --python "$python" --require-hashes -r requirements-dev.lock &&
        "$uv" pip install --quiet --python "$python" --no-deps --editable .
}

with_pip() {
    "$python" -m pip install --quiet --require-hashes -r requirements-dev.lock &&
        "$python" -m pip install --quiet --no-deps --editable .
}

with_uv || { echo "uv could not; trying pip." >&2; with_pip; }
touch "$directory/.ready"
