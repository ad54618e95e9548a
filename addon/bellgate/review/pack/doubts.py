"""What puts the record in doubt, for the first page: each with its effect on the visits it touches.

Pure: sentences and nothing else. A clock that was put right says of the records before it by how
much they may be wrong; of lost records, errors and silence the visits beside them are counted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bellgate.audit.record.record import Record
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import clock, count, length, listed, moment, short_day
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.gaps import steps_of
from bellgate.review.visits.silences import silences
from bellgate.review.visits.visits import GAP, Visit

NONE = (
    "Nothing: no step of the clock, no lost record and no error is on record, and the gate was "
    "watching throughout."
)
NONE_NEAR = f"No visit was recorded within {length(GAP)} before or after it."
MOST_NAMED = 3
"""So many visits are named by their times."""
NOT_OUTSIDE = (
    "No checkpoint of the log (a fingerprint of all its records so far) is sent to anybody outside "
    "the school. So nobody outside can check that the records were not changed before this pack "
    "was made."
)


def doubts(facts: Findings) -> list[str]:
    """In the order of how much they matter; where there are none, that is said."""
    said = [*_begins(facts), *_steps(facts), *_lost(facts), *_errors(facts), *_unwatched(facts)]
    if not facts.anchored:
        said.insert(0, NOT_OUTSIDE)
    return said or [NONE]


def _begins(facts: Findings) -> Iterator[str]:
    if facts.since > facts.question.since:
        at = moment(facts.since, facts.question.zone)
        yield f"The record begins on {at}. Nothing was recorded before that."


def _steps(facts: Findings) -> Iterator[str]:
    zone, question = facts.question.zone, facts.question
    for step in steps_of(facts.material.signs):
        if step.log != facts.material.log:
            continue
        forward = step.by > timedelta()
        way = "forward" if forward else "back"
        wrong = length(abs(step.by))
        before = [a for a in facts.material.attempts if step.since < a.number < step.number]
        if not before and not question.since <= step.at < question.until:
            continue
        there = step.at.astimezone(zone)
        said = (
            f"On {short_day(there.date())} the gateway’s clock was put {way} by {wrong}, to "
            f"{clock(there)}."
        )
        numbers = {a.number for a in before}
        touched = [v for v in facts.visits if any(a.number in numbers for a in v.attempts)]
        if touched:
            when = "earlier" if forward else "later"
            yield (
                f"{said} For {_of_what(before)} before that{_which(touched, zone)}, the "
                f"times shown may be up to {wrong} {when} than the true ones."
            )
        else:
            yield f"{said} No visit in this report has a wrong time because of that."


def _which(touched: Sequence[Visit], zone: ZoneInfo) -> str:
    """`, in 2 visits (Mon 23 Nov 2026 09:10:00 and Mon 23 Nov 2026 09:20:00)`: where they are few,
    by their times. What was only cut off at the bell makes no visit."""
    visited = [v for v in touched if v.times]
    said = f", in {count(len(visited), 'visit')}" if visited else ""
    if len(touched) > MOST_NAMED:
        return said
    return f"{said} ({listed([moment(v.first, zone) for v in touched])})"


def _of_what(attempts: Sequence[Attempt]) -> str:
    """`3 attempts`, `2 connections`, `3 attempts and 2 connections`: what was only carried over is
    no attempt, and its time may be wrong all the same."""
    tried = sum(a.tried for a in attempts)
    over = sum(a.times for a in attempts if a.carried_over)
    parts = [count(tried, "attempt")] if tried else []
    if over:
        parts.append(f"{count(over, 'connection')} that the bell cut off")
    return listed(parts or [count(len(attempts), "record")])


def _lost(facts: Findings) -> Iterator[str]:
    zone = facts.question.zone
    for record in _incidents(facts, "records-lost"):
        ours = record["bellgate"]
        start, end = (
            datetime.fromisoformat(ours.get(name, record["@timestamp"])) for name in ("from", "to")
        )
        lost = count(ours["lost"], "record")
        effect = _touched(_beside(facts.visits, start, end), "its count", "their counts", "too low")
        yield (
            f"From {moment(start, zone)} to {moment(end, zone)} the log could not be written to, "
            f"and {lost} {_were(ours['lost'])} lost. Nobody can tell whom they were about. "
            f"{effect}"
        )


def _errors(facts: Findings) -> Iterator[str]:
    found = _incidents(facts, "error")
    if not found:
        return
    times = [datetime.fromisoformat(record["@timestamp"]) for record in found]
    touched = [v for v in facts.visits if any(_is_beside(v, at, at) for at in times)]
    effect = _touched(touched, "its record", "their records", "incomplete")
    yield f"The gate recorded {count(len(found), 'error')} of its own (table B). {effect}"


def _unwatched(facts: Findings) -> Iterator[str]:
    silent = [s for s in silences(facts) if not s.deleted]
    if not silent:
        return
    whole = length(sum((s.length for s in silent), timedelta()))
    when = "of session time " if all(s.in_session for s in silent) else ""
    touched = [v for v in facts.visits if any(_is_beside(v, s.start, s.end) for s in silent)]
    if touched:
        effect = (
            f"{count(len(touched), 'visit')} fall{'s' if len(touched) == 1 else ''} during or "
            "close to that time, and may have begun earlier or ended later than shown."
        )
    else:
        effect = NONE_NEAR
    yield f"For {whole} {when}the gate may not have been watching (table B). {effect}"


def _incidents(facts: Findings, action: str) -> list[Record]:
    return [r for r in facts.material.incidents if r["event"]["action"] == action]


def _touched(touched: Sequence[Visit], one: str, many: str, how: str) -> str:
    if not touched:
        return NONE_NEAR
    if len(touched) == 1:
        return f"1 visit falls during or close to that time, and {one} may be {how}."
    return f"{len(touched):,} visits fall during or close to that time, and {many} may be {how}."


def _beside(visits: Sequence[Visit], start: datetime, end: datetime) -> list[Visit]:
    return [visit for visit in visits if _is_beside(visit, start, end)]


def _is_beside(visit: Visit, start: datetime, end: datetime) -> bool:
    """Whether a visit may have been one with what happened then: no further away than the gap that
    ends a visit."""
    return visit.first - GAP <= end and start <= visit.last + GAP


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
