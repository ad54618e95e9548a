"""A time that recurs, and dates -> the hint that says how the files limit it to dates.

The files have `Thursday 15:15-16:15 from 2027-01-07 until 2027-03-25`. People write the same in
another order, with dates as they say them, or with `January` and `Easter` for dates.
"""

import re
from datetime import date, timedelta

from bellgate.schedules.dates_meant import written
from bellgate.schedules.problem import Unclear
from bellgate.schedules.scalars import Range, date_range, hours, weekdays

_HOURS = re.compile(r"[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}")
_DAY_NAMES = re.compile(r"(?<![A-Za-z])[A-Za-z]{3,}(?:\s*-\s*[A-Za-z]{3,})?")
_JOINING = re.compile(r"\b(?:from|since|starting|after|between|before|on)\b|,|\s", re.IGNORECASE)
_ENDING = re.compile(r"^(?:to|until|till)\s+", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|since|starting|after)\b", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:to|until|till|before)\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"(?:every\s+)?(?P<what>.*?)[,\s]*\b(?:"
    r"(?:from|since|starting)\s+(?P<first>[^,]+?)"
    r"(?:[,\s]+(?:to|until|till|up to)\s+(?P<last>.+))?"
    r"|(?:until|till|up to)\s+(?P<end>.+))",
    re.IGNORECASE,
)
_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = "2027-01-11", "2027-03-24"
"""What stands for a date where nobody can tell which one was meant."""


def hours_in(text: str) -> str | None:
    """The hours that a text holds, as they are written there."""
    found = _HOURS.search(text)
    try:
        return found[0] if found and hours(found[0]) else None
    except Unclear:
        return None


def weeks_hint(text: str) -> str | None:
    """How a weekday with its hours is limited to dates; None where the text is no such thing."""
    those = hours_in(text)
    named = next((n[0] for n in _DAY_NAMES.finditer(text) if weekdays(n[0])), None)
    if those is None or named is None:
        return None
    dates = _dates(text.replace(those, " ", 1).replace(named, " ", 1))
    if dates is None:
        return None
    first, last = dates.first, dates.last
    if first < last or (_FROM.search(text) and _UNTIL.search(text)):
        return f"write it as {named} {those} from {first} until {last}"
    if _FROM.search(text):
        return f"write it as {named} {those} from {_next(first, text, 'after')}"
    if _UNTIL.search(text):
        return f"write it as {named} {those} until {_next(last, text, 'before')}"
    return f"write it as {first} {those}"


def _next(day: date, text: str, word: str) -> date:
    """`after` and `before` leave the day itself out."""
    if not re.search(rf"\b{word}\b", text, re.IGNORECASE):
        return day
    return day + _ONE_DAY if word == "after" else day - _ONE_DAY


def between_hint(text: str) -> str | None:
    """The same of any time: `lunch until 24 March 2027`, `lessons from January until Easter`."""
    found = _BETWEEN.fullmatch(text)
    if found is None:
        return None
    first, last = found["first"], found["last"] or found["end"]
    right = found["what"] or "always"
    unsure = [said for said in (first, last) if said and not _one_date(said)]
    if first:
        right += f" from {_one_date(first) or _FIRST}"
    if last:
        right += f" until {_one_date(last) or _LAST}"
    return f"write {unsure[0]} as a date: {right}" if unsure else f"write it as {right}"


def _one_date(said: str) -> str | None:
    right = written(said)
    return right if right and " to " not in right else None


def _dates(rest: str) -> Range[date] | None:
    """What stands beside the day and its hours, as dates; one date is the first and the last."""
    right = written(_ENDING.sub("", " ".join(filter(None, _JOINING.split(rest)))))
    try:
        return date_range(right) if right else None
    except Unclear:
        return None
