"""The words of a rule's `when` -> the times that they stand for.

A form a function, tried in turn; whatever is none of them is the name of a session or break.
"""

import re
from datetime import time
from typing import Literal

from bellgate.policy.when import Always, Between, Dates, Named, Period, Weekly, When
from bellgate.schedules import scalars
from bellgate.schedules.dates_meant import date_hint, range_hint, written
from bellgate.schedules.problem import Unclear, quoted
from bellgate.schedules.rule_words import Vocabulary, near
from bellgate.schedules.times_meant import hours_written
from bellgate.schedules.weeks_meant import between_hint, hours_in, weeks_hint

ALWAYS = "always"
PERIODS: tuple[Literal["school day", "sessions", "lessons", "breaks", "lunch"], ...] = (
    "school day",
    "sessions",
    "lessons",
    "breaks",
    "lunch",
)
TIME_WORDS = (ALWAYS, *PERIODS)
TAKEN = tuple(word for word in TIME_WORDS if word != "lunch")
"""Words that no session or break can be called. A break called lunch is lunch."""

_EVERY_DAY = frozenset(range(7))
_DATES = re.compile(r"(?P<dates>[0-9]{4}-\S+(?:\s+to\s+[0-9]{4}-\S+)?)(?:\s+(?P<hours>.+))?")
_BETWEEN = re.compile(
    r"(?P<what>.*?\S)\s+(?:"
    r"from\s+(?P<first>[0-9]{4}-\S+)(?:\s+(?:until|to)\s+(?P<last>[0-9]{4}-\S+))?"
    r"|until\s+(?P<end>[0-9]{4}-\S+))"
)
_HOURS = re.compile(r"[0-9]{1,2}\s*(?:[:.].*|[ap]\.?m\b.*|-.*[ap]\.?m\.?)", re.IGNORECASE)
_WITH_HOURS = re.compile(
    r"(?P<dates>.+?),?\s+(?:from\s+)?"
    r"(?P<hours>[0-9]{1,2}(?:[:.][0-9]{2})?\s*(?:[ap]m)?\s*(?:-|–|to)\s*[0-9]{1,2}(?![-/0-9]).*)",
    re.IGNORECASE,
)
_WEEKLY = re.compile(
    r"(?P<any>any\s+)?(?P<days>[A-Za-z](?:.*?[A-Za-z])?)\s+(?P<hours>[0-9].*)", re.IGNORECASE
)


def when_of(word: str) -> When | Unclear:
    """The time that a word of `when` stands for; a name that is not known is a session's."""
    if word == ALWAYS:
        return Always()
    for period in PERIODS:
        if word == period:
            return Period(period)
    try:
        return (
            _between(word)
            or _dates(word)
            or _every_school_day(word)
            or _weekly(word)
            or Named(word)
        )
    except Unclear as unclear:
        return unclear


def _dates(word: str) -> Dates | None:
    """`2026-11-25`, `2026-11-25 10:00-11:00`, `2026-11-25 to 2026-11-27`."""
    found = _DATES.fullmatch(word)
    if found is None:
        return None
    days = scalars.date_range(found["dates"])
    if found["hours"] is None:
        return Dates(days.first, days.last, word)
    hours = _hours(found["hours"], found["dates"])
    return Dates(days.first, days.last, word, hours.first, hours.last)


def _between(word: str) -> Between | None:
    """`Monday 15:45-16:45 from 2027-01-11`, `lunch until 2027-03-24`, or both."""
    found = _BETWEEN.fullmatch(word)
    if found is None:
        return None
    first = scalars.calendar_date(found["first"]) if found["first"] else None
    end = found["last"] or found["end"]
    last = scalars.calendar_date(end) if end else None
    if first and last and last < first:
        raise Unclear(
            f"ends before it starts ({first} to {last})", f"did you mean from {last} until {first}?"
        )
    when = when_of(found["what"])
    if isinstance(when, Unclear):
        raise _with_its_dates(when, found)
    if isinstance(when, Dates | Between):
        right = f"write one range: {first or when.first} to {last or when.last}"
        raise Unclear(f"has {quoted(word)}, with dates twice", right)
    return Between(when, first, last, word)


def _with_its_dates(unclear: Unclear, between: re.Match[str]) -> Unclear:
    """What would be right, with the dates that stood there."""
    hint, dates = unclear.hint, between[0].removeprefix(between["what"])
    if hint and hint.startswith("write it as "):
        hint += dates
    return Unclear(unclear.message, hint)


def _every_school_day(word: str) -> Weekly | None:
    """`20:00-06:00`: on each day that the group is in school."""
    if _HOURS.fullmatch(word) is None:
        return None
    hours = _hours(word)
    return Weekly(_EVERY_DAY, hours.first, hours.last, word)


def _weekly(word: str) -> Weekly | None:
    """`Mon-Fri 09:00-15:00`; `any Mon-Fri 07:45-17:30`, `any day 16:00-18:00`."""
    found = _WEEKLY.fullmatch(word)
    if found is None:
        return None
    any_day = found["any"] is not None
    days = _EVERY_DAY if any_day and found["days"] == "day" else scalars.weekdays(found["days"])
    if days is None:
        several = [part.strip() for part in re.split(r",|&|\band\b", found["days"])]
        hint = scalars.nearest_weekday(found["days"])
        if found["days"].lower() in ("every day", "daily", "each day"):
            on = found["hours"]
            hint = f"write {on} for each day of school, or any day {on} for the holidays too"
        if len(several) > 1 and all(scalars.weekdays(part) for part in several):
            each = ", ".join(f"{part} {found['hours']}" for part in several)
            hint = f"write each in brackets: [{each}]"
        raise Unclear(f"has {quoted(found['days'])}, which is not a day of the week", hint)
    before = f"any {found['days']}" if any_day else found["days"]
    hours = _hours(found["hours"], before)
    return Weekly(days, hours.first, hours.last, word, any_day)


def _hours(text: str, before: str = "") -> scalars.Range[time]:
    """Hours after a day's name: what would be right is said with that name."""
    try:
        return scalars.hours(text)
    except Unclear as unclear:
        right = f"{before} {hours_in(text) or hours_written(text) or '09:00-15:00'}".strip()
        named = unclear.hint or ""
        hint = f"write it as {right}"
        if (
            named.startswith(("the whole day", "for the afternoon"))
            or " is a" in named
            or " is written " in named
        ):
            hint = named.replace("08:50-12:00", right)
        raise Unclear(unclear.message, hint) from None


def _date_meant(word: str) -> str | None:
    """The hint for a date as people write it, with its hours or without."""
    if _DATES.fullmatch(word):
        return None
    found = _WITH_HOURS.fullmatch(word)
    if found is None:
        return range_hint(word) or date_hint(word)
    hours = hours_written(found["hours"]) or "09:00-15:00"
    if right := written(found["dates"]):
        return f"write it as {right} {hours}"
    hint = range_hint(word) or date_hint(found["dates"])
    return f"{hint} {hours}" if hint and hint.startswith("write the year too") else hint


def when_problem(word: str, known: Vocabulary) -> Unclear | None:
    """What is wrong with a word of `when`, if anything."""
    found = when_of(word)
    without = word.removeprefix("every ")
    if without != word and not isinstance(when_of(without), Unclear | Named):
        return Unclear(f"has {quoted(word)}, with a word too many", f"write it as {without}")
    between = _BETWEEN.fullmatch(word)
    if between is not None and isinstance(found, Between):
        wrong = when_problem(between["what"], known)
        return _with_its_dates(wrong, between) if wrong else None
    if between is not None and isinstance(found, Unclear):
        return found
    if isinstance(found, Unclear | Named) and (right := weeks_hint(word) or between_hint(word)):
        return Unclear(f"has {quoted(word)}, a time and dates in one", right)
    if isinstance(found, Unclear | Named) and (right := _date_meant(word)):
        return Unclear(f"has {quoted(word)}, which is not a date", right)
    if isinstance(found, Unclear):
        return found
    if not isinstance(found, Named) or known.times is None or word in known.times:
        return None
    if scalars.weekdays(word) is not None or word.lower().startswith("any "):
        return Unclear(f"has {quoted(word)} without hours", f"write it as {word} 09:00-15:00")
    if word[0].isdigit():
        hint = "write dates as 2026-11-25, and hours as 09:00-15:00"
        return Unclear(f"has {quoted(word)}, which is neither a date nor hours", hint)
    first, _, rest = word.partition(" ")
    if rest and scalars.weekdays(first) is not None:
        hint = (
            f"{rest} cannot have a day beside it; for {first} only, write the hours: {first} "
            "12:00-13:00"
        )
        return Unclear(f"has {quoted(word)}, which is not a session or break", hint)
    valid = (*TIME_WORDS, *sorted(known.times))
    return Unclear(f"has {quoted(word)}, which is not a session or break", near(word, valid))
