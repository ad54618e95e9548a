"""The first page says what puts the record in doubt, and which visits that touches."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bellgate.review.pack.document import document
from bellgate.review.pack.doubts import NONE, NOT_OUTSIDE
from bellgate.review.pack.findings import Findings
from tests.review.afternoon import Week, at
from tests.review.test_watched import beating


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def said(findings: Findings) -> list[str]:
    found: list[str] = document(findings)["doubts"]
    return found


def rows(findings: Findings) -> list[list[str]]:
    found: list[list[str]] = document(findings)["gaps"]["rows"]
    return found


def every_day(week: Week, first: int = 0) -> Week:
    for day in range(first, 5):
        beating(week, at("0:00", day), at("23:59", day))
    return week


def stepped(week: Week, when: datetime, seconds: float) -> Week:
    return week.gate("clock-stepped", f"Stepped by {seconds}", when, seconds=seconds)


def test_a_sound_week_says_that_there_is_nothing(week: Week) -> None:
    assert said(every_day(week).tried(at("10:15")).findings()) == [NONE]


def test_a_clock_an_hour_ahead_is_no_silence_and_its_visits_are_named(week: Week) -> None:
    """The gate starts at 9:00 with a clock that says 10:00, and is put right at 9:40."""
    beating(week, at("0:00"), at("8:58")).gate("stopped", "It stopped", at("8:59"))
    week.gate("started", "It started", at("10:00"))
    beating(week, at("10:01"), at("10:39")).tried(at("10:15")).tried(at("10:30"))
    stepped(week, at("9:40"), -3600)
    beating(week, at("9:41"), at("23:59")).tried(at("11:00"))
    found = every_day(week, 1).findings()
    assert [row[:3] for row in rows(found)] == [
        ["Mon 23 Nov 2026 08:59:00", "Mon 23 Nov 2026 09:00:00", "1 minute"]
    ]
    assert said(found) == [
        "On Mon 23 Nov 2026 the gateway’s clock was put back by 1 hour, to 09:40:00. For 2 "
        "attempts before that, in 2 visits (Mon 23 Nov 2026 10:15:00 and Mon 23 Nov 2026 "
        "10:30:00), the times shown may be up to 1 hour later than the true ones.",
        "For 1 minute of session time the gate may not have been watching (table B). No visit "
        "was recorded within 5 minutes before or after it.",
    ]


def test_a_clock_an_hour_behind_is_no_silence_either(week: Week) -> None:
    """It says 9:00 at ten, and is put right at eleven: from 10:00 to 11:00 no time is recorded."""
    week.gate("started", "It started", at("0:00"))
    beating(week, at("0:01"), at("10:00")).tried(at("9:30"))
    stepped(week, at("11:00"), 3600)
    beating(week, at("11:01"), at("23:59"))
    found = every_day(week, 1).findings()
    assert rows(found) == []
    [step] = said(found)
    assert step.endswith(
        "For 1 attempt before that, in 1 visit (Mon 23 Nov 2026 09:30:00), the times "
        "shown may be up to 1 hour earlier than the true ones."
    )


def test_a_clock_two_days_ahead_is_followed_out_of_the_days_asked_about(week: Week) -> None:
    """On Friday it says Sunday."""
    for day in range(4):
        beating(week, at("0:00", day), at("23:59", day))
    week.gate("started", "It started", at("0:00", 6))
    beating(week, at("0:01", 6), at("13:59", 6))
    stepped(week, at("14:00", 4), -2 * 86_400)
    assert rows(beating(week, at("14:01", 4), at("23:59", 4)).findings()) == []


def test_the_same_hour_without_a_step_is_silence(week: Week) -> None:
    beating(week, at("0:00"), at("10:00"))
    beating(week, at("11:01"), at("23:59"))
    week.tried(at("9:58")).tried(at("11:01")).tried(at("14:00"))
    found = every_day(week, 1).findings()
    assert said(found) == [
        "For 1 hour 1 minute of session time the gate may not have been watching (table B). 2 "
        "visits fall during or close to that time, and may have begun earlier or ended later "
        "than shown."
    ]


def test_lost_records_and_errors_and_the_visits_beside_them(week: Week) -> None:
    every_day(week).tried(at("10:15")).tried(at("14:00"))
    week.gate(
        "records-lost", "The log could not be written", at("10:25"), lost=12, delayed=3,
        **{"from": "2026-11-23T10:18:00Z", "to": "2026-11-23T10:25:00Z"},
    )  # fmt: skip
    week.gate("error", "Bellgate failed in request: it was refused", at("14:01"))
    week.gate("error", "Bellgate failed in request: it was refused", at("15:00"))
    assert said(week.findings()) == [
        "From Mon 23 Nov 2026 10:18:00 to Mon 23 Nov 2026 10:25:00 the log could not be written "
        "to, and 12 records were lost. Nobody can tell whom they were about. 1 visit falls "
        "during or close to that time, and "
        "its count may be too low.",
        "The gate recorded 2 errors of its own (table B). 1 visit falls during or close to that "
        "time, and its record may be incomplete.",
    ]


def test_a_log_that_nobody_outside_can_check_says_so(week: Week) -> None:
    found = replace(every_day(week).tried(at("10:15")).findings(), anchored=False)
    assert said(found) == [NOT_OUTSIDE]
    check = document(found)["check"]
    assert check[0] == NOT_OUTSIDE and not any("e-mail with a checkpoint" in s for s in check)


def test_doubts_stand_on_the_first_page(week: Week) -> None:
    import pypdfium2

    from bellgate.review.pack.pdf import printed

    found = every_day(stepped(week, at("9:40"), -3600)).tried(at("10:15")).findings()
    pdf = pypdfium2.PdfDocument(printed(document(found), found.question.at + timedelta()))
    page = pdf[0].get_textpage().get_text_range()
    assert "What puts the record in doubt" in page and "put back by 1 hour" in page
