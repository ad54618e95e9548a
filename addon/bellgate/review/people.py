"""Names behind pseudonyms: kept apart from the log, and sealed."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

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


@dataclass(frozen=True, slots=True)
class Called:
    """Who has a name that somebody typed."""

    ids: tuple[str, ...]
    """The pseudonyms of those whose whole name it is; or of the only one whose name has it."""
    others: int = 0
    """How many have it as a part of their names, where that is more than one: nobody is named, so
    that half a name opens no list of people."""

    @classmethod
    def among(cls, names: Mapping[str, str], typed: str) -> Self:
        """`names` are all of them by pseudonym. Case, accents and signs make no difference."""
        asked = _words(typed)
        if not asked:
            return cls(())
        whole = tuple(sorted(id for id, name in names.items() if _words(name) == asked))
        if whole:
            return cls(whole)
        part = [id for id, name in names.items() if set(asked) <= set(_words(name))]
        return cls((part[0],)) if len(part) == 1 else cls((), len(part))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
