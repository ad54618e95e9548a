"""A day is moved in school.yaml and its rule in rules.yaml is not, or the other way round."""

from datetime import date

from bellgate.policy.noticed import noticed
from tests.schedules.edited import below, policy

SPORTS_DAY = """\
  - date: 2027-06-{}
    name: Sports day
    for: pupils
    ends: 14:30"""
PARENTS = """\
  - name: Sports day, parents
    who: guests
    what: [facebook, instagram]
    when: 2027-06-{} 13:00-16:00
    do: allow
    clause: Ours"""


def felt(day: str, rule: str) -> list[str]:
    """What is said when sports day and its rule are moved from the 22nd."""
    before, after = (
        policy(
            below("school.yaml", "dates:", SPORTS_DAY.format(d)),
            below("rules.yaml", "rules:", PARENTS.format(r)),
        )
        for d, r in (("22", "22"), (day, rule))
    )
    said = noticed(before, after, date(2026, 11, 29))
    return [each for each in said if "still" in each]


def test_the_rule_that_was_forgotten_is_named() -> None:
    assert felt("24", "22") == [
        "the rule Sports day, parents still names 22 June 2027, from which Sports day was "
        "moved to 24 June 2027"
    ]


def test_so_is_the_day_that_was_forgotten() -> None:
    assert felt("22", "24") == [
        "Sports day is still on 22 June 2027, which the rule Sports day, parents no longer names"
    ]


def test_where_both_are_moved_there_is_nothing_to_say() -> None:
    assert felt("24", "24") == []
