"""A subscribed list in a running gate: in force, updated, poisoned, and a million names long."""

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.school import IN_SESSION, PUPIL, Gate, School, wait_for

# A million takes half a minute longer and shows the same: BELLGATE_TEST_NAMES=1000000.
MANY = int(os.environ.get("BELLGATE_TEST_NAMES", "200000"))
LISTED = "www.bbc.co.uk"
SERVICES = """lists:
  - category: circumvention
    from: lists/vpn.txt
    format: domains
"""


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()
    # Else the next test's list would be an update of this one's, and held back.
    shutil.rmtree(school.folder / "state" / "lists", ignore_errors=True)


def some(count: int, seed: int = 1) -> list[str]:
    source = random.Random(seed)
    return [f"{source.randrange(36**6):x}-{i}.example.net" for i in range(count)]


def folder_with(school: School, names: list[str]) -> Path:
    folder = school.schedules()
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "services.yaml").write_text(SERVICES)
    write(folder, names)
    return folder


def write(folder: Path, names: list[str]) -> None:
    (folder / "lists" / "vpn.txt").write_text("\n".join(names) + "\n")


def is_open(school: School) -> bool:
    return school.curl(f"http://{LISTED}/", who=PUPIL).status == 200


def told(gate: Gate, action: str) -> list[str]:
    records = gate.records("bellgate.gate")
    return [str(r["message"]) for r in records if r["event"]["action"] == action]


def test_a_list_closes_what_it_names_from_the_first_connection_on(school: School) -> None:
    gate = school.gate(IN_SESSION, folder=folder_with(school, [*some(30), "bbc.co.uk"]))
    assert school.curl(f"http://{LISTED}/", who=PUPIL).status == 403
    [record] = gate.records()
    assert record["network"]["application"] == "list-circumvention"
    assert record["rule"]["category"] == "circumvention"
    assert "Blocked a site listed as circumvention" in record["message"]


def test_an_update_comes_into_force_and_a_poisoned_one_changes_nothing(school: School) -> None:
    names = some(200)
    folder = folder_with(school, names)
    gate = school.gate(IN_SESSION, folder=folder)
    assert is_open(school)
    write(folder, [*names, "bbc.co.uk"])
    wait_for(lambda: not is_open(school), "the list to be in force", 4)
    [changed] = told(gate, "policy-changed")
    assert "list lists/vpn.txt now has 201 names, had 200" in changed
    for poison, why in (
        (["co.uk"], "lists/vpn.txt:1: co.uk is a whole public suffix"),
        (names[:20], "held back: shrunk to half or less (20 names, were 201)"),
    ):
        before = len(told(gate, "policy-rejected"))
        write(folder, poison)
        wait_for(lambda n=before: len(told(gate, "policy-rejected")) > n, "the record", 4)  # type: ignore[misc]
        assert why in told(gate, "policy-rejected")[-1]
        assert not is_open(school)
    time.sleep(1.2)
    assert len(told(gate, "policy-rejected")) == 2
    assert len(told(gate, "policy-changed")) == 1


def test_a_long_list_comes_in_without_a_connection_missed(school: School) -> None:
    folder = folder_with(school, some(50))
    gate = school.gate(IN_SESSION, folder=folder)
    assert is_open(school)
    # A new list, so that its size is not held against it.
    (folder / "lists" / "long.txt").write_text("\n".join([*some(MANY), "bbc.co.uk"]))
    (folder / "services.yaml").write_text(SERVICES.replace("vpn.txt", "long.txt"))
    slowest, closed, until = 0.0, False, time.monotonic() + 60
    while not closed and time.monotonic() < until:
        began = time.monotonic()
        reply = school.curl(f"http://{LISTED}/", who=PUPIL)
        slowest = max(slowest, time.monotonic() - began)
        assert reply.status in (200, 403), reply
        closed = reply.status == 403
        time.sleep(0.1)
    assert closed
    assert slowest < 2.0
    print(f"slowest of the connections meanwhile: {slowest:.2f} s")
    assert any(
        f"list lists/long.txt is new, {MANY + 1:,} names" in c for c in told(gate, "policy-changed")
    )
    resident = Path(f"/proc/{gate.process.pid}/status").read_text().partition("VmRSS:")[2].split()
    assert int(resident[0]) < 170_000, "the names are mapped, not read"
