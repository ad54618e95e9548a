"""What an evidence pack is made of: everything in the log that helps to answer a question.

Looking up only. `packs.py` says what is said about it; the log itself belongs to audit.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import orjson

from bellgate.audit.log.entries import Progress, Query, entries, find
from bellgate.audit.record.event_kinds import DECISION, GATE
from bellgate.audit.record.record import Record, timestamp
from bellgate.audit.record.retention import OF_THE_GATE, REVIEWERS, named_by
from bellgate.audit.verify.all_logs import why_aside
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.who import EVERYONE
from bellgate.review.pack.other_logs import Deletion, Elsewhere, deletions, elsewhere
from bellgate.review.pack.question import CURRENT, Question
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.gaps import CHANGES, INCIDENTS, Sign, signs_within, steps_of


@dataclass(frozen=True, slots=True)
class Material:
    """What was found."""

    attempts: tuple[Attempt, ...]
    signs: tuple[Sign, ...]
    """All the gate's signs of life in that time, in any of its logs."""
    context: tuple[Record, ...]
    """The gate's records that a panel should see; none that names somebody's address."""
    exemptions: tuple[Record, ...]
    """For the subject or for everyone, granted or in force in the time, or taken back in it."""
    deletions: tuple[Deletion, ...]
    """The `deleted` records about the days asked about, in any log."""
    unattributed: tuple[Attempt, ...] = ()
    """Attempts on the person's devices, while they held them, that are attributed to nobody; of a
    device, those that only showed its MAC, where that proves no device."""
    others: int = 0
    """Attempts on the same devices that are attributed to somebody else."""
    log: str = CURRENT
    set_aside: str | None = None
    """Why the log that this is from was set aside; None if it was not."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """The gateway's other logs that bear on that time."""
    between: tuple[Record, ...] = ()
    """The subject's records that are dated outside that time but stand between others of it, and
    the records that name deleted lines there. With them, every gap in the numbers is explained."""
    objected: tuple[tuple[str, Record], ...] = ()
    """What the person objected, corrected or erased: in which log, in order of time."""
    about: tuple[Record, ...] = ()
    """What reviewers did that names the person, where the person asks for all there is."""
    begins: datetime | None = None
    """The first that any of the gateway's logs holds, or held; None where nothing is known."""

    @property
    def incidents(self) -> tuple[Record, ...]:
        return tuple(r for r in self.context if r["event"]["action"] in INCIDENTS)

    def editions(self, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """Which edition of the policy was in force from when on in [since, until), as far as the
        records of that time name them."""
        by_gate = [(s.at, s.number, s.edition) for s in signs_within(self.signs, since, until)]
        by_rule = [(a.at, a.number, a.rule.edition) for a in self.attempts if a.rule]
        changes: list[tuple[datetime, str]] = []
        for at, _, edition in sorted(by_gate + by_rule):
            if edition and (not changes or changes[-1][1] != edition):
                changes.append((at, edition))
        return changes

    @property
    def deleted(self) -> int:
        """How many records from these days were deleted from this log when due."""
        return sum(d.count for d in self.deletions if d.of == self.log)

    @property
    def deleted_of_people(self) -> int:
        """Of these, those that were neither the gate's own nor a reviewer's."""
        kinds = (f"{OF_THE_GATE}:", f"{REVIEWERS}:")
        ours = (d for d in self.deletions if d.of == self.log)
        return sum(d.count for d in ours if not d.why.startswith(kinds))

    @property
    def blank(self) -> dict[date, str]:
        """The days whose own gate records were deleted, with the period that was up."""
        gone = (d for d in self.deletions if d.of_the_gate)
        return {date.fromisoformat(d.record["bellgate"]["day"]): d.why for d in gone}

    @property
    def beside(self) -> tuple[Record, ...]:
        """The records that go into the pack beside the attempts."""
        gone = (d.record for d in self.deletions if d.within == self.log and d.of == self.log)
        objected = (record for log, record in self.objected if log == self.log)
        beside = (*self.about, *self.between, *objected)
        return (*self.context, *self.exemptions, *beside, *gone)

    @property
    def sequences(self) -> list[int]:
        """The numbers of the records that go into the pack."""
        numbers = {r["event"]["sequence"] for r in self.beside}
        return sorted(numbers | {a.number for a in self.attempts})


def gather(
    log: Path,
    question: Question,
    progress: Progress | None = None,
    others: Sequence[Path] = (),
) -> Material:
    """Everything in the log about the question, and what the gateway's other logs hold.

    Reads it a few times from end to end.
    """
    period = Query(since=question.since, until=question.until)
    wanted = replace(period, dataset=DECISION, person=question.person, device=question.device)
    attempts = tuple(_attempts(log, wanted, progress))
    beside_theirs = _beside_theirs(log, question, attempts, period)
    signs, context = _of_the_gate(log, replace(period, dataset=GATE))
    gone = tuple(deletions((log, *others), question))
    beside = elsewhere(others, log, question, gone)
    return Material(
        attempts=attempts,
        signs=tuple(sorted((*signs, *(s for other in beside for s in other.signs)))),
        context=context,
        exemptions=_exemptions(log, question, _names_of(question, attempts)),
        deletions=gone,
        unattributed=tuple(a for a in beside_theirs if a.person is None),
        others=sum(a.tried for a in beside_theirs if a.person is not None),
        log=log.name,
        set_aside=None if question.log == CURRENT else (why_aside(log.name, others) or ""),
        elsewhere=beside,
        between=tuple(_between(log, question, attempts)),
        objected=_objected(log, question, others),
        begins=_begins((log, *others), gone, question),
    )


def _begins(logs: Iterable[Path], gone: Sequence[Deletion], question: Question) -> datetime | None:
    """When the record begins. What was deleted was there; a log that cannot be read may be older
    than all, so that then nothing is known."""
    days = (date.fromisoformat(d.record["bellgate"]["day"]) for d in gone)
    found = [instant_of(day, time(), question.zone) for day in days]
    for log in logs:
        try:
            first = next(_records(log, Query()), None)
        except OSError:
            return None
        if first is not None:
            found.append(datetime.fromisoformat(first["@timestamp"]))
    return min(found, default=None)


def _objected(
    log: Path, question: Question, others: Sequence[Path]
) -> tuple[tuple[str, Record], ...]:
    found = []
    for each in (log, *others) if question.person else ():
        # Another log that cannot be read is reported with what the other logs hold.
        with suppress(OSError) if each != log else nullcontext():
            found += [
                (each.name, record)
                for record in _records(each, Query(actions=frozenset({"objected"})))
                if record.get("user", {}).get("target", {}).get("id") == question.person
            ]
    return tuple(sorted(found, key=lambda each: str(each[1]["@timestamp"])))


def _between(log: Path, question: Question, attempts: Sequence[Attempt]) -> Iterator[Record]:
    """What was recorded between the first and the last attempt and is dated elsewhere: a count that
    was written after midnight, or a clock that was wrong."""
    numbers = {a.number for a in attempts}
    if not numbers:
        return
    first, last = min(numbers), max(numbers)
    theirs = Query(dataset=DECISION, person=question.person, device=question.device)
    for record in _records(log, theirs):
        number = record["event"]["sequence"]
        if first < number < last and number not in numbers and "seen" in record["bellgate"]:
            yield record
    for record in _records(log, Query(actions=frozenset({"deleted"}))):
        if any(low < last and first < high for low, high in named_by(record)):
            yield record


def _attempts(log: Path, query: Query, progress: Progress | None = None) -> Iterator[Attempt]:
    for entry in find(log, query, progress):
        attempt = Attempt.of(entry.record or {})
        if attempt is not None:
            yield attempt


def _records(log: Path, query: Query) -> Iterator[Record]:
    return (entry.record for entry in find(log, query) if entry.record is not None)


def _of_the_gate(log: Path, query: Query) -> tuple[tuple[Sign, ...], tuple[Record, ...]]:
    context: list[Record] = []
    signs: list[Sign] = []
    for record in _records(log, query):
        signs.append(Sign.of(record, log.name))
        if signs[-1].action in INCIDENTS | CHANGES and "source" not in record:
            context.append(record)
    return (*signs, *_under_a_wrong_clock(log, query, {s.number for s in signs})), tuple(context)


def _under_a_wrong_clock(log: Path, query: Query, known: Container[int]) -> Iterator[Sign]:
    """Signs of life that a wrong clock dated outside of the time, and what it takes to see that:
    the steps of the clock, and the starts before them."""
    turns = Query(dataset=GATE, actions=frozenset({"started", "clock-stepped"}))
    changes = [Sign.of(record, log.name) for record in _records(log, turns)]
    steps = steps_of(changes)
    if not steps:
        return
    for record in _records(log, Query(dataset=GATE)):
        sign = Sign.of(record, log.name)
        if sign.number not in known and (
            sign in changes
            or any(
                step.since <= sign.number < step.number
                and query.wants({**record, "@timestamp": timestamp(sign.at + step.by)})
                for step in steps
            )
        ):
            yield sign


def _names_of(question: Question, attempts: tuple[Attempt, ...]) -> frozenset[str]:
    """The names by which an exemption may mean the subject."""
    known = {EVERYONE, question.subject, *question.names}
    for attempt in attempts:
        known.update(attempt.roles, {attempt.device or EVERYONE, attempt.person or EVERYONE})
    return frozenset(known)


def _exemptions(log: Path, question: Question, known: frozenset[str]) -> tuple[Record, ...]:
    """Exemptions granted and taken back, from the log's beginning, since one may last long."""
    granted = Query(until=question.until, actions=frozenset({"exempted", "refused"}))
    by_id: dict[str, list[Record]] = {}
    for record in _records(log, granted):
        if _is_for(record, known):
            by_id.setdefault(record["bellgate"]["exemption"], []).append(record)
    lasting = (rs for rs in by_id.values() if _is_in(question, rs))
    found = [record for records in lasting for record in records]
    return tuple(sorted(found, key=lambda r: int(r["event"]["sequence"])))


def _is_for(record: Record, known: frozenset[str]) -> bool:
    # A connection let through by an exemption is an attempt; here only the granting counts.
    ours: dict[str, Any] = record["bellgate"]
    whom: list[str] = ours.get("who", [])
    return "seen" not in ours and "exemption" in ours and not known.isdisjoint(whom)


def _is_in(question: Question, records: list[Record]) -> bool:
    first = records[0]
    # Of one whose granting is gone nothing is left to be said but that it ended.
    if first["event"]["action"] != "exempted":
        return question.since <= datetime.fromisoformat(first["@timestamp"])
    return end_of(records) >= question.since


def end_of(records: list[Record]) -> datetime:
    """When an exemption ended: when it was to, or when it was taken back. One that never took
    effect ended when it was granted."""
    refused = {r["bellgate"].get("record") for r in records}
    granted, *later = (r for r in records if r["event"]["action"] == "exempted")
    if granted["event"]["sequence"] in refused:
        return datetime.fromisoformat(granted["@timestamp"])
    done = (r for r in later if r["event"]["sequence"] not in refused)
    taken_back = [r["@timestamp"] for r in done if r["bellgate"].get("revoked")]
    return min(datetime.fromisoformat(text) for text in (granted["bellgate"]["until"], *taken_back))


def _beside_theirs(
    log: Path, question: Question, attempts: tuple[Attempt, ...], period: Query
) -> list[Attempt]:
    """What a person's devices did that is not attributed to that person. Of a device that the files
    give to somebody, only what is of the time in which that was the person counts as nobody's."""
    held = [h for h in question.held if h.person == question.person]
    devices = {h.device for h in held} | {a.device for a in attempts if a.device}
    if question.device:
        devices = {question.device}
    found: list[Attempt] = []
    for device in sorted(devices):
        spans = [h for h in held if h.device == device]
        for entry in entries(log, period.since, mentioning=orjson.dumps(device)):
            attempt = Attempt.of(entry.record or {})
            if (
                attempt is not None
                and device in (attempt.claimed, attempt.device if question.person else None)
                and (question.device or attempt.person != question.person)
                and period.wants(entry.record or {})
                and (attempt.person or not spans or any(h.holds(attempt.at) for h in spans))
            ):
                found.append(attempt)
    return found
