"""What an evidence pack is made of: the question, and everything the log holds to answer it.

Looking up only. What is said about it is `packs.py`'s business; the log itself is audit's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.audit.reading import Progress, Query, find
from bellgate.audit.record import DECISION, GATE, Record
from bellgate.policy.when import Span, instant_of
from bellgate.policy.who import EVERYONE
from bellgate.review.attempts import Attempt
from bellgate.review.watch import CHANGES, INCIDENTS, Sign

Named = tuple[str, str]
"""A word and what it stands for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom and why: a person or a device, from a day to a day (both included).

    The days are the school's own, in its zone.
    """

    person: str | None
    device: str | None
    first: date
    last: date
    reason: str
    by: str
    at: datetime
    zone: ZoneInfo
    simulated: bool = False

    @property
    def since(self) -> datetime:
        return instant_of(self.first, time(), self.zone)

    @property
    def until(self) -> datetime:
        """The first instant that is not asked about."""
        return instant_of(self.last + timedelta(days=1), time(), self.zone)

    @property
    def subject(self) -> str:
        return self.person or self.device or ""

    @property
    def words(self) -> str:
        """The query as it can be repeated."""
        who = f"user.id is {self.person}" if self.person else f"device.id is {self.device}"
        return (
            f"every record of the set {DECISION} in which {who}, with a time from "
            f"{self.since.isoformat()} up to, not including, {self.until.isoformat()}"
        )


@dataclass(frozen=True, slots=True)
class Material:
    """What was found."""

    attempts: tuple[Attempt, ...]
    signs: tuple[Sign, ...]
    """All signs of life of the gate in the time."""
    context: tuple[Record, ...]
    """What of it a panel should know of; nothing that names somebody's address."""
    exemptions: tuple[Record, ...]
    """Granted or taken back for the subject, or for everyone."""
    deletions: tuple[Record, ...]
    """By which records of the days asked about were deleted, of whomever, at any time since."""
    left_out: int
    """Attempts of the same devices that are put down to nobody, or to somebody else."""

    @property
    def incidents(self) -> tuple[Record, ...]:
        return tuple(r for r in self.context if r["event"]["action"] in INCIDENTS)

    @property
    def editions(self) -> list[tuple[datetime, str]]:
        """Which edition of the policy was in force from when on, as far as records name them."""
        by_gate = [(sign.at, sign.edition) for sign in self.signs]
        by_rule = [(a.at, a.rule.edition) for a in self.attempts if a.rule]
        changes: list[tuple[datetime, str]] = []
        for at, edition in sorted(by_gate + by_rule):
            if edition and (not changes or changes[-1][1] != edition):
                changes.append((at, edition))
        return changes

    @property
    def deleted(self) -> int:
        """How many records of these days were deleted, their time being up."""
        return sum(r["bellgate"]["count"] for r in self.deletions)

    @property
    def sequences(self) -> list[int]:
        """The numbers of the records that go into the pack."""
        beside = (*self.context, *self.exemptions, *self.deletions)
        numbers = {r["event"]["sequence"] for r in beside}
        return sorted(numbers | {a.number for a in self.attempts})


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it stood in the file."""

    name: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class EditionKept:
    """An edition of the policy that was in force in the time, from `since` on.

    `sessions` are the subject's own in the part of the time in which it was in force. Where the
    edition's files are not kept any more, it has its hash alone (`kept` is False).
    """

    hash: str
    since: datetime
    kept: bool = False
    files: tuple[Named, ...] = ()
    """Each file's name and SHA-256."""
    rules: tuple[RuleText, ...] = ()
    sessions: tuple[Span, ...] = ()
    title: str = ""
    notice: str | None = None


def gather(log: Path, question: Question, progress: Progress | None = None) -> Material:
    """Everything about the question that is in the log. Reads it a few times from end to end."""
    period = Query(since=question.since, until=question.until)
    wanted = replace(period, dataset=DECISION, person=question.person, device=question.device)
    attempts = tuple(_attempts(log, wanted, progress))
    signs, context = _of_the_gate(log, replace(period, dataset=GATE))
    known = _names_of(question, attempts)
    granted = replace(period, dataset=DECISION, actions=frozenset({"exempted"}))
    return Material(
        attempts=attempts,
        signs=signs,
        context=context,
        exemptions=tuple(r for r in _records(log, granted) if _is_for(r, known)),
        deletions=tuple(_deletions(log, question)),
        left_out=_left_out(log, question, attempts, period) if question.person else 0,
    )


def _attempts(log: Path, query: Query, progress: Progress | None = None) -> Iterator[Attempt]:
    for entry in find(log, query, progress):
        attempt = Attempt.of(entry.record or {})
        if attempt is not None:
            yield attempt


def _records(log: Path, query: Query) -> Iterator[Record]:
    return (entry.record for entry in find(log, query) if entry.record is not None)


def _of_the_gate(log: Path, query: Query) -> tuple[tuple[Sign, ...], tuple[Record, ...]]:
    signs: list[Sign] = []
    context: list[Record] = []
    for record in _records(log, query):
        signs.append(Sign.of(record))
        if signs[-1].action in INCIDENTS | CHANGES and "source" not in record:
            context.append(record)
    return tuple(signs), tuple(context)


def _deletions(log: Path, question: Question) -> Iterator[Record]:
    first, last = question.first.isoformat(), question.last.isoformat()
    for record in _records(log, Query(since=question.since, actions=frozenset({"deleted"}))):
        ours = record["bellgate"]
        # What was emptied of a log that is set aside was not in this one.
        if first <= ours.get("day", "") <= last and "log" not in ours:
            yield record


def _names_of(question: Question, attempts: tuple[Attempt, ...]) -> frozenset[str]:
    """By what names an exemption may mean the subject."""
    known = {EVERYONE, question.subject}
    for attempt in attempts:
        known.update(attempt.roles, {attempt.device or EVERYONE, attempt.person or EVERYONE})
    return frozenset(known)


def _is_for(record: Record, known: frozenset[str]) -> bool:
    # An exemption that let a connection through is an attempt; here it is the granting alone.
    ours: dict[str, Any] = record["bellgate"]
    whom: list[str] = ours.get("who", [])
    return "seen" not in ours and not known.isdisjoint(whom)


def _left_out(log: Path, question: Question, attempts: tuple[Attempt, ...], period: Query) -> int:
    devices = {a.device for a in attempts if a.device}
    return sum(
        other.times
        for device in devices
        for other in _attempts(log, replace(period, dataset=DECISION, device=device))
        if other.person != question.person
    )
