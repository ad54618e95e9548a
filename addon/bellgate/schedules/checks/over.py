"""rules.yaml: rules for dates that are over. Today is an argument."""

from collections.abc import Iterator
from datetime import date, timedelta

from bellgate.policy.wall_clock import dates_in_words
from bellgate.policy.when import Dates, When, last_day
from bellgate.schedules.checks.place import warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.problem import Problem, Unclear
from bellgate.schedules.rule_times import when_of

_SOON = timedelta(days=183)
"""A day that comes again no later than this was perhaps meant to be that one."""


def rules_can_hold_again(rules: Filled[RulesForm], today: date) -> Iterator[Problem]:
    """A rule all of whose dates are over: mistyped, or left behind by the evening it was for."""
    for i, rule in enumerate(rules.form.rules):
        times = [when for word in rule.when if not isinstance(when := when_of(word), Unclear)]
        lasts = [last for when in times if (last := last_day(when)) is not None]
        if not lasts or len(lasts) < len(rule.when) or max(lasts) >= today:
            continue
        said = ", ".join(map(_in_words, times))
        are = "are" if len(times) > 1 else "is"
        hint = "correct the date, or take the rule out"
        if year := year_meant(max(lasts), today):
            hint = f"did you mean {year}? Otherwise take the rule out"
        message = f"{rule.name} never applies again: {said} {are} over"
        yield warning(rules, ("rules", i, "when"), message, hint)


def _in_words(when: When) -> str:
    return dates_in_words(when.first, when.last) if isinstance(when, Dates) else str(when)


def year_meant(day: date, today: date) -> int | None:
    """The year that somebody perhaps meant who wrote a date that is over; None where that day
    would be too far away."""
    for year in (today.year, today.year + 1):
        try:
            again = day.replace(year=year)
        except ValueError:
            continue
        if today <= again <= today + _SOON:
            return year
    return None
