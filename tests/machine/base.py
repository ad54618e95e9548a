"""What every test machine starts from: a bare Debian 13 and the wheels of the lock, made once and
kept in the user's cache. Made anew when what they are made of changes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.school import TOP

# Without one, debootstrap asks where it asks by itself.
MIRROR = os.environ.get("DEBIAN_MIRROR", "")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bellgate-tests"
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "ca-certificates", "python3", "python3-venv", "nftables",
    "iproute2", "dnsmasq-base", "procps", "iptables", "openssh-client",
)  # fmt: skip
_UNUSED_SECONDS = 7 * 24 * 3600
_LOCK = TOP / "deploy" / "requirements.txt"
_ITS_PYTHON = "3.13"
"""Debian 13's, whatever runs the tests."""
# What such a machine needs to come up quickly and by itself.
_SETTINGS = """\
rm -f etc/machine-id
systemd-machine-id-setup --root=.
echo gate >etc/hostname
printf '127.0.0.1 localhost\\n127.0.1.1 gate\\n' >etc/hosts
systemctl --root=. enable systemd-networkd
systemctl --root=. mask apt-daily.timer apt-daily-upgrade.timer systemd-firstboot.service \
    systemd-networkd-wait-online.service
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/*
"""


def base() -> Path:
    """A Debian 13 that was never started; nothing may be written to it."""
    recipe = "\n".join((MIRROR, *PACKAGES, _SETTINGS))
    return _made("debian-13", recipe, _bootstrap)


def wheels() -> Path:
    """The wheels of the lock, for a machine without the internet."""
    return _made("wheels", f"{_ITS_PYTHON}\n{_LOCK.read_text()}", _download)


def _made(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder of this recipe; half a one is never taken for whole."""
    CACHE.mkdir(parents=True, exist_ok=True)
    whole = CACHE / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with _alone(CACHE / f"{name}.lock"):
        if not whole.exists():
            for old in CACHE.glob(f"{name}-*"):
                # Another checkout may be using its own just now.
                if time.time() - old.stat().st_mtime > _UNUSED_SECONDS:
                    shutil.rmtree(old)
            draft = CACHE / f"{name}.new"
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(whole)
        os.utime(whole)
    return whole


def _bootstrap(draft: Path) -> None:
    _ran("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "trixie",
         str(draft), *([MIRROR] if MIRROR else []))  # fmt: skip
    _ran("sh", "-euc", _SETTINGS, cwd=draft)


def _download(draft: Path) -> None:
    draft.mkdir()
    _ran(sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps",
         "--only-binary", ":all:", "--python-version", _ITS_PYTHON, "-r", str(_LOCK),
         "-d", str(draft))  # fmt: skip


def _ran(*words: str, cwd: Path | None = None) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[0]}: {(done.stdout + done.stderr)[-2000:]}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
