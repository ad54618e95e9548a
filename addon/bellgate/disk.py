"""Writing to the disk: a file or folder that is there whole or not at all, and locks on files.

For every room but `policy` and `wire`. Only what a power cut or a second process makes difficult
may live here; what is in the files is not known.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def write_whole(
    path: Path, data: bytes | str, mode: int = 0o640, *, sync_name: bool = True
) -> None:
    """Put `data` at `path` in one step: a kill or a power cut leaves the old file or the new one.

    `mode` is set before the first byte is written, so that a secret is never readable for a moment.
    The draft's name is fixed: the next run replaces what a killed run left behind. With
    `sync_name=False` the new file may be lost for the old one until `sync_folder` was called on
    its folder: for a caller who replaces several files and syncs once. Raises OSError.
    """
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    try:
        with open(draft, "xb", opener=_only_ours) as file:
            os.fchmod(file.fileno(), mode)
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    if sync_name:
        sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that only we may read, and never over one that is there: FileExistsError.

    Written in place, because it may go to a memory stick, which may know no modes. A write that
    fails leaves nothing behind; a crash may leave a part.
    """
    with open(path, "xb", opener=_only_ours) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder with these files at `path`, in place of the one that may be there.

    If we crash here, the old folder or the new one is whole, or the old one lies beside it under a
    name that ends in `.old`.
    """
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    draft.chmod(0o750)
    for name, content in files.items():
        (draft / name).write_bytes(content)
    os.sync()
    aside = draft.with_suffix(".old")
    if path.exists():
        path.rename(aside)
    draft.rename(path)
    shutil.rmtree(aside, ignore_errors=True)


def private_folder(path: Path) -> None:
    """A folder that nobody else reads: made so, and shut where it was there before. The files in it
    that others could read are shut, too."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in (path, *path.iterdir()):
        mode = each.lstat().st_mode
        if stat.S_IMODE(mode) & 0o077 and (stat.S_ISREG(mode) or each == path):
            each.chmod(stat.S_IMODE(mode) & 0o700)


def sync_folder(folder: Path) -> None:
    """Without this a power cut may lose a new name, though the data was written."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock on a file, made where it is missing, or on a folder that is there.

    The lock ends with the process, however that ends. With `wait=False` raises BlockingIOError
    where somebody else holds it.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY if path.is_dir() else os.O_RDWR | os.O_CREAT
    handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _only_ours(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
