"""Days that a change takes from the school year: two timetables, and what is said at the save."""

from datetime import date

import pytest

from bellgate.policy.counted_days import counted_days
from bellgate.policy.decide import Policy
from tests.schedules.edited import below
from tests.schedules.edited import policy as sample

TODAY = date(2026, 11, 23)


def said(old: Policy, new: Policy) -> list[str]:
    return list(counted_days(old, new, TODAY))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("date: 2027-01-20, closed_to: everyone",
         ["pupils in 2026-27: in school now on 189 days, instead of 190",
          "staff in 2026-27: in school now on 194 days, instead of 195"]),
        ("date: 2027-06-28, closed_to: pupils",
         ["pupils in 2026-27: in school now on 189 days, instead of 190"]),
        ("date: 2027-06-28, for: pupils, ends: 12:00",
         ["pupils in 2026-27: in school now for 379 sessions, instead of 380"]),
        ("date: 2027-06-28, ends: 14:00", []),
        # A day that nobody has to make up for: an evening is a session more.
        ("date: 2027-02-09, for: staff, extra: {evening: 17:00-19:00}", []),
    ],
)  # fmt: skip
def test_a_save_says_which_days_of_the_year_are_missing(entry: str, says: list[str]) -> None:
    new = sample(below("school.yaml", "dates:", f"  - {{{entry}}}"))
    assert said(sample(), new) == says


def test_a_second_lost_day_says_what_it_was_before() -> None:
    snow = below("school.yaml", "dates:", "  - {date: 2027-01-20, closed_to: pupils}")
    more = below("school.yaml", "dates:", "  - {date: 2027-01-20 to 2027-01-21, closed_to: pupils}")
    assert said(sample(snow), sample(more)) == [
        "pupils in 2026-27: in school now on 188 days (before: 189), instead of 190"
    ]


def test_a_day_that_is_made_up_for_and_a_year_that_is_only_begun_are_no_news() -> None:
    snow = below("school.yaml", "dates:", "  - {date: 2027-01-20, closed_to: pupils}")
    assert said(sample(snow), sample()) == []
    autumn = "  - {name: Autumn 2027, first_day: 2027-09-02, last_day: 2027-12-17}"
    assert said(sample(), sample(below("school.yaml", "terms:", autumn))) == []
