"""Whom a word of a rule stands for, and when a rule is the first that matches. Pure."""

from collections.abc import Iterator

from bellgate.policy.decide import Policy, Rule
from bellgate.policy.intervals import Intervals
from bellgate.policy.what import What
from bellgate.policy.when import intervals_of
from bellgate.policy.who import EVERYONE, Who


def meant_by(word: str, policy: Policy) -> Iterator[Who]:
    """The groups and devices that a word of `who` stands for: those inside a group with it."""
    for group in policy.groups.values():
        if word == EVERYONE or word in group.chain:
            yield Who(group, None, "unknown")
    for device in policy.directory.devices:
        if word == device.name or word in device.others:
            yield Who(policy.groups[device.group], device, "unknown")


def decided(policy: Policy, rule: Rule, who: Who, what: What) -> Intervals:
    """When a rule is the first that matches."""
    about = policy.rules_about(who, what)
    if rule not in about:
        return Intervals()
    table = policy.timetable(who.group)
    left = intervals_of(rule.when, table)
    for earlier in about[: about.index(rule)]:
        left = left.minus(intervals_of(earlier.when, table))
    return left
