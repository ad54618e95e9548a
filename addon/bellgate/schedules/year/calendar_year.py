"""What a calendar gives of the school year, once its events are understood. Values only."""

from dataclasses import dataclass
from datetime import date

from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.problem import Problem

# Whom an INSET day of a calendar concerns: the groups of these names.
PUPILS, STAFF = "pupils", "staff"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one event was taken for, so that a person sees a wrong reading."""

    file: str
    line: int
    words: str
    first: date
    last: date
    taken_for: str
    """Such as `closed to everyone: half-term`."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The terms and days that a calendar and the terms written beside it give."""

    terms: tuple[Term, ...] = ()
    dates: tuple[SpecialDay, ...] = ()
    """Closures first, INSET days after them, so that staff are in on one within the holidays."""
    problems: tuple[Problem, ...] = ()
    readings: tuple[Reading, ...] = ()
    """What was understood, in the order of the dates."""
