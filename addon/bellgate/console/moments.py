"""What people type for a day or a moment on a page, read as a British reader means it.

`23/11/2026`, `23 Nov`, `Monday`, `last Tuesday`, `yesterday`; `11:30`, `2.30pm`, `30 minutes`,
`1 hour`, `end of session`, `Friday 15:00`.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dateutil.parser import ParserError, parse

from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS, instant_of

_NEAR: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
_LONG: Final = re.compile(r"(\d{1,3})\s*(m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|weeks?)")
_UNIT: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SESSION: Final = frozenset({"session", "end of session", "the end of the session", "lesson"})
_YEARS: Final = (2000, 2199)
"""The first and the last year that somebody may mean."""
_DAY_WORDS: Final = "23/11/2026, 23 Nov, Monday or last Tuesday"


class NotUnderstood(ValueError):
    """What was typed means nothing here; the text says what would."""


def day_back(text: str, today: date) -> date:
    """A day that has been, or is today; a weekday is the last one that was.

    Raises NotUnderstood.
    """
    return _within(_day(text, today, back=True), text)


def moment_ahead(text: str, policy: Policy, who: str, now: datetime) -> datetime:
    """A moment from now on: a time of today, of another day, a length, or the session's end.

    Raises NotUnderstood.
    """
    words, zone = " ".join(text.lower().split()), policy.year.zone
    if not words:
        raise NotUnderstood("Say until when, like 11:30, 30 minutes or session")
    if words in _SESSION:
        return _end_of_session(policy, who, now)
    if long := _LONG.fullmatch(words):
        return now + timedelta(**{_UNIT[long[2][0]]: int(long[1])})
    today = now.astimezone(zone).date()
    day_words, _, clock_words = words.rpartition(" ")
    if clock_words in ("am", "pm"):
        day_words, _, before = day_words.rpartition(" ")
        clock_words = before + clock_words
    wall = wall_clock(clock_words)
    if wall is None:
        raise NotUnderstood(f"“{text}” is not a time: write 11:30, Friday 15:00 or 30 minutes")
    day = _within(_day(day_words, today, back=False), text) if day_words else today
    return instant_of(day, wall, zone)


def _within(day: date, text: str) -> date:
    """The years that the record can be about: nothing overflows further on."""
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise NotUnderstood(f"“{text}” is too far away: write {_DAY_WORDS}")
    return day


def day_ahead(text: str, today: date) -> date:
    """Today or a day to come; a weekday is the next one, or today. Raises NotUnderstood."""
    return _within(_day(text, today, back=False), text)


def wall_clock(text: str) -> time | None:
    """`11:30`, `9am`, `2.30pm`; None where it is no time. `24:00` is none: write the next day."""
    found = _CLOCK.fullmatch(text)
    if found is None or (found[2] is None and found[3] is None):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(text: str, today: date, *, back: bool) -> date:
    words = " ".join(text.lower().replace(",", " ").split())
    if words in _NEAR:
        return today + timedelta(days=_NEAR[words])
    last, word = words.startswith("last "), words.removeprefix("last ").removeprefix("next ")
    if len(word) >= 3:
        for number, name in enumerate(WEEKDAYS):
            if name.lower().startswith(word):
                ahead = (number - today.weekday()) % 7
                if last:
                    return today + timedelta(days=ahead - 7)
                return today + timedelta(days=ahead - 7 if back and ahead else ahead)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        try:
            return date.fromisoformat(words)
        except ValueError:
            raise NotUnderstood(f"There is no day {text}") from None
    if not re.search(r"\d", words):
        raise NotUnderstood(f"“{text}” is not a day: write {_DAY_WORDS}")
    try:
        found: date = parse(
            words, dayfirst=True, default=datetime.combine(today, time(), UTC)
        ).date()
    except (ParserError, OverflowError):
        raise NotUnderstood(f"“{text}” is not a day: write {_DAY_WORDS}") from None
    # Without a year, the nearest such day on the side that is meant.
    if not re.search(r"\d{4}|\d[/.-]\d+[/.-]\d", words):
        if back and found > today:
            found = found.replace(year=found.year - 1)
        elif not back and found < today:
            found = found.replace(year=found.year + 1)
    return found


def _end_of_session(policy: Policy, who: str, now: datetime) -> datetime:
    """The end of the session that is on; for several groups, of the one that lasts longest."""
    groups = [policy.groups[who]] if who in policy.groups else list(policy.groups.values())
    spans = [policy.timetable(group).session_at(now) for group in groups]
    ends = [span.end for span in spans if span is not None]
    if not ends:
        raise NotUnderstood("No session is on at that time: give a time instead, like 11:30")
    return max(ends)
