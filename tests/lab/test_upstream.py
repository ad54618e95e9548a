"""The accredited filter is a proxy: what the gate passes goes through it, and it hears for whom."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bellgate.gateway.kernel_rules import Diversion, rules
from tests.cli.test_commands import bellgate
from tests.gate.test_bell_rings import seconds_of
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
    assert "The school's filter is not answering at the moment" in fetched(lab, f"http://{BBC}/")
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


BEFORE_THE_BELL = "2026-11-23 12:59:50"
"""Staff are back in session at one o'clock."""


def download(lab: Lab, host: str, version: int, *, tls: bool) -> socket.socket:
    """One that has begun and never ends, of the teacher's."""
    port = 443 if tls else 80
    connection = lab.staff.namespace.connect(lab.address(host, version), port)
    if tls:
        context = ssl.create_default_context(cafile=lab.authority)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        connection = context.wrap_socket(connection, server_hostname=host)
    connection.sendall(f"GET /slow/4000 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    return connection


def ends(connection: socket.socket, until: float) -> float | None:
    """When it ends, in seconds of CLOCK_MONOTONIC; None where it goes on."""
    connection.settimeout(1)
    while time.monotonic() < until:
        try:
            if not connection.recv(65536):
                return time.monotonic()
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic()
    return None


def test_at_the_bell_what_is_forbidden_ends_on_both_sides_of_the_filter(
    lab: Lab, gate: Gate, filter_: Filter
) -> None:
    gate.stop()
    folder = lab.folder / "filtered"
    gate = lab.gate(BEFORE_THE_BELL, folder=folder, state="at-the-bell")
    bell = seconds_of(datetime(2026, 11, 23, 13, 0, tzinfo=UTC), gate)
    kinds = [(host, version, tls) for host in (FACEBOOK, BBC) for version in (4, 6)
             for tls in (True, False)]  # fmt: skip
    opened = [download(lab, host, version, tls=tls) for host, version, tls in kinds]
    before = len(filter_.told)
    assert time.monotonic() < bell - 1
    with ThreadPoolExecutor(len(opened)) as pool:
        ended = list(pool.map(lambda one: ends(one, bell + 2), opened))
    for (host, *_), at in zip(kinds, ended, strict=True):
        assert (at is not None and bell - 0.1 < at < bell + 1) == (host == FACEBOOK), (host, at)
    # Over to the filter, too: it tells of a connection when that has ended.
    who = (lab.staff.ip4, lab.staff.ip6)
    asked = (f"CONNECT {FACEBOOK}:443", f"GET http://{FACEBOOK}/slow/4000")
    assert sorted(filter_.told[before:]) == sorted(
        f"{ip} {what} 200" for ip in who for what in asked
    )
    gate.stop()  # which writes the further ones, too: the first was written at once
    cuts = [r for r in gate.records() if r["event"]["action"] == "cut"]
    assert sum(r["bellgate"]["repeat"] for r in cuts) == 4
    assert {r["url"]["domain"] for r in cuts} == {FACEBOOK}
    assert all(r["bellgate"]["carried_over"] for r in cuts)
    for connection in opened:
        connection.close()
