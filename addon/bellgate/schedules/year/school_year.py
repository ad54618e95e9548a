"""The school year's dates from all who give them: school.yaml, a calendar, the bank holidays.

What is written in school.yaml always wins over what comes from elsewhere. Whether the dates fit
together is judged in `checks`; here they are only brought together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.fetched_copies import Copy, kept
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.origin import is_address, kept_as, shown_as, wrong_place
from bellgate.schedules.problem import Problem
from bellgate.schedules.year.bank_holidays import bank_holidays
from bellgate.schedules.year.calendar_year import CalendarYear, Reading

if TYPE_CHECKING:
    from bellgate.schedules.year.calendar_kinds import Setting


@dataclass(frozen=True, slots=True)
class Given:
    """The dates of the year, in the order in which they are to be read: a later one holds."""

    terms: tuple[Term, ...] = ()
    dates: tuple[SpecialDay, ...] = ()
    """Bank holidays and the calendar's days. Those of school.yaml come after them."""
    problems: tuple[Problem, ...] = ()
    copy: Copy | None = None
    """The fetched calendar in use, with its age."""
    whole: bool = True
    """Whether everything was readable: otherwise nothing can be said of what lies in no term."""
    readings: tuple[Reading, ...] = ()
    """What the calendar's events were taken for."""
    set_aside: bool = False
    """The calendar has an error, so its last good copy is read instead: the problems are those of
    the calendar that was not taken in, and keep nothing else from coming into force."""


def given(
    school: Filled[SchoolForm],
    files: Mapping[str, bytes],
    cache: Path | None = None,
    *,
    groups: Iterable[str] = (),
    last_good: bytes | None = None,
    today: date | None = None,
) -> Given:
    """Everything that is known of the year. Never raises for what is in the files.

    `files` hold the calendar's bytes; the cache says how old a fetched one is. `groups` are the
    school's, for what a calendar says of a part of it. `last_good` is the calendar as it was last
    in force. A feed may begin in the middle of a term that is over `today`; without it, any is.
    """
    form = school.form
    written = tuple(_written_terms(school))
    year, copy, whole = CalendarYear(written), None, not school.document.hurt(("terms",))
    set_aside = False
    if form.term_dates and wrong_place(form.term_dates) is None:
        content = files.get(kept_as(form.term_dates))
        if cache is not None and is_address(form.term_dates):
            found = kept(cache, form.term_dates)
            copy = found if found and found.content == content else None
        year = _from_calendar(school, form.term_dates, content, written, groups=groups, today=today)
        if _is_wrong(year) and last_good is not None:
            before = _from_calendar(
                school, form.term_dates, last_good, written, groups=groups, today=today
            )
            set_aside = not _is_wrong(before)
            if set_aside:
                year = replace(before, problems=(*year.problems, _stays(school)))
    whole = whole and (set_aside or not _is_wrong(year))
    terms = tuple(sorted(year.terms or written, key=lambda t: t.first_day))
    holidays = tuple(_bank_holidays(school, terms))
    return Given(
        terms, (*holidays, *year.dates), year.problems, copy, whole, year.readings, set_aside
    )


def _is_wrong(year: CalendarYear) -> bool:
    return any(problem.level == "error" for problem in year.problems)


def _stays(school: Filled[SchoolForm]) -> Problem:
    document = school.document
    message = (
        f"term_dates: {shown_as(school.form.term_dates or '')} has errors and is not taken in: the "
        "dates of its last good copy stay in force"
    )
    return Problem(document.file, document.line(("term_dates",)), "warning", message)


def _written_terms(school: Filled[SchoolForm]) -> Iterator[Term]:
    for i, form in enumerate(school.form.terms):
        half = (form.half_term.first, form.half_term.last) if form.half_term else None
        source = Source(school.document.file, school.document.line(("terms", i)))
        yield Term(form.name, form.first_day, form.last_day, half, source)


def _from_calendar(
    school: Filled[SchoolForm],
    place: str,
    content: bytes | None,
    written: tuple[Term, ...],
    *,
    groups: Iterable[str],
    today: date | None,
) -> CalendarYear:
    from bellgate.schedules.year.calendar_reading import year_of
    from bellgate.schedules.year.icalendar_file import read_calendar

    def wrong(message: str, hint: str | None = None) -> Problem:
        document = school.document
        return Problem(document.file, document.line(("term_dates",)), "error", message, hint)

    if content is None:
        message = f"{place} is not in this folder, or cannot be read"
        if is_address(place):
            message = "the calendar has not been fetched yet: run bellgate calendar --refresh"
        return CalendarYear(written, (), (wrong(f"term_dates: {message}"),))
    calendar = read_calendar(shown_as(place), content, zone_of(school.form))
    year = year_of(
        calendar, _setting(school.form, groups), written, school.form.open_days, today or date.max
    )
    problems = [*calendar.problems, *year.problems]
    if not year.terms and not calendar.problems:
        problems.append(
            wrong(
                f"term_dates: there are no terms in {shown_as(place)}",
                "write the terms under terms, or say under calendar_words which events are terms",
            )
        )
    return CalendarYear(year.terms or written, year.dates, tuple(problems), year.readings)


def _setting(form: SchoolForm, groups: Iterable[str]) -> "Setting":
    from bellgate.schedules.year.calendar_kinds import Setting, groups_by_part

    return Setting(
        starts=min((s.first for s in form.sessions.values()), default=time(9)),
        ends=max((s.last for s in form.sessions.values()), default=time(15)),
        own_words=form.calendar_words,
        groups=groups_by_part(groups),
        name=form.school,
        bank_holidays=form.bank_holidays,
    )


def zone_of(form: SchoolForm) -> ZoneInfo:
    """The school's zone; where it is mistyped, which is told elsewhere, London's."""
    try:
        return ZoneInfo(form.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("Europe/London")


def _bank_holidays(school: Filled[SchoolForm], terms: tuple[Term, ...]) -> Iterator[SpecialDay]:
    """Those of every school year that a term lies in, from one August to the next."""
    nation = school.form.bank_holidays
    if nation is None or not terms:
        return
    source = Source(school.document.file, school.document.line(("bank_holidays",)))
    first = min(t.first_day for t in terms) - timedelta(days=31)
    last = max(first, *(t.last_day for t in terms))
    end = date(last.year + (last.month > 8), 8, 31)
    for day, name in bank_holidays(nation, first, end):
        yield SpecialDay(name, day, day, closed_to=frozenset({EVERYONE}), source=source)


def usable(place: str, content: bytes, form: SchoolForm, today: date) -> str | None:
    """Why a fetched calendar is not good enough to replace the copy that is kept, or None."""
    from bellgate.schedules.year.calendar_reading import year_of
    from bellgate.schedules.year.icalendar_file import read_calendar

    calendar = read_calendar(shown_as(place), content, zone_of(form))
    for problem in calendar.problems:
        return f"line {problem.line}: {problem.message}"
    year = year_of(calendar, _setting(form, ()), _terms_of(form), form.open_days, today)
    for problem in year.problems:
        if problem.level == "error":
            return f"line {problem.line}: {problem.message}"
    return None if year.readings else "it names no term and no closed day"


def _terms_of(form: SchoolForm) -> tuple[Term, ...]:
    return tuple(Term(t.name, t.first_day, t.last_day, None, None) for t in form.terms)
