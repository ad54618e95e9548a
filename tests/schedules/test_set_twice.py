"""Two entries for the same days: which is plainly meant, and which hides the other."""

import pytest

from tests.schedules.edited import below, told


def of_dates(*entries: str) -> list[str]:
    return told(below("school.yaml", "dates:", "\n".join(entries)))


def entry(dates: str, name: str, hours: str = "08:50-11:45") -> str:
    return f"  - {{date: {dates}, name: {name}, for: pupils, sessions: {{morning: {hours}}}}}"


def test_one_day_below_a_long_range_is_plainly_meant() -> None:
    assert not of_dates(
        entry("2027-06-01 to 2027-06-30", "Lunch"), entry("2027-06-24", "Sports", "08:50-11:30")
    )


def test_a_long_range_below_one_day_hides_that_day_alone() -> None:
    (only,) = of_dates(entry("2027-06-24", "Sports"), entry("2027-06-07 to 2027-06-30", "Lunch"))
    assert "2027-06-24 is set twice for the same groups (Sports on line" in only
    assert only.endswith("/ for Sports to count then, move it below Lunch")


def test_of_two_ranges_that_overlap_the_days_of_both_are_named() -> None:
    (only,) = of_dates(
        entry("2027-06-07 to 2027-06-16", "One"), entry("2027-06-14 to 2027-06-30", "Two")
    )
    assert "2027-06-14 to 2027-06-16 is set twice" in only


@pytest.mark.parametrize(
    ("first", "later", "told"),
    [
        ("ends: 14:00", "for: staff, ends: 15:00", False),
        ("for: [staff, pupils], ends: 14:00", "for: staff, ends: 15:00", False),
        ("for: staff, ends: 15:00", "ends: 14:00", True),
        ("ends: 14:00", "ends: 13:00", True),
        ("ends: 14:00", "starts: 10:00", False),
        ("ends: 14:00", "sessions: {morning: 08:50-11:30}", False),
        ("closed_to: everyone", "open_to: staff", False),
        ("closed_to: pupils", "closed_to: everyone", True),
    ],
)
def test_a_later_line_for_some_of_the_groups_is_plainly_meant(
    first: str, later: str, told: bool
) -> None:
    said = of_dates(*(f"  - {{date: 2027-06-24, {hours}}}" for hours in (first, later)))
    assert any("is set twice" in line for line in said) == told


def of_weekdays(*entries: str) -> list[str]:
    edit = ("school.yaml", "dates:\n", "weekdays:\n" + "\n".join(entries) + "\ndates:\n")
    return [line for line in told(edit) if "changes nothing" not in line]


def test_a_day_of_the_week_within_several_and_a_part_of_the_year_are_plainly_meant() -> None:
    every = "  - {day: Monday to Friday, ends: 15:00, sessions: {all: 08:50-15:00}}"
    friday = "  - {day: Friday, sessions: {all: 08:50-14:00}}"
    later = "  - {day: Friday, from: 2027-01-08, sessions: {all: 08:50-13:00}}"
    spring = "  - {day: Friday, until: 2027-01-07, sessions: {all: 08:50-13:00}}"
    assert not of_weekdays(every, friday)
    assert not of_weekdays(friday, later)
    assert not of_weekdays(spring, later)
    assert len(of_weekdays(friday, friday)) == 1
    assert len(of_weekdays(later, friday)) == 1


def test_a_last_day_before_the_first_is_a_mistake() -> None:
    wrong = "  - {day: Friday, ends: 13:00, from: 2027-01-08, until: 2026-12-04}"
    (only,) = of_weekdays(wrong)
    assert "until is 2026-12-04, before from (2027-01-08)" in only


def test_dates_of_the_school_year_under_other_keys_are_told_the_right_ones() -> None:
    (only,) = of_weekdays("  - {day: Friday, ends: 13:00, first_day: 2027-01-08}")
    assert "write from: 2027-01-05, the first day" in only
    (only,) = of_dates("  - {date: 2027-06-24, ends: 13:00, until: 2027-06-25}")
    assert "write both days after date" in only
