"""The exemptions that were granted, in the state folder: kept over a restart, dropped when over.

One file, replaced whole under a lock: the gate and the commands both write it. If we crash in
between, the old file or the new one is there.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bellgate.disk import locked, make_folder, write_whole
from bellgate.policy.exemptions import Exemption

FILE = "granted/exemptions.json"
_MODE = 0o640
"""The sentry reads them, as one of the folder's group."""


class Granted:
    """The exemptions of one state folder."""

    def __init__(self, state: Path) -> None:
        self._file = state / FILE

    def read(self) -> tuple[Exemption, ...]:
        """All that are kept. A file that makes no sense opens nothing."""
        try:
            return tuple(_exemption(fields) for fields in json.loads(self._file.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            return ()

    def add(self, exemption: Exemption, now: datetime) -> None:
        self._replace(lambda kept: (*kept, exemption), now)

    def revoke(self, id: str, now: datetime) -> Exemption | None:
        """Take one back; None where none of that id is in force."""
        found = next((e for e in self.read() if e.id == id and now < e.until), None)
        self._replace(lambda kept: tuple(e for e in kept if e.id != id), now)
        return found

    def _replace(
        self, change: Callable[[tuple[Exemption, ...]], tuple[Exemption, ...]], now: datetime
    ) -> None:
        make_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            # What is over has its record; here it would only be read again and again.
            kept = [e for e in change(self.read()) if now < e.until]
            write_whole(self._file, json.dumps([_fields(e) for e in kept], indent=1), _MODE)


def _fields(exemption: Exemption) -> dict[str, object]:
    return {
        "id": exemption.id,
        "who": exemption.who,
        "what": exemption.what,
        "start": exemption.start.isoformat(),
        "until": exemption.until.isoformat(),
        "by": exemption.by,
        "reason": exemption.reason,
    }


def _exemption(fields: dict[str, str | list[str]]) -> Exemption:
    return Exemption(
        id=str(fields["id"]),
        who=tuple(fields["who"]),
        what=tuple(fields["what"]),
        start=_instant(fields["start"]),
        until=_instant(fields["until"]),
        by=str(fields["by"]),
        reason=str(fields["reason"]),
    )


def _instant(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
