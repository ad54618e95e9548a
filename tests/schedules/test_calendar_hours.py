"""Events with hours: they cut the school's day, and those that change nothing are told."""

from dataclasses import replace

import pytest

from bellgate.policy.who import EVERYONE
from tests.schedules.calendars_told import SCHOOL, TERMS, WRITTEN, cut, off, year


def test_schools_that_are_open_on_a_bank_holiday_are_so_and_it_is_said() -> None:
    text = "2026-11-30 St Andrew's Day – council offices closed, schools OPEN"
    found = year(text, TERMS, setting=replace(SCHOOL, bank_holidays="Scotland"))
    assert [d.open_to for d in found.dates] == [frozenset({EVERYONE})]
    (problem,) = found.problems
    assert "school is open, against bank_holidays in school.yaml" in problem.message


@pytest.mark.parametrize(
    "text", ["2027-01-19 15:15-16:45 Staff CPD 3.15-4.45pm", "2027-01-19 Staff training 3.30pm"]
)
def test_training_after_school_is_never_to_cut_the_day(text: str) -> None:
    (problem,) = year(text, TERMS).problems
    assert "it is outside the school day" in problem.message
    assert problem.hint is None


@pytest.mark.parametrize(
    ("told", "closed", "short"),
    [
        # It begins after school, and on Sunday the boarders are back.
        ("2026-10-23T16:00 to 2026-11-01T20:00 Half Term", "2026-10-24 to 2026-11-01", []),
        ("2026-10-23T15:15 to 2026-11-02T08:30 Half Term", "2026-10-24 to 2026-11-01", []),
        # It begins within the day, and ends within one.
        (
            "2026-10-23T12:30 to 2026-11-01T20:00 Half Term",
            "2026-10-24 to 2026-11-01",
            ["2026-10-23 until 12:30"],
        ),
        (
            "2026-10-23T16:00 to 2026-11-02T09:00 Half Term",
            "2026-10-24 to 2026-11-01",
            ["2026-11-02 from 09:00"],
        ),
        # The hours of school days, from the first to the last.
        ("2026-10-26T09:00 to 2026-10-30T15:00 Half Term", "2026-10-26 to 2026-10-30", []),
        ("2026-10-26T00:00 to 2026-10-30T16:00 School closed", "2026-10-26 to 2026-10-30", []),
    ],
)
def test_days_off_that_begin_or_end_at_some_hour(told: str, closed: str, short: list[str]) -> None:
    found = year(told, WRITTEN)
    assert off(found) == [closed]
    assert cut(found) == short


def test_a_day_whose_hours_are_told_keeps_them() -> None:
    found = year(
        """
        2026-10-23 School closes at 12 noon for half term
        2026-10-23T12:30 to 2026-11-01T20:00 Half Term
        """,
        WRITTEN,
    )
    assert cut(found) == ["2026-10-23 until 12:00"]


def test_a_closure_from_after_school_to_the_weekend_is_none() -> None:
    found = year("2026-10-23T16:00 to 2026-10-24T12:00 School closed", WRITTEN)
    assert not off(found)
    (problem,) = found.problems
    assert "(2026-10-23 16:00 to 2026-10-24 12:00) changes nothing" in problem.message


@pytest.mark.parametrize(
    ("told", "short"),
    [
        ("2026-10-23 16:00-16:30 Half-term begins", []),
        ("2026-10-23 12:30-13:00 Half-term begins", ["2026-10-23 until 12:30"]),
    ],
)
def test_a_half_term_that_begins_at_some_hour_leaves_the_day(told: str, short: list[str]) -> None:
    found = year(f"{told}\n2026-11-02 School reopens", WRITTEN)
    assert off(found) == ["2026-10-24 to 2026-11-01"]
    assert cut(found) == short


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ("2026-11-20 11:00-11:30 Last day of term", "ends: 11:00"),
        ("2026-11-20 11:00-12:00 Carol Service, term ends", "ends: 11:00"),
        ("2026-11-20 10:00-10:30 Term begins", "starts: 10:30"),
        ("2026-11-20 09:00-09:30 Break up for Christmas", "ends: 09:00"),
        ("2026-11-20 13:00-13:30 School closes early at 2pm", "ends: 13:00"),
    ],
)
def test_hours_of_a_day_in_school_that_change_nothing_are_told(told: str, hint: str) -> None:
    found = year(told, WRITTEN)
    (problem,) = [p for p in found.problems if "without its hours" in p.message]
    assert problem.hint
    assert problem.hint.endswith(f"such as {hint}")


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-20 08:50-09:20 Term begins",
        "2026-11-20 15:00-15:30 Last day of term",
        "2026-11-20 08:50-15:15 Last day of term",
        "2026-11-20 11:00-12:00 Carol Service, term ends 12 noon",
        "2026-11-20 17:00-19:30 Open Evening (pupils dismissed 1.15pm)",
        "2026-11-20 12:00-12:30 Lent Term ends after Final Assembly",
    ],
)
def test_hours_that_are_taken_or_say_nothing_new_are_not(told: str) -> None:
    assert not [p for p in year(told, WRITTEN).problems if "hours" in p.message]


def test_the_hint_for_a_part_of_a_day_gives_the_events_own_hours() -> None:
    found = year("2026-11-20 12:45-14:15 INSET", WRITTEN)
    (problem,) = found.problems
    assert problem.hint == "write that day's hours under dates in school.yaml: ends: 12:45"
