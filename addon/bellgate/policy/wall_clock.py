"""Wall-clock time -> instant, by the zone's own rules. Pure: the zone is given."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def dates_in_words(first: date, last: date | None = None) -> str:
    """`27 November 2026`, `26 October 2026 to 30 October 2026`."""
    said = f"{first.day} {first:%B %Y}"
    return said if last is None or last == first else f"{said} to {dates_in_words(last)}"


def length_in_words(length: timedelta) -> str:
    """`1 hour`, `90 minutes`."""
    hours, rest = divmod(length, timedelta(hours=1))
    if hours and not rest:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    minutes, rest = divmod(length, timedelta(minutes=1))
    number, unit = (minutes, "minute") if not rest else (int(length.total_seconds()), "second")
    return f"{number} {unit}{'s' if number != 1 else ''}"


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a wall clock shows that time on that date.

    A time that the clock skips is the moment of the skip; of a time shown twice, the first. So the
    order of a day's times is kept on the nights of the clock change too.
    """
    offset = _offset_of(day, zone)
    if offset is not None:
        return datetime.combine(day, wall, UTC) - offset
    local = datetime.combine(day, wall.replace(fold=0), zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # Clocks change on whole seconds; with parts of one, halving would never come to an end.
    before = local.replace(microsecond=0, fold=1).astimezone(UTC)
    after = local.replace(microsecond=0, fold=0).astimezone(UTC) + timedelta(seconds=1)
    return change_between(before, after, zone)


def clock_of(day: date, zone: ZoneInfo) -> Callable[[time], datetime]:
    """`instant_of` for the times of one date: what a year has many of."""
    offset = _offset_of(day, zone)
    if offset is None:
        return lambda wall: instant_of(day, wall, zone)
    return lambda wall: datetime.combine(day, wall, UTC) - offset


@lru_cache(maxsize=16_384)
def _offset_of(day: date, zone: ZoneInfo) -> timedelta | None:
    """A zone's distance from UTC on a date; None on one on which its clocks change."""
    noon = time(12)
    offsets = {
        datetime.combine(day + timedelta(days=step), noon, zone).utcoffset() for step in (-1, 0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None


def change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which a zone's clocks change between two instants (whole seconds of UTC)."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
