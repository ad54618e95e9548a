"""A calendar's events -> the school year, as a person reads it: a feed, and what it comes to."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.year import Term
from bellgate.schedules.year.calendar_kinds import Setting
from bellgate.schedules.year.calendar_reading import year_of
from bellgate.schedules.year.icalendar_file import Calendar, Event
from tests.schedules.calendars_told import (
    FIVE,
    SCHOOL,
    TODAY,
    WRITTEN,
    errors,
    feed,
    off,
    short_day,
    terms,
    year,
)
from tests.schedules.test_calendar_titles import table


def test_closes_and_reopens_pair_up_whatever_either_is_called() -> None:
    found = year(
        """
        2026-08-17 Schools open
        2026-10-09 Schools close for October break
        2026-10-19 Schools reopen
        2026-12-18 Schools close for Christmas
        2027-01-05 Schools reopen
        2027-02-12 Schools close for half term
        2027-02-22 Schools reopen
        2027-03-25 Schools close for Easter
        2027-04-12 Schools reopen
        2027-06-25 Schools close for summer
        """
    )
    assert not found.problems
    assert terms(found) == [
        "2026-08-17 to 2026-10-09",
        "2026-10-19 to 2026-12-18",
        "2027-01-05 to 2027-03-25",
        "2027-04-12 to 2027-06-25",
    ]
    assert off(found) == ["2027-02-13 to 2027-02-21"]


def test_a_feed_that_calls_every_holiday_a_half_term() -> None:
    found = year(
        """
        2026-09-02 Autumn term begins
        2026-10-26 to 2026-10-30 Half term
        2026-12-21 to 2027-01-03 Half term
        2027-02-15 to 2027-02-19 Half term
        2027-03-26 to 2027-04-11 Half term
        2027-05-31 to 2027-06-04 Half term
        2027-07-21 Summer term ends
        """
    )
    assert not found.problems
    assert terms(found) == ["2026-09-02 to 2027-07-21"]
    assert off(found) == [
        "2026-10-26 to 2026-10-30",
        "2026-12-21 to 2027-01-03",
        "2027-02-15 to 2027-02-19",
        "2027-03-26 to 2027-04-11",
        "2027-05-31 to 2027-06-04",
    ]


def test_a_first_day_told_with_hours_is_that_day() -> None:
    found = year(
        """
        2026-09-02 INSET day - no pupils
        2026-09-03 08:50-09:50 Back to school
        2026-10-22 to 2026-10-23 INSET days - no pupils
        2026-10-26 to 2026-10-30 Half term break
        2026-11-02 School opens to children
        2026-12-18 13:15-13:30 Last day of autumn term
        2026-12-21 to 2027-01-01 Christmas holiday
        """
    )
    (problem,) = found.problems
    assert (problem.line, problem.level) == (6, "warning")
    assert "is taken without its hours, which change nothing" in problem.message
    assert terms(found) == ["2026-09-03 to 2026-12-18"]


def test_a_half_term_is_told_by_its_ends_and_by_the_days_beside_them() -> None:
    beside = year("2026-10-23 Break up for half term\n2026-11-02 Return to school", WRITTEN)
    ends = year("2026-10-26 Half term begins\n2026-10-30 Half term ends", WRITTEN)
    assert beside.terms[0].half_term == (date(2026, 10, 24), date(2026, 11, 1))
    assert ends.terms[0].half_term == (date(2026, 10, 26), date(2026, 10, 30))
    assert not beside.problems
    assert not ends.problems


def test_the_last_day_may_be_told_by_the_summer_holidays_alone() -> None:
    found = year(
        """
        2027-04-12 Summer term begins
        2027-05-31 to 2027-06-04 Half term
        2027-07-22 to 2027-08-31 Summer holidays
        """
    )
    assert terms(found) == ["2027-04-12 to 2027-07-21"]


def test_a_last_day_shortly_before_the_end_of_a_term_leaves_the_rest_to_staff() -> None:
    found = year(
        """
        2027-06-01 to 2027-07-20 Summer 2
        2027-07-16 Last day of term
        2027-07-20 INSET day (closed all day)
        """
    )
    assert not found.problems
    assert off(found) == ["2027-07-17 to 2027-07-20"]
    assert [(d.first, sorted(d.open_to)) for d in found.dates[1:]] == [
        (date(2027, 7, 20), ["staff"])
    ]


def test_a_feed_that_begins_in_the_middle_of_a_term_is_read_from_there() -> None:
    text = (
        "2027-02-15 to 2027-02-19 Half term\n2027-03-25 End of term\n"
        "2027-04-12 Summer term starts\n2027-07-21 Summer term ends"
    )
    over = year(text, today=date(2027, 4, 1))
    assert not over.problems
    assert terms(over) == ["2027-04-12 to 2027-07-21"]
    # As long as that term goes on, nobody knows when it began.
    assert errors(year(text, today=date(2027, 3, 25)))


def test_staff_come_back_before_the_pupils() -> None:
    found = year(
        """
        2026-09-01 Staff return
        2026-09-02 Pupils return
        2026-12-18 End of term
        """
    )
    assert terms(found) == ["2026-09-02 to 2026-12-18"]
    (day,) = found.dates
    assert (day.first, day.closed_to, day.open_to) == (
        date(2026, 9, 1), frozenset({"pupils"}), frozenset({"staff"}),
    )  # fmt: skip


def test_a_half_term_of_the_calendar_joins_a_term_of_school_yaml() -> None:
    found = year("2026-10-26 to 2026-10-30 Half term", WRITTEN)
    assert found.terms[0].half_term == (date(2026, 10, 26), date(2026, 10, 30))
    assert str(found.terms[0].half_term_source) == "t.ics:1"
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-08-18 Term ends", "no first day of term comes before it"),
        ("2026-09-02 Term starts", "no last day of term follows it"),
        ("2026-09-02 Term starts\n2026-12-18 Term ends\n2027-03-25 Term ends", "no first day of"),
        (
            "2026-10-16 INSET day\n2026-11-02 Back to school\n2026-12-18 End of term",
            "is before the first term begins (2026-11-02)",
        ),
        (
            "2026-09-02 Term starts\n2026-12-18 Term ends\n2027-02-15 to 2027-02-19 Half term",
            "is after the last term ends (2026-12-18)",
        ),
        (
            "2026-09-02 to 2026-12-18 Autumn term\n2026-11-18 End of term",
            "is in the middle of Autumn term",
        ),
    ],
)
def test_a_calendar_that_contradicts_itself_is_wrong(text: str, says: str) -> None:
    (problem,) = errors(year(text))
    assert says in problem.message
    assert text.splitlines()[problem.line - 1].endswith(problem.message.split('"')[1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-09-03 to 2026-12-18 Autumn term", "overlaps Autumn 2026 (2026-09-02 to 2026-12-18"),
        ("2026-11-18 End of term", "is in the middle of Autumn 2026"),
        ("2027-05-31 to 2027-06-04 Half term", "is after the last term ends (2027-03-25)"),
        ("2026-11-18 Quiz", '"Quiz" (2026-11-18) is not understood and changes nothing'),
    ],
)
def test_what_school_yaml_says_counts_and_the_difference_is_reported(text: str, says: str) -> None:
    (problem,) = year(text, WRITTEN).problems
    assert (problem.line, problem.level) == (1, "warning")
    assert says in problem.message


def test_a_half_term_that_differs_from_that_in_school_yaml_is_reported() -> None:
    written = (Term("Autumn", date(2026, 9, 2), date(2026, 12, 18), (date(2026, 10, 26),) * 2),)
    (problem,) = year("2026-10-19 to 2026-10-23 Half term", written).problems
    assert "differs from the half-term in Autumn" in problem.message


def test_training_days_over_a_weekend_leave_it_free() -> None:
    found = year("2026-09-03 to 2026-09-07 INSET days", WRITTEN)
    assert [d.first.day for d in found.dates] == [3, 4, 7]


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ("Pre-school INSET day", {"pre-school"}),
        ("Year 2 closed", {"year-2"}),
        ("Y2 INSET", {"year-2"}),
        ("Years 3 and 4 closed", {"years-3-4"}),
        ("Y3/4 school closed", {"years-3-4"}),
        ("INSET day (Year 6 only)", {"year-6"}),
    ],
)
def test_a_part_of_the_school_that_is_a_group_is_read_for_that_group(
    words: str, groups: set[str]
) -> None:
    (day,) = year(f"2026-11-05 {words}", WRITTEN).dates
    assert day.closed_to == groups


@pytest.mark.parametrize(
    "words",
    ["Year 3 closed", "Nursery INSET", "Year 2 and Year 9 closed", "Holiday school for Year 6"],
)
def test_a_part_that_is_no_group_closes_nothing(words: str) -> None:
    found = year(f"2026-11-05 {words}", WRITTEN)
    (problem,) = found.problems
    assert not found.dates
    assert "is about a part of the school" in problem.message


@pytest.mark.parametrize(
    ("name", "closed"),
    [("Bury Primary School", False), ("Bury High School", True), ("Bury School", False)],
)
def test_what_a_council_says_of_other_schools_closes_nothing(name: str, *, closed: bool) -> None:
    setting = Setting(time(9), time(15), name=name)
    found = year("2026-11-03 In-service day (secondary only)", WRITTEN, setting)
    assert bool(found.dates) is closed
    assert bool(found.problems) is not closed


def test_of_two_stages_the_own_one_opens_the_term() -> None:
    found = year(
        """
        2026-08-17 Staff in-service day (primary and secondary)
        2026-08-18 Autumn term starts (primary pupils)
        2026-08-19 Autumn term starts (secondary pupils)
        2026-10-09 Autumn term ends
        """
    )
    assert terms(found) == ["2026-08-18 to 2026-10-09"]
    assert [d.first for d in found.dates] == [date(2026, 8, 17)]


def test_an_early_finish_cuts_the_day() -> None:
    assert short_day("2026-12-18 Break up at 1.15pm").ends == time(13, 15)
    assert short_day("2026-11-18 13:00-15:30 School closed").ends == time(13)
    pupils = short_day("2026-11-18 Pupils finish at 2pm")
    assert (pupils.ends, pupils.for_groups) == (time(14), frozenset({"pupils"}))
    assert short_day("2026-11-18 Late start 10am").starts == time(10)


def test_what_was_understood_is_listed_event_by_event() -> None:
    found = year(
        """
        2026-11-05 Pre-school INSET day
        2026-11-18 Quiz
        2026-11-27 INSET day
        2026-12-18 Break up at 1.15pm
        2026-12-21 to 2027-01-01 Christmas holiday
        """,
        WRITTEN,
    )
    assert [(r.line, r.taken_for) for r in found.readings] == [
        (1, "INSET day: closed to pre-school"),
        (3, "INSET day: closed to pupils"),
        (4, "last day in school, the day ends at 13:15 for everyone"),
        (5, "closed to everyone"),
    ]


def test_the_schools_own_words_come_first() -> None:
    own = {"Baker": "closure", "Baker day": "INSET day", "half term": "nothing"}
    setting = Setting(time(9), time(15), own_words=own)
    found = year(
        """
        2026-11-05 BAKER day
        2026-11-06 Mr Baker leaves
        2026-11-09 Bakery visit
        2026-11-10 October half term
        """,
        WRITTEN,
        setting,
    )
    assert [r.taken_for for r in found.readings] == [
        "INSET day: closed to pupils",
        "closed to everyone",
    ]
    (problem,) = found.problems
    assert "Bakery visit" in problem.message


HARMLESS = sorted(
    {w for kind, length, w in table() if kind in ("unclear", "nothing") and length == "a day"}
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(HARMLESS), st.dates(date(2026, 9, 1), date(2027, 7, 31)), st.booleans()
        ),
        max_size=12,
    )
)
def test_what_is_not_understood_changes_no_day(others: list[tuple[str, date, bool]]) -> None:
    """A diary full of clubs, menus and assemblies leaves the year as it is without them."""
    nobody = replace(SCHOOL, groups={})
    plain = feed("2026-09-02 Term starts\n2026-12-18 End of term\n2026-11-27 INSET day").events
    more = [
        Event(9, words, day, day, (time(16), time(17)) if an_hour else None)
        for words, day, an_hour in others
    ]
    alone = year_of(Calendar("t.ics", plain), nobody, (), FIVE, TODAY)
    among = year_of(Calendar("t.ics", (*plain, *more)), nobody, (), FIVE, TODAY)
    assert (among.terms, among.dates, errors(among)) == (alone.terms, alone.dates, [])
