"""Attempts -> visits: what one device did with one service, without a long pause (`GAP`).

Pure. A visit has a first and a last time, and counts; never minutes of use: a connection may stay
open, and a browser may ask again, long after anybody looked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bellgate.audit.record.record import Seen
from bellgate.policy.action import Outcome
from bellgate.review.visits.attempts import Attempt

GAP: Final = timedelta(minutes=5)
"""The longest pause within a visit. Reports print it."""

# From the one that says most about a person to the one that says least.
GRADES: Final[tuple[Seen, ...]] = ("page", "embedded", "background", "connection")


@dataclass(frozen=True, slots=True)
class Visit:
    """Records of one device and one service that follow each other closely.

    `seen` counts attempts, so that a record that stands for forty counts as forty; `actions` also
    counts what came of them later: an answer, a cut, a close.
    `carried_over` counts connections opened in people's own time and cut at the bell: they are in
    no other count, since they do not count as attempts.
    """

    who: str
    what: str
    first: datetime
    last: datetime
    seen: Mapping[Seen, int]
    actions: Mapping[Outcome, int]
    carried_over: int
    attempts: tuple[Attempt, ...]

    @property
    def times(self) -> int:
        return sum(self.seen.values())

    @property
    def grade(self) -> Seen | None:
        """The most that was seen; None if nothing was attempted, only carried over or ended."""
        return next((grade for grade in GRADES if self.seen.get(grade)), None)

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({a.host for a in self.attempts if a.host}))

    @property
    def grounds(self) -> tuple[str, ...]:
        return tuple(sorted({a.ground for a in self.attempts}))


def visits(attempts: Iterable[Attempt]) -> list[Visit]:
    """The visits, in the order in which they began."""
    running: dict[tuple[str, str], list[Attempt]] = {}
    ended: list[list[Attempt]] = []
    # A count has the time of its last attempt and is written a little later, so sort by time, not
    # by number.
    for attempt in sorted(attempts, key=lambda a: (a.at, a.number)):
        key = (attempt.who, attempt.what)
        group = running.get(key)
        if group is None or _begun(attempt) - group[-1].at > GAP:
            group = running[key] = []
            ended.append(group)
        group.append(attempt)
    return sorted(map(_visit, ended), key=lambda v: (v.first, v.attempts[0].number))


def _begun(attempt: Attempt) -> datetime:
    """When what the record reports began: a `closed` one covers all the time it was open."""
    return attempt.at - attempt.lasted


def _visit(group: list[Attempt]) -> Visit:
    tried = [a for a in group if a.tried]
    # A connection that closes by itself says nothing about when somebody was there.
    timed = tried or group
    seen: Counter[Seen] = Counter()
    actions: Counter[Outcome] = Counter()
    for attempt in tried:
        seen[attempt.seen] += attempt.tried
    for attempt in group:
        if not attempt.carried_over:
            actions[attempt.action] += attempt.times
    return Visit(
        who=group[0].who,
        what=group[0].what,
        first=timed[0].at,
        last=timed[-1].at,
        seen=dict(seen),
        actions=dict(actions),
        carried_over=sum(a.times for a in group if a.carried_over),
        attempts=tuple(group),
    )
