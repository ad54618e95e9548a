"""Hours of the night where the afternoon is meant: what is written, and what `check` says of it."""

from collections.abc import Callable

import pytest

from bellgate.schedules.load import load_files
from bellgate.schedules.problem import Unclear
from bellgate.schedules.scalars import clock_time, time_range
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.small_school import FILES

SCHOOL = """\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
sessions:
  morning: 08:50-12:00
"""
RULE = """\
rules:
  - name: Club
    who: pupils
    what: youtube
    when: {when}
    do: block
    clause: School's own rule
"""
A_DATE = "dates:\n  - date: 2026-11-25\n    name: Fair\n"


def told(school: str = SCHOOL, when: str = "sessions") -> list[str]:
    files = {"school.yaml": school.encode(), "rules.yaml": RULE.format(when=when).encode()}
    found = load_files({**FILES, **files}, catalogue=small_catalogue())
    assert found.policy is not None, found.errors
    said = [p for p in found.problems if "night" in p.message]
    assert {p.level for p in said} <= {"warning"}
    return [f"{p.file}:{p.line}: {p.message} | {p.hint}" for p in said]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("  afternoon: 1:00-3:15\n",
         "school.yaml:8: sessions: afternoon (01:00-03:15) begins in the night | "
         "for the afternoon write 13:00-15:15"),
        ("  afternoon: 01:00-03:15\n",
         "school.yaml:8: sessions: afternoon (01:00-03:15) begins in the night | "
         "for the afternoon write 13:00-15:15"),
        (f"{A_DATE}    extra:\n      evening: 6:30-8:30\n",
         "school.yaml:12: dates: evening (06:30-08:30) begins in the night | "
         "for the afternoon write 18:30-20:30"),
        ("weekdays:\n  - day: Friday\n    starts: 01:30\n",
         "school.yaml:10: weekdays: starts is 01:30, which is in the night | "
         "for the afternoon write starts: 13:30"),
        # A breakfast club, by the clock of 24 hours.
        (f"{A_DATE}    extra:\n      breakfast: 06:30-08:30\n", None),
    ],
)  # fmt: skip
def test_nobody_goes_to_school_in_the_night(lines: str, says: str | None) -> None:
    assert told(SCHOOL + lines) == ([says] if says else [])


@pytest.mark.parametrize("written", ["3:15", "03:15", "0:15"])
def test_a_day_that_ended_in_the_night_would_open_everything_so_it_is_not_taken(
    written: str,
) -> None:
    files = {**FILES, "school.yaml": f"{SCHOOL}{A_DATE}    ends: {written}\n".encode()}
    found = load_files(files, catalogue=small_catalogue())
    (wrong,) = found.errors
    hour = int(written.partition(":")[0])
    assert (wrong.line, wrong.message, wrong.hint) == (
        11, f"dates: ends is {hour:02}:15, which is in the night",
        f"for the afternoon write ends: {hour + 12}:15",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("Thursday 3:30-4:30", "Thursday 3:30-4:30 begins in the night | "
         "for the afternoon write 15:30-16:30; for the night, 03:30-04:30"),
        ("any day 4:00-18:00", "any day 4:00-18:00 begins in the night | "
         "for the afternoon write 16:00-18:00; for the night, 04:00-18:00"),
        ("Mon-Fri 9:00-3:30", "Mon-Fri 9:00-3:30 goes on over midnight until 03:30 | "
         "for the afternoon write 09:00-15:30; for the night, 09:00-03:30"),
        ("2026-11-25 2:00-3:00", "2026-11-25 2:00-3:00 begins in the night | "
         "for the afternoon write 14:00-15:00; for the night, 02:00-03:00"),
        # Of a boarding school, by the clock of 24 hours.
        ("any day 01:00-05:00", None),
        ("20:00-06:00", None),
        ("20:00-6:00", None),
        ("any day 22:00-24:00", None),
    ],
)  # fmt: skip
def test_a_rule_for_the_night_is_written_with_two_digits(when: str, says: str | None) -> None:
    assert told(when=when) == ([f"rules.yaml:5: rules: Club: {says}"] if says else [])


@pytest.mark.parametrize(
    ("read", "text", "hint"),
    [
        (time_range, "13:00-3:15", "for the afternoon write 13:00-15:15"),
        (time_range, "12:00-08:50", "correct one of the two"),
        (clock_time, "3.30", "for the afternoon write 15:30; for the night, 03:30"),
        (clock_time, "3.30pm", "3.30pm is written 15:30"),
        (clock_time, "8.50", "8.50 is written 08:50"),
        (clock_time, "1530", "1530 is written 15:30"),
    ],
)
def test_no_hint_takes_the_afternoon_for_the_night(
    read: Callable[[str], object], text: str, hint: str | None
) -> None:
    with pytest.raises(Unclear) as raised:
        read(text)
    assert raised.value.hint == hint
