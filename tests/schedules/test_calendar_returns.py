# ruff: noqa: E501  what a calendar says, and what is said of it, a line each
"""Calendars that give a term's last day and the holiday after it, and no first day: ten schools'
years, each in its own voice, day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bellgate.policy.who import EVERYONE
from bellgate.schedules.year.calendar_year import CalendarYear
from tests.schedules.calendars_told import SCHOOL, errors, read, terms, year

_DAY = timedelta(days=1)


def in_school(found: CalendarYear) -> set[date]:
    """The days on which pupils are in."""
    days = {day for t in found.terms for day in days_of(t.first_day, t.last_day)}
    days -= {d for t in found.terms if t.half_term for d in days_of(*t.half_term)}
    for special in found.dates:
        if special.closed_to & {EVERYONE, "pupils"}:
            days -= days_of(special.first, special.last)
    return {day for day in days if day.weekday() < 5}


def days_of(first: date, last: date) -> set[date]:
    return {first + n * _DAY for n in range((last - first).days + 1)}


def weekdays(spans: str) -> set[date]:
    """`2026-09-02/2026-10-23 2026-11-02/2026-12-18 -2026-11-30`."""
    found: set[date] = set()
    for span in spans.split():
        first, _, last = span.removeprefix("-").partition("/")
        days = days_of(date.fromisoformat(first), date.fromisoformat(last or first))
        found = found - days if span.startswith("-") else found | days
    return {day for day in found if day.weekday() < 5}


A_PRIMARY = """
2026-09-01 INSET Day 1 - school closed to children
2026-09-02 Welcome back! First day of Autumn Term
2026-10-23 Break up for half term 3.15pm
2026-10-26 to 2026-10-30 Half Term
2026-12-18 Last day of term - school closes at 1.30pm
2026-12-21 to 2027-01-01 Christmas Holidays
2027-01-04 INSET Day 2
2027-02-15 to 2027-02-19 Half term
2027-03-25 School breaks up for Easter @ 2pm
2027-03-26 to 2027-04-09 Easter Holidays
2027-05-03 Bank Holiday
2027-05-31 to 2027-06-04 Half Term
2027-07-20 Last day of the school year! 1.30pm finish
2027-07-21 to 2027-08-31 Summer Holidays
"""
ANNOUNCED = """
2026-09-03 All pupils return
2026-10-23 School closes for half-term at 2pm, back Mon 2nd Nov
2026-12-18 Term ends 12 noon, children return Tues 5th January
2027-02-12 Break up for half term - children return Monday 22 February
2027-03-25 School closes 2pm for Easter, re-opens Mon 12th April
2027-05-28 Finish for half term, back to school Mon 7th June
2027-07-21 End of summer term
"""
SCOTTISH = """
2026-08-17 In-Service Day (staff only)
2026-08-18 Pupils return - start of Term 1
2026-10-09 School closes for the October holidays 2.30pm
2026-10-12 to 2026-10-16 October Week
2026-10-19 In-service day - no pupils
2026-12-22 Schools close for Christmas
2026-12-23 to 2027-01-05 Christmas & New Year Holidays
2027-02-15 to 2027-02-16 Mid Term
2027-02-17 In-Service Day
2027-03-25 Close for Spring break 2.30pm
2027-03-26 to 2027-04-09 Spring Holidays
2027-05-03 May Day Holiday
2027-06-25 End of Session, school closes 1pm
"""
WELSH = """
2026-09-01 HMS / INSET
2026-09-02 Dechrau Tymor yr Hydref / Start of Autumn Term
2026-10-26 to 2026-10-30 Hanner Tymor / Half Term
2026-12-18 Diwedd tymor / End of Term
2026-12-21 to 2027-01-01 Gwyliau'r Nadolig / Christmas Holidays
2027-01-04 HMS - ysgol ar gau i ddisgyblion
2027-02-08 to 2027-02-12 Hanner Tymor / Half Term
2027-03-19 Diwedd tymor / End of Term
2027-03-22 to 2027-04-02 Gwyliau'r Pasg / Easter Hols
2027-04-05 Gŵyl Banc / Bank Holiday
2027-05-31 to 2027-06-04 Hanner Tymor / Half Term
2027-07-20 Diwedd Tymor yr Haf / End of Summer Term
"""
NORTHERN_IRISH = """
2026-08-31 SDD - no pupils
2026-09-01 Start of new school year - all pupils return
2026-10-26 to 2026-10-30 Halloween Mid-Term Break
2026-12-18 School closes at 12 noon for Christmas and reopens on Monday 4th January
2027-02-15 to 2027-02-16 Mid-term
2027-03-17 St Patrick's Day - school closed
2027-03-24 School closes for Easter 12 noon
2027-03-25 to 2027-04-02 Easter Break
2027-04-05 SDD - school closed to pupils
2027-05-03 May Day - school closed
2027-06-30 Last Day - pupils dismissed 11.45am
"""
INDEPENDENT = """
2026-09-07 Michaelmas Term begins
2026-10-16 Michaelmas half term begins, school closes at noon
2026-10-17 to 2026-11-01 Michaelmas Half Term
2026-11-02 INSET
2026-12-11 Michaelmas Term ends (noon, after Carols)
2026-12-12 to 2027-01-04 Christmas holidays
2027-02-13 to 2027-02-21 Lent Half Term
2027-03-19 Lent Term ends 12.30pm
2027-03-20 to 2027-04-13 Easter holidays
2027-05-29 to 2027-06-06 Half Term
2027-07-02 Speech Day. Term ends 1pm
"""
WHOLE_AND_HALF = """
2026-09-02 to 2026-12-18 Autumn Term
2026-10-23 Break up for half term
2026-10-26 to 2026-10-30 October half term
2026-12-21 to 2027-01-01 Christmas holiday
2027-02-15 to 2027-02-19 Half term
2027-03-24 Spring term ends
2027-03-25 to 2027-04-09 Easter holiday
2027-05-31 to 2027-06-04 Half term
2027-07-21 Summer term ends
"""
NO_LAST_DAY = """
2026-09-02 Children back in school
2026-10-26 to 2026-10-30 Half term
2026-12-18 School finishes for Xmas 2pm
2026-12-21 to 2027-01-01 Xmas hols
2027-02-15 to 2027-02-19 Half term
2027-03-26 to 2027-04-09 Easter hols
2027-05-31 to 2027-06-04 Half term
2027-07-22 to 2027-08-31 Summer hols
"""
IN_PIECES = """
2026-09-03 First day for pupils
2026-10-26 to 2026-10-30 Half term
2026-12-16 Last day for pupils
2026-12-17 Staff training day
2026-12-18 Staff training day
2026-12-21 to 2026-12-24 Christmas holiday
2026-12-25 Christmas Day
2026-12-28 to 2026-12-31 Christmas holiday
2027-01-01 New Year's Day
2027-01-04 Staff training day
2027-01-05 Staff training day
2027-02-15 to 2027-02-19 Half term
2027-03-25 Last day for pupils
2027-03-26 Good Friday
2027-03-29 Easter Monday
2027-03-30 to 2027-04-09 Easter holiday
2027-05-31 to 2027-06-04 Half term
2027-07-20 Last day for pupils
"""
ALL_HALF_TERMS = """
2026-09-02 Autumn term begins
2026-10-23 School closes for half term
2026-10-26 to 2026-10-30 Half term
2026-12-18 School closes for Christmas, see you all on Tues 5th January!
2027-02-12 School closes for half term
2027-02-15 to 2027-02-19 Half term
2027-03-25 School closes for Easter
2027-03-26 to 2027-04-11 Half term
2027-05-28 School closes for half term
2027-05-31 to 2027-06-04 Half term
2027-07-20 School closes for summer
"""
YEARS = {
    "a primary": (
        A_PRIMARY,
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-05/2027-02-12 2027-02-22/2027-03-25 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-20 -2027-05-03",
    ),
    "announced in titles": (
        ANNOUNCED,
        "2026-09-03/2026-10-23 2026-11-02/2026-12-18 2027-01-05/2027-02-12 2027-02-22/2027-03-25 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-21",
    ),
    "Scottish": (
        SCOTTISH,
        "2026-08-18/2026-10-09 2026-10-20/2026-12-22 2027-01-06/2027-02-12 2027-02-18/2027-03-25 "
        "2027-04-12/2027-06-25 -2027-05-03",
    ),
    "Welsh": (
        WELSH,
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-05/2027-02-05 2027-02-15/2027-03-19 "
        "2027-04-06/2027-05-28 2027-06-07/2027-07-20",
    ),
    "Northern Irish": (
        NORTHERN_IRISH,
        "2026-09-01/2026-10-23 2026-11-02/2026-12-18 2027-01-04/2027-02-12 2027-02-17/2027-03-24 "
        "2027-04-06/2027-06-30 -2027-03-17 -2027-05-03",
    ),
    "independent": (
        INDEPENDENT,
        "2026-09-07/2026-10-16 2026-11-03/2026-12-11 2027-01-05/2027-02-12 2027-02-22/2027-03-19 "
        "2027-04-14/2027-05-28 2027-06-07/2027-07-02",
    ),
    "one term as a whole": (
        WHOLE_AND_HALF,
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-04/2027-02-12 2027-02-22/2027-03-24 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-21",
    ),
    "the year's end by its holiday": (
        NO_LAST_DAY,
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-04/2027-02-12 2027-02-22/2027-03-25 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-21",
    ),
    "holidays in pieces": (
        IN_PIECES,
        "2026-09-03/2026-10-23 2026-11-02/2026-12-16 2027-01-06/2027-02-12 2027-02-22/2027-03-25 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-20",
    ),
    "every holiday a half-term": (
        ALL_HALF_TERMS,
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-05/2027-02-12 2027-02-22/2027-03-25 "
        "2027-04-12/2027-05-28 2027-06-07/2027-07-20",
    ),
}


@pytest.mark.parametrize("school", YEARS)
def test_a_year_without_first_days_is_read_as_a_person_reads_it(school: str) -> None:
    text, expected = YEARS[school]
    found = year(text)
    assert [p.message for p in found.problems if p.level == "error"] == []
    assert sorted(in_school(found) ^ weekdays(expected)) == []


def test_what_follows_is_said_event_by_event() -> None:
    assert [r for r in read(year(A_PRIMARY)) if "; " in r] == [
        "26 Oct-30 Oct half-term: closed to everyone; school is open again on 2026-11-02, the first school day after it",
        "21 Dec-1 Jan closed to everyone; the spring term begins on 2027-01-05, the first school day after it",
        "26 Mar-9 Apr closed to everyone; the summer term begins on 2027-04-12, the first school day after it",
    ]
    assert read(year(ANNOUNCED))[2] == (
        "18 Dec last day in school, the day ends at 12:00 for everyone; the spring term begins on 2027-01-05, as it says"
    )


@pytest.mark.parametrize(
    "school", ["a primary", "announced in titles", "every holiday a half-term", "independent"]
)
def test_no_term_begins_after_a_half_term(school: str) -> None:
    starts = {t.first_day for t in year(YEARS[school][0]).terms}
    after_half_terms = {(2026, 11, 2), (2026, 11, 3), (2027, 2, 22), (2027, 6, 7)}
    assert not starts & {date(*day) for day in after_half_terms}


def test_a_bank_holiday_of_school_yaml_is_no_first_day() -> None:
    text = """
        2026-09-02 Term starts
        2026-12-18 Term ends
        2026-12-21 to 2027-01-03 Christmas holidays
        2027-06-25 Term ends
        """
    scotland = replace(SCHOOL, bank_holidays="Scotland")
    assert terms(year(text))[1] == "2027-01-04 to 2027-06-25"
    assert terms(year(text, setting=scotland))[1] == "2027-01-05 to 2027-06-25"


def test_a_first_day_that_is_told_holds() -> None:
    """What a title announces beside it is compared with it, and nothing follows from it."""
    text = ANNOUNCED + "\n2027-01-06 Spring term starts"
    found = year(text)
    assert "2027-01-06 to 2027-03-25" in terms(found)
    (problem,) = found.problems
    assert (
        "open again on 2027-01-05; going by everything else, it is closed then" in problem.message
    )


def test_half_terms_told_by_the_days_beside_them_are_all_kept() -> None:
    found = year(
        """
        2026-09-02 Term starts
        2026-10-23 School closes for half term
        2026-11-02 School reopens
        2026-12-21 to 2027-01-01 Christmas holidays
        2027-02-12 School closes for half term
        2027-02-22 School reopens
        2027-07-20 Term ends
        """
    )
    assert in_school(found) == weekdays(
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-04/2027-02-12 2027-02-22/2027-07-20"
    )


BEGUN = "2026-09-02 Term starts\n2026-12-18 Term ends\n"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        (  # nobody says that the year has begun
            "2026-10-23 Break up for half term\n2026-10-26 to 2026-10-30 Half term\n2026-12-18 Term ends",
            '"Break up for half term" (2026-10-23) changes nothing: no first day of term comes before it',
            "write the missing day under terms in school.yaml, or correct the calendar",
        ),
        (  # the summer holidays end a year, and begin none
            "2026-04-13 Term starts\n2026-07-22 Term ends\n2026-07-23 to 2026-09-01 Summer holidays\n2026-12-18 Term ends",
            '"Term ends" (2026-12-18) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2026-07-22 under terms in school.yaml, or correct the calendar",
        ),
        (
            BEGUN + "2027-03-25 Term ends",
            '"Term ends" (2027-03-25) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2026-12-18 under terms in school.yaml, or correct the calendar",
        ),
        (
            BEGUN + "2027-02-15 to 2027-02-19 Half term",
            '"Half term" (2027-02-15) is after the last term ends (2026-12-18)',
            "write the day on which school opens again after 2026-12-18 under terms in school.yaml, or correct the calendar",
        ),
        (  # two bank holidays are not yet the Easter holidays
            "2026-09-02 Term starts\n2027-03-25 Term ends\n2027-03-26 Good Friday\n2027-03-29 Easter Monday\n2027-07-20 Term ends",
            '"Term ends" (2027-07-20) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2027-03-25 under terms in school.yaml, or correct the calendar",
        ),
        (
            "2026-09-02 Term starts\n2027-03-25 Term ends\n2027-03-26 to 2027-03-29 Easter break\n2027-07-20 Term ends",
            '"Term ends" (2027-07-20) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2027-03-25 under terms in school.yaml, or correct the calendar",
        ),
        (  # the return from another holiday
            BEGUN + "2027-02-15 to 2027-02-19 Half term, back Mon 22 Feb\n2027-03-25 Term ends",
            '"Term ends" (2027-03-25) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2026-12-18 under terms in school.yaml, or correct the calendar",
        ),
        (  # a holiday of another time of the year
            BEGUN + "2027-02-15 to 2027-02-26 Ski break, school closed\n2027-03-25 Term ends",
            '"Term ends" (2027-03-25) changes nothing: no first day of term comes before it',
            "write the day on which school opens again after 2026-12-18 under terms in school.yaml, or correct the calendar",
        ),
        (
            BEGUN
            + "2026-12-21 to 2027-01-01 Christmas holidays (back Wed 6 Jan)\n2027-03-25 Term ends",
            '"Term ends" (2027-03-25) changes nothing: no first day of term comes before it',
            'write the right day (2027-01-04 (the first school day after "Christmas holidays (back Wed 6 Jan)", line 3) '
            'or 2027-01-06 (as "Christmas holidays (back Wed 6 Jan)" says, line 3)) under terms in school.yaml, or correct the calendar',
        ),
        (
            "2026-09-02 Term starts\n2026-12-18 Last day of term, school reopens Tuesday 5th January\n"
            "2026-12-19 to 2027-01-03 Christmas holidays\n2027-03-25 Term ends",
            '"Term ends" (2027-03-25) changes nothing: no first day of term comes before it',
            'write the right day (2027-01-04 (the first school day after "Christmas holidays", line 3) '
            'or 2027-01-05 (as "Last day of term, school reopens Tuesday 5th January" says, line 2)) under terms in school.yaml, or correct the calendar',
        ),
        (  # is Friday a school day, or was it forgotten?
            "2026-09-02 Term starts\n2027-03-25 Term ends\n2027-03-26 to 2027-04-01 Easter holidays week 1\n"
            "2027-04-05 to 2027-04-09 Easter holidays week 2\n2027-07-20 Term ends",
            '"Term ends" (2027-07-20) changes nothing: no first day of term comes before it',
            'write the right day (2027-04-02 (the first school day after "Easter holidays week 1", line 3) '
            'or 2027-04-12 (the first school day after "Easter holidays week 2", line 4)) under terms in school.yaml, or correct the calendar',
        ),
    ],
)
def test_what_does_not_follow_stays_an_error_that_says_what_is_missing(
    text: str, says: str, hint: str
) -> None:
    problem = errors(year(text, today=date(2026, 7, 1)))[0]
    assert (problem.message, problem.hint) == (says, hint)


def test_a_term_that_follows_from_a_holiday_needs_its_last_day() -> None:
    text = BEGUN + "2026-12-21 to 2027-01-01 Christmas holidays\n2027-02-15 to 2027-02-19 Half term"
    problem, half_term = errors(year(text))
    assert problem.line == 3
    assert half_term.hint == (
        "write the last day of the term that begins on 2027-01-04 under terms in school.yaml, or "
        "correct the calendar"
    )
    assert problem.message == (
        '"Christmas holidays" (2026-12-21), after which the spring term begins on 2027-01-04, the '
        "first school day after it: no last day of term follows it"
    )


def test_a_calendar_that_ends_with_a_holiday_knows_of_no_further_term() -> None:
    text = BEGUN + "2026-12-21 to 2027-01-01 Christmas holidays\n2027-05-03 Bank holiday"
    found = year(text)
    assert not found.problems
    assert terms(found) == ["2026-09-02 to 2026-12-18"]


def test_a_return_after_which_the_calendar_goes_on_without_a_term_is_reported() -> None:
    text = (
        "2026-09-02 Term starts\n2026-12-18 Term ends, back Tues 5 Jan\n2027-05-03 May Day holiday"
    )
    found = year(text + "\n2027-03-26 to 2027-04-09 Easter holidays")
    (problem,) = found.problems
    assert problem.line == 2
    assert (
        "says that school is open again on 2027-01-05; going by everything else" in problem.message
    )


def test_holidays_alone_need_no_first_days() -> None:
    found = year(
        """
        2026-09-02 Term starts
        2026-12-21 to 2027-01-01 Christmas Holidays
        2027-07-20 Term ends
        """
    )
    assert not found.problems
    assert terms(found) == ["2026-09-02 to 2027-07-20"]
    assert not any("; " in r for r in read(found))


def test_a_feed_may_begin_in_a_term_that_is_over_and_go_on_after_its_holiday() -> None:
    text = "2027-03-25 Term ends\n2027-03-26 to 2027-04-09 Easter holidays\n2027-07-20 Term ends"
    found = year(text, today=date(2027, 5, 1))
    assert not found.problems
    assert terms(found) == ["2027-04-12 to 2027-07-20"]


def test_a_return_that_is_announced_says_which_of_two_holidays_is_the_last() -> None:
    text = """
        2026-09-02 Term starts
        2027-03-25 Term ends, school re-opens Mon 12 April
        2027-03-26 to 2027-04-01 Easter holidays week 1
        2027-04-05 to 2027-04-09 Easter holidays week 2
        2027-07-20 Term ends
        """
    assert terms(year(text))[1] == "2027-04-12 to 2027-07-20"


def test_a_day_with_an_event_of_its_own_is_in_school_though_a_holiday_holds_it() -> None:
    found = year(
        """
        2026-09-02 Term starts
        2026-10-23 Break up for half term 2pm
        2026-10-23 to 2026-11-01 Half term
        2026-12-18 Last day of term, 1.30pm finish
        2026-12-18 to 2027-01-03 Christmas holidays
        2027-03-25 Term ends
        2027-03-26 to 2027-04-12 Easter holidays
        2027-04-12 Summer term starts
        2027-07-20 Term ends
        """
    )
    assert in_school(found) == weekdays(
        "2026-09-02/2026-10-23 2026-11-02/2026-12-18 2027-01-04/2027-03-25 2027-04-12/2027-07-20"
    )
    assert [(p.line, p.level) for p in found.problems] == [
        (3, "warning"),
        (5, "warning"),
        (7, "warning"),
    ]
    assert found.problems[1].message == (
        '"Christmas holidays" (2026-12-18 to 2027-01-03) includes 2026-12-18, which "Last day of term, '
        '1.30pm finish" (line 4) says is a day in school: school is open then'
    )


def test_the_summer_holidays_end_a_term_that_no_other_event_speaks_of() -> None:
    found = year(
        BEGUN
        + "2026-12-21 to 2027-01-01 Christmas holidays\n2027-03-26 to 2027-04-09 Easter holidays\n"
        + "2027-07-22 to 2027-08-31 Summer holidays"
    )
    assert not found.problems
    assert terms(found) == ["2026-09-02 to 2026-12-18", "2027-01-04 to 2027-07-21"]


def test_a_return_after_the_end_of_a_term_that_is_given_whole_opens_nothing_in_it() -> None:
    found = year("2027-06-01 to 2027-07-20 Summer 2\n2027-07-16 Last day of term, back Wed 1 Sept")
    assert not found.problems
    assert in_school(found) == weekdays("2027-06-01/2027-07-16")
    assert not any(day.last > date(2027, 7, 20) for day in found.dates)


NO_SPRING = """
2026-09-02 Autumn Term starts
2026-12-18 End of term
2027-01-04 HMS 2 (staff only) - pupils back Tues 5 Jan
2027-02-08 to 2027-02-12 Half term
2027-03-22 to 2027-04-02 Easter holidays
2027-04-05 Summer Term begins
2027-07-20 Summer term ends
"""
SPRING = weekdays("2026-09-02/2026-12-18 2027-01-05/2027-02-05 2027-02-15/2027-03-19")
SUMMER = weekdays("2027-04-05/2027-07-20")


@pytest.mark.parametrize(
    "said",
    [
        "2027-01-04 HMS 2 (staff only) - pupils back Tues 5 Jan",
        "2027-01-04 INSET day - children return Tuesday 5th January",
        "2026-12-21 to 2027-01-04 Christmas holidays",
    ],
)
def test_a_spring_that_no_first_day_begins(said: str) -> None:
    """Its Easter holidays and the next first day are told, its own first day is not."""
    found = year(NO_SPRING.replace("2027-01-04 HMS 2 (staff only) - pupils back Tues 5 Jan", said))
    assert in_school(found) == SPRING | SUMMER
    assert not found.problems


def test_training_within_a_term_begins_none() -> None:
    text = NO_SPRING.replace(
        "2027-02-08 to", "2027-02-15 INSET - pupils back Tues 16 Feb\n2027-02-08 to"
    )
    found = year(text)
    assert in_school(found) == (SPRING - weekdays("2027-02-15")) | SUMMER


def test_a_return_that_no_term_begins_with_asks_for_the_term() -> None:
    text = NO_SPRING.replace("pupils back Tues 5 Jan", "pupils back Tues 19 Jan")
    (problem,) = year(text).problems
    assert "it is closed then, and no first day of term is near it" in problem.message
    assert problem.hint == (
        "write the term that begins then under terms in school.yaml, or correct the calendar"
    )
