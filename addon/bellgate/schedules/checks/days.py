"""school.yaml, `weekdays` and `dates`: the days of the week and the single days that differ."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay
from bellgate.schedules.checks.place import problem, warning
from bellgate.schedules.checks.school import changes
from bellgate.schedules.compile import named_days
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import (
    DateForm,
    GroupDayForm,
    SchoolForm,
    WeekdayForm,
)
from bellgate.schedules.problem import Problem
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.scalars import Range
from bellgate.schedules.yaml_tree import Path
from bellgate.schedules.year.school_year import Given

Found = Iterator[Problem]
School = Filled[SchoolForm]
AnyDay = WeekdayForm | DateForm


def each_day_says_something(school: School, _: Vocabulary) -> Found:
    for path, day in changes(school.form):
        whole = not school.document.hurt(path)
        if whole and not (day.closed_to or day.open_to or day.changes_hours):
            yield problem(
                school,
                path,
                f"{_named(day)} does not say what is different",
                "add closed_to, open_to, ends, starts, extra, sessions or breaks",
            )


def no_day_is_closed_and_shortened(school: School, _: Vocabulary) -> Found:
    """Somebody who closes the school at one must not have closed it for the day."""
    for path, day in changes(school.form):
        if EVERYONE in day.closed_to and day.changes_hours and not day.open_to:
            yield problem(
                school,
                path,
                f"{_named(day)} is closed to everyone, and has other hours",
                "take closed_to out if people come for those hours; otherwise take the hours out",
            )


def no_session_is_left_out_in_front(school: School, _: Vocabulary) -> Found:
    """Whoever moves the end of the afternoon and writes it alone has taken the morning away."""
    whole = school.form.sessions
    for path, day in changes(school.form):
        named = {name: span for name, span in (day.sessions or {}).items() if name in whole}
        if not named or len(named) < len(day.sessions or {}):
            continue
        begins = min(span.first for span in named.values())
        missing = [n for n, span in whole.items() if n not in named and span.last <= begins]
        if missing:
            left_out = ", ".join(missing)
            yield warning(
                school,
                (*path, "sessions"),
                f"{_named(day)} has no {left_out}: sessions names only {', '.join(named)}",
                f"write {left_out} too; to change only the end, write ends: and no sessions",
            )


def whose_hours_differ_is_said_of_hours(school: School, _: Vocabulary) -> Found:
    """`for` beside `closed_to: everyone` would close the school for all, not for these alone."""
    for path, day in changes(school.form):
        named = day.for_groups
        if named and named != (EVERYONE,) and not (day.changes_hours or school.document.hurt(path)):
            groups = ", ".join(named)
            yield problem(
                school,
                (*path, "for"),
                f"for says whose hours differ, and {_named(day)} changes none",
                f"put those who are out under closed_to: {groups}, and those who are in under "
                "open_to",
            )


def each_day_runs_forwards(school: School, _: Vocabulary) -> Found:
    for path, day in changes(school.form):
        if day.starts and day.ends and day.ends <= day.starts:
            said = f"{_named(day)} ends ({day.ends:%H:%M}) before it starts ({day.starts:%H:%M})"
            yield problem(school, (*path, "ends"), said)


def nobody_is_both_in_and_out(school: School, _: Vocabulary) -> Found:
    for path, day in changes(school.form):
        for group in sorted(set(day.closed_to) & set(day.open_to)):
            name = day.name or _named(day)
            said = f"{name} is both closed and open to {group}"
            yield problem(school, path, said, f"take {group} out of closed_to or out of open_to")


def changed_weekdays_are_open(school: School, _: Vocabulary) -> Found:
    """Other hours on a Saturday change nothing while nobody is in school on Saturdays."""
    form = school.form
    opened = form.open_days.union(*(w.day for w in form.weekdays if w.open_to))
    for i, day in enumerate(form.weekdays):
        closed = day.day - opened
        if closed and day.changes_hours:
            yield problem(
                school,
                ("weekdays", i),
                f"{_named(day)} changes {named_days(closed)}, when nobody is in school",
                "correct the day, or add open_to",
            )


def standing_changes_run_forwards(school: School, _: Vocabulary) -> Found:
    """The first and the last day of what holds every week."""
    form = school.form
    standing: list[tuple[Path, WeekdayForm | GroupDayForm]] = [
        *((("weekdays", i), day) for i, day in enumerate(form.weekdays)),
        *((("days_for", group), shape) for group, shape in form.days_for.items()),
    ]
    for path, each in standing:
        first, last = each.first_day, each.last_day
        if first and last and last < first:
            said = f"until is {last}, before from ({first})"
            yield problem(school, (*path, "until"), said, "correct one of the two")


def no_weekday_is_set_twice(school: School, _: Vocabulary) -> Found:
    """A later line for fewer days, or for a part of the time, is plainly meant."""
    for (_i, one), (j, two) in combinations(enumerate(school.form.weekdays), 2):
        common = one.day & two.day
        span, later = _standing(one), _standing(two)
        narrower = two.day < one.day or (later != span and _holds(span, later))
        if common and _overlap(span, later) and not narrower and _speak_of_the_same(one, two):
            yield warning(
                school,
                ("weekdays", j),
                f"{named_days(common)} is set twice for the same groups: this later line counts",
            )


def _standing(day: WeekdayForm) -> Range[date]:
    return Range(day.first_day or date.min, day.last_day or date.max)


def changed_days_are_school_days(school: School, given: Given, today: date) -> Found:
    """Other hours on a day that nobody is in school change nothing: a mistyped date, mostly.

    What lies in the past stays written down, and is nobody's problem any more.
    """
    form = school.form
    unsure = any(term.last_day < term.first_day for term in given.terms)
    if unsure or not given.whole or not given.terms:
        return
    opened = [d.date for d in form.dates if d.open_to]
    opened += [Range(d.first, d.last) for d in given.dates if d.open_to]
    for i, day in enumerate(form.dates):
        if day.date.last < today or day.open_to or any(_overlap(day.date, o) for o in opened):
            continue
        if any(_ordinarily_open(form, given, d) for d in _each(day.date)):
            continue
        if day.changes_hours:
            yield warning(
                school,
                ("dates", i),
                f"{day.name} changes {_shown(day.date)}, when nobody is in school",
                "correct the date, or add open_to",
            )
        elif day.closed_to:
            why = next((f": {d.name}" for d in given.dates if _range(d) == day.date), "")
            yield warning(
                school,
                ("dates", i),
                f"{day.name} closes {_shown(day.date)}, when nobody is in school anyway{why}",
                "correct the date, or take the entry out"
                if EVERYONE in day.closed_to
                else "correct the date; for an INSET day outside the terms write open_to: staff",
            )


def no_date_is_set_twice(school: School, _: Vocabulary) -> Found:
    """A later line for some days of a longer range is plainly meant; the other way round, the range
    hides what was written for these days."""
    dates = list(enumerate(school.form.dates))
    for (i, one), (j, two) in combinations(dates, 2):
        narrower = one.date != two.date and _holds(one.date, two.date)
        if narrower or not _overlap(one.date, two.date) or not _speak_of_the_same(one, two):
            continue
        common = Range(max(one.date.first, two.date.first), min(one.date.last, two.date.last))
        first = school.document.line(("dates", i))
        hidden = one.date != two.date and _holds(two.date, one.date)
        yield warning(
            school,
            ("dates", j),
            f"{_shown(common)} is set twice for the same groups "
            f"({one.name} on line {first}): this later line counts",
            f"for {one.name} to count then, move it below {two.name}" if hidden else None,
        )


def _named(day: AnyDay) -> str:
    shown = _shown(day.date) if isinstance(day, DateForm) else named_days(day.day)
    return f"{day.name} ({shown})" if day.name else shown


def _speak_of_the_same(one: AnyDay, two: AnyDay) -> bool:
    """Whether both say who is in, or both the same of the hours, for a common group. A later line
    for some of the groups is plainly meant."""
    both = ((_attending(one), _attending(two)), *zip(_hours(one), _hours(two), strict=True))
    return any(_meet(first, second) and not _fewer(second, first) for first, second in both)


def _attending(day: AnyDay) -> set[str]:
    return {*day.closed_to, *day.open_to}


def _hours(day: AnyDay) -> tuple[set[str], set[str], set[str]]:
    """Whose hours it sets anew, whose day it begins and whose it ends. What it adds goes with any
    other entry, and so does a cut with new hours."""
    anew = day.sessions is not None or day.breaks is not None
    given = (anew, day.starts is not None, day.ends is not None)
    new, begun, ended = (set(day.for_groups) if each else set() for each in given)
    return new, begun, ended


def _meet(one: set[str], two: set[str]) -> bool:
    return bool(one & two or (one and EVERYONE in two) or (two and EVERYONE in one))


def _fewer(some: set[str], of: set[str]) -> bool:
    return some < of or (EVERYONE in of and EVERYONE not in some)


def _overlap(one: Range[date], two: Range[date]) -> bool:
    return one.first <= two.last and two.first <= one.last


def _holds(wide: Range[date], narrow: Range[date]) -> bool:
    return wide.first <= narrow.first and narrow.last <= wide.last


def _range(day: SpecialDay) -> Range[date]:
    return Range(day.first, day.last)


def _ordinarily_open(form: SchoolForm, given: Given, day: date) -> bool:
    closed = (d.first <= day <= d.last for d in given.dates if EVERYONE in d.closed_to)
    for term in given.terms:
        if term.first_day <= day <= term.last_day:
            half = term.half_term
            on_holiday = half is not None and half[0] <= day <= half[1]
            weekly = any(
                day.weekday() in w.day and _holds(_standing(w), Range(day, day))
                for w in form.weekdays
                if w.open_to
            )
            in_week = day.weekday() in form.open_days or weekly
            return in_week and not on_holiday and not any(closed)
    return False


def _each(days: Range[date]) -> Iterator[date]:
    for step in range((days.last - days.first).days + 1):
        yield days.first + timedelta(days=step)


def _shown(days: Range[date]) -> str:
    return str(days.first) if days.first == days.last else f"{days.first} to {days.last}"
