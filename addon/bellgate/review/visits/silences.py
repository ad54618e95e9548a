"""When nothing was watching, as far as it matters: in session, or where sessions are not known.

Pure. Silence is held against what is known of the time: each edition's own timetable, and whether
the gate's signs of life have since been deleted when due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from bellgate.policy.wall_clock import instant_of
from bellgate.review.pack.findings import Findings
from bellgate.review.visits.gaps import gaps


@dataclass(frozen=True, slots=True)
class Silence:
    """[start, end) for which the log shows no sign of life."""

    start: datetime
    end: datetime
    stopped: bool
    """Whether it was shut down normally; otherwise nothing says why."""
    in_session: bool
    """False if it is not known what was session time."""
    deleted: str = ""
    """The period that was up, if the gate's records were deleted: then nothing can be said."""

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Days:
    """School days that had begun, and what is known about each."""

    all: frozenset[date]
    watched: frozenset[date]
    """Those watched throughout: no silence fell in their sessions."""
    quiet: frozenset[date]
    """The watched ones without a record, on which none was lost either."""
    unsure: frozenset[date]
    """The others without a record: the gate may not have been watching throughout."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of the time asked about: a session, or a stretch whose sessions are not known."""

    start: datetime
    end: datetime
    in_session: bool


def silences(facts: Findings) -> list[Silence]:
    """In order of time."""
    question = facts.question
    silent = gaps(facts.material.signs, facts.since, question.until)
    found = [
        silence
        for gap in silent
        for stretch in _stretches(facts)
        if (part := gap.within(stretch.start, stretch.end)) is not None
        for silence in _told(facts, Silence(part.start, part.end, part.stopped, stretch.in_session))
    ]
    return sorted(found, key=lambda s: s.start)


def school_days(facts: Findings) -> Days:
    """Days still to come are not counted, nor are those whose sessions are not known."""
    zone = facts.question.zone

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    every = frozenset(day(s.start) for s in _stretches(facts) if s.in_session)
    silent = {day(s.start) for s in silences(facts) if s.in_session}
    busy = {day(a.at) for a in facts.material.attempts}
    watched = every - silent
    nothing = every - busy - frozenset(_days_of_losses(facts))
    return Days(every, watched, quiet=watched & nothing, unsure=nothing - watched)


def _days_of_losses(facts: Findings) -> Iterator[date]:
    """Local days on which records were lost: nobody can say that nothing was recorded then."""
    zone = facts.question.zone
    for record in facts.material.incidents:
        if record["event"]["action"] == "records-lost" and record["bellgate"].get("lost"):
            first, last = (
                datetime.fromisoformat(record["bellgate"].get(name, record["@timestamp"]))
                .astimezone(zone)
                .date()
                for name in ("from", "to")
            )
            yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _stretches(facts: Findings) -> list[_Stretch]:
    since, until = facts.since, facts.question.until
    if not facts.editions:
        return [_Stretch(since, until, in_session=False)]
    found: list[_Stretch] = []
    for edition in facts.editions:
        start, end = max(edition.since, since), min(edition.until, until)
        if edition.timetable:
            # A session may have begun under the previous edition.
            found += [
                _Stretch(max(s.start, start), min(s.end, end), in_session=True)
                for s in edition.sessions
                if s.start < end and start < s.end
            ]
        elif start < end:
            found.append(_Stretch(start, end, in_session=False))
    return found


def _told(facts: Findings, silence: Silence) -> Iterator[Silence]:
    """The same silence, split where the gate's own records of a day were deleted."""
    blank = facts.material.blank
    parts = _by_day(facts, silence.start, silence.end)
    for deleted, days in groupby(parts, key=lambda part: blank.get(part[0], "")):
        spans = list(days)
        yield Silence(
            spans[0][1], spans[-1][2], silence.stopped, silence.in_session, deleted=deleted
        )


def _by_day(
    facts: Findings, start: datetime, end: datetime
) -> Iterator[tuple[date, datetime, datetime]]:
    """[start, end), cut at each midnight by the school's clock."""
    zone = facts.question.zone
    while start < end:
        day = start.astimezone(zone).date()
        stop = min(end, instant_of(day + timedelta(days=1), time(), zone))
        yield day, start, stop
        start = stop
