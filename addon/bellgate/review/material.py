"""What an evidence pack is made of: the question, and everything the log holds to answer it.

Looking up only. What is said about it is `packs.py`'s business; the log itself is audit's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.audit.reading import Progress, Query, find
from bellgate.audit.record import DECISION, GATE, Record
from bellgate.policy.when import Span
from bellgate.policy.who import EVERYONE
from bellgate.review.attempts import Attempt
from bellgate.review.watch import CHANGES, INCIDENTS

Named = tuple[str, str]
"""A word and what it stands for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom and why: a person or a device, from a day to a day (both included).

    `since` and `until` are those days as instants, [since, until), by the school's clock.
    """

    person: str | None
    device: str | None
    first: date
    last: date
    since: datetime
    until: datetime
    reason: str
    by: str
    at: datetime
    zone: ZoneInfo
    simulated: bool = False

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
    """What was found. `context` are the records of the gate and of exemptions that belong to it."""

    attempts: tuple[Attempt, ...]
    gate: tuple[Record, ...]
    """All that the gate said of itself in the time, heartbeats too."""
    exemptions: tuple[Record, ...]
    """Granted or taken back for the subject, or for everyone."""
    deletions: tuple[Record, ...]
    """By which records of the days asked about were deleted, of whomever, at any time since."""
    left_out: int
    """Attempts of the same devices that are put down to nobody, or to somebody else."""

    @property
    def incidents(self) -> tuple[Record, ...]:
        return tuple(r for r in self.gate if _action(r) in INCIDENTS and "source" not in r)

    @property
    def editions(self) -> list[tuple[datetime, str]]:
        """Which edition of the policy was in force from when on, as far as records name them."""
        by_gate = [
            (datetime.fromisoformat(r["@timestamp"]), r["bellgate"].get("policy", ""))
            for r in self.gate
        ]
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
        context = (r for r in self.gate if _action(r) in INCIDENTS | CHANGES and "source" not in r)
        numbers = {r["event"]["sequence"] for r in (*context, *self.exemptions, *self.deletions)}
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
    gate = tuple(_records(log, replace(period, dataset=GATE)))
    known = _names_of(question, attempts)
    granted = replace(period, dataset=DECISION, actions=frozenset({"exempted"}))
    return Material(
        attempts=attempts,
        gate=gate,
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


def _action(record: Record) -> str:
    action: str = record["event"]["action"]
    return action
