"""Names behind pseudonyms: kept apart from the log, and sealed."""

from pathlib import Path
from typing import Final

from bellgate.review.sealed import Sealed

NAMES: Final = "people/names"


class People:
    """The names of one state folder. What it does raises Unreadable."""

    def __init__(self, state: Path) -> None:
        self._sealed = Sealed(state, NAMES, str)

    def names(self) -> dict[str, str]:
        """All names by their pseudonyms."""
        return self._sealed.read()

    def add(self, id: str, name: str) -> None:
        """Put a name to a pseudonym, replacing any that it has."""
        self._sealed.change(lambda names: names | {id: name})

    def remove(self, id: str) -> None:
        """Forget the name behind a pseudonym."""
        self._sealed.change(lambda names: {each: n for each, n in names.items() if each != id})
