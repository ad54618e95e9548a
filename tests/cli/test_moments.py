"""What people type for a moment."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
import pytest

from bellgate.cli.moments import moment

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
        ("12pm", "2026-11-22T12:00"),
        ("2026-06-15 10:15", "2026-06-15T09:15"),
        ("2027-03-28 01:30", "2027-03-28T01:00"),
    ],
)
def test_a_moment_is_read_by_the_schools_clock(text: str, meant: str) -> None:
    assert moment(text, LONDON, SUNDAY) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "10", "13pm", "Tue", "2026-13-01 10:15", "10:15 Tue", "9 am"]
)
def test_what_is_no_moment_is_said_with_what_would_be_one(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no moment: write"):
        moment(text, LONDON, SUNDAY)
