"""Two policies -> what people will notice of the change: other days, exceptions that no longer
hold, a day that was moved without its rules, and days that are missing. Words only."""

from datetime import date, time

from bellgate.policy.counted_days import counted_days
from bellgate.policy.day_difference import day_differences
from bellgate.policy.decide import Policy
from bellgate.policy.left_behind import left_behind
from bellgate.policy.overtaken import overtaken
from bellgate.policy.wall_clock import instant_of


def noticed(old: Policy, new: Policy, today: date) -> tuple[str, ...]:
    """From a day on, a sentence each; what was perhaps not meant first."""
    midnight = instant_of(today, time(), new.year.zone)
    return (
        *overtaken(old, new, midnight),
        *left_behind(old, new),
        *day_differences(old, new, today),
        *counted_days(old, new, today),
    )
