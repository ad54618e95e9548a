"""What the gate says of itself -> when it was watching, and what it could not see.

Pure. A gate leaves a heartbeat a minute, so that silence is not mistaken for innocence, nor for a
record that was taken away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bellgate.audit.record import Record

# A heartbeat a minute, and one that a busy machine let wait.
SILENCE: Final = timedelta(seconds=150)
# What a panel should know of: each may have kept something from the record, or put it in doubt.
INCIDENTS: Final = frozenset({"records-lost", "clock-stepped", "error", "policy-rejected"})
CHANGES: Final = frozenset({"started", "stopped", "policy-changed", "deleted"})


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, end) in which the gate left no sign of life."""

    start: datetime
    end: datetime
    stopped: bool
    """It was stopped in good order; else nothing says why."""

    def within(self, start: datetime, end: datetime) -> "Gap | None":
        """What of it falls into a stretch of time."""
        first, last = max(self.start, start), min(self.end, end)
        return Gap(first, last, self.stopped) if first < last else None


def gaps(gate: Iterable[Record], since: datetime, until: datetime) -> list[Gap]:
    """When the gate was silent in [since, until), by all that it recorded in that time."""
    found: list[Gap] = []
    last, stopped = since, False
    for at, action in sorted((_time(r), r["event"]["action"]) for r in gate):
        if not since <= at < until:
            continue
        # Stopping is a sign of life of its own; from it to the next start nothing was seen.
        if at - last > SILENCE or stopped:
            found.append(Gap(last, at, stopped))
        last, stopped = at, action == "stopped"
    if until - last > SILENCE or stopped:
        found.append(Gap(last, until, stopped))
    return found


def _time(record: Record) -> datetime:
    return datetime.fromisoformat(record["@timestamp"])
