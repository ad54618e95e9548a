"""The accredited filter is a proxy: what the gate passes goes through it, and it hears for whom."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bellgate.gateway.kernel_rules import Diversion, rules
from tests.cli.test_commands import bellgate
from tests.lab.network import NETWORKS, PORT, SAMPLE, Lab
from tests.lab.school import Gate, wait_for

FACEBOOK, BBC, GOV = "www.facebook.com", "www.bbc.co.uk", "www.gov.uk"
MORNING = "2026-11-23 10:15"
FILTER = "10.77.1.5"
"""Inside the school, and on the way out."""

# What the filter closes, whatever the gate says; and for whom each line is, as it was told.
SQUID = f"""\
http_port {FILTER}:3128
acl ports port 80 443
acl closed dstdomain {GOV}
http_access deny closed
http_access allow ports
http_access deny all
forwarded_for delete
via off
logformat told %{{X-Forwarded-For}}>h %rm %ru %>Hs
access_log stdio:FOLDER/squid.log logformat=told
cache_log FOLDER/squid-cache.log
cache deny all
hosts_file FOLDER/names
pid_filename none
memory_cache_shared off
shutdown_lifetime 0 seconds
"""


class Filter:
    """Squid, on the way between the gateway and the internet. It gives its rights up, and writes
    in `folder`."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        shutil.chown(folder, "proxy")
        shutil.copy(lab.folder / "names", folder)
        self._configuration = folder / "squid.conf"
        self._configuration.write_text(SQUID.replace("FOLDER", str(folder)))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # A name of its own: what it shares in memory goes by that.
        name = f"bellgate{os.getpid()}"
        self.process = self._lab.internet.start(
            "squid", "-N", "-n", name, "-f", self._configuration
        )
        wait_for(self._listens, "the filter listening")

    def _listens(self) -> bool:
        return f"{FILTER}:3128" in self._lab.internet.run("ss", "-ltnH").stdout

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    @property
    def told(self) -> list[str]:
        path = self._folder / "squid.log"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def filter_(lab: Lab) -> Iterator[Filter]:
    lab.internet.ip("addr", "add", f"{FILTER}/24", "dev", "wan")
    lab.gateway.ip("addr", "add", "10.77.1.1/24", "dev", "wan")
    lab.apply(rules(Diversion(tuple(NETWORKS), PORT, wan="wan", upstream=f"{FILTER}:3128")))
    with TemporaryDirectory() as folder:
        made = Filter(lab, Path(folder))
        made.start()
        yield made
        made.stop()


@pytest.fixture(scope="module")
def gate(lab: Lab, filter_: Filter) -> Iterator[Gate]:
    folder = lab.folder / "filtered"
    shutil.copytree(SAMPLE, folder)
    text = f"lan: [{', '.join(NETWORKS)}]\nwan: wan\nupstream: http://{FILTER}:3128\n"
    (folder / "gateway.yaml").write_text(text)
    yield lab.gate(MORNING, folder=folder)
    lab.stop_gates()


def fetched(lab: Lab, url: str, *more: str) -> str:
    """What a pupil's device gets, with the status or what curl says instead."""
    done = lab.pupil.namespace.run(
        "curl", "--silent", "--show-error", "--max-time", "10", "--cacert", lab.authority,
        "--write-out", " %{http_code}", *more, url,
    )  # fmt: skip
    return f"{done.stdout} {done.stderr}".strip()


def status(gate: Gate) -> dict[str, object]:
    done = bellgate("status", "--simulated", "--json", "--state", gate.state)
    said: dict[str, object] = json.loads(done.stdout)["upstream"]
    return said


@pytest.mark.parametrize("version", ["-4", "-6"])
@pytest.mark.usefixtures("gate")
def test_what_passes_goes_through_the_filter_by_name_and_says_for_whom(
    lab: Lab, filter_: Filter, version: str
) -> None:
    before = len(filter_.told)
    who = lab.pupil.ip(int(version[1:]))
    assert fetched(lab, f"https://{BBC}/", version).startswith(f"origin of {BBC}")
    assert fetched(lab, f"http://{BBC}/", version).startswith(f"origin of {BBC}")
    wait_for(lambda: len(filter_.told) == before + 2, "the filter's own record")
    # A tunnel is told of when it ends.
    assert sorted(filter_.told[before:]) == [
        f"{who} CONNECT {BBC}:443 200",
        f"{who} GET http://{BBC}/ 200",
    ]


@pytest.mark.usefixtures("gate")
def test_a_lie_about_for_whom_does_not_reach_the_filter(lab: Lab, filter_: Filter) -> None:
    before = len(filter_.told)
    lies = ("-H", "X-Forwarded-For: 10.77.20.1", "-H", "Forwarded: for=10.77.20.1")
    fetched(lab, f"http://{BBC}/", "-4", *lies)
    wait_for(lambda: len(filter_.told) > before, "the filter's own record")
    assert filter_.told[before:] == [f"{lab.pupil.ip4} GET http://{BBC}/ 200"]


@pytest.mark.usefixtures("gate")
def test_what_the_gate_closes_never_reaches_the_filter(lab: Lab, filter_: Filter) -> None:
    before, contacts = len(filter_.told), len(lab.contacts())
    assert "403" in fetched(lab, f"http://{FACEBOOK}/")
    fetched(lab, f"https://{FACEBOOK}/")
    assert filter_.told[before:] == []
    assert lab.contacts(contacts) == []


def test_what_the_filter_closes_is_closed_and_is_no_fault_of_its(
    lab: Lab, gate: Gate, filter_: Filter
) -> None:
    before = status(gate)
    contacts = len(lab.contacts())
    assert "403" in fetched(lab, f"http://{GOV}/"), "the filter's own page"
    assert fetched(lab, f"https://{GOV}/").startswith("000")
    assert lab.contacts(contacts) == []
    after = status(gate)
    assert after["refused"] == int(str(before["refused"])) + 1
    assert (after["failed"], after["problem"]) == (before["failed"], None)


def test_nobody_goes_round_the_gate_to_the_filter(lab: Lab, gate: Gate) -> None:
    proxy = ("--proxy", f"http://{FILTER}:3128")
    assert "Couldn't connect" in fetched(lab, f"https://{FACEBOOK}/", *proxy)


def test_while_the_filter_is_away_everything_is_refused_in_words_and_told(
    lab: Lab, gate: Gate, filter_: Filter
) -> None:
    filter_.stop()
    contacts = len(lab.contacts())
    assert "The school's filter does not answer at present" in fetched(lab, f"http://{BBC}/")
    assert fetched(lab, f"https://{BBC}/").startswith("000")
    assert lab.contacts(contacts) == [], "nothing goes round it"
    said = status(gate)
    assert said["problem"] == f"{FILTER}:3128: Connection refused"
    assert said["failed"] == 2
    shown = bellgate("status", "--simulated", "--state", gate.state).stdout
    assert f"Filter {FILTER}:3128:" in shown and "PROBLEM" in shown
    filter_.start()
    assert fetched(lab, f"https://{BBC}/").startswith(f"origin of {BBC}")
    assert status(gate)["problem"] is None
