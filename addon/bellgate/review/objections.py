"""What somebody says against the record: kept encrypted beside the names, and shown in every pack.

The log has only the hash of the words, so that they can be mended and erased, and nobody can put
others in their place. The hash is of the words with a salt of their own: nobody can guess short
words by it. Who may write here, and that each change is a record first, is the commands' business.
If we crash in between, the old file or the new one is there.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from bellgate.review.sealed import Sealed

FILE: Final = "people/objections"


@dataclass(frozen=True, slots=True)
class Objection:
    """Somebody's own words, since when they stand so, and the salt of their hash. Whether they
    object, explain or admit something is for the reader: they are what the person says."""

    text: str
    at: str
    """As a record's `@timestamp`."""
    salt: str
    received: str = ""
    """The day on which the school received them, `2026-11-23`; empty where nobody said."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode()).hexdigest()

    @classmethod
    def made(cls, text: str, at: datetime, received: date | None = None) -> "Objection":
        day = received.isoformat() if received else ""
        return cls(text, at.isoformat(), secrets.token_hex(16), day)


class Objections:
    """The objections of one state folder, by pseudonym. What it does raises Unreadable."""

    def __init__(self, state: Path) -> None:
        self._sealed = Sealed(state, FILE, lambda fields: Objection(**fields))

    def of(self, person: str) -> Objection | None:
        """What stands of a person."""
        return self._sealed.read().get(person)

    def put(self, person: str, objection: Objection | None) -> None:
        """Put it in place of what stands; None erases that."""

        def changed(kept: dict[str, Objection]) -> dict[str, object]:
            new = {person: objection} if objection is not None else {}
            left = {p: o for p, o in kept.items() if p != person} | new
            return {p: asdict(o) for p, o in left.items()}

        self._sealed.change(changed)
