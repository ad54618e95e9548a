"""What the gate says about itself -> when it was watching, and what it could not see.

Pure. A gate leaves a heartbeat every minute, so that silence is mistaken neither for innocence nor
for a record that somebody removed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    log: str = ""
    number: int = 0
    step: float = 0
    """Seconds by which the clock was put forward, or less than nothing by which it was put back."""

    @classmethod
    def of(cls, record: Record, log: str = "") -> Self:
        event, ours = record["event"], record["bellgate"]
        at, step = datetime.fromisoformat(record["@timestamp"]), ours.get("seconds", 0)
        return cls(at, event["action"], ours.get("policy", ""), log, event["sequence"], step)


class Step(NamedTuple):
    """A step of the clock: when, by how much, and between which records of which log the clock was
    wrong for some or all of the time."""

    at: datetime
    by: timedelta
    log: str
    since: int
    """The number of the record after which the clock may have been wrong: a start, or a step."""
    number: int
    begins: datetime | None
    """What the clock showed at that record; None where it is not known."""

    def timed(self, log: str, number: int) -> bool:
        """Whether a record was timed by the clock that was put right."""
        return log == self.log and self.since <= number < self.number

    @property
    def ends(self) -> datetime:
        """What the clock showed when it was put right."""
        return self.at - self.by

    def touches(self, since: datetime, until: datetime) -> bool:
        """Whether the clock was put right in [since, until), or showed a time there before."""
        shown = self.begins is not None and self.begins < until and since <= self.ends
        return shown or since <= self.at < until


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


def steps_of(signs: Iterable[Sign]) -> list[Step]:
    """The steps of the clock, in the order of the records."""
    found: list[Step] = []
    since: dict[str, Sign] = {}
    for sign in sorted(signs, key=lambda s: (s.log, s.number)):
        if sign.action == "clock-stepped":
            by, before = timedelta(seconds=sign.step), since.get(sign.log)
            number, begins = (before.number, before.at) if before else (-1, None)
            found.append(Step(sign.at, by, sign.log, number, sign.number, begins))
        if sign.action in ("clock-stepped", "started"):
            since[sign.log] = sign
    return found


def _by_the_right_clock(signs: Sequence[Sign]) -> Iterator[Sign]:
    """The signs of life that a wrong clock timed, as the clock that was put right would have timed
    them: for that time the gate was watching."""
    for step in steps_of(signs):
        for sign in signs:
            if step.timed(sign.log, sign.number):
                yield sign._replace(at=sign.at + step.by)


def signs_within(signs: Iterable[Sign], since: datetime, until: datetime) -> list[Sign]:
    """The signs of life from [since, until), in order of time: those dated then, and those that a
    wrong clock dated otherwise, as the right clock dates them. Others are kept only to tell how
    long a clock was wrong, and say nothing of that time."""
    known = list(signs)
    dated_then = [s for s in known if since <= s.at < until]
    put_right = [s for s in _by_the_right_clock(known) if since <= s.at < until]
    there = {(s.log, s.number) for s in dated_then}
    return sorted([*dated_then, *(s for s in put_right if (s.log, s.number) not in there)])


def gaps(signs: Iterable[Sign], since: datetime, until: datetime) -> list[Gap]:
    """When the gate was silent in [since, until), going by everything it recorded then. Time that
    it watched under a wrong clock does not count as silence."""
    found: list[Gap] = []
    last, stopped = since, False
    known = list(signs)
    for at, action, *_ in sorted([*known, *_by_the_right_clock(known)]):
        if not since <= at < until:
            continue
        # Stopping is a sign of life of its own; from it to the next start nothing was seen.
        if at - last > SILENCE or stopped:
            found.append(Gap(last, at, stopped))
        last, stopped = at, action == "stopped"
    if until - last > SILENCE or stopped:
        found.append(Gap(last, until, stopped))
    return found
