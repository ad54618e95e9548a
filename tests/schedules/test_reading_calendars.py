# ruff: noqa: E501  one case a line
"""iCalendar text -> events: lines, zones, repetitions, and whatever else may stand there."""

import time
from datetime import date
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.schedules.year.calendar_kinds import Setting
from bellgate.schedules.year.calendar_reading import year_of
from bellgate.schedules.year.icalendar_file import Event, read_calendar

LONDON = ZoneInfo("Europe/London")
SCHOOL = Setting(clock(8, 50), clock(15, 15))
EXPORT = (
    Path(__file__).parent.parent / "corpus/calendars/09-council-calendar/Export of 2026.ics"
).read_bytes()
HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n"


def one(*lines: str) -> bytes:
    """A calendar of one event, whose own lines start at line 5."""
    inner = "\n".join(lines)
    return f"{HEAD}BEGIN:VEVENT\n{inner}\nEND:VEVENT\nEND:VCALENDAR\n".encode()


def dates(raw: bytes) -> list[tuple[str, str]]:
    found = read_calendar("t.ics", raw, LONDON)
    assert not found.problems
    return [(str(e.first), str(e.last)) for e in found.events]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["DTSTART;VALUE=DATE:20261127"], [("2026-11-27", "2026-11-27")]),
        (
            ["DTSTART;VALUE=DATE:20261026", "DTEND;VALUE=DATE:20261031"],
            [("2026-10-26", "2026-10-30")],
        ),
        (["DTSTART;VALUE=DATE:20261026", "DURATION:P1W"], [("2026-10-26", "2026-11-01")]),
        (["DTSTART:20260901T230000Z", "DTEND:20260902T230000Z"], [("2026-09-02", "2026-09-02")]),
        # Whole days as midnights of UTC: in summer that is one o'clock here, and one day all the same.
        (["DTSTART:20260907T000000Z", "DTEND:20260908T000000Z"], [("2026-09-07", "2026-09-07")]),
        (["DTSTART:20261130T000000Z", "DTEND:20261201T000000Z"], [("2026-11-30", "2026-11-30")]),
        (["DTSTART:20270506T000000Z", "DTEND:20270508T000000Z"], [("2027-05-06", "2027-05-07")]),
        (["DTSTART:20260907T000000", "DTEND:20260907T235900"], [("2026-09-07", "2026-09-07")]),
        (["DTSTART;VALUE=DATE:20261130", "DTEND;VALUE=DATE:20261130"], [("2026-11-30", "2026-11-30")]),
        (["DTSTART:20261127T090000", "DTEND:20261127T150000"], [("2026-11-27", "2026-11-27")]),
        (
            ["DTSTART;TZID=America/New_York:20261126T190000", "DURATION:P1D"],
            [("2026-11-27", "2026-11-27")],
        ),
        (
            ["DTSTART;VALUE=DATE:20261030", "RRULE:FREQ=WEEKLY;COUNT=2"],
            [("2026-10-30", "2026-10-30"), ("2026-11-06", "2026-11-06")],
        ),
        (
            # across the change of the clocks, by the clock on the wall
            [
                "DTSTART;TZID=Europe/London:20261023T000000",
                "DTEND;TZID=Europe/London:20261024T000000",
                "RRULE:FREQ=WEEKLY;UNTIL=20261030T000000Z",
            ],
            [("2026-10-23", "2026-10-23"), ("2026-10-30", "2026-10-30")],
        ),
        (
            ["DTSTART;VALUE=DATE:20261030", "RRULE:FREQ=YEARLY;UNTIL=20281030"],
            [("2026-10-30", "2026-10-30"), ("2027-10-30", "2027-10-30"), ("2028-10-30", "2028-10-30")],
        ),
    ],
)  # fmt: skip
def test_dates_by_the_schools_own_clock(lines: list[str], found: list[tuple[str, str]]) -> None:
    assert dates(one("SUMMARY:x", *lines)) == found


def test_an_event_of_some_hours_keeps_them() -> None:
    def event(start: str, end: str) -> Event:
        raw = one("SUMMARY:x", f"DTSTART:{start}", f"DTEND:{end}")
        (found,) = read_calendar("t.ics", raw, LONDON).events
        return found

    def hours(start: str, end: str) -> tuple[clock, clock] | None:
        return event(start, end).hours

    def over(start: str, end: str) -> tuple[clock, clock] | None:
        return event(start, end).over

    assert hours("20261118T154500", "20261118T174500") == (clock(15, 45), clock(17, 45))
    assert hours("20260903T075000Z", "20260903T085000Z") == (clock(8, 50), clock(9, 50))
    assert hours("20261118T200000", "20261119T000000") == (clock(20), clock.max)
    assert hours("20261118T090000", "20261119T150000") is None
    assert over("20261118T090000", "20261119T150000") == (clock(9), clock(15))
    assert over("20261023T150000Z", "20261102T000000") == (clock(16), clock.max)
    assert over("20261118T000000", "20261120T000000") is None
    assert hours("20261118T000000", "20261118T235959") is None


def test_the_line_of_an_event_is_that_of_its_words() -> None:
    found = read_calendar("t.ics", one("DTSTART;VALUE=DATE:20261127", "SUMMARY:a", "  b"), LONDON)
    assert found.events == (Event(6, "a b", date(2026, 11, 27), date(2026, 11, 27)),)


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"", 1, "the file is empty"),
        (b"<html>", 1, "this is not a calendar"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\n", 1, "BEGIN:VCALENDAR is never closed"),
        (HEAD.encode() + b"BEGIN:VEVENT\nEND:VCALENDAR\n", 5, "VEVENT (line 4) is still open"),
        (one("SUMMARY:a", "and more"), 6, '"and more" is not a line of a calendar'),
        (one("SUMMARY:a"), 4, "an event without a DTSTART"),
        (one("DTSTART;VALUE=DATE:20261127"), 4, "an event without a SUMMARY"),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:20261327"), 6, "DTSTART"),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", "DTSTART;VALUE=DATE:20261128"), 6, "twice"),
        (
            one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20261120"),
            7,
            "ends before it starts",
        ),
        (
            one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20621120"),
            7,
            "longer than a year",
        ),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:02261127"), 6, "a year that cannot be right"),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", "RRULE:FREQ=SECONDLY"), 7, "repeats"),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", "RRULE:FREQ=NEVER"), 7, ""),
        (b"BEGIN:VCALENDAR\nX:\xff\nEND:VCALENDAR\n", 2, "not UTF-8"),
        (one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127") + b"BEGIN:VEVENT\n", 9, "follows"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_on_its_line(raw: bytes, line: int, says: str) -> None:
    (problem,) = read_calendar("t.ics", raw, LONDON).problems
    assert (problem.line, problem.level) == (line, "error"), problem
    assert says in problem.message


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=MONTHLY;BYSETPOS=5;BYDAY=MO;BYMONTH=2;INTERVAL=12",
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
    ],
)
def test_a_repetition_that_never_comes_or_never_ends_does_not_hold_us(rule: str) -> None:
    raw = one("SUMMARY:a", "DTSTART;VALUE=DATE:20261127", f"RRULE:{rule}")
    begun = time.monotonic()
    found = read_calendar("t.ics", raw, LONDON)
    assert time.monotonic() - begun < 5
    assert len(found.events) <= 3000


PIECES = [
    b"\r\n",
    b" ",
    b":",
    b";",
    b"BEGIN:VEVENT",
    b"END:VEVENT",
    b"RRULE:FREQ=DAILY",
    b"\0",
    b"9",
]


def test_a_happening_that_moved_from_no_date_is_told_on_its_line() -> None:
    raw = one("SUMMARY:INSET day", "DTSTART;VALUE=DATE:20270427", "RECURRENCE-ID:DATE:20270427")
    [problem] = read_calendar("t.ics", raw, LONDON).problems
    assert "RECURRENCE-ID is not readable" in problem.message
    assert b"RECURRENCE-ID" in raw.splitlines()[problem.line - 1]


def test_half_the_name_of_a_zone_is_told_on_its_line() -> None:
    raw = one("SUMMARY:INSET day", "DTSTART;TZID=Europe:20270427T090000")
    [problem] = read_calendar("t.ics", raw, LONDON).problems
    assert (problem.line, problem.message) == (6, '"Europe" is not a time zone')


@settings(max_examples=200)
@given(st.data())
def test_no_slip_in_a_calendar_gives_a_traceback(data: st.DataObject) -> None:
    raw = EXPORT
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        piece = data.draw(st.sampled_from(PIECES) | st.binary(max_size=3))
        raw = raw[:at] + piece + raw[at + data.draw(st.integers(0, 6)) :]
    found = read_calendar("t.ics", raw, LONDON)
    for problem in found.problems:
        assert 1 <= problem.line <= raw.count(b"\n") + raw.count(b"\r") + 1
    year_of(found, SCHOOL, (), frozenset(range(5)), date(2026, 11, 22))


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_nor_do_any_bytes(raw: bytes) -> None:
    read_calendar("t.ics", raw, LONDON)
    read_calendar("t.ics", one("SUMMARY:x").replace(b"x", raw), LONDON)
