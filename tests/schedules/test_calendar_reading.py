"""A calendar's events -> the school year, as a person reads it: a feed, and what it comes to."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.problem import Problem
from bellgate.schedules.year.calendar_kinds import Setting, groups_by_part
from bellgate.schedules.year.calendar_reading import year_of
from bellgate.schedules.year.calendar_year import CalendarYear
from bellgate.schedules.year.icalendar_file import Calendar, Event
from tests.schedules.test_calendar_titles import table

FIVE = frozenset(range(5))
GROUPS = groups_by_part(["pupils", "staff", "pre-school", "year-2", "years-3-4", "year-6"])
SCHOOL = Setting(time(8, 50), time(15, 15), groups=GROUPS, name="Bury C of E Primary School")
WRITTEN = (
    Term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18), None, Source("school.yaml", 9)),
    Term("Spring 2027", date(2027, 1, 5), date(2027, 3, 25)),
)


def feed(text: str) -> Calendar:
    """`2026-10-26 to 2026-10-30 Half term`, an event a line; hours stand after the date, of several
    days `2026-10-23T16:00 to 2026-11-01T20:00`."""
    events = []
    for line, told in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        words = told.split()
        first, last, rest = words[0], words[0], words[1:]
        if rest[0] == "to":
            last, rest = rest[1], rest[2:]
        hours = None
        if rest[0].count(":") == 2:
            start, end = rest[0].split("-")
            hours, rest = (time.fromisoformat(start), time.fromisoformat(end)), rest[1:]
        (first, _, begins), (last, _, ends) = first.partition("T"), last.partition("T")
        over = (time.fromisoformat(begins), time.fromisoformat(ends)) if begins else None
        days = date.fromisoformat(first), date.fromisoformat(last)
        events.append(Event(line, " ".join(rest), *days, hours, over))
    return Calendar("t.ics", tuple(events))


TODAY = date(2026, 7, 1)


def year(
    text: str,
    written: tuple[Term, ...] = (),
    setting: Setting = SCHOOL,
    today: date = TODAY,
) -> CalendarYear:
    return year_of(feed(text), setting, written, FIVE, today)


def terms(found: CalendarYear) -> list[str]:
    return [f"{t.first_day} to {t.last_day}" for t in found.terms]


def off(found: CalendarYear) -> list[str]:
    """The days on which everybody is off within the terms, half-terms among them."""
    halves = [t.half_term for t in found.terms if t.half_term]
    closed = [(d.first, d.last) for d in found.dates if EVERYONE in d.closed_to]
    return [f"{a} to {b}" for a, b in sorted([*halves, *closed])]


def errors(found: CalendarYear) -> list[Problem]:
    return [p for p in found.problems if p.level == "error"]


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
        ("2026-08-18 Term ends", "no first day of term stands before it"),
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


def short_day(text: str) -> SpecialDay:
    (day,) = year(text, WRITTEN).dates
    return day


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


def read(found: CalendarYear) -> list[str]:
    return [
        f"{r.first:%-d %b}" + (f"-{r.last:%-d %b}" if r.last > r.first else "") + f" {r.taken_for}"
        for r in found.readings
    ]


TERMS = (*WRITTEN, Term("Summer 2027", date(2027, 4, 12), date(2027, 7, 20)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "2027-02-15 to 2027-02-17 Holiday (Mon and Tue), in-service day (Wed)",
            ["15 Feb-16 Feb closed to everyone", "17 Feb INSET day: closed to pupils"],
        ),
        (
            "2027-02-15 to 2027-02-22 Half term and INSET day (Mon 22nd Feb)",
            ["22 Feb INSET day: closed to pupils", "15 Feb-21 Feb half-term: closed to everyone"],
        ),
        (
            "2027-05-28 to 2027-05-31 INSET (Fri) and Bank Holiday (Mon)",
            ["28 May INSET day: closed to pupils", "31 May bank holiday: closed to everyone"],
        ),
        (
            "2027-05-28 to 2027-05-31 Bank holiday & staff training day - no pupils",
            [
                "31 May bank holiday: closed to everyone",
                "28 May-30 May INSET day: closed to pupils",
            ],
        ),
        (
            "2027-05-31 to 2027-06-01 Bank Holiday & SDD (Sch closed Mon/Tues)",
            ["31 May bank holiday: closed to everyone", "1 Jun INSET day: closed to pupils"],
        ),
        (
            "2027-05-28 to 2027-05-31 INSET & Bank Holiday (school closed Fri/Mon)",
            [
                "31 May bank holiday: closed to everyone",
                "28 May-30 May INSET day: closed to pupils",
            ],
        ),
        (
            "2026-10-26 to 2026-10-30 Half term (sch finishes 2pm Fri 23rd Oct, back Mon 2nd Nov)",
            [
                "26 Oct-30 Oct half-term: closed to everyone",
                "23 Oct the day ends at 14:00 for everyone",
            ],
        ),
        (
            "2026-12-21 to 2027-01-04 Xmas hols: break up Friday 18 December at 1.30pm, return "
            "Tuesday 5 January at 10am",
            [
                "21 Dec-4 Jan closed to everyone",
                "18 Dec the day ends at 13:30 for everyone",
                "5 Jan the day starts at 10:00 for everyone",
            ],
        ),
        ("2026-09-25 to 2026-09-27 Exeat (no school on Friday)", ["25 Sep closed to everyone"]),
        (
            "2027-03-25 Term ends 1pm (school re-opens Mon 12 April)",
            ["25 Mar last day in school, the day ends at 13:00 for everyone"],
        ),
        (
            "2027-03-25 Spring term ends at noon, re-opens after Easter",
            ["25 Mar last day in school, the day ends at 12:00 for everyone"],
        ),
        (
            "2026-09-18 to 2026-09-21 Holiday weekend - school closed Fri 18th & Mon 21st",
            ["18 Sep-21 Sep closed to everyone"],
        ),
    ],
)
def test_a_title_that_says_two_things_says_each_of_its_days(text: str, says: list[str]) -> None:
    found = year(text, TERMS)
    assert read(found) == says
    assert not errors(found)


def test_only_the_day_that_a_clause_names_is_closed() -> None:
    """The rest of the event is not understood, and stays as it is."""
    found = year("2026-11-05 to 2026-11-06 Sponsored walk Thurs, INSET Fri", TERMS)
    assert read(found) == ["6 Nov INSET day: closed to pupils"]
    (problem,) = found.problems
    assert "(2026-11-05) is not understood" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-06 INSET Friday 13 November",
        "2026-11-06 Term ends Fri 18 Dec",
        "2026-11-06 to 2026-11-07 Half term Mon 15 - Fri 19 Feb",
    ],
)
def test_an_event_that_names_other_days_than_its_own_changes_nothing(text: str) -> None:
    found = year(text, TERMS)
    (problem,) = found.problems
    assert not found.readings
    assert "names other days than those that it stands on and changes nothing" in problem.message


def test_a_day_may_stand_before_what_is_said_of_it() -> None:
    found = year("2027-03-23 to 2027-03-25 Tues: last day for pupils. Wed/Thurs: INSET")
    assert read(found) == ["23 Mar last day in school", "24 Mar-25 Mar INSET day: closed to pupils"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-05 to 2026-11-06 Y6 trip (back at school 3pm Fri)",
        "2026-11-05 to 2026-11-06 Nursery closed Thursday, INSET Friday",
        "2026-11-02 to 2026-11-06 Book week, library closed Monday",
        "2026-11-02 to 2026-11-06 Trip week (bus leaves 9am Monday)",
    ],
)
def test_days_named_by_what_is_not_the_schools_change_nothing(text: str) -> None:
    found = year(text, TERMS)
    assert not found.readings
    assert [p.level for p in found.problems] == ["warning"]


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("2026-10-26 to 2026-11-02 Half term + INSET", "inset"),
        ("2026-12-18 Autumn term ends. Speech Day 10am", "10:00"),
        ("2026-12-18 Last day of term: sherry for all at 1pm", "13:00"),
        ("2026-12-18 Swimming & end of term: school closes 1pm", "end of term"),
        ("2026-10-26 to 2026-10-30 Half term. INSET Monday.", "inset monday"),
        (
            "2027-03-26 to 2027-04-09 Easter break; last day Thurs 25 March",
            "last day thurs 25 march",
        ),
    ],
)
def test_what_of_a_title_was_not_taken_is_reported(text: str, left_out: str) -> None:
    found = year(text, TERMS)
    (problem,) = (p for p in found.problems if "not wholly understood" in p.message)
    assert found.readings
    assert problem.level == "warning"
    assert f'"{left_out}' in problem.message


@pytest.mark.parametrize(
    "words",
    [
        "Last day of term - Mass 10am",
        "Break up at 3.15pm",
        "Autumn term ends 1pm (Speech Day 10am)",
    ],
)
def test_an_hour_that_is_not_the_days_is_no_loss(words: str) -> None:
    assert not year(f"2026-12-18 {words}", TERMS).problems


def test_an_announced_return_that_does_not_fit_is_reported() -> None:
    fits = "2026-10-26 to 2026-10-30 Half term, children back Mon 2 Nov"
    assert not year(fits, TERMS).problems
    (problem,) = year(fits.replace("Mon 2", "Tues 3"), TERMS).problems
    assert "open again on 2026-11-03; by what else was read, it is open on 2026-11-02" in (
        problem.message
    )
    (problem,) = year("2027-03-25 Term ends, school re-opens Thu 8 April", TERMS).problems
    assert "open again on 2027-04-08; by what else was read, it is closed then" in problem.message
    # The next year's dates may stand nowhere yet.
    assert not year("2027-07-20 Term ends, school re-opens Wed 1 Sept", TERMS).problems


@pytest.mark.parametrize(
    "words",
    [
        "back Tues 6 April",
        "re-opens 06/04/2027",
        "back Tues 6/4/27",
        "re-opens 6.4.27.",
        "see you all on Tuesday 6th April!",
        "(25/03/27 - 05/04/27), children return 6 April",
    ],
)
def test_a_return_may_be_announced_in_many_ways(words: str) -> None:
    """Here the term begins later, so each of them has to be contradicted."""
    found = year(f"2027-03-25 School closes at 1.15pm for Easter - {words}", TERMS)
    assert read(found) == ["25 Mar last day in school, the day ends at 13:15 for everyone"]
    (problem,) = found.problems
    assert "says that school is open again on 2027-04-06" in problem.message


def test_a_wish_announces_nothing() -> None:
    assert not year("2026-12-18 Last day of term! See you all in January", TERMS).problems


def test_the_schools_own_words_lose_no_hour() -> None:
    own = {"Kick-off": "first day of term", "Send-off": "last day of term"}
    found = year(
        """
        2026-09-02 Kick-off: all pupils in by 10.30am
        2026-12-18 Send-off, home at 1pm
        """,
        setting=replace(SCHOOL, own_words=own),
    )
    assert read(found) == [
        "2 Sep first day in school, the day starts at 10:30 for everyone",
        "18 Dec last day in school, the day ends at 13:00 for everyone",
    ]
    assert not found.problems


def test_a_term_without_a_first_day_points_at_what_may_be_it() -> None:
    found = year(
        """
        2026-09-02 Autumn term starts
        2026-12-18 Autumn term ends
        2027-01-05 Spring term kick-off breakfast
        2027-01-06 Spring term begins in earnest
        2027-03-25 Spring term ends
        """
    )
    (problem,) = errors(found)
    assert problem.hint is not None
    assert problem.hint.startswith('"Spring term begins in earnest" (2027-01-06, line 4) may be it')


def test_a_long_term_of_one_calendar_year_is_called_by_its_months() -> None:
    found = year("2027-01-05 Term starts\n2027-06-30 Term ends")
    assert [t.name for t in found.terms] == ["January to June 2027"]


def test_a_part_of_the_school_is_named_once() -> None:
    (problem,) = year("2026-11-05 Nursery INSET - nursery closed", TERMS).problems
    assert "(nursery)" in problem.message


def test_the_welsh_yr_is_no_year() -> None:
    found = year(
        """
        2026-09-02 to 2026-12-18 Tymor yr Hydref
        2027-01-05 to 2027-03-25 Tymor y Gwanwyn / Spring Term
        2026-11-05 YR INSET
        """
    )
    assert terms(found) == ["2026-09-02 to 2026-12-18", "2027-01-05 to 2027-03-25"]
    (problem,) = found.problems
    assert "part of the school (yr)" in problem.message


def test_two_languages_have_to_agree() -> None:
    assert not year("2026-11-05 Ysgol ar gau / School closed", TERMS).problems
    (problem,) = year("2026-11-05 Ysgol ar gau / School open as usual", TERMS).problems
    assert "says two different things and changes nothing" in problem.message


MAY_DAY = "2027-05-03 May Day Bank Holiday (normal school day)"


def test_a_bank_holiday_that_the_calendar_calls_a_normal_day_is_one() -> None:
    found = year(MAY_DAY, TERMS, replace(SCHOOL, bank_holidays="England"))
    (day,) = found.dates
    assert (day.first, day.last, day.open_to) == (date(2027, 5, 3), date(2027, 5, 3), {EVERYONE})
    assert read(found) == ["3 May open to everyone, though a bank holiday"]
    (problem,) = found.problems
    assert (problem.line, problem.level, problem.message) == (
        1,
        "warning",
        '"May Day Bank Holiday (normal school day)" (2027-05-03) says that pupils are in as usual: '
        "on 2027-05-03 school is open, against bank_holidays in school.yaml",
    )


@pytest.mark.parametrize("text", [MAY_DAY, "2027-08-12 School open as usual"])
def test_a_normal_day_that_nothing_closes_changes_nothing(text: str) -> None:
    """Of what comes after the last term, nothing is known."""
    found = year(text, TERMS)
    assert not found.dates
    (problem,) = found.problems
    assert problem.message.endswith("changes nothing: pupils are in as usual")


@pytest.mark.parametrize(
    "text",
    [
        # the calendar against itself
        "2026-11-27 INSET day\n2026-11-27 Bazaar - school open as normal",
        "2026-10-26 to 2026-10-30 Half term\n2026-10-29 School open as usual",
        # a week says less of its Monday than the bank holiday does
        "2027-05-03 to 2027-05-07 Fair week: school open as normal",
        # not in a term
        "2026-12-28 Bank holiday, school open as usual",
    ],
)
def test_a_normal_day_does_not_open_what_else_is_closed(text: str) -> None:
    found = year(text, TERMS, replace(SCHOOL, bank_holidays="England"))
    assert not any(EVERYONE in day.open_to for day in found.dates)
    (problem,) = found.problems
    assert ": on 20" in problem.message
    assert problem.message.endswith("by what else was read, school is closed")


def test_a_holiday_with_inset_days_leaves_open_when_staff_are_in() -> None:
    found = year("2027-02-15 to 2027-02-17 Mid Term & In-Service - no school for pupils", TERMS)
    assert read(found) == ["15 Feb-17 Feb INSET day: closed to pupils"]
    (problem,) = found.problems
    assert problem.message == (
        '"Mid Term & In-Service - no school for pupils" (2027-02-15 to 2027-02-17) does not say on '
        "which of its days it is a holiday: staff are taken to be in on all of them"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Open Evening - school closes 1.15pm",
        "Noson Rieni - ysgol yn cau 1.15pm",
        "Early closure 1.15pm for parents' consultation evening",
        "School closes at 1.15pm (Parents' Evening 3.30 - 7pm)",
    ],
)
def test_staff_stay_when_parents_come_in_the_evening(words: str) -> None:
    assert short_day(f"2026-11-18 {words}").for_groups == {"pupils"}


def test_other_early_finishes_are_everybodys() -> None:
    prizes = short_day("2026-11-18 School closes at 1.15pm - prize giving")
    assert prizes.for_groups == {EVERYONE}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Mock Exams Yr 12/14 (normal classes for others)", "pupils are in as usual"),
        ("No normal classes for the rest of the school", "is about a part of the school"),
    ],
)
def test_normal_classes_for_the_others_are_no_part_of_the_school(words: str, says: str) -> None:
    found = year(f"2027-01-13 to 2027-01-22 {words}", TERMS)
    (problem,) = found.problems
    assert not found.dates
    assert says in problem.message


def test_the_schools_own_words_keep_an_hour_at_which_the_event_ends_too() -> None:
    text = """
    2027-04-12 Summer term begins
    2027-06-30 10:00-12:15 Prizes in the Marquee, with Mass (12.15pm)
    """
    own = {"prizes in the marquee": "last day of term"}
    found = year(text, setting=replace(SCHOOL, own_words=own))
    assert [d.ends for d in found.dates] == [time(12, 15)]


@pytest.mark.parametrize(
    ("text", "is_term"),
    [
        ("2027-01-06 to 2027-03-19 Lent", True),
        ("2027-02-10 to 2027-03-27 Lent", False),
        ("2027-04-12 to 2027-07-20 Summer", True),
        ("2027-07-21 to 2027-09-01 Summer", False),
    ],
)
def test_weeks_called_by_a_season_are_a_term_where_they_begin_like_one(
    text: str, is_term: bool
) -> None:
    assert bool(year(text).terms) is is_term


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        (
            "2027-05-03 Sch closed Mon 3 May (May Day) and Thurs 6 May (In-Service / elections)",
            ["2027-05-03", "2027-05-06"],
        ),
        (
            "2027-05-03 BANK HOLIDAYS - School closed Mon 3rd & Mon 31st May",
            ["2027-05-03", "2027-05-31"],
        ),
        ("2027-05-03 Bank holidays: 3 May and 31 May", ["2027-05-03", "2027-05-31"]),
        (
            "2026-09-01 INSET days - Tues 1 Sept, Mon 4 Jan, Fri 28 May",
            ["2026-09-01", "2027-01-04", "2027-05-28"],
        ),
        (
            "2027-07-16 Last day for children (INSET Mon 19 + Tues 20 July)",
            ["2027-07-19", "2027-07-20"],
        ),
        (
            "2026-09-01 INSET days: Tues 1st September, Mon 12th October & Mon 22nd February",
            ["2026-09-01", "2026-10-12", "2027-02-22"],
        ),
        (
            "2027-05-06 Polling day - school closed Thurs 6 May; Fri 7 May INSET",
            ["2027-05-06", "2027-05-07"],
        ),
    ],
)
def test_a_closing_on_days_that_the_title_names_closes_each(text: str, closed: list[str]) -> None:
    found = year(text, TERMS)
    days = {
        d.first + timedelta(n)
        for d in found.dates
        if d.closed_to
        for n in range((d.last - d.first).days + 1)
    }
    assert sorted(map(str, days)) == closed
    assert not [p for p in found.problems if "understood" in p.message]


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("2027-05-03 School closed Mon 3rd & Mon 30th May", "mon 30th may"),
        ("2026-09-01 INSET day (next INSET Mon 4 Jan)", "next inset mon 4 jan"),
        ("2027-07-20 Last day of term (INSET Thurs 2 September)", "inset thurs 2 september"),
        ("2027-03-25 Term ends after Mass (10am)", "10:00"),
        ("2027-02-05 Closed Fri 5 Feb (INSET instead of Mon 1 Feb)", "inset instead of mon 1 feb"),
    ],
)
def test_a_day_that_a_title_names_in_vain_is_told(text: str, left_out: str) -> None:
    (problem,) = year(text, TERMS).problems
    assert f'"{left_out}" in it changes nothing' in problem.message


def test_a_day_named_beside_another_is_open_where_its_own_event_says_so() -> None:
    text = """
    2027-05-03 School closed Mon 3rd & Thurs 6th May
    2027-05-06 Polling day - school open as normal
    """
    found = year(text, TERMS)
    assert [d.first for d in found.dates] == [date(2027, 5, 3)]
    assert any("says is a day in school" in p.message for p in found.problems)


def test_a_closing_at_the_usual_hour_leaves_nothing_out() -> None:
    words = "Half Term - School closes 3.30pm Fri 23rd Oct, re-opens Mon 2nd Nov"
    assert not year(f"2026-10-24 to 2026-11-01 {words}", TERMS).problems


def test_two_first_days_without_a_last_one_between_name_both_and_what_may_be_it() -> None:
    found = year(
        """
        2026-09-02 Michaelmas Term commences
        2026-10-02 Last day to order photos
        2026-12-18 Grand Carols, last day in blazers
        2027-01-06 Lent Term commences
        2027-03-25 Lent Term ends
        """
    )
    (problem,) = (p for p in found.problems if "between them" in p.message)
    assert (problem.level, problem.line) == ("warning", 4)
    assert (
        '"Lent Term commences" (2027-01-06) follows "Michaelmas Term commences"' in problem.message
    )
    assert "line 1" in problem.message
    assert '"Grand Carols, last day in blazers" (2026-12-18, line 3) may be it' in (
        problem.hint or ""
    )


@pytest.mark.parametrize(
    "off",
    [
        "2026-12-21 to 2027-01-03 Christmas holidays",
        "2026-12-18 Autumn term ends",
        "2026-12-21 to 2027-01-05 Half term",
    ],
)
def test_a_first_day_after_days_off_needs_no_last_day(off: str) -> None:
    found = year(
        f"""
        2026-09-02 Autumn Term starts
        2026-09-04 Pupils return
        {off}
        2027-01-06 Spring term starts
        2027-03-25 Spring term ends
        """
    )
    assert not found.problems


def test_the_error_of_a_term_without_end_names_what_speaks_of_one() -> None:
    found = year(
        """
        2027-04-12 Schools re-open after Spring break
        2027-06-11 Year 11 last day of lessons
        2027-06-23 Grand last day for one and all
        """
    )
    error = next(p for p in found.problems if p.level == "error")
    assert "line 3) may be it" in (error.hint or "")


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


def cut(found: CalendarYear) -> list[str]:
    """The days that start late or end early."""
    return [
        f"{d.first}{f' from {d.starts:%H:%M}' if d.starts else ''}"
        f"{f' until {d.ends:%H:%M}' if d.ends else ''}"
        for d in found.dates
        if d.starts or d.ends
    ]


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
