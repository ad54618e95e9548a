"""Which days a page is about: a term unless the address says others."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from bellgate.console.desk import Desk
from bellgate.policy.academic_year import academic_year_of
from bellgate.running.typed import NotUnderstood, day_back


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, inclusive; what it is called; and what of the address meant nothing."""

    first: date
    last: date
    name: str
    problem: str = ""


def period_asked_for(desk: Desk) -> Period:
    """`?first=…&last=…`, in any of the ways that people write days; else the present term."""
    school = desk.school
    today, first, last = school.today, request.args.get("first"), request.args.get("last")
    term = term_of(desk, today)
    if not first and not last:
        return term
    try:
        end = day_back(last, today) if last else min(today, term.last)
        start = day_back(first, today) if first else end - timedelta(days=27)
    except NotUnderstood as error:
        return Period(term.first, term.last, term.name, str(error))
    if start > end:
        return Period(term.first, term.last, term.name, "The first day is after the last")
    return Period(start, end, "")


def term_of(desk: Desk, day: date) -> Period:
    """The term that a day lies in, or the last one before it; else the school year."""
    terms = sorted(desk.school.policy.year.terms, key=lambda t: t.first_day)
    begun = [t for t in terms if t.first_day <= day]
    if begun:
        return Period(begun[-1].first_day, begun[-1].last_day, begun[-1].name)
    year = academic_year_of(desk.school.policy.year, day)
    return Period(year.first, year.last, year.name)
