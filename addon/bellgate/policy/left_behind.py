"""Two policies -> which of a day in school.yaml and the rules for that day was moved, and which was
not. They stand in two files, and whoever moves the one forgets the other. Words only."""

from collections.abc import Iterator

from bellgate.policy.decide import Policy, Rule
from bellgate.policy.wall_clock import dates_in_words
from bellgate.policy.when import Dates
from bellgate.policy.year import SpecialDay
from bellgate.policy.year_difference import moved_days


def left_behind(old: Policy, new: Policy) -> Iterator[str]:
    """`the rule Sports day, parents still names 22 June 2027, from which Sports day was moved
    to 24 June 2027`, and the same the other way round."""
    for was, now in moved_days(old.year, new.year):
        for rule in new.rules:
            if _is_within(rule, was) and not _is_within(rule, now):
                yield (
                    f"the rule {rule.name} still names {_of(was)}, from which {now.name} was "
                    f"moved to {_of(now)}"
                )
    before = {rule.name: rule for rule in old.rules}
    for rule in new.rules:
        earlier = before.get(rule.name)
        if earlier is None or earlier.when == rule.when:
            continue
        for day in new.year.dates:
            still = any(day.name == d.name and _of(day) == _of(d) for d in old.year.dates)
            if still and _is_within(earlier, day) and not _is_within(rule, day):
                yield (
                    f"{day.name} is still on {_of(day)}, which the rule {rule.name} no longer names"
                )


def _is_within(rule: Rule, day: SpecialDay) -> bool:
    """Whether a rule names dates that lie within those of a day."""
    dates = [when for when in rule.when if isinstance(when, Dates)]
    return any(day.first <= when.first and when.last <= day.last for when in dates)


def _of(day: SpecialDay) -> str:
    return dates_in_words(day.first, day.last)
