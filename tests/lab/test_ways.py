"""`bellgate doctor --ways` on a gateway as it is installed: every way round is tried and holds, one
that was opened on purpose is found, and nothing of it is among the school's attempts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bellgate.gateway.probe_wire import probe_wire
from tests.lab.network import Lab, open_lab
from tests.lab.scenarios import SITES
from tests.lab.school import SAMPLE, TOP, Gate, wait_for
from tests.lab.whole_gateway import CARDS, whole_gateway

MORNING = "2026-11-23 10:15"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from open_lab(tmp_path_factory.mktemp("ways"), [s.host for s in SITES])


def start_doctor(lab: Lab, *words: str) -> subprocess.Popen[bytes]:
    folder = lab.folder / "installed"
    if not folder.exists():
        shutil.copytree(SAMPLE, folder)
        (folder / "gateway.yaml").write_text(CARDS)
    return lab.start_python(
        lab.gateway, "-m", "bellgate.cli.main", "doctor", "--ways", "--schedules", folder, *words,
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
        before, counts = len(lab.contacts()), counted(gate)
        status, found = doctor(lab)
        assert [f"{f['way']}, {f['over']}: {f['said']}" for f in found if not f["holds"]] == []
        assert status == 0
        assert len([f for f in found if f["kind"] == "way round"]) >= 120
        assert lab.contacts()[before:] == [], "nothing of it leaves the machine"
        time.sleep(1.1)  # the sentry says how it is each second
        assert counted(gate) == counts
    # Also what a sentry holds back until it stops.
    assert gate.records() == []


def test_what_was_opened_on_purpose_is_found(lab: Lab) -> None:
    """A rule that somebody took out, a line that our DNS lost, ports that are closed no more: in
    the first week, too, when nothing else is closed, and nothing of it is among what would be."""
    with whole_gateway(
        lab, MORNING, "close_ports: {udp: [500], tcp: [1723]}\n",
        school_yaml="gate: {observe: true}\n", without="filter-rr=ANY,HTTPS,SVCB",
    ) as gate:  # fmt: skip
        take_out(lab, "bellgate", "onward", "tcp dport 853")
        status, found = doctor(lab)
    assert status == 1
    assert {f["way"] for f in found if not f["holds"]} == {
        "DNS over TLS",
        "keys to hide a name by (HTTPS)", "keys to hide a name by (SVCB)",
        "keys to hide a name by (ANY)", "keys to hide a name by, over TCP",
        "another name server, for keys",
        "WireGuard", "OpenVPN", "OpenVPN over TCP", "IPsec's key exchange behind NAT",
    }  # fmt: skip
    assert all(f["said"].startswith("It is OPEN: ") for f in found if not f["holds"])
    assert [r for r in gate.records("bellgate.gate") if r["event"]["action"] == "observed"] == []
    assert all(("systemctl restart" in f["to_do"]) != f["holds"] for f in found)


def test_while_the_gate_only_observes_it_says_so(lab: Lab) -> None:
    """The trial's device is refused at every hour, and nobody else is: it must not look closed."""
    folder = lab.folder / "observing"
    shutil.copytree(SAMPLE, folder)
    (folder / "gateway.yaml").write_text(CARDS)
    school = folder / "school.yaml"
    school.write_text(school.read_text() + "gate: {observe: true}\n")
    with whole_gateway(lab, MORNING, school_yaml="gate: {observe: true}\n"):
        said, _ = start_doctor(lab, "--json", "--schedules", str(folder)).communicate(timeout=120)
    [rules] = [f for f in json.loads(said) if not f["holds"]]
    assert rules["said"] == "The gate only observes: nothing is refused, and no device is recorded."


def counted(gate: Gate) -> list[int]:
    """What the gate and the sentry have let through and refused."""
    done = subprocess.run(
        [sys.executable, "-m", "bellgate.cli.main", "status", "--simulated", "--json",
         "--state", gate.state],
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = json.loads(done.stdout)
    sentry = said["sentry"] or {"passed": 0, "refused": 0}
    return [said["passed"], said["refused"], sentry["passed"], sentry["refused"]]


def take_out(lab: Lab, table: str, chain: str, which: str) -> None:
    """One rule of ours, as somebody may who thinks that it is in the way."""
    shown = lab.gateway.run("nft", "--handle", "list", "chain", "inet", table, chain).stdout
    [line] = [line for line in shown.splitlines() if which in line]
    handle = line.rpartition("# handle ")[2]
    lab.gateway.run("nft", "delete", "rule", "inet", table, chain, "handle", handle)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_in_between_it_leaves_nothing_or_the_next_takes_it_away(
    lab: Lab, how: signal.Signals
) -> None:
    lab.apply("table inet bellgate\ndelete table inet bellgate\n")
    doctor = start_doctor(lab)
    wait_for(lambda: there_is_a_wire(lab), "the wire")
    time.sleep(0.3)
    os.killpg(doctor.pid, how)
    doctor.wait()
    if how == signal.SIGKILL:
        with lab.gateway.inside(), probe_wire():
            pass
    assert not there_is_a_wire(lab)
    assert "6267" not in lab.gateway.run("ip", "rule").stdout
    assert not list(Path("/run/netns").glob("bellgate_*"))


def there_is_a_wire(lab: Lab) -> bool:
    return "bellgate-away" in lab.gateway.run("ip", "-oneline", "link").stdout
