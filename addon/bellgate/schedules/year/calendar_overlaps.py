"""Days off of which an event of their own says that they are days in school, which then holds:
`Last day of term` on the 18th, and `Christmas holidays` from the 18th; or a day off that only the
title of another day names.
"""

from dataclasses import replace
from datetime import date, timedelta

from bellgate.policy.who import EVERYONE
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_kinds import AS_USUAL, Kind, Meaning
from bellgate.schedules.year.calendar_said import Told, shown
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_IN_SCHOOL: tuple[Kind, ...] = ("first day", "last day", "short day")
_OFF: tuple[Kind, ...] = ("closure", "half-term")


def without_school_days(file: str, told: Told) -> tuple[list[tuple[Event, Meaning]], list[Problem]]:
    """The holidays without such dates, and what was done to each."""
    told, problems = _without_doubtful(file, told)
    last = {e.first: e for e, m in told if m.kind == "last day"}
    first = {e.first: e for e, m in told if m.kind == "first day"}
    found: list[tuple[Event, Meaning]] = []
    for event, meaning in told:
        off = event
        if meaning.kind in _OFF and EVERYONE in meaning.groups and event.first < event.last:
            if event.first in last:
                problems.append(_told(file, event, event.first, last[event.first]))
                off = replace(off, first=event.first + _DAY)
            if event.last in first and off.first < event.last:
                problems.append(_told(file, event, event.last, first[event.last]))
                off = replace(off, last=event.last - _DAY)
        found.append((off, meaning))
    return found, problems


def _without_doubtful(file: str, told: Told) -> tuple[list[tuple[Event, Meaning]], list[Problem]]:
    """The events without the days off that only another day's title names, where an event of such
    a day says that school is open."""
    school = {e.first: e for e, m in told if m.kind in _IN_SCHOOL or m.why == AS_USUAL}
    found: list[tuple[Event, Meaning]] = []
    problems: list[Problem] = []
    for event, meaning in told:
        days = (event.first + n * _DAY for n in range((event.last - event.first).days + 1))
        against = next((d for d in days if d in school), None) if meaning.named else None
        if against is None:
            found.append((event, meaning))
        else:
            problems.append(_told(file, event, against, school[against]))
    return found, problems


def _told(file: str, holiday: Event, day: date, school: Event) -> Problem:
    return Problem(
        file,
        holiday.line,
        "warning",
        f"{quoted(holiday.words)} ({shown(holiday)}) includes {day}, which {quoted(school.words)} "
        f"(line {school.line}) says is a day in school: school is open then",
        "correct one of the two, or write the day under dates in school.yaml",
    )
