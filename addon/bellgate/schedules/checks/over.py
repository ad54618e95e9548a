"""rules.yaml: rules for dates that are over. Today is an argument."""

from collections.abc import Iterator
from datetime import date, time, timedelta

from bellgate.policy.wall_clock import dates_in_words
from bellgate.policy.when import Dates
from bellgate.schedules.checks.place import warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.problem import Problem
from bellgate.schedules.rule_times import when_of

_SOON = timedelta(days=183)
"""A day that comes again no later than this was perhaps meant to be that one."""
_ONE_DAY = timedelta(days=1)


def rules_can_hold_again(rules: Filled[RulesForm], today: date) -> Iterator[Problem]:
    """A rule all of whose dates are over: mistyped, or left behind by the evening it was for."""
    for i, rule in enumerate(rules.form.rules):
        times = [when_of(word) for word in rule.when]
        dates = [when for when in times if isinstance(when, Dates)]
        if not dates or len(dates) < len(times) or any(_last(d) >= today for d in dates):
            continue
        said = ", ".join(dates_in_words(when.first, when.last) for when in dates)
        are = "are" if len(dates) > 1 else "is"
        hint = "correct the date, or take the rule out"
        if year := year_meant(max(when.last for when in dates), today):
            hint = f"did you mean {year}? Otherwise take the rule out"
        message = f"{rule.name} never holds again: {said} {are} over"
        yield warning(rules, ("rules", i, "when"), message, hint)


def _last(when: Dates) -> date:
    """The last day on which it holds; hours may go over midnight."""
    over_midnight = time() < when.end <= when.start
    return when.last + _ONE_DAY if over_midnight else when.last


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
