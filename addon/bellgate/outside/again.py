"""When to try again what did not get there: after a minute, two, four … and at last every hour.

Each recipient is let alone for as long as is theirs: who got everything waits for nobody else. Kept
in memory alone: after a start, everybody is tried at once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(slots=True)
class _Wait:
    length: timedelta
    until: datetime


@dataclass(slots=True)
class Again:
    """Who is let alone until when."""

    _waits: dict[str, _Wait] = field(default_factory=dict)

    def may_be_tried(self, who: str, now: datetime) -> bool:
        wait = self._waits.get(who)
        # A clock that was put back must not keep anybody waiting for a year.
        return wait is None or not now < wait.until <= now + _LONGEST_WAIT

    def failed(self, who: str, now: datetime) -> timedelta:
        """How long this one is let alone now."""
        before = self._waits.get(who)
        length = min(before.length * 2, _LONGEST_WAIT) if before else _FIRST_WAIT
        self._waits[who] = _Wait(length, now + length)
        return length

    def reached(self, who: str) -> None:
        self._waits.pop(who, None)

    def is_waiting(self, who: str) -> bool:
        """Whether the last try failed."""
        return who in self._waits
