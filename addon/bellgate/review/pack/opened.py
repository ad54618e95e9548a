"""What was open for a time, by an exemption or an answer on the page: from when until when. Pure.

Use of what is open is not recorded. So a panel must know of each such time, wherever it reads that
little or nothing was recorded.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from bellgate.audit.record.record import Record
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.material import end_of
from bellgate.review.pack.phrases import clock, count, listed, moment, short_day

MOST: Final = 4
"""So many are named on the first page; table C has them all."""
NOT_RECORDED: Final = "The gate does not record what is done with a service while it is open."


class Opened(NamedTuple):
    """[start, end) in which something was open for somebody, by which record."""

    start: datetime
    end: datetime
    what: str
    whom: str
    number: int


def opened(facts: Findings) -> list[Opened]:
    """In order of time; what never took effect is not among them."""
    return sorted((*_granted(facts), *_answered(facts)))


def opened_said(facts: Findings) -> str:
    """For the first page; nothing where nothing was opened."""
    found = opened(facts)
    if not found:
        return ""
    alike: dict[tuple[str, str], list[Opened]] = {}
    for each in found:
        alike.setdefault((each.what, each.whom), []).append(each)
    said = [_open_said(times, facts) for times in list(alike.values())[:MOST]]
    if len(alike) > MOST:
        said.append("others are in table C")
    return f"Open for a time: {'; '.join(said)}. {NOT_RECORDED}"


def _open_said(times: list[Opened], facts: Findings) -> str:
    """What was open for somebody: once, from when until when; else how often, and on which days."""
    zone, first, last = facts.question.zone, times[0], times[-1]
    said = f"{first.what} for {first.whom}"
    if len(times) == 1:
        return f"{said} from {moment(first.start, zone)} until {_end(first, facts)}"
    days = [short_day(each.start.astimezone(zone).date()) for each in (first, last)]
    when = f"on {days[0]}" if days[0] == days[1] else f"between {days[0]} and {days[1]}"
    return f"{said}, {count(len(times), 'time')} {when} (table C)"


def opened_rows(facts: Findings) -> list[list[str]]:
    """For table C."""
    zone = facts.question.zone
    return [
        [str(each.number), moment(each.start, zone), moment(each.end, zone), each.what, each.whom]
        for each in opened(facts)
    ]


def _end(each: Opened, facts: Findings) -> str:
    """On the same day only the hour."""
    zone = facts.question.zone
    start, end = each.start.astimezone(zone), each.end.astimezone(zone)
    return clock(end) if start.date() == end.date() else moment(each.end, zone)


def _granted(facts: Findings) -> Iterator[Opened]:
    by_id: dict[str, list[Record]] = {}
    for record in facts.material.exemptions:
        by_id.setdefault(record["bellgate"]["exemption"], []).append(record)
    for records in by_id.values():
        first = records[0]
        ours = first["bellgate"]
        # What was arranged beforehand opened only when it was to.
        start, end = datetime.fromisoformat(ours.get("from", first["@timestamp"])), end_of(records)
        if start < end and start < facts.question.until:
            what = listed([facts.name(str(each)) for each in ours["what"]])
            whom = listed([str(each) for each in ours["who"]])
            yield Opened(start, end, what, whom, first["event"]["sequence"])


def _answered(facts: Findings) -> Iterator[Opened]:
    for each in facts.material.attempts:
        if each.action == "answered" and each.until is not None:
            yield Opened(each.at, each.until, facts.name(each.what), each.who, each.number)
