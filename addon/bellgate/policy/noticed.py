"""Two policies -> what people will notice of the change: other days, and exceptions that no longer
hold. Words only."""

from datetime import date, time

from bellgate.policy.day_difference import day_differences
from bellgate.policy.decide import Policy
from bellgate.policy.overtaken import overtaken
from bellgate.policy.wall_clock import instant_of


def noticed(old: Policy, new: Policy, today: date) -> tuple[str, ...]:
    """From a day on, a sentence each; what closes an exception first."""
    midnight = instant_of(today, time(), new.year.zone)
    return (*overtaken(old, new, midnight), *day_differences(old, new, today))
