"""A calendar told an event a line, and what is read in it. No test lives here."""

from datetime import date, time

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.problem import Problem
from bellgate.schedules.year.calendar_kinds import Setting, groups_by_part
from bellgate.schedules.year.calendar_reading import year_of
from bellgate.schedules.year.calendar_year import CalendarYear
from bellgate.schedules.year.icalendar_file import Calendar, Event

FIVE = frozenset(range(5))

GROUPS = groups_by_part(["pupils", "staff", "pre-school", "year-2", "years-3-4", "year-6"])

SCHOOL = Setting(time(8, 50), time(15, 15), groups=GROUPS, name="Bury C of E Primary School")

WRITTEN = (
    Term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18), None, Source("school.yaml", 9)),
    Term("Spring 2027", date(2027, 1, 5), date(2027, 3, 25)),
)

TERMS = (*WRITTEN, Term("Summer 2027", date(2027, 4, 12), date(2027, 7, 20)))


def feed(text: str) -> Calendar:
    """`2026-10-26 to 2026-10-30 Half term`, an event a line; hours stand after the date, of several
    days `2026-10-23T16:00 to 2026-11-01T20:00`."""
    events = []
    for line, told in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        words = told.split()
        first, last, rest = words[0], words[0], words[1:]
        if rest[0] == "to":
            last, rest = rest[1], rest[2:]
        hours = None
        if rest[0].count(":") == 2:
            start, end = rest[0].split("-")
            hours, rest = (time.fromisoformat(start), time.fromisoformat(end)), rest[1:]
        (first, _, begins), (last, _, ends) = first.partition("T"), last.partition("T")
        over = (time.fromisoformat(begins), time.fromisoformat(ends)) if begins else None
        days = date.fromisoformat(first), date.fromisoformat(last)
        events.append(Event(line, " ".join(rest), *days, hours, over))
    return Calendar("t.ics", tuple(events))


TODAY = date(2026, 7, 1)


def year(
    text: str,
    written: tuple[Term, ...] = (),
    setting: Setting = SCHOOL,
    today: date = TODAY,
) -> CalendarYear:
    return year_of(feed(text), setting, written, FIVE, today)


def terms(found: CalendarYear) -> list[str]:
    return [f"{t.first_day} to {t.last_day}" for t in found.terms]


def off(found: CalendarYear) -> list[str]:
    """The days on which everybody is off within the terms, half-terms among them."""
    halves = [t.half_term for t in found.terms if t.half_term]
    closed = [(d.first, d.last) for d in found.dates if EVERYONE in d.closed_to]
    return [f"{a} to {b}" for a, b in sorted([*halves, *closed])]


def errors(found: CalendarYear) -> list[Problem]:
    return [p for p in found.problems if p.level == "error"]


def read(found: CalendarYear) -> list[str]:
    return [
        f"{r.first:%-d %b}" + (f"-{r.last:%-d %b}" if r.last > r.first else "") + f" {r.taken_for}"
        for r in found.readings
    ]


def short_day(text: str) -> SpecialDay:
    (day,) = year(text, WRITTEN).dates
    return day


def cut(found: CalendarYear) -> list[str]:
    """The days that start late or end early."""
    return [
        f"{d.first}{f' from {d.starts:%H:%M}' if d.starts else ''}"
        f"{f' until {d.ends:%H:%M}' if d.ends else ''}"
        for d in found.dates
        if d.starts or d.ends
    ]
