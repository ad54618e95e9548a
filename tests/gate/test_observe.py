"""The first week: the gate decides and counts, refuses nothing and records no device."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.school import (
    BBC,
    FACEBOOK,
    IN_SESSION,
    PUPIL,
    SAMPLE,
    STAFF,
    YOUTUBE,
    Gate,
    School,
    open_school,
    wait_for,
)

OBSERVE = (
    "school.yaml",
    "  reachable: [127.0.0.0/8]",
    "  reachable: [127.0.0.0/8]\n  observe: true",
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    yield from open_school(tmp_path_factory.mktemp("observe"))


@pytest.fixture
def gate(school: School) -> Iterator[Gate]:
    folder = school.schedules(OBSERVE)
    yield school.gate(IN_SESSION, folder=folder)
    school.stop_gates()


def observed(gate: Gate) -> list[tuple[str, str, str, int]]:
    """Service, group, answer and attempts of each count on record."""
    return [
        (r["network"]["application"], b["group"], b["would"], b["attempts"])
        for r in gate.records("bellgate.gate")
        if r["event"]["action"] == "observed"
        for b in [r["bellgate"]]
    ]


def test_nothing_is_refused_and_no_device_is_recorded(school: School, gate: Gate) -> None:
    for who, site in ((PUPIL, FACEBOOK), (STAFF, FACEBOOK), (STAFF, YOUTUBE), (PUPIL, BBC)):
        assert not school.curl(f"https://{site}/", who=who).refused
    assert school.curl(f"http://{FACEBOOK}/", who=PUPIL).status == 200
    gate.stop()
    assert gate.records() == []
    assert sorted(observed(gate)) == [
        ("facebook", "pupils", "block", 2),
        ("facebook", "staff", "block", 1),
        ("youtube", "staff", "ask", 1),
    ]
    said = (gate.log / "2026-11-23.jsonl").read_text()
    assert "this-machine" not in said and PUPIL not in said and "stf-" not in said


def test_it_says_so_wherever_somebody_looks(school: School, gate: Gate) -> None:
    only = "The gate only observes: nothing is refused, and no device is recorded."
    assert only in gate.greeting
    for words in (
        ("status", "--simulated"),
        ("check",),
        ("explain", "--from", PUPIL, "--site", FACEBOOK, "--at", IN_SESSION),
    ):
        assert only in _said(school, gate, *words).replace("\n", " "), words


def test_once_it_no_longer_observes_the_rules_are_carried_out(school: School, gate: Gate) -> None:
    assert not school.curl(f"https://{FACEBOOK}/", who=PUPIL).refused
    file = school.folder / "schedules" / "school.yaml"
    file.write_text(file.read_text().replace("  observe: true\n", ""))
    wait_for(lambda: school.curl(f"https://{FACEBOOK}/", who=PUPIL).refused, "the rules")
    changed = [r for r in gate.records("bellgate.gate") if r["event"]["action"] == "policy-changed"]
    assert "the gate no longer only observes: the rules are carried out" in str(changed)
    wait_for(lambda: observed(gate) != [], "the counts until then")  # within the gate's next second
    [(*what, attempts)] = observed(gate)
    assert what == ["facebook", "pupils", "block"] and attempts > 0, "counted until then"


def _said(school: School, gate: Gate, *words: str) -> str:
    folders: tuple[Any, ...] = ("--state", gate.state, "--schedules", school.folder / "schedules")
    done = school.start_python("-m", "bellgate.cli.main", *folders, *words, stdout=-1, stderr=-1)
    out, _ = done.communicate(timeout=60)
    return " ".join(out.decode().split())


def test_the_sample_does_not_observe() -> None:
    assert "observe: true" not in (Path(SAMPLE) / "school.yaml").read_text()
