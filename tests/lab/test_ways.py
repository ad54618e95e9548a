"""`bellgate doctor --ways` on a gateway as it is installed: every way round is tried and holds, one
that was opened on purpose is found, and nothing of it is among the school's attempts."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.network import Lab, open_lab
from tests.lab.scenarios import SITES
from tests.lab.whole_gateway import whole_gateway

MORNING = "2026-11-23 10:15"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from open_lab(tmp_path_factory.mktemp("ways"), [s.host for s in SITES])


def start_doctor(lab: Lab, *words: str) -> subprocess.Popen[bytes]:
    return lab.start_python(
        lab.gateway, "-m", "bellgate.cli.main", "doctor", "--ways", *words,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def doctor(lab: Lab) -> tuple[int, list[dict[str, Any]]]:
    """Its exit status, and what it says of each way."""
    process = start_doctor(lab, "--json")
    said, errors = process.communicate(timeout=120)
    assert said, errors.decode()
    return process.returncode, json.loads(said)


def test_every_way_holds(lab: Lab) -> None:
    with whole_gateway(lab, MORNING) as gate:
        before = len(lab.contacts())
        status, found = doctor(lab)
        for one in found:
            print(one)
        assert [f"{f['way']}, {f['over']}: {f['said']}" for f in found if not f["holds"]] == []
        assert status == 0
        assert len([f for f in found if f["kind"] == "way round"]) >= 120
        assert gate.records() == []
        assert lab.contacts()[before:] == [], "nothing of it leaves the machine"
