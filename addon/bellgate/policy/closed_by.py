"""Which rules decide about a service or a list, and what each does to whom: one sentence.

A site is closed by what it counts as: whoever adds one wants to know for whom that closes it.
"""

from collections.abc import Iterator

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.intervals import Intervals
from bellgate.policy.what import Service, What
from bellgate.policy.when import in_short, intervals_of
from bellgate.policy.who import EVERYONE, Who


def by_rules(service: Service, policy: Policy, them: str = "it") -> str:
    """`the rule Pupils blocks it for pupils, guests (school day); the rule Staff …`, in the order
    of the file. The first rule that matches decides: one that never does is not named."""
    said: list[str] = []
    for rule in policy.rules:
        if rule.names_service(service) and (whom := list(_whom(policy, rule, What(service)))):
            does = f"{ACTIONS[rule.action].does} {them} for {', '.join(whom)}"
            said.append(f"the rule {rule.name} {does} ({in_short(rule.when)})")
    return "; ".join(said) or f"no rule names {them}, so nothing closes {them}"


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


def _whom(policy: Policy, rule: Rule, what: What) -> Iterator[str]:
    """The words of a rule's `who` for which it ever decides."""
    for word in rule.who:
        if any(decided(policy, rule, who, what).bounds for who in _meant(policy, word)):
            yield word


def _meant(policy: Policy, word: str) -> Iterator[Who]:
    """The groups and devices that a word of `who` stands for."""
    for group in policy.groups.values():
        if word == EVERYONE or word in group.chain:
            yield Who(group, None, "unknown")
    for device in policy.directory.devices:
        if word == device.name or word in device.others:
            yield Who(policy.groups[device.group], device, "unknown")
