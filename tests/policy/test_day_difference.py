"""What people notice of a change: a timetable, an edit, and the sentences that it comes to."""

from datetime import date

import pytest

from bellgate.policy.day_difference import day_differences
from bellgate.policy.decide import Policy
from bellgate.schedules.load import load_files
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.small_school import FILES

SCHOOL = """\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
    half_term: 2026-10-26 to 2026-10-30
sessions:
  morning: 08:50-12:00
  afternoon: 13:00-15:15
days_for:
  staff:
    sessions:
      morning: 08:30-12:15
      afternoon: 13:00-15:45
"""


def policy(school: str) -> Policy:
    found = load_files({**FILES, "school.yaml": school.encode()}, catalogue=small_catalogue())
    assert found.policy is not None, found.errors
    return found.policy


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            "weekdays:\n  - day: Friday\n    for: pupils\n    ends: 13:30\n",
            ["pupils Friday afternoon now ends 13:30, was 15:15"],
        ),
        (
            "dates:\n  - date: 2026-11-25\n    name: Snow\n    closed_to: everyone\n",
            ["pupils, staff, guests on Wed 25 Nov 2026: no school now (Snow)"],
        ),
        (
            "dates:\n  - date: 2026-10-27\n    name: Training\n    open_to: staff\n",
            [
                "staff on Tue 27 Oct 2026: school now, 08:30 to 15:45 (Training), was none "
                "(half-term of Autumn 2026)"
            ],
        ),
        (
            "dates:\n  - date: 2026-11-23 to 2026-11-27\n    name: Week\n    for: pupils\n"
            "    starts: 10:00\n",
            ["pupils from Mon 23 Nov 2026 to Fri 27 Nov 2026: morning now starts 10:00, was 08:50"],
        ),
        (
            "dates:\n  - date: 2026-11-25\n    for: staff\n    name: Evening\n"
            "    extra:\n      evening: 16:00-20:00\n",
            ["staff on Wed 25 Nov 2026: evening is new, 16:00 to 20:00"],
        ),
        ("# only a comment\n", []),
    ],
)
def test_what_an_edit_comes_to(edit: str, says: list[str]) -> None:
    found = day_differences(policy(SCHOOL), policy(SCHOOL + edit), date(2026, 9, 1))
    assert list(found) == says


def test_every_day_of_the_week_is_said_without_a_date() -> None:
    later = SCHOOL.replace("  afternoon: 13:00-15:15", "  afternoon: 13:00-15:30")
    found = day_differences(policy(SCHOOL), policy(later), date(2026, 9, 1))
    assert list(found) == ["pupils, guests afternoon now ends 15:30, was 15:15"]
    # What is over is nobody's concern any more.
    assert not day_differences(policy(SCHOOL), policy(later), date(2027, 1, 1))
