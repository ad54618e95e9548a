"""What is over already when it is written, and what its date was perhaps meant to be.

A school year's file keeps its past, so nobody is told of that. Somebody who has just written a date
that is over has most often mistyped it: in January, last year's. Today is an argument.
"""

from collections.abc import Iterator
from datetime import date

from bellgate.policy.wall_clock import dates_in_words
from bellgate.schedules.checks.over import year_meant
from bellgate.schedules.load import Loaded
from bellgate.schedules.scalars import Range

_NAMED = 3
"""Entries that are named one by one; of more it is said how many they are."""


def newly_over(old: Loaded, new: Loaded, today: date) -> tuple[str, ...]:
    """What somebody has just written of dates that are over: a sentence each, with its line."""
    school = new.readable.school
    known = {(key, dates) for key, _, _, dates in _dated(old)}
    found = [
        (school.document.line((key, i)), name, dates)
        for key, i, name, dates in _dated(new)
        if school is not None and dates.last < today and (key, dates) not in known
    ]
    if len(found) > _NAMED:
        lines = ", ".join(str(line) for line, _, _ in found)
        return (
            f"{len(found)} new entries are for dates that are over: school.yaml, lines {lines}",
        )
    return tuple(
        f"school.yaml:{line}: {name} is new, but {dates_in_words(dates.first, dates.last)} is over"
        f"{_meant(dates.last, today)}"
        for line, name, dates in found
    )


def _meant(day: date, today: date) -> str:
    year = year_meant(day, today)
    return f": did you mean {year}?" if year else ""


def _dated(loaded: Loaded) -> Iterator[tuple[str, int, str, Range[date]]]:
    """The terms and the single days that the school has written itself: key, position, name and
    dates."""
    if loaded.readable.school is None:
        return
    form = loaded.readable.school.form
    for i, term in enumerate(form.terms):
        yield "terms", i, term.name, Range(term.first_day, term.last_day)
    for i, day in enumerate(form.dates):
        yield "dates", i, day.name, day.date
