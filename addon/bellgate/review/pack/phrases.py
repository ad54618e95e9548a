"""Numbers, moments and lists as people write them. Pure, and about nothing in particular."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

# A line may end after a blank or a hyphen by itself. No hashes: they have room, and whoever copies
# one wants it whole.
_RUN: Final = re.compile(r"[^\s\u00a0-]+")
_HASH: Final = re.compile(r"(sha256:)?[0-9a-f]{64}")
_BREAK: Final = "\N{ZERO WIDTH SPACE}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Mon 23 Nov 2026 10:15:03`."""
    there = at.astimezone(zone)
    return f"{short_day(there.date())} {clock(there)}"


def at_moment(at: datetime, zone: ZoneInfo) -> str:
    """`at 10:15:03 on Mon 23 Nov 2026`: in a sentence."""
    there = at.astimezone(zone)
    return f"at {clock(there)} on {short_day(there.date())}"


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


def long_time(time: timedelta) -> str:
    """`47 minutes`, `2 hours 5 minutes`, `3 days`: of what may last for days."""
    minutes = round(time.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    return " ".join(count(n, noun) for n, noun in parts if n)


def count(number: int, noun: str) -> str:
    """`1 visit`, `2,000 visits`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def some_of(some: int, whole: int, noun: str) -> str:
    """`The one attempt`, `All 3 attempts`, `2 of the 3 attempts`: as a sentence begins."""
    if some == whole:
        return f"The one {noun}" if whole == 1 else f"All {count(whole, noun)}"
    return f"{some:,} of the {count(whole, noun)}"


def breakable(said: Any, longest: int) -> Any:
    """The same text, lists and tables with places to break what is longer than that many signs
    without one. Nobody sees them: a name must not run out of its column, over what stands beside.
    """
    match said:
        case str():
            return _RUN.sub(lambda m: _in_pieces(m[0], longest), said)
        case list():
            return [breakable(each, longest) for each in said]
        case dict():
            return {name: breakable(each, longest) for name, each in said.items()}
    return said


def _in_pieces(run: str, longest: int) -> str:
    """After a dot or a stroke where there is one: `www.` and `facebook.com`, not `co` and `m`."""
    if len(run) <= longest or _HASH.fullmatch(run):
        return run
    end = max(run.rfind(sign, 0, longest) for sign in "./@_") + 1 or longest
    return run[:end] + _BREAK + _in_pieces(run[end:], longest)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *rest, last = names or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def lower(sentence: str) -> str:
    """A sentence that goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]
