"""A time as people say it -> the hint that says how the files write it: `2pm` is 14:00.

No time is ever taken so: whoever wrote it decides.
"""

import re
from datetime import time

_AS_PEOPLE_SAY = re.compile(r"([0-9]{1,2})(?:[.:]([0-9]{2}))? *(am|pm|a\.m\.|p\.m\.)?")
_HOURS = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[.:](?P<minute>[0-9]{2}))?\s*(?P<half>am|pm)?\s*(?:-|–|to)\s*"
    r"(?P<last_hour>[0-9]{1,2})(?:[.:](?P<last_minute>[0-9]{2}))?\s*(?P<last_half>am|pm)?"
)
_WITHOUT_COLON = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])()")


def time_hint(text: str) -> str | None:
    """How the files have `2pm`, `2.30 pm`, `14.30` or `1430`; None where it is none of these."""
    said = _time(text)
    if said is None:
        return None
    if is_night(said) and _is_short(text):
        by_day = in_the_afternoon(said)
        return f"for the afternoon write {by_day:%H:%M}; for the night, {said:%H:%M}"
    return f"{text} is written {said:%H:%M}"


def hours_hint(first: str, last: str) -> str | None:
    """The same of hours: `9am-3pm`, `1-3.15pm`, `13.00-15.15`; None where either end is unclear."""
    half = last.lower()[-2:] if last.lower().endswith(("am", "pm")) else ""
    start, end = _time(first) or (_time(first, half) if half else None), _time(last)
    if start is not None and end is not None and start > end and not _time(first):
        start = _time(first, "am")  # 9-3pm
    if start is None or end is None:
        return None
    if is_night(start) and _is_short(first) and _is_short(last):
        by_day = f"{in_the_afternoon(start):%H:%M}-{in_the_afternoon(end):%H:%M}"
        return f"for the afternoon write {by_day}; for the night, {start:%H:%M}-{end:%H:%M}"
    return f"{first}-{last} is written {start:%H:%M}-{end:%H:%M}"


def hours_written(text: str) -> str | None:
    """`10-11` as `10:00-11:00`, and all that `hours_hint` knows; None where it is no hours. What is
    early without am is taken for the afternoon: it is what a hint shows."""
    found = _HOURS.fullmatch(text.strip().lower())
    if found is None:
        return None
    half, last_half = found["half"] or found["last_half"], found["last_half"]
    start = _by_day(found["hour"], found["minute"], half)
    end = _by_day(found["last_hour"], found["last_minute"], last_half)
    if start is None or end is None or end <= start:
        return None
    return f"{start:%H:%M}-{end:%H:%M}"


def _by_day(hour: str, minute: str | None, half: str | None) -> time | None:
    said = _time(f"{hour}:{minute or '00'}", half or "")
    return in_the_afternoon(said) if said and not half and said < time(7) else said


def _time(text: str, half: str = "") -> time | None:
    """A time as people say it; `half` is `am` or `pm`, where something else says it."""
    found = _AS_PEOPLE_SAY.fullmatch(text.lower()) or _WITHOUT_COLON.fullmatch(text)
    half = (found[3] or half) if found else ""
    if found is None or not (found[2] or half):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _is_short(text: str) -> bool:
    """Whether an hour has one digit, and neither am nor pm."""
    return re.fullmatch(r"[0-9][:.][0-9]{2}", text) is not None


def is_night(moment: time) -> bool:
    """Hours that nobody is in school, and that read like those of the afternoon without 12 more."""
    return time(1) <= moment < time(6)


def in_the_afternoon(moment: time) -> time:
    """`15:30` of `3:30`; what is of the afternoon already stays."""
    return moment.replace(hour=moment.hour + 12) if moment.hour < 12 else moment
