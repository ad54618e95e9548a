"""Days and moments as British people write them, in the school's zone."""

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.policy.wall_clock import WEEKDAYS, dates_in_words
from bellgate.review.pack.phrases import long_day

_ISO_DAY: Final = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")


class DaysNotUnderstood(Exception):
    """The days in an address mean nothing, as the text says. `fields` are those that the form has,
    `wrong` the one with the mistake: nothing is shown, lest it be taken for what was asked for."""

    def __init__(self, said: str, wrong: str, *fields: str) -> None:
        super().__init__(said)
        self.wrong, self.fields = wrong, fields or (wrong,)


def short_day(day: date) -> str:
    """`Mon 23 Nov`."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {day:%b}"


def british(text: str) -> str:
    """A text with each day in it as people write it: `1 September 2026`, not `2026-09-01`. A day
    in the name of a file is a part of that name."""
    return _ISO_DAY.sub(_day_in_words, text)


def _day_in_words(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return dates_in_words(day)


def said_from_to(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """`from 10:04 to 10:52 on Tuesday 17 November 2026`."""
    there = start.astimezone(zone)
    same = there.date() == end.astimezone(zone).date()
    return f"from {f'{there:%H:%M}' if same else said_at(start, zone)} to {said_at(end, zone)}"


def said_at(moment: datetime, zone: ZoneInfo) -> str:
    """`10:15 on Monday 23 November 2026`; GMT or BST is named in the hour that comes twice."""
    there = moment.astimezone(zone)
    twice = there.utcoffset() != (there + timedelta(hours=1)).utcoffset() or (
        there.utcoffset() != (there - timedelta(hours=1)).utcoffset()
    )
    named = f" {there:%Z}" if twice else ""
    return f"{there:%H:%M}{named} on {long_day(there.date())}"
