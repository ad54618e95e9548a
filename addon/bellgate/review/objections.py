"""What somebody says against the record: kept encrypted beside the names, and shown in every pack.

The log has only the hash of the words, so that they can be mended and erased, and nobody can put
others in their place. The hash is of the words with a salt of their own: nobody can guess short
words by it. Who may write here, and that each change is a record first, is the commands' business.
If we crash in between, the old file or the new one is there.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from bellgate.disk import locked, private_folder, write_whole
from bellgate.review.people import key_at, made_key_at

FILE: Final = "people/objections"


class ObjectionsUnreadable(ValueError):
    """What was objected cannot be had; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Somebody's own words, since when they stand so, and the salt of their hash."""

    text: str
    at: str
    """As a record's `@timestamp`."""
    salt: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode()).hexdigest()

    @classmethod
    def made(cls, text: str, at: datetime) -> "Objection":
        return cls(text, at.isoformat(), secrets.token_hex(16))


class Objections:
    """The objections of one state folder, by pseudonym."""

    def __init__(self, state: Path) -> None:
        self._file, self._state = state / FILE, state

    def of(self, person: str) -> Objection | None:
        """What stands of a person. Raises ObjectionsUnreadable."""
        return self._read().get(person)

    def put(self, person: str, objection: Objection | None) -> None:
        """Put it in place of what stands; None erases that. Raises ObjectionsUnreadable."""
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            kept = {p: o for p, o in self._read().items() if p != person}
            if objection is not None:
                kept[person] = objection
            key = self._key() or made_key_at(self._state)
            text = json.dumps({p: asdict(o) for p, o in kept.items()})
            write_whole(self._file, key.encrypt(text.encode()).decode() + "\n", 0o600)

    def _read(self) -> dict[str, Objection]:
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as e:
            raise ObjectionsUnreadable(f"{self._file} cannot be read: {e.strerror}") from e
        key = self._key()
        if key is None:
            raise ObjectionsUnreadable("the key of the names is missing: put it back")
        try:
            return {p: Objection(**fields) for p, fields in json.loads(key.decrypt(token)).items()}
        except (InvalidToken, TypeError, ValueError) as e:
            raise ObjectionsUnreadable(f"{self._file} is damaged, or the key is another's") from e

    def _key(self) -> Fernet | None:
        try:
            return key_at(self._state)
        except ValueError as e:
            raise ObjectionsUnreadable(str(e)) from e
