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


def said(before: str, after: str, first: date = date(2026, 9, 1)) -> list[str]:
    return list(day_differences(policy(before), policy(after), first))


YEAR = SCHOOL.replace("days_for:", """\
days_for:
  pupils:
    sessions:
      morning: 08:50-12:00
      afternoon: 13:00-15:15
""").replace("  - name: Autumn 2026", """\
  - name: Spring 2027
    first_day: 2027-01-05
    last_day: 2027-03-25
  - name: Autumn 2026""")  # fmt: skip
LUNCH = "    sessions:\n      morning: 08:50-11:45\n      afternoon: 12:45-15:15\n"
FROM_JANUARY = [
    "pupils from Tue 5 Jan 2027 to Thu 25 Mar 2027: morning now ends 11:45, was 12:00; "
    "afternoon now starts 12:45, was 13:00"
]


def test_a_change_that_holds_only_for_a_part_of_the_year_says_its_dates() -> None:
    """However long the part is: without dates it reads as from tomorrow on."""
    entry = f"dates:\n  - date: 2027-01-05 to 2027-03-25\n    for: pupils\n    name: Lunch\n{LUNCH}"
    assert said(YEAR, YEAR + entry) == FROM_JANUARY


def test_a_standing_change_from_a_day_on_says_that_day() -> None:
    weekly = "weekdays:\n  - day: Monday to Friday\n    for: pupils\n    from: 2027-01-05\n"
    assert said(YEAR, YEAR + weekly + LUNCH) == FROM_JANUARY
    friday = "weekdays:\n  - {day: Friday, for: pupils, from: 2027-01-08, ends: 14:00}\n"
    assert said(YEAR, YEAR + friday) == [
        "pupils Friday from Fri 8 Jan 2027 to Fri 19 Mar 2027: afternoon now ends 14:00, was 15:15"
    ]


def test_a_groups_own_day_may_have_a_first_and_a_last_day() -> None:
    limited = SCHOOL.replace(
        "  staff:\n", "  staff:\n    from: 2026-11-02\n    until: 2026-11-27\n"
    )
    assert said(SCHOOL.partition("days_for:")[0], limited) == [
        "staff from Mon 2 Nov 2026 to Fri 27 Nov 2026: morning now starts 08:30, was 08:50; "
        "morning now ends 12:15, was 12:00; afternoon now ends 15:45, was 15:15"
    ]


def test_a_few_days_that_differ_anyway_do_not_make_a_standing_change_one_of_dates() -> None:
    fair = "dates:\n  - {date: 2026-11-25, name: Fair, ends: 14:00}\n"
    later = SCHOOL.replace("  afternoon: 13:00-15:15", "  afternoon: 13:00-15:30")
    assert said(SCHOOL + fair, later + fair) == [
        "pupils, guests afternoon now ends 15:30, was 15:15"
    ]


def test_a_day_that_is_moved_is_told_day_by_day() -> None:
    day = "dates:\n  - date: {0}\n    name: Sports day\n    sessions:\n      all: 09:00-15:00\n"
    found = said(SCHOOL + day.format("2026-11-24"), SCHOOL + day.format("2026-11-26"))
    assert [each.partition(":")[0] for each in found] == [
        "pupils, guests on Tue 24 Nov 2026",
        "staff on Tue 24 Nov 2026",
        "pupils, staff, guests on Thu 26 Nov 2026",
    ]


def test_a_term_of_next_year_is_told_to_its_end() -> None:
    next_year = SCHOOL.replace(
        "sessions:\n  morning: 08:50",
        "  - name: Autumn 2027\n    first_day: 2027-09-02\n    last_day: 2027-12-17\n"
        "sessions:\n  morning: 08:50",
    )
    said = day_differences(policy(SCHOOL), policy(next_year), date(2026, 11, 29))
    assert said
    for line in said:
        assert " from Thu 2 Sep 2027 to Fri 17 Dec 2027: school now" in line
