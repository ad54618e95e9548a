"""school.yaml, `dates`: the single days that differ."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from bellgate.policy.who import EVERYONE
from bellgate.schedules.checks.place import problem, warning
from bellgate.schedules.english import Filled
from bellgate.schedules.forms.school import DateForm, SchoolForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.scalars import Range
from bellgate.schedules.words import Vocabulary

Found = Iterator[Problem]
School = Filled[SchoolForm]


def each_date_says_something(school: School, _: Vocabulary) -> Found:
    for i, day in enumerate(school.form.dates):
        whole = not school.document.hurt(("dates", i))
        if whole and not (day.closed_to or day.open_to or _changes_the_day(day)):
            yield problem(
                school,
                ("dates", i),
                f"{day.name} ({_shown(day.date)}) does not say what is different",
                "add closed_to, open_to, sessions or breaks",
            )


def nobody_is_both_in_and_out(school: School, _: Vocabulary) -> Found:
    for i, day in enumerate(school.form.dates):
        for group in sorted(set(day.closed_to) & set(day.open_to)):
            yield problem(school, ("dates", i), f"{day.name} is both closed and open to {group}")


def changed_days_are_school_days(school: School, _: Vocabulary) -> Found:
    """Other hours on a day that nobody is in school change nothing: a mistyped date, mostly."""
    form = school.form
    unsure = any(term.last_day < term.first_day for term in form.terms)
    if unsure or school.document.hurt(("terms",)) or not form.terms:
        return
    opened = [d.date for d in form.dates if d.open_to]
    for i, day in enumerate(form.dates):
        if day.open_to or any(_overlap(day.date, o) for o in opened):
            continue
        if any(_ordinarily_open(form, d) for d in _each(day.date)):
            continue
        if _changes_the_day(day):
            yield problem(
                school,
                ("dates", i),
                f"{day.name} changes {_shown(day.date)}, when nobody is in school",
                "correct the date, or add open_to",
            )
        elif day.closed_to:
            yield warning(
                school,
                ("dates", i),
                f"{day.name} closes {_shown(day.date)}, when nobody is in school anyway",
            )


def no_date_is_set_twice(school: School, _: Vocabulary) -> Found:
    dates = list(enumerate(school.form.dates))
    for (i, one), (j, two) in combinations(dates, 2):
        if not _overlap(one.date, two.date):
            continue
        attendance = _meet(_attending(one), _attending(two))
        hours = _meet(_with_other_hours(one), _with_other_hours(two))
        if attendance or hours:
            first = school.document.line(("dates", i))
            yield warning(
                school,
                ("dates", j),
                f"{_shown(two.date)} is set twice for the same groups "
                f"({one.name} on line {first}): this later line holds",
            )


def _changes_the_day(day: DateForm) -> bool:
    return day.sessions is not None or day.breaks is not None


def _attending(day: DateForm) -> set[str]:
    return {*day.closed_to, *day.open_to}


def _with_other_hours(day: DateForm) -> set[str]:
    return set(day.for_groups) if _changes_the_day(day) else set()


def _meet(one: set[str], two: set[str]) -> bool:
    return bool(one & two or (one and EVERYONE in two) or (two and EVERYONE in one))


def _overlap(one: Range[date], two: Range[date]) -> bool:
    return one.first <= two.last and two.first <= one.last


def _ordinarily_open(form: SchoolForm, day: date) -> bool:
    for term in form.terms:
        if term.first_day <= day <= term.last_day:
            half = term.half_term
            on_holiday = half is not None and half.first <= day <= half.last
            return day.weekday() in form.open_days and not on_holiday
    return False


def _each(days: Range[date]) -> Iterator[date]:
    for step in range((days.last - days.first).days + 1):
        yield days.first + timedelta(days=step)


def _shown(days: Range[date]) -> str:
    return str(days.first) if days.first == days.last else f"{days.first} to {days.last}"
