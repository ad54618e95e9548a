"""Days and weeks of school in minutes: a gate and its commands go by a time that jumps from bell to
bell, with real clients at each. The anchors are on, and what is due is deleted."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit.log.gate_socket import ask
from bellgate.audit.log.paths import LogPaths
from bellgate.policy.action import is_open
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.schedules.load import load
from tests.lab.fast_time import FastTime
from tests.lab.school import FACEBOOK, PUPIL, STAFF, Gate, School, open_school, wait_for

pytestmark = pytest.mark.timeout(300)

THURSDAY = datetime(2026, 11, 26, 7, tzinfo=UTC)
"""Friday is an INSET day, for pupils alone; then comes a weekend."""
MONDAY = datetime(2026, 11, 30, 18, tzinfo=UTC)
AFTER_CHRISTMAS = datetime(2027, 1, 6, 3, 30, tzinfo=UTC)
"""More than the 30 days for which records of pupils are kept."""


@dataclass
class Weeks:
    """A school whose time a test moves on."""

    school: School
    gate: Gate
    time: FastTime
    policy: Policy
    state: Path
    anchors: Path

    def status(self) -> dict[str, Any]:
        answer = ask(LogPaths.of(self.state), {"kind": "status"})
        assert answer is not None
        found: dict[str, Any] = answer["status"]
        return found

    def bells(self, until: datetime) -> Iterator[datetime]:
        """Every bell from now on, up to a moment."""
        bell = self.policy.next_bell(self.time.now())
        while bell is not None and bell < until:
            yield bell
            bell = self.policy.next_bell(bell)

    @property
    def last_night_of_deletion(self) -> date | None:
        mark = self.state / "retention"
        if not mark.exists():
            return None
        return datetime.fromisoformat(json.loads(mark.read_text())["ran"]).date()

    def jump(self, to: datetime) -> None:
        """Let the time pass, and wait until the gate goes by it."""
        self.time.jump(to)
        wait_for(lambda: datetime.fromisoformat(self.status()["now"]) >= to, "the gate's clock")

    def is_open_to(self, who: str) -> bool:
        return not self.school.curl(f"https://{FACEBOOK}/", who=who).refused

    def should_be_open_to(self, who: str) -> bool:
        connection = Connection(who, "tls", (FACEBOOK,))
        return is_open(decide(self.policy, connection, self.time.now()).action)

    def records(self, dataset: str) -> list[dict[str, Any]]:
        lines = (
            json.loads(line)
            for day in sorted((self.state / "log").glob("*.jsonl"))
            for line in day.read_bytes().splitlines()
        )
        return [r for r in lines if r.get("event", {}).get("dataset") == dataset]

    def command(self, *words: str) -> tuple[int, str]:
        """A command that goes by the same time: its exit status, and what it said."""
        places = ("--state", self.state, "--schedules", self.school.folder / "schedules")
        done = self.school.start_python(
            "-m", "tests.lab.fast_time", self.time.file, *places, *words,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = done.communicate(timeout=60)
        return done.returncode, said.decode()


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    for school in open_school(tmp_path):
        anchors = tmp_path / "anchors"
        anchors.mkdir()
        folder = school.schedules()
        with (folder / "school.yaml").open("a") as file:
            file.write(f"\nanchors:\n  folder: {anchors}\n")
        time = FastTime.begun(tmp_path / "time", THURSDAY)
        policy = load(folder, today=THURSDAY.date()).policy
        assert policy is not None
        state = tmp_path / "state"
        process = school.start_python(
            "-m", "tests.lab.fast_time", time.file, "run", "--schedules", folder, "--state", state,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        gate = Gate.when_ready(process, state)
        try:
            yield Weeks(school, gate, time, policy, state, anchors)
        finally:
            gate.stop()


def test_from_thursday_to_monday_and_on_past_christmas(weeks: Weeks) -> None:
    refused, days = 0, set()
    for bell in weeks.bells(MONDAY):
        days.add(bell.date())
        weeks.jump(bell + timedelta(seconds=5))
        for who in (STAFF, PUPIL):
            is_open = weeks.is_open_to(who)
            assert is_open == weeks.should_be_open_to(who), f"{who} at {bell}"
            refused += not is_open
    assert len(days) == 3 and refused > 10
    weeks.jump(MONDAY)
    wait_for(lambda: len(list(weeks.anchors.iterdir())) > 0, "an anchor", 30)
    wait_for(lambda: _after_a_minute(weeks).last_night_of_deletion == MONDAY.date(), "a look", 30)
    weeks.jump(AFTER_CHRISTMAS)
    wait_for(lambda: _events(_after_a_minute(weeks), "deleted") != [], "the night's deletion", 60)
    status, said = weeks.command("audit", "verify")
    assert status == 0, said
    _, said = weeks.command("status")
    assert "6 January 2027" in said or "2027-01-06" in said, "a command goes by the same time"
    weeks.gate.stop()
    kept = [r for r in weeks.records("bellgate.decision") if r["event"]["action"] == "block"]
    assert {r["user"]["roles"][-1] for r in kept} == {"staff"}, "what is of pupils is gone"
    assert _events(weeks, "clock-stepped") == []


def _after_a_minute(weeks: Weeks) -> Weeks:
    """So that nobody waits for the minute between two looks, which begins when one is over."""
    weeks.jump(weeks.time.now() + timedelta(minutes=1))
    return weeks


def _events(weeks: Weeks, action: str) -> list[dict[str, Any]]:
    return [r for r in weeks.records("bellgate.gate") if r["event"]["action"] == action]
