"""rules.yaml: of a rule's dates, those on which nobody that it is for is in school.

A date holds with school or without, which may be meant. Of a row of dates, most of them in school,
one on a snow day or in half-term was most often counted on from the one before.
"""

from collections.abc import Iterator
from datetime import date

from bellgate.policy.decide import Policy, Rule
from bellgate.policy.when import Dates
from bellgate.policy.who import EVERYONE, Group
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files
from bellgate.schedules.problem import Problem


def a_row_of_dates_is_in_school(files: Files, policy: Policy) -> Iterator[Problem]:
    for i, rule in enumerate(policy.rules):
        days = [when.first for when in rule.when if isinstance(when, Dates)]
        closed = [day for day in days if not _in_school(policy, rule, day)]
        if closed and len(closed) * 2 < len(days):
            said = ", ".join(f"{day}{_why(policy, rule, day)}" for day in closed)
            yield warning(
                files.rules,
                ("rules", i, "when"),
                f"{rule.name} applies on {said}, when nobody that it is for is in school",
                "take the date out, unless you mean it; a day of the week with from and until "
                "leaves such days out by itself",
            )


def _in_school(policy: Policy, rule: Rule, day: date) -> bool:
    return any(policy.year.day(group.chain, day).sessions for group in _groups(policy, rule))


def _why(policy: Policy, rule: Rule, day: date) -> str:
    found = next((policy.year.day(g.chain, day).why for g in _groups(policy, rule)), None)
    return f" ({found})" if found else ""


def _groups(policy: Policy, rule: Rule) -> Iterator[Group]:
    """The groups that a rule is about, by their own names and by those of devices."""
    homes = {d.group for d in policy.directory.devices if {d.name, *d.others} & {*rule.who}}
    for name, group in policy.groups.items():
        if EVERYONE in rule.who or {*group.chain} & {*rule.who} or name in homes:
            yield group
