"""The names that people sign in with, by pseudonym: kept encrypted beside the names behind those.

So that what an access point says of `jsmith` becomes a pseudonym before anything is kept of it. If
we crash while one is added, either the old file or the new one is there.
"""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from cryptography.fernet import InvalidToken

from bellgate.disk import locked, private_folder, write_whole
from bellgate.review.people import NamesUnreadable, key_at, made_key_at

FILE: Final = "people/sign-in-names"

_Names = dict[str, list[str]]


class SignInNames:
    """Those of one state folder. What it does raises NamesUnreadable."""

    def __init__(self, state: Path) -> None:
        self._file, self._state = state / FILE, state

    def names(self) -> Mapping[str, list[str]]:
        """Each person's, as they were given."""
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise NamesUnreadable(f"{self._file} cannot be read: {e.strerror}") from e
        key = key_at(self._state)
        if key is None:
            raise NamesUnreadable("the key to the names is missing: put it back")
        try:
            return {str(id): list(map(str, n)) for id, n in json.loads(key.decrypt(token)).items()}
        except (InvalidToken, ValueError, AttributeError, TypeError):
            raise NamesUnreadable(f"{self._file} is damaged, or the key is another's") from None

    def add(self, id: str, names: Collection[str]) -> None:
        """A person signs in with these, too."""
        self._change(lambda kept: {**kept, id: list(dict.fromkeys((*kept.get(id, ()), *names)))})

    def remove(self, id: str, names: Collection[str] | None = None) -> None:
        """Forget these names of a person; without any, all."""

        def without(kept: Mapping[str, list[str]]) -> _Names:
            left = [] if names is None else [n for n in kept.get(id, ()) if n not in names]
            others = {person: n for person, n in kept.items() if person != id}
            return {**others, id: left} if left else others

        self._change(without)

    def _change(self, how: Callable[[Mapping[str, list[str]]], _Names]) -> None:
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            names = how(self.names())
            key = key_at(self._state) or made_key_at(self._state)
            write_whole(self._file, key.encrypt(json.dumps(names).encode()).decode() + "\n", 0o600)
