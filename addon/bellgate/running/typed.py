"""What people type for a day, a time, a moment or a length, read as a British reader means it.

`23/11/2026`, `23 Nov`, `Monday`, `last Tuesday`, `tomorrow`; `11:30`, `2.30pm`, `noon`; `Friday
15:00`; `30 minutes`, `1h30`, `half an hour`; `session`, `lesson`. Pure: now is an argument. For
commands and pages alike, each of which says in its own words what it did not understand.
"""

import re
from calendar import isleap
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.policy.decide import Policy
from bellgate.policy.timetable import Timetable
from bellgate.policy.wall_clock import WEEKDAYS, instant_of
from bellgate.policy.who import Group
from bellgate.review.pack.phrases import long_day
from bellgate.schedules.problem import Unclear
from bellgate.schedules.scalars import duration

NEAR: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?::(\d{2}))?)?\s*(am|pm)?")
_NOON: Final = re.compile(r"\b(?:12 ?)?(?:noon|midday)\b")
_HOURS: Final = r"(?P<hours>\d{1,3}) *(?:h|hrs?|hours?)"
_MINUTES: Final = r"(?P<minutes>\d{1,4}) *(?:m|mins?|minutes?)"
_LENGTHS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        _HOURS,
        _MINUTES,
        rf"{_HOURS} *(?:and *)?{_MINUTES}",
        r"(?P<hours>\d{1,2})h(?P<minutes>\d{2})",
        r"(?P<days>\d{1,3}) *(?:d|days?)",
        r"(?P<weeks>\d{1,2}) *(?:w|weeks?)",
    )
)
_SAID: Final = {
    "an hour": timedelta(hours=1),
    "half an hour": timedelta(minutes=30),
    "quarter of an hour": timedelta(minutes=15),
}
_PERIODS: Final = {
    "session": "session",
    "end of session": "session",
    "the end of the session": "session",
    "lesson": "lesson",
}
_YEARS: Final = (2000, 2199)
"""The first and the last year that somebody may mean: nothing overflows further on."""
HALF_A_YEAR: Final = timedelta(days=183)
"""Farther away than that, a date without a year is the one on the other side of today."""
_DAY_WORDS: Final = "23/11/2026, 23 Nov, Monday or last Tuesday"


class NotUnderstood(ValueError):
    """What was typed means nothing here; the text says what would."""


def day_back(text: str, today: date) -> date:
    """A day that has been, or is today; a weekday is the last one that was. A day of this month
    that is still to come is this year's.

    Raises NotUnderstood.
    """
    return _within(_day(text, today, back=True), text)


def last_day_back(text: str, today: date, first: date | None) -> date:
    """The last of some days that have been, from `first` on. It is not before that if it can be
    read otherwise: on a Wednesday, Monday to Friday is still this week. Raises NotUnderstood."""
    return _not_before(first, day_back(text, today), text, today)


def day_near(text: str, today: date) -> date:
    """A day that has been or is to come; of a date without a year, the nearer of the two. Raises
    NotUnderstood."""
    back, ahead = day_back(text, today), day_ahead(text, today)
    return ahead if today - back > HALF_A_YEAR > ahead - today else back


def last_day_near(text: str, today: date, first: date | None) -> date:
    """The last of some days that have been or are to come, as `last_day_back`. Raises
    NotUnderstood."""
    return _not_before(first, day_near(text, today), text, today)


def day_ahead(text: str, today: date) -> date:
    """Today or a day to come; a weekday is the next one, or today. Raises NotUnderstood."""
    return _within(_day(text, today, back=False), text)


def wall_clock(text: str) -> time | None:
    """`11:30`, `9am`, `2.30pm`; None where it is no time. `24:00` is none: write the next day."""
    found = _CLOCK.fullmatch(_NOON.sub("12:00", text.lower()))
    if found is None or (found[2] is None and found[4] is None):
        return None
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4] == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A time of today, or of a day that is named; a weekday is the next one. Raises NotUnderstood,
    also for a day without a time."""
    today = now.astimezone(zone).date()
    words = _NOON.sub("12:00", " ".join(re.sub(r"(?<=\d)T(?=\d)", " ", text).lower().split()))
    day_words, _, clock_words = words.rpartition(" ")
    if clock_words in ("am", "pm"):
        day_words, _, before = day_words.rpartition(" ")
        clock_words = before + clock_words
    wall = wall_clock(clock_words)
    if wall is None:
        raise NotUnderstood(f"“{text}” is not a time: write 11:30, Friday 15:00 or 30 minutes")
    return instant_of(day_ahead(day_words, today) if day_words else today, wall, zone)


def length(text: str) -> timedelta | None:
    """`30m`, `1 hour`, `1h30`, `half an hour`, and as the files have it, `45 minutes`; None where
    it is no length. A length of nothing is none."""
    said = text.strip().lower().rstrip(".")
    for pattern in _LENGTHS:
        if found := pattern.fullmatch(said):
            return timedelta(**{unit: int(n) for unit, n in found.groupdict("0").items()})
    if said in _SAID:
        return _SAID[said]
    try:
        return duration(said).delta
    except (Unclear, OverflowError, KeyError):
        return None


def moment_ahead(text: str, policy: Policy, who: str, start: datetime) -> datetime:
    """Until when something lasts from `start` on: a moment, a length, or what is on then for a
    group, a device or everyone. Raises NotUnderstood."""
    words = " ".join(text.lower().split())
    if not words:
        raise NotUnderstood("Say until when: for example 11:30, 30 minutes or session")
    if words in _PERIODS:
        return _end_of_period(_PERIODS[words], policy, who, start)
    if (long := length(words)) is not None:
        return start + long
    return moment(text, policy.year.zone, start)


def _not_before(first: date | None, found: date, text: str, today: date) -> date:
    """The last of some days: as it was found, or the next such day after the first if the one that
    was found is before that. One that is too far away for that is left: then it is a mistake."""
    if first is None or found >= first or text.strip().lower() in NEAR:
        return found
    ahead = day_ahead(text, first)
    return ahead if ahead - max(first, today) < HALF_A_YEAR else found


def _within(day: date, text: str) -> date:
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise NotUnderstood(f"“{text}” is too far away: write {_DAY_WORDS}")
    return day


def _day(text: str, today: date, *, back: bool) -> date:
    words = " ".join(text.lower().replace(",", " ").split())
    if words in NEAR:
        return today + timedelta(days=NEAR[words])
    named = _weekday(words, today, back=back)
    if named is not None:
        return named
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        try:
            return date.fromisoformat(words)
        except ValueError:
            raise NotUnderstood(f"There is no day {text}") from None
    found, has_year = _dated(words, today) if re.search(r"\d", words) else (None, False)
    if found is None:
        raise NotUnderstood(f"“{text}” is not a day: write {_DAY_WORDS}")
    # Without a year, the nearest such day on the side that is meant.
    if not has_year and back and found > today and found.month != today.month:
        return _in_another_year(found, -1)
    if not has_year and not back and found < today:
        return _in_another_year(found, 1)
    return found


def _in_another_year(day: date, step: int) -> date:
    """The next such day before (-1) or after (1): 29 February is not in every year."""
    year = day.year + step
    while (day.month, day.day) == (2, 29) and not isleap(year):
        year += step
    return day.replace(year=year)


def _weekday(words: str, today: date, *, back: bool) -> date | None:
    last, word = words.startswith("last "), words.removeprefix("last ").removeprefix("next ")
    if len(word) < 3:
        return None
    for number, name in enumerate(WEEKDAYS):
        if name.lower().startswith(word):
            ahead = (number - today.weekday()) % 7
            behind = last or (back and ahead > 0)
            return today + timedelta(days=ahead - 7 if behind else ahead)
    return None


def _dated(words: str, today: date) -> tuple[date | None, bool]:
    """The date, and whether its year was written; none where no day of a month was: `32 October`
    would be October 2032."""
    # Imported here: most of what is typed at a command is simpler.
    from dateutil.parser import ParserError, parse

    # What was not written is filled in, and so differs between the two.
    other = date(today.year - 4, today.month, 1 if today.day > 1 else 2)
    try:
        found, again = (
            parse(words, dayfirst=True, default=datetime.combine(each, time(), UTC)).date()
            for each in (today, other)
        )
    except (ParserError, OverflowError):
        return None, False
    return (found if found.day == again.day else None), found.year == again.year


def _end_of_period(what: str, policy: Policy, who: str, start: datetime) -> datetime:
    """The end of what is on; for several groups, of the one that lasts longest."""
    ends = [
        end
        for group in _groups_of(policy, who)
        if (end := _end_for(what, policy.timetable(group), start)) is not None
    ]
    if not ends:
        there = start.astimezone(policy.year.zone)
        at = f"{there:%H:%M} on {long_day(there.date())}"
        raise NotUnderstood(f"There is no {what} at {at}: give a time instead, such as 11:30")
    return max(ends)


def _end_for(what: str, table: Timetable, start: datetime) -> datetime | None:
    span, pause = table.session_at(start), table.break_at(start)
    if span is None or (what == "lesson" and pause is not None):
        return None
    breaks = (b.start for b in table.breaks if start < b.start < span.end)
    return min((span.end, *breaks)) if what == "lesson" else span.end


def _groups_of(policy: Policy, who: str) -> Iterable[Group]:
    if who in policy.groups:
        return [policy.groups[who]]
    device = next((d for d in policy.directory.devices if d.name == who), None)
    return policy.groups.values() if device is None else [policy.groups[device.group]]
