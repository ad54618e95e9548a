"""What a calendar calls normal or names by its day: open where it says so, closed where it does."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bellgate.policy.who import EVERYONE
from tests.schedules.calendars_told import SCHOOL, TERMS, read, short_day, year

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
    assert problem.message.endswith("going by everything else, school is closed")


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
