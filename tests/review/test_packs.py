"""What a pack says: a week of a school, a question, and the sentences a panel reads."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from bellgate.audit import Query, find
from bellgate.review.pack import report_words
from bellgate.review.pack.document import Document, document
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.pdf import printed
from tests.audit.world import EDITION
from tests.review.afternoon import Week, at, question

AWAY = {"ip": "10.77.10.31", "mac": "3c:22:fb:00:00:31"}
SHARED = {"ip": "10.77.10.21", "mac": "3c:22:fb:00:00:21"}


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def said(findings: Findings, *parts: str) -> str:
    found = document(findings)
    return "\n".join("\n".join(found[part]) for part in parts)


def test_every_attempt_refused_and_one_page_asked_for(week: Week) -> None:
    week.watched().tried(at("10:15"), seen="page").tried(at("10:15:20"), seen="embedded", repeat=3)
    brief = said(week.findings(), "brief")
    assert brief.startswith(
        "4 attempts to reach Facebook were recorded, in 1 visit on 1 day. All were during "
        "sessions (table D). A visit is a run of attempts, whether or not they succeeded."
        "\nOf these attempts, 1 was for a page on one of these sites and 3 were made because "
        "another page contained something from one of them."
        "\nEvery attempt was refused, so nothing from these sites appeared on the screen."
    )
    assert "In 1 visit, the browser asked for a page on the site itself (1 attempt)." in (
        said(week.findings(), "weighs")
    )
    assert "3 of the 4 attempts came from something contained in another page" in said(
        week.findings(), "helps"
    )


def test_only_the_pack_of_one_of_the_staff_speaks_of_the_notice_to_staff(week: Week) -> None:
    """A pupil was never given one, and a device may be a pupil's."""
    week.watched().tried(at("10:15"))
    of_a_person = week.findings()
    assert "Version 2026-09 of the notice to staff applied at the time." in said(
        of_a_person, "weighs"
    )
    of_a_device = replace(of_a_person, question=replace(question(), person=None, device="d"))
    assert "notice" not in said(of_a_device, "weighs")
    [in_force] = of_a_person.editions
    of_a_pupil = replace(of_a_person, editions=(replace(in_force, is_to_staff=False),))
    assert "notice" not in said(of_a_pupil, "weighs")


def test_carried_over_helps_and_is_in_no_count(week: Week) -> None:
    week.watched().tried(at("8:30"), "cut", carried_over=True)
    findings = week.findings()
    brief = said(findings, "brief")
    assert brief.startswith(
        "No attempt was recorded in this period.\n1 connection was opened before"
    )
    assert report_words.CARRIED_OVER in said(findings, "helps")
    assert said(findings, "weighs").startswith("Nothing in the record.")
    assert [row[2] for row in document(findings)["grades"]] == ["0"] * 4
    one_more = week.tried(at("10:15", 1)).findings()
    assert (
        "1 attempt to reach Facebook was recorded, in 1 visit on 1 day. It was during a session ("
        in (said(one_more, "brief"))
    )


def test_what_was_outside_session_times_is_said_with_its_rule(week: Week) -> None:
    """Some rules hold at lunch: that is not session time, and no pack may call it that."""
    week.watched().tried(at("12:30"), "log", host="wordpress.com")
    assert (
        "1 attempt to reach wordpress was recorded, in 1 visit on 1 day. It was outside session"
        in (said(week.findings(), "brief"))
    )
    week.tried(at("10:15"), repeat=3)
    assert "1 of them was outside sessions" in said(week.findings(), "brief")


def test_nothing_recorded_is_an_answer_too(week: Week) -> None:
    findings = week.watched().findings()
    assert "The log holds no record of stf-0042 in this period." in said(findings, "brief")
    assert "On 5 of the 5 school days, nothing was recorded about this person." in said(
        findings, "helps"
    )
    assert document(findings)["records"]["rows"] == []


def test_what_the_same_device_did_elsewhere_is_left_out_and_said_so(week: Week) -> None:
    """Their MAC on the pupils' network is not attributed to them: a pupil may have taken it."""
    week.watched().tried(at("10:15"), seen="page").tried(at("11:00"), seen="page", **AWAY, repeat=7)
    findings = week.findings()
    assert len(findings.material.attempts) == 1
    assert "7 further attempts from the same device could not be attributed to anybody" in (
        said(findings, "helps")
    )
    assert ["Left out", "7 attempts not attributed to this person."] in (
        document(findings)["asked"]
    )


def test_a_pack_about_a_device_counts_what_only_showed_its_mac(week: Week) -> None:
    week.watched().tried(at("10:15"), seen="page").tried(at("11:00"), seen="page", **AWAY, repeat=7)
    findings = week.findings(question(None, "staff-laptop-07"))
    assert len(findings.material.attempts) == 1
    assert "7 further attempts came from the device’s MAC address on another network" in (
        said(findings, "helps")
    )
    assert ["Left out", "7 attempts from the device’s MAC address on another network."] in (
        document(findings)["asked"]
    )


def test_a_shared_device_is_attributed_to_nobody(week: Week) -> None:
    week.watched().tried(at("10:15"), seen="page", **SHARED)
    findings = week.findings(question(None, "y5-laptop-03"))
    assert "1 attempt is attributed to nobody, because the device is shared." in (
        said(findings, "helps")
    )
    assert "issued to one person" not in said(findings, "weighs")


def test_half_an_hour_without_a_sign_of_life_is_said(week: Week) -> None:
    week.watched(silent=(at("10:00"), at("10:30"))).tried(at("11:00"))
    findings = week.findings()
    assert (
        "For 30 minutes of session time in all, the gate may not have been watching (table B), so"
        in (said(findings, "helps"))
    )
    [row] = document(findings)["gaps"]["rows"]
    assert row == [
        "Mon 23 Nov 2026 10:00:00", "Mon 23 Nov 2026 10:30:00", "30 minutes", "not known",
    ]  # fmt: skip


def test_what_went_wrong_is_told_but_nobody_elses_address(week: Week) -> None:
    week.watched().gate("records-lost", "The log could not be written", at("9:00"), lost=3)
    other = week.tried(at("10:15")).gate(
        "error", "Bellgate failed on 10.77.10.9", at("9:30"),
        connection=attempt_connection(), done="refused",
    )  # fmt: skip
    findings = other.findings()
    assert "could not be written" in str(document(findings)["incidents"])
    assert "10.77.10.9" not in str(document(findings))
    chosen = set(findings.material.sequences)
    errors = [e.record for e in find(week.log, Query(actions=frozenset({"error"})))]
    assert errors and chosen.isdisjoint(r["event"]["sequence"] for r in errors if r)


def test_a_day_on_which_records_were_lost_is_none_on_which_nothing_was_recorded(week: Week) -> None:
    week.watched().gate(
        "records-lost", "The log could not be written", at("9:10"), lost=3,
        **{"from": "2026-11-23T09:00:00Z", "to": "2026-11-23T09:10:00Z"},
    )  # fmt: skip
    assert "On 4 of the 5 school days, nothing was recorded about" in said(week.findings(), "helps")


def test_what_retention_took_is_said(week: Week) -> None:
    """It may have helped the person as well as not: nobody can tell."""
    findings = (
        week.watched()
        .gate("deleted", "…", at("3:00", 30), day="2026-11-24", first=1, last=4, count=4)
        .gate("deleted", "…", at("3:00", 30), day="2026-11-20", first=0, last=0, count=1)
        .gate("deleted", "…", at("3:00", 30), day="2026-11-25", log="log.1", count=9)
        .findings()
    )
    assert "4 records from this period have been deleted, because the school" in said(
        findings, "helps"
    )
    [deletion] = [d for d in findings.material.deletions if d.of == "log"]
    assert deletion.record["event"]["sequence"] in findings.material.sequences


def attempt_connection() -> Any:
    from tests.audit.world import decision

    return decision(ip="10.77.10.9", mac=None).connection


def test_times_are_never_minutes_of_use(week: Week) -> None:
    """No sentence counts minutes, but of the gate's own silence and of what one visit is."""
    for minute in range(0, 60, 4):
        week.tried(at(f"10:{minute:02}"), seen="page")
    found = document(week.watched().findings())
    del found["visits"]["gap"]
    text = str({k: v for k, v in found.items() if k not in ("limits", "not_shown", "gaps")})
    assert not re.search(r"\d+ (minutes|hours|seconds)", text)


def test_the_timetable_and_the_rules_in_force_are_quoted(week: Week) -> None:
    [edition] = document(week.watched().tried(at("10:15")).findings())["editions"]
    assert edition["days"] == [
        ["Mon 23 Nov 2026 to Fri 27 Nov 2026", "morning 08:30–12:15, afternoon 13:00–15:45"]
    ]
    assert edition["rules"][0][:2] == ["Staff", "rules.yaml:8"]


def test_a_policy_that_came_back_is_in_force_twice(week: Week) -> None:
    """By what the gate named, and by what the rules of the records were from."""
    for clock, policy in (("9:00", "b"), ("9:10", "c"), ("9:20", "c"), ("9:30", "b")):
        week.under(policy).gate("heartbeat", "…", at(clock))
    findings = week.tried(at("10:15")).findings()
    asked = findings.question
    assert findings.material.editions(asked.since, asked.until) == [
        (at("9:00"), "b"), (at("9:10"), "c"), (at("9:30"), "b"), (at("10:15"), EDITION.hash),
    ]  # fmt: skip


# Each page of a printed pack, as who copies its text out of it gets it.
def pages(found: Document, findings: Findings) -> list[str]:
    pdf = pypdfium2.PdfDocument(printed(found, findings.question.at))
    return [page.get_textpage().get_text_range() for page in pdf]


def worst(week: Week) -> Week:
    """Everything there is to be said at once."""
    for day in range(5):
        for n, seen in enumerate(("page", "embedded", "background", "connection")):
            week.tried(at(f"9:{n}0", day), seen=seen, repeat=400)  # type: ignore[arg-type]
            week.tried(at(f"9:{n}1", day), host="wordpress.com", action="log", seen=seen)  # type: ignore[arg-type]
        week.tried(at("10:00", day), "answered", "page", answer="A lesson on volcanoes " * 6)
        week.tried(at("10:30", day), "exempted", exemption="abc123")
        week.tried(at("8:30", day), "cut", carried_over=True)
        week.tried(at("11:00", day), **AWAY)
    return week.watched(silent=(at("10:00"), at("10:30")))


@pytest.mark.parametrize("fill", [worst, lambda week: week.watched()], ids=["all", "nothing"])
def test_the_tables_begin_on_the_third_page_at_the_latest(
    week: Week, fill: Callable[[Week], Week]
) -> None:
    findings = fill(week).findings()
    text = pages(document(findings), findings)
    assert "A. Visits" in "".join(text[:3])
    before = "".join(text).partition("A. Visits")[0]
    for title in (
        "What this report was asked to cover",
        "How to check this",
        "How to challenge this",
        "Limits of the",
    ):
        assert title in before


def test_the_document_is_archivable_tagged_and_the_same_again(week: Week) -> None:
    findings = week.watched().tried(at("10:15")).findings()
    found = document(findings)
    pdf = printed(found, findings.question.at)
    assert pdf == printed(found, findings.question.at)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfaid:conformance>A<" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert pypdfium2.PdfDocument(pdf).is_tagged()


def test_text_from_outside_stays_text(week: Week) -> None:
    """What somebody typed on the page is never taken for layout."""
    typed = '#panic("no") *bold* $x$ @ref <label> \\ [ ] `raw` =HYPERLINK("x")'
    week.watched().tried(at("10:15"), "answered", "page", answer=typed)
    findings = week.findings()
    assert '#panic("no") *bold* $x$' in "".join(pages(document(findings), findings)).replace(
        "\r\n", " "
    )


def test_a_simulated_log_makes_no_evidence(week: Week) -> None:
    from dataclasses import replace

    findings = week.watched().findings(replace(question(), simulated=True))
    assert "It is not evidence of anything." in pages(document(findings), findings)[0]


def test_what_the_rule_permits_is_held_against_nobody(week: Week) -> None:
    """A teacher said what the video was for, and it was opened: that is what the rule is for."""
    week.watched().tried(at("10:15"), "ask", "page").tried(at("10:16"), "answered", "page")
    alone = week.findings()
    assert "clause" not in said(alone, "weighs")
    assert (
        "1 visit was permitted: the rule opens the service to anybody who says what they need it "
        "for, and a purpose was given."
    ) in said(alone, "helps")
    refused = week.tried(at("14:00")).findings()
    assert "rests on this clause of the policy" in said(refused, "weighs")


def test_purposes_stand_in_the_order_in_which_they_were_given(week: Week) -> None:
    week.watched()
    for n, why in enumerate(("Volcanoes", "Assembly", "Volcanoes")):
        week.tried(at("10:15", n), "answered", "page", answer=why)
    assert "A purpose was given: “Volcanoes” and “Assembly”." in said(week.findings(), "helps")


@pytest.mark.parametrize(("whose", "is_said"), [("guests", False), ("staff", True)])
def test_deleted_records_help_only_those_whom_they_may_have_been_about(
    week: Week, whose: str, *, is_said: bool
) -> None:
    week.watched().tried(at("10:15")).gate(
        "deleted", "…", at("3:00", 40), day="2026-11-23", why=f"{whose}: 30 days",
        first=0, last=3, count=4,
    )  # fmt: skip
    findings = week.findings()
    deleted = f"because the school keeps records of {whose} only for 30 days."
    assert deleted in said(findings, "brief")
    assert (deleted in said(findings, "helps")) is is_said
    assert ("Nobody can now tell whom they were about." in said(findings, "brief")) is is_said
    of_others = (
        f"They were kept with those of {whose}, and no record in this pack belongs to that group"
    )
    assert (of_others in said(findings, "brief")) is (not is_said and whose != "gate")
