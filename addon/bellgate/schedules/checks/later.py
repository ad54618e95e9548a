"""Keys that are understood but not in force yet. Each line goes when its room is built."""

from collections.abc import Iterator

from bellgate.policy.what import Service
from bellgate.schedules.checks.place import warning
from bellgate.schedules.english import Filled
from bellgate.schedules.forms.school import SchoolForm
from bellgate.schedules.forms.services import ServicesForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.words import Vocabulary

Found = Iterator[Problem]

# Each with what to write meanwhile, where there is something.
SCHOOL_KEYS = {
    "term_dates": "until then write each term under terms",
    "calendar_words": None,
    "bank_holidays": "until then write each of them under dates",
    "retention": None,
    "anchors": None,
}


def in_school(school: Filled[SchoolForm], _: Vocabulary) -> Found:
    for key, meanwhile in SCHOOL_KEYS.items():
        if getattr(school.form, key):
            yield warning(school, (key,), f"{key} is not in force yet", meanwhile)
    if school.form.gate.when_down:
        yield warning(school, ("gate", "when_down"), "when_down is not in force yet")


def in_services(services: Filled[ServicesForm], _: tuple[Service, ...]) -> Found:
    if services.form.lists:
        yield warning(services, ("lists",), "lists is not in force yet")
