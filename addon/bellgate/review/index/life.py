"""Signs of life -> the stretches in which they follow each other without silence. Pure.

A term has a hundred thousand heartbeats, and a few dozen stretches. Within one, no two signs are
further apart than `SILENCE`, the clock ran on, and nothing but the last sign is a stop.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bellgate.review.index.gathering import Sign, moment
from bellgate.review.visits.gaps import SILENCE, Gap, Step

_SILENCE: Final = SILENCE // timedelta(microseconds=1)
"""So long without a sign of life, in microseconds."""
_BREAKS: Final = frozenset({"started", "clock-stepped"})
"""What begins a stretch: before it, nobody knows what time it was."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the first sign to the last one (microseconds), and their numbers in a log."""

    log: int
    start: int
    end: int
    low: int
    high: int
    stops: int
    """1 where the last sign is that the gate was shut down normally."""


def stretches(signs: Iterable[Sign], log: int, before: Stretch | None) -> Iterator[Stretch]:
    """The signs as stretches, in order of their numbers. The first may be the one before, longer
    now."""
    now = before
    for sign in signs:
        stops = int(sign.action == "stopped")
        if (
            now is not None
            and not now.stops
            and sign.action not in _BREAKS
            and 0 <= sign.at - now.end <= _SILENCE
        ):
            now = replace(now, end=sign.at, high=sign.number, stops=stops)
            continue
        if now is not None:
            yield now
        now = Stretch(log, sign.at, sign.at, sign.number, sign.number, stops)
    if now is not None:
        yield now


def by_the_right_clock(
    found: Sequence[Stretch], steps: Iterable[Step], log_of: dict[str, int]
) -> Iterator[Stretch]:
    """The stretches that a wrong clock timed, as the clock that was put right would have."""
    for step in steps:
        by = step.by // timedelta(microseconds=1)
        for each in found:
            if each.log == log_of[step.log] and step.since <= each.low < step.number:
                yield replace(each, start=each.start + by, end=each.end + by)


def gaps_between(
    found: Iterable[Stretch], since: datetime, until: datetime, whole: tuple[int, int]
) -> list[Gap]:
    """When nothing gave a sign of life in [since, until), as `visits.gaps` says it of the signs.
    `whole` is that time in microseconds.

    Where a stop falls into another stretch, the gate was seen to be there: that is no gap.
    """
    first, last = whole
    gaps: list[Gap] = []
    seen, stopped = first, False
    for each in sorted(found, key=lambda s: (s.start, s.end)):
        if each.end < first or each.start >= last:
            continue
        start = max(each.start, first)
        if start > seen and (start - seen > _SILENCE or stopped):
            gaps.append(Gap(_at(seen, first, since), _at(start, first, since), stopped))
        if each.end >= seen:
            seen, stopped = each.end, bool(each.stops)
    if seen < last and (last - seen > _SILENCE or stopped):
        gaps.append(Gap(_at(seen, first, since), until, stopped))
    return gaps


def _at(microseconds: int, first: int, since: datetime) -> datetime:
    return since if microseconds == first else moment(microseconds)
