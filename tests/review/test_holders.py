"""A device that changed hands, and attempts that are nobody's: each counted apart, and nobody named
but the subject."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit.record.record import decision_record
from bellgate.policy.intervals import DAWN
from bellgate.review.pack.document import document
from bellgate.review.pack.question import Held, Question
from tests.audit.world import decision
from tests.review.afternoon import Week, at, question
from tests.review.test_packs import AWAY

LAPTOP = "staff-laptop-07"
SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
WEDNESDAY = at("0:00", 2)
HELD = (
    Held(LAPTOP, "stf-0042", SEPTEMBER, WEDNESDAY),
    Held(LAPTOP, "stf-0099", WEDNESDAY),
)


def of(week: Week, when: datetime, person: str | None, ground: str = "held", **ours: Any) -> Week:
    record = decision_record(
        decision("www.facebook.com", when), "block", seen="page", clock="synchronised", at=when
    )
    record["user"].pop("id")
    if person is not None:
        record["user"]["id"] = person
    record["bellgate"]["attribution"] = ground
    record["bellgate"] |= ours
    if "claimed" in ours:
        del record["device"]
    return week.recorded(record)


@pytest.fixture
def week(tmp_path: Path) -> Week:
    """Two visits of the first holder, one of three attempts of the second, and two attempts by an
    address alone."""
    week = Week(tmp_path).watched()
    of(week, at("9:00"), "stf-0042")
    of(week, at("14:00", 1), "stf-0042")
    for minute in (0, 1, 2):
        of(week, at(f"10:0{minute}", 2), "stf-0099")
    of(week, at("11:00", 3), None, "address")
    return of(week, at("11:01", 3), None, "address")


def device() -> Question:
    return replace(question(None, LAPTOP), held=HELD)


def test_a_device_pack_counts_each_holder_apart_and_names_none(week: Week) -> None:
    found = document(week.findings(device()))
    assert found["holders"] == [
        ["one holder", "Tue 1 Sep 2026", "Tue 24 Nov 2026", "2", "2"],
        ["another holder", "Wed 25 Nov 2026", "still has it", "3", "1"],
        ["attributed to nobody", "–", "–", "2", "1"],
    ]
    assert (
        "At 00:00:00 on Wed 25 Nov 2026 the device passed from one holder to another. "
        "2 attempts in 2 visits are attributed to the first of these holders, and 3 "
        "attempts in 1 visit to the second."
    ) in found["brief"]
    assert "stf-00" not in str(found)


def test_a_persons_pack_shows_the_change_and_leaves_the_other_out(week: Week) -> None:
    findings = week.findings(replace(question(), held=HELD))
    found = document(findings)
    assert found["holders"] == []
    assert (
        "At 00:00:00 on Wed 25 Nov 2026 staff-laptop-07 passed from stf-0042 to another holder. "
        "None of the figures includes anything attributed to another holder."
    ) in found["brief"]
    assert found["brief"][0].startswith("2 attempts to reach Facebook")
    assert "stf-0099" not in str(found)
    # After the change nothing on it can be theirs.
    assert findings.unattributed == 0 and findings.material.others == 3


def test_attempts_by_an_address_alone_are_never_nothing(tmp_path: Path) -> None:
    week = Week(tmp_path).watched()
    for n in range(3):
        of(week, at(f"10:0{n}"), None, "address")
    of(week, at("11:00"), None, "unknown", claimed=LAPTOP)
    held = (Held(LAPTOP, "stf-0042", SEPTEMBER),)
    brief = document(week.findings(replace(question(), held=held)))["brief"]
    assert brief == [
        "The log attributes no record to stf-0042 in this period.",
        "According to the school’s list of devices as it stood on Mon 30 Nov 2026, "
        "stf-0042 has had staff-laptop-07 since Tue 1 Sep 2026.",
        "On the person’s device staff-laptop-07, 4 attempts are attributed to nobody: 3 because "
        "the evidence did not reliably identify the device and 1 because "
        "the device’s network address (MAC) turned up on another network, where it may be a copy.",
        "That does not show that nothing was done on these devices.",
    ]


def test_beside_their_own_attempts_they_are_counted_too(tmp_path: Path) -> None:
    week = of(Week(tmp_path).watched(), at("9:00"), "stf-0042")
    found = document(of(week, at("10:00"), None, "address").findings())
    assert (
        "On the person’s device staff-laptop-07, 1 attempt is attributed to nobody, because "
        "the evidence did not reliably identify the device."
    ) in found["brief"]


def test_a_device_away_from_its_network_is_counted_as_what_it_claims(week: Week) -> None:
    of(week, at("12:00"), None, "unknown", claimed=LAPTOP)
    findings = week.tried(at("12:10"), **AWAY).findings(replace(question(), held=HELD))
    assert findings.unattributed == 2


def test_a_third_holder_is_told_apart_from_the_second(week: Week) -> None:
    friday = at("0:00", 4)
    of(week, friday + timedelta(hours=10), "stf-0100")
    held = (HELD[0], replace(HELD[1], end=friday), Held(LAPTOP, "stf-0100", friday))
    found = document(week.findings(replace(device(), held=held)))
    assert [row[0] for row in found["holders"]] == [
        "one holder", "another holder", "another holder (2)", "attributed to nobody",
    ]  # fmt: skip
    assert "stf-01" not in str(found)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(
            HELD,
            "According to the school’s list of devices as it stood on Mon 30 Nov 2026, "
            "stf-0042 had staff-laptop-07 from Tue 1 Sep 2026 until Tue 24 Nov 2026.",
            id="for a part of it",
        ),
        pytest.param(
            (Held(LAPTOP, "stf-0042", DAWN, at("0:00", -38)),
             Held("staff-laptop-03", "stf-0042", at("0:00", 9)),
             Held(LAPTOP, "stf-0099", at("0:00", -21))),
            "According to the school’s list of devices as it stood on Mon 30 Nov 2026, "
            "stf-0042 had no device in this period. The last one before it was "
            "staff-laptop-07 until Fri 16 Oct 2026. The first one after it was staff-laptop-03 "
            "from Wed 2 Dec 2026.",
            id="nothing",
        ),
        pytest.param(
            (),
            "According to the school’s list of devices as it stood on Mon 30 Nov 2026, "
            "stf-0042 had no device in this period.",
            id="nothing ever",
        ),
    ],
)  # fmt: skip
def test_a_persons_pack_says_what_they_had(
    tmp_path: Path, held: tuple[Held, ...], expected: str
) -> None:
    """Where a laptop had been handed back, that is why nothing is there."""
    found = document(Week(tmp_path).watched().findings(replace(question(), held=held)))
    assert found["brief"][1] == expected


def test_a_device_pack_says_nothing_of_the_kind(week: Week) -> None:
    assert "on issue to" not in " ".join(document(week.findings(device()))["brief"])
