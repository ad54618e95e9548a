"""A file of what was confided, encrypted: names, sign-in names, objections. One key opens them all.

A copy of the file alone shows nothing; the key lies in a separate place. Who may ask, and that each
request is recorded first, is the commands' business. The encryption is `cryptography`'s Fernet and
nothing of our own. If we crash while something is changed, either the old file or the new one is
there; the key is there before both.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken

from bellgate.disk import locked, private_folder, write_new, write_whole

KEY: Final = "keys/people.key"


class Unreadable(ValueError):
    """What is sealed cannot be read; the text says why in one line."""


class Sealed[Fact]:
    """What one file of a state folder holds by pseudonym. `fact` makes each of what JSON has, and
    raises TypeError or ValueError for what makes no sense."""

    def __init__(self, state: Path, name: str, fact: Callable[[Any], Fact]) -> None:
        self._file, self._key, self._fact = state / name, state / KEY, fact

    def read(self) -> dict[str, Fact]:
        """All of it; nothing where there is no file. Raises Unreadable."""
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise Unreadable(f"{self._file} cannot be read: {e.strerror}") from e
        key = self._key_there()
        if key is None:
            raise Unreadable(f"the key to the names is missing: put {self._key} back")
        try:
            found = json.loads(key.decrypt(token))
            return {str(id): self._fact(fact) for id, fact in found.items()}
        except (InvalidToken, AttributeError, TypeError, ValueError):
            raise Unreadable(f"{self._file} is damaged, or {self._key} is not its key") from None

    def change(self, how: Callable[[dict[str, Fact]], dict[str, Any]]) -> None:
        """Put what `how` makes of it in its place, as JSON can have it. Raises Unreadable."""
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            facts = how(self.read())
            key = self._key_there() or self._made_key()
            token = key.encrypt(json.dumps(facts).encode())
            write_whole(self._file, token.decode() + "\n", 0o600)

    def _key_there(self) -> Fernet | None:
        try:
            return Fernet(self._key.read_text().strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as e:
            raise Unreadable(f"{self._key} is not a key to the names") from e

    def _made_key(self) -> Fernet:
        """A new key, on the disk before anything is encrypted with it. It never replaces another:
        whatever that one opens would be lost."""
        private_folder(self._key.parent)
        key = Fernet.generate_key()
        write_new(self._key, key + b"\n")
        return Fernet(key)
