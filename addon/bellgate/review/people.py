"""Names behind pseudonyms: kept apart from the log, encrypted, with the key in a separate place.

A copy of the names alone shows nothing. The commands see to who may ask, and that each request is
recorded first. The encryption is `cryptography`'s Fernet and nothing of our own. If we crash while
a name is added, either the old file or the new one is there; the key is there before both.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from bellgate.disk import locked, private_folder, write_new, write_whole

NAMES: Final = "people/names"
KEY: Final = "keys/people.key"


class NamesUnreadable(ValueError):
    """The names cannot be read; the text says why in one line."""


class People:
    """The names of one state folder."""

    def __init__(self, state: Path) -> None:
        self._file, self._key, self._state = state / NAMES, state / KEY, state

    def names(self) -> dict[str, str]:
        """All names by their pseudonyms. Raises NamesUnreadable."""
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise NamesUnreadable(f"{self._file} cannot be read: {e.strerror}") from e
        key = key_at(self._state)
        if key is None:
            raise NamesUnreadable(f"the key to the names is missing: put {self._key} back")
        try:
            names = json.loads(key.decrypt(token))
        except InvalidToken:
            raise NamesUnreadable(
                f"{self._file} is damaged, or {self._key} is not its key"
            ) from None
        return {str(id): str(name) for id, name in names.items()}

    def add(self, id: str, name: str) -> None:
        """Put a name to a pseudonym, replacing any that it has. Raises NamesUnreadable."""
        self._change(lambda names: names | {id: name})

    def remove(self, id: str) -> None:
        """Forget the name behind a pseudonym. Raises NamesUnreadable."""
        self._change(lambda names: {each: name for each, name in names.items() if each != id})

    def _change(self, how: Callable[[dict[str, str]], dict[str, str]]) -> None:
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            names = how(self.names())
            key = key_at(self._state) or made_key_at(self._state)
            token = key.encrypt(json.dumps(names).encode())
            write_whole(self._file, token.decode() + "\n", 0o600)


def key_at(state: Path) -> Fernet | None:
    """The key of a state folder's names; None where there is none. Raises NamesUnreadable."""
    path = state / KEY
    try:
        return Fernet(path.read_text().strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as e:
        raise NamesUnreadable(f"{path} is not a key to the names") from e


def made_key_at(state: Path) -> Fernet:
    """A new key, on the disk before anything is encrypted with it. It never replaces another:
    whatever that one opens would be lost."""
    private_folder((state / KEY).parent)
    key = Fernet.generate_key()
    write_new(state / KEY, key + b"\n")
    return Fernet(key)
