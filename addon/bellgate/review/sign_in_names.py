"""The names that people sign in with, by pseudonym: sealed beside the names behind those.

So that what an access point says of `jsmith` becomes a pseudonym before anything is kept of it.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from bellgate.review.sealed import Sealed

FILE: Final = "people/sign-in-names"


class SignInNames:
    """Those of one state folder. What it does raises Unreadable."""

    def __init__(self, state: Path) -> None:
        self._sealed = Sealed(state, FILE, lambda names: list(map(str, names)))

    def names(self) -> Mapping[str, list[str]]:
        """Each person's, as they were given."""
        return self._sealed.read()

    def add(self, id: str, names: Collection[str]) -> None:
        """A person signs in with these, too."""
        self._sealed.change(
            lambda kept: {**kept, id: list(dict.fromkeys((*kept.get(id, ()), *names)))}
        )

    def remove(self, id: str, names: Collection[str] | None = None) -> None:
        """Forget these names of a person; without any, all."""

        def without(kept: dict[str, list[str]]) -> dict[str, list[str]]:
            left = [] if names is None else [n for n in kept.get(id, ()) if n not in names]
            others = {person: n for person, n in kept.items() if person != id}
            return {**others, id: left} if left else others

        self._sealed.change(without)
