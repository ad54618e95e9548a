"""Names behind pseudonyms: kept apart from the log, and sealed."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from bellgate.review.sealed import Sealed

NAMES: Final = "people/names"
NO_GROUPS: Final[Mapping[str, Collection[str]]] = MappingProxyType({})


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
    groups: Mapping[str, int] = field(default_factory=dict)
    """Of all these, how many are in each group in which anybody is."""

    @classmethod
    def among(
        cls,
        names: Mapping[str, str],
        typed: str,
        groups: Mapping[str, Collection[str]] = NO_GROUPS,
        within: str | None = None,
    ) -> Self:
        """`names` are all of them by pseudonym, and `groups` say whose pseudonyms are in each;
        `within` one of them, nobody else is asked about. Case, accents and signs make no
        difference."""
        if within is not None:
            theirs = groups.get(within, ())
            names = {id: name for id, name in names.items() if id in theirs}
        asked = _words(typed)
        if not asked:
            return cls(())
        whole = tuple(sorted(id for id, name in names.items() if _words(name) == asked))
        part = [id for id, name in names.items() if set(asked) <= set(_words(name))]
        found = whole or part
        counted = {group: sum(id in theirs for id in found) for group, theirs in groups.items()}
        there = {group: number for group, number in counted.items() if number}
        if whole:
            return cls(whole, groups=there)
        return cls((part[0],), 0, there) if len(part) == 1 else cls((), len(part), there)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
