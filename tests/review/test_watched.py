"""When nothing was watching: by each edition's own timetable, and as far as it can be told."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.review.pack.document import document
from bellgate.review.pack.edition import EditionKept
from bellgate.review.pack.findings import Findings
from tests.review.afternoon import MIDNIGHT, Week, at, edition, question
from tests.review.test_packs import said


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def rows(findings: Findings) -> list[list[str]]:
    found: list[list[str]] = document(findings)["gaps"]["rows"]
    return found


def beating(week: Week, start: datetime, end: datetime) -> Week:
    for minute in range((end - start) // timedelta(minutes=1) + 1):
        moment = start + timedelta(minutes=minute)
        week.gate("heartbeat", "The gate is running", moment)
    return week


@pytest.fixture
def silent(week: Week) -> Findings:
    """The gate was silent on Monday and Tuesday, all day; on Friday it had been there."""
    week.gate("heartbeat", "The gate is running", at("12:00", -3))
    return beating(week, at("0:00", 2), at("23:59", 4)).findings()


def two_editions(findings: Findings, *, first_is_kept: bool) -> Findings:
    """One in force up to Wednesday, another from then on."""
    asked = findings.question
    before = replace(edition(asked), until=at("0:00", 2), hash="sha256:before")
    if not first_is_kept:
        before = EditionKept("sha256:before", asked.since, at("0:00", 2))
    after = replace(edition(asked), since=at("0:00", 2))
    return replace(findings, editions=(before, after))


def test_silence_under_an_edition_that_is_not_kept_is_shown_all_the_same(silent: Findings) -> None:
    kept = two_editions(silent, first_is_kept=True)
    assert [row[2] for row in rows(kept)] == ["3 hours 45 minutes", "2 hours 45 minutes"] * 2
    gone = two_editions(silent, first_is_kept=False)
    assert [row[:3] for row in rows(gone)] == [
        ["Mon 23 Nov 2026 00:00:00", "Wed 25 Nov 2026 00:00:00", "48 hours"]
    ]
    assert (
        "where the timetable is not known (table D), all such times"
        in (document(gone)["gaps"]["intro"])
    )
    assert "For 48 hours in all, in or out of session, the gate may not have been watching, so" in (
        said(gone, "helps")
    )


def test_a_session_over_a_change_of_the_policy_is_not_told_twice(week: Week) -> None:
    findings = week.watched(silent=(at("9:00"), at("10:00"))).findings()
    asked = findings.question
    halves = (
        replace(edition(asked), until=at("9:30")),
        replace(edition(asked), since=at("9:30")),
    )
    found = replace(findings, editions=halves)
    assert (
        "For 1 hour of session time in all, the gate may not have been watching (table B), so the"
        in said(found, "helps")
    )


def test_heartbeats_that_retention_deleted_are_no_silence(week: Week) -> None:
    for day in (0, 1):
        week.gate(
            "deleted", "…", at("3:00", 10), day=f"2026-11-{23 + day}", why="gate: 7 days",
            first=0, last=9, count=10,
        )  # fmt: skip
    findings = beating(week, at("0:00", 2), at("23:59", 4)).findings()
    assert {row[3] for row in rows(findings)} == {
        "not known: the gate’s own records were deleted (gate: 7 days)"
    }
    helps = said(findings, "helps")
    assert "the gate may not have been watching (table B)" not in helps
    assert "For 13 hours in all, nobody can now tell whether the gate was watching" in helps


def test_where_half_of_a_silence_was_deleted_the_other_half_is_said(week: Week) -> None:
    week.gate(
        "deleted", "…", at("3:00", 10), day="2026-11-23", why="gate: 7 days",
        first=0, last=9, count=10,
    )  # fmt: skip
    findings = beating(week, at("0:00", 2), at("23:59", 4)).findings()
    expected = "For 6 hours 30 minutes of session time in all, the gate may not have been watching"
    assert expected in said(findings, "helps")


def test_what_was_deleted_of_a_pupil_says_nothing_of_the_gate(week: Week) -> None:
    week.gate(
        "deleted", "…", at("3:00", 10), day="2026-11-23", why="pupils: 30 days",
        first=0, last=9, count=10,
    )  # fmt: skip
    findings = beating(week, at("0:00", 2), at("23:59", 4)).findings()
    assert {row[3] for row in rows(findings)} == {"not known"}


def test_a_weekend_has_no_sessions_and_its_timetable_is_known_nevertheless(week: Week) -> None:
    asked = replace(question(), first=date(2026, 11, 21), last=date(2026, 11, 22))
    findings = week.watched().findings(asked)
    assert edition(asked).sessions == ()
    assert rows(findings) == []
    assert "not known" not in document(findings)["gaps"]["intro"]


def test_days_on_which_the_gate_was_silent_are_not_said_to_be_quiet(silent: Findings) -> None:
    assert (
        "On 3 of the 5 school days, the gate was watching throughout and recorded nothing about "
        "this person. On 2 other days it recorded nothing either, but may not have been watching "
        "all the time (table B)."
    ) in said(silent, "helps")


def test_days_that_are_still_to_come_are_in_no_count(week: Week) -> None:
    """Asked on Monday at noon for Monday to Friday."""
    asked = replace(question(), at=at("12:00"))
    findings = beating(week, MIDNIGHT, at("12:00")).findings(asked)
    assert "On the one school day, nothing was recorded about this person." in said(
        findings, "helps"
    )


def test_of_a_last_day_that_is_not_over_the_rest_is_no_silence(week: Week) -> None:
    asked = replace(question(), at=at("12:00"))
    assert rows(beating(week, MIDNIGHT, at("12:00")).findings(asked)) == []
    assert (
        "but only up to 12:00:00 on Mon 23 Nov 2026, when this was requested"
        in (document(week.findings(asked))["period"])
    )


def test_before_the_record_begins_the_gate_was_not_silent_it_was_not_there(week: Week) -> None:
    """Nobody's report counts days on which there was no gate, for them or against them."""
    found = document(beating(week, at("0:00", 2), at("23:59", 4)).tried(at("10:15", 3)).findings())
    assert found["doubts"] == [
        "The record begins on Wed 25 Nov 2026 00:00:00. Nothing was recorded before that."
    ]
    assert found["gaps"]["rows"] == []
    assert any("On 2 of the 3 school days" in each for each in found["helps"])


def test_what_was_deleted_was_there_before(week: Week) -> None:
    week.gate(
        "deleted", "…", at("3:00", 10), day="2026-11-23", why="pupils: 30 days",
        first=0, last=9, count=10,
    )  # fmt: skip
    found = document(beating(week, at("0:00", 2), at("23:59", 4)).findings())
    assert not any("The record begins" in each for each in found["doubts"])
    assert len(found["gaps"]["rows"]) == 4
