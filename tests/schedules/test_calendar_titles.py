"""What councils and schools write in their calendars, and what each is taken for.

Below `nothing` and `unclear` stands what must never close the school.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bellgate.schedules.year.calendar_kinds import Setting, groups_by_part
from bellgate.schedules.year.calendar_meanings import meaning_of
from bellgate.schedules.year.icalendar_file import Event

TABLE = Path(__file__).parent.parent / "corpus" / "calendar-titles.txt"
DAYS = {"a day": 1, "a week": 5, "a term": 70}
MONDAY = date(2026, 11, 9)
PRIMARY = Setting(time(8, 50), time(15, 15), name="Bury C of E Primary School")
WITH_PARTS = Setting(
    time(8, 50),
    time(15, 15),
    groups=groups_by_part(["pre-school", "nursery", "year-2", "years-3-4", "ks1", "class-5a"]),
    name="Bury C of E Primary School",
)


def table() -> Iterator[tuple[str, str, str]]:
    heading = ("", "")
    for line in TABLE.read_text("utf-8").splitlines():
        if found := re.fullmatch(r"\[(.+); (.+)\]", line):
            heading = (found[1], found[2])
        elif line and not line.startswith("#"):
            yield (*heading, line)


def event(words: str, length: str, first: date = MONDAY) -> Event:
    if length in DAYS:
        return Event(1, words, first, first + timedelta(days=DAYS[length] - 1))
    start, end = (time.fromisoformat(text) for text in length.split(" to "))
    return Event(1, words, first, first, (start, end))


def said(words: str, length: str, setting: Setting = PRIMARY) -> str:
    found = meaning_of(event(words, length), setting)
    hours = f", starts {found.starts:%H:%M}" if found.starts else ""
    hours += f", ends {found.ends:%H:%M}" if found.ends else ""
    return f"{found.kind}{hours}"


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len({words for _, _, words in table()}) >= 400


@pytest.mark.parametrize(("meaning", "length", "words"), list(table()))
def test_taken_for(meaning: str, length: str, words: str) -> None:
    assert said(words, length) == meaning


@pytest.mark.parametrize(
    ("school", "words", "meaning"),
    [
        ("St Patrick's Primary School", "St Patrick's PS closed (INSET)", "INSET day"),
        ("St. Patrick’s Primary School", "St Patricks closed (INSET)", "INSET day"),
        ("St Patrick's Primary School", "St Malachy's PS closed (INSET)", "unclear"),
        ("Kirkhill High School", "Kirkhill HS closed (in-service)", "INSET day"),
        ("Kirkhill High School", "KHS closed (in-service)", "INSET day"),
        ("Kirkhill High School", "Kirkhill PS closed (in-service)", "unclear"),
        ("Ysgol Bethel", "Ysgol Bethel ar gau (HMS)", "INSET day"),
        ("Ysgol Bethel", "Ysgol Glan Nant ar gau (HMS)", "unclear"),
    ],
)
def test_a_school_is_known_by_its_own_name(school: str, words: str, meaning: str) -> None:
    assert said(words, "a day", replace(PRIMARY, name=school)) == meaning
