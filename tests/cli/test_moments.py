"""What people type for a moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import pytest

from bellgate.cli.moments import day, days_back, moment

LONDON = ZoneInfo("Europe/London")
SUNDAY = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-23 10:15", "2026-11-23T10:15"),
        ("2026-11-23T10:15", "2026-11-23T10:15"),
        ("2026-11-23 08:29:57", "2026-11-23T08:29:57"),
        ("10:15", "2026-11-22T10:15"),
        ("9:05", "2026-11-22T09:05"),
        ("Tue 10:15", "2026-11-24T10:15"),
        ("tuesday 10:15", "2026-11-24T10:15"),
        ("Sun 10:15", "2026-11-22T10:15"),
        ("tomorrow 9am", "2026-11-23T09:00"),
        ("tomorrow 2.30pm", "2026-11-23T14:30"),
        ("12am", "2026-11-22T00:00"),
        ("9 am", "2026-11-22T09:00"),
        ("23 Nov 10:15", "2026-11-23T10:15"),
        ("23/11/2026 10:15", "2026-11-23T10:15"),
        ("12pm", "2026-11-22T12:00"),
        ("2026-06-15 10:15", "2026-06-15T09:15"),
        ("2027-03-28 01:30", "2027-03-28T01:00"),
    ],
)
def test_a_moment_is_read_by_the_schools_clock(text: str, meant: str) -> None:
    assert moment(text, LONDON, SUNDAY) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "10", "13pm", "Tue", "2026-13-01 10:15", "10:15 Tue"]
)
def test_what_is_no_moment_is_said_with_what_would_be_one(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a moment: write"):
        moment(text, LONDON, SUNDAY)


@pytest.mark.parametrize(
    ("today", "first", "last", "meant"),
    [
        (22, "Mon", "Fri", (16, 20)),
        (22, "Mon", None, (16, None)),
        (22, None, "fri", (None, 20)),
        (22, "Sunday", "today", (22, 22)),
        (25, "Mon", "Fri", (23, 27)),
        (25, "Fri", "Mon", (20, 23)),
        (25, "yesterday", "today", (24, 25)),
        (25, "2026-11-02", "Mon", (2, 23)),
        (25, None, None, (None, None)),
    ],
)
def test_who_asks_a_log_means_days_that_were(
    today: int, first: str | None, last: str | None, meant: tuple[int | None, int | None]
) -> None:
    at = datetime(2026, 11, today, 14, tzinfo=UTC)
    found = [d.day if d else None for d in days_back(first, last, LONDON, at)]
    assert tuple(found) == meant


@pytest.mark.parametrize(
    ("first", "last", "meant"),
    [
        ("1 Nov", "30 Nov", ("2026-11-01", "2026-11-30")),
        ("1 Sept", "18 Dec", ("2026-09-01", "2026-12-18")),
        ("1 Dec", "5 Jan", ("2025-12-01", "2026-01-05")),
        ("30/11", None, ("2026-11-30", "None")),
        ("29/2/2024", "1 March 2024", ("2024-02-29", "2024-03-01")),
    ],
)
def test_a_day_without_a_year_is_the_nearest_that_makes_sense(
    first: str, last: str | None, meant: tuple[str, str]
) -> None:
    at = datetime(2026, 11, 29, 14, tzinfo=UTC)
    assert tuple(map(str, days_back(first, last, LONDON, at))) == meant


def test_a_leap_day_is_sought_in_a_year_that_has_one() -> None:
    at = datetime(2028, 1, 5, 14, tzinfo=UTC)
    assert days_back("29 Feb", None, LONDON, at)[0] == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["32 October", "32", "31 Nov", "October", "2026"])
def test_what_names_no_day_of_a_month_is_no_day(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a date"):
        days_back(text, None, LONDON, SUNDAY)


@pytest.mark.parametrize(
    ("first", "last"), [("20 Nov", "10 Nov"), ("today", "yesterday"), ("2026-11-20", "2026-11-19")]
)
def test_days_that_end_before_they_begin_are_refused(first: str, last: str) -> None:
    with pytest.raises(click.BadParameter, match="is before"):
        days_back(first, last, LONDON, SUNDAY)


def test_the_name_of_a_day_still_looks_ahead_where_one_looks_ahead() -> None:
    today = datetime.now(UTC).astimezone(LONDON).date()
    yesterday = today - timedelta(days=1)
    assert day(f"{yesterday:%A}", LONDON) == yesterday + timedelta(days=7)
    assert days_back(f"{yesterday:%A}", None, LONDON)[0] == yesterday
