# Sourced by deploy/start and tests/run, which set $top: finds a Python that Bellgate runs on, and
# keeps an environment that holds exactly what a lock names. Plain sh.

say() { printf 'bellgate: %s\n' "$*" >&2; }

# Prints the path of the first Python that is new enough. Each candidate is run, not merely looked
# up: a version manager puts commands on the PATH that only say that they are not installed.
find_python() {
    if [ -n "${BELLGATE_PYTHON:-}" ]; then
        new_enough "$BELLGATE_PYTHON" && return
        say "BELLGATE_PYTHON=$BELLGATE_PYTHON is not Python 3.12 or later"
        return 1
    fi
    look_for_python && return
    case $(system) in
        "debian 10" | "debian 11" | "debian 12") ;;
        debian*)
            # A bare machine. In find_python's own output only the path may stand.
            need_packages "Bellgate runs on Python" python3 python3-venv >&2 || return 1
            look_for_python && return ;;
    esac
    say "no Python 3.12 or later on this machine."
    case $(system) in
        "debian 12")
            say "Debian 12 brings Python 3.11, which is too old. Either upgrade to Debian 13, whose own"
            say "Python will do, or build Python 3.13 beside the old one, for example with pyenv, and"
            say "then run this again with BELLGATE_PYTHON=/path/to/python3.13 in front." ;;
        *)
            say "On Debian 13:    apt install python3 python3-venv"
            say "On other systems: install Python 3.12 or 3.13, and if this does not find it, run it"
            say "again with BELLGATE_PYTHON=/path/to/python3.13 in front." ;;
    esac
    return 1
}

look_for_python() {
    for candidate in python3.13 python3.12 python3.14 python3 \
        "${PYENV_ROOT:-${HOME:-/root}/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        new_enough "$candidate" && return
    done
    return 1
}

# Which system this is, such as "debian 13".
system() {
    (. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}")
}

new_enough() {
    # From the checkout, because pyenv reads .python-version in the current folder.
    (cd "$top" && exec "$1" -I -c 'import sys
if sys.version_info < (3, 12): sys.exit(1)
print(sys.executable)') 2>/dev/null < /dev/null
}

# need_packages WHY NAME...: Debian's packages, those that are missing; told first, then installed.
need_packages() {
    why=$1
    shift
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        say "missing Debian packages ($why):$missing"
        # Debian leaves sudo out where root has a password.
        if command -v sudo > /dev/null; then
            say "install them with:  sudo apt install$missing"
        else
            say "install them with:  su - -c 'apt install$missing'"
        fi
        return 1
    fi
    say "installing Debian packages ($why):$missing"
    log=$(mktemp)
    # The lists of a fresh machine are empty or old: then they are fetched, and it is tried again.
    # shellcheck disable=SC2086
    if ! install_packages $missing > "$log" 2>&1 &&
        ! { apt-get update && install_packages $missing; } >> "$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "could not install:$missing"
        return 1
    fi
    rm -f "$log"
}

install_packages() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" < /dev/null
}

# environment NAME LOCK: $top/NAME is an environment with what LOCK names and Bellgate itself, taken
# from the checkout. NAME is a link to NAME.HASH, set when that is complete: an interrupted
# installation is never taken for a whole one, and a running gate keeps what it was started with.
environment() {
    link=$top/$1 lock=$2
    # The place is part of it: scripts in an environment hold its path. So is this file, the recipe.
    mark=$({ printf '%s\n' "$top"; cat "$lock" "$top/deploy/python.sh"; } | sha256sum | cut -c1-12)
    if is_current; then return 0; fi

    python=$(find_python) || return 1
    if ! "$python" -I -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        case $python in
            /usr/bin/*) need_packages "to make an environment for Python" "python$version-venv" ;;
            *) say "$python lacks the modules venv and ensurepip"; return 1 ;;
        esac || return 1
    fi
    if [ -e "$link" ] && [ ! -L "$link" ]; then
        say "$link was not made by Bellgate; move it away and run this again"
        return 1
    fi
    if [ ! -w "$top" ]; then
        say "cannot write to $top, where its environment goes"
        return 1
    fi
    # In a subshell, so that the lock and the traps end with it.
    ( build_environment ) 9> "$link.lock"
}

# Whether the link leads to a complete environment for this lock, and its Python still starts: after
# an upgrade of the system the old one is gone, or is another.
is_current() {
    [ "$(cat "$link/complete" 2>/dev/null)" = "$mark $(version_of "$link/bin/python")" ] || return 1
    [ -z "${BELLGATE_PYTHON:-}" ] ||
        [ "$(version_of "$BELLGATE_PYTHON")" = "$(version_of "$link/bin/python")" ]
}

version_of() {
    "$1" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null < /dev/null
}

build_environment() {
    # Two starts at once: the second waits, and finds the work done.
    flock 9
    if is_current; then return 0; fi

    version=$(version_of "$python")
    new=$link.$mark-$version
    trap 'rm -rf "$new"; exit 130' INT
    trap 'rm -rf "$new"; exit 143' TERM HUP
    rm -rf "$new"
    say "preparing Python $version for $(basename "$link") (once; a minute or so) ..."
    if ! fill_environment > "$link.log" 2>&1 9>&-; then
        tail -n 25 "$link.log" >&2
        rm -rf "$new"
        say "could not prepare it; the last lines above say why, $link.log says all"
        exit 1
    fi
    rm -f "$link.log"
    echo "$mark $version" > "$new/complete"
    old=$(readlink "$link" || true)
    ln -sfn "$(basename "$new")" "$link.link"
    mv -T "$link.link" "$link"
    # The last one stays, for a gate that still runs from it; what is older or half made goes.
    for folder in "$link".*-*; do
        case $(basename "$folder") in
            "$(basename "$new")" | "$old") ;;
            *) rm -rf "$folder" ;;
        esac
    done
}

fill_environment() {
    "$python" -m venv "$new" < /dev/null &&
        # Wheels only: a machine at a school has no compiler, and building runs others' code.
        "$new/bin/python" -m pip --disable-pip-version-check install --no-input --require-hashes \
            --no-deps --only-binary :all: --no-compile -r "$lock" < /dev/null &&
        printf '%s\n' "$top/addon" > "$(echo "$new"/lib/python3*/site-packages)/bellgate.pth" &&
        # Compiled now, on every core: a quick command would spend as long compiling as answering.
        "$new/bin/python" -m compileall -q -j 0 "$new/lib" "$top/addon" &&
        mkdir -p "$new/share" &&
        cat > "$new/share/bellgate" <<'END' &&
import sys
from bellgate.cli.main import main
sys.exit(main())
END
        # A first line with a path in it breaks on a space, so this finds its Python itself.
        cat > "$new/bin/bellgate" <<'END' &&
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/python" "$here/../share/bellgate" "$@"
END
        chmod +x "$new/bin/bellgate"
}
