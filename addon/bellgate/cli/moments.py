"""What people type for a moment at a command: read by `running/typed.py`, refused in a command's
words."""

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import click

from bellgate.machine_time import machine_now
from bellgate.running import typed
from bellgate.running.typed import NotUnderstood

_FORMS = '"2026-11-23 10:15", "10:15", "Tue 10:15" or "tomorrow 9am"'

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
    try:
        return typed.moment(text, zone, at)
    except NotUnderstood:
        raise click.BadParameter(f'"{text}" is not a moment: write {_FORMS}') from None


def day(text: str | None, zone: ZoneInfo) -> date:
    """The date that a text means; today, where there is none. The name of a day is the next one."""
    today = machine_now().astimezone(zone).date()
    if text is None:
        return today
    return _read(text, lambda text: typed.day_ahead(text, today), "tomorrow")


def days_back(
    first: str | None, last: str | None, zone: ZoneInfo, at: datetime | None = None
) -> tuple[date | None, date | None]:
    """The first and the last day that somebody asks a log about. The name of a day is the last one
    that was, or is today; on a Wednesday, Monday to Friday is still this week."""
    today = (at or machine_now()).astimezone(zone).date()
    start = _read(first, lambda text: typed.day_back(text, today)) if first is not None else None
    end = (
        _read(last, lambda text: typed.last_day_back(text, today, start))
        if last is not None
        else None
    )
    if start and end and end < start:
        raise click.BadParameter(f"{end} is before {start}", param_hint="--to")
    return start, end


def _read(text: str, meant: Callable[[str], date], other: str = "yesterday") -> date:
    try:
        return meant(text)
    except NotUnderstood:
        raise click.BadParameter(
            f'"{text}" is not a date: write "2026-11-23", "23 Nov", "Tue" or "{other}"'
        ) from None
