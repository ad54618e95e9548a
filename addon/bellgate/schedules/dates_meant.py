"""A date as people write it -> the hint that says how the files write it.

Day first, as in Britain; month first only where it can be nothing else. No date is ever taken so:
whoever wrote it decides.
"""

import re
from calendar import month_name, monthrange
from datetime import date

from bellgate.policy.wall_clock import dates_in_words

_MONTHS = {name.lower(): number for number, name in enumerate(month_name) if name}
_NAMED = "(?P<month>" + "|".join(rf"{m[:3]}(?:{m[3:]})?" for m in _MONTHS) + r"|sept)\.?"
"""A month by its name, short or long."""
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>20\d\d)"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>20\d\d)[-/. ](?P<month>\d{1,2})[-/. ](?P<day>\d{1,2})",
        r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>(?:20)?\d\d)",
        rf"{_WEEKDAY}{_DAY}(?:\s+of)?[\s-]+{_NAMED}(?:,?[\s-]+{_YEAR})?",
        rf"{_WEEKDAY}{_NAMED}\s+{_DAY}(?:,?\s+{_YEAR})?",
        r"(?P<day>\d{1,2})[/.](?P<month>\d{1,2})\.?(?P<year>)",
    )
)
_RANGE = re.compile(
    r"\s+(?:to|until|till|through|and|[-–—−])\s+|\s*[–—]\s*|(?<=[/.]\d\d)-|(?<=[/.]\d{4})-"
)
_SAME_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:to|until|[-–—])\s*({_DAY}\s+.*)")


def date_hint(text: str) -> str | None:
    """What one date that the files do not take is written as; None where it is no date at all."""
    found = _parts(text)
    if found is None:
        return None
    year, month, day = found
    if year is None:
        return f"write the year too, such as 2026-{month:02}-{day:02}" if month < 13 else None
    if month > 12 and day < 13:
        right = date(year, day, month) if month <= monthrange(year, day)[1] else None
        written = f": {dates_in_words(right)} is written {right}" if right else ""
        return f"there is no month {month}{written}"
    if month > 12:
        return f"there is no month {month}"
    if not month or not day:
        return None
    if day > monthrange(year, month)[1]:
        return f"{month_name[month]} {year} has {monthrange(year, month)[1]} days"
    right = date(year, month, day)
    return f"{'with the day first, ' if _is_day_first(text) else ''}{text} is written {right}"


def range_hint(text: str) -> str | None:
    """The same of two dates with something between them."""
    right = written(text)
    return f"write it as {right}" if right and " to " in right else None


def written(text: str) -> str | None:
    """One date or two, as the files have them; None where it is neither."""
    same = _SAME_MONTH.fullmatch(text.strip())
    ends = _RANGE.split(text.strip())
    if same:
        last = same[2]
        ends = [re.sub(r"^\d{1,2}(?:st|nd|rd|th)?", same[1], last), last]
    dates = [str(right) for end in ends if (right := _date(end))]
    return " to ".join(dates) if len(dates) == len(ends) <= 2 else None


def _date(text: str) -> date | None:
    found = _parts(text)
    try:
        return date(found[0], found[1], found[2]) if found and found[0] else None
    except ValueError:
        return None


def _parts(text: str) -> tuple[int | None, int, int] | None:
    """Year, month and day, as they stand there."""
    said = " ".join(text.casefold().split())
    found = next((match for form in _FORMS if (match := form.fullmatch(said))), None)
    if found is None:
        return None
    month = found["month"]
    number = int(month) if month.isdecimal() else _number_of(month)
    year = int(found["year"]) if found["year"] else None
    return (year + 2000 if year is not None and year < 100 else year), number, int(found["day"])


def _number_of(month: str) -> int:
    return next(number for name, number in _MONTHS.items() if name.startswith(month[:3]))


def _is_day_first(text: str) -> bool:
    return re.match(r"\s*\d{1,2}[-/. ]\d", text) is not None
