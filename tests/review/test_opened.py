"""What was open for a time: until when, and that its use was not recorded."""

from pathlib import Path

import pytest

from bellgate.audit.record.record import decision_record
from bellgate.review.pack.document import document
from tests.audit.world import decision
from tests.review.afternoon import Week, at
from tests.review.test_tables import granted


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path).watched()


def test_the_first_page_says_until_when_and_that_use_was_not_recorded(week: Week) -> None:
    granted(week, "a1", at("10:00"), at("12:00"), who="everyone")
    found = document(week.findings())
    said = (
        "Open for a time: Facebook for everyone from Mon 23 Nov 2026 10:00:00 until 12:00:00. "
        "The gate does not record what is done with a service while it is open."
    )
    assert said in found["brief"]
    [row] = found["opened"]
    assert row[1:] == [
        "Mon 23 Nov 2026 10:00:00", "Mon 23 Nov 2026 12:00:00", "Facebook", "everyone",
    ]  # fmt: skip


def test_what_was_taken_back_was_open_until_then(week: Week) -> None:
    granted(week, "a1", at("10:00"), at("12:00"), who="everyone")
    granted(week, "a1", at("10:30"), at("12:00"), revoked=True, who="everyone")
    assert "until 10:30:00." in " ".join(document(week.findings())["brief"])


def test_what_was_arranged_beforehand_was_open_only_from_when_it_was_to(week: Week) -> None:
    granted(week, "a1", at("10:00"), at("12:00"), who="everyone", begins=at("11:00"))
    [row] = document(week.findings())["opened"]
    assert row[1:3] == ["Mon 23 Nov 2026 11:00:00", "Mon 23 Nov 2026 12:00:00"]


def test_an_answer_on_the_page_opened_it_too(week: Week) -> None:
    record = decision_record(
        decision("www.facebook.com", at("10:15")), "answered", seen="page", clock="synchronised",
        at=at("10:15"), answer="A lesson", exemption="b2",
    )  # fmt: skip
    record["bellgate"]["until"] = "2026-11-23T11:00:00Z"
    week.tried(at("10:14"), "ask", "page").recorded(record)
    assert (
        "Open for a time: Facebook for staff-laptop-07 from Mon 23 Nov 2026 10:15:00 until "
        "11:00:00. The gate does not record what is done with a service while it is open."
    ) in document(week.findings())["brief"]


def test_of_many_the_first_page_names_a_few(week: Week) -> None:
    for n in range(9):
        granted(week, f"a{n}", at(f"10:0{n}"), at("12:00"), who="everyone")
    found = document(week.findings())
    assert "Facebook for everyone, 9 times on Mon 23 Nov 2026 (table C)." in " ".join(
        found["brief"]
    )
    assert len(found["opened"]) == 9
