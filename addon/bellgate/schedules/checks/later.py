"""Keys that are understood but not in force yet. Each line goes when its room is built."""

from collections.abc import Iterator

from bellgate.schedules.checks.place import warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.rule_words import Vocabulary

Found = Iterator[Problem]


def in_school(school: Filled[SchoolForm], _: Vocabulary) -> Found:
    if school.form.gate.observe:
        yield warning(
            school,
            ("gate", "observe"),
            "the gate only observes: it refuses nothing and records no device",
            "meant for the first week; then take the line out",
        )
    if school.form.gate.when_down:
        yield warning(school, ("gate", "when_down"), "when_down is not in force yet")
