"""The names that stand in the index, each once, as a number.

A number is never given to another name, so whoever remembers one is never wrong about it.
"""

import json
from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import Connection, insert, select

from bellgate.review.index.tables import words

Kind = Literal[
    "device", "address", "nobody", "person", "service", "site", "many", "category", "session",
    "roles", "ground", "grounds", "doubt", "rule",
]  # fmt: skip
NOTHING: Final = 0
"""The number that stands for no word."""

Word = tuple[str, str]
"""Kind and text."""


class Words:
    """What is known of the words. One for the writer, one for all who ask."""

    def __init__(self) -> None:
        self._ids: dict[Word, int] = {}
        self._texts: dict[int, Word] = {NOTHING: ("", "")}
        self._new: list[dict[str, object]] = []
        self._next = 1
        self._last = 0

    def load(self, connection: Connection, next_id: int = 1) -> None:
        """Everything that is written, in place of what was known."""
        self._ids.clear()
        self._texts = {NOTHING: ("", "")}
        self._new.clear()
        self._last = 0
        self._learn(connection)
        self._next = max(next_id, self._last + 1)

    @property
    def next(self) -> int:
        """The number that the next new word gets."""
        return self._next

    def number(self, kind: Kind, text: str | None) -> int:
        """The number of a word, given to it where it has none; 0 for no word."""
        if text is None:
            return NOTHING
        word = (kind, text)
        found = self._ids.get(word)
        if found is None:
            found = self._ids[word] = self._next
            self._texts[found] = word
            self._new.append({"id": found, "kind": kind, "text": text})
            self._next += 1
        return found

    def write(self, connection: Connection) -> None:
        """Write what is new."""
        if self._new:
            connection.execute(insert(words), self._new)
            self._new = []

    def word(self, connection: Connection, id: int) -> Word:
        """Kind and text. A word that came since is looked up."""
        found = self._texts.get(id)
        if found is None:
            self._learn(connection)
            found = self._texts.get(id, ("", ""))
        return found

    def text(self, connection: Connection, id: int) -> str | None:
        return self.word(connection, id)[1] if id else None

    def list(self, connection: Connection, id: int) -> tuple[str, ...]:
        """The texts that a word lists."""
        return tuple(json.loads(self.word(connection, id)[1])) if id else ()

    def _learn(self, connection: Connection) -> None:
        later = select(words).where(words.c.id > self._last).order_by(words.c.id)
        for id, kind, text in connection.execute(later):
            self._texts[id] = (kind, text)
            self._ids[kind, text] = id
            self._last = id


def listed(texts: Iterable[str]) -> str:
    """Several texts as one word."""
    return json.dumps(list(texts), ensure_ascii=False)


def numbers_of(connection: Connection, text: str, *kinds: Kind) -> list[int]:
    """The numbers that stand for a text, whichever of these kinds it is."""
    found = select(words.c.id).where(words.c.text == text, words.c.kind.in_(kinds))
    return list(connection.scalars(found))


def lists_with(connection: Connection, kind: Kind, text: str) -> list[int]:
    """The numbers of the lists of a kind in which a text is."""
    found = connection.execute(select(words.c.id, words.c.text).where(words.c.kind == kind))
    return [id for id, listed_as in found if text in json.loads(listed_as)]
