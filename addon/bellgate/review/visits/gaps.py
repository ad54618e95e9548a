"""What the gate says about itself -> when it was watching, and what it could not see.

Pure. A gate leaves a heartbeat every minute, so that silence is mistaken neither for innocence nor
for a record that somebody removed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from bellgate.audit.record.event_kinds import EVENTS, HEARTBEAT
from bellgate.audit.record.record import Record

SILENCE: Final = HEARTBEAT * 2.5
"""So long without a sign of life and nobody was watching: one heartbeat, and one that a busy
machine let wait."""
INCIDENTS: Final = frozenset(action for (_, action), kind in EVENTS.items() if kind.incident)
CHANGES: Final = frozenset({"started", "stopped", "policy-changed", "deleted"})


class Sign(NamedTuple):
    """A moment at which the gate was there, what it did, and the edition of the policy in force.

    A year has half a million of them, so this is not a whole record.
    """

    at: datetime
    action: str
    edition: str

    @classmethod
    def of(cls, record: Record) -> Self:
        at = datetime.fromisoformat(record["@timestamp"])
        return cls(at, record["event"]["action"], record["bellgate"].get("policy", ""))


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, end) in which the gate left no sign of life."""

    start: datetime
    end: datetime
    stopped: bool
    """Whether it was shut down normally; otherwise nothing says why."""

    def within(self, start: datetime, end: datetime) -> "Gap | None":
        """What of it falls into a stretch of time."""
        first, last = max(self.start, start), min(self.end, end)
        return Gap(first, last, self.stopped) if first < last else None


def gaps(signs: Iterable[Sign], since: datetime, until: datetime) -> list[Gap]:
    """When the gate was silent in [since, until), going by everything it recorded then."""
    found: list[Gap] = []
    last, stopped = since, False
    for at, action, _ in sorted(signs):
        if not since <= at < until:
            continue
        # Stopping is a sign of life of its own; from it to the next start nothing was seen.
        if at - last > SILENCE or stopped:
            found.append(Gap(last, at, stopped))
        last, stopped = at, action == "stopped"
    if until - last > SILENCE or stopped:
        found.append(Gap(last, until, stopped))
    return found
