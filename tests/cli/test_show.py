"""`bellgate audit show`: every log of the gateway, and no line that can make it stumble."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit import Query
from bellgate.cli.log_options import zone_of
from tests.audit.test_tampering import change
from tests.audit.world import LONDON, QUARTER_PAST_TEN, decision, fill, journal
from tests.cli.test_commands import bellgate
from tests.lab.school import TOP

DAY = "2026-11-23.jsonl"
GOOD: dict[str, Any] = {
    "@timestamp": "2026-11-23T10:15:03.123456Z",
    "message": "Blocked Facebook",
    "event": {"dataset": "bellgate.decision", "action": "block", "timezone": "Europe/London"},
    "bellgate": {},
}
# What somebody may have made of a record: JSON still, and a record no more.
NO_RECORDS = [
    json.dumps(wrong).encode()
    for wrong in (
        {**GOOD, "@timestamp": 7},
        {**GOOD, "@timestamp": "yesterday"},
        {k: v for k, v in GOOD.items() if k != "@timestamp"},
        {k: v for k, v in GOOD.items() if k != "message"},
        {**GOOD, "bellgate": "seen"},
        {**GOOD, "bellgate": {"repeat": "many", "seen": []}},
    )
]


def show(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return bellgate("audit", "show", "--state", state, *words)


@pytest.mark.parametrize("wrong", NO_RECORDS)
def test_a_line_that_was_tampered_with_is_shown_as_unreadable(tmp_path: Path, wrong: bytes) -> None:
    log = fill(tmp_path, 2)
    change(log / DAY, lambda lines: lines.insert(1, wrong + b"\n"))
    done = show(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("DAMAGED: log is not what was signed (2026-11-23.jsonl:2: ")
    first, second, third = done.stdout.splitlines()
    assert (
        second == f"{DAY}:2  this record cannot be read: the gate does not write records like this"
    )
    assert "Blocked Facebook" in first and "Blocked Facebook" in third


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("action", "roles", "id", "domain", "dataset")), inner)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(("@timestamp", "event", "user", "url", "device", "bellgate", "source")),
        json_values,
    )
)
def test_no_record_makes_a_query_stumble(record: dict[str, Any]) -> None:
    every = Query(
        since=QUARTER_PAST_TEN, until=QUARTER_PAST_TEN, actions=frozenset({"block"}),
        dataset="bellgate.decision", device="d", person="p", role="staff", service="s", host="h",
    )  # fmt: skip
    assert every.wants(record) is False
    for name in ("actions", "role", "host", "since", "until"):
        Query(**{name: getattr(every, name)}).wants(record)


def test_what_was_recorded_before_a_break_is_shown_first_with_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    log = journal(tmp_path)
    log.gate("started", "The gate started")
    log.close()
    change(tmp_path / "log" / DAY, lambda lines: lines.__delitem__(1))
    log = journal(tmp_path)
    log.decision(decision("new.facebook.com", QUARTER_PAST_TEN), "block", "page")
    log.close()
    lines = show(tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        f"log.1/{DAY}:1", f"log.1/{DAY}:2", f"{DAY}:2"
    ]  # fmt: skip
    records = [json.loads(line) for line in show(tmp_path, "--json").stdout.splitlines()]
    assert [record["event"]["sequence"] for record in records] == [0, 2, 1]


def test_the_zone_is_known_by_the_log_that_was_set_aside(tmp_path: Path) -> None:
    """Until a gate is started on the new one."""
    summer = datetime.fromisoformat("2026-06-23T10:15:00+00:00")
    fill(tmp_path, 2, summer)
    log = journal(tmp_path)
    log.gate("started", "The gate started", at=summer)
    log.close()
    change(tmp_path / "log" / "2026-06-23.jsonl", lambda lines: lines.__delitem__(0))
    journal(tmp_path).close()
    assert zone_of([tmp_path / "log.1", tmp_path / "log"]) == LONDON
    assert "2026-06-23 11:15:01" in show(tmp_path).stdout


@pytest.mark.parametrize("zone", [None, 7, "Nowhere/Else", "Europe"])
def test_a_zone_that_is_none_is_passed_over(tmp_path: Path, zone: object) -> None:
    log = fill(tmp_path, 1)
    event = {"action": "started", "timezone": zone}
    line = json.dumps({"event": event}).replace(" ", "").encode()
    change(log / DAY, lambda lines: lines.insert(0, line + b"\n"))
    assert str(zone_of([log])) == "UTC"
    assert "Blocked" in show(tmp_path).stdout


def test_in_the_hour_that_comes_twice_it_says_which_it_is(tmp_path: Path) -> None:
    """The clocks go back on 25 October 2026: 01:30 is there in summer time and in winter time."""
    log = journal(tmp_path)
    log.gate("started", "The gate started", at=datetime.fromisoformat("2026-10-24T08:00:00Z"))
    for clock in ("00:30:00", "01:30:00", "10:30:00"):
        when = datetime.fromisoformat(f"2026-10-25T{clock}Z")
        log.decision(decision(at=when), "block", "page", at=when)
    log.close()
    times = [line.split("  ")[1] for line in show(tmp_path).stdout.splitlines()]
    assert times == [
        "2026-10-25 01:30:00 BST", "2026-10-25 01:30:00 GMT", "2026-10-25 10:30:00"
    ]  # fmt: skip


def test_it_goes_on_with_what_is_added(tmp_path: Path) -> None:
    log = fill(tmp_path, 2)
    added = (log / DAY).read_bytes().splitlines(keepends=True)[0]
    shown = subprocess.Popen(
        [sys.executable, "-m", "bellgate.cli.main", "audit", "show", "--follow",
         "--state", tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
    )  # fmt: skip
    assert shown.stdout is not None
    try:
        first = [shown.stdout.readline() for _ in range(2)]
        with (log / DAY).open("ab") as file:
            file.write(added)
        third = shown.stdout.readline()
    finally:
        shown.terminate()
        shown.wait()
    assert all("Blocked Facebook" in line for line in (*first, third))
    assert third.startswith(f"{DAY}:3  ")
