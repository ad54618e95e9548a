"""A day of the week with hours and dates -> the hint that says how the files limit it to dates.

`Thursday 15:15-16:15 from 2027-01-07` is what people write. The files have no such form: of some
Thursdays, each stands in a list.
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
_FORTNIGHT = timedelta(days=13)
_MOST = 15
"""Days that a hint lists: a term of weeks."""


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
    days = _days_meant(weekdays(named) or frozenset(), dates, text)
    if not days:
        return f"write it as {dates.first} {those}"
    shown = days if len(days) <= _MOST else days[:2]
    each = ", ".join(f"{day} {those}" for day in shown)
    more = "" if shown == days and dates.first < dates.last else ", and so on"
    return f"list the days: [{each}{more}]; {named} {those} by itself holds every week"


def _dates(rest: str) -> Range[date] | None:
    """What stands beside the day and its hours, as dates; one date is the first and the last."""
    right = written(_ENDING.sub("", " ".join(filter(None, _JOINING.split(rest)))))
    try:
        return date_range(right) if right else None
    except Unclear:
        return None


def _days_meant(days: frozenset[int], dates: Range[date], text: str) -> list[date]:
    """The days between two dates; with one end alone, two of them. None where only one is meant."""
    first, last = dates.first, dates.last
    if first == last and _FROM.search(text):
        last += _FORTNIGHT
    elif first == last and _UNTIL.search(text):
        first -= _FORTNIGHT
    elif first == last:
        return []
    length = min((last - first).days, 400)
    each = (first + timedelta(days=n) for n in range(length + 1))
    return [day for day in each if day.weekday() in days]
