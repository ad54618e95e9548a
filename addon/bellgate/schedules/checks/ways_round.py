"""Whether a way round is open to somebody while something else is closed to them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.intervals import DAWN, Intervals
from bellgate.policy.wall_clock import WEEKDAYS, dates_in_words
from bellgate.policy.what import CIRCUMVENTION, NO_NAME, NOT_WEB, categories_meant
from bellgate.policy.when import intervals_of
from bellgate.policy.who import EVERYONE, Group
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files
from bellgate.schedules.problem import Problem

_WAYS = {
    NO_NAME: "sites that hide their name (no-name)",
    CIRCUMVENTION: "VPNs and proxies (circumvention)",
}

BUT_FOR = ", except at the times of "
"""Before the rules that close a way for some of the time."""


def ways_round_are_closed_too(files: Files, policy: Policy) -> Iterator[Problem]:
    """A warning at each rule that can be got round while it holds."""
    for i, rule in enumerate(policy.rules):
        if not _closes(rule) or all(word in _WAYS or word == NOT_WEB for word in rule.what):
            continue
        groups = _groups(policy, rule)
        left = {
            way: {g.name: t for g in groups if (t := _open_meanwhile(policy, rule, way, g)).bounds}
            for way in _WAYS
        }
        ways = [way for way, open_to in left.items() if open_to]
        if ways:
            who = list(dict.fromkeys(name for open_to in left.values() for name in open_to))
            but_for = _but_for(policy, rule, ways, [g for g in groups if g.name in who])
            first = min(t.bounds[:2] for open_to in left.values() for t in open_to.values())
            message = (
                f"{rule.name} can be got round: while it applies, "
                f"{' and '.join(_WAYS[way] for way in ways)} stay open to {', '.join(who)}"
                f"{but_for}{_for_example(first, policy)}"
            )
            hint = (
                f"{'where that matters, ' if but_for else ''}add a rule with "
                f"who: {_one_or_more(who)}, "
                f"what: {_one_or_more(ways)}, "
                f"when: {_one_or_more([*map(str, rule.when)])}, do: block"
            )
            yield warning(files.rules, ("rules", i), message, hint)


def _one_or_more(words: Sequence[str]) -> str:
    """As rules.yaml has it."""
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"


def _but_for(policy: Policy, rule: Rule, ways: Sequence[str], groups: Sequence[Group]) -> str:
    """The rules that close a way to some of them for some of the time."""
    names = dict.fromkeys(
        other.name
        for other in policy.rules
        for group in groups
        for way in ways
        if _closes_to(other, way, group) and _meet(policy, rule, other, group)
    )
    return f"{BUT_FOR}{', '.join(names)}" if names else ""


def _meet(policy: Policy, rule: Rule, other: Rule, group: Group) -> bool:
    table = policy.timetable(group)
    held = intervals_of(rule.when, table)
    return held.minus(intervals_of(other.when, table)) != held


def _for_example(first: tuple[datetime, ...], policy: Policy) -> str:
    """A time at which that is so, as its start and end; nothing where it has no start."""
    if first[0] == DAWN:
        return ""
    start, *ends = (each.astimezone(policy.year.zone) for each in first)
    day = f"on {WEEKDAYS[start.weekday()]} {dates_in_words(start.date())}"
    if any(end.date() == start.date() for end in ends):
        return f", such as from {start:%H:%M} to {ends[0]:%H:%M} {day}"
    return f", such as at {start:%H:%M} {day}"


def _closes(rule: Rule) -> bool:
    return ACTIONS[rule.action].fate == "closed"


def _groups(policy: Policy, rule: Rule) -> list[Group]:
    """The outermost groups that a rule is about."""
    about = [
        g
        for g in policy.groups.values()
        if EVERYONE in rule.who or any(word in g.chain for word in rule.who)
    ]
    names = {g.name for g in about}
    return [g for g in about if not names & set(g.chain[1:])]


def _open_meanwhile(policy: Policy, rule: Rule, way: str, group: Group) -> Intervals:
    """When a rule holds for a group and nothing closes the way to it."""
    table = policy.timetable(group)
    left = intervals_of(rule.when, table)
    for other in policy.rules:
        if _closes_to(other, way, group):
            left = left.minus(intervals_of(other.when, table))
    return left


def _closes_to(rule: Rule, way: str, group: Group) -> bool:
    about = EVERYONE in rule.who or any(word in group.chain for word in rule.who)
    named = any(word == way or way in categories_meant(word) for word in rule.what)
    return about and named and _closes(rule)
