"""What is over already when it is written: last year's date in a new entry, an old rule."""

from datetime import date

import pytest

from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.newly_over import newly_over
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.small_school import FILES

SCHOOL = """\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
  - name: Spring 2027
    first_day: 2027-01-05
    last_day: 2027-03-25
sessions:
  morning: 08:50-12:00
dates:
  - date: 2026-11-27
    name: INSET day
    closed_to: pupils
"""
SNOW = """\
  - date: 2026-01-20
    name: Snow
    closed_to: everyone
"""
RULE = """\
rules:
  - name: Quiz night
    who: pupils
    what: youtube
    when: {when}
    do: allow
    clause: School's own rule
  - name: Pupils
    who: everyone
    what: [video, no-name, circumvention]
    when: always
    do: block
    clause: School's own rule
"""
IN_JANUARY = date(2027, 1, 11)


def loaded(school: str = SCHOOL, rules: str | None = None, today: date = IN_JANUARY) -> Loaded:
    files = {**FILES, "school.yaml": school.encode()}
    if rules is not None:
        files["rules.yaml"] = rules.encode()
    found = load_files(files, today=today, catalogue=small_catalogue())
    assert found.policy is not None, found.errors
    return found


def test_last_years_date_in_a_new_entry_is_told_with_its_line_and_the_year_meant() -> None:
    assert newly_over(loaded(), loaded(SCHOOL + SNOW), IN_JANUARY) == (
        "school.yaml:15: Snow is new, but 20 January 2026 is over: did you mean 2027?",
    )


def test_what_was_saved_in_good_time_is_over_without_a_word() -> None:
    later = loaded(SCHOOL.replace("Small School", "Our School"))
    assert newly_over(loaded(), later, IN_JANUARY) == ()
    assert not [p for p in later.problems if "over" in p.message]
    # Nor where its name or its groups are put right afterwards.
    corrected = loaded(SCHOOL.replace("closed_to: pupils", "closed_to: everyone"))
    assert newly_over(loaded(), corrected, IN_JANUARY) == ()


def test_a_year_is_guessed_only_where_that_day_is_near() -> None:
    added = SCHOOL + SNOW.replace("2026-01-20", "2026-11-20")
    assert newly_over(loaded(), loaded(added), IN_JANUARY) == (
        "school.yaml:15: Snow is new, but 20 November 2026 is over",
    )


def test_a_whole_year_that_is_copied_in_is_told_in_a_line() -> None:
    added = SCHOOL + "".join(SNOW.replace("01-20", f"01-{day}") for day in range(12, 17))
    [said] = newly_over(loaded(), loaded(added), IN_JANUARY)
    assert said == (
        "5 new entries are for dates that are over: school.yaml, lines 15, 18, 21, 24, 27"
    )


def test_a_new_term_that_is_over_is_told_too() -> None:
    added = SCHOOL.replace(
        "  - name: Spring 2027",
        "  - name: Spring\n    first_day: 2026-01-05\n    last_day: 2026-03-27\n"
        "  - name: Spring 2027",
    )
    [said] = newly_over(loaded(), loaded(added), IN_JANUARY)
    assert said.startswith("school.yaml:6: Spring is new, but 5 January 2026 to 27 March 2026")


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-01-20 18:00-20:00",
         "Quiz night never applies again: 20 January 2026 is over | "
         "did you mean 2027? Otherwise take the rule out"),
        ("2026-11-25 to 2026-11-27",
         "Quiz night never applies again: 25 November 2026 to 27 November 2026 is over | "
         "correct the date, or take the rule out"),
        ("[2026-11-25, 2026-12-02]",
         "Quiz night never applies again: 25 November 2026, 2 December 2026 are over | "
         "correct the date, or take the rule out"),
        ("[2026-11-25, 2027-01-11]", None),
        ("[2026-11-25, sessions]", None),
        ("2027-01-10 20:00-06:00", None),
        ("2027-01-10 20:00-24:00",
         "Quiz night never applies again: 10 January 2027 is over | "
         "correct the date, or take the rule out"),
    ],
)  # fmt: skip
def test_a_rule_whose_dates_are_all_over_never_applies_again(when: str, told: str | None) -> None:
    rules = RULE.format(when=when)
    said = [p for p in loaded(rules=rules).problems if "never applies" in p.message]
    assert [f"{p.message.removeprefix('rules: ')} | {p.hint}" for p in said] == (
        [told] if told else []
    )
    assert all((p.line, p.level) == (5, "warning") for p in said)
