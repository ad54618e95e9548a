"""Which clock a pack's times are given by, in words. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bellgate.audit.record.spreadsheet import zone_said
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.phrases import count, short_day
from bellgate.review.pack.question import Question

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MOST_CHANGES = 2
"""Clock changes named: nobody wants every one of a pack that covers years."""


def clock_words(facts: Findings) -> list[str]:
    """The time zone, and what the records say about the gateway's clock."""
    return [_zone(facts.question), _state(facts)]


def _zone(question: Question) -> str:
    zone, since = question.zone, question.since.astimezone(question.zone)
    changes = list(_changes(question))
    said = f"Times are local times ({zone.key}): {zone_said(since)}"
    if not changes:
        return f"{said} throughout."
    if len(changes) > _MOST_CHANGES:
        others = {zone_said(at) for _, at in changes} - {zone_said(since)}
        return f"{said} or {' or '.join(sorted(others))}, depending on the time of year."
    for before, at in changes:
        said += f" until {short_day(before.date())} {before:%H:%M}, then {zone_said(at)}"
    return f"{said}.{_twice(changes)}"


def _changes(question: Question) -> Iterator[tuple[datetime, datetime]]:
    """When the clocks were changed: the moment by the old time, and by the new."""
    zone, at = question.zone, question.since
    while at < question.until:
        following = min(at + _DAY, question.until)
        old = at.astimezone(zone).utcoffset()
        if following.astimezone(zone).utcoffset() != old:
            first, last = at, following
            while last - first > _SECOND:
                middle = first + (last - first) / 2
                if middle.astimezone(zone).utcoffset() == old:
                    first = middle
                else:
                    last = middle
            changed = last.replace(microsecond=0)
            yield changed.replace(tzinfo=None) + (old or timedelta()), changed.astimezone(zone)
        at = following


def _state(facts: Findings) -> str:
    whole = sum(facts.clocks.values())
    unsure, made_up = facts.clocks["unsynchronised"], facts.clocks["simulated"]
    if not whole:
        return ""
    if not unsure and not made_up:
        return "The gateway’s clock was synchronised for every record."
    said = [_how_many(whole, facts.reviewers)]
    if unsure:
        said.append(
            f"In {_of_them(unsure, whole)}, the gateway’s clock is marked as not synchronised, so "
            f"{'that time' if unsure == 1 else 'those times'} may be wrong. "
            f"{_attempts_among(facts)}"
        )
    if made_up:
        said.append(
            f"In {_of_them(made_up, whole)}, the clock is marked as simulated, so "
            f"{'that time is' if made_up == 1 else 'those times are'} made up."
        )
    return " ".join(said)


def _how_many(whole: int, reviewers: int) -> str:
    """All records in the pack, which are more than the person's."""
    said = f"his pack has {count(whole, 'record')}, including the gate’s own."
    if not reviewers:
        return f"T{said}"
    return f"Apart from {count(reviewers, 'record')} of what reviewers did, t{said}"


def _of_them(some: int, whole: int) -> str:
    """`9 of them`, `all of them`, `it`."""
    if some == whole:
        return "it" if whole == 1 else "all of them"
    return f"{some:,} of them"


def _attempts_among(facts: Findings) -> str:
    """How many of the records with a doubtful time are attempts: the others are the gate's own."""
    n = sum(a.clock == "unsynchronised" for a in facts.material.attempts)
    if n == 0:
        return "None of them is about an attempt."
    return f"{n:,} of them {'is' if n == 1 else 'are'} about attempts."


def _twice(changes: list[tuple[datetime, datetime]]) -> str:
    """Only when the clocks go back does an hour come twice."""
    for before, after in changes:
        if after.replace(tzinfo=None) < before:
            names = [after.replace(fold=fold).tzname() for fold in (0, 1)]
            return (
                " In the hour that comes twice when the clocks go back, each time is marked "
                f"{names[0]} or {names[1]}."
            )
    return ""
