"""What a gateway is, in two files: one with all but the keys, one with the keys alone, encrypted.

Neither opens a name or signs a record without the other, so the two belong in two places. A back-up
is taken while the gate goes on writing: the newest checkpoint is copied before the lines that it
covers, and what came after it is found as after a power cut.
"""

import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bellgate.disk import write_new
from bellgate.schedules.opened import OF_THE_MACHINE

KEYS_SUFFIX: Final = ".keys"
_KEYS: Final = ("secrets", "keys", "console-keys", "certificate")
_LEFT_OUT: Final = frozenset(
    {*_KEYS, "simulated", "index", "gate.sock", "log.lock", "signed-in.json"}
)
"""Keys, trials, and what is made anew."""
_FIRST: Final = ("last-checkpoint", "log/checkpoint")
_SCHEDULES, _STATE = "schedules", "state"
_OLD, _DRAFT = ".before", ".new"
_MOST_KEPT: Final = 10_000
"""Folders that earlier restores replaced, beside each other."""
_MAGIC: Final = b"bellgate-keys-1\n"
_SALT_BYTES, _NONCE_BYTES = 16, 12
_COST: Final = 1 << 17
"""scrypt's N: a tenth of a second and 128 MB for each guess of the passphrase."""


class NoBackUp(Exception):
    """A file that cannot be taken back, or is not to be; the text says why."""


def keys_file(file: Path) -> Path:
    """Where the keys of a back-up are."""
    return file.with_name(file.name + KEYS_SUFFIX)


def write(file: Path, schedules: Path, state: Path, passphrase: str) -> None:
    """Both files, new ones. Raises OSError, FileExistsError among them."""
    keys = io.BytesIO()
    with tarfile.open(fileobj=keys, mode="w") as tar:
        for name in _KEYS:
            if (state / name).is_dir():
                tar.add(state / name, name)
    write_new(keys_file(file), _encrypted(keys.getvalue(), passphrase))
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            tar.add(schedules, _SCHEDULES)
            for path in _in_order(state):
                tar.add(path, f"{_STATE}/{path.relative_to(state)}", recursive=False)
        raw.flush()
        os.fsync(raw.fileno())


def try_passphrase(file: Path, passphrase: str) -> None:
    """Raises NoBackUp where it is not that of the file's keys, or they cannot be read."""
    _decrypted(keys_file(file), passphrase)


def take_back(file: Path, schedules: Path, state: Path, passphrase: str) -> Path | None:
    """Both folders as they were, in place of what is there; nobody may be writing there. Returns
    where the state now lies that was here, if any.

    Each is made beside the old and takes its place at the end; the old stays as `….before`, the
    next one as `….before-2`. Raises
    NoBackUp where the files are not whole or the passphrase is not theirs, with nothing changed.
    """
    keys = _decrypted(keys_file(file), passphrase)
    drafts = {_SCHEDULES: _draft(schedules), _STATE: _draft(state)}
    try:
        with tarfile.open(file, "r:gz") as tar:
            for member in tar:
                top, _, name = member.name.partition("/")
                if top not in drafts:
                    raise NoBackUp(f"{file} holds {member.name}, which none of our back-ups does")
                member.name = name or "."
                tar.extract(member, drafts[top], filter="tar")
        with tarfile.open(fileobj=io.BytesIO(keys)) as tar:
            tar.extractall(drafts[_STATE], filter="tar")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoBackUp(f"{file} cannot be restored: {error}") from error
    if (schedules / OF_THE_MACHINE).exists() and not (drafts[_SCHEDULES] / OF_THE_MACHINE).exists():
        raise NoBackUp(f"{file} holds no {OF_THE_MACHINE}, so it is not from an installed gateway")
    os.sync()
    kept: Path | None = None
    for name, place in ((_SCHEDULES, schedules), (_STATE, state)):
        kept = None
        if place.exists():
            kept = place.rename(_free(place.with_name(place.name + _OLD)))
        drafts[name].rename(place)
    os.sync()
    return kept


def left_beside(place: Path) -> tuple[Path, ...]:
    """What taking a back-up may have left beside a folder: what was there before, with its keys."""
    kept = sorted(place.parent.glob(f"{place.name}{_OLD}*"))
    return (*kept, place.with_name(place.name + _DRAFT))


def _free(place: Path) -> Path:
    """The place, or the first numbered one beside it where nothing is."""
    places = (place, *(place.with_name(f"{place.name}-{n}") for n in range(2, _MOST_KEPT)))
    return next(each for each in places if not each.exists())


def _draft(place: Path) -> Path:
    draft = place.with_name(place.name + _DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    return draft


def _in_order(state: Path) -> Iterator[Path]:
    """What is backed up: checkpoints first, so that no line that they cover is missing."""
    first = [state / name for name in _FIRST if (state / name).exists()]
    if any(path.parent != state for path in first):
        yield state / "log"
    yield from first
    for path in sorted(state.rglob("*")):
        inside = path.relative_to(state)
        if inside.parts[0] in _LEFT_OUT or path in first or str(inside) == "log":
            continue
        if path.is_file() or path.is_dir():
            yield path


def _encrypted(plain: bytes, passphrase: str) -> bytes:
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return _MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _MAGIC)


def _decrypted(file: Path, passphrase: str) -> bytes:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise NoBackUp(f"the keys cannot be read: {file}: {error.strerror}") from error
    if not raw.startswith(_MAGIC):
        raise NoBackUp(f"{file} does not hold the keys of a back-up")
    rest = raw[len(_MAGIC) :]
    salt, nonce = rest[:_SALT_BYTES], rest[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    try:
        sealed = rest[_SALT_BYTES + _NONCE_BYTES :]
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, _MAGIC)
    except InvalidTag:
        raise NoBackUp(f"this is not the passphrase for {file}, or the file is damaged") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
