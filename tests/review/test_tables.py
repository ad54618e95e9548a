"""The tables of a pack: how long they may be, what is in table C, and by which clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.audit.record.record import ClockState, decision_record, event_record
from bellgate.policy.timetable import Span
from bellgate.review.pack.document import document
from bellgate.review.pack.edition import RuleText
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.tables import MOST_ROWS
from tests.audit.world import EDITION, decision
from tests.review.afternoon import Week, at, attempt, question
from tests.review.test_packs import pages


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def granted(
    week: Week,
    id: str,
    start: datetime,
    until: datetime,
    *,
    revoked: bool = False,
    who: str = "staff",
    begins: datetime | None = None,
) -> Week:
    """As `bellgate allow` and `bellgate revoke` record it."""
    record = event_record(
        "bellgate.decision", "exempted", f"{id} for {who}{' was taken back' * revoked}",
        edition=EDITION, at=start, clock="synchronised", user="head",
        facts={
            "exemption": id, "who": [who], "what": ["facebook"],
            "from": f"{begins:%Y-%m-%dT%H:%M:%SZ}" if begins else None,
            "until": f"{until:%Y-%m-%dT%H:%M:%SZ}", "revoked": revoked or None,
        },
    )  # fmt: skip
    return week.recorded(record)


def exemptions(findings: Findings) -> list[str]:
    return [row[2] for row in document(findings)["exemptions"]["rows"]]


def test_an_exemption_of_last_week_that_still_holds_is_in_table_c(week: Week) -> None:
    granted(week, "over", at("9:00", -7), at("12:00", -7))
    granted(week, "lasting", at("9:00", -6), at("9:00", 2))
    granted(week, "back", at("9:00", -5), at("9:00", 9))
    granted(week, "back", at("9:00", -4), at("9:00", 9), revoked=True)
    granted(week, "this-week", at("9:00", 1), at("9:00", 2))
    granted(week, "others", at("9:00", 1), at("9:00", 2), who="year-5")
    asked = replace(question(), names=frozenset({"staff", "staff-laptop-07"}))
    assert exemptions(week.findings(asked)) == ["lasting for staff", "this-week for staff"]


def test_an_exemption_that_was_taken_back_in_the_time_is_told_with_that(week: Week) -> None:
    granted(week, "a1", at("9:00", -5), at("9:00", 9))
    granted(week, "a1", at("9:00", 1), at("9:00", 9), revoked=True)
    week.tried(at("10:15"))
    assert exemptions(week.findings()) == ["a1 for staff", "a1 for staff was taken back"]


def test_where_records_were_deleted_table_c_cannot_say_that_none_was_granted(week: Week) -> None:
    week.watched().gate(
        "deleted", "…", at("3:00", 40), day="2026-11-23", why="pupils: 30 days",
        first=0, last=3, count=4,
    )  # fmt: skip
    findings = week.findings()
    text = " ".join("".join(pages(document(findings), findings)).split())
    assert " No exemption was granted" not in text
    assert "According to the records that remain, no exemption was granted or in force" in text
    assert (
        "4 records from this period have been deleted, and an exemption may have been among them."
    ) in text


def test_the_report_counts_as_many_records_as_the_pack_holds(week: Week) -> None:
    """A deletion between the attempts that bears on the days asked about is one record, not two."""
    week.tried(at("10:15")).tried(at("10:20")).tried(at("10:30")).gate(
        "deleted", "…", at("3:00", 40), day="2026-11-23", why="pupils: 30 days",
        first=1, last=1, count=4,
    )  # fmt: skip
    findings = week.findings()
    held = findings.material.sequences
    assert len(findings.material.beside) + len(findings.material.attempts) > len(held)
    assert sum(findings.clocks.values()) == len(held)


def test_the_report_shows_breaks_and_what_fell_into_one(week: Week) -> None:
    found = week.watched().tried(at("10:15")).tried(at("10:35")).findings()
    playtime = Span("playtime", at("10:30"), at("10:45"))
    editions = [replace(each, breaks=(playtime,)) for each in found.editions]
    said = document(replace(found, editions=editions))
    [[_, first], *_] = said["editions"][0]["days"]
    assert first == "morning 08:30–12:15 (with playtime 10:30–10:45), afternoon 13:00–15:45"
    assert any(
        line.startswith(
            "According to the times shown, 1 of the 2 attempts fell in a break within a session "
            "(table D)."
        )
        for line in said["helps"]
    )
    assert not any("break" in line for line in document(found)["helps"])


def test_what_is_too_long_to_print_is_cut_and_said_to_be(week: Week) -> None:
    findings = week.watched().tried(at("10:15")).findings()
    start = at("9:00")
    many = tuple(
        attempt(start + timedelta(minutes=6 * n), "block", host="www.facebook.com")
        for n in range(MOST_ROWS + 5)
    )
    long = replace(findings, material=replace(findings.material, attempts=many))
    found = document(long)
    assert len(found["records"]["rows"]) == MOST_ROWS == len(found["visits"]["rows"])
    assert found["records"]["rows"][0][0] == str(many[0].number)
    assert found["records"]["said"] == [
        "These are the first 2,000 of 2,005 records. All of them are in records.csv and "
        "records.jsonl."
    ]
    assert found["visits"]["said"] == [
        "These are the first 2,000 of 2,005 visits. All their records are in records.csv and "
        "records.jsonl."
    ]
    assert "2,005 attempts" in found["brief"][0]


def clock_of(findings: Findings) -> str:
    return str(document(findings)["clock"])


def test_the_time_zone_is_named_once_and_the_clocks_state(week: Week) -> None:
    findings = week.watched().tried(at("10:15")).findings()
    assert clock_of(findings).startswith(
        "Times are local times (Europe/London): GMT (UTC+00:00) throughout. "
        "The gateway’s clock was synchronised for every record."
    )
    assert "Times are local times (Europe/London)" in pages(document(findings), findings)[0]


@pytest.mark.parametrize(
    ("state", "said"),
    [("unsynchronised", "gateway’s clock is marked as not synchronised, so that time may be wrong. "
      "1 of them is about attempts"),
     ("simulated", "clock is marked as simulated, so that time is made up")],
)  # fmt: skip
def test_a_clock_that_was_not_right_is_said_with_how_often(
    week: Week, state: ClockState, said: str
) -> None:
    week.tried(at("10:15"))
    decided = decision("www.facebook.com", at("10:20"))
    record = decision_record(decided, "block", seen="page", clock=state, at=at("10:20"))
    found = clock_of(week.recorded(record).findings())
    assert f"This pack has 2 records, including the gate’s own. In 1 of them, the {said}." in found


def test_the_hour_that_comes_twice_says_which_it_is(week: Week) -> None:
    asked = replace(question(), first=date(2026, 10, 24), last=date(2026, 10, 26))
    for hour, minute in ((0, 30), (1, 30), (2, 30)):
        week.tried(datetime(2026, 10, 25, hour, minute, tzinfo=UTC), host="wordpress.com")
    findings = week.findings(asked)
    assert clock_of(findings).startswith(
        "Times are local times (Europe/London): BST (UTC+01:00) until Sun 25 Oct 2026 02:00, "
        "then GMT (UTC+00:00)."
    )
    assert [row[1] for row in document(findings)["records"]["rows"]] == [
        "25 Oct 01:30:00 BST", "25 Oct 01:30:00 GMT", "25 Oct 02:30:00",
    ]  # fmt: skip


def test_a_later_edition_shows_the_rules_that_changed_and_names_those_that_are_gone(
    week: Week,
) -> None:
    """Nobody finds one word in two pages of rules that are otherwise the same."""
    findings = week.watched().tried(at("10:15")).findings()
    [first] = findings.editions
    staff = RuleText("Staff", "rules.yaml:8", "- name: Staff")
    pupils = RuleText("Pupils", "rules.yaml:3", "- name: Pupils")
    both = replace(first, rules=(pupils, staff))
    moved = replace(staff, source="rules.yaml:3")
    changed = replace(pupils, text="- name: Pupils\n  when: lunch")
    for rules, shown, said in (
        ((pupils, staff), [], "The rules are the same as those above."),
        ((changed, staff), ["Pupils"],
         "The rules are the same as those above, except that this one is new or changed."),
        ((moved,), [],
         "The rules are the same as those above, except that Pupils is no longer there."),
    ):  # fmt: skip
        editions = (both, replace(first, rules=rules))
        before, after = document(replace(findings, editions=editions))["editions"]
        assert [rule[0] for rule in before["rules"]] == ["Pupils", "Staff"]
        assert (before["rules_said"], after["rules_said"]) == ("", said)
        assert [rule[0] for rule in after["rules"]] == shown


def test_after_an_edition_that_is_not_kept_all_rules_are_shown(week: Week) -> None:
    findings = week.watched().tried(at("10:15")).findings()
    [first] = findings.editions
    editions = (first, replace(first, kept=False, rules=()), first)
    [_, _, last] = document(replace(findings, editions=editions))["editions"]
    assert (len(last["rules"]), last["rules_said"]) == (1, "")
