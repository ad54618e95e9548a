"""A title that says two things has both taken, or what was left out is reported."""

from dataclasses import replace

import pytest

from tests.schedules.calendars_told import SCHOOL, TERMS, errors, read, terms, year


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
    assert "names other days than its own and changes nothing" in problem.message


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
    (problem,) = (p for p in found.problems if "not fully understood" in p.message)
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
    assert "open again on 2026-11-03; going by everything else, it is open on 2026-11-02" in (
        problem.message
    )
    (problem,) = year("2027-03-25 Term ends, school re-opens Thu 8 April", TERMS).problems
    assert (
        "open again on 2027-04-08; going by everything else, it is closed then" in problem.message
    )
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
