"""What the lab's server of files has: repositories of git, wheels, packages of Debian."""

import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path

_WHO = ("-c", "user.name=lab", "-c", "user.email=lab@example.org")
_CONTROL = """\
Package: labthing
Version: 1.0
Architecture: all
Maintainer: lab <lab@example.org>
Description: a thing
"""
_WHEEL = {
    "METADATA": "Metadata-Version: 2.1\nName: labthing\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


def varied(size: int) -> bytes:
    """So many bytes, the same every time, that cannot be made smaller."""
    return b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(size // 32))


def fill(folder: Path) -> None:
    """Put everything into an empty folder; what it is made from lies beside it."""
    _repositories(folder, folder.parent / "source")
    _index_of_wheels(folder / "simple" / "labthing")
    _packages(folder / "debian", folder.parent / "package")


def _repositories(folder: Path, source: Path) -> None:
    """The same one twice: for git's own backend, and to be read as files."""
    _run("git", "init", "--quiet", "-b", "main", source)
    for number in range(30):
        (source / f"file{number}").write_bytes(varied(20_000 + 32 * number))
    _run("git", *_WHO, "-C", source, "add", ".")
    _run("git", *_WHO, "-C", source, "commit", "--quiet", "-m", "all")
    for where in (folder / "git" / "lab.git", folder / "lab.git"):
        _run("git", "clone", "--quiet", "--bare", source, where)
        _run("git", "-C", where, "config", "http.receivepack", "true")
        _run("git", "-C", where, "update-server-info")


def _index_of_wheels(folder: Path) -> None:
    folder.mkdir(parents=True)
    wheel = folder / "labthing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("labthing.py", base64.b64encode(varied(200_000)))
        for name, text in _WHEEL.items():
            file.writestr(f"labthing-1.0.dist-info/{name}", text)
    (folder / "index.html").write_text(f'<!DOCTYPE html><a href="{wheel.name}">{wheel.name}</a>')


def _packages(folder: Path, source: Path) -> None:
    (source / "DEBIAN").mkdir(parents=True)
    (source / "DEBIAN" / "control").write_text(_CONTROL)
    (source / "thing").write_bytes(varied(500_000))
    folder.mkdir()
    archive = folder / "labthing_1.0_all.deb"
    _run("dpkg-deb", "--build", source, archive)
    data = archive.read_bytes()
    index = (
        f"{_CONTROL}Filename: ./{archive.name}\nSize: {len(data)}\n"
        f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
    ).encode()
    (folder / "Packages").write_bytes(index)
    (folder / "Release").write_text(
        "Date: Mon, 23 Nov 2026 10:00:00 UTC\n"
        f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"
    )


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)
