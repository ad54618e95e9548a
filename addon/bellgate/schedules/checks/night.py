"""Hours in the night where the afternoon is meant: `3:30` is half past three in the morning.

The files have the hours of 0 to 24, and what they say holds. But nobody goes to school at half past
three in the morning, and whoever writes 3:30 with one digit most often thinks of the afternoon.
Whoever means the night writes 03:30, and a rule says no more of it.
"""

import re
from collections.abc import Iterator
from datetime import time

from bellgate.policy.when import Dates, Weekly, hours_of
from bellgate.schedules.checks.place import problem, warning
from bellgate.schedules.checks.school import changes, shapes
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.problem import Problem, Unclear
from bellgate.schedules.rule_times import when_of
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.scalars import Range
from bellgate.schedules.times_meant import in_the_afternoon, is_night
from bellgate.schedules.yaml_tree import Path

Found = Iterator[Problem]

_HOURS = re.compile(r"(\d{1,2}:\d\d)\s*(?:-|–|\bto\b)\s*(\d{1,2}:\d\d)")


def sessions_are_by_day(school: Filled[SchoolForm], _: Vocabulary) -> Found:
    """Sessions, breaks and what is added to a day."""
    written: list[tuple[Path, dict[str, Range[time]] | None]] = []
    for path, sessions, breaks in shapes(school.form):
        written += [((*path, "sessions"), dict(sessions or {}))]
        written += [((*path, "breaks"), dict(breaks or {}))]
    written += (((*path, "extra"), day.extra) for path, day in changes(school.form))
    for path, hours in written:
        for name, span in (hours or {}).items():
            early = is_night(span.first) or _has_one_digit(school.document.text((*path, name)))
            if early and time(1) <= span.first < time(7):
                said = f"{name} ({span.first:%H:%M}-{span.last:%H:%M}) begins in the night"
                first, last = in_the_afternoon(span.first), span.last
                last = last if last > first else in_the_afternoon(last)
                hint = f"for the afternoon write {first:%H:%M}-{last:%H:%M}"
                yield warning(school, (*path, name), said, hint)


def days_end_by_day(school: Filled[SchoolForm], _: Vocabulary) -> Found:
    """`ends: 3:15` would leave nothing of the day, and open everything: that is no warning."""
    for path, day in changes(school.form):
        for key, moment, tell in (("starts", day.starts, warning), ("ends", day.ends, problem)):
            if moment is not None and moment < time(7):
                said = f"{key} is {moment:%H:%M}, which is in the night"
                hint = f"for the afternoon write {key}: {in_the_afternoon(moment):%H:%M}"
                yield tell(school, (*path, key), said, hint)


def rules_hold_by_day(rules: Filled[RulesForm], _: Vocabulary) -> Found:
    """Only where an hour has one digit: a boarding school has rules for the night."""
    for i, rule in enumerate(rules.form.rules):
        for word in rule.when:
            found, said_when = _HOURS.search(word), when_of(word)
            when = None if isinstance(said_when, Unclear) else hours_of(said_when)
            if found is None or when is None:
                continue
            if said := _meant(when, found[1], found[2]):
                message, hint = said
                yield warning(rules, ("rules", i, "when"), f"{rule.name}: {word} {message}", hint)


def _meant(when: Dates | Weekly, first: str, last: str) -> tuple[str, str] | None:
    """What the hours of a rule come to, where the afternoon may be meant, and what to write."""
    start, end = when.start, when.end
    early = _has_one_digit(first) and time(1) <= start < time(7)
    late = _has_one_digit(last) and time(1) <= end < time(7) and end <= start
    if late and not early and in_the_afternoon(end) <= start:
        return None  # 20:00-6:00
    if not early and not late:
        return None
    by_day = in_the_afternoon(start) if early else start
    until = in_the_afternoon(end) if end <= by_day and end.hour < 12 else end
    hint = (
        f"for the afternoon write {by_day:%H:%M}-{until:%H:%M}; "
        f"for the night, {start:%H:%M}-{end:%H:%M}"
    )
    return ("begins in the night" if early else f"goes on over midnight until {end:%H:%M}"), hint


def _has_one_digit(text: str | None) -> bool:
    return text is not None and re.match(r"\d[:.]", text) is not None
