"""school.yaml, `term_dates`, `calendar_words` and `bank_holidays`: dates that others give."""

from collections.abc import Iterator

from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.fetched_copies import web_address
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.origin import is_address, wrong_place
from bellgate.schedules.problem import Problem
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.year.bank_holidays import known_to
from bellgate.schedules.year.calendar_year import PUPILS
from bellgate.schedules.year.school_year import Given

Found = Iterator[Problem]
School = Filled[SchoolForm]


def place_is_one(school: School, _: Vocabulary) -> Found:
    place = school.form.term_dates
    if place is None:
        return
    if wrong := wrong_place(place):
        yield unclear(school, ("term_dates",), "term_dates", wrong)
    elif is_address(place) and web_address(place).lower().startswith("http:"):
        yield warning(
            school,
            ("term_dates",),
            "term_dates is fetched over http: anybody along the way could change the dates",
            "write https, if the server offers it",
        )


def words_are_for_a_calendar(school: School, _: Vocabulary) -> Found:
    form = school.form
    for word in form.calendar_words:
        if not word.strip():
            message = "a word is empty: every event would contain it"
            yield problem(school, ("calendar_words", word), message)
    if form.calendar_words and not form.term_dates:
        message = "calendar_words changes nothing without term_dates"
        yield warning(school, ("calendar_words",), message)


def inset_days_close_to_somebody(school: School, given: Given, known: Vocabulary) -> Found:
    """What the calendar calls an INSET day is one for the groups of these names."""
    days = [day for day in given.dates if PUPILS in day.closed_to]
    if days and known.groups is not None and PUPILS not in known.groups:
        yield warning(
            school,
            ("term_dates",),
            f"term_dates: INSET days ({days[0].first}) close to {PUPILS}, but no group is called "
            "that",
            f"name the group of all pupils {PUPILS}, or write the days under dates",
        )


def bank_holidays_are_known(school: School, given: Given) -> Found:
    last = max((term.last_day for term in given.terms), default=None)
    if school.form.bank_holidays and last is not None and last > known_to():
        message = f"bank_holidays are known only up to {known_to()}"
        yield warning(school, ("bank_holidays",), message, "write later ones under dates")
