"""Writing to the disk: a file or folder that is there whole or not at all, and locks on files.

For every room but `policy` and `wire`. Only what a power cut, a second process or a second user
makes difficult may live here; what is in the files is not known. What root makes belongs to whoever
owns the folder around it: on a gateway the gate's own user must go on reading what a command wrote.

A folder that hands its group on to what is made in it (the set-group-ID bit) is shared: there,
what is its owner's to read or write is its group's, too. An installation makes some so, for the
gate and the pages, which are two users.
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
            os.fchmod(file.fileno(), _shared(path.parent, mode))
            _belongs_there(file.fileno(), path.parent)
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
            os.fchmod(file.fileno(), _shared(path.parent, 0o600))
            _belongs_there(file.fileno(), path.parent)
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
    make_folder(path.parent)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    _belongs_there(draft, path.parent)
    if path.exists():
        _as_before(draft, path)
    draft.chmod(_shared(draft, draft.stat().st_mode & 0o7777))
    for name, content in files.items():
        write_whole(draft / name, content, sync_name=False)
    os.sync()
    aside = draft.with_suffix(".old")
    if path.exists():
        path.rename(aside)
    draft.rename(path)
    shutil.rmtree(aside, ignore_errors=True)


def make_folder(path: Path, mode: int = 0o750) -> None:
    """A folder, and those above it that are missing; one that is there stays as it is."""
    missing = [path, *path.parents]
    while missing and missing[-1].exists():
        missing.pop()
    for folder in reversed(missing):
        folder.mkdir(mode=mode, exist_ok=True)
        _belongs_there(folder, folder.parent)
        if _is_shared(folder):
            folder.chmod(_shared(folder, mode) | stat.S_ISGID)
    if not path.is_dir():
        path.mkdir()  # raises, and says what is there in its place


def open_or_make(path: Path, mode: int = 0o600) -> int:
    """A descriptor to read and write a file by, made where it is missing."""
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
        if _is_shared(path.parent):
            os.fchmod(descriptor, _shared(path.parent, mode))
        _belongs_there(descriptor, path.parent)
        return descriptor


def private_folder(path: Path) -> None:
    """A folder that nobody else reads: made so, and shut where it was there before. The files in it
    that others could read are shut, too."""
    make_folder(path, 0o700)
    others = 0o007 if _is_shared(path) else 0o077
    for each in (path, *path.iterdir()):
        mode = each.lstat().st_mode
        if stat.S_IMODE(mode) & others and (stat.S_ISREG(mode) or each == path):
            each.chmod(stat.S_IMODE(mode) & ~others)


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
    if path.is_dir():
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    else:
        handle = open_or_make(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _is_shared(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_ISGID)


def _shared(folder: Path, mode: int) -> int:
    """The mode of what is made in a folder: in a shared one the group may what the owner may."""
    return mode | (mode & 0o700) >> 3 if _is_shared(folder) else mode


def _as_before(draft: Path, old: Path) -> None:
    """A folder that takes another's place is shared with whom that was."""
    found = old.stat()
    if found.st_mode & stat.S_ISGID:
        os.chown(draft, -1, found.st_gid)
        draft.chmod(stat.S_IMODE(draft.stat().st_mode) | stat.S_ISGID)


def _belongs_there(made: int | Path, around: Path) -> None:
    """Give what root just made to the owner of the folder around it. A memory stick may know no
    owners, and then everything on it has the same one."""
    if os.geteuid() == 0:
        owner = around.stat()
        if (owner.st_uid, owner.st_gid) != (0, 0):
            os.chown(made, owner.st_uid, owner.st_gid)


def _only_ours(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
