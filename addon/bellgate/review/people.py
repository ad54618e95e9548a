"""Names behind pseudonyms: kept apart from the log, encrypted, the key in a place of its own.

A copy of the names alone shows nothing. Who may ask, and that every asking is recorded first, is
the commands' business. The encryption is `cryptography`'s Fernet and nothing of our own. If we
crash while a name is added, the old file or the new one is there; the key is there before either.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from bellgate.audit.places import replace_file, sync_folder

NAMES: Final = "people/names"
KEY: Final = "secrets/people.key"


class NamesUnreadable(ValueError):
    """The names cannot be had; the text says why, in one line."""


class People:
    """The names of one state folder."""

    def __init__(self, state: Path) -> None:
        self._file, self._key = state / NAMES, state / KEY

    def names(self) -> dict[str, str]:
        """All names by their pseudonyms. Raises NamesUnreadable."""
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise NamesUnreadable(f"{self._file} cannot be read: {e.strerror}") from e
        key = self._read_key()
        if key is None:
            raise NamesUnreadable(f"the key of the names is missing: put {self._key} back")
        try:
            names = json.loads(key.decrypt(token))
        except InvalidToken:
            raise NamesUnreadable(
                f"{self._file} is damaged, or {self._key} is not its key"
            ) from None
        return {str(id): str(name) for id, name in names.items()}

    def add(self, id: str, name: str) -> None:
        """Put a name to a pseudonym, in place of the one it may have. Raises NamesUnreadable."""
        for folder in (self._file.parent, self._key.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            names = self.names() | {id: name}
            key = self._read_key() or self._made_key()
            token = key.encrypt(json.dumps(names).encode())
            replace_file(self._file, token.decode() + "\n")
            self._file.chmod(0o600)
            sync_folder(self._file.parent)

    def _read_key(self) -> Fernet | None:
        try:
            return Fernet(self._key.read_text().strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as e:
            raise NamesUnreadable(f"{self._key} is no key of the names") from e

    def _made_key(self) -> Fernet:
        """A new key, on the disk before anything is encrypted with it. Never in place of another:
        what that one opens would be lost."""
        key = Fernet.generate_key()
        descriptor = os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._key.parent)
        return Fernet(key)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
