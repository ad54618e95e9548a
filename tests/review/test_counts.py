"""What is counted as an attempt, and that it is the same wherever a pack counts."""

from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.review.pack.document import document
from tests.review.afternoon import Week, at, question
from tests.review.test_packs import AWAY, SHARED, said


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path).watched()


def closed(week: Week, when: str, **more: object) -> Week:
    return week.tried(
        at(when), "closed", host="wordpress.com", lasted=timedelta(minutes=1), carried=9, **more
    )  # type: ignore[arg-type]


def test_the_close_of_what_was_logged_after_school_is_no_second_attempt(week: Week) -> None:
    week.tried(at("10:15"), "log", host="wordpress.com")
    week.tried(at("18:00"), "log", host="wordpress.com")
    findings = closed(week, "18:01").findings()
    brief = said(findings, "brief")
    assert brief.startswith("2 attempts to reach wordpress were recorded, in 2 visits on 1 day.")
    assert "1 of them was outside sessions" in brief


def test_what_began_in_session_and_closed_after_it_was_in_session(week: Week) -> None:
    week.tried(at("15:44"), "log", host="wordpress.com")
    assert "on 1 day. It was during a session (table D)." in said(
        closed(week, "15:46").findings(), "brief"
    )


def test_on_a_shared_device_an_attempt_and_its_close_are_one(week: Week) -> None:
    week.tried(at("10:15"), "log", host="wordpress.com", **SHARED)
    findings = closed(week, "10:16", **SHARED).findings(question(None, "y5-laptop-03"))
    assert "1 attempt is attributed to nobody, because the device is shared" in said(
        findings, "helps"
    )


def test_what_was_left_out_is_counted_the_same_way(week: Week) -> None:
    week.tried(at("9:15")).tried(at("10:15"), "log", host="wordpress.com", **AWAY)
    findings = closed(week, "10:16", **AWAY).findings()
    assert "1 further attempt from the same device could not be attributed to anybody, and is" in (
        said(findings, "helps")
    )


def test_who_was_asked_and_answered_asked_for_the_page_once(week: Week) -> None:
    week.tried(at("10:15"), "ask", "page")
    findings = week.tried(at("10:16"), "answered", "page", answer="A lesson").findings()
    assert "browser asked" not in said(findings, "weighs"), "the rule permits it"
    assert said(findings, "brief").startswith("1 attempt to reach Facebook was recorded")
    assert "1 answer was given on the page, and the rules then opened the service." in (
        said(findings, "brief")
    )
    assert [row[2] for row in document(findings)["grades"]] == ["1", "0", "0", "0"]
    assert "Every attempt was refused" not in said(findings, "brief", "helps")


def test_the_counts_of_a_busy_week_agree_with_each_other(week: Week) -> None:
    for day, action in enumerate(("block", "ask", "log", "exempted", "block")):
        week.tried(at("10:15", day), action, "page", repeat=3)  # type: ignore[arg-type]
        week.tried(at("10:16", day), "closed", lasted=timedelta(seconds=9), carried=1)
        week.tried(at("8:30", day), "cut", "page", carried_over=True)
    week.tried(at("10:17", 1), "answered", "page", answer="A lesson")
    findings = week.findings()
    assert findings.times == 15 == findings.seen("page")
    assert sum(v.times for v in findings.visits) == 15
    assert (
        "Of them, 6 were refused, 3 were refused pending an answer, 3 were let through and recorded"
        in (said(findings, "brief"))
    )
