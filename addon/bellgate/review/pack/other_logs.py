"""The gateway's other logs: what a pack of one of them must say about the rest.

A log that was broken is set aside (`log.1`, …) and another is begun. Nothing from it goes into the
pack of another, since each has checkpoints of its own to prove it; but anybody who reads one must
know of the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bellgate.audit.log.entries import Query, find
from bellgate.audit.record.event_kinds import DECISION, GATE
from bellgate.audit.record.record import Record
from bellgate.audit.record.retention import OF_THE_GATE
from bellgate.audit.verify.all_logs import why_aside
from bellgate.audit.verify.one_log import verify_log
from bellgate.review.pack.question import Question
from bellgate.review.visits.gaps import Sign

REMOVED = "it was removed once everything in it was due for deletion"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A `deleted` record: the log that it is in, and the log whose days it speaks of."""

    within: str
    of: str
    record: Record

    @property
    def count(self) -> int:
        number: int = self.record["bellgate"]["count"]
        return number

    @property
    def why(self) -> str:
        return str(self.record["bellgate"].get("why", ""))

    @property
    def of_the_gate(self) -> bool:
        """Whether the gate's own records were deleted, its signs of life among them."""
        return self.why.startswith(f"{OF_THE_GATE}:")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another log of this gateway, and what it holds for the same period."""

    name: str
    why: str = ""
    """Why it was set aside; empty if it was not, or if no record says why."""
    records: int = 0
    """How many of its records are about the subject."""
    holds: bool = False
    """Whether it holds any record at all from that time."""
    deleted: int = 0
    """How many records from these days were deleted when due."""
    signs: tuple[Sign, ...] = ()
    """The gate's signs of life in it; none if the log cannot be proven."""
    trouble: str = ""
    """Why it cannot be read or proven."""

    @property
    def concerns(self) -> bool:
        return self.holds or bool(self.deleted or self.trouble)


def deletions(logs: Iterable[Path], question: Question) -> Iterator[Deletion]:
    """The `deleted` records that concern the days asked about, whenever the deletion was."""
    first, last = question.first.isoformat(), question.last.isoformat()
    query = Query(since=question.since, actions=frozenset({"deleted"}))
    for log in logs:
        # A log that cannot be read is reported by `_looked_at`.
        with suppress(OSError):
            for entry in find(log, query):
                ours = (entry.record or {})["bellgate"]
                if entry.record and first <= ours.get("day", "") <= last:
                    yield Deletion(log.name, ours.get("log", log.name), entry.record)


def elsewhere(
    others: Sequence[Path], log: Path, question: Question, gone: Sequence[Deletion]
) -> tuple[Elsewhere, ...]:
    """The other logs that bear on the time asked about, including those that are gone."""
    there = (*others, log)
    found = [
        replace(
            _looked_at(other, question),
            why=why_aside(other.name, there) or "",
            deleted=sum(d.count for d in gone if d.of == other.name),
        )
        for other in others
    ]
    removed = sorted({d.of for d in gone} - {path.name for path in there})
    for name in removed:
        deleted = sum(d.count for d in gone if d.of == name)
        why = why_aside(name, there) or ""
        found.append(Elsewhere(name, why, deleted=deleted, trouble=REMOVED))
    return tuple(other for other in found if other.concerns)


def _looked_at(log: Path, question: Question) -> Elsewhere:
    period = Query(since=question.since, until=question.until)
    theirs = replace(period, dataset=DECISION, person=question.person, device=question.device)
    try:
        found = Elsewhere(
            log.name,
            records=sum(1 for _ in find(log, theirs)),
            holds=next(find(log, period), None) is not None,
        )
        # Nothing is taken out of it: what counts is whether a pack could be made.
        result = verify_log(log)
        if not result.ok:
            return replace(found, trouble=f"what it holds cannot be proven: {result.problems[0]}")
        of_the_gate = find(log, replace(period, dataset=GATE))
        signs = tuple(Sign.of(entry.record, log.name) for entry in of_the_gate if entry.record)
    except OSError as error:
        return Elsewhere(log.name, trouble=f"it cannot be read: {error.strerror or error}")
    return replace(found, signs=signs)
