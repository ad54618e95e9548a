"""What people type for a moment, read by the school's clock."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from bellgate.policy.wall_clock import WEEKDAYS, instant_of
from bellgate.running.machine_time import machine_now

_HALVES = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)")
_HOURS = r"(?P<hours>\d{1,3}) *(?:h|hrs?|hours?)"
_MINUTES = r"(?P<minutes>\d{1,4}) *(?:m|mins?|minutes?)"
_LENGTHS = tuple(
    re.compile(pattern)
    for pattern in (
        _HOURS,
        _MINUTES,
        rf"{_HOURS} *(?:and *)?{_MINUTES}",
        r"(?P<hours>\d{1,2})h(?P<minutes>\d{2})",
    )
)
_SAID = {
    "an hour": timedelta(hours=1),
    "half an hour": timedelta(minutes=30),
    "quarter of an hour": timedelta(minutes=15),
}
_FORMS = '"2026-11-23 10:15", "10:15", "Tue 10:15" or "tomorrow 9am"'
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_OTHER = {False: "tomorrow", True: "yesterday"}

MIDNIGHT = time()


def from_record(timestamp: str) -> datetime:
    """A record's `@timestamp` as an instant."""
    return datetime.fromisoformat(timestamp)


def moment(text: str | None, zone: ZoneInfo, at: datetime | None = None) -> datetime:
    """The instant that a text means, in UTC; now, where there is none.

    `at` stands for now where another clock is meant than the machine's.
    """
    at = at or machine_now()
    if text is None:
        return at
    today = at.astimezone(zone).date()
    day_text, _, time_text = re.sub(r"(?<=\d)T(?=\d)", " ", text.strip()).rpartition(" ")
    try:
        day = _day(day_text.strip(), today) if day_text else today
        return instant_of(day, _time(time_text), zone)
    except ValueError:
        raise click.BadParameter(f'"{text}" is not a moment: write {_FORMS}') from None


def length(text: str) -> timedelta | None:
    """`30m`, `1 hour`, `1h30`, `half an hour`: a length as people write it, or None."""
    said = text.strip().lower().rstrip(".")
    for pattern in _LENGTHS:
        if found := pattern.fullmatch(said):
            parts = found.groupdict(default="0")
            return timedelta(hours=int(parts.get("hours", 0)), minutes=int(parts.get("minutes", 0)))
    return _SAID.get(said)


def day(text: str | None, zone: ZoneInfo) -> date:
    """The date that a text means; today, where there is none. The name of a day is the next one."""
    today = machine_now().astimezone(zone).date()
    return today if text is None else _named(text, today)


def days_back(
    first: str | None, last: str | None, zone: ZoneInfo, at: datetime | None = None
) -> tuple[date | None, date | None]:
    """The first and the last day that somebody asks a log about. The name of a day is the last one
    that was, or is today; on a Wednesday, Monday to Friday is still this week."""
    today = (at or machine_now()).astimezone(zone).date()
    start = _named(first, today, back=True) if first is not None else None
    end = _named(last, today, back=True) if last is not None else None
    if start and end and last and end < start:
        if last.strip().lower() not in _NEAR:
            end = _named(last, start)
        if end < start:
            raise click.BadParameter(f"{end} is before {start}", param_hint="--to")
    return start, end


def _named(text: str, today: date, *, back: bool = False) -> date:
    try:
        return _day(text.strip(), today, back=back)
    except ValueError:
        raise click.BadParameter(
            f'"{text}" is not a date: write "2026-11-23", "Tue" or "{_OTHER[back]}"'
        ) from None


def _time(text: str) -> time:
    """`10:15`, `9:05`, `09:00:30`, `9am`, `2.30pm`."""
    half = _HALVES.fullmatch(text.lower())
    if half is None:
        return time.fromisoformat(text.zfill(5))
    hour, minute = int(half[1]), int(half[2] or 0)
    if not 1 <= hour <= 12:
        raise ValueError(text)
    return time(hour % 12 + (12 if half[3] == "pm" else 0), minute)


def _day(text: str, today: date, *, back: bool = False) -> date:
    lower = text.lower()
    if lower in _NEAR:
        return today + timedelta(days=_NEAR[lower])
    if len(lower) >= 3:
        for number, name in enumerate(WEEKDAYS):
            if name.lower().startswith(lower):
                ahead = (number - today.weekday()) % 7
                return today + timedelta(days=ahead - 7 if back and ahead else ahead)
    return date.fromisoformat(text)
