"""Which days a page is about: a term unless the address says others."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from flask import request

from bellgate.audit.record.retention import OF_THE_GATE, REVIEWERS
from bellgate.console.dates import DaysNotUnderstood
from bellgate.console.desk import Desk
from bellgate.policy.academic_year import academic_year_of
from bellgate.policy.year import Term
from bellgate.review.pack.phrases import long_day
from bellgate.running.typed import NotUnderstood, day_back, last_day_back
from bellgate.running.watched import begins_later, unmeasured

LOOKS_BACK: Final = timedelta(days=27)
"""How far back a page goes if only its last day is given; if none is, it is of the term."""
BACKWARDS: Final = "The first day is after the last"


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, inclusive, and what it is called."""

    first: date
    last: date
    name: str
    today: date
    begins: date | None
    """The day of the first record."""
    deleted: Mapping[str, date]
    """Whose records of these days were deleted when due, and up to which day."""
    before: Term | None = None
    """The last term that was over before these days."""
    is_present: bool = False
    """Whether it is the term that a page is about where its address names no days."""

    @property
    def said(self) -> str:
        """`Monday 5 October 2026 to Sunday 11 October 2026 (Autumn 2026), so far`."""
        name = f" ({self.name})" if self.name else ""
        days = long_day(self.first)
        if self.last != self.first:
            days += f" to {long_day(self.last)}"
        return f"{days}{name}{self.so_far}"

    @property
    def so_far(self) -> str:
        """What is added to the words for days that are not all over."""
        return ", so far" if self.first <= self.today <= self.last else ""

    @property
    def unmeasured(self) -> str:
        """Why nothing was measured; empty where something was."""
        return unmeasured(self.begins, self.first, self.last, self.today)

    def missing(self, groups: Collection[str] | None = None) -> str:
        """What is not in any number of these days: of everybody, or of some groups. Empty where all
        is there, or nothing was measured."""
        if self.unmeasured:
            return ""
        late = self.begins is not None and self.first < self.begins
        theirs = sorted(w for w in self.deleted if groups is None or w in groups)
        gone = [
            f"Records of {whose} {self._up_to(self.deleted[whose])} were deleted when due, and are "
            "not counted here."
            for whose in theirs
            if whose not in (OF_THE_GATE, REVIEWERS)
        ]
        return " ".join(filter(None, [begins_later(self.begins) if late else "", *gone]))

    def _up_to(self, day: date) -> str:
        return "of these days" if day >= self.last else f"up to and including {long_day(day)}"


def period_asked_for(desk: Desk) -> Period:
    """`?first=…&last=…`, in any of the ways that people write days; else the present term. Raises
    DaysNotUnderstood."""
    today, first, last = desk.school.today, request.args.get("first"), request.args.get("last")
    term = present_term(desk)
    if not first and not last:
        return term
    start, wrong = None, "first"
    try:
        start = day_back(first, today) if first else None
        wrong = "last"
        end = last_day_back(last, today, start) if last else min(today, term.last)
    except NotUnderstood as error:
        raise DaysNotUnderstood(str(error), wrong, "first", "last") from None
    start = start or end - LOOKS_BACK
    if start > end:
        raise DaysNotUnderstood(BACKWARDS, "first", "first", "last")
    return period_of(desk, start, end)


def monday_asked_for(desk: Desk, otherwise: date) -> date:
    """`?week=…`: the Monday of the week of any day. `otherwise` is that of the week where none is
    asked for. Raises DaysNotUnderstood."""
    asked = request.args.get("week")
    try:
        day = day_back(asked, desk.school.today) if asked else otherwise
    except NotUnderstood as error:
        raise DaysNotUnderstood(str(error), "week") from None
    return day - timedelta(days=day.weekday())


def period_of(desk: Desk, first: date, last: date, name: str = "") -> Period:
    """These days; called by `name`, or as the term is that has the same."""
    terms = sorted(desk.school.policy.year.terms, key=lambda t: t.last_day)
    same = [t.name for t in terms if (t.first_day, t.last_day) == (first, last)]
    before = [t for t in terms if t.last_day < first]
    return Period(
        first,
        last,
        name or next(iter(same), ""),
        desk.school.today,
        desk.school.record_begins,
        desk.index.deleted(first, last),
        before=before[-1] if before else None,
    )


def present_term(desk: Desk) -> Period:
    """The term that today lies in, or the last one before it; else the school year."""
    day = desk.school.today
    begun = [t for t in desk.school.policy.year.terms if t.first_day <= day]
    if begun:
        term = max(begun, key=lambda t: t.first_day)
        found = period_of(desk, term.first_day, term.last_day)
    else:
        year = academic_year_of(desk.school.policy.year, day)
        found = period_of(desk, year.first, year.last, year.name)
    return replace(found, is_present=True)
