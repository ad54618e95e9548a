"""The first and last days in school that a calendar tells, with what else its terms are made of.

Here are the values, and what is said where one is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bellgate.policy.year import Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_returns import Returns
from bellgate.schedules.year.icalendar_file import Event

NO_FIRST_DAY = "no first day of term comes before it"
NO_LAST_DAY = "no last day of term follows it"
NO_LAST_BETWEEN = "no last day of term comes between them"


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last day in school before or after some days off."""

    day: date
    opens: bool
    event: Event
    half_term: bool = False
    inferred: bool = False
    """Whether it follows from a holiday, or from what another day's title announces."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Days off between two days in school, both included."""

    first: date
    last: date
    event: Event


@dataclass(frozen=True, slots=True)
class Feed:
    """What a calendar says of its terms."""

    file: str
    edges: Sequence[Edge]
    """In the order of their days."""
    holidays: Sequence[Event]
    """Those of the whole school that are told as a stretch."""
    in_term: Sequence[Event]
    """What lies in a term, or shortly before or after one."""
    returns: Returns


def is_of(file: str, term: Term) -> bool:
    """Whether a term is the calendar's own, and not written in school.yaml."""
    return term.source is not None and term.source.file == file


def missing_after(returns: Returns, end: date, until: date = date.max) -> str:
    """What a calendar does not say of the term after a last day in school, for a hint."""
    if end == date.min:
        return "the missing day"
    found = returns.after(end, until)
    if len(found) > 1:
        return f"the right day ({' or '.join(map(str, found))})"
    if found:
        return f"the last day of the term that begins on {found[0].day}"
    return f"the day on which school opens again after {end}"


def alone(file: str, event: Event, why: str, missing: str) -> Problem:
    """The error of a first or last day whose term lacks the other."""
    message = f"{quoted(event.words)} ({event.first}) changes nothing: {why}"
    return Problem(file, event.line, "error", message, write_it(missing))


def write_it(missing: str) -> str:
    """What to do about a day that a calendar lacks."""
    return f"write {missing} under terms in school.yaml, or correct the calendar"
