"""Numbers, moments and lists as people write them. Pure, and about nothing in particular."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Mon 23 Nov 2026 10:15:03`."""
    there = at.astimezone(zone)
    return f"{short_day(there.date())} {clock(there)}"


def clock(there: datetime) -> str:
    """`10:15:03`; `01:15:03 GMT` in the hour that comes twice when the clocks go back."""
    offsets = {there.replace(fold=fold).utcoffset() for fold in (0, 1)}
    name = f" {there.tzname()}" if len(offsets) > 1 else ""
    return f"{there:%H:%M:%S}{name}"


def long_day(day: date) -> str:
    """`Monday 23 November 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """`Mon 23 Nov 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def length(time: timedelta) -> str:
    """`1 hour 5 minutes`; under a minute in seconds."""
    seconds = round(time.total_seconds())
    if seconds < 60:
        return count(seconds, "second")
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [count(hours, "hour")] if hours else []
    if minutes:
        parts.append(count(minutes, "minute"))
    return " ".join(parts)


def count(number: int, noun: str) -> str:
    """`1 visit`, `2,000 visits`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, last = names or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def lower(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]
